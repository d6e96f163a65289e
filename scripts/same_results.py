"""Called by scripts/same_results.sh."""

import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import corpus

FILES = 40


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def data(out):
    """One digest of all files under data/, their names included."""
    files = sorted(path for path in (out / "data").rglob("*") if path.is_file())
    return hashlib.sha256("".join(f"{path.relative_to(out)} {digest(path)}\n" for path in files).encode()).hexdigest()


class Scans:
    def __init__(self, work):
        self.work, self.index, self.seen = work, work / "rf", {}

    def start(self, source, out, *others):
        command = [corpus.RINGFENCE, "scan", source, "--index", self.index, "--action", "drop", "--out", out, *others]
        return subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def note(self, name, out, group):
        """The data of other row groups are other files; what was found is the same."""
        self.seen[name] = digest(out / "matches.parquet"), group and data(out)
        print(f"{name:44} matches {self.seen[name][0][:16]}  data {(self.seen[name][1] or '-')[:16]}", flush=True)

    def scan(self, name, source, *others, group=True):
        out = self.work / "out"
        began = time.monotonic()
        assert self.start(source, out, *others).wait() == 0, name
        seconds = time.monotonic() - began
        self.note(name, out, group)
        records = json.loads((out / "summary.json").read_text())["totals"]
        shutil.rmtree(out)
        return seconds, records

    def killed(self, name, source, seconds, rng):
        out, kills = self.work / "out", 0
        for _ in range(4):
            process = self.start(source, out)
            time.sleep(rng.uniform(0.1, 0.3) * seconds)
            process.kill()
            kills += process.wait() != 0
        assert self.start(source, out).wait() == 0, name
        self.note(f"{name}, killed {kills} times", out, True)
        shutil.rmtree(out)

    def parts(self, name, source, of):
        outs = [self.work / f"part-{part}" for part in range(of)]
        for part, out in enumerate(outs):
            assert self.start(source, out, "--shard-range", f"{part}/{of}").wait() == 0, name
        subprocess.run([corpus.RINGFENCE, "merge", *outs, "--out", self.work / "out"], check=True, stdout=subprocess.DEVNULL)
        self.note(name, self.work / "out", True)
        for out in [*outs, self.work / "out"]:
            shutil.rmtree(out)

    def kernels(self, source, records):
        command = ["cargo", "bench", "--quiet", "--locked", "--bench", "scan", "--", "--records", records, "--runs", 0, "--shards"]
        command += sorted(source.glob("*.parquet"))
        kernels = ["avx512", "avx2", "scalar"]
        for kernel in kernels:
            command += ["--variant", f"{kernel},index={self.index},kernel={kernel},threads=2"]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        for line in map(json.loads, done.stdout.splitlines()):
            print(f"kernel {line['variant']:37} matches (BLAKE3) {line['matches'][:16]}")
            self.seen[f"kernel {line['variant']}"] = line["matches"]


def main():
    gib, rng = float(sys.argv[1]), random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        scans, sources = Scans(work), {}
        subprocess.run([corpus.RINGFENCE, "index", "build", "--out", scans.index, corpus.REFERENCES], check=True, stdout=subprocess.DEVNULL)
        for group in (1_000, 20_000):
            sources[group] = work / f"rows-{group}"
            sources[group].mkdir()
            corpus.repeat(sources[group], gib * 1073.741824, FILES, group)
        source = sources[1_000]
        seconds, totals = scans.scan("2 threads, map", source)
        scans.scan("1 thread, map", source, "--threads", 1)
        scans.scan("2 threads, read", source, "--io", "read")
        scans.scan("1 thread, read", source, "--threads", 1, "--io", "read")
        scans.scan("row groups of 20,000", sources[20_000], group=False)
        scans.killed("2 threads", source, seconds, rng)
        scans.parts("3 parts, merged", source, 3)
        matches = {seen[0] for seen in scans.seen.values()}
        written = {seen[1] for seen in scans.seen.values() if seen[1]}
        assert len(matches) == 1 and len(written) == 1, f"results differ: {scans.seen}"
        before = len(scans.seen)
        scans.kernels(source, totals["matched_records"])
        kernels = {seen for name, seen in scans.seen.items() if name.startswith("kernel")}
        assert len(kernels) == 1 and len(scans.seen) == before + 3, f"kernels differ: {scans.seen}"
        text = f"{totals['text_bytes'] / 2**30:.1f} GiB of text, {totals['records']} records, {totals['matches']} matches"
        print(f"{text}: the same matches in {before} ways and by 3 kernels, the same data in {before - 1} ways")


main()
