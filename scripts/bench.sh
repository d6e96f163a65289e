#!/usr/bin/env bash
# Tables from one run with a fixed seed: a scan beside merely decoding the same column, in turns, along several axes; the whole
# command; drop; index builds; other tools on the same shards.
#
#   scripts/bench.sh [-n RUNS] [-m MEGABYTES] [-a AXIS,...] [-o FOLDER] [-w FOLDER] [-x]
#
#   -n  medians of so many (5)
#   -m  text of a corpus, in MB (250)
#   -a  kernel, filter, profile, codec, record, hits, language, threads, command, drop, build, peers (all)
#   -o  keeps all figures as lines of JSON in this new folder; scripts/bench_table.py FOLDER prints the tables again
#   -w  where corpora and indexes are made, some 12 GB; they are removed at the end (the folder for temporary files)
#   -x  a filter of 8 GiB, too; with its postings where 66 GB of disk are free, without where 13 GB are
#
# Needs Rust, Python 3.10 or newer and, for the peers, a package registry. What is measured, and what must come of it:
# scripts/bench_plan.py. The figures of the last run: BENCHMARKS.md.
set -euo pipefail

options=() out=
while getopts n:m:a:o:w:x option; do
    case $option in
        n) options+=(--runs "$OPTARG") ;;
        m) options+=(--megabytes "$OPTARG") ;;
        a) options+=(--axes "$OPTARG") ;;
        o) out=$(realpath "$OPTARG") ;;
        w) options+=(--work "$(realpath "$OPTARG")") ;;
        x) options+=(--huge) ;;
        *) exit 2 ;;
    esac
done
cd "$(dirname "$0")/.."
venv=target/bench-venv
bash scripts/venv.sh scripts/requirements-peers.txt $venv
cargo build --quiet --release --locked

if [ -z "$out" ]; then
    keep=$(mktemp -d)
    trap 'rm -rf "$keep"' EXIT
    out=$keep/figures
fi
$venv/bin/python scripts/bench_run.py "$out" "${options[@]}"
$venv/bin/python scripts/bench_table.py "$out"
