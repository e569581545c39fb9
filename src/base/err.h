/* SPDX-License-Identifier: MIT
 * One error convention: actions return 0 or a negative enum err; text is stored once, where the
 * cause is known, in a struct errmsg of the caller. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

enum err {
	ERR_NONE = 0,
	ERR_SYNTAX = -1,   /* bytes that violate a grammar */
	ERR_LIMIT = -2,    /* a declared limit was exceeded */
	ERR_SYSTEM = -3,   /* a system call failed */
	ERR_CRYPTO = -4,   /* the TLS library failed */
	ERR_REFUSED = -5,  /* policy says no */
	ERR_NOTFOUND = -6, /* no such thing */
	ERR_EXISTS = -7,   /* there already */
	ERR_RANGE = -8,    /* a value outside its range */
};

/* A sentence for people: what failed, on what, and what to do about it. No trailing newline. */
struct errmsg {
	char text[384];
};

/* Stores the text in m (which may be NULL) and returns code, so that callers can
 * `return err_set(m, ERR_X, "...")`. */
int err_set(struct errmsg *m, int code, const char *fmt, ...) ATTR_PRINTF(3, 4);

#endif
