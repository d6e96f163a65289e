#!/usr/bin/env bash
# `scan --action drop` and `--action annotate` against independent readers, over column shapes and codecs.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
exec python scripts/check_drop.py
