"""Called by scripts/torture_index.sh."""

import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

OLD, MORE = 3000, 1500


def texts(path, vendor, numbers):
    """References of a hundred random words each, the same for the same numbers."""
    with open(path, "w") as file:
        for number in numbers:
            rng = random.Random(number)
            text = " ".join(f"word{rng.randrange(20_000)}" for _ in range(100))
            print(json.dumps({"id": f"r{number}", "vendor": vendor, "session": f"s{number % 10}", "text": text}), file=file)


class Tasks:
    def __init__(self, binary, work):
        self.binary, self.work = binary, work

    def run(self, *args):
        ran = subprocess.run([self.binary, "index", *args], cwd=self.work, capture_output=True, text=True)
        assert ran.returncode == 0, f"index {args}: {ran.stderr}"
        return ran.stdout

    def start(self, *args):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([self.binary, "index", *args], cwd=self.work, **quiet)

    def id(self, index):
        return json.loads(self.run("info", index, "--json"))["manifest"]["index_id"]

    def reset(self, out):
        """The old index under the name that is changed; nothing under that of a new one."""
        for name in ["rf", out]:
            shutil.rmtree(self.work / name, ignore_errors=True)
        shutil.copytree(self.work / "old", self.work / "rf")

    def unfinished(self):
        begun = [path for path in self.work.rglob("new-*")] + [path for path in self.work.glob(".ringfence-index-*")]
        return len(begun)

    def orphans(self, index):
        """What stands in an index's folder and belongs to nothing."""
        manifest = json.loads((self.work / index / "manifest.json").read_text())
        named = {segment["name"] for segment in manifest["segments"]} | {"manifest.json", "lock"}
        if manifest["removed"]:
            named.add(manifest["removed"]["file"]["name"])
        return [path.name for path in (self.work / index).iterdir() if path.name not in named]


def torture(tasks, kills, args, out, rng):
    """Kills a task so many times; returns how many ended old, how many new, and how many left something unfinished."""
    old = tasks.id("old")
    tasks.reset("merged")
    began = time.monotonic()
    tasks.run(*args)
    seconds, new = time.monotonic() - began, tasks.id(out)
    assert new != old, f"{args} changed nothing"
    ended, left = {"old": 0, "new": 0}, 0
    for _ in range(kills):
        tasks.reset("merged")
        moment = rng.uniform(0, seconds)
        process = tasks.start(*args)
        time.sleep(moment)
        process.kill()
        process.wait()
        where = f"{args}, killed after {moment:.3f} of {seconds:.3f} s"
        left += tasks.unfinished() > 0
        tasks.run("verify", "rf")
        if out == "rf":
            found = tasks.id("rf")
            assert found in (old, new), f"{where}: neither the old index nor the new one"
            tasks.run(*args)
        else:
            assert tasks.id("rf") == old, f"{where}: a merged index was changed"
            found = old
            if (tasks.work / out).exists():
                tasks.run("verify", out)
                found = tasks.id(out)
                assert found == new, f"{where}: half of an index"
                shutil.rmtree(tasks.work / out)
            tasks.run(*args)
        ended["new" if found == new else "old"] += 1
        assert tasks.id(out) == new, f"{where}: the next one ended elsewhere"
        tasks.run("verify", out)
        assert not tasks.orphans(out), f"{where}: {tasks.orphans(out)} are left"
        assert not list(tasks.work.glob(".ringfence-index-*")), f"{where}: an unfinished index is left"
    return ended, left


def main(kills, binary):
    seed = random.randrange(10**6)
    rng, caught = random.Random(seed), 0
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        tasks = Tasks(str(pathlib.Path(binary).resolve()), work)
        texts(work / "old.jsonl", "a", range(OLD))
        texts(work / "more.jsonl", "b", range(OLD - 100, OLD + MORE))
        texts(work / "few.jsonl", "c", range(OLD + MORE, OLD + MORE + 200))
        tasks.run("build", "--out", "old", "old.jsonl")
        tasks.run("build", "--out", "other", "more.jsonl")
        tasks.run("add", "old", "few.jsonl")
        tasks.run("remove", "old", "--where", "vendor=c,session=s3")
        for name, args, out in [
            ("add", ["add", "rf", "more.jsonl"], "rf"),
            ("remove", ["remove", "rf", "--where", "session=s5"], "rf"),
            ("compact", ["compact", "rf"], "rf"),
            ("merge", ["merge", "rf", "other", "--out", "merged"], "merged"),
        ]:
            ended, left = torture(tasks, kills, args, out, rng)
            caught += left
            print(f"{name}: {kills} killed, {ended['old']} left the old index, {ended['new']} the new one, {left} something unfinished")
    assert caught, "no run was killed while it wrote: nothing was tested"
    print("each time the index was whole, and the next command made it what it was to be")


main(int(sys.argv[1]), sys.argv[2])
