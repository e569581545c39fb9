/* SPDX-License-Identifier: MIT
 * Tests of forged leaves: every kind of server certificate gives a leaf that strict verification
 * and browsers accept (S000-06..12, threats T25-T27, pitfall P10). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tls_fixture.h"

enum { SERIALS = 10000, DAY_SECONDS = 86400 };

static struct tls *tls;

static int
open_tls(void **state)
{
	(void)state;
	tls = fix_tls(fix_dir(), NULL, false);
	return 0;
}

static int
close_tls(void **state)
{
	(void)state;
	tls_free(tls);
	fix_dirs_remove();
	return 0;
}

static struct tls_leaf *
forge(const X509 *server, const char *host, const char *sni)
{
	struct errmsg why = {""};
	struct tls_leaf *l = tls_leaf_forge(tls, server, host, sni, TLS_KEY_EC, &why);

	if (!l)
		print_message("%s\n", why.text);
	assert_non_null(l);
	return l;
}

/* A decoded copy: what a client sees, not what this process remembers. */
static X509 *
seen_by_client(const struct tls_leaf *l)
{
	unsigned char *der = NULL;
	int n = i2d_X509(l->cert, &der);
	const unsigned char *p = der;
	X509 *x = d2i_X509(NULL, &p, n);

	assert_non_null(x);
	assert_true(n < 16384);
	OPENSSL_free(der);
	return x;
}

static void
assert_verifies(X509 *x, const char *host)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	X509_STORE_add_cert(store, tls->ca.cert);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, x, NULL), 1);
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
	X509_STORE_CTX_set_default(ctx, "ssl_server");
	X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
	X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (X509_VERIFY_PARAM_set1_ip_asc(p, host) != 1)
		X509_VERIFY_PARAM_set1_host(p, host, 0);
	if (X509_verify_cert(ctx) != 1)
		fail_msg(
		    "%s: %s", host, X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
}

/* What browsers ask beyond X.509: names, key, digest, life. */
static void
assert_browser_policy(X509 *x)
{
	time_t from = tls_time_of(X509_get0_notBefore(x)), to = tls_time_of(X509_get0_notAfter(x));
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);

	assert_int_equal(X509_get_version(x), X509_VERSION_3);
	assert_true(to - from <= 398 * (time_t)DAY_SECONDS && from < tls_now() - DAY_SECONDS &&
		    to > tls_now());
	assert_int_equal(X509_get_extended_key_usage(x), XKU_SSL_SERVER);
	assert_int_equal(X509_check_ca(x), 0);
	assert_true(X509_get_ext_by_NID(x, NID_subject_alt_name, -1) >= 0);
	assert_non_null(X509_get0_subject_key_id(x));
	assert_non_null(X509_get0_authority_key_id(x));
	assert_int_equal(ASN1_OCTET_STRING_cmp(
			     X509_get0_authority_key_id(x), X509_get0_subject_key_id(tls->ca.cert)),
	    0);
	assert_int_equal(X509_get_signature_nid(x), NID_ecdsa_with_SHA256);
	assert_true(
	    !BN_is_negative(serial) && BN_num_bits(serial) >= 64 && BN_num_bytes(serial) <= 20);
	BN_free(serial);
}

static void
check(const struct fix_cert *want, const char *host, const char *sni)
{
	X509 *server = fix_cert(want);
	struct tls_leaf *l = forge(server, host, sni);
	X509 *x = seen_by_client(l);

	assert_verifies(x, host);
	if (*sni)
		assert_verifies(x, sni);
	assert_browser_policy(x);
	assert_int_equal(
	    X509_NAME_cmp(X509_get_issuer_name(x), X509_get_subject_name(tls->ca.cert)), 0);
	X509_free(x);
	tls_leaf_unref(l);
	X509_free(server);
}

static void
every_kind_of_server(void **state)
{
	static const struct fix_cert kinds[] = {
	    {.cn = "a.example", .san = "DNS:a.example"},
	    {.cn = "a.example", .san = "DNS:a.example", .ca = true},
	    {.san = "DNS:a.example"},
	    {.cn = "a.example"},
	    {0},
	    {.cn = "192.0.2.1", .san = "IP:192.0.2.1,IP:2001:db8::1"},
	    {.cn = "a.example", .san = "DNS:a.example", .from_days = -1, .to_days = 3650},
	    {.cn = "a.example", .san = "DNS:a.example", .from_days = -3650, .to_days = -10},
	    {.cn = "a.example", .san = "DNS:a.example", .from_days = 5, .to_days = 50},
	    {.cn = "b\xc3\xbc"
		   "cher.example",
		.san = "DNS:xn--bcher-kva.example"},
	    {.cn = "\xe2\x80\xae"
		   "elpmaxe.a",
		.san = "DNS:a.example"},
	    {.cn = "a\x1b[31m.example", .san = "DNS:a.example"},
	    {.cn = "a.example",
		.san = "DNS:b\xc3\xbc.example,DNS:a\x1b.example,DNS:*.a.example,email:x@y.example"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		check(&kinds[i], "a.example", "");
		check(&kinds[i], "a.example", "other.example");
		check(&kinds[i], "192.0.2.7", "a.example");
		check(&kinds[i], "2001:db8::7", "");
	}
}

static void
weak_digest_is_not_copied(void **state)
{
	(void)state;
	check(&(struct fix_cert){.cn = "a.example", .san = "DNS:a.example", .md = EVP_sha1()},
	    "a.example", "");
}

static void
subject_is_copied_or_made(void **state)
{
	static const struct {
		const char *cn, *host, *want;
	} cases[] = {
	    {"x.example", "a.example", "CN=x.example"},
	    {"b\xc3\xbc"
	     "cher",
		"a.example",
		"CN=b\xc3\xbc"
		"cher"},
	    {"\xe2\x80\xae"
	     "elpmaxe",
		"a.example", "CN=a.example"},
	    {"a\nb", "a.example", "CN=a.example"},
	    {NULL, "a.example", "CN=a.example"},
	    {NULL,
		"a-very-long-name-of-a-host.that-does-not-fit.the-sixty-four-bytes.of.a.common."
		"name.example",
		"CN=mitmtop leaf"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[128];
		X509 *server = fix_cert(&(struct fix_cert){.cn = cases[i].cn});
		struct tls_leaf *l = forge(server, cases[i].host, "");
		tls_text_name(X509_get_subject_name(l->cert), text, sizeof text);
		assert_string_equal(text, cases[i].want);
		tls_leaf_unref(l);
		X509_free(server);
	}
}

static void
subject_is_byte_equal(void **state)
{
	X509 *server = fix_cert(&(struct fix_cert){.cn = "x.example"});
	const unsigned char *a, *b;
	size_t na, nb;

	(void)state;
	X509_NAME_add_entry_by_txt(X509_get_subject_name(server), "O", MBSTRING_ASC,
	    (const unsigned char *)"Y", -1, -1, 0);
	struct tls_leaf *l = forge(server, "a.example", "");
	assert_int_equal(X509_NAME_get0_der(X509_get_subject_name(server), &a, &na), 1);
	assert_int_equal(X509_NAME_get0_der(X509_get_subject_name(l->cert), &b, &nb), 1);
	assert_int_equal(na, nb);
	assert_memory_equal(a, b, na);
	tls_leaf_unref(l);
	X509_free(server);
}

static void
assert_alt_names(const char *san, const char *host, const char *sni, const char *want)
{
	char text[256];
	X509 *server = fix_cert(&(struct fix_cert){.cn = "x", .san = san});
	struct tls_leaf *l = forge(server, host, sni);

	tls_text_alt_names(l->cert, text, sizeof text);
	assert_string_equal(text, want);
	tls_leaf_unref(l);
	X509_free(server);
}

static void
alt_names(void **state)
{
	(void)state;
	assert_alt_names("DNS:A.example,DNS:*.b.example", "a.example", "c.example",
	    "a.example, c.example, *.b.example");
	assert_alt_names("DNS:a.example", "192.0.2.1", "", "192.0.2.1, a.example");
	assert_alt_names(
	    "IP:192.0.2.1,IP:2001:db8::1", "192.0.2.1", "192.0.2.1", "192.0.2.1, 2001:db8::1");
	assert_alt_names("DNS:*.com,DNS:*,DNS:a b.example,DNS:-,URI:http://x/", "h", NULL, "h, -");
	assert_alt_names("DNS:a..b,DNS:.a,DNS:a.", "h", "x\ny", "h");
	assert_alt_names(NULL, "a.example.", "a.example", "a.example");
}

static void
no_name_at_all_is_an_error(void **state)
{
	X509 *server = fix_cert(&(struct fix_cert){.cn = "x"});
	struct errmsg why = {""};

	(void)state;
	assert_null(tls_leaf_forge(tls, server, "a b", "", TLS_KEY_EC, &why));
	assert_non_null(strstr(why.text, "neither a name nor an address"));
	X509_free(server);
}

static void
ten_thousand_names(void **state)
{
	enum { NAMES = 10000, EACH = 24 };
	char *san = mem_alloc(NAMES * EACH);
	size_t at = 0;

	(void)state;
	for (int i = 0; i < NAMES; i++)
		at += (size_t)snprintf(san + at, EACH, "%sDNS:h%d.example", i ? "," : "", i);
	X509 *server = fix_cert(&(struct fix_cert){.cn = "h1.example", .san = san});
	struct tls_leaf *l = forge(server, "h9999.example", "");
	X509 *x = seen_by_client(l);
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	assert_int_equal(sk_GENERAL_NAME_num(names), 101);
	assert_verifies(x, "h9999.example");
	GENERAL_NAMES_free(names);
	X509_free(x);
	tls_leaf_unref(l);
	X509_free(server);
	free(san);
}

static void
rsa_leaf(void **state)
{
	X509 *server = fix_cert(&(struct fix_cert){.cn = "a.example", .san = "DNS:a.example"});
	struct errmsg why;
	struct tls_leaf *l = tls_leaf_forge(tls, server, "a.example", "", TLS_KEY_RSA, &why);
	struct tls_leaf *m = tls_leaf_forge(tls, server, "a.example", "", TLS_KEY_RSA, &why);

	(void)state;
	assert_non_null(l);
	assert_non_null(m);
	assert_ptr_equal(l->key, m->key);
	X509 *x = seen_by_client(l);
	assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(x)), 2048);
	assert_int_equal(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
	assert_verifies(x, "a.example");
	assert_browser_policy(x);
	X509_free(x);
	tls_leaf_unref(l);
	tls_leaf_unref(m);
	X509_free(server);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static void
serials_are_unique(void **state)
{
	unsigned char(*seen)[16] = mem_array(SERIALS, 16);
	X509 *server = fix_cert(&(struct fix_cert){.cn = "a.example"});

	(void)state;
	for (int i = 0; i < SERIALS; i++) {
		struct tls_leaf *l = forge(server, "a.example", "");
		const ASN1_INTEGER *s = X509_get0_serialNumber(l->cert);
		assert_int_equal(ASN1_STRING_length(s), 16);
		memcpy(seen[i], ASN1_STRING_get0_data(s), 16);
		tls_leaf_unref(l);
	}
	qsort(seen, SERIALS, 16, compare);
	for (int i = 1; i < SERIALS; i++)
		assert_true(compare(seen[i - 1], seen[i]) < 0);
	free(seen);
	X509_free(server);
}

static void
leaf_never_outlives_ca(void **state)
{
	const char *dir = fix_dir();
	X509 *ca = fix_cert(
	    &(struct fix_cert){.cn = "Short CA", .ca = true, .from_days = -9, .to_days = 5});
	X509 *server = fix_cert(&(struct fix_cert){.cn = "a.example"});
	struct errmsg why;

	(void)state;
	fix_write_pem(fix_path(dir, "ca.pem"), ca, NULL);
	fix_write_pem(fix_path(dir, "ca.key"), NULL, fix_key());
	struct tls *t = fix_tls(dir, NULL, false);
	struct tls_leaf *l = tls_leaf_forge(t, server, "a.example", "", TLS_KEY_EC, &why);
	assert_int_equal(l->not_after, tls_time_of(X509_get0_notAfter(ca)));
	tls_leaf_unref(l);
	tls_free(t);
	X509_free(ca);
	X509_free(server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_kind_of_server),
	    cmocka_unit_test(weak_digest_is_not_copied),
	    cmocka_unit_test(subject_is_copied_or_made),
	    cmocka_unit_test(subject_is_byte_equal),
	    cmocka_unit_test(alt_names),
	    cmocka_unit_test(no_name_at_all_is_an_error),
	    cmocka_unit_test(ten_thousand_names),
	    cmocka_unit_test(rsa_leaf),
	    cmocka_unit_test(serials_are_unique),
	    cmocka_unit_test(leaf_never_outlives_ca),
	};

	return cmocka_run_group_tests(tests, open_tls, close_tls);
}
