#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The manual page's OPTIONS are what the option table says, --help fits a terminal, and mandoc has nothing to
# object. With --write, rewrites that part of the page.
page=$top_srcdir/share/man/mitmtop.1
generator=$top_builddir/tests/lint/gen_options
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

"$generator" > "$work/options" || exit 1
# Keeps the markers and what is outside of them.
awk -v part="$work/options" '
	/^\.\\" options end/ { inside = 0 }
	!inside
	/^\.\\" options begin/ { inside = 1; while ((getline line < part) > 0) print line }
' "$page" > "$work/page" || exit 1

if [ "$1" = --write ]; then
	cmp -s "$work/page" "$page" || cp "$work/page" "$page"
	exit
fi
if ! diff -u "$page" "$work/page"; then
	echo "FAIL share/man/mitmtop.1 is stale: make regen"
	bad=1
fi
if "$generator" --help | grep -nE '^.{80,}'; then
	echo "FAIL lines of --help are wider than 79 columns"
	bad=1
fi
if command -v mandoc > /dev/null; then
	mandoc -T lint -W warning "$page" || bad=1
else
	echo "mandoc is not installed: the page was not checked by it"
fi
exit $bad
