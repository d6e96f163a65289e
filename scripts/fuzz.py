"""Runs the targets of fuzz/ for some minutes each, and says how far they came. Called by fuzz.sh, which builds them."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ROOT / "fuzz/target"
PROGRAM = TARGETS / "x86_64-unknown-linux-gnu/release/ringfence-fuzz"
FIXTURES = ROOT / "fixtures"

# Which fixtures a target begins with, by the beginning of its name; what the program writes (`seeds`) comes to that.
SEEDS = {
    "parquet": ["shapes", "shards", "references", "encrypted"],
    "rewrite": ["shapes", "shards", "encrypted"],
    "json-references": ["index-v4"],
    "json-labels": ["labels.jsonl"],
    "discover": ["logs", "references"],
    "collect": ["logs"],
    "log": ["logs"],
    "secrets": ["logs"],
}
# Inputs of more bytes are not tried; seeds that are longer are left out.
LONGEST = {"parquet": 20480, "rewrite": 16384, "index-manifest": 8192, "log": 8192, "collect": 16384, "json-summary": 8192}
LONGEST_OTHERWISE = 4096
# A finding is also what takes more seconds, or more MiB in all or at once.
LIMITS = ["-timeout=10", "-rss_limit_mb=2048", "-malloc_limit_mb=512"]
# What is kept from one input to the next is no leak, and the search for leaks takes longer than most inputs.
LIMITS += ["-detect_leaks=0"]


def by_name(table, target, otherwise):
    matching = [name for name in table if target.startswith(name)]
    return table[max(matching, key=len)] if matching else otherwise


def run(command, scratch, **more):
    return subprocess.run(command, env={**os.environ, "TMPDIR": scratch}, text=True, errors="replace", **more)


def seeds(target, longest):
    """Fixtures that a target begins with, in one folder."""
    folder = TARGETS / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    for name in by_name(SEEDS, target, []):
        place = FIXTURES / name
        for file in [place] if place.is_file() else sorted(place.rglob("*")):
            if file.is_file() and file.stat().st_size <= longest:
                shutil.copyfile(file, folder / "-".join(file.relative_to(FIXTURES).parts))
    return folder


def dictionary(target, folder):
    """The option for the names in quotes that the seeds of a target have: keys of JSON, kinds of records."""
    quoted = {name for file in folder.iterdir() for name in re.findall(rb'"([A-Za-z_][\w.-]{1,30})"', file.read_bytes())}
    path = TARGETS / f"dictionaries/{target}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f'"{name.decode()}"\n' for name in sorted(quoted)))
    return [f"-dict={path}"] if quoted else []


def fuzz(target, minutes, scratch):
    """Runs one target; returns its line of the table and its findings."""
    corpus, findings = TARGETS / "corpus" / target, TARGETS / "findings" / target
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    longest = by_name(LONGEST, target, LONGEST_OTHERWISE)
    before = set(findings.iterdir())
    begin = seeds(target, longest)
    options = [f"-max_total_time={int(minutes * 60)}", f"-max_len={longest}", f"-artifact_prefix={findings}/"]
    command = [PROGRAM, corpus, begin, "-print_final_stats=1", *dictionary(target, begin), *options, *LIMITS]
    with tempfile.TemporaryDirectory(dir=scratch) as own:
        done = run([*command, "-ignore_remaining_args=1", target], own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    (findings.parent / f"{target}.log").write_text(done.stdout)
    number = lambda pattern: ([0] + re.findall(pattern, done.stdout))[-1]
    # Each start of the program reads its corpus first; the figures are those of the last line.
    figures = [number(r"number_of_executed_units: (\d+)"), number(r"average_exec_per_sec: +(\d+)"),
               number(r"cov: (\d+)"), number(r"ft: (\d+)"), len(list(corpus.iterdir()))]
    found = sorted(set(findings.iterdir()) - before)
    # On a busy machine something may have taken long once.
    again = lambda file: run([PROGRAM, file, *LIMITS, "-ignore_remaining_args=1", target], scratch, capture_output=True)
    found = [file for file in found if not file.name.startswith("timeout-") or again(file).returncode != 0]
    if done.returncode != 0 and set(findings.iterdir()) == before:
        found = [findings.parent / f"{target}.log"]
    line = f"{target:24}" + "".join(f"{int(figure):>12,}" for figure in figures) + f"{len(found):>10}"
    print(line, flush=True)
    return target, found


def main():
    parser = argparse.ArgumentParser(prog="scripts/fuzz.sh", description=__doc__)
    parser.add_argument("minutes", type=float)
    parser.add_argument("-j", "--jobs", type=int, default=1)
    parser.add_argument("targets", nargs="*")
    args = parser.parse_intermixed_args()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="ringfence-fuzz-", dir=memory if memory.is_dir() else None) as scratch:
        if args.minutes == 0:
            target, file = args.targets
            return run([PROGRAM, file, *LIMITS, "-ignore_remaining_args=1", target], scratch).returncode
        listed = run([PROGRAM, "-ignore_remaining_args=1", "list"], scratch, stdout=subprocess.PIPE, check=True)
        known = listed.stdout.split()
        if unknown := set(args.targets) - set(known):
            parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        run([PROGRAM, "-ignore_remaining_args=1", "seeds", TARGETS / "seeds"], scratch, check=True)
        heads = ("executions", "a second", "cov", "ft", "corpus")
        print(f"{'target':24}" + "".join(f"{head:>12}" for head in heads) + f"{'findings':>10}", flush=True)
        with ThreadPoolExecutor(args.jobs) as pool:
            results = list(pool.map(lambda target: fuzz(target, args.minutes, scratch), args.targets or known))
    findings = [(target, file) for target, files in results for file in files]
    for target, file in findings:
        print(f"\nFINDING in {target}; fuzz/target/findings/{target}.log ends with the reason. Again:")
        print(f"  scripts/fuzz.sh 0 {target} {file.relative_to(ROOT)}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
