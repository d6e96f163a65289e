#!/usr/bin/env python3
"""What `rensa` needs for the whole-record job of `ringfence scan`, as JSON on stdout.

    scripts/peers.py --references REFERENCES.parquet... --shards SHARD.parquet... [--column text] [--tokens shingles|words]

Index every reference, then look every record of the shards up: MinHash of 128 permutations, LSH at Jaccard 0.5 in 32
bands of 4 rows. It ends at candidates: nothing is verified, nothing written. One process, one thread, rensa's batch calls.
Tokens are sets of five lower-case words in a row (the same job) or the words themselves (rensa's own example: less
work, and another question). The parts of the time are added up over batches; `seconds` runs from the first shard's
opening to the last answer, the indexing not counted.
"""
import argparse
import json
import os
import resource
import time

os.environ["RAYON_NUM_THREADS"] = "1"  # before rensa is loaded

import pyarrow as pa
import pyarrow.parquet as pq
import rensa

PERMUTATIONS, BANDS, THRESHOLD, SEED = 128, 32, 0.5, 42
BATCH = 1000


def words(text):
    return text.lower().split()


def shingles(text, n=5):
    w = words(text)
    return [" ".join(w[i:i + n]) for i in range(max(1, len(w) - n + 1))] if w else []


def texts_of(path, column):
    """The column's texts in batches; nulls are empty."""
    for batch in pq.ParquetFile(path).iter_batches(batch_size=BATCH, columns=[column], use_threads=False):
        yield [t or "" for t in batch.column(0).to_pylist()]


class Clock:
    """Seconds by part."""

    def __init__(self):
        self.parts, self.last = {}, time.perf_counter()

    def lap(self, part):
        now = time.perf_counter()
        self.parts[part] = self.parts.get(part, 0.0) + now - self.last
        self.last = now


def index(paths, column, tokens):
    lsh, key = rensa.RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS), 0
    for path in paths:
        for texts in texts_of(path, column):
            sketches = rensa.RMinHash.from_token_sets([t for t in map(tokens, texts) if t], PERMUTATIONS, SEED)
            lsh.insert_many(sketches, start_key=key)
            key += len(sketches)
    return lsh, key


def scan(lsh, paths, column, tokens):
    clock = Clock()
    rows = flagged = size = 0
    for path in paths:
        for texts in texts_of(path, column):
            clock.lap("decode")
            size += sum(len(t.encode()) for t in texts)
            clock.lap("count")  # ours, not part of the job
            sets = [t for t in map(tokens, texts) if t]
            clock.lap("tokenise")
            sketches = rensa.RMinHash.from_token_sets(sets, PERMUTATIONS, SEED)
            clock.lap("sketch")
            flagged += sum(bool(found) for found in lsh.query_all(sketches))
            rows += len(texts)
            clock.lap("query")
    clock.parts.pop("count", None)
    return clock.parts, rows, flagged, size


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--references", nargs="+", required=True)
    ask.add_argument("--shards", nargs="+", required=True)
    ask.add_argument("--column", default="text")
    ask.add_argument("--reference-column", default="text")
    ask.add_argument("--tokens", choices=["shingles", "words"], default="shingles")
    asked = ask.parse_args()
    pa.set_cpu_count(1)
    tokens = shingles if asked.tokens == "shingles" else words

    start = time.perf_counter()
    lsh, references = index(asked.references, asked.reference_column, tokens)
    indexed = time.perf_counter() - start
    parts, rows, flagged, size = scan(lsh, asked.shards, asked.column, tokens)
    seconds = sum(parts.values())
    print(json.dumps({
        "peer": "rensa", "tokens": asked.tokens, "references": references, "index_seconds": round(indexed, 3),
        "seconds": round(seconds, 3), **{f"{part}_seconds": round(s, 3) for part, s in parts.items()},
        "core_seconds": round(seconds - parts.get("decode", 0.0) - parts.get("tokenise", 0.0), 3),
        "rows": rows, "flagged": flagged, "bytes": size, "mb_per_second": round(size / 1e6 / seconds, 1),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))


if __name__ == "__main__":
    main()
