#!/usr/bin/env bash
# Counts the instructions of the kernels (benches/instructions.rs) and fails where one takes over 5 % more than is written there.
#
# Installs gungraun-runner of the version in Cargo.lock into target/tools and, where there is no valgrind, unpacks Debian's
# package there: that needs no root. Says NOT CHECKED, and is content, where neither can be had or the machine is another.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/target/tools
export PATH=$tools/bin:$PATH

not_checked() {
    echo "NOT CHECKED: $*"
    exit 0
}

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || not_checked "the figures are of Linux on x86-64"
grep -q -m 1 -w avx2 /proc/cpuinfo || not_checked "the figures are of AVX2, which this machine has not"

if ! command -v valgrind > /dev/null; then
    unpacked=$tools/valgrind
    mkdir -p "$unpacked" "$tools/bin"
    (cd "$unpacked" && timeout 120 apt-get download valgrind && dpkg-deb -x valgrind_*.deb .) > "$tools/valgrind.log" 2>&1 < /dev/null ||
        not_checked "no valgrind, and its package cannot be had: $(tail -n 1 "$tools/valgrind.log")"
    printf '#!/bin/sh\nVALGRIND_LIB=%s exec %s "$@"\n' "$unpacked/usr/libexec/valgrind" "$unpacked/usr/bin/valgrind" > "$tools/bin/valgrind"
    chmod +x "$tools/bin/valgrind"
fi

version=$(grep -A 1 '^name = "gungraun"$' Cargo.lock | sed -n 's/^version = "\(.*\)"$/\1/p')
if [ "$(gungraun-runner --version 2> /dev/null)" != "gungraun-runner $version" ]; then
    # Unoptimised: valgrind does the work.
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --locked --debug --force --root "$tools" \
        --target-dir target/tools/build --version "$version" gungraun-runner
    rm -rf target/tools/build
fi
counted=$(cargo bench --quiet --locked --bench instructions 2>&1) || {
    echo "$counted"
    exit 1
}
tail -n 1 <<< "$counted"
