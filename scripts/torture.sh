#!/usr/bin/env bash
# Scans that are killed at random and at every write, stopped by signals, on full disks, on cut and altered inputs, with
# altered indexes: exit codes, files under their final names, and what the same command ends in afterwards. Indexes that are
# changed: scripts/torture_index.sh, which this runs too.
#
#   scripts/torture.sh [ROUNDS] [SEED]     500 rounds besides the writes, each of which is one more
#
# Kills at writes need strace, full disks the right to mount a tmpfs; without them these are left out, and it says so.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-500}
bash scripts/venv.sh scripts/requirements.txt
cargo build --quiet --release --locked
PATH="$PWD/.venv/bin:$PATH"
python3 scripts/torture.py "$rounds" ${2:+"$2"}
bash scripts/torture_index.sh $(((rounds + 19) / 20)) target/release/ringfence
