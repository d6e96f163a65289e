#!/usr/bin/env bash
# The same results of a large corpus, whatever the threads, kernels, row groups and ways of reading, and however often the scan
# was killed or into how many parts it was split: digests of the matches and of the data.
#
#   scripts/same_results.sh [GIB]      5; takes some 15 minutes, and three times the room
set -euo pipefail
cd "$(dirname "$0")/.."
gib=${1:-5}
bash scripts/venv.sh scripts/requirements.txt
cargo build --quiet --release --locked
cargo build --quiet --release --locked --bench scan
PATH="$PWD/.venv/bin:$PATH" exec python3 scripts/same_results.py "$gib"
