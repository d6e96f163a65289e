"""Called by scripts/check_bad_parquet.sh; another program than the release build may be named."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pyarrow.parquet as pq

import corpus
import make_bad_parquet as bad

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else corpus.RINGFENCE
MEMORY = 256
GOOD = ["a-good.parquet", "sub/good.parquet", "z-good.parquet"]
# What a run may take at its peak, in MiB, without --memory: two threads, a page of 1 GiB at most in each.
PEAK = 3000
SECONDS = 120
RUNS = [
    ("flag", "map", False), ("flag", "read", True), ("drop", "read", False), ("drop", "map", True), ("redact", "map", True),
    ("annotate", "read", True),
]  # fmt: skip


def run(work, source, out, action, io, limited):
    """The exit code, what was said, and the peak of resident memory in MiB."""
    command = [PROGRAM, "scan", source, "--index", "rf", "--out", out, "--action", action, "--io", io, "--threads", "2"]
    command += ["--memory", f"{MEMORY}M"] if limited else []
    with open(work / "said", "w+b") as said:
        process = subprocess.Popen(["timeout", str(SECONDS), *command], cwd=work, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return process.returncode, said.read().decode(), usage.ru_maxrss / 1024


def results(out):
    """What a run found in the good shards, and what it made of them."""
    matches = [row for row in pq.read_table(out / "matches.parquet").to_pylist() if row["shard"] in GOOD]
    copies = {name: (out / "data" / name).read_bytes() for name in GOOD if (out / "data" / name).exists()}
    assert len(matches) == len(GOOD), f"{len(matches)} matches in {len(GOOD)} good shards"
    return matches, copies


def check(defects, work, clean, action, io, limited):
    """Scans everything; returns the peak of memory."""
    out = work / "out"
    code, said, peak = run(work, "all", out, action, io, limited)
    assert code == 2, f"{action} {io}: exit code {code}\n{said}"
    assert "panicked" not in said and "this is a bug" not in said, said
    assert all(line.startswith(("problem: all/", "... and ")) for line in said.splitlines()), said
    summary = json.loads((out / "summary.json").read_text())
    assert not summary["complete"]
    failed = {entry["shard"]: entry for entry in summary["failed_shards"]}
    for defect in defects:
        name = f"bad/{defect.name}.parquet"
        error = failed.pop(name, {}).get("error", "")
        # Copies that lose no row take other columns as they are: damage there may stay unseen.
        allowed = {"flag": [defect.words], "drop": [defect.writing]}.get(action, [defect.words, defect.writing])
        right = any(words in error if words else not error for words in allowed)
        assert right, f"{name}: {action} {io}: one of {allowed} expected, said `{error}`"
        written = (out / "data" / name).exists()
        assert written == (action != "flag" and not error), f"{name}: {action}: copied: {written}, error: {error}"
    assert not failed, f"{action}: not expected: {failed}"
    assert results(out) == clean, f"{action} {io}: the good shards have other results beside the bad ones"
    skipped = [json.loads(line) for line in (out / "skipped.jsonl").read_text().splitlines()]
    assert [(s["shard"], s["row"], s["reason"]) for s in skipped] == [("bad/text_not_utf8.parquet", 1, "invalid UTF-8")], skipped
    limit = MEMORY + 64 if limited else PEAK
    assert peak < limit, f"{action} {io}: {peak:.0f} MiB of at most {limit}"
    subprocess.run(["rm", "-r", out], check=True)
    return peak


def main():
    defects = list(bad.defects())
    assert len({defect.name for defect in defects}) == len(defects)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "refs.jsonl").write_text(json.dumps({"id": "r", "model": "m", "text": bad.REFERENCE}) + "\n")
        subprocess.run([PROGRAM, "index", "build", "--out", "rf", "refs.jsonl"], cwd=work, check=True, stdout=subprocess.DEVNULL)
        for place in ("all", "good"):
            for name in GOOD:
                (work / place / name).parent.mkdir(parents=True, exist_ok=True)
                (work / place / name).write_bytes(bad.GOOD)
        (work / "all/bad").mkdir()
        for defect in defects:
            (work / f"all/bad/{defect.name}.parquet").write_bytes(defect.data)
        peaks = {True: 0, False: 0}
        for action, io, limited in RUNS:
            code, said, _ = run(work, "good", work / "clean", action, io, limited)
            assert code == 0, said
            clean = results(work / "clean")
            subprocess.run(["rm", "-r", work / "clean"], check=True)
            peaks[limited] = max(peaks[limited], check(defects, work, clean, action, io, limited))
    print(
        f"{len(defects)} bad files in {len(RUNS)} scans: each named with its defect, good shards as without them; peak"
        f" {peaks[False]:.0f} MiB, with --memory {MEMORY}M {peaks[True]:.0f} MiB"
    )


main()
