#!/usr/bin/env bash
# scripts/venv.sh REQUIREMENTS.txt [FOLDER]: makes the folder (.venv) where it is missing, with the packages of that file.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${2:-.venv}
if ! "$venv/bin/python" -c '' 2>/dev/null; then
    rm -rf "$venv"
    python3 -m venv "$venv"
fi
installed=$venv/$(basename "$1")
if ! cmp -s "$1" "$installed"; then
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$1"
    cp "$1" "$installed"
fi
