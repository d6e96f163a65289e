#!/usr/bin/env python3
"""Many references out of few: texts of other texts' lines, with the words of each line in another order.

From ../shared/data/reference_shared.parquet where that exists, else from fixtures/references. Lines of imports stay as they
are, so that form is found as often as in the originals; nearly all shingles are new.

    references.py OUT MEGABYTES [MEAN_BYTES]     writes OUT.parquet with so much text, some 4,200 bytes a text
"""

import json
import pathlib
import random
import re
import sys

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parent.parent
REAL = ROOT.parent / "shared/data/reference_shared.parquet"
FIELDS = ["vendor", "model", "source", "licence", "kind", "prompt", "text"]
FORM = re.compile(r"\s*(import|from|use|pub use|using|#include|require|package|export|//|#)\b")


def real():
    if REAL.exists():
        return pq.read_table(REAL, columns=FIELDS).to_pylist()
    lines = (ROOT / "fixtures/references/agents.jsonl").read_text().splitlines()
    return [{field: row.get(field, "") for field in FIELDS} for row in map(json.loads, lines)]


def shuffled(line, rng):
    if FORM.match(line):
        return line
    words = line.split(" ")
    rng.shuffle(words)
    return " ".join(words)


def main(out, megabytes, mean=4200):
    rng, kinds = random.Random(7), {}
    for row in real():
        kinds.setdefault(row["kind"], []).append(row)
    rows, written, number = sorted((row for of_kind in kinds.values() for row in of_kind), key=lambda row: row["text"]), 0, 0
    schema = pa.schema([(field, pa.string()) for field in ["id", *FIELDS]])
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        while written < megabytes << 20:
            batch = []
            for _ in range(2000):
                row = dict(rng.choice(rows))
                length, lines, size = rng.uniform(0.2, 1.8) * mean, [], 0
                while size < length:
                    more = rng.choice(kinds[row["kind"]])["text"].split("\n")
                    lines += [shuffled(line, rng) for line in more]
                    size += sum(map(len, more)) + len(more)
                row["text"], row["id"] = "\n".join(lines)[: int(length)], f"made-{number:08}"
                number, written = number + 1, written + len(row["text"].encode())
                batch.append(row)
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
