#!/usr/bin/env bash
# What takes too long for every merge, for a scheduler: each line runs, whatever the others found.
#
#   scripts/nightly.sh
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
run() {
    echo "== $*"
    "$@" < /dev/null || failed+=("$*")
}

run bash scripts/fuzz.sh 1 -j "$(nproc)"
run bash scripts/torture.sh 100
run bash scripts/same_results.sh 1

if [ ${#failed[@]} -gt 0 ]; then
    printf 'scripts/nightly.sh: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
