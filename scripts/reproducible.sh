#!/usr/bin/env bash
# Builds the release twice, from copies of the sources in folders of different names and depths, and compares the programs.
# Takes several minutes, so it is not among the checks of scripts/test.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo_home=${CARGO_HOME:-$HOME/.cargo}
rust=$(rustc --print sysroot)

build() {
    local folder=$1
    mkdir -p "$folder"
    git archive HEAD | tar -x -C "$folder"
    # Paths go into panics and line tables, of C code too; nothing else of the folder does.
    local map="--remap-path-prefix=$folder=/ringfence --remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$rust=/rust"
    local of_c="-ffile-prefix-map=$folder=/ringfence -ffile-prefix-map=$cargo_home=/cargo"
    (cd "$folder" && RUSTFLAGS="$map" CFLAGS="$of_c" cargo build --quiet --release --locked --target-dir "$folder/target")
}

first=$work/a second=$work/another/folder/with/a/longer/name
build "$first"
build "$second"
for folder in "$first" "$second"; do
    sha256sum "$folder/target/release/ringfence" | cut -d ' ' -f 1
done
if cmp "$first/target/release/ringfence" "$second/target/release/ringfence"; then
    echo "reproducible: both builds are the same $(stat -c %s "$first/target/release/ringfence") bytes"
else
    echo "the builds differ; paths that are left in the first:" >&2
    strings "$first/target/release/ringfence" | grep -F "$work" | sort | uniq -c | head >&2
    exit 1
fi
