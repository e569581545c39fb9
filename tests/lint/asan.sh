#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The unit tests and the fuzz corpora once more, built with the address and undefined behaviour sanitizers.
. "$top_srcdir/tests/lint/sanitized.sh"

export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
passed=0 failed=0
sanitizer_try address,undefined
sanitizer_build build-asan address,undefined sanitized-programs

for program in $UNIT_TESTS; do
	sanitizer_run "$top_builddir/build-asan/build/$program"
done
for program in $FUZZ_TARGETS; do
	corpus=$top_srcdir/tests/fuzz/corpus/${program##*/}
	[ ! -d "$corpus" ] || sanitizer_run "$top_builddir/build-asan/build/$program" "$corpus"
done
echo "asan: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
