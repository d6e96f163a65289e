"""Called by scripts/check_pages.sh.

1. Rows of which one in 200 is planted are written in small pages: by pyarrow with each codec, page version and use of a dictionary, with
   and without page index and checksums; by DuckDB; by Polars.
2. `ringfence scan --action drop`: the outputs must be pyarrow's own filter of the sources by the rows in matches.parquet. Rows,
   schema, metadata and checksums are read by pyarrow, the texts by DuckDB and Polars too.
3. Most of the compressed bytes of the texts must be the source's, byte for byte: that is what copying pages is for.
"""

import itertools
import pathlib
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

import check_drop
import check_fidelity
import corpus

CODECS = ("zstd", "snappy", "gzip", "lz4", "none", "brotli")
# No dictionary, one that is given up after some pages, one for all pages.
DICTIONARIES = {"plain": {"use_dictionary": False}, "fallback": {"dictionary_pagesize_limit": 60_000}, "dictionary": {"dictionary_pagesize_limit": 1 << 30}}
TEXTS = ("text", "note")
# Of sources whose pages can be copied: what share of the texts' bytes must have been, over all files.
COPIED = 0.6


def table(rows):
    """Texts that are scanned, others with nulls that are not, and columns of other kinds."""
    texts = [text for _, text in rows]
    notes = [None if row % 6 == 4 else text[::-1] for row, text in enumerate(texts)]
    return pa.table({
        "id": pa.array(range(len(rows)), pa.int64()), "text": texts, "note": notes,
        "tags": [["a", None, "b"][: row % 4] or None for row in range(len(rows))], "score": [row / 7 for row in range(len(rows))],
    })  # fmt: skip


def by_pyarrow(path, source, codec, version, dictionary, nth):
    options = dict(DICTIONARIES[dictionary], write_page_index=nth % 2 == 0, write_page_checksum=nth % 3 == 0)
    pq.write_table(
        source, path, compression=codec, data_page_version=version, row_group_size=700, data_page_size=16 << 10, write_batch_size=8, **options
    )


def by_duckdb(path, source, codec):
    duckdb.sql(f"copy (select * from source) to '{path}' (format parquet, compression {codec}, row_group_size 2048)")


def by_polars(path, source, codec):
    polars.from_arrow(source).write_parquet(path, compression=codec, row_group_size=700, data_page_size=16 << 10)


def write_sources(folder, source):
    folder.mkdir()
    for nth, (codec, version, dictionary) in enumerate(itertools.product(CODECS, ("1.0", "2.0"), DICTIONARIES)):
        by_pyarrow(folder / f"pyarrow-{codec}-{version}-{dictionary}.parquet", source, codec, version, dictionary, nth)
    for codec in ("zstd", "snappy", "gzip"):
        by_duckdb(folder / f"duckdb-{codec}.parquet", source, codec)
        by_polars(folder / f"polars-{codec}.parquet", source, codec)


def text_bytes(path):
    """The compressed bytes of the columns of texts, by row group and column."""
    data, metadata = path.read_bytes(), pq.ParquetFile(path).metadata
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for chunk in map(group.column, range(metadata.num_columns)):
            if chunk.path_in_schema in TEXTS:
                start = chunk.dictionary_page_offset if chunk.has_dictionary_page else chunk.data_page_offset
                yield data[start : start + chunk.total_compressed_size]


def copied(source, out):
    """The share of samples of the source's bytes that are in the copy."""
    found = total = 0
    for old, new in zip(text_bytes(source), text_bytes(out), strict=True):
        samples = [old[at : at + 24] for at in range(0, len(old) - 24, 499)]
        found += sum(sample in new for sample in samples)
        total += len(samples)
    return found / total


def check(source, out, hit, texts):
    rows = pq.ParquetFile(source).metadata.num_rows
    yield from check_fidelity.check(source, out, {"kept": [row for row in range(rows) if row not in hit]})
    yield from check_drop.check_texts(out, ",".join(TEXTS))
    pq.read_table(out, page_checksum_verification=True)
    data, starts = out.read_bytes(), Counter(text[:200] for text in texts)
    for row in hit:
        if starts[texts[row][:200]] == 1 and texts[row][:200].encode() in data:
            yield f"the text of row {row} is still there"


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        planted = corpus.rows(2000, 0.006)
        rows = [row for row in zip(planted["kind"].to_pylist(), planted["text"].to_pylist()) if row[1]]
        texts = [text for _, text in rows]
        write_sources(work / "in", table(rows))
        index, out = work / "index.rf", work / "out"
        subprocess.run([corpus.RINGFENCE, "index", "build", "--out", index, corpus.REFERENCES], check=True, capture_output=True)
        matches = check_drop.scan(index, work / "in", out, "drop", "text")
        hits, shares, faults = defaultdict(set), defaultdict(list), []
        for shard, row in matches:
            hits[shard].add(row)
        sources = sorted((work / "in").glob("*.parquet"))
        assert len({frozenset(hits[path.name]) for path in sources}) == 1, "the same rows have different hits in different files"
        hit = hits[sources[0].name]
        for path in sources:
            new = out / "data" / path.name
            try:
                found = list(check(path, new, hit, texts))
            except (OSError, pa.ArrowException, duckdb.Error, polars.exceptions.PolarsError) as unreadable:
                found = [f"{type(unreadable).__name__}: {unreadable}"]
            faults += [f"{path.name}: {fault}" for fault in found]
            how = path.stem.rsplit("-", 1)[-1] if path.name.startswith("pyarrow") else path.stem.split("-")[0]
            if "-none" not in path.name:
                shares[how].append(copied(path, new))
    mean = {how: sum(of) / len(of) for how, of in shares.items()}
    # Where all pages share a dictionary it would keep what was dropped: such chunks are encoded anew.
    faults += [f"{how}: only {mean[how]:.0%} copied" for how in ("plain", "fallback", "polars") if mean[how] < COPIED]
    for fault in faults[:50]:
        print(fault)
    shown = ", ".join(f"{how} {share:.0%}" for how, share in sorted(mean.items()))
    print(f"{len(sources)} files of {len(rows)} {corpus.ORIGIN}, {len(hit)} dropped; bytes of texts copied: {shown}; {len(faults)} faults")
    sys.exit(1 if faults or not hit else 0)


if __name__ == "__main__":
    main()
