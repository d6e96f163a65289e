#!/usr/bin/env bash
# Lines and archives that become gigabytes, and nesting of a million brackets: named or read, with bounded memory.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
exec python scripts/check_foreign.py
