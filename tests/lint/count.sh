#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# count.sh BUILD-FOLDER: adds up the tests that the last make check there really ran and prints one line,
# "N passed, N failed" with ", N skipped" when some were. Exits 1 when one failed or none ran.
#
# A unit test's log counts by cmocka's own numbers, a runner's by its line "NAME: N passed, N failed", anything
# else as one test by its result.
build=$1
passed=0 failed=0 skipped=0

# number PATTERN FILE: the sum over all lines of the number where PATTERN has its group.
number()
{
	sed -nE "s/^$1.*/\\1/p" "$2" | awk '{ n += $1 } END { print n + 0 }'
}

while read -r trs; do
	log=${trs%.trs}.log
	result=$(sed -n 's/^:global-test-result: //p' "$trs")
	line=$(grep -aE '^[a-z0-9_-]+: [0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	p=0 f=0 s=0
	if grep -aqE '^\[  PASSED  \] [0-9]+ test' "$log"; then
		p=$(number '\[  PASSED  \] ([0-9]+) test' "$log")
		f=$(number '\[  FAILED  \] ([0-9]+) test' "$log")
		s=$(number '\[  SKIPPED \] ([0-9]+) test' "$log")
	elif [ -n "$line" ]; then
		p=$(sed -E 's/.*: ([0-9]+) passed.*/\1/' <<< "$line")
		f=$(sed -E 's/.* ([0-9]+) failed.*/\1/' <<< "$line")
		case $line in *skipped*) s=$(sed -E 's/.* ([0-9]+) skipped.*/\1/' <<< "$line") ;; esac
	else
		case $result in
		PASS | XFAIL) p=1 ;;
		SKIP) s=1 ;;
		*) f=1 ;;
		esac
	fi
	# A program that failed as a whole, by a crash after its tests for instance, never counts as clean.
	case $result in PASS | SKIP | XFAIL) ;; *) [ "$f" -gt 0 ] || f=1 ;; esac
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	# The details go to stderr: the sum is the only line of stdout.
	[ "$f" -eq 0 ] || echo "failed: ${trs%.trs} (see its .log)" >&2
done < <(find "$build" -path "$build/build-?san" -prune -o -name '*.trs' -print | sort)

tail=
[ "$skipped" -eq 0 ] || tail=", $skipped skipped"
echo "$passed passed, $failed failed$tail"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
