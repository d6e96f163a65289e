"""Called by scripts/check_redact.sh.

Labelled or planted rows are redacted as Parquet and as JSON Lines (all non-ASCII characters as escapes). Then:

1. Texts without a match, and all other columns, are the source's; schema and row groups too.
2. Each redacted text is the source's with markers for the spans of matches.parquet, or for more: copied text that only a
   second look finds. How much more is printed.
3. The lines say the same as the Parquet rows, and the pieces around the markers stand in the source lines byte for byte.
4. A second scan finds nothing.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
from collections import defaultdict

import pyarrow.parquet as pq

import corpus

MARKER = "[REDACTED]"


def run(*arguments):
    done = subprocess.run([corpus.RINGFENCE, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"


def texts(record):
    return [record["text"]] if "text" in record else [turn["content"] for turn in record["messages"]]


def without_texts(record):
    turns = [{**turn, "content": ""} for turn in record.get("messages", [])]
    return {**record, "text": "", "messages": turns}


def with_markers(text, spans):
    raw, out, end = text.encode(), b"", 0
    for start, stop in sorted(spans):
        if start > end or not out:
            out += raw[end:start] + MARKER.encode()
        end = max(end, stop)
    return (out + raw[end:]).decode()


def check_rows(source, out):
    """The redacted rows; prints how many texts were redacted beyond what is reported."""
    old, new = pq.ParquetFile(source), pq.ParquetFile(out / "data" / source.name)
    assert old.schema_arrow.equals(new.schema_arrow, check_metadata=True)
    groups = [[file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] for file in (old, new)]
    assert groups[0] == groups[1], groups
    spans = defaultdict(list)
    for match in pq.read_table(out / "matches.parquet").to_pylist():
        assert match["verdict"] == "redact"
        spans[match["row"], match["text_index"]].append((match["record_start"], match["record_end"]))
    redacted, more, fewer_bytes = new.read().to_pylist(), 0, 0
    for row, (before, after) in enumerate(zip(old.read().to_pylist(), redacted, strict=True)):
        assert without_texts(before) == without_texts(after), row
        for index, (text, found) in enumerate(zip(texts(before), texts(after), strict=True)):
            reported = with_markers(text, spans.get((row, index), [])) if text else text
            if reported != found:
                assert (row, index) in spans, f"row {row}: a text without a match was changed"
                more, fewer_bytes = more + 1, fewer_bytes + len(reported.encode()) - len(found.encode())
    print(f"{source.name}: {len(spans)} texts redacted, {more} of them beyond the reported spans, by {fewer_bytes} bytes")
    return redacted


def check_lines(source, out, redacted):
    lines, copies = source.read_text().splitlines(), (out / "data" / source.name).read_text().splitlines()
    assert [json.loads(line) for line in copies] == redacted
    for line, copy in zip(lines, copies, strict=True):
        assert copy.isascii()
        at = 0
        for piece in copy.split(MARKER):
            at = line.find(piece, at)
            assert at >= 0, f"{piece!r} is not in the source line"
            at += len(piece)


def check(source, work):
    run("scan", "--index", work / "index.rf", "--action", "redact", "--out", work / source.stem, source)
    redacted = check_rows(source, work / source.stem)
    lines, out = work / f"{source.stem}.jsonl", work / f"{source.stem}-lines"
    # Split by \n only: json escapes all other line ends.
    lines.write_text("".join(json.dumps(row) + "\n" for row in pq.read_table(source).to_pylist()))
    run("scan", "--index", work / "index.rf", "--action", "redact", "--out", out, lines)
    check_lines(lines, out, redacted)
    for folder in (work / source.stem, out):
        again = folder.with_name(folder.name + "-again")
        run("scan", "--index", work / "index.rf", "--out", again, folder / "data")
        assert json.loads((again / "summary.json").read_text())["totals"]["matches"] == 0, again


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        run("index", "build", "--out", work / "index.rf", corpus.REFERENCES)
        pq.write_table(corpus.rows(4000), work / "planted.parquet", row_group_size=500)
        labelled = [corpus.PACK / f"planted_{name}.parquet" for name in ("labelled", "chat")]
        for source in [work / "planted.parquet", *filter(pathlib.Path.exists, labelled)]:
            check(source, work)


sys.exit(main())
