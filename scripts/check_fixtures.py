"""Called by scripts/check_fixtures.sh."""
import collections
import json
import pathlib
import re

import pyarrow as pa
import pyarrow.parquet as pq

import select_fixtures as made

root = pathlib.Path(__file__).parent.parent / "fixtures"


def rows_of(path):
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    with pa.input_stream(str(path), compression="zstd" if path.suffix == ".zst" else None) as stream:
        return [json.loads(line) for line in stream.read().decode().split("\n") if line]


def texts_of(row):
    return [m["content"] for m in row["messages"]] if "messages" in row else [row["text"]]


references = {r["id"]: r for path in sorted((root / "references").iterdir()) for r in rows_of(path)}
assert {r["licence"] for r in references.values()} <= made.REFERENCE_LICENCES
assert not any(made.CREDENTIAL.search(r["text"]) for r in references.values())
windows = {i: made.shingles(r["text"]) for i, r in references.items()}
whole = {b"".join(made.words(r["text"])): i for i, r in references.items()}
assert len(whole) == len(references), "two references are the same text"

labels = {(l["shard"], l["row"], l["text_index"]): l for l in rows_of(root / "labels.jsonl")}
records = 0
for path in sorted((root / "shards").rglob("part-*")):
    shard = path.relative_to(root / "shards").as_posix()
    for row, record in enumerate(rows_of(path)):
        records += 1
        assert record["licence"] in made.HOST_LICENCES | made.REFERENCE_LICENCES, (shard, row, record["licence"])
        for index, text in enumerate(texts_of(record)):
            label = labels.pop((shard, row, index), None)
            found = made.shingles(text)
            if label is None:
                near = max(made.jaccard(found, other) for other in windows.values())
                assert near < 0.2 and b"".join(made.words(text)) not in whole, (shard, row, near)
                continue
            assert row not in made.QUIET_ROWS and record["source"] == "planted", (shard, row)
            if label["kind"] == "edited":
                near = made.jaccard(found, windows[label["reference_id"]])
                assert round(near, 3) == label["jaccard"] >= 0.55, (shard, row, near)
            else:
                assert whole.get(b"".join(made.words(text))) == label["reference_id"], (shard, row)
            assert (not found) == (label["kind"] == "short"), (shard, row)
assert not labels, f"labels of rows that are not there: {labels}"

size = sum(p.stat().st_size for name in ("references", "shards") for p in (root / name).rglob("*") if p.is_file())
assert size < 3 << 20, size
readme = (root / "README.md").read_text()
told = sum(int(n) for n in re.findall(r"\| (\d+) \| (?:OpenAI|Anthropic|not recorded)", readme))
assert told == len(references), (told, len(references))
sources = collections.Counter(r["source"] for r in references.values())
for source, number in sources.items():
    assert re.search(rf"\[{source}\].*\| {number} \|", readme), (source, number)
assert f"{records:,} records" in readme, records
