#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each header compiles alone: it includes what its own declarations need.
cd "$top_srcdir" || exit 1
bad=0 count=0
while read -r header; do
	# A table is a list for its includer, no header.
	case $header in *_table.h) continue ;; esac
	count=$((count + 1))
	# Included rather than compiled, because -Wall complains about a header as main file.
	if ! printf '#include "%s"\n' "${header#src/}" |
	    (cd "$top_builddir" && $CC $HEADER_FLAGS -Wno-unused-function -fsyntax-only -x c -) 2>&1; then
		echo "FAIL $header does not compile alone"
		bad=1
	fi
done < <(find src ui -name '*.h' | sort)
echo "$count headers"
[ "$bad" -eq 0 ] && [ "$count" -gt 0 ]
