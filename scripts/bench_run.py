#!/usr/bin/env python3
"""Makes what scripts/bench.sh scans, runs what it measures, and keeps every figure as lines of JSON.

    bench_run.py OUT [--runs 5] [--megabytes 250] [--axes kernel,filter,...] [--huge] [--work FOLDER]

Writes OUT/machine.json, scan.jsonl (one line a scan, with the decoding just before it), build.jsonl, peers.jsonl, drop.txt and
skipped.jsonl; scripts/bench_table.py makes tables of them. Corpora and indexes lie in a folder that is removed at the end.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

import bench_plan
import corpus

ROOT = corpus.ROOT
SCRIPTS = ROOT / "scripts"
# The whole command is measured on so much text.
COMMAND_BYTES = 4 << 30
# Text of made references that the building of an index is timed on, as a multiple of a corpus; and of the samples for peers, in MB.
BUILD_SHARE = 0.8
SAMPLES = {"rensa": 50, "rensa-words": 50, "datasketch": 20, "datatrove": 5}


class Run:
    def __init__(self, asked, work):
        self.asked, self.work, self.out = asked, work, asked.out
        self.programs, self.index, self.corpora = {}, {}, {}

    def note(self, file, **line):
        with (self.out / file).open("a") as lines:
            lines.write(json.dumps(line) + "\n")

    def skip(self, what, why):
        print(f"skipped: {what}: {why}", file=sys.stderr)
        self.note("skipped.jsonl", what=what, why=why)

    def bench(self, name, *args, **more):
        """Runs a program of benches/, and returns the lines that it prints."""
        if name not in self.programs:
            self.programs[name] = built(name)
        done = subprocess.run([self.programs[name], *map(str, args), "--bench"], check=True, stdout=subprocess.PIPE, text=True, **more)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def open_index(self, name):
        """The folder of an index, made when it is first asked for; None if it cannot be."""
        if name not in self.index:
            self.index[name] = self.make_index(name)
        return self.index[name]

    def make_index(self, name):
        path = self.work / f"{name.replace(' ', '')}.rf"
        if name in ("real", "compact"):
            profile = ["--profile", "compact"] if name == "compact" else []
            done = ringfence("index", "build", "--out", path, *profile, corpus.REFERENCES)
            return path if done.returncode == 0 else self.skip(f"{name} index", done.stderr.strip().splitlines()[-1])
        filter_bytes = bench_plan.FILTERS[name]
        # Postings have 8 bytes for the filter's 12 bits; their directory is at most as large as the filter.
        disk, memory, posted = shutil.disk_usage(self.work).free, available_memory(), []
        if filter_bytes > bench_plan.GIB and not self.asked.huge:
            return self.skip(f"filter of {name}", "measured on demand only (-x)")
        if memory < 1.2 * filter_bytes:
            return self.skip(f"filter of {name}", f"{memory >> 30} GiB of memory are free")
        if disk < 7.6 * filter_bytes:
            posted = ["unposted"]
            if disk < 1.5 * filter_bytes:
                return self.skip(f"filter of {name}", f"{disk >> 30} GiB of disk are free")
            self.note("skipped.jsonl", what=f"postings of the {name} filter", why=f"{disk >> 30} GiB of disk are free: only the filter is as large")
        say(f"index: filter of {name}")
        self.bench("synthetic", self.open_index("real"), path, filter_bytes, *posted)
        return path

    def shards(self, name):
        """The shards of a corpus and its labels, made when they are first asked for."""
        folder, labels = self.work / name, self.work / f"{name}.labels.jsonl"
        if not folder.exists():
            say(f"corpus: {name}")
            if name == "command":
                self.copy_base(folder, labels)
            else:
                run = [sys.executable, SCRIPTS / "bench_corpus.py", self.work, self.open_index("real"), self.asked.megabytes, name]
                subprocess.run(list(map(str, run)), check=True)
        return sorted(folder.glob("*.parquet")), labels

    def copy_base(self, folder, labels):
        """So many copies of the base corpus, or 17 of it where it is small."""
        base, _ = self.shards("base")
        folder.mkdir()
        labels.touch()
        for copy in range(min(17, -(-COMMAND_BYTES // int(self.asked.megabytes * 1e6)))):
            for shard in base:
                shutil.copyfile(shard, folder / f"{copy:02}-{shard.name}")

    def scan(self, name, variants):
        """All variants of one corpus, in turns."""
        typed = []
        for variant in {variant.scan(): variant for variant in variants}.values():
            index = self.open_index(variant.index)
            if index is not None and variant.threads <= (os.cpu_count() or 1):
                kernel = f",kernel={variant.kernel}" if variant.kernel else ""
                typed += ["--variant", f"{variant.scan()},index={index},threads={variant.threads},detect={variant.detect}{kernel}"]
        if not typed:
            return
        shards, labels = self.shards(name)
        more = {"base": ["--zstd", "yes"], "command": ["--command", corpus.RINGFENCE]}.get(name, [])
        say(f"scan: {name}, {len(typed) // 2} variants")
        args = ["--shards", *shards, "--labels", labels, "--runs", self.asked.runs, *more, *typed]
        # Results go to memory where there is some: waiting for a disk is no part of either side.
        place = {**os.environ, "TMPDIR": "/dev/shm"} if os.access("/dev/shm", os.W_OK) else None
        for line in self.bench("scan", *args, env=place):
            self.note("scan.jsonl", corpus=name, **line)

    def build(self):
        maker, made = SCRIPTS / "references.py", self.work / "references.parquet"
        if not maker.exists():
            return self.skip("index build", "scripts/references.py is not here")
        say("index build")
        subprocess.run([sys.executable, maker, made, str(max(1, round(self.asked.megabytes * BUILD_SHARE)))], check=True)
        for profile in ("standard", "compact"):
            for threads in (1, 2) if profile == "standard" else (1,):
                for _ in range(self.asked.runs if threads == 1 and profile == "standard" else 1):
                    self.build_once(made, profile, threads)

    def build_once(self, made, profile, threads):
        out = self.work / "built.rf"
        how = ["--profile", profile]
        done, seconds = timed(lambda: ringfence("index", "build", "--threads", threads, "--out", out, *how, made))
        if done.returncode != 0:
            return self.skip(f"index build, {profile}", done.stderr.strip().splitlines()[-1])
        [segment] = json.loads((out / "manifest.json").read_text())["segments"]
        sizes = {file["name"]: file["bytes"] for file in segment["files"]}
        counts = {name: segment[name] for name in ("references", "text_bytes", "shingles")}
        self.note("build.jsonl", profile=profile, threads=threads, seconds=seconds, files=sizes, **counts)
        shutil.rmtree(out)

    def drop(self):
        say("drop")
        megabytes = round(min(600, self.asked.megabytes * 2.4))
        run = [sys.executable, SCRIPTS / "bench_drop.py", "--runs", self.asked.runs, "--megabytes", megabytes]
        done = subprocess.run(list(map(str, run)), stdout=subprocess.PIPE, text=True, check=True)
        (self.out / "drop.txt").write_text(done.stdout)

    def peers(self):
        shards, labels = self.shards("hits-5")
        for peer, megabytes in SAMPLES.items():
            say(f"peer: {peer}")
            run = [sys.executable, SCRIPTS / "peers.py", peer, "--references", corpus.REFERENCES, "--shards", *shards]
            run += ["--labels", labels, "--megabytes", min(megabytes, self.asked.megabytes)]
            done = subprocess.run(list(map(str, run)), stdout=subprocess.PIPE, text=True)
            if done.returncode != 0:
                self.skip(f"peer {peer}", "it failed; see above")
                continue
            self.note("peers.jsonl", **json.loads(done.stdout.splitlines()[-1]))


def say(what):
    print(time.strftime("%H:%M:%S"), what, file=sys.stderr, flush=True)


def timed(work):
    start = time.monotonic()
    return work(), time.monotonic() - start


def ringfence(*args):
    return subprocess.run([corpus.RINGFENCE, *map(str, args)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def built(bench):
    """The program of a bench target, compiled."""
    run = ["cargo", "bench", "--locked", "--quiet", "--no-run", "--bench", bench, "--message-format", "json"]
    done = subprocess.run(run, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    # Cargo names the command, too, and may say something else in between.
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return next(message["executable"] for message in messages if message.get("executable") and message["target"]["name"] == bench)


def has_avx512():
    return "avx512_vbmi2" in pathlib.Path("/proc/cpuinfo").read_text()


def available_memory():
    lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))


def machine(asked):
    def said(*command):
        return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()

    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    return {
        "cpu": cpu, "cores": os.cpu_count(), "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        "system": f"{platform.system()} {platform.release()}", "rustc": said("rustc", "--version"), "ringfence": said(corpus.RINGFENCE, "--version"),
        "commit": said("git", "rev-parse", "--short", "HEAD") + ("+" if said("git", "status", "--porcelain", "-uno") else ""),
        "date": time.strftime("%Y-%m-%d"), "runs": asked.runs, "megabytes": asked.megabytes, "load": round(os.getloadavg()[0], 1), "avx512": has_avx512(),
        "text": "../shared/data" if corpus.PLANTED else "fixtures",
    }  # fmt: skip


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("out", type=pathlib.Path)
    ask.add_argument("--runs", type=int, default=5)
    ask.add_argument("--megabytes", type=float, default=250)
    ask.add_argument("--axes", default=",".join(bench_plan.AXES))
    ask.add_argument("--huge", action="store_true")
    ask.add_argument("--work")
    asked = ask.parse_args()
    axes = asked.axes.split(",")
    unknown = set(axes) - set(bench_plan.AXES)
    assert not unknown, f"{', '.join(unknown)}: no axis; there are {', '.join(bench_plan.AXES)}"
    asked.out.mkdir(parents=True)
    (asked.out / "machine.json").write_text(json.dumps(machine(asked), indent=1))
    with tempfile.TemporaryDirectory(dir=asked.work, prefix="ringfence-bench-") as folder:
        run = Run(asked, pathlib.Path(folder))
        chosen = [variant for variant in bench_plan.VARIANTS if variant.axis in axes]
        for name in dict.fromkeys(variant.corpus for variant in chosen):
            run.scan(name, [variant for variant in chosen if variant.corpus == name])
        for other in bench_plan.OTHERS:
            if other in axes:
                getattr(run, other)()


if __name__ == "__main__":
    main()
