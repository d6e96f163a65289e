#!/usr/bin/env bash
# What is found and what is wrongly flagged in the labelled sets of ../shared; `check_labelled.py --table` shows it by kind.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
exec python scripts/check_labelled.py "$@"
