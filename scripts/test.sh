#!/usr/bin/env bash
# Every test: the crate's own, then the end-to-end checks in Python (scripts/check_*.sh).
# Needs Rust, a C compiler and Python 3.10 or newer; makes .venv for the Python packages.
set -euo pipefail
cd "$(dirname "$0")/.."

bash scripts/venv.sh scripts/requirements.txt
cargo build --quiet --release --locked

# A check runs from the repository's root with the virtual environment first on its path; it prints little and fails loudly.
failed=()
for check in scripts/check_*.sh; do
    [ -e "$check" ] || continue
    name=$(basename "$check" .sh)
    if PATH="$PWD/.venv/bin:$PATH" bash "$check" < /dev/null; then
        echo "$name: ok"
    else
        echo "$name: FAILED" >&2
        failed+=("$name")
    fi
done

# Last, so that the output ends with the test runner's own lines.
cargo test --locked || failed+=("cargo test")

if [ ${#failed[@]} -gt 0 ]; then
    echo "scripts/test.sh: failed: ${failed[*]}" >&2
    exit 1
fi
