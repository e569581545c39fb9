#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The end-to-end tests against the mitmtop that was built.
exec "$PYTHON3" "$top_srcdir/tests/e2e/run.py" --mitmtop "$MITMTOP"
