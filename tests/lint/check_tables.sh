#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Parts of the manual pages and of the completion are what the tables of the sources say, --help fits a terminal, and mandoc and bash
# have nothing to object. With --write, rewrites those parts.
share=$top_srcdir/share
pages="man/mitmtop.1 man/mitmtop-filters.7 completions/mitmtop"
generators=$top_builddir/tests/lint
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# fill PAGE PART COMMAND...: puts what the command prints between the markers of the part, comments of roff or of the shell, which stay.
fill()
{
	local page=$work/$1 part=$2 comment='.\\"'
	shift 2
	[ "${page##*/}" != mitmtop ] || comment='#'
	"$@" > "$work/part" && grep -qE "^(\.\\\\\"|#) $part begin" "$page" || exit 1
	awk -v part="$work/part" -v begin="$comment $part begin" -v end="$comment $part end" '
		index($0, end) == 1 { inside = 0 }
		!inside
		index($0, begin) == 1 { inside = 1; while ((getline line < part) > 0) print line }
	' "$page" > "$work/filled" && mv "$work/filled" "$page" || exit 1
}

mkdir "$work/man" "$work/completions" || exit 1
for page in $pages; do
	cp "$share/$page" "$work/$page" && chmod u+w "$work/$page" || exit 1
done
fill man/mitmtop.1 options "$generators/gen_options"
for part in commands keys; do
	fill man/mitmtop.1 $part "$generators/gen_console" $part
done
for part in fields tildes limits; do
	fill man/mitmtop-filters.7 $part "$generators/gen_filters" $part
done
fill completions/mitmtop options "$generators/gen_console" options

for page in $pages; do
	if [ "$1" = --write ]; then
		cmp -s "$work/$page" "$share/$page" || cp "$work/$page" "$share/$page"
	elif ! diff -u "$share/$page" "$work/$page"; then
		echo "FAIL share/$page is stale: make regen"
		bad=1
	fi
done
[ "$1" != --write ] || exit 0

if "$generators/gen_options" --help | grep -nE '^.{80,}'; then
	echo "FAIL lines of --help are wider than 79 columns"
	bad=1
fi
if command -v mandoc > /dev/null; then
	mandoc -T lint -W warning "$share"/man/mitmtop.1 "$share"/man/mitmtop-filters.7 || bad=1
else
	echo "mandoc is not installed: the pages were not checked by it"
fi
bash -n "$share/completions/mitmtop" || bad=1
exit $bad
