#!/usr/bin/env bash
# What `collect` takes from real transcripts, against a second reading in Python.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
if [ ! -d ../shared/data/transcripts ]; then
    echo "skipped: ../shared/data/transcripts is not here"
    exit 0
fi
exec python scripts/check_collect.py target/release/ringfence ../shared/data/transcripts
