#!/usr/bin/env python3
"""Pairs whose truth others decided: the first texts are indexed, the second are scanned; a pair counts when its own reference is named.

usage: nearpairs.py PAIRS.parquet [BINARY]      (columns id, dataset, text_a, text_b, label: 1 a copy or derivative, 0 not)
Needs pyarrow. Prints found of the copies and flagged of the others, by data set.
"""
import collections, json, pathlib, subprocess, sys, tempfile
import pyarrow.parquet as pq


def main():
    pairs = pq.read_table(sys.argv[1]).to_pylist()
    binary = sys.argv[2] if len(sys.argv) > 2 else "target/release/ringfence"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        with open(work / "a.jsonl", "w") as a, open(work / "b.jsonl", "w") as b:
            for pair in pairs:
                a.write(json.dumps({"id": pair["id"], "text": pair["text_a"]}) + "\n")
                b.write(json.dumps({"text": pair["text_b"]}) + "\n")
        run = lambda *words: subprocess.run([binary, *map(str, words)], check=True, stdout=subprocess.DEVNULL)
        run("index", "build", "--out", work / "rf", work / "a.jsonl")
        run("scan", "--index", work / "rf", "--out", work / "out", "--max-matches", 1000, work / "b.jsonl")
        named = collections.defaultdict(set)
        for match in pq.read_table(work / "out/matches.parquet", columns=["row", "reference_id", "also"]).to_pylist():
            ids = [match["reference_id"]] + [also.rsplit("/", 1)[1] for also in match["also"].split("\n") if also]
            named[match["row"]].update(ids)
    total, found = collections.Counter(), collections.Counter()
    for row, pair in enumerate(pairs):
        key = (pair["dataset"], pair["label"])
        total[key] += 1
        found[key] += pair["id"] in named[row]
    for key in sorted(total, key=str):
        print(f"{key[0]:36} {'copies' if key[1] == 1 else 'others':7} {found[key]:4} of {total[key]:4} = {found[key] / total[key]:.3f}")


main()
