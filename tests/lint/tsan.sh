#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tests with threads in them, built with the thread sanitizer: TSAN_TESTS, and a few end-to-end cases
# against a mitmtop built so.
. "$top_srcdir/tests/lint/sanitized.sh"

# The libraries are not instrumented, so the order that their atomics make is not seen.
export TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=0:exitcode=66
passed=0 failed=0
sanitizer_try thread
sanitizer_build build-tsan thread $TSAN_TESTS mitmtop

for program in $TSAN_TESTS; do
	sanitizer_run "$top_builddir/build-tsan/build/$program"
done

# The runner starts mitmtop itself; what the sanitizer finds goes to files, whatever the runner makes of
# the exit status.
reports=$top_builddir/build-tsan/reports
rm -rf "$reports"
mkdir -p "$reports"
TSAN_OPTIONS=$TSAN_OPTIONS:log_path=$reports/race sanitizer_run "$PYTHON3" \
    "$top_srcdir/tests/e2e/run.py" --smoke --slow 5 --mitmtop "$top_builddir/build-tsan/build/mitmtop"
if [ -n "$(ls "$reports")" ]; then
	echo "FAIL the thread sanitizer reports:"
	cat "$reports"/* | head -n 200
	failed=$((failed + 1))
else
	echo "ok no race was reported"
	passed=$((passed + 1))
fi
echo "tsan: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
