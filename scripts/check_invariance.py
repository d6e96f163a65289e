"""Called by scripts/check_invariance.sh."""

import filecmp
import pathlib
import subprocess
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

import corpus

ROWS, CUT = 210_000, 110_000  # Two shards: with a row group of 100,000 and one that is not full, and with one.
SLICE = 150


def many_rows():
    """The planted rows as they are, and between them short pieces of the others, up to ROWS rows."""
    table = corpus.rows(4000)
    texts, kinds = table["text"].to_pylist(), table["kind"].to_pylist()
    clean = [text for text, kind in zip(texts, kinds) if not kind]
    planted = [text for text, kind in zip(texts, kinds) if kind]
    rows = []
    for number in range(ROWS):
        turn, nth = divmod(number, len(clean))
        start = turn * SLICE % max(1, len(clean[nth]) - SLICE)
        rows.append(clean[nth][start : start + SLICE])
    step = ROWS // len(planted)
    rows[step // 2 :: step] = [planted[n % len(planted)] for n in range(len(rows[step // 2 :: step]))]
    return pa.table({"id": range(ROWS), "text": rows})


def run(*arguments):
    done = subprocess.run([corpus.RINGFENCE, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"


def files(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def same_files(a, b):
    return files(a) == files(b) and all(filecmp.cmp(a / path, b / path, shallow=False) for path in files(a))


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for threads in (1, 2):
            run("index", "build", "--threads", threads, "--out", work / f"index-{threads}", corpus.REFERENCES)
        assert same_files(work / "index-1", work / "index-2"), "the index differs by the number of threads"

        table = many_rows()
        found = {}
        for size in (1_000, 100_000):
            source = work / f"rows-{size}"
            source.mkdir()
            for part, rows in enumerate((table.slice(0, CUT), table.slice(CUT))):
                pq.write_table(rows, source / f"part-{part}.parquet", row_group_size=size, compression="zstd", compression_level=1)
            for threads, io in ((1, "map"), (2, "map"), (1, "read"), (2, "read")):
                out = work / f"out-{size}-{threads}-{io}"
                options = ["--threads", threads, "--io", io, "--action", "drop"]
                run("scan", "--index", work / "index-1", "--out", out, *options, source)
                found[size, threads, io] = pq.read_table(out / "matches.parquet")
                assert same_files(out / "data", work / f"out-{size}-1-map/data"), f"other outputs with {size, threads, io}"
        first = found[1_000, 1, "map"]
        for setting, matches in found.items():
            assert matches.equals(first), f"{setting}: {matches.num_rows} matches differ from {first.num_rows}"
        assert first.num_rows, "nothing was found: the check checks nothing"
    print(
        f"row groups of 1,000 and 100,000 rows x threads 1 and 2 x map and read: the same {first.num_rows} matches"
        f" in {ROWS} rows made of {corpus.ORIGIN}; same outputs and same index whatever the threads"
    )


main()
