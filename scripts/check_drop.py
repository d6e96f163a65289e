"""Called by scripts/check_drop.sh.

1. Planted rows are written by pyarrow in 3 column shapes x 6 codecs, with pages of both versions, with and without
   dictionaries, many row groups and foreign metadata.
2. `ringfence scan --action drop`: the outputs must be pyarrow's own filter of the sources by the rows in matches.parquet.
3. `ringfence scan --action annotate`: the outputs must be the sources with two more columns.

For pyarrow, DuckDB and Polars as readers; rows, schema and metadata are compared by scripts/check_fidelity.py.
"""

import datetime
import json
import pathlib
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

import check_fidelity
import corpus

VERDICT, MATCHES = "ringfence_verdict", "ringfence_matches"
# The old name of the dictionary encoding stands for dictionary page and data pages together.
OLD_NAME, NEW_NAMES = "PLAIN_DICTIONARY", {"PLAIN", "RLE_DICTIONARY"}

WRITERS = {
    "zstd": {"data_page_version": "1.0", "use_dictionary": True, "write_page_index": True},
    "snappy": {"data_page_version": "2.0", "use_dictionary": True},
    "gzip": {"data_page_version": "1.0", "use_dictionary": False, "write_page_checksum": True},
    "lz4": {"data_page_version": "2.0", "use_dictionary": False, "write_statistics": False},
    "none": {"data_page_version": "1.0", "use_dictionary": True, "version": "1.0"},
    "brotli": {"data_page_version": "2.0", "use_dictionary": False, "write_page_index": True},
}
# With the last writer only.
ENCODINGS = {
    "flat": {"text": "DELTA_LENGTH_BYTE_ARRAY", "whole": "DELTA_BINARY_PACKED", "ratio": "BYTE_STREAM_SPLIT"},
    "chat": {"messages.list.element.content": "DELTA_BYTE_ARRAY"},
    "nested": {"doc.body": "DELTA_BYTE_ARRAY", "passages.list.element": "DELTA_LENGTH_BYTE_ARRAY"},
}
COLUMNS = {"flat": "text", "chat": "messages[].content", "nested": "doc.body,passages[]"}


def field(name, kind, number, **options):
    return pa.field(name, kind, metadata={"PARQUET:field_id": str(number), "note": f"of {name}"}, **options)


def flat(row, text, rng):
    some = rng.random() < 0.8
    return {
        "id": row, "text": text, "whole": rng.randrange(-9, 10**12) if some else None,
        "ratio": rng.choice([None, float("nan"), 0.0, -0.0, float("inf"), rng.random()]), "single": rng.choice([float("nan"), 1.5]),
        "at": datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=row) if some else None,
        "day": datetime.date(2024, 1, 1 + row % 28), "flag": rng.choice([None, True, False]),
        "category": rng.choice(["web", "code", None]), "raw": rng.randbytes(row % 5), "all_null": None,
    }  # fmt: skip


def chat(row, text, rng):
    turns = [{"role": rng.choice(["user", "system"]), "content": rng.choice(["Hello", "", None])} for _ in range(rng.randrange(3))]
    turns.insert(rng.randrange(len(turns) + 1), {"role": "assistant", "content": text})
    return {"id": row, "messages": turns, "tags": rng.choice([None, [], ["a", None], ["b"]])}


def nested(row, text, rng):
    if row % 2:
        return {"id": row, "doc": {"title": rng.choice([None, "t"]), "body": text}, "passages": rng.choice([None, [], [None]])}
    passages = [rng.choice([None, "", "Hello"]) for _ in range(rng.randrange(3))]
    passages.insert(rng.randrange(len(passages) + 1), text)
    return {"id": row, "doc": rng.choice([None, {"title": "t", "body": None}]), "passages": passages}


SHAPES = {
    flat: [
        field("id", pa.int32(), 7, nullable=False), field("text", pa.string(), 3), field("whole", pa.int64(), 1),
        field("ratio", pa.float64(), 2), field("single", pa.float32(), 4), field("at", pa.timestamp("us", "UTC"), 5),
        field("day", pa.date32(), 6), field("flag", pa.bool_(), 8), field("category", pa.dictionary(pa.int32(), pa.string()), 9),
        field("raw", pa.binary(), 10), field("all_null", pa.int16(), 11),
    ],
    chat: [
        pa.field("id", pa.int32()), pa.field("tags", pa.list_(pa.string())),
        pa.field("messages", pa.list_(pa.struct([field("role", pa.string(), 21), field("content", pa.large_string(), 22)]))),
    ],
    nested: [
        pa.field("id", pa.int32()), field("doc", pa.struct([field("title", pa.string(), 31), field("body", pa.string(), 32)]), 30),
        field("passages", pa.list_(pa.string()), 33),
    ],
}  # fmt: skip


def metadata(fields):
    features = {f.name: {"dtype": str(f.type), "_type": "Value"} for f in fields}
    huggingface = json.dumps({"info": {"features": features, "version": 1}, "fingerprint": "é1"}, ensure_ascii=False)
    return {"huggingface": huggingface, "owner": "someone else", "empty": ""}


def write(path, shape, codec, rows, rng, group_rows):
    fields = SHAPES[shape]
    schema = pa.schema(fields, metadata=metadata(fields))
    table = pa.Table.from_pylist([shape(number, text, rng) for number, (_, text) in enumerate(rows)], schema=schema)
    options = dict(WRITERS[codec])
    if codec == list(WRITERS)[-1]:
        options["column_encoding"] = ENCODINGS[shape.__name__]
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, schema, compression=codec, **options) as writer:
        while table.num_rows:
            size = rng.randint(*group_rows)
            writer.write_table(table.slice(0, size), row_group_size=size)
            table = table.slice(size)


def make_sources(folder, rows):
    """Per codec a share of the rows in three files: mixed, all that was planted in tiny row groups first, nothing planted."""
    planted = {}
    rng = random.Random(7)
    for shape in SHAPES:
        for nth, codec in enumerate(WRITERS):
            share = rows[nth :: len(WRITERS)]
            dense = sorted(share[: len(share) // 2], key=lambda row: row[0] not in corpus.VERBATIM)
            files = {"a/part": share[len(share) // 2 :], "b/part": dense, "b/clean": [row for row in share if not row[0]][:50]}
            for (name, of_file), group_rows in zip(files.items(), [(1, 60), (2, 9), (20, 30)]):
                relative = f"{codec}/{name}.parquet"
                write(folder / shape.__name__ / relative, shape, codec, of_file, rng, group_rows)
                planted[shape.__name__, relative] = [row for row, (kind, _) in enumerate(of_file) if kind in corpus.VERBATIM]
    return planted


def scan(index, source, out, action, columns):
    command = [corpus.RINGFENCE, "scan", "--index", index, "--out", out, "--action", action, "--columns", columns, source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    matches = defaultdict(list)
    for match in pq.read_table(out / "matches.parquet").to_pylist():
        matches[match.pop("shard"), match.pop("row")].append(match)
    return matches


def chunks(path, columns):
    """Per row group the number of rows and, per column, the bytes of the chunk, its codec and its encodings."""
    data, found = path.read_bytes(), pq.ParquetFile(path).metadata
    for group in map(found.row_group, range(found.num_row_groups)):
        of_group = []
        for chunk in map(group.column, range(columns)):
            start = chunk.dictionary_page_offset if chunk.has_dictionary_page else chunk.data_page_offset
            encodings = set(chunk.encodings)
            if OLD_NAME in encodings:
                encodings = encodings - {OLD_NAME} | NEW_NAMES
            of_group.append((data[start : start + chunk.total_compressed_size], chunk.compression, encodings))
        yield group.num_rows, of_group


def check_groups(source, out, dropped, counts):
    """Row groups keep their bounds and their order; those without a hit their bytes; the others codec and encodings."""
    columns = pq.ParquetFile(source).metadata.num_columns
    copies, first = chunks(out, columns), 0
    for nth, (rows, group) in enumerate(chunks(source, columns)):
        gone = sum(row in dropped for row in range(first, first + rows))
        first += rows
        if gone == rows:
            counts["left out"] += 1
            continue
        copy_rows, copy = next(copies, (None, None))
        if copy_rows != rows - gone:
            yield f"row group {nth}: {copy_rows} rows instead of {rows - gone}"
            return
        counts["filtered" if gone else "byte for byte"] += 1
        for column, (old, new) in enumerate(zip(group, copy)):
            if new[1:] != old[1:]:
                yield f"row group {nth}, column {column}: {new[1:]} instead of {old[1:]}"
            if not gone and new[0] != old[0]:
                yield f"row group {nth}, column {column}: other bytes, though no row was dropped"
    yield from (f"one more row group, of {rows} rows" for rows, _ in copies)


def check_texts(out, columns):
    """DuckDB and Polars read the same texts as pyarrow."""
    for name in {column.split(".")[0].split("[")[0] for column in columns.split(",")}:
        expected = pq.read_table(out, columns=[name]).column(name).to_pylist()
        found = duckdb.sql(f"select {name} from read_parquet('{out}')").to_arrow_table().column(name).to_pylist()
        if found != expected:
            yield f"DuckDB reads another {name}"
        if polars.read_parquet(out, columns=[name])[name].to_list() != expected:
            yield f"Polars reads another {name}"


def check_annotation(source, out, shard, matches):
    table = pq.read_table(out)
    readers = {
        "pyarrow": table.select([VERDICT, MATCHES]).to_pylist(),
        "DuckDB": duckdb.sql(f"select {VERDICT}, {MATCHES} from read_parquet('{out}')").to_arrow_table().to_pylist(),
        "Polars": polars.read_parquet(out, columns=[VERDICT, MATCHES]).to_dicts(),
    }
    for reader, rows in readers.items():
        for row, said in enumerate(rows):
            wanted = [{k: v for k, v in match.items() if k != "verdict"} for match in matches.get((shard, row), [])]
            if said != {VERDICT: "flag" if wanted else "keep", MATCHES: wanted}:
                yield f"{reader}, row {row}: {said} instead of {wanted}"
                break
    features = json.loads(pq.ParquetFile(out).schema_arrow.metadata[b"huggingface"])["info"]["features"]
    members = [f.name for f in table.schema.field(MATCHES).type.value_type]
    if features[VERDICT] != {"dtype": "string", "_type": "Value"} or list(features[MATCHES][0]) != members:
        yield f"features: {features}"


def check_shape(shape, index, work, planted, counts):
    name, columns = shape.__name__, COLUMNS[shape.__name__]
    source, drop, annotate = work / "in" / name, work / "drop" / name, work / "annotate" / name
    matches = scan(index, source, drop, "drop", columns)
    annotated = scan(index, source, annotate, "annotate", columns)
    unlike = [{key: [m | {"verdict": ""} for m in found] for key, found in table.items()} for table in (matches, annotated)]
    if unlike[0] != unlike[1]:
        yield f"{name}: drop and annotate find different matches"
    sources = sorted(path.relative_to(source) for path in source.rglob("*.parquet"))
    for out in (drop, annotate):
        written = sorted(path.relative_to(out / "data") for path in (out / "data").rglob("*") if path.is_file())
        if written != sources:
            yield f"{name}: {written} instead of {sources}"
    for relative in map(str, sources):
        rows = pq.ParquetFile(source / relative).metadata.num_rows
        hit = {row for shard, row in matches if shard == relative}
        missed = [row for row in planted[name, relative] if row not in hit]
        if missed:
            yield f"{name}/{relative}: planted and not found: rows {missed}"
        counts.update({"files": 1, "rows": rows, "dropped": len(hit), "planted verbatim": len(planted[name, relative])})
        told = {
            drop: {"kept": [row for row in range(rows) if row not in hit]},
            annotate: {"kept": list(range(rows)), "added": [VERDICT, MATCHES]},
        }
        old = source / relative
        for out, kept in told.items():
            new = out / "data" / relative
            try:
                faults = [*check_fidelity.check(old, new, kept), *check_texts(new, columns)]
                if out == drop:
                    faults += check_groups(old, new, hit, counts)
                    if not hit and new.read_bytes() != old.read_bytes():
                        faults.append("not a copy, though nothing was found")
                else:
                    faults += [*check_groups(old, new, set(), Counter()), *check_annotation(old, new, relative, annotated)]
            except (OSError, pa.ArrowException, duckdb.Error, polars.exceptions.PolarsError) as unreadable:
                faults = [f"{type(unreadable).__name__}: {unreadable}"]
            yield from (f"{out.parent.name}/{name}/{relative}: {fault}" for fault in faults)


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        table = corpus.rows(4000)
        rows = list(zip(table["kind"].to_pylist(), table["text"].to_pylist()))
        planted = make_sources(work / "in", rows)
        index = work / "index.rf"
        subprocess.run([corpus.RINGFENCE, "index", "build", "--out", index, corpus.REFERENCES], check=True, capture_output=True)
        counts = Counter()
        faults = [fault for shape in SHAPES for fault in check_shape(shape, index, work, planted, counts)]
    for fault in faults[:50]:
        print(fault)
    for never in ("left out", "byte for byte", "filtered", "dropped", "planted verbatim"):
        assert counts[never], f"nothing was {never}: the check checks nothing"
    print(
        f"{len(SHAPES)} shapes x {len(WRITERS)} codecs, {counts['files']} files, {counts['rows']} {corpus.ORIGIN}, {counts['dropped']} dropped;"
        f" {counts['planted verbatim']} verbatim ones all found;" * (not faults)
        + f" row groups: {counts['byte for byte']} byte for byte, {counts['filtered']} filtered, {counts['left out']} left out;"
        f" {len(faults)} faults"
    )
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
