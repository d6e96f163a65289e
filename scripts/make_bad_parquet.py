#!/usr/bin/env python3
"""Parquet files that are damaged or lie, one for each defect, always the same bytes.

    make_bad_parquet.py OUT     writes them to the folder OUT, and prints what a scan should say of each

`defects()` gives them to scripts/check_bad_parquet.py.
"""

import pathlib
import random
import sys
import zlib
from dataclasses import dataclass

from parquet_parts import (
    BROTLI, BYTE_ARRAY, DATA_V2, DELTA_BYTE_ARRAY, DELTA_LENGTH, DICTIONARY, DICTIONARY_PAGE, GZIP, I64, INDEX, INT64, LZ4, LZ4_RAW,
    NONE, OPTIONAL, REPEATED, REQUIRED, SNAPPY, TEXTS_SCHEMA, ZSTD, Raw, chunk, compress, element, levels, page, parquet, plain, runs,
    varint, zigzag,
)  # fmt: skip

REFERENCE = (
    "Photosynthesis is the process by which green plants turn light into sugar. It takes place in the chloroplasts, where"
    " chlorophyll absorbs mostly red and blue light, and it releases oxygen as a by-product."
)
HUGE = 2**31 - 1
GIB = 1 << 30


@dataclass
class Defect:
    """A file, and what must be said of it: of all that read it (`words`), or of those that make a copy without some rows. Nothing
    is said of what is read to its end all the same."""

    name: str
    data: bytes
    words: str
    writing: str


def texts(rows=6):
    """The text of a model at row 2; the others are like no other."""
    chosen = random.Random(rows)
    own = [" ".join(f"w{chosen.randrange(1 << 24):x}" for _ in range(20)).encode() for _ in range(rows)]
    return own[:2] + [REFERENCE.encode()] + own[3:]


TEXTS = texts()
ROWS = len(TEXTS)
BODY = plain(TEXTS)
IDS = b"".join(number.to_bytes(8, "little") for number in range(ROWS))


def ids(data=None, **lies):
    return chunk("id", page(IDS, ROWS) if data is None else data, ROWS, INT64, **lies)


def text(data=None, count=ROWS, **lies):
    return chunk("text", page(BODY, ROWS) if data is None else data, count, **lies)


def one(text_chunk, id_chunk=None, rows=ROWS, **how):
    """A file of one row group."""
    return parquet([(rows, [id_chunk or ids(), text_chunk])], **how)


GOOD = one(text())


def files():
    yield "zero_byte", b"", "an empty file (0 bytes)"
    yield "only_magic", b"PAR1", "the start of one"
    yield "two_magics", b"PAR1PAR1", "the start of one"
    yield "bad_magic", b"PAX1" + GOOD[4:], "starts with"
    yield "bad_last_magic", GOOD[:-4] + b"PAR2", "one without an end"
    yield "text_not_parquet", b'{"text": "lines of JSON"}\n' * 9, "starts with"
    yield "encrypted_file", b"PARE" + GOOD[4:], "an encrypted file"
    yield "encrypted_footer", GOOD[:-4] + b"PARE", "an encrypted footer"
    for part in range(1, 16):
        yield f"truncated_{part:02}_of_16", GOOD[: len(GOOD) * part // 16], "expected a Parquet file"
    for name, length in [("of_0", 0), ("too_long", len(GOOD)), ("of_2_31", 1 << 31), ("of_2_32", 2**32 - 1)]:
        words = "cannot be decoded" if length == 0 else "a footer that claims"
        yield f"footer_length_{name}", GOOD[:-8] + length.to_bytes(4, "little") + b"PAR1", words
    shorter = int.from_bytes(GOOD[-8:-4], "little") - 9
    yield "footer_length_too_short", GOOD[:-8] + shorter.to_bytes(4, "little") + b"PAR1", "footer"


def footers():
    def footer(data):
        return parquet([], tail=lambda _: data + len(data).to_bytes(4, "little") + b"PAR1")

    yield "footer_of_zeros", footer(bytes(64)), "footer"
    yield "footer_of_noise", footer(random.Random(1).randbytes(256)), "footer"
    yield "footer_ends_in_a_list", one(text(), tail=lambda f: f[:30] + (30).to_bytes(4, "little") + b"PAR1"), "footer"
    # A list that claims 2^31 elements, in a footer of some bytes.
    yield "footer_list_of_2_31", one(text(), fields={4: Raw(9, b"\xfc" + varint(1 << 31))}), "footer"
    yield "schema_list_of_2_62", one(text(), fields={2: Raw(9, b"\xfc" + varint(1 << 62))}), "footer"
    yield "encrypted_columns", one(text(), fields={8: {1: {}}}), "encrypted columns"
    yield "encrypted_column_without_algorithm", one(text(outer={3: None, 8: {1: {}}, 9: b"secret"})), "field encodings is missing"
    yield "no_metadata_of_column", one(text(outer={3: None})), "field encodings is missing"
    yield "version_missing", one(text(), fields={1: None}), "field version is missing"
    nested = [element("schema", children=1)] + [element("g", None, OPTIONAL, 1)] * 100_000 + [element("text", BYTE_ARRAY, OPTIONAL)]
    yield "schema_nested_100000_deep", one(text(), schema=nested), "nested more than 128 deep"
    for name, root, words in [
        ("too_many", 9, "claims 9 children"), ("too_few", 1, "one root node"), ("negative", -1, "footer"),
        ("of_2_31", HUGE, "claims 2147483647 children"), ("missing", None, "one root node"),
    ]:  # fmt: skip
        yield f"children_{name}", one(text(), schema=[element("schema", children=root)] + TEXTS_SCHEMA[1:]), words
    yield "schema_empty", one(text(), fields={2: Raw(9, b"\x0c")}), "one root node"
    yield "schema_of_unknown_type", one(text(), schema=TEXTS_SCHEMA[:2] + [element("text", 77, REQUIRED)]), "Unexpected Type 77"
    yield "schema_of_unknown_repetition", one(text(), schema=TEXTS_SCHEMA[:2] + [element("text", BYTE_ARRAY, 9)]), "FieldRepetitionType 9"
    yield "column_name_not_utf8", one(text(), schema=TEXTS_SCHEMA[:2] + [element(b"te\xff\xfe", BYTE_ARRAY, REQUIRED)]), "invalid utf8"
    twice = [element("schema", children=2), TEXTS_SCHEMA[2], TEXTS_SCHEMA[2]]
    yield "two_columns_of_one_name", parquet([(ROWS, [text(), text()])], schema=twice), "text"
    numbers = [element("schema", children=2), TEXTS_SCHEMA[1], element("text", INT64, REQUIRED)]
    yield "text_of_numbers", one(chunk("text", page(IDS, ROWS), ROWS, INT64), schema=numbers), "text column"
    for name, rows in [("more", 9), ("fewer", 1), ("negative", -6), ("of_2_62", 1 << 62)]:
        yield f"file_rows_{name}", parquet([(ROWS, [ids(), text()])], rows=rows), "rows"
        words = "a row count" if name in ("negative", "of_2_62") else "row group 0, column text"
        yield f"group_rows_{name}", parquet([(rows, [ids(), text()])]), words
    yield "group_rows_add_up_past_2_64", parquet([(2**63 - 1, [ids(), text()])] * 3, rows=5), "a row count"
    yield "group_without_columns", parquet([(ROWS, [])]), "Column count mismatch"
    yield "group_of_one_column", parquet([(ROWS, [ids()])]), "Column count mismatch"
    yield "group_of_three_columns", parquet([(ROWS, [ids(), text(), text()])]), "Column count mismatch"
    yield "columns_swapped", parquet([(ROWS, [text(), ids()])]), "row group 0, column text"




def chunks():
    end = len(GOOD)
    for name, place in [
        ("past_the_end", {"at": end}), ("far_past_the_end", {"at": 1 << 40}), ("negative_offset", {"at": -9}),
        ("huge_offset", {"at": 2**63 - 2}),
        ("longer_than_the_file", {"size": end}), ("negative_size", {"size": -1}), ("size_of_2_62", {"size": 1 << 62}),
        ("empty", {"size": 0}),
    ]:  # fmt: skip
        yield f"chunk_{name}", one(text(**place)), "row group 0, column text"
    yield "chunk_overlaps_the_other", one(text(at=4, size=len(page(IDS, ROWS)))), "row group 0, column text"
    yield "chunk_in_the_footer", one(text(at=end - 200, size=150)), "row group 0, column text"
    yield "chunk_in_another_file", one(text(elsewhere="../../../etc/passwd")), "another file"
    for name, count in [("more", 9), ("fewer", 2), ("none", 0), ("negative", -1), ("of_2_31", 1 << 31), ("of_2_62", 1 << 62)]:
        yield f"chunk_values_{name}", one(text(count=count)), "row group 0, column text"
    for name, codec in [("zstd", ZSTD), ("snappy", SNAPPY), ("gzip", GZIP), ("brotli", BROTLI), ("lz4", LZ4), ("lz4_raw", LZ4_RAW),
    ("lzo", 3)]:
        yield f"codec_lies_{name}", one(text(codec=codec)), "row group 0, column text"
    yield "codec_unknown", one(text(codec=99)), "CompressionCodec 99"
    yield "column_type_lies", one(text(kind=INT64)), ""
    # These two are only read where the copy of a shard loses rows.
    yield "other_column_past_the_end", one(text(), ids(at=end)), "", "row group 0, column id"
    yield "other_column_damaged", one(text(), ids(page(IDS[:9], ROWS))), "", "row group 0, column id"


def pages():
    place = "row group 0, column text"
    for name, lies in [
        ("stored_size_too_long", {"compressed": 99_999}), ("stored_size_negative", {"compressed": -1}),
        ("stored_size_of_2_31", {"compressed": HUGE}),
        ("stored_size_too_short", {"compressed": 40}), ("size_negative", {"uncompressed": -1}), ("crc_wrong", {"crc": 12345}),
        ("type_unknown", {"type": 9}), ("type_missing", {"type": None}), ("of_the_index", {"type": INDEX}),
        ("encoding_unknown", {"header": {2: 42}}),
        ("encoding_of_dictionary_without", {"header": {2: DICTIONARY}}), ("encoding_of_numbers", {"header": {2: 5}}),
        ("encoding_split", {"header": {2: 9}}),
        ("values_more", {"header": {1: 9}}), ("values_fewer", {"header": {1: 2}}), ("values_negative", {"header": {1: -1}}),
        ("values_of_2_31", {"header": {1: HUGE}}),
        ("header_missing", {"kind": 6, "type": 0}),
    ]:  # fmt: skip
        yield f"page_{name}", one(text(page(BODY, ROWS, **lies))), place
    for name, codec in [("zstd", ZSTD), ("snappy", SNAPPY), ("gzip", GZIP), ("brotli", BROTLI), ("lz4_raw", LZ4_RAW)]:
        stored = compress(BODY, codec)
        for what, lies in [
            ("size_too_long", {"uncompressed": len(BODY) + 9}), ("size_too_short", {"uncompressed": len(BODY) - 9}),
            ("cut", {"stored": stored[: len(stored) // 2]}), ("damaged", {"stored": damaged(stored)}),
            ("of_zeros", {"stored": bytes(len(stored))}),
        ]:  # fmt: skip
            # The decoder of Snappy fills up with zeros, which are behind the last text.
            words = "" if (name, what) == ("snappy", "size_too_long") else place
            yield f"page_{name}_{what}", one(text(page(BODY, ROWS, codec, **lies), codec=codec)), words
    yield "page_header_of_noise", one(text(random.Random(2).randbytes(len(BODY)))), place
    yield "page_header_endless", one(text(b"\x15" + b"\xff" * 300)), place
    yield "pages_none", one(text(page(b"", 0))), place
    yield "pages_too_few", one(text(page(plain(TEXTS[:4]), 4))), place
    yield "pages_too_many", one(text(page(BODY, ROWS) * 2)), place
    for name, header in [
        ("levels_negative", {5: -4}), ("levels_longer_than_page", {5: HUGE}), ("levels_add_up_past_2_31", {5: HUGE, 6: HUGE}),
        ("nulls_more", {2: 9}),
        ("nulls_negative", {2: -1}), ("rows_more", {3: 9}), ("not_compressed_lies", {7: True}),
    ]:  # fmt: skip
        # Rows are counted by their values.
        words = "" if name == "rows_more" else place
        yield f"page_2_{name}", one(text(page(BODY, ROWS, kind=DATA_V2, header=header), codec=ZSTD)), words


def damaged(stored):
    """With other bytes where the codec's own numbers are, for texts themselves have no checksum."""
    return stored[:1] + bytes(byte ^ 0xFF for byte in stored[1:12]) + stored[12:]


OPTIONAL_TEXT = TEXTS_SCHEMA[:2] + [element("text", BYTE_ARRAY, OPTIONAL, None, 0)]


def values():
    place = "row group 0, column text"
    for name, length in [("past_the_page", 9999), ("of_2_31", HUGE), ("of_2_32", 2**32 - 1)]:
        yield f"text_length_{name}", one(text(page(plain(TEXTS[:5]) + length.to_bytes(4, "little") + TEXTS[5], ROWS))), place
    for name, data in [
        ("wrong", levels([(5, 1), (1, 3)], 2)), ("too_few", levels([(3, 1)])), ("length_lies", b"\xff\xff\xff\x7f" + runs([(ROWS, 1)], 1)),
        ("of_a_run_of_2_62", (11).to_bytes(4, "little") + varint(1 << 63) + b"\x01"), ("all_null", levels([(ROWS, 0)])),
    ]:  # fmt: skip
        words = "" if name == "all_null" else place
        yield f"levels_{name}", one(text(page(data + BODY, ROWS)), schema=OPTIONAL_TEXT), words
    whole = page(BODY, ROWS, encoding=0, kind=DICTIONARY_PAGE)

    def indexed(width, data, dictionary=whole, count=ROWS, **lies):
        pages = dictionary + page(bytes([width]) + data, count, encoding=DICTIONARY)
        return one(text(pages, dictionary=len(dictionary), **lies))

    yield "dictionary_index_out_of_range", indexed(8, runs([(2, 0), (4, 200)], 8)), place
    yield "dictionary_index_of_2_32", indexed(32, runs([(6, 2**32 - 1)], 32)), place
    yield "dictionary_width_255", indexed(255, runs([(6, 1)], 8)), place
    yield "dictionary_width_33", indexed(33, runs([(6, 1)], 40)), place
    yield "dictionary_indices_missing", indexed(3, b""), place
    yield "dictionary_twice", indexed(3, runs([(6, 1)], 3), whole + whole), place
    for name, count in [("more", 99), ("negative", -1), ("of_2_31", HUGE)]:
        lying = page(BODY, ROWS, kind=DICTIONARY_PAGE, header={1: count})
        yield f"dictionary_values_{name}", indexed(3, runs([(6, 1)], 3), lying), place
    behind = page(bytes([3]) + runs([(6, 1)], 3), ROWS, encoding=DICTIONARY)
    yield "dictionary_behind_its_page", one(text(behind + whole)), place
    yield "dictionary_offset_lies", one(text(whole + behind, dictionary=len(whole), at=4)), place
    for name, encoding in [("lengths", DELTA_LENGTH), ("prefixes", DELTA_BYTE_ARRAY)]:
        for what, data in [
            ("of_noise", random.Random(3).randbytes(90)), ("negative", delta(ROWS, -5) + b"x" * 50),
            ("past_the_page", delta(ROWS, 1 << 20) + b"x" * 50),
            ("block_of_0", b"\x00\x00\x06\x00"), ("block_of_2_62", varint(1 << 62) + b"\x04\x06\x00"), ("of_2_31_values", delta(HUGE, 1)),
        ]:  # fmt: skip
            yield f"delta_{name}_{what}", one(text(page(data, ROWS, encoding=encoding))), place
    longer = delta(ROWS, 99) + delta(ROWS, 1) + b"x" * ROWS
    yield "delta_prefix_longer_than_the_text_before", one(text(page(longer, ROWS, encoding=DELTA_BYTE_ARRAY))), place
    bad = plain(TEXTS[:1] + [b"\xff\xfe not UTF-8 \xc3"] + TEXTS[2:])
    yield "text_not_utf8", one(text(page(bad, ROWS))), ""


def delta(count, number):
    """The same number so many times, as DELTA_BINARY_PACKED: blocks of 128 of width 0 take some bytes each."""
    blocks = min(-(-max(count - 1, 0) // 128), 1 << 16)
    return varint(128) + varint(4) + varint(count) + zigzag(number) + (zigzag(0) + bytes(4)) * blocks


CONTENT = element("content", BYTE_ARRAY, REQUIRED, None, 0)
LIST_SCHEMA = [element("schema", children=2), TEXTS_SCHEMA[1], element("messages", None, REPEATED, 1), CONTENT]


def lists():
    """Texts in a list: levels of repetition and definition both go to 1."""
    place = "row group 0, column messages[].content"

    def content(pages, entries, **lies):
        return one(chunk(["messages", "content"], pages, entries, **lies), schema=LIST_SCHEMA)

    def listed(rep, definition, data=b"", entries=ROWS):
        return content(page(rep + definition + data, entries), entries)

    every = levels([(ROWS, 1)])
    yield "list_begins_in_the_middle", listed(levels([(ROWS, 1)]), every, BODY), place
    yield "list_of_more_records", listed(levels([(9, 0)]), levels([(9, 1)]), plain(TEXTS + TEXTS[:3]), 9), place
    yield "list_of_fewer_records", listed(levels([(2, 0), (4, 1)]), every, BODY), place
    yield "list_levels_wrong", listed(levels([(1, 0), (5, 3)], 2), every, BODY), place
    yield "list_levels_missing", listed(b"", every, BODY), place
    for name, entries in [("2_31", HUGE), ("2_27", 1 << 27)]:
        null = listed(levels([(ROWS - 1, 0), (1, 0), (entries - ROWS, 1)]), levels([(entries, 0)]), entries=entries)
        yield f"list_of_{name}_elements", null, place
    # Of each page as much as is allowed, in one record.
    many, pages = 1 << 25, b""
    for nth in range(64):
        begin = [(ROWS, 0), (many - ROWS, 1)] if nth == 0 else [(many, 1)]
        pages += page(levels(begin) + levels([(many, 0)]), many)
    yield "list_of_2_31_elements_in_64_pages", content(pages, 64 * many), place
    entry = page(plain([b"x"]), 1, kind=DICTIONARY_PAGE)
    body = levels([(ROWS, 0), (many - ROWS, 1)]) + levels([(many, 1)]) + b"\x01" + runs([(many, 0)], 1)
    indexed = entry + page(body, many, encoding=DICTIONARY)
    yield "list_of_2_25_entries_of_a_dictionary", content(indexed, many, dictionary=len(entry)), place


def zstd_bomb(size, start):
    """A frame of `start` and then the letter a: runs of 128 KiB in 4 bytes each."""
    blocks = -(-(size - len(start)) // (1 << 17))
    out = b"\x28\xb5\x2f\xfd\x00\x38" + ((len(start) << 3).to_bytes(3, "little")) + start
    for nth in range(blocks):
        length = min(1 << 17, size - len(start) - nth * (1 << 17))
        out += (length << 3 | 2 | (nth + 1 == blocks)).to_bytes(3, "little") + b"a"
    return out


def gzip_bomb(size):
    """Members of 16 MiB of zeros."""
    return zlib.compress(bytes(1 << 24), 9, 31) * (size >> 24)


def bombs():
    place = "row group 0, column text"
    size = GIB + GIB // 2
    start = (size - 4).to_bytes(4, "little")
    honest = page(b"", 1, ZSTD, stored=zstd_bomb(size, start), uncompressed=size)
    yield "bomb_zstd", one(text(honest, 1, codec=ZSTD, uncompressed=size), ids(page(IDS[:8], 1)), rows=1), place, place
    yield "bomb_zstd_that_the_footer_denies", one(text(honest, 1, codec=ZSTD, uncompressed=99), rows=1), place
    for name, codec, stored in [
        ("zstd", ZSTD, zstd_bomb(size, start)), ("gzip", GZIP, gzip_bomb(size)), ("brotli", BROTLI, compress(bytes(GIB // 4), BROTLI)),
        ("lz4", LZ4, compress(bytes(GIB // 4), LZ4)),
    ]:  # fmt: skip
        yield f"bomb_{name}_that_claims_100_bytes", one(text(page(b"", ROWS, codec, stored=stored, uncompressed=100), codec=codec)), place
    for name, codec in [("zstd", ZSTD), ("snappy", SNAPPY), ("gzip", GZIP), ("brotli", BROTLI), ("lz4", LZ4), ("lz4_raw", LZ4_RAW)]:
        data = page(b"", ROWS, codec, stored=compress(b"x" * 100, codec), uncompressed=HUGE)
        yield f"bomb_{name}_claims_2_GiB", one(text(data, codec=codec, uncompressed=120)), place
    entry = page(b"", 1, ZSTD, kind=DICTIONARY_PAGE, stored=zstd_bomb(size, start), uncompressed=size)
    data = entry + page(b"\x00", ROWS, ZSTD, DICTIONARY)
    yield "bomb_in_the_dictionary", one(text(data, codec=ZSTD, dictionary=len(entry))), place
    # 100,000 texts of a MiB each, of which all but the first say "the same again".
    first, count = b"a" * (1 << 20), 100_000
    prefixes = varint(128) + varint(4) + varint(count) + zigzag(0) + zigzag(0) + bytes([21, 0, 0, 0]) + packed([len(first)] + [0] * 31, 21)
    prefixes += (zigzag(0) + bytes(4)) * (-(-(count - 1) // 128) - 1)
    suffixes = varint(128) + varint(4) + varint(count) + zigzag(len(first)) + zigzag(-len(first)) + bytes([21, 21, 21, 21])
    suffixes += packed([0] + [len(first)] * 127, 21) + (zigzag(0) + bytes(4)) * (-(-(count - 1) // 128) - 1)
    data = prefixes + suffixes + first
    yield "bomb_of_prefixes", one(text(page(data, count, ZSTD, DELTA_BYTE_ARRAY), count, codec=ZSTD), rows=count), place
    other = page(b"", ROWS, GZIP, stored=gzip_bomb(size), uncompressed=48)
    yield "bomb_in_another_column", one(text(), ids(other, codec=GZIP)), "", "row group 0, column id"


def packed(numbers, width):
    return sum(number << nth * width for nth, number in enumerate(numbers)).to_bytes(len(numbers) * width // 8, "little")


def defects():
    for part in (files, footers, chunks, pages, values, lists, bombs):
        for name, data, words, *writing in part():
            yield Defect(name, data, words, writing[0] if writing else words)


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for defect in defects():
        (out / f"{defect.name}.parquet").write_bytes(defect.data)
        print(f"{defect.name}: {defect.words or defect.writing}")


if __name__ == "__main__":
    main()
