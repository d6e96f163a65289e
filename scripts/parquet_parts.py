"""The parts of a Parquet file, each of which can be made to lie: for scripts/make_bad_parquet.py.

Whoever writes Parquet with a library writes what is true. Here every number that a file states of itself is an argument.
"""

import zlib

import pyarrow

INT64, BYTE_ARRAY = 2, 6
NONE, SNAPPY, GZIP, BROTLI, LZ4, ZSTD, LZ4_RAW = 0, 1, 2, 4, 5, 6, 7
PLAIN, RLE, DELTA_BINARY, DELTA_LENGTH, DELTA_BYTE_ARRAY, DICTIONARY = 0, 3, 5, 6, 7, 8
DATA, INDEX, DICTIONARY_PAGE, DATA_V2 = 0, 1, 2, 3
REQUIRED, OPTIONAL, REPEATED = 0, 1, 2
CODECS = {SNAPPY: "snappy", BROTLI: "brotli", ZSTD: "zstd", LZ4_RAW: "lz4_raw", LZ4: "lz4"}


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def zigzag(number):
    return varint(number << 1 ^ number >> 63)


class I64(int):
    """An integer that Thrift writes as i64; a plain one is an i32."""


def value(of):
    """The kind of a value in Thrift's compact encoding, and its bytes."""
    if isinstance(of, bool):
        return (1 if of else 2), b""
    if isinstance(of, int):
        return (6 if isinstance(of, I64) else 5), zigzag(of)
    if isinstance(of, (bytes, str)):
        data = of.encode() if isinstance(of, str) else of
        return 8, varint(len(data)) + data
    if isinstance(of, list):
        kinds = {value(item)[0] for item in of} or {12}
        (kind,) = kinds
        head = bytes([len(of) << 4 | kind]) if len(of) < 15 else bytes([0xF0 | kind]) + varint(len(of))
        return 9, head + b"".join(value(item)[1] for item in of)
    if isinstance(of, Raw):
        return of.kind, of.data
    return 12, struct(of)


class Raw:
    """Bytes as they are."""

    def __init__(self, kind, data):
        self.kind, self.data = kind, data


def struct(fields):
    """`{number: value}`; a field of None is left out."""
    out, last = b"", 0
    for number, of in sorted(fields.items()):
        if of is None:
            continue
        kind, data = value(of)
        step = number - last
        out += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + zigzag(number)
        out, last = out + data, number
    return out + b"\0"


def compress(data, codec):
    if codec == NONE:
        return data
    if codec == GZIP:
        return zlib.compress(data, 6, 31)
    return pyarrow.Codec(CODECS[codec]).compress(data, asbytes=True)


def plain(texts):
    return b"".join(len(text).to_bytes(4, "little") + text for text in texts)


def runs(pairs, width):
    """Runs of equal numbers, as (count, number), in the RLE encoding."""
    return b"".join(varint(count << 1) + number.to_bytes((width + 7) // 8, "little") for count, number in pairs)


def levels(pairs, width=1):
    """The same with its length before it, as in version 1 pages."""
    data = runs(pairs, width)
    return len(data).to_bytes(4, "little") + data


def page(data, count, codec=NONE, encoding=PLAIN, kind=DATA, stored=None, header=None, **lies):
    """A page. `stored` are compressed bytes to be written as they are; `header` replaces fields of its kind's header."""
    stored = compress(data, codec) if stored is None else stored
    known = {1: count, 2: encoding, 3: RLE, 4: RLE} if kind != DICTIONARY_PAGE else {1: count, 2: encoding}
    if kind == DATA_V2:
        known = {1: count, 2: 0, 3: count, 4: encoding, 5: 0, 6: 0, 7: codec != NONE}
    known |= header or {}
    place = {DATA: 5, DICTIONARY_PAGE: 7, DATA_V2: 8}.get(kind, 6)
    fields = {
        1: lies.get("type", kind),
        2: lies.get("uncompressed", len(data)),
        3: lies.get("compressed", len(stored)),
        4: lies.get("crc"),
        place: known if place != 6 else {},
    }
    return struct(fields) + stored


def element(name, kind=None, repetition=None, children=None, converted=None):
    return {1: kind, 3: repetition, 4: name, 5: children, 6: converted}


def chunk(name, data, count, kind=BYTE_ARRAY, codec=NONE, uncompressed=None, **lies):
    """A column chunk: pages, and what the footer says of them. `at` is where the footer says that they begin, `fields` and
    `outer` replace fields of its metadata and of what is around that."""
    path = name if isinstance(name, list) else [name]
    return {"path": path, "data": data, "count": count, "kind": kind, "codec": codec, "uncompressed": uncompressed} | lies


def column_fields(column, at):
    at = column.get("at", at)
    dictionary = column.get("dictionary")
    fields = {
        1: column["kind"],
        2: [PLAIN, RLE, DICTIONARY],
        3: column["path"],
        4: column["codec"],
        5: I64(column["count"]),
        6: I64(len(column["data"]) if column["uncompressed"] is None else column["uncompressed"]),
        7: I64(column.get("size", len(column["data"]))),
        9: I64(at + (dictionary or 0)),
        11: I64(at) if dictionary else None,
    }
    fields |= column.get("fields", {})
    return {1: column.get("elsewhere"), 2: I64(at), 3: fields} | column.get("outer", {})


TEXTS_SCHEMA = [element("schema", children=2), element("id", INT64, REQUIRED), element("text", BYTE_ARRAY, REQUIRED, None, 0)]


def parquet(groups, schema=None, rows=None, fields=None, tail=None, head=b"PAR1", before_footer=b""):
    """A file of row groups, each `(rows, chunks)` with the fields that replace its own as a third part; `fields` replaces
    those of the footer, `tail(footer)` what follows the data."""
    out, listed, total = head, [], 0
    for count, chunks, *replaced in groups:
        columns = []
        for column in chunks:
            columns.append(column_fields(column, len(out)))
            out += column["data"]
        size = sum(len(column["data"]) for column in chunks)
        listed.append({1: columns, 2: I64(size), 3: I64(count)} | (replaced[0] if replaced else {}))
        total += count
    footer = {1: 1, 2: schema or TEXTS_SCHEMA, 3: I64(total if rows is None else rows), 4: listed, 6: "ringfence test"}
    footer = struct(footer | (fields or {}))
    end = footer + len(footer).to_bytes(4, "little") + b"PAR1" if tail is None else tail(footer)
    return out + before_footer + end
