#!/usr/bin/env bash
# Damaged and lying Parquet files: each is named with its defect, the others of its run are finished, memory stays bounded.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
exec python scripts/check_bad_parquet.py
