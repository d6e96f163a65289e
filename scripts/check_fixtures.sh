#!/usr/bin/env bash
# The committed fixtures are what fixtures/README.md says: licences, counts, labels, distances, size.
exec python scripts/check_fixtures.py
