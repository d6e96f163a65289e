#!/usr/bin/env bash
# One table from one run: the whole scan, merely decoding the same column, and rensa, all on the same shards.
#
#   scripts/bench.sh [-n RUNS] [-m MEGABYTES] [-t THREADS] [SHARD.parquet ... -- REFERENCES.parquet ...]
#
# Defaults: medians of 3 runs, 300 MB of text, 1 thread (rensa is measured on one). Without shards it makes a corpus, with
# seed 7: by ../shared/data/plant.py where that exists, else by repeating fixtures/shards.
#
# What it asks of benches/scan.rs, which must assert its answer before it times anything:
#   cargo bench --bench scan -- --threads N --column text --references R... --shards S...
# (cargo adds a `--bench` of its own) builds an index of R, then scans S once and decodes the column of S once, with the
# same crate and threads. The last line of stdout is one JSON object, with the numbers
#   decode_seconds, whole_seconds (resemblance alone, as rensa does), scan_seconds (passages too), bytes (of the column's text),
#   records, whole_matched and matched (records with a match)
set -euo pipefail

runs=3 megabytes=300 threads=1
while getopts n:m:t: option; do
    case $option in
        n) runs=$OPTARG ;;
        m) megabytes=$OPTARG ;;
        t) threads=$OPTARG ;;
        *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))

shards=() references=()
for path in "$@"; do
    if [ "$path" = -- ]; then
        shards=("${references[@]}") references=()
    else
        references+=("$(realpath "$path")")
    fi
done
cd "$(dirname "$0")/.."
bash scripts/venv.sh scripts/requirements-peers.txt
python=$PWD/.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ${#shards[@]} -eq 0 ]; then
    pack=../shared/data
    if [ -e $pack/plant.py ]; then
        echo "corpus: $megabytes MB by $pack/plant.py, seed 7, 1 % planted" >&2
        references=("$PWD/$pack/reference_shared.parquet")
        # A row has some 2,900 bytes.
        "$python" $pack/plant.py corpus --reference "${references[@]}" --clean $pack/clean_shared.parquet --out "$work" \
            --rows $((megabytes * 345)) --contaminated 0.01 --shards 4 --fast --seed 7 >&2
        shards=("$work"/shard-*.parquet)
    else
        echo "corpus: fixtures/shards repeated to $megabytes MB ($pack is not here)" >&2
        references=("$PWD"/fixtures/references/*.parquet)
        "$python" scripts/repeat_fixtures.py "$megabytes" "$work" >&2
        shards=("$work"/*.parquet)
    fi
fi

cargo build --quiet --release --locked
for run in $(seq "$runs"); do
    echo "run $run of $runs" >&2
    cargo bench --quiet --locked --bench scan -- \
        --threads "$threads" --column text --references "${references[@]}" --shards "${shards[@]}" | tail -n 1 >> "$work/ours.json"
    for tokens in shingles words; do
        "$python" scripts/peers.py --tokens $tokens --references "${references[@]}" --shards "${shards[@]}" >> "$work/$tokens.json"
    done
done
"$python" scripts/bench_table.py "$work" "$threads"
