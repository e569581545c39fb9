/* SPDX-License-Identifier: MIT
 * JA4 of a ClientHello, after FoxIO's "JA4: TLS Client Fingerprinting". */
#include <stdio.h>
#include <string.h>

#include "proto/tls_hello.h"
#include "tls/tls_internal.h"

enum {
	JA4_VALUES_MAX = 256, /* of a list; clients that exist have less than a hundred */
	JA4_TEXT_BYTES = 2 * JA4_VALUES_MAX * 5 + 1,
	JA4_COUNT_MAX = 99,
	JA4_HASH_BYTES = 6, /* shown of SHA-256 */
	EXT_SERVER_NAME = 0,
	EXT_ALPN = 16
};

static const char hex[] = "0123456789abcdef";

struct values {
	uint16_t at[JA4_VALUES_MAX];
	unsigned n;
	bool over; /* there were more */
};

static void
values_add(struct values *v, unsigned value)
{
	if (v->n < JA4_VALUES_MAX)
		v->at[v->n++] = (uint16_t)value;
	else
		v->over = true;
}

/* By insertion: the lists are short, and this is done for each connection. */
static void
values_sort(struct values *v)
{
	for (unsigned i = 1; i < v->n; i++) {
		uint16_t x = v->at[i];
		unsigned to = i;
		for (; to && v->at[to - 1] > x; to--)
			v->at[to] = v->at[to - 1];
		v->at[to] = x;
	}
}

/* "002f,0035,1301", without a NUL. */
static size_t
values_put(const struct values *v, char *out)
{
	size_t n = 0;

	for (unsigned i = 0; i < v->n; i++) {
		if (i)
			out[n++] = ',';
		for (int shift = 12; shift >= 0; shift -= 4)
			out[n++] = hex[v->at[i] >> shift & 15];
	}
	return n;
}

/* The first bytes of the SHA-256 in hex; zeros for a list of nothing. */
static void
put_hash(const struct tls *t, const char *text, size_t n, char *out)
{
	unsigned char d[EVP_MAX_MD_SIZE] = {0};

	if (n && EVP_Digest(text, n, d, NULL, t->sha256, NULL) != 1)
		memset(d, 0, sizeof d);
	tls_text_hex(out, d, JA4_HASH_BYTES);
}

static const char *
version_text(const struct tls_hello *h)
{
	unsigned best = 0;

	for (unsigned i = 0; i < h->nversions; i++)
		best = h->version[i] > best ? h->version[i] : best;
	switch (best) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	case 0x0002:
		return "s2";
	default:
		return "00";
	}
}

static bool
is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* First and last character of the first name; of its hex when one of them is neither letter nor digit. */
static void
put_alpn(const struct tls_hello *h, char *out)
{
	struct span s = h->nalpn ? h->alpn[0] : SPAN_LIT("0"); /* "00": none */
	unsigned char first = (unsigned char)s.p[0], last = (unsigned char)s.p[s.n - 1];
	bool plain = is_alnum(first) && is_alnum(last);

	out[0] = (char)(plain ? first : hex[first >> 4]);
	out[1] = (char)(plain ? last : hex[last & 15]);
	out[2] = '\0';
}

/* Of the list that is sorted and the one that follows it as it came, if there is one. */
static void
put_list(const struct tls *t, struct values *sorted, const struct values *then, char *out)
{
	char text[JA4_TEXT_BYTES];
	size_t n;

	values_sort(sorted);
	n = values_put(sorted, text);
	if (n && then->n) {
		text[n++] = '_';
		n += values_put(then, text + n);
	}
	put_hash(t, text, n, out);
}

static unsigned
count_of(unsigned n)
{
	return n < JA4_COUNT_MAX ? n : JA4_COUNT_MAX;
}

void
tls_ja4(const struct tls *t, const struct tls_hello *h, char out[TLS_JA4_BYTES])
{
	struct values suites = {.n = 0}, extensions = {.n = 0}, algorithms = {.n = 0}, none = {.n = 0};
	char of_suites[2 * JA4_HASH_BYTES + 1], of_extensions[2 * JA4_HASH_BYTES + 1], alpn[3];
	unsigned v, nextensions = 0;

	for (size_t at = 0; tls_hello_next(h->suites, &at, &v);)
		values_add(&suites, v);
	for (size_t at = 0; tls_hello_next(h->signature_algorithms, &at, &v);)
		values_add(&algorithms, v);
	for (size_t at = 0; tls_hello_next_extension(h->extensions, &at, &v); nextensions++)
		if (v != EXT_SERVER_NAME && v != EXT_ALPN)
			values_add(&extensions, v);
	out[0] = '\0';
	if (suites.over || extensions.over || algorithms.over)
		return;
	put_alpn(h, alpn);
	put_list(t, &suites, &none, of_suites);
	put_list(t, &extensions, &algorithms, of_extensions);
	snprintf(out, TLS_JA4_BYTES, "t%s%c%02u%02u%s_%s_%s", version_text(h), h->sni_present ? 'd' : 'i', count_of(suites.n),
	    count_of(nextensions), alpn, of_suites, of_extensions);
}
