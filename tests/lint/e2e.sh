#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The end-to-end tests against the mitmtop that was built; arguments are run.py's.
# The libraries of some tests are packages of the system's Python, which need not be the first one in PATH.
python=$PYTHON3
has() { "$1" -c 'import websockets' 2> /dev/null; }
has "$python" || ! has /usr/bin/python3 || python=/usr/bin/python3
exec "$python" "$top_srcdir/tests/e2e/run.py" --mitmtop "$MITMTOP" "$@"
