#!/usr/bin/env python3
"""Recall against false flags: the three sensitivities, the evidence between them swept, and other tools; as an SVG.

usage: curve.py DATA OUT.svg [BINARY]      (DATA: the folder with planted_labelled.parquet and the references)

1. Scans the labelled set with each sensitivity. From the thorough scan, matches that are no wholes are taken away below a number of
   agreeing words, for every number: the curve.
2. The second panel has the kinds that other tools were measured on (verbatim, 5-30 % edits, embedded) against flags on clean text. Their
   points were measured by us in November 2026 on another corpus, with another planting; they are not their makers' figures. Tools without a
   count of false flags are left out. The order can be compared, not the last digit.
Needs pyarrow and matplotlib (scripts/requirements-curve.txt). Prints the figures as a table.
"""
import pathlib, subprocess, sys, tempfile
import pyarrow.parquet as pq

WHOLE = ("exact", "resemblance")
SHARED_KINDS = ("verbatim", "edit_05", "edit_10", "edit_20", "edit_30", "embed_20")
# name, mean recall over a, b5, b10, b20, b30, c; false flags, clean records; where the label stands (points, from the mark).
TOOLS = [
    ("decon 0.8", (1 + .21 + 0 + 0 + 0 + 1) / 6, 1, 302478, (7, -3)),
    ("decon 0.5", (1 + .85 + .31 + 0 + 0 + 1) / 6, 0, 30219, (7, -3)),
    ("decon 0.2", (1 + 1 + .96 + .26 + .03 + 1) / 6, 137, 30219, (7, -9)),
    ("rensa, gaoya", (1 + .36 + .01 + 0 + 0 + 0) / 6, 0, 302478, (7, -3)),
    ("datasketch 0.8", (1 + .02 + 0 + 0 + 0 + 0) / 6, 0, 30219, (7, -3)),
    ("datatrove\n12-gram", (1 + 1 + 1 + .92 + .55 + 1) / 6, 71, 4000, (7, -12)),
    ("dolma 13-grams", (1 + 1 + .99 + .39 + .15 + 1) / 6, 215, 30219, (7, -1)),
    ("dolma paragraphs", (1 + .61 + .38 + .17 + .13 + 1) / 6, 56, 30219, (7, -3)),
]
# The same corpus, by exact set rules over all pairs, and by a slow prototype of Ringfence's own rules.
EXACT = [
    ("Jaccard >= 0.8, 5 words", 1 / 6, 0, 30219, (7, -12)),
    ("containment >= 0.2, 5 words", (1 + 1 + 1 + .98 + .22 + 1) / 6, 3, 30219, (7, -3)),
    ("containment >= 0.1, 5 words", (1 + 1 + 1 + 1 + .94 + 1) / 6, 14, 30219, (7, 0)),
    ("containment >= 0.3, 3 words", (1 + 1 + 1 + 1 + .88 + 1) / 6, 3, 30219, (7, -11)),
    ("prototype", (1 + 1 + 1 + .994 + .886 + 1) / 6, 0, 30219, (-84, -3)),
]


def scan(binary, work, name, sensitivity, index, *shards):
    out = work / f"{name}-{sensitivity}"
    command = [binary, "scan", "--index", index, "--out", out, "--sensitivity", sensitivity, "--json", *shards]
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
    return pq.read_table(out / "matches.parquet", columns=["row", "kind", "words"]).to_pylist()


def rates(matches, labels, words=0, kinds=None):
    rows = {m["row"] for m in matches if m["kind"] in WHOLE or m["words"] >= words}
    bad = [row for row, label in enumerate(labels) if label["label"] == "contaminated" and (kinds is None or label["kind"] in kinds)]
    clean = [row for row, label in enumerate(labels) if label["label"] == "clean"]
    return sum(row in rows for row in bad) / len(bad), sum(row in rows for row in clean) / len(clean)


def main():
    data, out = pathlib.Path(sys.argv[1]), sys.argv[2]
    binary = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else "target/release/ringfence").resolve()
    labels = pq.read_table(data / "planted_labelled.parquet", columns=["label", "kind"]).to_pylist()
    points, curve, clean_points = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        references = [data / "reference_shared.parquet", data / "reference_boilerplate.parquet"]
        for name, files in (("both", references), ("shared", references[:1])):
            subprocess.run([str(binary), "index", "build", "--out", str(work / name), *map(str, files)], check=True, stdout=subprocess.DEVNULL)
        for sensitivity in ("fast", "balanced", "thorough"):
            matches = scan(binary, work, "labelled", sensitivity, work / "both", data / "planted_labelled.parquet")
            recall, flags = rates(matches, labels)
            same, _ = rates(matches, labels, kinds=SHARED_KINDS)
            clean = len({m["row"] for m in scan(binary, work, "clean", sensitivity, work / "shared", data / "clean_shared.parquet")})
            rows = pq.read_metadata(data / "clean_shared.parquet").num_rows
            points.append((sensitivity, recall, flags))
            clean_points.append((sensitivity, same, clean, rows))
            print(f"{sensitivity:9} recall {recall:.3f}, false flags {flags:.3f} of clean rows; kinds of the other tools {same:.3f}, {clean} of {rows} clean")
        curve = [rates(matches, labels, words) for words in range(0, 400, 2)]
    draw(points, curve, clean_points, out)


def draw(points, curve, clean_points, out):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "ringfence"
    matplotlib.rcParams["axes.titlesize"] = 11
    import matplotlib.pyplot as plt
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.5, 5.2), gridspec_kw={"width_ratios": [1, 1.35]})
    left.plot([100 * flags for _, flags in curve], [100 * recall for recall, _ in curve], color="#888", lw=1, label="thorough, least agreeing words swept")
    for name, recall, flags in points:
        left.plot(100 * flags, 100 * recall, "o", color="#b03030")
        left.annotate(name, (100 * flags, 100 * recall), xytext=(0, 7), textcoords="offset points", ha="center")
    left.set(xlabel="clean rows flagged, %", ylabel="contaminated rows found, %", title="30 kinds of contamination, 6 of look-alikes", xlim=(-0.2, 6), ylim=(50, 103))
    left.legend(loc="lower right", frameon=False)
    for tools, mark, color, what in ((TOOLS, "s", "#3060a0", "other tools, another corpus"), (EXACT, "D", "#777", "slow exact rules, that corpus")):
        for place, (name, recall, flags, rows, offset) in enumerate(tools):
            at = (max(flags, 0.5) / rows, 100 * recall)
            right.plot(*at, mark, color=color, ms=5, label=what if place == 0 else None)
            right.annotate(name + (" (none)" if flags == 0 else ""), at, xytext=offset, textcoords="offset points", fontsize=8)
    offsets = {"thorough": (-30, 8), "balanced": (-34, -14), "fast": (-25, -14)}
    for name, recall, flags, rows in clean_points:
        at = (max(flags, 0.5) / rows, 100 * recall)
        right.plot(*at, "o", color="#b03030", label="Ringfence, this data pack" if name == "fast" else None)
        right.annotate(name + (" (none)" if flags == 0 else ""), at, xytext=offsets[name], textcoords="offset points", fontsize=8, color="#b03030")
    right.set(xscale="log", xlim=(6e-7, 2e-1), ylim=(0, 112), xlabel="clean records flagged, share (none: drawn at half a record)", ylabel="found, %: mean of verbatim, 5-30 % edited, embedded", title="beside other tools, measured on another corpus")
    right.legend(loc="lower right", frameon=False, fontsize=8)
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


main()
