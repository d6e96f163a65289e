#!/usr/bin/env python3
"""repeat_fixtures.py MEGABYTES OUT_DIR: the flat Parquet fixtures, repeated to that much text in one zstd file.

For scripts/bench.sh where no larger corpus is at hand. Repeated text flatters caches: compare ratios, not seconds.
"""
import pathlib
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

shards = pathlib.Path(__file__).parent.parent / "fixtures/shards"
rows = pa.concat_tables(pq.read_table(shards / name / "part-0.parquet", columns=["id", "source", "text"]) for name in ("web", "code"))
size = pc.sum(pc.binary_length(rows["text"])).as_py()
times = max(1, round(float(sys.argv[1]) * 1e6 / size))
path = pathlib.Path(sys.argv[2]) / "repeated.parquet"
pq.write_table(pa.concat_tables([rows] * times), path, compression="zstd", row_group_size=10_000, use_dictionary=False)
print(f"{path}: {rows.num_rows * times} rows, {size * times / 1e6:.0f} MB of text")
