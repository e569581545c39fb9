/* SPDX-License-Identifier: MIT
 * JA4 of ClientHellos, against published fingerprints. */
#include <string.h>

#include "base/buf.h"
#include "proto/tls_hello.h"
#include "tls_fixture.h"

static struct tls *tls;
static char body[TLS_HELLO_MAX_BYTES];

static int
open_all(void **state)
{
	(void)state;
	tls = fix_tls(fix_dir(), NULL, true);
	return 0;
}

static int
close_all(void **state)
{
	(void)state;
	tls_free(tls);
	fix_dirs_remove();
	return 0;
}

static void
put(struct buf *b, unsigned v, unsigned nbytes)
{
	for (unsigned i = nbytes; i-- > 0;) {
		char c = (char)(v >> (8 * i));
		buf_add(b, &c, 1);
	}
}

/* Ends with 0. */
static void
put_values(struct buf *b, const unsigned *v)
{
	unsigned n = 0;

	while (v[n])
		n++;
	put(b, 2 * n, 2);
	for (unsigned i = 0; i < n; i++)
		put(b, v[i], 2);
}

struct client {
	const unsigned *suites, *extensions, *algorithms, *groups, *versions; /* each ends with 0; the extension 0 is SNI */
	bool sni;
	struct span alpn; /* the first */
	unsigned legacy;  /* 0: 1.2 */
};

static void
put_extension(struct buf *b, unsigned type, const struct client *c)
{
	struct buf x;

	buf_init(&x, 1 << 16);
	if (type == 10 && c->groups) {
		put_values(&x, c->groups);
	} else if (type == 13) {
		put_values(&x, c->algorithms);
	} else if (type == 16) {
		put(&x, (unsigned)c->alpn.n + 1, 2);
		put(&x, (unsigned)c->alpn.n, 1);
		buf_add_span(&x, c->alpn);
	} else if (type == 43) {
		put_values(&x, c->versions);
		memmove(x.p, x.p + 1, --x.n); /* the length is one byte */
	}
	put(b, type, 2);
	put(b, (unsigned)x.n, 2);
	buf_add_span(b, buf_span(&x));
	buf_fini(&x);
}

static void
hello_of(const struct client *c, struct tls_hello *h)
{
	struct buf e, m;
	const char *why;

	buf_init(&e, 1 << 16);
	buf_init(&m, 1 << 16);
	if (c->sni)
		buf_add(&e, "\0\0\0\6\0\4\0\0\1a", 10);
	for (const unsigned *x = c->extensions; x && *x; x++)
		put_extension(&e, *x, c);
	put(&m, c->legacy ? c->legacy : 0x0303, 2);
	for (int i = 0; i < 8; i++)
		put(&m, 0x12345678, 4);
	put(&m, 0, 1);
	put_values(&m, c->suites);
	put(&m, 0x0100, 2);
	if (c->extensions || c->sni) {
		put(&m, (unsigned)e.n, 2);
		buf_add_span(&m, buf_span(&e));
	}
	buf_clear(&e);
	put(&e, 0x160301, 3);
	put(&e, (unsigned)m.n + 4, 2);
	put(&e, 1, 1);
	put(&e, (unsigned)m.n, 3);
	buf_add_span(&e, buf_span(&m));
	long n = tls_hello_parse(e.p, e.n, body, h, &why);
	if (n != (long)e.n)
		fail_msg("%ld %s", n, why);
	buf_fini(&e);
	buf_fini(&m);
}

static void
check(const struct client *c, const char *want)
{
	char got[TLS_JA4_BYTES];
	struct tls_hello h;

	hello_of(c, &h);
	tls_ja4(tls, &h, got);
	if (strcmp(got, want))
		fail_msg("%s, not %s", got, want);
}

#define LIST(...) (const unsigned[]){__VA_ARGS__, 0}
#define CHROME_SUITES                                                                              \
	0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035
#define CHROME_ALGORITHMS 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601

static void
published_fingerprints(void **state)
{
	/* The example of the specification. */
	const struct client chrome = {.suites = LIST(CHROME_SUITES),
	    .extensions = LIST(0x001b, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b,
		0x000a, 0x0015),
	    .algorithms = LIST(CHROME_ALGORITHMS),
	    .versions = LIST(0x0304, 0x0303),
	    .sni = true,
	    .alpn = SPAN_LIT("h2")};
	/* The same with GREASE everywhere and the extensions in another order. */
	const struct client greased = {.suites = LIST(0x3a3a, CHROME_SUITES),
	    .extensions = LIST(0x1a1a, 0x000a, 0xff01, 0x002b, 0x0012, 0x0023, 0x0005, 0x000d, 0x002d, 0x0017, 0x4469, 0x0010, 0x0033,
		0x001b, 0x000b, 0x0015, 0xfafa),
	    .algorithms = LIST(0x2a2a, CHROME_ALGORITHMS),
	    .groups = LIST(0x4a4a, 0x001d),
	    .versions = LIST(0xeaea, 0x0304, 0x0303),
	    .sni = true,
	    .alpn = SPAN_LIT("h2")};
	const struct client go = {
	    .suites = LIST(0x00ff, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9),
	    .extensions = LIST(0x0005, 0x000a, 0x000b, 0x000d, 0x0010, 0x0017, 0x0023, 0x002b, 0x002d, 0x0033),
	    .algorithms = LIST(0x0503, 0x0403, 0x0807, 0x0806, 0x0805, 0x0804, 0x0601, 0x0501, 0x0401),
	    .versions = LIST(0x0304, 0x0303),
	    .sni = true,
	    .alpn = SPAN_LIT("h2")};

	(void)state;
	check(&chrome, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	check(&greased, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	check(&go, "t13d1011h2_61a7ad8aa9b6_3fcd1a44f3e3");
}

static void
little_is_known(void **state)
{
	struct client c = {.suites = LIST(CHROME_SUITES)};

	(void)state;
	check(&c, "t12i150000_8daaf6152771_000000000000");
	c.legacy = 0x0301;
	check(&c, "t10i150000_8daaf6152771_000000000000");
	c.legacy = 0x0300;
	check(&c, "ts3i150000_8daaf6152771_000000000000");
	c.suites = LIST(0x0a0a);
	check(&c, "ts3i000000_000000000000_000000000000");
	/* Without signature algorithms nothing stands behind the extensions: the SHA-256 of "0017". */
	c.extensions = LIST(0x0017);
	check(&c, "ts3i000100_000000000000_1ca028f07214");
}

static void
first_protocol(void **state)
{
	static const struct {
		struct span alpn;
		const char *want;
	} cases[] = {{SPAN_LIT("http/1.1"), "h1"}, {SPAN_LIT("h"), "hh"}, {SPAN_LIT("\xab"), "ab"}, {SPAN_LIT("\xab\xcd"), "ad"},
	    {SPAN_LIT("0\xab"), "3b"}, {SPAN_LIT("01\xab\xcd"), "3d"}, {SPAN_LIT("0\xab\xcd" "1"), "01"}, {SPAN_LIT("h2!"), "61"}};
	struct client c = {.suites = LIST(CHROME_SUITES), .extensions = LIST(0x0010)};
	char want[TLS_JA4_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		c.alpn = cases[i].alpn;
		snprintf(want, sizeof want, "t12i1501%s_8daaf6152771_000000000000", cases[i].want);
		check(&c, want);
	}
}

static void
lists_of_every_length(void **state)
{
	static unsigned many[258];
	struct client c = {.suites = many};
	struct tls_hello h;
	char got[TLS_JA4_BYTES];

	(void)state;
	for (unsigned i = 0; i < 257; i++)
		many[i] = 0x1100 + i;
	hello_of(&c, &h);
	tls_ja4(tls, &h, got);
	assert_string_equal(got, "");
	many[256] = 0;
	hello_of(&c, &h);
	tls_ja4(tls, &h, got);
	assert_memory_equal(got, "t12i990000_", 11);
}

static void
groups_by_name(void **state)
{
	struct client c = {.suites = LIST(0x1301),
	    .extensions = LIST(0x000a),
	    .groups = LIST(0x8a8a, 0x11ec, 0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x0100, 0x6399, 0x7777)};
	struct tls_hello h;
	char text[128], little[32];

	(void)state;
	hello_of(&c, &h);
	tls_groups_text(&h, text, sizeof text);
	assert_string_equal(text, "X25519MLKEM768 X25519 P-256 P-384 P-521 X448 ffdhe2048 X25519Kyber768Draft00 0x7777");
	tls_groups_text(&h, little, sizeof little);
	assert_string_equal(little, "X25519MLKEM768 X25519 +7");
	/* What is malformed is left to who negotiates. */
	c.groups = NULL;
	hello_of(&c, &h);
	tls_groups_text(&h, text, sizeof text);
	assert_string_equal(text, "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_fingerprints),
	    cmocka_unit_test(little_is_known),
	    cmocka_unit_test(first_protocol),
	    cmocka_unit_test(lists_of_every_length),
	    cmocka_unit_test(groups_by_name),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
