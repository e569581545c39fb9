/* SPDX-License-Identifier: MIT
 * Storing error sentences. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

int
err_set(struct errmsg *m, int code, const char *fmt, ...)
{
	if (m) {
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(m->text, sizeof m->text, fmt, ap);
		va_end(ap);
	}
	return code;
}
