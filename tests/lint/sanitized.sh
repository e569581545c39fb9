# SPDX-License-Identifier: MIT
# Shared by asan.sh and tsan.sh: a sub-build with a sanitizer. Sourced, not run.

# sanitizer_try LIST: exits 77 when the compiler cannot build, or this machine not run, a program with it.
sanitizer_try()
{
	local dir
	dir=$(mktemp -d) || exit 1
	echo 'int main(void) { return 0; }' > "$dir/try.c"
	RUN=()
	if ! $CC -fsanitize="$1" -o "$dir/try" "$dir/try.c" 2> /dev/null; then
		rm -rf "$dir"
		echo "skipped: $CC cannot build with -fsanitize=$1"
		exit 77
	fi
	# Some kernels place memory where the sanitizer does not expect it, unless told not to.
	if ! "$dir/try" 2> /dev/null; then
		RUN=(setarch "$(uname -m)" -R)
		if ! "${RUN[@]}" "$dir/try" 2> /dev/null; then
			rm -rf "$dir"
			echo "skipped: programs built with -fsanitize=$1 do not run here"
			exit 77
		fi
	fi
	rm -rf "$dir"
}

# sanitizer_build DIR LIST TARGET...: builds from a copy of the sources, since a source tree that was
# configured in place cannot be built from a second time. Files are copied only when newer, so that a
# second run builds only what changed.
sanitizer_build()
{
	local dir=$top_builddir/$1 list=$2
	shift 2
	mkdir -p "$dir/source" "$dir/build" || exit 1
	(
		cd "$top_srcdir" &&
		find configure configure.ac aclocal.m4 config.h.in Makefile.am Makefile.in build-aux \
		    src ui tests/unit tests/fuzz tests/lint tests/support share/man \
		    -type f ! -name '*.o' ! -name '*.a' ! -name '*.Po' ! -name '*.log' ! -name '*.trs' \
		    ! -name .dirstamp ! -path '*/.deps/*' 2> /dev/null |
		cpio --quiet -pdmu "$dir/source" 2> /dev/null ||
		exit 1
	)
}
