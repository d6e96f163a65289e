"""Called by scripts/check_foreign.sh; another program than the release build may be named."""

import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zlib

import corpus
import make_bad_parquet as bad

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else corpus.RINGFENCE
GIB = 1 << 30
MEMORY = 256
SECONDS = 120
# Peaks in MiB that are allowed: with --memory; without, two lines of 1 GiB, which grow by doubling; of `collect`.
PEAKS = {"memory": MEMORY + 64, "none": 6000, "collect": 1500}


def run(work, *command):
    """The exit code, what was said, and the peak of resident memory in MiB."""
    with open(work / "said", "w+b") as said:
        process = subprocess.Popen(["timeout", str(SECONDS), PROGRAM, *command], cwd=work, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode()
    assert "panicked" not in text and "this is a bug" not in text, text
    return process.returncode, text, usage.ru_maxrss / 1024


def gzip_of(start, size):
    """A text and then the letter a, in members of 16 MiB."""
    return zlib.compress(start, 9, 31) + zlib.compress(b"a" * (1 << 24), 9, 31) * (size >> 24)


def tar_of(size, name="bomb.txt"):
    """An archive with one member of the letter a, as gzip."""
    info = tarfile.TarInfo(name)
    info.size = size
    return gzip_of(info.tobuf(tarfile.GNU_FORMAT), size)


def nested_tars(depth):
    data = b"text"
    for nth in range(depth):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as packed:
            info = tarfile.TarInfo(f"{nth}.tar" if nth else "text.txt")
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
        data = zlib.compress(out.getvalue(), 1, 31)
    return data


def bombs():
    """Names, bytes, and what must be said of them; nothing where they are read."""
    size = GIB + GIB // 2
    yield "line.jsonl.gz", gzip_of(b'{"text": "', size), "lines of at most"
    yield "line.jsonl.zst", bad.zstd_bomb(size, b'{"text": "'), "lines of at most"
    yield "file.tar.gz", tar_of(size), "files of at most"
    deep = b'{"text": "short", "x": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}\n"
    yield "deep.jsonl", deep, None
    yield "in-archives.tgz", nested_tars(1000), None
    # A window of 2 GiB, which would be memory.
    yield "window.jsonl.zst", b"\x28\xb5\x2f\xfd\x00\xa8" + b"\x01\x00\x00", None


def check_scan(work, name, *args):
    code, said, peak = run(work, "scan", "in", "--index", "rf", "--out", name, "--threads", "2", *args)
    assert code == 2, f"{name}: exit code {code}\n{said}"
    summary = json.loads((work / name / "summary.json").read_text())
    failed = {entry["shard"]: entry["error"] for entry in summary["failed_shards"]}
    for shard, _, words in bombs():
        assert (words or "") in failed.get(shard, "" if words is None else "nothing"), f"{name}: {shard}: {failed.get(shard)}"
    examined = {entry["shard"] for entry in summary["shards"] if entry["examined"]}
    assert {"a.jsonl", "deep.jsonl", "z.jsonl", "in-archives.tgz"} <= examined, f"{name}: {examined}"
    assert summary["totals"]["matches"] == 2, summary["totals"]
    assert peak < PEAKS["memory" if args else "none"], f"{name}: {peak:.0f} MiB"
    return peak


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "refs.jsonl").write_text(json.dumps({"id": "r", "model": "m", "text": bad.REFERENCE}) + "\n")
        code, said, _ = run(work, "index", "build", "--out", "rf", "refs.jsonl")
        assert code == 0, said
        (work / "in").mkdir()
        for name, data, _ in bombs():
            (work / "in" / name).write_bytes(data)
        for name in ("a.jsonl", "z.jsonl"):
            (work / "in" / name).write_text(json.dumps({"text": bad.REFERENCE}) + "\n")
        limited = check_scan(work, "limited", "--memory", f"{MEMORY}M", "--io", "read")
        free = check_scan(work, "free")
        chat = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": bad.REFERENCE}]}
        (work / "in/chat.jsonl").write_text(json.dumps(chat) + "\n")
        code, said, collecting = run(work, "collect", "in", "--out", "collected.parquet")
        assert code == 2 and "layers of archives" in said, f"collect: {code}\n{said}"
        assert collecting < PEAKS["collect"], f"collect: {collecting:.0f} MiB"
    print(f"bombs in lines and archives: peak {free:.0f} MiB, with --memory {MEMORY}M {limited:.0f} MiB; collect {collecting:.0f} MiB")


main()
