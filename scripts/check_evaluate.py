"""Called by scripts/check_evaluate.sh: the figures of `ringfence evaluate` against those of ../shared/checks/score.py.

On the flat set and the nested one, in one scan, every figure of every kind is the same, but for what the scorer leaves out:
it takes matches in any text of a record for the spans of one, so on the nested set its overlaps may be better.
On a corpus of plant.py the sidecar is compared with what the shards' rows say, counted here.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import pyarrow.parquet as pq

import corpus

SCORE = corpus.PACK.parent / "checks/score.py"
REFERENCES = [corpus.PACK / f"reference_{name}.parquet" for name in ("shared", "boilerplate")]
NEAR = 6e-5  # the scorer rounds to four places


def run(*arguments):
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def evaluate(labels, out):
    return json.loads(run(corpus.RINGFENCE, "evaluate", "--json", "--labels", labels, "--matches", out))


def same(a, b):
    return a is b if a is None or b is None else abs(a - b) < NEAR


def compare(name, ours, scored):
    kinds = {kind["kind"]: kind for part in ("contaminated", "short", "clean") for kind in ours[part]}
    assert kinds.keys() == scored["kinds"].keys(), f"{name}: {kinds.keys() ^ scored['kinds'].keys()}"
    for kind, theirs in scored["kinds"].items():
        mine = kinds[kind]
        assert (mine["flagged"]["n"], mine["flagged"]["count"]) == (theirs["n"], theirs["flagged"]), f"{name}: {kind}: {mine} {theirs}"
        assert same(mine["flagged"]["rate"], theirs["rate"]), f"{name}: {kind}: {mine} {theirs}"
        assert same(mine["right_reference"]["rate"], theirs["right_reference"]), f"{name}: {kind}: {mine} {theirs}"
        nested_better = name == "planted_chat" and mine["mean_iou"] is not None and mine["mean_iou"] < theirs["mean_iou"]
        assert same(mine["mean_iou"], theirs["mean_iou"]) or nested_better, f"{name}: {kind}: {mine} {theirs}"
    assert same(ours["recall"]["rate"], scored["summary"]["recall"]), f"{name}: {ours['recall']} {scored['summary']}"
    flags = ours["false_flags"]
    assert (flags["count"], flags["n"]) == (scored["summary"]["false_flags"], scored["summary"]["negatives"]), name


def labelled_sets(work):
    sets = [corpus.PACK / f"{name}.parquet" for name in ("planted_labelled", "planted_chat")]
    out = work / "labelled"
    run(corpus.RINGFENCE, "scan", "--index", work / "index.rf", "--out", out, *sets)
    for labels in sets:
        scored = run(sys.executable, SCORE, labels, out / "matches.parquet", "--json")
        compare(labels.stem, evaluate(labels, out), json.loads(scored))


def sidecar(work):
    folder, out = work / "corpus", work / "planted"
    plant = [sys.executable, corpus.PACK / "plant.py", "corpus", "--reference", REFERENCES[0], "--clean", corpus.PACK / "clean_shared.parquet"]
    run(*plant, "--out", folder, "--rows", 3000, "--contaminated", 0.1, "--shards", 3, "--fast")
    run(corpus.RINGFENCE, "scan", "--index", work / "index.rf", "--out", out, *sorted(folder.glob("shard-*.parquet")))
    ours = evaluate(folder / "labels.parquet", out)
    hits = {(match["shard"], match["row"]) for match in pq.read_table(out / "matches.parquet").to_pylist()}
    labels = pq.read_table(folder / "labels.parquet").to_pylist()
    planted = {(f"shard-{label['shard']:05}.parquet", label["row"]): label["label"] for label in labels}
    truth = [place for place, label in planted.items() if label == "contaminated"]
    expected = {
        "recall": (len(hits.intersection(truth)), len(truth)),
        "false_flags": (len(hits.difference(planted)), 3000 - len(planted)),
    }
    for figure, counts in expected.items():
        assert (ours[figure]["count"], ours[figure]["n"]) == counts, f"{figure}: {ours[figure]}, not {counts}"


def main():
    if not SCORE.exists():
        print("skipped: there is no ../shared with labelled sets and a scorer here")
        return
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        run(corpus.RINGFENCE, "index", "build", "--out", work / "index.rf", *REFERENCES)
        labelled_sets(work)
        sidecar(work)
    print("the figures of evaluate are those of score.py on the labelled sets, and those of the rows on a planted corpus")


main()
