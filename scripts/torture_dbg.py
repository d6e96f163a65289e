"""Called by scripts/torture.sh."""

import collections
import gzip
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq

import corpus
import results

ACTIONS = ["flag", "drop", "annotate", "redact"]
SHARDS, ROWS = 10, 1500
WRITES = "fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,ftruncate,write,pwrite64,copy_file_range"


class World:
    """Shards and an index, and what an undisturbed scan makes of them."""

    def __init__(self, work, rng):
        self.work, self.rng, self.outs = work, rng, 0
        self.shards, self.index = work / "in", work / "rf"
        table = corpus.rows(ROWS)
        self.shards.mkdir()
        for shard in range(SHARDS):
            rows = table.slice(shard * 37 % table.num_rows)
            if shard % 5 == 4:
                lines = "".join(json.dumps({"text": text}) + "\n" for text in rows["text"].to_pylist())
                (self.shards / f"{shard}.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
            else:
                path = self.shards / f"{shard}.parquet"
                pq.write_table(rows, path, compression="zstd", row_group_size=200, write_page_checksum=True)
        self.run("index", "build", "--out", self.index, corpus.REFERENCES)
        self.whole, self.seconds = {}, {}
        for action in ACTIONS:
            began = time.monotonic()
            out = self.out()
            assert self.scan(out, action).wait() == 0, f"the undisturbed {action} failed"
            self.seconds[action] = time.monotonic() - began
            self.whole[action] = results.read(out)
            shutil.rmtree(out)
        assert self.whole["drop"]["matches.parquet"] and any(name.startswith("data/") for name in self.whole["drop"])

    def run(self, *args):
        subprocess.run([corpus.RINGFENCE, *map(str, args)], check=True, capture_output=True)

    def out(self):
        self.outs += 1
        return self.work / f"out-{self.outs}"

    def scan(self, out, action, *others, under=(), threads=2, **how):
        command = [*under, corpus.RINGFENCE, "scan", self.shards, "--index", self.index, "--action", action]
        command += ["--threads", threads, "--out", out, *others]
        return subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=how.get("stderr", subprocess.DEVNULL))

    def ended(self, process):
        try:
            return process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError("the scan hangs") from None

    def check_partial(self, out, action):
        """What stands under a final name is whole: a killed or stopped run's."""
        if not out.exists():
            return 0
        found = results.read(out, unfinished=True)
        for name, content in found.items():
            assert content == self.whole[action].get(name), f"{out}/{name} is not the undisturbed run's"
        return len(found)

    def check_continued(self, out, action, failed=False):
        """The same command ends in the undisturbed run's bytes; a shard that had failed has two lines in the journal."""
        code = self.ended(self.scan(out, action))
        assert code == 0, f"the continued run ended with {code}"
        found, whole = results.read(out), dict(self.whole[action])
        if failed:
            del found["journal.jsonl"], whole["journal.jsonl"]
        assert found == whole, f"the continued run has other bytes: {results.difference(found, whole)}"
        lost_or_doubled(out, self.whole[action])

    def examined_again(self, out, action, name):
        """All results but those of one shard are the undisturbed run's."""
        found = results.read(out, unfinished=True)
        for file, content in self.whole[action].items():
            if file.startswith(("data/", "quarantine/")) and pathlib.PurePath(file).name != name:
                assert found.get(file) == content, f"{file} differs, though only {name} was damaged"
        rows = results.matches(out / "matches.parquet")
        wanted = results.matches_of(self.whole[action])
        rest = lambda rows: [row for row in rows if row[0] != name]  # noqa: E731
        assert rest(rows) == rest(wanted), f"matches of other shards than {name} differ"


class Restored:
    """A file as it was, its time of change included, when this ends."""

    def __init__(self, path):
        self.path, self.whole, facts = path, path.read_bytes(), path.stat()
        self.times = facts.st_atime_ns, facts.st_mtime_ns

    def restore(self):
        self.path.unlink(missing_ok=True)
        self.path.write_bytes(self.whole)
        os.utime(self.path, ns=self.times)


def lost_or_doubled(out, whole):
    rows, wanted = results.matches(out / "matches.parquet"), results.matches_of(whole)
    assert rows == wanted, f"{len(set(wanted) - set(rows))} matches lost, {len(rows) - len(set(rows))} doubled"


def killed(world, rng, counts):
    action, out = rng.choice(ACTIONS), world.out()
    for _ in range(rng.choice([1, 1, 2, 3])):
        process = world.scan(out, action)
        time.sleep(rng.uniform(0, world.seconds[action]))
        process.kill()
        counts["kills that landed"] += world.ended(process) == -signal.SIGKILL
        counts["with some files finished"] += world.check_partial(out, action) > 0
    world.check_continued(out, action)
    shutil.rmtree(out)


def stopped(world, rng, counts):
    action, out, name = rng.choice(ACTIONS), world.out(), rng.choice([signal.SIGINT, signal.SIGTERM])
    process = world.scan(out, action)
    time.sleep(rng.uniform(0.02, world.seconds[action]))
    process.send_signal(name)
    if rng.random() < 0.2:
        process.send_signal(name)
    code = world.ended(process)
    # Before it listens to signals, one ends it.
    assert code in (130, 0, -name), f"signal {name}: exit code {code}"
    counts["stopped with 130"] += code == 130
    world.check_partial(out, action)
    world.check_continued(out, action)
    shutil.rmtree(out)


def full_disk(world, rng, counts):
    action, disk = rng.choice(ACTIONS), world.work / "disk"
    disk.mkdir(exist_ok=True)
    size = rng.randrange(16, 256 if action == "flag" else 3000) * 1024
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], check=True)
    try:
        code = world.ended(world.scan(disk / "out", action))
        assert code in (0, 2), f"a disk of {size} bytes: exit code {code}"
        counts["full"] += code == 2
        assert code == 2 or results.read(disk / "out") == world.whole[action], "0 on a full disk"
        world.check_partial(disk / "out", action) if not (disk / "out/summary.json").exists() else None
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        world.check_continued(disk / "out", action, failed=True)
    finally:
        subprocess.run(["umount", disk], check=True)


def damaged(world, rng, counts, damage, may_be_unseen):
    """One shard is damaged, then restored."""
    action, out = rng.choice(ACTIONS), world.out()
    shard = rng.choice(sorted(world.shards.iterdir()))
    before = Restored(shard)
    shard.write_bytes(damage(bytearray(before.whole)))
    code = world.ended(world.scan(out, action))
    summary = json.loads((out / "summary.json").read_text())
    named = [failed["shard"] for failed in summary["failed_shards"]]
    skipped = sum(summary["skipped_records"].values())
    assert code in (0, 2), f"exit code {code}"
    if code == 2:
        assert set(named) <= {shard.name} and (named or skipped), f"{shard.name} was damaged, named: {named}"
        counts["named"] += 1
    else:
        assert may_be_unseen, f"{shard.name} was damaged, and nothing was said"
        counts["of no effect on what was read"] += 1
    world.examined_again(out, action, shard.name)
    before.restore()
    if code == 2 and named:
        world.check_continued(out, action, failed=True)
    shutil.rmtree(out)


def truncated(world, rng, counts):
    damaged(world, rng, counts, lambda data: data[: rng.randrange(len(data))], False)


def flipped(world, rng, counts):
    def flip(data):
        for _ in range(rng.choice([1, 1, 3, 20])):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return data

    # Names, statistics and the like are in the file, too: a scan does not read them.
    damaged(world, rng, counts, flip, True)


def changed_meanwhile(world, rng, counts):
    """A shard is cut, appended to or replaced while it is read."""
    action, out = rng.choice(ACTIONS), world.out()
    shard = rng.choice(sorted(world.shards.glob("*.parquet")))
    before, kind = Restored(shard), rng.choice(["cut", "appended", "replaced"])
    process = world.scan(out, action, "--io", rng.choice(["map", "read"]))
    time.sleep(rng.uniform(0, world.seconds[action]))
    if kind == "cut":
        with open(shard, "r+b") as file:
            file.truncate(rng.randrange(len(before.whole)))
    elif kind == "appended":
        with open(shard, "ab") as file:
            file.write(b"x" * 1000)
    else:
        aside = world.work / "aside"
        aside.write_bytes(b"PAR1 another file")
        aside.rename(shard)
    code = world.ended(process)
    summary = json.loads((out / "summary.json").read_text())
    named = [failed["shard"] for failed in summary["failed_shards"]]
    assert (code, named) in ((0, []), (2, [shard.name])), f"{shard.name} was {kind}: {code}, {named}"
    counts["named"] += code == 2
    if code == 0:
        counts["too late"] += 1
        assert results.read(out) == world.whole[action], "another result, and nothing was said"
    else:
        world.examined_again(out, action, shard.name)
    before.restore()
    shutil.rmtree(out)


def altered_index(world, rng, counts):
    out, files = world.out(), [path for path in sorted(world.index.rglob("*")) if path.is_file() and path.stat().st_size]
    file = rng.choice(files)
    before = Restored(file)
    data = bytearray(before.whole)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    if rng.random() < 0.3:
        data = data[: rng.randrange(len(data))]
    file.write_bytes(data)
    code = world.ended(world.scan(out, "flag"))
    assert code in (0, 2), f"{file} was altered: exit code {code}"
    process = world.scan(world.out(), "flag", "--verify-index", stderr=subprocess.PIPE)
    said = process.communicate()[1].decode()
    is_lock = file.name == "lock"
    assert is_lock or process.returncode == 2, f"{file} was altered: exit code {process.returncode} with --verify-index"
    assert is_lock or file.name in said or "manifest.json" in said, f"{file} was altered, and not named: {said}"
    counts["named"] += process.returncode == 2
    before.restore()
    shutil.rmtree(out, ignore_errors=True)


def write_points(world, action):
    """Every write of an undisturbed run: the system call, the file if its name is known beforehand, and the how-manieth of it."""
    out, trace = world.out(), world.work / "trace"
    under = ["strace", "-f", "-y", "--seccomp-bpf", "-o", trace, "-e", f"trace={WRITES}"]
    assert world.scan(out, action, under=under, threads=1).wait() == 0
    shutil.rmtree(out)
    points = collections.Counter()
    for line in trace.read_text(errors="replace").splitlines():
        call = re.match(r"\d+ +(\w+)\((.*)", line)
        if not call:
            continue
        paths = [path for path in re.findall(r'["<]([^">]+)[">]', call[2]) if path.startswith(str(out))]
        stable = [path for path in paths if ".tmp" not in path and not re.search(r"/#\d+", path)]
        if paths:
            points[call[1], pathlib.Path(stable[-1]).relative_to(out).as_posix() if stable else None] += 1
    return [(name, path, nth) for (name, path), count in sorted(points.items(), key=str) for nth in range(1, count + 1)]


def killed_at(world, counts, action, point):
    name, path, nth = point
    out = world.out()
    under = ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={name}"]
    under += ["-e", f"inject={name}:signal=SIGKILL:when={nth}", *(["-P", out / path] if path else [])]
    code = world.ended(world.scan(out, action, under=under, threads=1))
    counts["kills that landed"] += code != 0
    world.check_partial(out, action)
    world.check_continued(out, action)
    shutil.rmtree(out)


def has_strace():
    tried = subprocess.run(["strace", "-f", "-e", "trace=fsync", "true"], capture_output=True) if shutil.which("strace") else None
    return tried is not None and tried.returncode == 0


def can_mount(work):
    (work / "disk").mkdir()
    tried = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", work / "disk"], capture_output=True)
    return tried.returncode == 0 and subprocess.run(["umount", work / "disk"]).returncode == 0


def main():
    rounds, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    rng = random.Random(seed)
    print(f"seed {seed}, {corpus.ORIGIN}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        world = World(pathlib.Path(folder), rng)
        kinds = [killed, killed, stopped, truncated, flipped, changed_meanwhile, altered_index]
        if can_mount(world.work):
            kinds.append(full_disk)
        else:
            print("LEFT OUT: full disks, for none can be mounted")
        tally = {kind: collections.Counter() for kind in kinds}
        began = time.monotonic()
        for nth in range(rounds):
            kind = kinds[nth % len(kinds)]
            tally[kind]["rounds"] += 1
            try:
                kind(world, rng, tally[kind])
            except Exception as error:
                shutil.rmtree("/tmp/torture-failed",ignore_errors=True); shutil.copytree(world.work, "/tmp/torture-failed", dirs_exist_ok=True)
                raise SystemExit(f"seed {seed}, round {nth} ({kind.__name__}): {error!r}") from error
        if has_strace():
            tally[killed_at] = collections.Counter()
            for action in ACTIONS:
                for point in write_points(world, action):
                    tally[killed_at]["rounds"] += 1
                    tally[killed_at][f"at {point[0]}"] += 1
                    try:
                        killed_at(world, tally[killed_at], action, point)
                    except Exception as error:
                        raise SystemExit(f"{action}, killed at {point}: {error!r}") from error
        else:
            print("LEFT OUT: kills at every write, for there is no strace")
        for kind, counts in tally.items():
            counts = dict(counts)
            print(f"{kind.__name__.replace('_', ' '):18} {counts.pop('rounds'):5} rounds  {', '.join(f'{n} {what}' for what, n in counts.items())}")
        total = sum(counts["rounds"] for counts in tally.values())
        print(f"{total} rounds in {time.monotonic() - began:.0f} s: no record lost or doubled, no wrong exit code, no partial file under a final name")


main()
