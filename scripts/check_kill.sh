#!/usr/bin/env bash
# Killed with SIGKILL at random moments of `drop`, a scan leaves no partial file under a final name.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
exec python scripts/check_kill.py
