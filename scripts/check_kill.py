"""Called by scripts/check_kill.sh."""

import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import tempfile
import time

import duckdb
import polars
import pyarrow.parquet as pq

import corpus

KILLS, MEGABYTES, SHARDS = 20, 100, 8


def start(source, out):
    command = [corpus.RINGFENCE, "scan", "--references", corpus.REFERENCES, "--action", "drop", "--out", out, source]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def outputs(out):
    return [path for path in sorted(out.rglob("*")) if path.is_file()]


def temporary(path):
    """A name that no reader of Parquet takes for a shard: hidden, and with another ending."""
    return any(part.startswith(".") for part in path.parts) and path.suffix != ".parquet"


def digests(out):
    data = out / "data"
    return {str(path.relative_to(data)): hashlib.sha256(path.read_bytes()).hexdigest() for path in outputs(data)}


def results(out):
    """Digests of all files, without what a summary says of time."""
    found = {}
    for path in outputs(out):
        name = str(path.relative_to(out))
        if name == "summary.json":
            summary = json.loads(path.read_text())
            del summary["seconds"], summary["text_bytes_per_second"]
            summary["index"]["path"] = ""
            found[name] = summary
        elif not name.startswith("index.rf/"):
            found[name] = digest(path)
    return found


def check(out, wanted):
    """What a killed run left; returns how many outputs are complete, and how many were under way."""
    complete, under_way = 0, 0
    for path in outputs(out):
        relative = path.relative_to(out)
        if str(relative) in (".found.jsonl.zst", "journal.jsonl"):
            continue  # what a continued run goes by
        if temporary(relative):
            under_way += 1
        elif relative.parts[0] == "data":
            assert wanted.get(str(relative.relative_to("data"))) == digest(path), f"{path}: not the undisturbed run's"
            complete += 1
        elif relative.name == "matches.parquet":
            pq.read_table(path).validate(full=True)
        elif relative.name == "summary.json":
            assert json.loads(path.read_text())["complete"], f"{path}: not complete"
            assert complete == len(wanted), f"{path}: there with {complete} of {len(wanted)} outputs"
        else:
            assert relative.parts[0] == "index.rf", f"{path}: what is this?"
    if (out / "index.rf").exists():
        subprocess.run([corpus.RINGFENCE, "index", "verify", out / "index.rf"], check=True, capture_output=True)
    if complete:
        pattern, rows = f"{out}/data/**/*.parquet", sum(pq.ParquetFile(path).metadata.num_rows for path in shards(out))
        assert duckdb.sql(f"select count(*) from read_parquet('{pattern}')").fetchall() == [(rows,)], "DuckDB reads other files"
        assert polars.scan_parquet(pattern).select(polars.len()).collect().item() == rows, "Polars reads other files"
    return complete, under_way


def shards(out):
    return [path for path in outputs(out / "data") if not temporary(path.relative_to(out))]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        source, out, whole = work / "in", work / "out", work / "whole"
        source.mkdir()
        corpus.repeat(source, MEGABYTES, SHARDS, 1000)
        began = time.monotonic()
        assert start(source, whole).wait() == 0, "the undisturbed run failed"
        seconds = time.monotonic() - began
        wanted = digests(whole)
        assert len(wanted) == SHARDS, f"{sorted(wanted)}"
        states, finished = [], 0
        while len(states) < KILLS:
            assert finished < 3 * KILLS, f"{finished} runs were faster than the undisturbed one of {seconds:.1f} s"
            moment = rng.uniform(0, seconds)
            process = start(source, out)
            time.sleep(moment)
            process.kill()
            killed = process.wait() != 0
            try:
                found = check(out, wanted)
                if killed:
                    states.append(found)
                finished += not killed
                # The same command goes on from there, killed once more or not.
                again = start(source, out)
                if rng.random() < 0.5:
                    time.sleep(rng.uniform(0, seconds / 2))
                    again.kill()
                    again.wait()
                    check(out, wanted)
                    again = start(source, out)
                assert again.wait() == 0, f"the continued run ended with {again.returncode}"
                assert results(out) == results(whole), "the continued run ended in other bytes"
            except Exception as error:
                raise AssertionError(f"seed {seed}, killed after {moment:.3f} of {seconds:.3f} s") from error
            shutil.rmtree(out, ignore_errors=True)
    middle = sum(0 < complete < SHARDS for complete, _ in states)
    caught = sum(under_way > 0 for _, under_way in states)
    assert caught, "no run was killed while it wrote: the check checks nothing"
    print(
        f"{KILLS} runs of up to {seconds:.1f} s killed, {middle} with some of {SHARDS} outputs complete, {caught} with files"
        " under way: none partial under its final name, all complete ones the undisturbed run's; each was continued, half of them"
        " killed once more, and ended in the undisturbed run's bytes"
    )


main()
