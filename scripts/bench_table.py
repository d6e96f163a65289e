#!/usr/bin/env python3
"""The table of scripts/bench.sh: medians over the lines of FOLDER/ours.json, shingles.json and words.json."""
import json
import pathlib
import statistics
import sys

folder, threads = pathlib.Path(sys.argv[1]), sys.argv[2]
lines = {name: [json.loads(line) for line in (folder / f"{name}.json").open()] for name in ("ours", "shingles", "words")}


def median(name, key):
    return statistics.median(line[key] for line in lines[name])


decode, scan = median("ours", "decode_seconds"), median("ours", "whole_seconds")
size = lines["ours"][0]["bytes"]
assert all(line["bytes"] == size for rows in lines.values() for line in rows), "not everyone read the same text"
table = [
    (f"decode the column, {threads} thread(s)", decode, ""),
    (f"ringfence scan --detect resemblance, {threads} thread(s)", scan, lines["ours"][0]["whole_matched"]),
    (f"ringfence scan, passages too, {threads} thread(s)", median("ours", "scan_seconds"), lines["ours"][0]["matched"]),
    ("rensa, 5-word shingles, 1 thread", median("shingles", "seconds"), lines["shingles"][0]["flagged"]),
    ("rensa, words, 1 thread", median("words", "seconds"), lines["words"][0]["flagged"]),
]
print(f"{size / 1e6:.0f} MB of text, {lines['ours'][0]['records']} records, medians of {len(lines['ours'])} runs\n")
print("| what | seconds | MB/s | times decode | times the whole-record scan | records found |\n|---|---|---|---|---|---|")
for what, seconds, found in table:
    print(f"| {what} | {seconds:.2f} | {size / 1e6 / seconds:.0f} | {seconds / decode:.2f} | {seconds / scan:.2f} | {found} |")
print(f"\nrensa, sketch and look-up alone: {median('shingles', 'core_seconds'):.2f} s of shingles, {median('words', 'core_seconds'):.2f} s of words")
