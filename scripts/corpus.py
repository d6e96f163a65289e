#!/usr/bin/env python3
"""Text with known copies of references in it, for the end-to-end checks.

From ../shared/data/plant.py where that exists, else from fixtures/shards.

    corpus.py OUT MEGABYTES FILES ROW_GROUP     repeats such text to FILES Parquet files in OUT of so much text together,
                                                and prints the file or folder of the references
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACK = ROOT.parent / "shared/data"
RINGFENCE = str(ROOT / "target/release/ringfence")
PLANTED = (PACK / "plant.py").exists()
REFERENCES = str(PACK / "reference_shared.parquet" if PLANTED else ROOT / "fixtures/references")
ORIGIN = "planted rows" if PLANTED else "fixture rows (no ../shared/data/plant.py here)"

# Copies that normalising undoes altogether: every one of them must be found.
VERBATIM = {
    "verbatim", "reformat_whitespace", "reformat_case", "unicode_compat", "unicode_smart_quotes", "unicode_zero_width",
    "unicode_spaces", "short",
}  # fmt: skip


def rows(number, contaminated=0.05, seed=7):
    """A table of id, text and kind: what was planted, or null. Of the fixtures always all rows."""
    return planted_rows(number, contaminated, seed) if PLANTED else fixture_rows()


def planted_rows(number, contaminated, seed):
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, PACK / "plant.py", "corpus", "--reference", REFERENCES, "--clean", PACK / "clean_shared.parquet"]
        command += ["--out", folder, "--rows", number, "--contaminated", contaminated, "--shards", 1, "--seed", seed, "--fast"]
        subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
        table = pq.read_table(f"{folder}/shard-00000.parquet", columns=["id", "text"])
        labels = pq.read_table(f"{folder}/labels.parquet", columns=["row", "kind"]).to_pylist()
    kinds = {label["row"]: label["kind"] for label in labels}
    return with_kinds(table, kinds)


def fixture_rows():
    labels = [json.loads(line) for line in (ROOT / "fixtures/labels.jsonl").read_text().splitlines()]
    tables = []
    for shard in ("web/part-0.parquet", "code/part-0.parquet"):
        kinds = {label["row"]: label["kind"] for label in labels if label["shard"] == shard}
        tables.append(with_kinds(pq.read_table(ROOT / "fixtures/shards" / shard, columns=["id", "text"]), kinds))
    return pa.concat_tables(tables)


def with_kinds(table, kinds):
    return table.append_column("kind", pa.array([kinds.get(row) for row in range(table.num_rows)], pa.string()))


def repeat(out, megabytes, files, row_group):
    """Writes `files` files of `megabytes` of text together."""
    block = rows(4000, 0.03).select(["id", "text"])
    per_file = megabytes / files
    size = pc.sum(pc.binary_length(block["text"])).as_py() / 1e6
    if size > per_file:
        block, size = block.slice(0, int(block.num_rows * per_file / size)), per_file
    table = pa.concat_tables([block] * round(per_file / size))
    for number in range(files):
        path = out / f"part-{number:03}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=1, row_group_size=row_group, use_dictionary=False)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True)
    repeat(folder, float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    print(REFERENCES)
