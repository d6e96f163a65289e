#!/usr/bin/env bash
# `scan --action redact` against an independent reader, and against a second scan.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
exec python scripts/check_redact.py
