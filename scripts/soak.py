"""Called by scripts/soak.sh."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import corpus

BASE, MEGABYTES = 60, 720  # Files that are there, and their text: shards are links to them.
SECONDS = 5  # between two samples
PER_SHARD = 2048  # Bytes that may be kept of each shard: its name, its counts, its place in the list.


def sample(process, journal):
    """Bytes of memory of its own, open files, and finished shards; None when it has ended."""
    try:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        memory = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) * 1024
        files = len(os.listdir(f"/proc/{process.pid}/fd"))
    except (OSError, StopIteration):
        return None
    finished = sum(chunk.count(b"\n") for chunk in iter_chunks(journal))
    return memory, files, max(0, finished - 2)


def iter_chunks(path):
    if path.exists():
        with open(path, "rb") as file:
            while chunk := file.read(1 << 20):
                yield chunk


def scan(work, index, number):
    out = work / f"out-{number}"
    process = subprocess.Popen([corpus.RINGFENCE, "scan", work / "in", "--index", index, "--out", out], stdout=subprocess.DEVNULL)
    samples, began = [], time.monotonic()
    while process.poll() is None:
        time.sleep(SECONDS)
        seen = sample(process, out / "journal.jsonl")
        if seen:
            samples.append(seen)
    assert process.returncode == 0, f"exit code {process.returncode}"
    summary = json.loads((out / "summary.json").read_text())
    return samples, summary["totals"], time.monotonic() - began, out


def check(samples):
    """The second half of a scan is as the first, but for what is kept of each shard. The first tenth fills buffers."""
    steady = samples[len(samples) // 10 :]
    half = len(steady) // 2
    first, second = ([memory - PER_SHARD * shards for memory, _, shards in part] for part in (steady[:half], steady[half:]))
    files = [[files for _, files, _ in part] for part in (steady[:half], steady[half:])]
    memory = statistics.median(first), statistics.median(second)
    assert memory[1] <= memory[0] + (16 << 20), f"memory grows: {memory}"
    assert max(files[1]) <= max(files[0]) + 2, f"open files grow: {max(files[0])}, {max(files[1])}"


def main():
    minutes, shards = float(sys.argv[1]), int(sys.argv[2])
    end = time.monotonic() + minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "base").mkdir()
        corpus.repeat(work / "base", MEGABYTES, BASE, 1000)
        base = sorted((work / "base").iterdir())
        for number in range(shards):
            link = work / "in" / f"{number // 1000:03}" / f"{number:06}.parquet"
            link.parent.mkdir(parents=True, exist_ok=True)
            os.link(base[number % BASE], link)
        subprocess.run([corpus.RINGFENCE, "index", "build", "--out", work / "rf", corpus.REFERENCES], check=True, stdout=subprocess.DEVNULL)
        number, matches = 0, set()
        while time.monotonic() < end:
            number += 1
            samples, totals, seconds, out = scan(work, work / "rf", number)
            matches.add(totals["matches"])
            memory, files, _ = zip(*samples)
            line = f"scan {number}: {totals['shards']} shards, {totals['text_bytes'] / 1e9:.0f} GB of text, {totals['matches']} matches, {seconds / 60:.1f} minutes"
            quarters = [samples[len(samples) * part // 4 - 1] for part in range(1, 5)]
            shown = "; ".join(f"{shards}: {memory / 1e6:.0f} MB, {files} files" for memory, files, shards in quarters)
            print(f"{line}; {len(samples)} samples, at most {max(memory) / 1e6:.0f} MB and {max(files)} open files; by shards {shown}", flush=True)
            check(samples)
            assert totals["shards"] == shards and totals["failed_shards"] == 0
            subprocess.run(["rm", "-rf", out], check=True)
        assert len(matches) == 1, f"scans differ: {matches}"


main()
