#!/usr/bin/env bash
# Peak memory of `scan` on 200 MiB, on 2 GiB in shards, and on 2 GiB in one file: within 20 % of each other.
#
#   scripts/memory.sh [-r ROWS_OF_A_ROW_GROUP] [-t THREADS]
#
# What is counted: scripts/memory.py. Needs 3 GB of disk; takes some minutes, so no test calls it.
set -euo pipefail

row_group=10000 threads=2
while getopts r:t: option; do
    case $option in
        r) row_group=$OPTARG ;;
        t) threads=$OPTARG ;;
        *) exit 2 ;;
    esac
done
cd "$(dirname "$0")/.."
bash scripts/venv.sh scripts/requirements.txt
cargo build --quiet --release --locked
python=$PWD/.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" scripts/corpus.py "$work/small" 210 2 "$row_group" > "$work/references"
"$python" scripts/corpus.py "$work/large" 2147 20 "$row_group" > /dev/null
"$python" scripts/corpus.py "$work/single" 2147 1 "$row_group" > /dev/null
target/release/ringfence index build --out "$work/index.rf" "$(cat "$work/references")" > /dev/null

echo "row groups of $row_group rows, $threads threads; MiB: resident peak, of which own and mapped (each its own peak)"
status=0
for action in flag drop annotate; do
    least=1000000 most=0
    for corpus in small large single; do
        read -r peak own mapped seconds < <("$python" scripts/memory.py target/release/ringfence scan --index "$work/index.rf" \
            --out "$work/out" --action $action --threads "$threads" "$work/$corpus" 2> "$work/log") || { cat "$work/log" >&2; exit 1; }
        rm -rf "$work/out"
        printf '%-9s %-7s %5d %5d %5d   %s s\n' $action $corpus "$peak" "$own" "$mapped" "$seconds"
        if [ "$peak" -lt $least ]; then least=$peak; fi
        if [ "$peak" -gt $most ]; then most=$peak; fi
    done
    echo "$action: largest / smallest = $((most * 100 / least)) %"
    if [ $((most * 100)) -gt $((least * 120)) ]; then echo "$action: over 120 %" >&2; status=1; fi
done
exit $status
