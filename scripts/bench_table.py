#!/usr/bin/env python3
"""The tables of scripts/bench.sh, in Markdown, from the folder that scripts/bench_run.py filled: bench_table.py FOLDER"""

import collections
import json
import pathlib
import re
import statistics
import sys

import bench_plan


def lines(folder, name):
    path = folder / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def spread(values, digits=2):
    """The median, and from where to where."""
    return f"{statistics.median(values):.{digits}f} | {min(values):.{digits}f}..{max(values):.{digits}f}"


class Figures:
    """What was measured, by name of the scan."""

    def __init__(self, folder):
        self.folder = folder
        self.machine = json.loads((folder / "machine.json").read_text())
        self.skipped = {line["what"]: line["why"] for line in lines(folder, "skipped.jsonl")}
        self.scans, self.seen, self.zstd, self.bytes = collections.defaultdict(list), {}, [], {}
        for line in lines(folder, "scan.jsonl"):
            if "zstd" in line:
                self.zstd.append(line["bytes"] / 1e6 / line["zstd"]["seconds"])
            elif "seen" in line:
                self.seen[line["variant"]] = line["seen"]
            else:
                self.scans[line["variant"]].append(line["time"])
                self.bytes[line["variant"]] = line["bytes"]

    def ratios(self, scan, unit="seconds"):
        return [time["scan"][unit] / time["decode"][unit] for time in self.scans.get(scan, [])]

    def speed(self, scan, side):
        return statistics.median(self.bytes[scan] / 1e6 / time[side]["seconds"] for time in self.scans[scan])

    def why_not(self, variant):
        if variant.axis == "kernel" and variant.name.startswith("AVX-512") and not self.machine["avx512"]:
            return "skipped: this machine has no AVX-512 with VBMI2"
        reasons = (self.skipped.get(name) for name in (f"filter of {variant.index}", f"{variant.index} index"))
        return "skipped: " + next((reason for reason in reasons if reason), "not asked for")

    def found(self, scan):
        kinds = self.seen[scan]["found"].values()
        found, planted = sum(of[0] for of in kinds), sum(of[1] for of in kinds)
        return f"{found} of {planted}" if planted else "0, as planted"


def print_axes(figures):
    print("| axis | point | decode MB/s | scan MB/s | scan / decode | least..most | by CPU time | records found |")
    print("|---|---|---|---|---|---|---|---|")
    for variant in bench_plan.VARIANTS:
        scan = variant.scan()
        if variant.axis == "command":
            continue
        if not figures.scans.get(scan) or "skipped" in (why := figures.why_not(variant)) and "AVX-512" in why:
            print(f"| {variant.axis} | {variant.name} | {figures.why_not(variant)} |||||")
            continue
        speeds = f"{figures.speed(scan, 'decode'):.0f} | {figures.speed(scan, 'scan'):.0f}"
        by_cpu = statistics.median(figures.ratios(scan, "cpu"))
        print(f"| {variant.axis} | {variant.name} | {speeds} | {spread(figures.ratios(scan))} | {by_cpu:.2f} | {figures.found(scan)} |")


def verdict(values, limit, least=False):
    if not values:
        return f"{limit:.2f} | not measured |||"
    median = statistics.median(values)
    met = median >= limit if least else median <= limit
    return f"{'>=' if least else '<='} {limit:.2f} | {spread(values)} | {'met' if met else '**not met**'}"


def threads(figures):
    one, two = (figures.scans.get(bench_plan.row("threads", name).scan(), []) for name in "12")
    return {side: [a[side]["seconds"] / b[side]["seconds"] for a, b in zip(one, two)] for side in ("scan", "decode")}


def command(figures):
    times = figures.scans.get(bench_plan.row("command", "4 GiB of text").scan(), [])
    return [time["command"] / time["scan"]["seconds"] for time in times]


def drop(figures):
    path = figures.folder / "drop.txt"
    found = re.search(r"^(?:clock: )?drop / pyarrow \(\w+\): ([\d.]+)", path.read_text(), re.M) if path.exists() else None
    return [float(found.group(1))] if found else []


def print_must(figures):
    print("| must show | limit | median | least..most | |\n|---|---|---|---|---|")
    for what, row, limit in bench_plan.MUST:
        print(f"| {what} | {verdict(figures.ratios(bench_plan.row(*row).scan()), limit)} |")
    both = threads(figures)
    beside = f" (decoding alone: {statistics.median(both['decode']):.2f})" if both["decode"] else ""
    print(f"| 2 threads / 1 thread, text a second{beside} | {verdict(both['scan'], bench_plan.THREADS, least=True)} |")
    size = figures.bytes.get(bench_plan.row("command", "4 GiB of text").scan(), 0)
    print(f"| `ringfence scan`, start to exit, over {size / 2**30:.1f} GiB of text / in-process scan | {verdict(command(figures), bench_plan.COMMAND)} |")
    print(f"| `drop`, 0.05 % hits in all row groups / pyarrow reading and rewriting the file | {verdict(drop(figures), bench_plan.DROP)} |")


def print_decode(figures):
    base = bench_plan.row("filter", "64 MiB").scan()
    if figures.zstd and figures.scans.get(base):
        decode = figures.speed(base, "decode")
        zstd = statistics.median(figures.zstd)
        print(f"Decoding runs at {decode:.0f} MB of text a second, `zstd` alone on the same pages at {zstd:.0f} MB/s: {zstd / decode:.2f} times as fast.\n")


def print_build(figures):
    builds = lines(figures.folder, "build.jsonl")
    if not builds:
        return print(f"Index build: {figures.skipped.get('index build', 'not asked for')}.\n")
    print("| index | threads | MB of text a second | least..most | bytes a reference | of these text | postings | filter | bands |")
    print("|---|---|---|---|---|---|---|---|---|")
    for profile, number in dict.fromkeys((build["profile"], build["threads"]) for build in builds):
        runs = [build for build in builds if (build["profile"], build["threads"]) == (profile, number)]
        files, references = runs[0]["files"], runs[0]["references"]
        each = [f"{files[f'{name}.bin'] / references:.0f}" for name in ("texts", "postings", "filter", "bands")]
        speeds = [run["text_bytes"] / 1e6 / run["seconds"] for run in runs]
        print(f"| {profile} | {number} | {spread(speeds, 0)} | {sum(files.values()) / references:.0f} | {' | '.join(each)} |")
    one = builds[0]
    print(f"\n{one['references']} made references, {one['text_bytes'] / one['references']:.0f} bytes and {one['shingles'] / one['references']:.0f} shingles each; the whole command, sync included.\n")


def print_peers(figures):
    peers = lines(figures.folder, "peers.jsonl")
    kinds = list(peers[0]["found"]) if peers else []
    if not peers:
        return
    print(f"| on records with 5 % planted | MB a CPU second | sample, MB | {' | '.join(kinds)} | clean ones | ends with |")
    print(f"|---|---|---|{'---|' * len(kinds)}---|---|")
    for name in ("5 %", "5 %, whole records only"):
        scan = bench_plan.row("hits", name).scan()
        if figures.scans.get(scan):
            cpu = statistics.median(time["scan"]["cpu"] for time in figures.scans[scan])
            found = [" of ".join(map(str, figures.seen[scan]["found"][kind])) for kind in kinds]
            size = figures.bytes[scan] / 1e6
            what = "ringfence" + name.removeprefix("5 %")
            print(f"| {what} | {size / cpu:.0f} | {size:.0f} | {' | '.join(found)} | 0 | verified matches, reported |")
    for peer in peers:
        found = [" of ".join(map(str, peer["found"][kind])) for kind in kinds]
        print(f"| {peer['peer']} | {peer['mb_per_cpu_second']} | {peer['bytes'] / 1e6:.0f} | {' | '.join(found)} | {peer['others']} | candidates |")
    print()


def main():
    figures = Figures(pathlib.Path(sys.argv[1]))
    machine = figures.machine
    print(f"{machine['date']}, commit {machine['commit']}, {machine['rustc']}; {machine['cpu']}, {machine['cores']} cores, "
          f"{machine['memory_gib']} GiB, {machine['system']}, load {machine['load']} at the start. Medians of {machine['runs']}, "
          f"corpora of {machine['megabytes']:.0f} MB of text from {machine['text']}.\n")  # fmt: skip
    print_must(figures)
    print()
    print_decode(figures)
    print_axes(figures)
    print()
    print_build(figures)
    if (figures.folder / "drop.txt").exists():
        print("```text\n" + (figures.folder / "drop.txt").read_text().strip() + "\n```\n")
    print_peers(figures)
    for what, why in figures.skipped.items():
        print(f"Skipped: {what}: {why}.")


if __name__ == "__main__":
    main()
