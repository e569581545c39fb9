/* SPDX-License-Identifier: MIT
 * ClientHellos as records, and again as a message cut into small records: same verdict, spans
 * inside the body, a server name that is one. */
#include "tests/fuzz/fuzz.h"

#include "base/buf.h"
#include "proto/tls_hello.h"

static char body[TLS_HELLO_MAX_BYTES], other_body[TLS_HELLO_MAX_BYTES];

/* Every list is read to its end, without GREASE. */
static void
check_lists(const struct tls_hello *h)
{
	const struct span lists[] = {h->suites, h->groups, h->signature_algorithms};
	unsigned v, n;

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		FUZZ_ASSERT(!lists[i].n || fuzz_inside(lists[i], body, sizeof body));
		n = 0;
		for (size_t at = 0; tls_hello_next(lists[i], &at, &v); n++)
			FUZZ_ASSERT(v < 0x10000 && !tls_hello_is_grease(v) && at <= lists[i].n);
		FUZZ_ASSERT(i > 0 || n == h->nciphers);
	}
	FUZZ_ASSERT(!h->extensions.n || fuzz_inside(h->extensions, body, sizeof body));
	for (size_t at = 0; tls_hello_next_extension(h->extensions, &at, &v);)
		FUZZ_ASSERT(!tls_hello_is_grease(v) && at <= h->extensions.n);
}

static void
check_hello(const struct tls_hello *h)
{
	FUZZ_ASSERT(h->nalpn <= TLS_HELLO_ALPN_MAX && h->nversions <= TLS_HELLO_VERSIONS_MAX);
	FUZZ_ASSERT(memchr(h->sni, '\0', sizeof h->sni) && h->sni_valid == (h->sni[0] != '\0'));
	FUZZ_ASSERT(!h->sni_valid || h->sni_present);
	for (unsigned i = 0; i < h->nalpn; i++)
		FUZZ_ASSERT(h->alpn[i].n > 0 && fuzz_inside(h->alpn[i], body, sizeof body));
}

static void
check_split(const char *p, size_t n, size_t cut, long rc, const char *why)
{
	static struct tls_hello h;
	const char *why2;
	long r = tls_hello_parse(p, cut, other_body, &h, &why2);

	if (r == 0)
		r = tls_hello_parse(p, n, other_body, &h, &why2);
	FUZZ_ASSERT(r == rc && why2 == why);
}

/* The same message, its records cut small: 1 + n % 64 bytes each. */
static void
check_small_records(size_t n, const struct tls_hello *hello)
{
	size_t need = 4 + ((size_t)(unsigned char)body[1] << 16 |
			      (size_t)(unsigned char)body[2] << 8 | (unsigned char)body[3]);
	size_t each = 1 + n % 64;
	static struct tls_hello h;
	const char *why;
	struct buf b;

	buf_init(&b, 1 << 19);
	for (size_t at = 0; at < need; at += each) {
		size_t len = need - at < each ? need - at : each;
		const char header[] = {0x16, 3, 1, 0, (char)len};
		buf_add(&b, header, sizeof header);
		buf_add(&b, body + at, len);
	}
	long rc = tls_hello_parse(b.p, b.n, other_body, &h, &why);
	FUZZ_ASSERT(b.n > TLS_HELLO_MAX_BYTES ? rc < 0 : rc == (long)b.n);
	if (rc > 0) {
		FUZZ_ASSERT(strcmp(h.sni, hello->sni) == 0 && h.nalpn == hello->nalpn);
		FUZZ_ASSERT(h.nversions == hello->nversions && h.nciphers == hello->nciphers);
	}
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tls_hello hello;
	const char *p = (const char *)data, *why;
	long rc = tls_hello_parse(p, size, body, &hello, &why);

	FUZZ_ASSERT(rc <= (long)size && (rc < 0) == (why != NULL));
	check_split(p, size, fuzz_cut(data, size), rc, why);
	if (rc > 0) {
		check_hello(&hello);
		check_lists(&hello);
		check_small_records(size, &hello);
	}
	return 0;
}
