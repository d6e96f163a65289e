#!/usr/bin/env bash
# Every parser of foreign bytes under libFuzzer with AddressSanitizer: a finding ends in exit code 1, and is shown.
#
#   scripts/fuzz.sh MINUTES [-j N] [TARGET...]     so many minutes a target, N of them at a time; all targets, if none is named
#   scripts/fuzz.sh 0 TARGET FILE                  one input again: a finding, with the reason and the stack
#
# Needs a C++ compiler beside what the build needs. What was learnt stays in fuzz/target/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
# Cargo would remember the refusal of a call without it. The sanitizer is behind a flag of unstable features, which a stable compiler takes with this (fuzz/.cargo/config.toml).
(cd fuzz && CARGO_CACHE_RUSTC_INFO=0 RUSTC_BOOTSTRAP=1 cargo build --quiet --release --locked)
exec python3 scripts/fuzz.py "$@"
