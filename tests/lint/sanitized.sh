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
# configured in place cannot be built from a second time. Times are kept, so that a second run builds
# only what changed.
sanitizer_build()
{
	local dir=$top_builddir/$1 list=$2
	shift 2
	mkdir -p "$dir/source" "$dir/build" || exit 1
	(
		cd "$top_srcdir" || exit 1
		find configure configure.ac aclocal.m4 config.h.in Makefile.am Makefile.in build-aux \
		    share/man -type f
		find src ui tests -path tests/fuzz/corpus -prune -o -path tests/e2e -prune -o \
		    -type f -name '*.*' ! -name '*.o' ! -name '*.a' ! -name '*.Po' ! -name '*.log' \
		    ! -name '*.trs' ! -name .dirstamp -print
	) > "$dir/files" || exit 1
	tar -C "$top_srcdir" -cf - -T "$dir/files" |
	    tar -C "$dir/source" -xf - --keep-newer-files 2> /dev/null
	(
		cd "$dir/build" &&
		if [ ! -e config.status ]; then
			../source/configure --quiet --enable-sanitize="$list" CC="$CC" \
			    CFLAGS="-O1 -g" > configure.log 2>&1
		fi &&
		"${MAKE:-make}" -s -j"$(nproc)" "$@" > make.log 2>&1
	) || {
		echo "the build with -fsanitize=$list failed:"
		tail -n 30 "$dir/build/configure.log" "$dir/build/make.log"
		exit 1
	}
}

# sanitizer_run PROGRAM ARGUMENT...: one program; counts it in passed or failed.
sanitizer_run()
{
	local out
	if out=$("${RUN[@]}" "$@" 2>&1); then
		echo "ok ${1##*/}"
		passed=$((passed + 1))
	else
		echo "FAIL ${1##*/}:"
		printf '%s\n' "$out" | tail -n 60
		failed=$((failed + 1))
	fi
}
