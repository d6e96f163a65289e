#!/usr/bin/env python3
"""Compares rewritten Parquet files with their sources, through readers that share no code with the writer.

    check_fidelity.py SOURCE OUT KEPT.json      one file
    check_fidelity.py FOLDER                    each x.parquet in a folder, by x.json beside it

KEPT.json holds `kept`, the numbers of the source's rows in the file (from 0, in order), and may hold `added`, the names
of columns that the source has not, and `source`. The rows must equal pyarrow's own filter of the source, value by value,
schema and metadata must be equal, and DuckDB and Polars must count the same rows. Exit code 1 if not.

Needs pyarrow, duckdb and polars.
"""

import json
import math
import sys
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA, HUGGINGFACE = b"ARROW:schema", b"huggingface"


def same(a, b):
    """Equality of Python values in which NaN equals NaN, and 0.0 is not -0.0."""
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def check_rows(source, out, kept, added):
    expected, found = pq.read_table(source), pq.read_table(out).drop_columns(added)
    found.validate(full=True)
    if found.num_rows != len(kept):
        yield f"{found.num_rows} rows instead of {len(kept)}"
    for name in expected.column_names:
        wanted = comparable(expected.column(name)).take(pa.array(kept, pa.int64()))
        columns = [wanted.to_pylist(), comparable(found.column(name)).to_pylist()]
        for row, (a, b) in enumerate(zip(*columns)):
            if not same(a, b):
                yield f"row {row} of {name}: {b!r} instead of {a!r}"
                break


def comparable(column):
    """The column in a type that pyarrow can take rows of, and that has Python values: ns have none."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind) or pa.types.is_time64(kind):
        return column.cast(pa.int64())
    return column.cast(pa.string()) if pa.types.is_string_view(kind) else column


def without(schema, added):
    return pa.schema([field for field in schema if field.name not in added])


def check_metadata(source, out, added):
    old, new = pq.ParquetFile(source), pq.ParquetFile(out)
    if not without(new.schema_arrow, added).equals(without(old.schema_arrow, added), check_metadata=True):
        yield f"Arrow schema: {new.schema_arrow} instead of {old.schema_arrow}"
    if not added and not new.schema.equals(old.schema):
        yield f"Parquet schema: {new.schema} instead of {old.schema}"
    for what, of in (("Arrow schema", lambda f: f.schema_arrow.metadata), ("file", lambda f: f.metadata.metadata)):
        yield from (f"{what}'s metadata: {fault}" for fault in check_pairs(of(old) or {}, of(new) or {}, added))
    for what in ("created_by", "format_version"):
        if getattr(new.metadata, what) != getattr(old.metadata, what):
            yield f"{what}: {getattr(new.metadata, what)} instead of {getattr(old.metadata, what)}"


def check_pairs(old, new, added):
    if sorted(old) != sorted(new):
        yield f"keys {list(new)} instead of {list(old)}"
    for key in old:
        if added and key == SCHEMA:
            continue  # Compared decoded.
        if added and key == HUGGINGFACE:
            yield from check_features(json.loads(old[key]), json.loads(new[key]), added)
        elif old[key] != new.get(key):
            yield f"{key} {new.get(key)} instead of {old[key]}"


def check_features(old, new, added):
    features = new["info"]["features"]
    if list(features) != list(old["info"]["features"]) + added:
        yield f"features: {list(features)}"
    for name in added:
        features.pop(name, None)
    if new != old:
        yield f"huggingface: {new} instead of {old}"


def check_codecs(source, out):
    """Each column's codec; row groups may have been left out."""
    old, new = pq.ParquetFile(source).metadata, pq.ParquetFile(out).metadata
    for column in range(old.num_columns):
        codecs = [{m.row_group(g).column(column).compression for g in range(m.num_row_groups)} for m in (old, new)]
        if not codecs[1] <= codecs[0]:
            yield f"column {column}: {codecs[1]} instead of {codecs[0]}"


def duckdb_rows(path):
    quoted = str(path).replace("'", "''")
    return duckdb.sql(f"select * from read_parquet('{quoted}')").to_arrow_table().num_rows


def polars_rows(path):
    return polars.read_parquet(path).height


ENGINES = {"DuckDB": duckdb_rows, "Polars": polars_rows}


def refusal(engine, source):
    """Why an engine cannot read a source: it is then not asked to read the copy."""
    try:
        ENGINES[engine](source)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


def check_engines(source, out, rows):
    for engine, count in ENGINES.items():
        if not refusal(engine, source) and (found := count(out)) != rows:
            yield f"{engine} reads {found} rows instead of {rows}"


def check(source, out, told):
    kept, added = told["kept"], told.get("added", [])
    yield from check_rows(source, out, kept, added)
    yield from check_metadata(source, out, added)
    yield from check_codecs(source, out)
    yield from check_engines(source, out, len(kept))


def main(arguments):
    if len(arguments) == 1:
        jobs = [(json.loads(path.read_text()), path.with_suffix(".parquet")) for path in sorted(Path(arguments[0]).glob("*.json"))]
        jobs = [(told["source"], out, told) for told, out in jobs]
    elif len(arguments) == 3:
        jobs = [(arguments[0], Path(arguments[1]), json.loads(Path(arguments[2]).read_text()))]
    else:
        sys.exit(__doc__)
    wrong = 0
    for source, out, told in jobs:
        try:
            faults = list(check(source, out, told))
        except Exception as error:
            faults = [f"{type(error).__name__}: {error}"]
        for fault in faults:
            print(f"{out.name}: {fault}")
        wrong += bool(faults)
    for source in sorted({str(source) for source, _, _ in jobs}):
        for engine in ENGINES:
            if reason := refusal(engine, source):
                print(f"note: {engine} cannot read {source} itself: {reason}")
    print(f"{len(jobs)} files, {wrong} wrong")
    sys.exit(1 if wrong or not jobs else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
