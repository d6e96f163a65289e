#!/usr/bin/env python3
"""An index that grows by many additions: time, memory and bytes a reference; and that it finds what it should.

    bench_grow.py [REFERENCES] [BATCHES] [--words N] [--threads N] [--memory SIZE] [--binary PATH] [--folder PATH]

By default 10^6 references of 90 words (some 600 bytes) in 100 batches. At the end 1,000 records, of which every second is a copy of
a reference of some batch, are scanned with the index as it grew, and once more after `index compact`: both must find just these.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORDS = 1000


def vocabulary(count):
    rng, letters = random.Random(0), "abcdefghijklmnopqrstuvwxyz"
    return ["".join(rng.choices(letters, k=rng.randint(3, 9))) for _ in range(count)]


WORDS = vocabulary(50_000)


def text(number, words):
    return " ".join(random.Random(number).choices(WORDS, k=words))


def write(path, rows):
    with open(path, "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def run(args):
    """Runs a command; returns what it printed, its seconds and its peak memory in MiB."""
    began = time.monotonic()
    process = subprocess.Popen([str(arg) for arg in args], stdout=subprocess.PIPE, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{args} ended with {process.returncode}"
    return out, time.monotonic() - began, usage.ru_maxrss / 1024


def folder_bytes(index):
    return sum(path.stat().st_size for path in index.rglob("*") if path.is_file())


def scan(asked, index, work, name):
    out = work / name
    printed, seconds, peak = run([asked.binary, "scan", "--index", index, "--out", out, "--threads", asked.threads, "--json", work / "in.jsonl"])
    totals = json.loads(printed)["totals"]
    assert totals["matched_records"] == RECORDS // 2 and totals["matches"] == RECORDS // 2, f"{name}: {totals}"
    return seconds, peak


def grow(asked, index, work):
    """Adds batch by batch; returns the seconds and the peak of each addition, and the most segments there were."""
    size, figures, segments = asked.references // asked.batches, [], 0
    for batch in range(asked.batches):
        numbers = range(batch * size, (batch + 1) * size)
        rows = ({"id": f"r{n}", "vendor": "made", "session": f"day-{batch}", "text": text(n, asked.words)} for n in numbers)
        write(work / "batch.jsonl", rows)
        how = ["build", "--out", index, work / "batch.jsonl"] if batch == 0 else ["add", index, work / "batch.jsonl"]
        out, seconds, peak = run([asked.binary, "index", *how, "--threads", asked.threads, "--memory", asked.memory, "--json"])
        state = json.loads(out)
        assert state["references"] == (batch + 1) * size, f"batch {batch}: {state}"
        segments = max(segments, state.get("segments", 1))
        figures.append((seconds, peak))
    return figures, segments


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("references", type=int, nargs="?", default=10**6)
    parser.add_argument("batches", type=int, nargs="?", default=100)
    parser.add_argument("--words", type=int, default=90)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--memory", default="1G")
    parser.add_argument("--binary", default=ROOT / "target/release/ringfence", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--folder", help="where the index is made, and left; else in a temporary folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        work = pathlib.Path(folder)
        index, rng = work / "rf", random.Random(1)
        copied = rng.sample(range(asked.references // asked.batches * asked.batches), RECORDS // 2)
        records = [text(n, asked.words) for n in copied] + [text(10**12 + n, asked.words) for n in range(RECORDS // 2)]
        write(work / "in.jsonl", ({"text": record} for record in records))
        figures, segments = grow(asked, index, work)
        references, seconds = asked.references // asked.batches * asked.batches, [seconds for seconds, _ in figures]
        text_bytes = json.loads(run([asked.binary, "index", "info", index, "--json"])[0])["manifest"]["segments"]
        text_bytes = sum(segment["text_bytes"] for segment in text_bytes)
        print(f"{references:,} references ({text_bytes / 2**20:.0f} MiB of text) in {asked.batches} batches: {sum(seconds):.1f} s")
        print(f"  an addition: {sorted(seconds)[len(seconds) // 2]:.2f} s in the middle, {max(seconds):.2f} s at most; {max(peak for _, peak in figures):.0f} MiB at most")
        print(f"  {segments} segments at most; {folder_bytes(index) / references:.0f} bytes a reference")
        grown, _ = scan(asked, index, work, "grown")
        _, seconds, peak = run([asked.binary, "index", "compact", index, "--threads", asked.threads, "--memory", asked.memory])
        print(f"  compact: {seconds:.1f} s, {peak:.0f} MiB; {folder_bytes(index) / references:.0f} bytes a reference")
        compacted, _ = scan(asked, index, work, "compacted")
        print(f"  {RECORDS // 2} of {RECORDS} records found with either: {grown:.2f} s as it grew, {compacted:.2f} s compacted")


main()
