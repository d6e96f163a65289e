#!/usr/bin/env bash
# Pages without a hit are copied as they are, whoever wrote them and however; rows and metadata against independent readers.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
exec python scripts/check_pages.py
