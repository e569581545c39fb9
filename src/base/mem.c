/* SPDX-License-Identifier: MIT
 * Allocation that cannot return NULL. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static void *
mem_checked(void *p, size_t n)
{
	if (!p)
		die("out of memory (%zu bytes wanted)", n);
	return p;
}

void *
mem_alloc(size_t n)
{
	return mem_checked(malloc(n ? n : 1), n);
}

void *
mem_zalloc(size_t n)
{
	return mem_checked(calloc(1, n ? n : 1), n);
}

void *
mem_array(size_t n, size_t size)
{
	return mem_checked(calloc(n ? n : 1, size), n);
}

void *
mem_resize(void *p, size_t n, size_t size)
{
	CHECK(size && n <= SIZE_MAX / size);
	return mem_checked(realloc(p, n ? n * size : 1), n * size);
}

void *
mem_dup(const void *p, size_t n)
{
	char *d = mem_alloc(n + 1);

	if (n)
		memcpy(d, p, n);
	d[n] = '\0';
	return d;
}

char *
mem_strdup(const char *s)
{
	return s ? mem_dup(s, strlen(s)) : NULL;
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return mem_checked(n < 0 ? NULL : s, 0);
}
