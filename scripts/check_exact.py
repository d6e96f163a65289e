"""Called by scripts/check_exact.sh: scans the labelled sets of ../shared, scored by ../shared/checks/score.py.

Fails where a verbatim-like row is missed, a row labelled clean is flagged, or a match names a wrong reference.
With --table: recall by kind. `best_jaccard_w5` is the sets' own measure (shingles of 5 words; ours have 32 bytes),
so rows at or over 0.6 by it that did not match are counted, and are no fault by themselves.
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


def run(*arguments):
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def scan(work, name, columns):
    out = work / name
    run(corpus.RINGFENCE, "scan", "--index", work / "index.rf", "--out", out, "--columns", columns, corpus.PACK / f"{name}.parquet")
    return out / "matches.parquet"


def score(name, matches):
    scored = json.loads(run(sys.executable, SCORE, corpus.PACK / f"{name}.parquet", matches, "--json"))
    hit = set(pq.read_table(matches)["row"].to_pylist())
    labels = pq.read_table(corpus.PACK / f"{name}.parquet", columns=["label", "best_jaccard_w5"]).to_pylist()
    alike = [row for row, label in enumerate(labels) if label["label"] == "contaminated" and (label["best_jaccard_w5"] or 0) >= 0.6]
    return scored, len(alike), len([row for row in alike if row not in hit])


def faults(name, kinds):
    for kind, figures in kinds.items():
        if kind in corpus.VERBATIM and figures["rate"] != 1:
            yield f"{name}: {kind}: {figures['rate']} found"
        if kind.startswith("neg_") and figures["flagged"]:
            yield f"{name}: {kind}: {figures['flagged']} clean rows flagged"
        if figures["flagged"] and figures["right_reference"] != 1:
            yield f"{name}: {kind}: only {figures['right_reference']} name a right reference"


def table(name, kinds):
    print(f"{name}\n{'kind':24} {'rows':>5} {'flagged':>8} {'rate':>6} {'right reference':>16}")
    for kind, figures in kinds.items():
        right = "" if figures["right_reference"] is None else f"{figures['right_reference']:.3f}"
        print(f"{kind:24} {figures['n']:5} {figures['flagged']:8} {figures['rate']:6.3f} {right:>16}")


def main():
    if not SCORE.exists():
        print("skipped: there is no ../shared with labelled sets here")
        return
    wrong, line = [], []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        run(corpus.RINGFENCE, "index", "build", "--out", work / "index.rf", *REFERENCES)
        for name, columns in (("planted_labelled", "text"), ("planted_chat", "messages[].content")):
            scored, alike, missed = score(name, scan(work, name, columns))
            kinds, summary = scored["kinds"], scored["summary"]
            wrong += faults(name, kinds)
            if "--table" in sys.argv:
                table(name, kinds)
            line.append(
                f"{name}: recall over all kinds {summary['recall']:.3f}, {summary['false_flags']} of {summary['negatives']} clean rows flagged,"
                f" {missed} of {alike} rows with best_jaccard_w5 >= 0.6 not matched"
            )
        for name in ("clean_shared", "clean_same_prompt_shared"):
            matches = pq.read_table(scan(work, name, "text")).to_pylist()
            rows = pq.ParquetFile(corpus.PACK / f"{name}.parquet").metadata.num_rows
            line.append(f"{name}: {len({match['row'] for match in matches})} of {rows} rows flagged")
            for match in matches if "--table" in sys.argv else []:
                print(f"{name}: row {match['row']} like {match['reference_id']}, {match['similarity']:.3f}, {match['shared_shingles']} shingles")
    print("; ".join(line))
    sys.exit("\n".join(wrong) or None)


main()
