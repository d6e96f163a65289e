#!/usr/bin/env python3
"""The shards that scripts/bench.sh measures on, with a fixed seed.

    bench_corpus.py OUT INDEX MEGABYTES NAME...     writes OUT/NAME/part-*.parquet and OUT/NAME.labels.jsonl

1. Pieces of clean text of some 3 KB are shuffled, joined, and cut into records of 0.5 to 1.5 times the wanted size, again and
   again in another order.
2. Some records hold a copy of a reference: a whole one in place of the record, or a passage of 80 to 200 words in place of as
   much of it; half of them with 5 % of their words replaced. The labels name them; what is not edited is `sure`.
3. Two files, row groups of 32 MB of text. zstd is at level 3, the text column has no dictionary; otherwise as pyarrow does.
"""

import argparse
import json
import pathlib
import random
import re

import pyarrow as pa
import pyarrow.parquet as pq

import bench_text

# By name: language, bytes of a record, share of records with a passage, codec.
CORPORA = {
    "base": ("mixed", 3000, 0.0, "zstd"),
    "snappy": ("mixed", 3000, 0.0, "snappy"),
    "uncompressed": ("mixed", 3000, 0.0, "none"),
    "200B": ("mixed", 200, 0.0, "zstd"),
    "100KB": ("mixed", 100_000, 0.0, "zstd"),
    "hits-1": ("mixed", 3000, 0.01, "zstd"),
    "hits-5": ("mixed", 3000, 0.05, "zstd"),
    "hits-20": ("mixed", 3000, 0.20, "zstd"),
    "english": ("english", 3000, 0.0, "zstd"),
    "code": ("code", 3000, 0.0, "zstd"),
    "chinese": ("chinese", 3000, 0.0, "zstd"),
}
KINDS = ["whole", "whole, edited", "passage", "passage, edited"]
ROW_GROUP, FILES = 32_000_000, 2
# Of records of 200 bytes there are less: each is a Python object here.
SHORT, SHORT_SHARE = 500, 0.4


def records(pieces, size, rng):
    """Records of clean text without end."""
    pieces, rest = list(pieces), ""
    bytes_a_letter = len("".join(pieces).encode()) / sum(map(len, pieces))
    while True:
        rng.shuffle(pieces)
        text, at = rest + "\n\n".join(pieces), 0
        while True:
            letters = max(1, int(size * rng.uniform(0.5, 1.5) / bytes_a_letter))
            if at + letters > len(text):
                break
            yield text[at : at + letters]
            at += letters
        rest = text[at:]


def copy(references, rng, kind):
    """A copy of a reference: whole, or a passage of 80 to 200 words; perhaps with 5 % of its words replaced."""
    copied = ""
    while not bench_text.is_telling(copied):
        copied = text = rng.choice(references)
        if kind.startswith("passage"):
            words = list(re.finditer(r"\S+", text))
            length = min(len(words), rng.randrange(bench_text.PASSAGE, 200))
            first = rng.randrange(len(words) - length + 1)
            copied = text[words[first].start() : words[first + length - 1].end()]
    if not kind.endswith("edited"):
        return copied
    other = re.findall(r"\S+", rng.choice(references))
    return re.sub(r"\S+", lambda word: rng.choice(other) if rng.random() < 0.05 else word.group(), copied)


def plant(record, references, rng, kind):
    copied = copy(references, rng, kind)
    if kind.startswith("whole"):
        return copied
    at = rng.randrange(max(1, len(record) - len(copied)))
    return f"{record[:at]}\n\n{copied}\n\n{record[at + len(copied) :]}"


def write(path, texts, first, codec):
    # Rows are as long as each other on average: so many make up a row group.
    rows = max(1, ROW_GROUP * len(texts) // max(1, sum(map(len, texts))))
    table = pa.table({"id": [f"r{first + number:09}" for number in range(len(texts))], "text": texts})
    level = {"compression_level": 3} if codec == "zstd" else {}
    pq.write_table(table, path, compression=codec, row_group_size=rows, use_dictionary=False, **level)


def make(name, pools, references, megabytes, out):
    language, size, share, codec = CORPORA[name]
    rng = random.Random(f"ringfence {language} {size}")  # the same text, whatever is planted and whatever the codec
    streams = [records(pools[one], size, rng) for one in languages(name)]
    wanted = megabytes * 1_000_000 * (SHORT_SHARE if size <= SHORT else 1) / FILES
    planting, number, planted = random.Random(f"planted {share}"), 0, 0
    folder = out / name
    folder.mkdir(parents=True)
    with (out / f"{name}.labels.jsonl").open("w") as labels:
        for file in range(FILES):
            texts, written, first = [], 0, number
            while written < wanted:
                text = next(streams[number % len(streams)])
                if planting.random() < share:
                    kind = KINDS[planted % len(KINDS)]
                    text = plant(text, references, planting, kind)
                    label = {"shard": f"part-{file}.parquet", "row": len(texts), "kind": kind, "sure": not kind.endswith("edited")}
                    labels.write(json.dumps(label) + "\n")
                    planted += 1
                texts.append(text)
                written += len(text) if text.isascii() else len(text.encode())
                number += 1
            write(folder / f"part-{file}.parquet", texts, first, codec)


def languages(name):
    return ["english", "code"] if CORPORA[name][0] == "mixed" else [CORPORA[name][0]]


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("out", type=pathlib.Path)
    ask.add_argument("index")
    ask.add_argument("megabytes", type=float)
    ask.add_argument("names", nargs="+", choices=CORPORA)
    asked = ask.parse_args()
    pools = bench_text.pools(asked.index, sorted({language for name in asked.names for language in languages(name)}))
    references = bench_text.references()
    for name in asked.names:
        make(name, pools, references, asked.megabytes, asked.out)


if __name__ == "__main__":
    main()
