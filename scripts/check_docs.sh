#!/usr/bin/env bash
# The Python blocks of the documents print what the block of text behind each says.
exec python scripts/check_docs.py
