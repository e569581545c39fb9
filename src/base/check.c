/* SPDX-License-Identifier: MIT
 * The one way to die. */
#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void (*die_hook)(void);

void
die(const char *fmt, ...)
{
	va_list ap;

	if (die_hook)
		die_hook();
	fputs("mitmtop: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}
