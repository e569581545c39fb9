/* SPDX-License-Identifier: MIT
 * Numbers as text. */
#include "ui/fmt.h"

#include <string.h>
#include <time.h>

char *
fmt_u64(char *p, uint64_t v)
{
	char digits[20];
	size_t n = sizeof digits;

	do
		digits[--n] = (char)('0' + v % 10);
	while (v /= 10);
	memcpy(p, digits + n, sizeof digits - n);
	return p + sizeof digits - n;
}

char *
fmt_digits(char *p, uint64_t v, unsigned digits)
{
	for (unsigned i = digits; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + digits;
}

char *
fmt_tenths(char *p, uint64_t tenths)
{
	p = fmt_u64(p, tenths / 10);
	*p++ = '.';
	*p++ = (char)('0' + tenths % 10);
	return p;
}

static char *
fmt_two(char *p, uint64_t big, char unit, uint64_t small)
{
	p = fmt_u64(p, big);
	*p++ = unit;
	return fmt_digits(p, small, 2);
}

char *
fmt_duration(char *p, uint64_t us)
{
	uint64_t s = us / 1000000;

	if (us < 950) {
		p = fmt_tenths(p, (us + 50) / 100);
		return (char *)memcpy(p, "ms", 2) + 2;
	}
	if (us < 999500) {
		p = fmt_u64(p, (us + 500) / 1000);
		return (char *)memcpy(p, "ms", 2) + 2;
	}
	if (us < 99950000) {
		p = fmt_tenths(p, (us + 50000) / 100000);
		*p++ = 's';
		return p;
	}
	if (s < 3600)
		return fmt_two(p, s / 60, 'm', s % 60);
	if (s < 360000)
		return fmt_two(p, s / 3600, 'h', s / 60 % 60);
	return fmt_two(p, s / 86400, 'd', s / 3600 % 24);
}

/* The unit (an index into " KMGTPE") in which v has at most three digits before the point, and
 * tenths of it. */
static unsigned
fmt_unit(uint64_t v, uint64_t *tenths)
{
	unsigned unit = 1;

	while (unit < 6 && v >= 1023898) { /* 999.9 of the next unit */
		v /= 1024;
		unit++;
	}
	*tenths = (v * 10 + 512) / 1024;
	return unit;
}

char *
fmt_size(char *p, uint64_t bytes)
{
	uint64_t tenths;

	if (bytes < 1000)
		return fmt_u64(p, bytes);
	unsigned unit = fmt_unit(bytes, &tenths);
	p = fmt_tenths(p, tenths);
	*p++ = " KMGTPE"[unit];
	return p;
}

char *
fmt_size_long(char *p, uint64_t bytes)
{
	uint64_t tenths;

	if (bytes < 1000) {
		p = fmt_u64(p, bytes);
		return (char *)memcpy(p, " B", 2) + 2;
	}
	unsigned unit = fmt_unit(bytes, &tenths);
	p = fmt_tenths(p, tenths);
	*p++ = ' ';
	*p++ = " KMGTPE"[unit];
	return (char *)memcpy(p, "iB", 2) + 2;
}

char *
fmt_right(char *start, char *p, size_t width)
{
	size_t n = (size_t)(p - start);

	if (n >= width)
		return p;
	memmove(start + width - n, start, n);
	memset(start, ' ', width - n);
	return start + width;
}

char *
fmt_left(char *start, char *p, size_t width)
{
	while ((size_t)(p - start) < width)
		*p++ = ' ';
	return p;
}

char *
fmt_time(struct fmt_clock *c, char *p, uint64_t wall_ns)
{
	int64_t second = (int64_t)(wall_ns / 1000000000u);

	if (c->second != second) {
		time_t t = (time_t)second;
		struct tm tm;

		localtime_r(&t, &tm);
		c->second = second;
		char *q = fmt_digits(c->text, (uint64_t)tm.tm_hour, 2);
		*q++ = ':';
		q = fmt_digits(q, (uint64_t)tm.tm_min, 2);
		*q++ = ':';
		fmt_digits(q, (uint64_t)tm.tm_sec, 2);
	}
	memcpy(p, c->text, sizeof c->text);
	return p + sizeof c->text;
}

char *
fmt_time_ms(struct fmt_clock *c, char *p, uint64_t wall_ns)
{
	p = fmt_time(c, p, wall_ns);
	*p++ = '.';
	return fmt_digits(p, wall_ns / 1000000u % 1000u, 3);
}
