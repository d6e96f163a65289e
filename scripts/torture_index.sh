#!/usr/bin/env bash
# Killed with SIGKILL at random moments of add, remove, compact and merge, an index is the old one or the new one, and the
# next command works.
#
#   scripts/torture_index.sh [KILLS_EACH] [BINARY]      50 kills of each, of target/release/ringfence
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-50} binary=${2:-target/release/ringfence}
if [ $# -lt 2 ]; then cargo build --quiet --release --locked; fi
exec python3 scripts/torture_index.py "$kills" "$binary"
