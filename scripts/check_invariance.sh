#!/usr/bin/env bash
# The same index and the same matches whatever the threads, the row groups and the way of reading; and the same outputs.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
exec python scripts/check_invariance.py
