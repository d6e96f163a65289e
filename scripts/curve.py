#!/usr/bin/env python3
"""Recall against false flags: the three sensitivities, the evidence between them swept, and published rivals; as an SVG.

usage: curve.py DATA OUT.svg [BINARY]      (DATA: the folder with planted_labelled.parquet and the references)

1. Scans the labelled set with each sensitivity. From the thorough scan, matches that are no wholes are taken away below a number of
   agreeing words, for every number: the curve.
2. The second panel has the kinds that rivals were measured on (verbatim, 5-30 % edits, embedded) against flags on clean text. Theirs are
   published figures on another mix of real text; the position on the axis is what can be compared, not the last digit.
Needs pyarrow and matplotlib (scripts/requirements-curve.txt). Prints the figures as a table.
"""
import pathlib, subprocess, sys, tempfile
import pyarrow.parquet as pq

WHOLE = ("exact", "resemblance")
SHARED_KINDS = ("verbatim", "edit_05", "edit_10", "edit_20", "edit_30", "embed_20")
# name, mean recall over a, b5, b10, b20, b30, c; false flags, clean records.
RIVALS = [
    ("decon 0.8", (1 + .21 + 0 + 0 + 0 + 1) / 6, 1, 302478),
    ("decon 0.2", (1 + 1 + .96 + .26 + .03 + 1) / 6, 137, 30219),
    ("rensa", (1 + .36 + .01 + 0 + 0 + 0) / 6, 0, 302478),
    ("datasketch", (1 + .02 + 0 + 0 + 0 + 0) / 6, 0, 30219),
    ("datatrove 12-gram", (1 + 1 + 1 + .92 + .55 + 1) / 6, 71, 4000),
    ("dolma 13-grams", (1 + 1 + .99 + .39 + .15 + 1) / 6, 215, 30219),
    ("dolma paragraphs", (1 + .61 + .38 + .17 + .13 + 1) / 6, 56, 30219),
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
            print(f"{sensitivity:9} recall {recall:.3f}, false flags {flags:.3f} of clean rows; kinds of the rivals {same:.3f}, {clean} of {rows} clean")
        curve = [rates(matches, labels, words) for words in range(0, 400, 2)]
    draw(points, curve, clean_points, out)


def draw(points, curve, clean_points, out):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "ringfence"
    import matplotlib.pyplot as plt
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4))
    left.plot([100 * flags for _, flags in curve], [100 * recall for recall, _ in curve], color="#888", lw=1, label="thorough, agreeing words swept")
    for name, recall, flags in points:
        left.plot(100 * flags, 100 * recall, "o", color="#b03030")
        left.annotate(name, (100 * flags, 100 * recall), xytext=(6, -12), textcoords="offset points")
    left.set(xlabel="clean rows flagged, %", ylabel="contaminated rows found, %", title="30 kinds of contamination, 6 of look-alikes", ylim=(50, 101))
    left.legend(loc="lower right", frameon=False)
    for name, recall, flags, rows in RIVALS:
        right.plot(max(flags, 0.5) / rows, 100 * recall, "s", color="#3060a0")
        right.annotate(name + (" (none)" if flags == 0 else ""), (max(flags, 0.5) / rows, 100 * recall), xytext=(6, -3), textcoords="offset points", fontsize=8)
    for name, recall, flags, rows in clean_points:
        right.plot(max(flags, 0.5) / rows, 100 * recall, "o", color="#b03030")
        right.annotate(f"ringfence {name}" + (" (none)" if flags == 0 else ""), (max(flags, 0.5) / rows, 100 * recall), xytext=(6, 4), textcoords="offset points", fontsize=8)
    right.set(xscale="log", xlim=(1e-6, 1e-1), ylim=(0, 106), xlabel="clean records flagged, share (none: half of one)", ylabel="found, %, mean of verbatim, 5-30 % edited, embedded", title="beside rivals' published figures")
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


main()
