#!/usr/bin/env bash
# A long scan of many shards in one process: memory and open files are sampled, and must stay flat but for what is known of
# each shard.
#
#   scripts/soak.sh [MINUTES] [SHARDS]      120 minutes at least, 100,000 shards a scan
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/venv.sh scripts/requirements.txt
cargo build --quiet --release --locked
PATH="$PWD/.venv/bin:$PATH" exec python3 scripts/soak.py "${1:-120}" "${2:-100000}"
