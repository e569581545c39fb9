/* SPDX-License-Identifier: MIT
 * The lists of a ClientHello. */
#include "proto/tls_hello.h"

static unsigned
value_at(struct span s, size_t at)
{
	return (unsigned)(unsigned char)s.p[at] << 8 | (unsigned char)s.p[at + 1];
}

bool
tls_hello_next(struct span list, size_t *at, unsigned *value)
{
	while (*at + 1 < list.n) {
		*value = value_at(list, *at);
		*at += 2;
		if (!tls_hello_is_grease(*value))
			return true;
	}
	return false;
}

bool
tls_hello_next_extension(struct span extensions, size_t *at, unsigned *type)
{
	while (*at + 3 < extensions.n) {
		*type = value_at(extensions, *at);
		*at += 4u + value_at(extensions, *at + 2);
		if (!tls_hello_is_grease(*type))
			return true;
	}
	return false;
}
