/* SPDX-License-Identifier: MIT
 * Base64. */
#include "base/base64.h"

#include <stdint.h>

void
base64_write(char *out, struct span s)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.n; i += 3) {
		size_t left = s.n - i;
		uint32_t v = (uint32_t)(unsigned char)s.p[i] << 16;
		v |= left > 1 ? (uint32_t)(unsigned char)s.p[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)(unsigned char)s.p[i + 2] : 0;
		*out++ = set[v >> 18];
		*out++ = set[v >> 12 & 63];
		*out++ = left > 1 ? set[v >> 6 & 63] : '=';
		*out++ = left > 2 ? set[v & 63] : '=';
	}
}
