#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Gives each fuzz target its corpus. A target without a corpus, or that dies of an input, is a failure.
passed=0 failed=0
for program in $FUZZ_TARGETS; do
	name=$(basename "$program")
	corpus=$top_srcdir/tests/fuzz/corpus/$name
	args=()
	# A real libFuzzer program would go on to make inputs of its own.
	if grep -q libFuzzer "$top_builddir/$program" 2>/dev/null; then args=(-runs=0); fi
	if [ -d "$corpus" ] && out=$("$top_builddir/$program" "${args[@]}" "$corpus" 2>&1); then
		echo "ok $name: ${out##*$'\n'}"
		passed=$((passed + 1))
	else
		echo "FAIL $name: ${out:-no corpus in tests/fuzz/corpus/$name}"
		failed=$((failed + 1))
	fi
done
echo "replay: $passed passed, $failed failed"
[ $((passed + failed)) -gt 0 ] || exit 77
[ "$failed" -eq 0 ]
