"""The results of a scan, to be compared with another's."""

import hashlib
import io
import json

import pyarrow.parquet as pq

# What a continued run goes by: the journal of one that was stopped is a part of the whole one's.
UNFINISHED = (".found.jsonl.zst", "journal.jsonl")


def read(out, unfinished=False):
    """The files of a results folder by name, as digests: the summary without what it says of time, the matches whole.

    Of an unfinished run without its journal, and without files that are being written.
    """
    found = {}
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        name = str(path.relative_to(out))
        if name.startswith("index.rf/") or unfinished and (name in UNFINISHED or temporary(name)):
            continue
        content = path.read_bytes()
        if name == "summary.json":
            found[name] = summary(content)
        elif name == "matches.parquet":
            found[name] = content
        else:
            found[name] = hashlib.sha256(content).hexdigest()
    return found


def temporary(name):
    return name.rsplit("/", 1)[-1].startswith(".") and name.endswith(".tmp")


def summary(content):
    said = json.loads(content)
    for name in ("seconds", "text_bytes_per_second"):
        del said[name]
    del said["parameters"]["threads"]
    return said


def matches(source):
    """Shard, row, reference and spans of each match."""
    table = pq.read_table(source, columns=["shard", "row", "reference_id", "record_start", "record_end", "reference_start"])
    return list(zip(*(column.to_pylist() for column in table.columns)))


def matches_of(found):
    return matches(io.BytesIO(found["matches.parquet"]))


def difference(one, other):
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
