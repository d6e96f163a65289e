#!/usr/bin/env bash
# `ringfence evaluate` counts what the independent scorer of ../shared counts.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
exec python scripts/check_evaluate.py
