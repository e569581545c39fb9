/* SPDX-License-Identifier: MIT
 * ClientHellos of every size and split, and malformed ones. The hellos are built here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/tls_hello.h"
#include "tests/support/feed.h"

#define IN(s) {(s), sizeof(s) - 1}

static void
put_number(struct buf *b, unsigned v, unsigned nbytes)
{
	for (unsigned i = nbytes; i-- > 0;) {
		char c = (char)(v >> (8 * i));
		buf_add(b, &c, 1);
	}
}

static void
put_vector(struct buf *b, struct span s, unsigned nbytes)
{
	put_number(b, (unsigned)s.n, nbytes);
	buf_add_span(b, s);
}

static void
put_extension(struct buf *b, unsigned type, struct span data)
{
	put_number(b, type, 2);
	put_vector(b, data, 2);
}

static void
put_server_name(struct buf *b, struct span name)
{
	struct buf list, data;

	buf_init(&list, 1 << 16);
	buf_init(&data, 1 << 16);
	put_number(&list, 0, 1);
	put_vector(&list, name, 2);
	put_vector(&data, buf_span(&list), 2);
	put_extension(b, 0, buf_span(&data));
	buf_fini(&list);
	buf_fini(&data);
}

/* A padding extension (RFC 7685) of n bytes in all, n >= 4. */
static void
put_padding(struct buf *b, size_t n)
{
	put_number(b, 21, 2);
	put_number(b, (unsigned)(n - 4), 2);
	for (size_t i = 4; i < n; i++)
		put_number(b, 0, 1);
}

#define SUITES "\x1a\x1a\x13\x01\x13\x02\xc0\x2f"
#define ECDSA_SUITES "\x13\x01\xc0\x2b"

/* The handshake message round the extensions; NULL: without the extension block. */
static void
put_hello(struct buf *b, struct span suites, const struct buf *extensions)
{
	struct buf m;

	buf_init(&m, 1 << 18);
	buf_add_str(&m, "\x03\x03");
	buf_add_str(&m, "0123456789abcdef0123456789abcdef");
	put_vector(&m, SPAN_LIT("session!session!session!session!"), 1);
	put_vector(&m, suites, 2);
	put_vector(&m, span_of("", 1), 1);
	if (extensions)
		put_vector(&m, buf_span(extensions), 2);
	put_number(b, 1, 1);
	put_vector(b, buf_span(&m), 3);
	buf_fini(&m);
}

/* Cuts a message into records of at most per_record bytes. */
static void
put_records(struct buf *b, struct span message, size_t per_record)
{
	for (size_t at = 0; at < message.n; at += per_record) {
		size_t n = message.n - at < per_record ? message.n - at : per_record;
		buf_add_str(b, "\x16\x03\x01");
		put_vector(b, span_of(message.p + at, n), 2);
	}
}

struct run {
	long rc;
	const char *why;
	struct tls_hello hello;
	char body[TLS_HELLO_MAX_BYTES];
	struct tls_hello first_hello;
	char first_body[TLS_HELLO_MAX_BYTES];
	bool have_first;
	long first_rc;
	const char *first_why;
};

static struct run run;

static void
run_start(void *ctx)
{
	struct run *r = ctx;

	r->rc = 0;
	r->why = NULL;
	memset(&r->hello, 0xa5, sizeof r->hello);
}

static bool
run_more(void *ctx, const char *p, size_t n)
{
	struct run *r = ctx;

	r->rc = tls_hello_parse(p, n, r->body, &r->hello, &r->why);
	assert_true((r->rc < 0) == (r->why != NULL));
	return r->rc == 0;
}

static void
check_spans(const struct run *r)
{
	for (unsigned i = 0; i < r->hello.nalpn; i++) {
		assert_true(r->hello.alpn[i].p >= r->body && r->hello.alpn[i].n > 0);
		assert_true(r->hello.alpn[i].p + r->hello.alpn[i].n <= r->body + sizeof r->body);
	}
}

static void
run_finish(void *ctx, const char *way)
{
	struct run *r = ctx;

	if (r->rc > 0)
		check_spans(r);
	if (!r->have_first) {
		r->have_first = true;
		r->first_rc = r->rc;
		r->first_why = r->why;
		r->first_hello = r->hello;
		return;
	}
	if (r->rc != r->first_rc || r->why != r->first_why)
		fail_msg("%s: %ld %s, but whole: %ld %s", way, r->rc, r->why, r->first_rc,
		    r->first_why);
	if (r->rc > 0)
		assert_memory_equal(&r->hello, &r->first_hello, sizeof r->hello);
}

static long
parse(struct span in)
{
	static const struct feed_parser parser = {run_start, run_more, run_finish};

	run.have_first = false;
	feed_every_way(in, &parser, &run);
	return run.first_rc;
}

/* Parses a hello with these extensions, in one record. */
static long
parse_extensions(struct span suites, const struct buf *extensions)
{
	struct buf message, records;

	buf_init(&message, 1 << 18);
	buf_init(&records, 1 << 18);
	put_hello(&message, suites, extensions);
	put_records(&records, buf_span(&message), 16384);
	long rc = parse(buf_span(&records));
	if (rc > 0)
		assert_int_equal(rc, records.n);
	buf_fini(&message);
	buf_fini(&records);
	return rc;
}

static void
put_usual(struct buf *b)
{
	put_extension(b, 0x2a2a, SPAN_NONE);
	put_server_name(b, SPAN_LIT("www.a_b.test"));
	put_extension(b, 13, SPAN_LIT("\0\4\x08\x04\x04\x03"));
	put_extension(b, 16, SPAN_LIT("\0\x0c\x02h2\x08http/1.1"));
	put_extension(b, 35, SPAN_LIT(""));
	put_extension(b, 43, SPAN_LIT("\6\x3a\x3a\3\4\3\3"));
	put_extension(b, 0x4a4a, SPAN_LIT("\0"));
}

static void
check_usual(void)
{
	const struct tls_hello *h = &run.hello;

	assert_string_equal(h->sni, "www.a_b.test");
	assert_true(h->sni_valid && h->sni_present && h->ecdsa_ok);
	assert_false(h->has_ticket || h->has_early_data || h->has_ech);
	assert_int_equal(h->nalpn, 2);
	assert_true(span_eq(h->alpn[0], SPAN_LIT("h2")));
	assert_true(span_eq(h->alpn[1], SPAN_LIT("http/1.1")));
	assert_int_equal(h->legacy_version, 0x0303);
	assert_int_equal(h->nversions, 2);
	assert_int_equal(h->version[0], 0x0304);
	assert_int_equal(h->version[1], 0x0303);
	assert_int_equal(h->nciphers, 3);
}

static void
check_sized(size_t size, size_t per_record)
{
	struct buf e, message, records;

	buf_init(&e, 1 << 18);
	buf_init(&message, 1 << 18);
	buf_init(&records, 1 << 18);
	put_usual(&e);
	put_hello(&message, SPAN_LIT(SUITES), &e);
	put_padding(&e, size - message.n);
	buf_clear(&message);
	put_hello(&message, SPAN_LIT(SUITES), &e);
	assert_int_equal(message.n, size);
	put_records(&records, buf_span(&message), per_record);
	size_t n = records.n;
	buf_add_str(&records, "what the client sends next");
	if (parse(buf_span(&records)) != (long)n)
		fail_msg("%zu in %zu: %ld %s", size, per_record, run.first_rc, run.first_why);
	check_usual();
	buf_fini(&e);
	buf_fini(&message);
	buf_fini(&records);
}

static void
test_sizes_and_record_splits(void **state)
{
	static const size_t sizes[] = {512, 1200, 4000, 16384, 16600, 40000};
	static const size_t per_record[] = {1, 3, 7, 100, 1400, 16384};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t k = 0; k < sizeof per_record / sizeof *per_record; k++)
			if (sizes[i] / per_record[k] < 1300) /* no others fit */
				check_sized(sizes[i], per_record[k]);
	check_sized(TLS_HELLO_MAX_BYTES - 5 * 4, 16384);
}

static void
test_limits(void **state)
{
	struct buf e, message, records;

	(void)state;
	buf_init(&e, 1 << 18);
	buf_init(&message, 1 << 18);
	buf_init(&records, 1 << 18);
	/* One byte more than fits with the headers of its records. */
	put_hello(&message, SPAN_LIT(SUITES), &e);
	put_padding(&e, TLS_HELLO_MAX_BYTES - 5 * 4 + 1 - message.n);
	buf_clear(&message);
	put_hello(&message, SPAN_LIT(SUITES), &e);
	assert_int_equal(message.n, TLS_HELLO_MAX_BYTES - 5 * 4 + 1);
	put_records(&records, buf_span(&message), 16384);
	assert_int_equal(parse(buf_span(&records)), ERR_LIMIT);
	/* A length that says so at once. */
	assert_int_equal(parse(SPAN_LIT("\x16\x03\x01\0\4\1\0\xff\xf8")), ERR_LIMIT);
	assert_int_equal(parse(SPAN_LIT("\x16\x03\x01\0\4\1\xff\xff\xff")), ERR_LIMIT);
	assert_int_equal(parse(SPAN_LIT("\x16\x03\x01\0\4\1\0\xff\xf7")), 0);
	buf_fini(&e);
	buf_fini(&message);
	buf_fini(&records);
}

static void
test_no_extensions(void **state)
{
	struct buf e;

	(void)state;
	buf_init(&e, 100);
	for (int with_block = 0; with_block < 2; with_block++) {
		assert_true(parse_extensions(SPAN_LIT(SUITES), with_block ? &e : NULL) > 0);
		assert_false(run.hello.sni_present || run.hello.sni_valid || run.hello.ecdsa_ok);
		assert_string_equal(run.hello.sni, "");
		assert_int_equal(run.hello.nversions, 1);
		assert_int_equal(run.hello.version[0], 0x0303);
		assert_int_equal(run.hello.nalpn, 0);
	}
	assert_true(parse_extensions(SPAN_LIT(ECDSA_SUITES), NULL) > 0);
	assert_true(run.hello.ecdsa_ok);
	assert_true(parse_extensions(SPAN_LIT("\xcc\xa9"), NULL) > 0);
	assert_true(run.hello.ecdsa_ok);
	buf_fini(&e);
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_names(void **state)
{
	static const struct {
		struct span name;
		bool valid;
	} cases[] = {
	    {IN("a.test"), true},
	    {IN("A.TEST"), true},
	    {IN("_dmarc.xn--nxasmq6b"), true},
	    {IN(A63 "." A63 "." A63 "." A63), true},
	    {IN(A63 "." A63 "." A63 "." A63 "a"), false},
	    {IN(A63 "." A63 "." A63 ".a." A63), false},
	    {IN("127.0.0.1"), false},
	    {IN("127.1"), false},
	    {IN("::1"), false},
	    {IN("[::1]"), false},
	    {IN("a.test\0.b.test"), false},
	    {IN("\0"), false},
	    {IN("a.test."), false},
	    {IN("a..test"), false},
	    {IN("*.test"), false},
	    {IN("a b"), false},
	    {IN("a.test:443"), false},
	    {IN("\xc3\xa4.test"), false},
	    {IN(""), false},
	};
	struct buf e;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_init(&e, 1 << 16);
		put_server_name(&e, cases[i].name);
		assert_true(parse_extensions(SPAN_LIT(SUITES), &e) > 0);
		assert_true(run.hello.sni_present);
		if (run.hello.sni_valid != cases[i].valid)
			fail_msg("%s: %d", cases[i].name.p, run.hello.sni_valid);
		assert_string_equal(run.hello.sni, cases[i].valid ? cases[i].name.p : "");
		buf_fini(&e);
	}
}

struct extension_case {
	unsigned type;
	struct span data;
	bool good;
};

static const struct extension_case extension_cases[] = {
    {0, IN(""), false},                      /* no list */
    {0, IN("\0\0"), false},                  /* an empty list */
    {0, IN("\0"), false},
    {0, IN("\0\1\0"), false},                /* a name without length */
    {0, IN("\0\5\0\0\3ab"), false},          /* a name cut short */
    {0, IN("\0\4\0\0\1ab"), false},          /* a byte after the names */
    {0, IN("\0\4\0\0\1a"), true},
    {0, IN("\0\4\7\0\1a"), true},            /* another type of name */
    {0, IN("\0\x08\7\0\1a\0\0\1b"), true},
    {0, IN("\0\x08\0\0\1a\0\0\1b"), false},  /* two names */
    {13, IN(""), false},
    {13, IN("\0\0"), false},
    {13, IN("\0\2\4\1"), true},
    {13, IN("\0\3\4\1\4"), false},
    {13, IN("\0\4\4\1"), false},
    {13, IN("\0\2\4\1\4"), false},
    {16, IN(""), false},
    {16, IN("\0\0"), false},
    {16, IN("\0\1\0"), false},               /* an empty name */
    {16, IN("\0\3\2h2"), true},
    {16, IN("\0\3\3h2"), false},
    {16, IN("\0\4\2h2"), false},
    {43, IN(""), false},
    {43, IN("\0"), false},
    {43, IN("\2\3\4"), true},
    {43, IN("\3\3\4\3"), false},
    {43, IN("\4\3\4"), false},
    {43, IN("\2\3\4\3"), false},
    {35, IN(""), true},
    {41, IN("anything"), true},
    {42, IN(""), true},
    {0xfe0d, IN("anything"), true},
    {0xabcd, IN("anything"), true},
};

static void
test_extensions(void **state)
{
	struct buf e;

	(void)state;
	for (size_t i = 0; i < sizeof extension_cases / sizeof *extension_cases; i++) {
		const struct extension_case *c = &extension_cases[i];
		buf_init(&e, 1 << 16);
		put_extension(&e, c->type, c->data);
		long rc = parse_extensions(SPAN_LIT(SUITES), &e);
		if ((rc > 0) != c->good || (!c->good && rc != ERR_SYNTAX))
			fail_msg("extension case %zu: %ld %s", i, rc, run.first_why);
		buf_fini(&e);
	}
}

static void
test_repeated_extensions(void **state)
{
	static const struct {
		unsigned type;
		struct span data;
		bool refused;
	} cases[] = {{0, IN("\0\4\0\0\1a"), true}, {13, IN("\0\2\4\1"), true},
	    {16, IN("\0\3\2h2"), true}, {35, IN(""), true}, {41, IN("x"), true}, {42, IN(""), true},
	    {43, IN("\2\3\4"), true}, {0xfe0d, IN("x"), true}, {0xabcd, IN(""), false}};
	struct buf e;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_init(&e, 1 << 16);
		put_extension(&e, cases[i].type, cases[i].data);
		put_extension(&e, cases[i].type, cases[i].data);
		assert_int_equal(parse_extensions(SPAN_LIT(SUITES), &e) < 0, cases[i].refused);
		buf_fini(&e);
	}
}

static void
test_flags(void **state)
{
	struct buf e;

	(void)state;
	buf_init(&e, 1 << 16);
	put_extension(&e, 35, SPAN_LIT("ticket"));
	put_extension(&e, 42, SPAN_LIT(""));
	put_extension(&e, 0xfe0d, SPAN_LIT("\0"));
	put_extension(&e, 13, SPAN_LIT("\0\2\4\1"));
	assert_true(parse_extensions(SPAN_LIT(ECDSA_SUITES), &e) > 0);
	assert_true(run.hello.has_ticket && run.hello.has_early_data && run.hello.has_ech);
	assert_false(run.hello.ecdsa_ok); /* the extension says no, whatever the suites */
	buf_clear(&e);
	put_extension(&e, 41, SPAN_LIT("psk"));
	assert_true(parse_extensions(SPAN_LIT(SUITES), &e) > 0);
	assert_true(run.hello.has_ticket);
	buf_fini(&e);
}

static void
test_more_values_than_are_kept(void **state)
{
	struct buf e, list, data;

	(void)state;
	buf_init(&e, 1 << 16);
	buf_init(&list, 1 << 16);
	buf_init(&data, 1 << 16);
	for (unsigned i = 0; i < 40; i++)
		put_vector(&list, SPAN_LIT("ab"), 1);
	put_vector(&data, buf_span(&list), 2);
	put_extension(&e, 16, buf_span(&data));
	buf_clear(&list);
	buf_clear(&data);
	for (unsigned i = 0; i < 40; i++)
		put_number(&list, 0x0300 + i, 2);
	put_vector(&data, buf_span(&list), 1);
	put_extension(&e, 43, buf_span(&data));
	assert_true(parse_extensions(SPAN_LIT(SUITES), &e) > 0);
	assert_int_equal(run.hello.nalpn, TLS_HELLO_ALPN_MAX);
	assert_int_equal(run.hello.nversions, TLS_HELLO_VERSIONS_MAX);
	assert_int_equal(run.hello.version[15], 0x030f);
	buf_fini(&e);
	buf_fini(&list);
	buf_fini(&data);
}

/* Every message that ends too early inside its right outer lengths is malformed. */
static void
test_every_truncation(void **state)
{
	struct buf e, whole, cut, records;
	const size_t without_extensions = 4 + 2 + 32 + 33 + 2 + 8 + 2;

	(void)state;
	buf_init(&e, 1 << 16);
	buf_init(&whole, 1 << 16);
	put_usual(&e);
	put_hello(&whole, SPAN_LIT(SUITES), &e);
	for (size_t n = 4; n < whole.n; n++) {
		buf_init(&cut, 1 << 16);
		buf_init(&records, 1 << 16);
		put_number(&cut, 1, 1);
		put_vector(&cut, span_of(whole.p + 4, n - 4), 3);
		put_records(&records, buf_span(&cut), 16384);
		long rc = parse(buf_span(&records));
		if (n == without_extensions ? rc <= 0 : rc != ERR_SYNTAX)
			fail_msg("cut to %zu: %ld", n, rc);
		buf_fini(&cut);
		buf_fini(&records);
	}
	buf_fini(&e);
	buf_fini(&whole);
}

static void
test_bytes_after_the_extensions(void **state)
{
	struct buf message, records;

	(void)state;
	buf_init(&message, 1 << 16);
	buf_init(&records, 1 << 16);
	put_hello(&message, SPAN_LIT(SUITES), NULL);
	buf_add_str(&message, "x");
	message.p[3]++;
	put_records(&records, buf_span(&message), 16384);
	assert_int_equal(parse(buf_span(&records)), ERR_SYNTAX);
	buf_fini(&message);
	buf_fini(&records);
}

static void
test_broken_heads(void **state)
{
	struct buf e, message;

	(void)state;
	buf_init(&e, 1 << 16);
	assert_int_equal(parse_extensions(SPAN_NONE, &e), ERR_SYNTAX);       /* no suites */
	assert_int_equal(parse_extensions(SPAN_LIT("abc"), &e), ERR_SYNTAX); /* half a suite */
	buf_init(&message, 1 << 16);
	buf_add(&message, "\1\0\0\x4c", 4);
	buf_add_str(&message, "\3\3" "0123456789abcdef0123456789abcdef");
	put_vector(&message, SPAN_LIT("session!session!session!session!!"), 1); /* 33 bytes */
	put_vector(&message, SPAN_LIT("\x13\x01"), 2);
	put_vector(&message, span_of("", 1), 1);
	message.p[3] = (char)(message.n - 4);
	buf_clear(&e);
	put_records(&e, buf_span(&message), 16384);
	assert_int_equal(parse(buf_span(&e)), ERR_SYNTAX);
	buf_fini(&message);
	buf_fini(&e);
}

static void
test_records(void **state)
{
	static const struct {
		struct span in;
		long rc;
	} cases[] = {
	    {IN(""), 0},
	    {IN("\x16\x03\x01"), 0},
	    {IN("GET / HTTP/1.1"), ERR_SYNTAX},
	    {IN("\x17\x03\x01\0\1\1"), ERR_SYNTAX},
	    {IN("\x16\x02\x01\0\1\1"), ERR_SYNTAX},
	    {IN("\x16\x03\x01\0\0\1"), ERR_SYNTAX},          /* an empty record */
	    {IN("\x16\x03\x01\x41\1\1"), ERR_SYNTAX},        /* a record too long */
	    {IN("\x16\x03\x01\0\1\2"), ERR_SYNTAX},          /* a ServerHello */
	    {IN("\x16\x03\x01\0\1\1\x15\x03\x01\0\2\1\1"), ERR_SYNTAX}, /* an alert in between */
	    {IN("\x16\x03\x01\0\1\1\x16\x03\x01\0\0"), ERR_SYNTAX},
	    {IN("\x16\x03\x01\0\6\1\0\0\1"), ERR_SYNTAX},    /* something after the hello */
	    {IN("\x16\x03\x01\0\4\1\0\0\0"), ERR_SYNTAX},    /* an empty hello */
	    {IN("\x16\x03\x01\0\1\1\x16\x03\x01\0\1"), 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (parse(cases[i].in) != cases[i].rc)
			fail_msg("record case %zu: %ld %s", i, run.first_rc, run.first_why);
}

static void
test_sniff(void **state)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01";

	(void)state;
	for (size_t n = 0; n < 6; n++)
		assert_int_equal(tls_hello_sniff(hello, n), 0);
	assert_int_equal(tls_hello_sniff(hello, 6), 1);
	assert_int_equal(tls_hello_sniff("G", 1), ERR_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sizes_and_record_splits),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_no_extensions),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_extensions),
	    cmocka_unit_test(test_repeated_extensions),
	    cmocka_unit_test(test_flags),
	    cmocka_unit_test(test_more_values_than_are_kept),
	    cmocka_unit_test(test_every_truncation),
	    cmocka_unit_test(test_bytes_after_the_extensions),
	    cmocka_unit_test(test_broken_heads),
	    cmocka_unit_test(test_records),
	    cmocka_unit_test(test_sniff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
