#!/usr/bin/env python3
"""What `drop` costs, beside pyarrow reading the same file, filtering it and writing it again: one table from one run.

    bench_drop.py [--megabytes 600] [--runs 5] [--threads 2] [--row-group 10000] [--codec zstd] [--page-index]

1. A file of clean records of some 3 KB, written by pyarrow with its defaults; in each 2,000 records one, at random, is a
   reference's text.
2. In turn, RUNS times: `ringfence scan` with `flag` and with `drop` (the whole command, scan and fsync included), and pyarrow
   in two ways, each without starting Python and without fsync: `read_table`, `filter`, `write_table`; and row group by row
   group through `ParquetFile` and `ParquetWriter`. Both write zstd at pyarrow's default level.
3. Medians of the seconds by the clock, and of those of all cores (user and system), which other work on the machine disturbs less.
4. The rows of all outputs must be equal, and every planted record must be gone, or there is no table.

Needs target/release/ringfence and pyarrow. The text: ../shared/data where that exists, else the fixtures.
"""

import argparse
import pathlib
import random
import resource
import statistics
import subprocess
import tempfile
import time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import corpus

EVERY = 2000
TEXT = 3000


def ringfence(*arguments):
    subprocess.run([corpus.RINGFENCE, *map(str, arguments)], check=True, capture_output=True)


def scan(index, source, out, action, threads):
    ringfence("scan", "--index", index, "--action", action, "--threads", threads, "--out", out, source)


def matched(out):
    return pc.unique(pq.read_table(out / "matches.parquet")["row"]).sort()


def clean_block(work, index):
    """Records of some 3 KB in which nothing is found."""
    texts = [text for text in corpus.rows(4000, 0.0)["text"].to_pylist() if text]
    joined, block, size = [], [], 0
    for text in texts:
        block.append(text)
        size += len(text)
        if size >= TEXT:
            joined.append("\n\n".join(block)[: 2 * TEXT])
            block, size = [], 0
    path = work / "block.parquet"
    pq.write_table(pa.table({"text": joined}), path)
    scan(index, path, work / "block", "flag", 2)
    found = set(matched(work / "block").to_pylist())
    return [text for row, text in enumerate(joined) if row not in found]


def references():
    path = pathlib.Path(corpus.REFERENCES)
    table = pq.read_table(path)
    column = "text" if "text" in table.column_names else "output"
    return [text for text in table[column].to_pylist() if text and 1000 < len(text) < 6000]


def make(path, block, copies, options):
    """Writes the source; returns the planted rows."""
    size = sum(map(len, block)) / len(block)
    rows = max(options.row_group, round(options.megabytes * 1e6 / size))
    texts = [block[row % len(block)] for row in range(rows)]
    places = random.Random(7)
    planted = [min(start + places.randrange(EVERY), rows - 1) for start in range(0, rows, EVERY)]
    for nth, row in enumerate(planted):
        texts[row] = copies[nth % len(copies)]
    rng = range(rows)
    table = pa.table({
        "id": [f"record-{row:09}" for row in rng], "source": [f"crawl-{row % 7}" for row in rng],
        "score": pa.array([row * 0.37 % 1 for row in rng], pa.float32()), "text": texts,
    })  # fmt: skip
    pq.write_table(table, path, compression=options.codec, row_group_size=options.row_group, write_page_index=options.page_index)
    return planted


def read_filter_write(source, out, drop, options):
    table = pq.read_table(source)
    keep = pc.invert(pc.is_in(pa.array(range(table.num_rows), pa.uint64()), drop))
    pq.write_table(table.filter(keep), out, compression=options.codec, row_group_size=options.row_group)


def by_row_group(source, out, drop, options):
    file, first = pq.ParquetFile(source), 0
    with pq.ParquetWriter(out, file.schema_arrow, compression=options.codec) as writer:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            keep = pc.invert(pc.is_in(pa.array(range(first, first + table.num_rows), pa.uint64()), drop))
            first += table.num_rows
            writer.write_table(table.filter(keep))


def spent():
    """Seconds of the clock, and of this process and its children on all cores."""
    of = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.monotonic(), sum(one.ru_utime + one.ru_stime for one in of)


def timed(times, name, work):
    began = spent()
    work()
    times.setdefault(name, []).append([after - before for before, after in zip(began, spent())])


def run(work, index, source, planted, options, times):
    name = source.name
    for action in ("flag", "drop"):
        timed(times, action, lambda: scan(index, source, work / action, action, options.threads))
    drop = matched(work / "flag")
    assert set(planted) <= set(drop.to_pylist()), "a planted record was not found"
    ours = pq.read_table(work / "drop/data" / name)
    for way in (read_filter_write, by_row_group):
        out = work / f"{way.__name__}.parquet"
        timed(times, way.__name__, lambda: way(source, out, drop, options))
        assert pq.read_table(out).equals(ours), f"other rows than {way.__name__}'s"
        sizes = source.stat().st_size, (work / "drop/data" / name).stat().st_size, out.stat().st_size
        out.unlink()
    for action in ("flag", "drop"):
        subprocess.run(["rm", "-r", work / action], check=True)
    return drop, ours.num_rows + len(drop), sizes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=600)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--row-group", type=int, default=10_000)
    parser.add_argument("--codec", default="zstd")
    parser.add_argument("--page-index", action="store_true")
    options = parser.parse_args()
    pa.set_cpu_count(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        index, source = work / "index.rf", work / "part.parquet"
        ringfence("index", "build", "--out", index, corpus.REFERENCES)
        planted = make(source, clean_block(work, index), references(), options)
        times = {}
        for _ in range(options.runs):
            drop, rows, sizes = run(work, index, source, planted, options, times)
    print(f"{rows} records, {len(drop)} dropped ({len(drop) / rows:.3%}), row groups of {options.row_group}, {options.threads} threads")
    print("MB: source {:.1f}, drop {:.1f}, pyarrow {:.1f}; rows equal".format(*(size / 1e6 for size in sizes)))
    report("clock", {name: [clock for clock, _ in of] for name, of in times.items()})
    report("cores", {name: [cores for _, cores in of] for name, of in times.items()})


def report(what, times):
    median = {name: statistics.median(of) for name, of in times.items()}
    for name, seconds in median.items():
        print(f"{what}: {name:18} {seconds:7.3f} s   {min(times[name]):.3f} to {max(times[name]):.3f}")
    best = min((read_filter_write, by_row_group), key=lambda way: median[way.__name__]).__name__
    writing = median["drop"] - median["flag"]
    print(f"{what}: drop / pyarrow ({best}): {median['drop'] / median[best]:.2f}")
    print(f"{what}: writing alone, drop - flag: {writing:.3f} s, {writing / median[best]:.2f} of pyarrow")


if __name__ == "__main__":
    main()
