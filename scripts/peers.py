#!/usr/bin/env python3
"""What other tools need for the whole-record job of `ringfence scan`, as one line of JSON.

    scripts/peers.py rensa|rensa-words|datasketch|datatrove --references FILE... --shards FILE... [--labels FILE] [--megabytes N]

Index every reference, then look every record up: MinHash of 128 permutations over sets of five words in a row (rensa-words: over
the words, as in rensa's own example), LSH at Jaccard 0.5 in 32 bands of 4 rows. It ends at candidates: nothing is verified,
nothing written but what the tool itself writes. One process, one thread, from the shard's opening to the last answer; the
indexing is not counted. With --megabytes the records of the first so many of text, as the slow ones take hours for all.
With --labels (scripts/bench_corpus.py): which of the planted records are among the candidates, by kind, and how many others.
"""

import argparse
import collections
import json
import os
import pathlib
import resource
import struct
import tempfile
import time

os.environ.update(RAYON_NUM_THREADS="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # before any of them is loaded

import pyarrow as pa
import pyarrow.parquet as pq

PERMUTATIONS, BANDS, THRESHOLD, SEED = 128, 32, 0.5, 42


def words(text):
    return text.lower().split()


def shingles(text, n=5):
    w = words(text)
    return [" ".join(w[i : i + n]) for i in range(max(1, len(w) - n + 1))] if w else []


class Rensa:
    batch = 1000

    def __init__(self, tokens=shingles):
        import rensa

        self.sketches = lambda texts: rensa.RMinHash.from_token_sets([tokens(text) or [""] for text in texts], PERMUTATIONS, SEED)
        self.lsh, self.size = rensa.RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS), 0

    def index(self, texts):
        sketches = self.sketches(texts)
        self.lsh.insert_many(sketches, start_key=self.size)
        self.size += len(sketches)

    def found(self, texts):
        return [bool(found) for found in self.lsh.query_all(self.sketches(texts))]


class Datasketch:
    batch = 1000

    def __init__(self):
        from datasketch import MinHash, MinHashLSH

        def sketches(texts):
            sets = [[shingle.encode() for shingle in shingles(text)] for text in texts]
            return MinHash.bulk(sets, num_perm=PERMUTATIONS, seed=SEED)

        self.sketches, self.size = sketches, 0
        self.lsh = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, PERMUTATIONS // BANDS))

    def index(self, texts):
        for sketch in self.sketches(texts):
            self.lsh.insert(self.size, sketch)
            self.size += 1

    def found(self, texts):
        return [bool(self.lsh.query(sketch)) for sketch in self.sketches(texts)]


class Datatrove:
    """Its signature stage, to files, and a look-up in the references' buckets in place of its second stage."""

    batch = 2000  # it writes and sorts a file for each bucket

    def __init__(self):
        from datatrove.data import Document
        from datatrove.pipeline.dedup import minhash
        from datatrove.utils.logging import logger

        logger.remove()
        config = minhash.MinhashConfig(num_buckets=BANDS, hashes_per_bucket=PERMUTATIONS // BANDS)
        self.folder = tempfile.TemporaryDirectory()
        stage = minhash.MinhashDedupSignature(self.folder.name, config)

        row = struct.Struct(f"<{config.hashes_per_bucket}{config.hash_config.struct_format}I")

        def buckets(texts):
            """Of each text's buckets: which, with what in it; and the text's number."""
            stage.run((Document(text=text, id=str(number)) for number, text in enumerate(texts)), 0, 1)
            for bucket in range(BANDS):
                rows = pathlib.Path(f"{self.folder.name}/bucket_{bucket:03d}/00000.minhash.sig").read_bytes()
                yield from (((bucket, *signature), number) for *signature, number in row.iter_unpack(rows))

        self.buckets, self.known, self.size = buckets, set(), 0

    def index(self, texts):
        self.known.update(bucket for bucket, _ in self.buckets(texts))
        self.size += len(texts)

    def found(self, texts):
        found = [False] * len(texts)
        for bucket, number in self.buckets(texts):
            found[number] |= bucket in self.known
        return found


PEERS = {"rensa": Rensa, "rensa-words": lambda: Rensa(words), "datasketch": Datasketch, "datatrove": Datatrove}


def texts_of(path, column, batch):
    """The column's texts in batches; nulls are empty."""
    for batch in pq.ParquetFile(path).iter_batches(batch_size=batch, columns=[column], use_threads=False):
        yield [text or "" for text in batch.column(0).to_pylist()]


def scan(peer, asked):
    """Which rows are found, by shard; records, bytes."""
    found, rows, size = {}, 0, 0
    for path in asked.shards:
        of_shard = found.setdefault(pathlib.Path(path).name, [])
        for texts in texts_of(path, asked.column, peer.batch):
            if size >= asked.megabytes * 1e6:
                return found, rows, size
            of_shard += peer.found(texts)
            rows += len(texts)
            size += sum(len(text) if text.isascii() else len(text.encode()) for text in texts)
    return found, rows, size


def score(found, labels):
    """Of the planted records that were looked at: by kind, how many are found, and how many there are; and how many others are."""
    kinds, others = collections.Counter(), {shard: list(rows) for shard, rows in found.items()}
    for label in map(json.loads, labels.read_text().splitlines()):
        rows = found.get(label["shard"], [])
        if label["row"] < len(rows):
            kinds[label["kind"], "planted"] += 1
            kinds[label["kind"], "found"] += rows[label["row"]]
            others[label["shard"]][label["row"]] = False
    names = sorted({kind for kind, _ in kinds})
    by_kind = {kind: [kinds[kind, "found"], kinds[kind, "planted"]] for kind in names}
    return by_kind, sum(map(sum, others.values()))


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("peer", choices=PEERS)
    ask.add_argument("--references", nargs="+", required=True)
    ask.add_argument("--shards", nargs="+", required=True)
    ask.add_argument("--column", default="text")
    ask.add_argument("--reference-column", default="text")
    ask.add_argument("--labels", type=pathlib.Path)
    ask.add_argument("--megabytes", type=float, default=float("inf"))
    asked = ask.parse_args()
    pa.set_cpu_count(1)
    peer = PEERS[asked.peer]()
    start = time.process_time()
    for path in asked.references:
        for texts in texts_of(path, asked.reference_column, peer.batch):
            peer.index(texts)
    indexed = time.process_time()
    clock = time.perf_counter()
    found, rows, size = scan(peer, asked)
    cpu, seconds = time.process_time() - indexed, time.perf_counter() - clock
    kinds, others = score(found, asked.labels) if asked.labels else ({}, sum(map(sum, found.values())))
    print(json.dumps({
        "peer": asked.peer, "references": peer.size, "index_cpu": round(indexed - start, 3), "cpu": round(cpu, 3),
        "seconds": round(seconds, 3), "rows": rows, "bytes": size, "mb_per_cpu_second": round(size / 1e6 / cpu, 2),
        "found": kinds, "others": others, "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
