#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Functions that cannot be used safely, or block, or depend on the locale, and what to use instead. A word in a
# comment or string is not a call: comments and strings are taken out first.
cd "$top_srcdir" || exit 1
banned='strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|atoi|atol|atof|system|popen|tmpnam|tempnam|mktemp|
scanf|sscanf|fscanf|strncpy|strncat|gethostbyname|inet_ntoa|inet_addr|localtime|gmtime|ctime|asctime|
rand|srand|setjmp|longjmp|usleep|strdup|strndup'
banned=${banned//$'\n'/}

# blank FILE: the code alone, each line kept in its place.
blank()
{
	perl -0777 -pe 's{(/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27)}
	    {(my $t = $1) =~ s/[^\n]//g; $t}gsex' "$1"
}

# check FOLDER...: prints the calls found; true when there are none.
check()
{
	local found=0 file
	while read -r file; do
		if blank "$file" | grep -nP "(?<![\\w.>])($banned)\\s*\\(" | sed "s|^|$file:|" | grep .; then
			found=1
		fi
	done < <(find "$@" -name '*.[ch]' | sort)
	return $found
}

# The check itself: it finds a planted call and lets words in comments and strings pass.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
printf 'int f(void) { strcpy (a, b); }\n' > "$work/bad.c"
if check "$work" > /dev/null; then echo "FAIL the check finds nothing"; exit 1; fi
printf '/* never strcpy(a) */\nconst char *s = "gets(x)"; int my_gets(void);\n' > "$work/bad.c"
if ! check "$work"; then echo "FAIL the check takes a comment for a call"; exit 1; fi

check src ui
