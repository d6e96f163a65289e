#!/usr/bin/env python3
"""Writes small Parquet files of every column shape, codec and encoding into fixtures/shapes/.

    make_fixtures.py [FOLDER]

Needs pyarrow, duckdb and polars (the files here were written with 26.0.1, 2.0.0 and 2.1.0). Same versions, same bytes,
every run; but for the encrypted files in `encrypted` beside FOLDER, which have random keys and are written only once.
"""

import base64
import json
import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

SENTENCES = [
    "The kettle sang before the rain began.",
    "A brass key lay under the third stone.",
    "Nobody had wound the station clock since spring.",
    "Çay soğudu, ama kimse kalkmadı.",
    "雨が上がると、橋の向こうに明かりが見えた。",
    "She counted the boats twice and wrote down nine.",
    "Der Wind drehte, und die Tür fiel ins Schloss.",
    "Bread first, questions later 🍞.",
]
ROWS = 60


def sentence(i):
    return f"{SENTENCES[i % len(SENTENCES)]} ({i})"


def texts(rows=ROWS):
    return [sentence(i) for i in range(rows)]


def flat(text_type=pa.string()):
    return pa.table({"id": pa.array(range(ROWS), pa.int64()), "text": pa.array(texts(), text_type)})


def holes(values, every=4):
    return [None if i % every == 1 else v for i, v in enumerate(values)]


def chat():
    rows = []
    for i in range(ROWS):
        turns = [{"role": "user", "content": sentence(i)}, {"role": "assistant", "content": sentence(i + 1)}]
        rows.append([None, [], turns, turns[:1] + [{"role": "assistant", "content": None}], turns * 2][i % 5])
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    return pa.table({"id": pa.array(range(ROWS), pa.int32()), "messages": pa.array(rows, pa.list_(message))})


def structs():
    members = pa.struct([("title", pa.string()), ("body", pa.struct([("text", pa.large_string()), ("words", pa.int16())]))])
    rows = [
        [None, {"title": None, "body": None}, {"title": sentence(i), "body": {"text": sentence(i), "words": i}}][i % 3]
        for i in range(ROWS)
    ]
    return pa.table({"record": pa.array(rows, members)})


def nulls():
    return pa.table({
        "text": pa.array(holes(texts()), pa.string()),
        "none": pa.nulls(ROWS, pa.string()),
        "number": pa.array(holes(list(range(ROWS)), 3), pa.int64()),
        "flag": pa.array([None] * 30 + holes([i % 2 == 0 for i in range(30)]), pa.bool_()),
        "items": pa.array([[None, [], [None], [sentence(i), None]][i % 4] for i in range(ROWS)], pa.list_(pa.string())),
    })


def nested_lists():
    rows = [[None, [], [[]], [[1, None, i], []], [None, [i], [2, 3]]][i % 5] for i in range(ROWS)]
    pairs = [[(f"k{n}", sentence(n)) for n in range(i % 3)] for i in range(ROWS)]
    return pa.table({
        "grid": pa.array(rows, pa.list_(pa.list_(pa.int32()))),
        "pairs": pa.array(pairs, pa.map_(pa.string(), pa.string())),
    })


def times():
    start = datetime(2024, 2, 29, 23, 59, 59, 123000)
    stamps = holes([start + timedelta(hours=7 * i) for i in range(ROWS)])
    utc = [t and t.replace(tzinfo=timezone.utc) for t in stamps]
    return pa.table({"at": pa.array(stamps, pa.timestamp("ns")), "utc": pa.array(utc, pa.timestamp("ns", "UTC")), "text": texts()})


def floats():
    odd = [float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 1.5, 5e-324, None]
    values = [odd[i % len(odd)] for i in range(ROWS)]
    return pa.table({
        "single": pa.array(values, pa.float32()),
        "double": pa.array(values, pa.float64()),
        "vector": pa.array([[float(i), float("nan")] for i in range(ROWS)], pa.list_(pa.float32())),
        "fixed": pa.array([[float(i), -0.0] for i in range(ROWS)], pa.list_(pa.float64(), 2)),
        "half": pa.array([i / 2 for i in range(ROWS)], pa.float16()),
    })


def numbers():
    columns = {}
    for bits in (8, 16, 32, 64):
        top = 2 ** (bits - 1) - 1
        columns[f"int{bits}"] = pa.array([-top - 1, top, 0] * 20, getattr(pa, f"int{bits}")())
        columns[f"uint{bits}"] = pa.array([2**bits - 1, 1, None] * 20, getattr(pa, f"uint{bits}")())
    columns["date"] = pa.array(range(ROWS), pa.date32())
    columns["time"] = pa.array(range(ROWS), pa.time64("us"))
    columns["duration"] = pa.array(range(ROWS), pa.duration("ms"))
    return pa.table(columns)


def decimals():
    values = holes([Decimal(i * 37 - 900).scaleb(-2) for i in range(ROWS)])
    return pa.table({f"d{p}": pa.array(values, pa.decimal128(p, 2)) for p in (7, 16, 30)} | {"d50": pa.array(values, pa.decimal256(50, 2))})


def booleans():
    flags = [i % 3 == 0 for i in range(ROWS)]
    return pa.table({"flag": flags, "maybe": pa.array(holes(flags), pa.bool_()), "list": pa.array([flags[: i % 4] for i in range(ROWS)])})


def field_ids():
    def named(name, kind, number):
        return pa.field(name, kind, metadata={"PARQUET:field_id": str(number)})

    item = pa.struct([named("content", pa.string(), 21), named("weight", pa.int64(), 22)])
    schema = pa.schema([named("text", pa.string(), 7), named("parts", pa.list_(named("element", item, 20)), 9)])
    parts = [[{"content": sentence(i), "weight": i}] * (i % 3) for i in range(ROWS)]
    return pa.table({"text": texts(), "parts": parts}, schema=schema)


def described():
    """As `datasets` and pandas leave it: metadata of both, on the schema and on a field."""
    string = {"dtype": "string", "_type": "Value"}
    features = {"text": string, "label": {"names": ["no", "yes"], "_type": "ClassLabel"}}
    column = {"name": "text", "field_name": "text", "pandas_type": "unicode", "numpy_type": "object", "metadata": None}
    pandas = {"index_columns": [], "columns": [column], "creator": {"library": "pyarrow", "version": "26.0.1"}, "pandas_version": "3.0"}
    schema = pa.schema(
        [pa.field("text", pa.string(), metadata={"note": "written by hand"}), pa.field("label", pa.int64())],
        metadata={"huggingface": json.dumps({"info": {"features": features}, "fingerprint": "0c0ffee"}), "pandas": json.dumps(pandas), "empty": ""},
    )
    return pa.table({"text": texts(), "label": [i % 2 for i in range(ROWS)]}, schema=schema)


def long_dictionary():
    """A dictionary of 1.2 MiB, which a writer's default limit of 1 MiB would break off."""
    long = [f"{i} " + sentence(i) * 700 for i in range(40)]
    return pa.table({"text": [long[i % 40] for i in range(80)]})


def write(path, table, rows_per_group=25, **options):
    options = {"compression": "zstd"} | options
    pq.write_table(table, path, row_group_size=rows_per_group, **options)


def write_groups(path, tables, **options):
    with pq.ParquetWriter(path, tables[0].schema, **options) as writer:
        for table in tables:
            writer.write_table(table)


def write_elsewhere(path_of):
    """The same kinds of columns, as other engines write them."""
    table = nulls().append_column("fixed", floats()["double"]).append_column("chat", chat()["messages"])
    polars.from_arrow(table).write_parquet(path_of("writer_polars"), row_group_size=25)
    plain = table.drop_columns(["none"])
    for version in ("V1", "V2"):
        target = str(path_of(f"writer_duckdb_{version.lower()}")).replace("'", "''")
        with duckdb.connect() as connection:
            connection.execute("set threads = 1")
            connection.register("plain", plain)
            connection.execute(f"copy plain to '{target}' (format parquet, codec zstd, row_group_size 2048, parquet_version {version})")


class OpenKeys(pe.KmsClient):
    """Keys that are no secret."""

    def __init__(self, _config):
        pe.KmsClient.__init__(self)

    def wrap_key(self, key, master):
        return base64.b64encode(key)

    def unwrap_key(self, wrapped, master):
        return base64.b64decode(wrapped)


def write_encrypted(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, plaintext in (("readable_footer", True), ("encrypted_footer", False)):
        path = folder / f"{name}.parquet"
        if path.exists():
            continue
        settings = pe.EncryptionConfiguration(plaintext_footer=plaintext, footer_key="footer", column_keys={"column": ["id"]})
        keys = pe.CryptoFactory(OpenKeys).file_encryption_properties(pe.KmsConnectionConfig(), settings)
        pq.write_table(flat(), path, encryption_properties=keys)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)

    def at(name):
        return folder / f"{name}.parquet"

    for codec in ("none", "snappy", "gzip", "lz4", "brotli", "zstd"):
        write(at(f"codec_{codec}"), flat(), compression=codec)
    write(at("codec_per_column"), flat(), compression={"id": "snappy", "text": "gzip"}, use_dictionary=["id"])
    write(at("large_utf8"), flat(pa.large_string()))
    write(at("utf8_view"), flat(pa.string_view()))
    write(at("binary"), flat(pa.binary()))
    words = pa.array([SENTENCES[i % 5] for i in range(ROWS)])
    write(at("dictionary_array"), pa.table({"text": words.dictionary_encode(), "plain": words}))
    write(at("dictionary_none"), pa.table({"text": words}), use_dictionary=False)
    write(at("dictionary_fallback"), flat(), rows_per_group=ROWS, dictionary_pagesize_limit=200, data_page_size=100, write_batch_size=8)
    write(at("dictionary_long"), long_dictionary(), rows_per_group=80, dictionary_pagesize_limit=8 << 20)
    write(at("list_string"), pa.table({"texts": [texts()[i : i + i % 4] for i in range(ROWS)]}))
    write(at("struct"), structs())
    write(at("chat"), chat(), write_page_index=True, write_batch_size=4, data_page_size=64)
    write(at("chat_pages_v2"), chat(), data_page_version="2.0", write_batch_size=4, data_page_size=64)
    write(at("nulls"), nulls())
    write(at("nulls_pages_v2"), nulls(), data_page_version="2.0", use_dictionary=False)
    write_groups(at("empty_row_groups"), [flat()[:0], flat()[:9], flat()[:0], flat()[9:20], flat()[:0]], compression="snappy")
    write(at("empty_file"), chat()[:0])
    thousand = pa.table({"text": [sentence(i) for i in range(1000)]})
    write(at("thousand_row_groups"), thousand, rows_per_group=1, use_dictionary=False, write_statistics=False, store_schema=False)
    write(at("pages_v2"), flat(), data_page_version="2.0", version="1.0")
    write(at("plain"), flat(), use_dictionary=False, column_encoding={"id": "PLAIN", "text": "PLAIN"})
    write(at("plain_pages_v2"), flat(), use_dictionary=False, data_page_version="2.0", column_encoding={"id": "PLAIN", "text": "PLAIN"})
    for name in ("DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"):
        write(at(name.lower()), flat(), use_dictionary=False, column_encoding={"id": "DELTA_BINARY_PACKED", "text": name})
    split = {"single": "BYTE_STREAM_SPLIT", "double": "BYTE_STREAM_SPLIT"}
    write(at("byte_stream_split"), floats().select(["single", "double"]), use_dictionary=False, column_encoding=split)
    write(at("int96"), times(), use_deprecated_int96_timestamps=True)
    write(at("timestamps"), times())
    write(at("floats"), floats(), write_page_index=True)
    write(at("numbers"), numbers())
    write(at("decimals"), decimals())
    write(at("fixed_binary"), pa.table({"hash": pa.array([bytes([i] * 16) for i in range(ROWS)], pa.binary(16)), "text": texts()}))
    write(at("booleans"), booleans())
    write(at("booleans_pages_v2"), booleans(), data_page_version="2.0")
    write(at("nested_lists"), nested_lists())
    write(at("old_list_names"), nested_lists(), use_compliant_nested_type=False, version="1.0")
    write(at("field_ids"), field_ids())
    write(at("described"), described())
    write(at("sorted"), flat(), sorting_columns=[pq.SortingColumn(0), pq.SortingColumn(1, descending=True, nulls_first=True)])
    write(at("page_index"), flat(), write_page_index=True, write_batch_size=4, data_page_size=64)
    write(at("no_statistics"), flat(), write_statistics=["id"])
    write(at("no_arrow_schema"), flat(), store_schema=False)
    write(at("bloom_filter"), flat(), bloom_filter_options={"text": {"ndv": 25, "fpp": 0.01}})
    write_elsewhere(at)
    write(at("checksums"), flat(), write_page_checksum=True)


if __name__ == "__main__":
    default = Path(__file__).resolve().parent.parent / "fixtures" / "shapes"
    shapes = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    main(shapes)
    write_encrypted(shapes.parent / "encrypted")
