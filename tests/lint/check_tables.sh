#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Parts of the manual pages are what the tables of the sources say, --help fits a terminal, and mandoc has nothing to
# object. With --write, rewrites those parts.
man=$top_srcdir/share/man
generators=$top_builddir/tests/lint
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# fill PAGE PART COMMAND...: puts what the command prints between the markers of the part, which stay.
fill()
{
	local page=$work/$1 part=$2
	shift 2
	"$@" > "$work/part" && grep -q "^\.\\\\\" $part begin" "$page" || exit 1
	awk -v part="$work/part" -v begin=".\\\\\" $part begin" -v end=".\\\\\" $part end" '
		index($0, end) == 1 { inside = 0 }
		!inside
		index($0, begin) == 1 { inside = 1; while ((getline line < part) > 0) print line }
	' "$page" > "$work/filled" && mv "$work/filled" "$page" || exit 1
}

cp "$man"/mitmtop.1 "$man"/mitmtop-filters.7 "$work" && chmod u+w "$work"/mitmtop* || exit 1
fill mitmtop.1 options "$generators/gen_options"
for part in commands keys; do
	fill mitmtop.1 $part "$generators/gen_console" $part
done
for part in fields tildes limits; do
	fill mitmtop-filters.7 $part "$generators/gen_filters" $part
done

for page in mitmtop.1 mitmtop-filters.7; do
	if [ "$1" = --write ]; then
		cmp -s "$work/$page" "$man/$page" || cp "$work/$page" "$man/$page"
	elif ! diff -u "$man/$page" "$work/$page"; then
		echo "FAIL share/man/$page is stale: make regen"
		bad=1
	fi
done
[ "$1" != --write ] || exit 0

if "$generators/gen_options" --help | grep -nE '^.{80,}'; then
	echo "FAIL lines of --help are wider than 79 columns"
	bad=1
fi
if command -v mandoc > /dev/null; then
	mandoc -T lint -W warning "$man"/mitmtop.1 "$man"/mitmtop-filters.7 || bad=1
else
	echo "mandoc is not installed: the pages were not checked by it"
fi
exit $bad
