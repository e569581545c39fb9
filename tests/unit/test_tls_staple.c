/* SPDX-License-Identifier: MIT
 * Stapled OCSP responses of a server (RFC 6066 8, RFC 6960): what is believed and what is not, and what comes of "revoked". */
#include <string.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "tls_fixture.h"

enum { DAY_S = 86400, STAPLE_MAX_BYTES = 16384 };

static struct tls *tls; /* trusts root */
static struct tls *lax; /* insecure, trusts the system only */
static struct tls *heedless; /* insecure, trusts root */
static X509 *root, *good, *other;

static int
open_all(void **state)
{
	const char *dir = fix_dir();

	(void)state;
	root = fix_cert(&(struct fix_cert){.cn = "Test Root", .ca = true});
	good = fix_cert(&(struct fix_cert){.cn = "a.example", .san = "DNS:a.example", .issuer = root, .issuer_key = fix_key()});
	other = fix_cert(&(struct fix_cert){.cn = "b.example", .san = "DNS:b.example", .issuer = root, .issuer_key = fix_key()});
	fix_write_pem(fix_path(dir, "root.pem"), root, NULL);
	tls = fix_tls(fix_dir(), fix_path(dir, "root.pem"), false);
	lax = fix_tls(fix_dir(), NULL, true);
	heedless = fix_tls(fix_dir(), fix_path(dir, "root.pem"), true);
	return 0;
}

static int
close_all(void **state)
{
	(void)state;
	tls_free(tls);
	tls_free(lax);
	tls_free(heedless);
	X509_free(root);
	X509_free(good);
	X509_free(other);
	fix_dirs_remove();
	return 0;
}

/* What is stapled. */
struct staple {
	int status;           /* V_OCSP_CERTSTATUS_* */
	const X509 *about;    /* NULL: the server's certificate */
	const EVP_MD *md;     /* of the certificate's name in it; NULL: SHA-1 */
	X509 *signer;         /* NULL: the root */
	EVP_PKEY *key;        /* NULL: the fixture's */
	long from_s, until_s; /* from now */
	bool no_end;          /* without nextUpdate */
	int response;         /* OCSP_RESPONSE_STATUS_* */
	bool garbage, none;
	int padded_to;        /* bytes of the whole, by an extension that means nothing; 0: as it is */
	int behind;           /* zeros follow it */
};

/* Whatever room the sizes before it take. */
static void
pad(OCSP_BASICRESP *b, int n)
{
	ASN1_OCTET_STRING *o = ASN1_OCTET_STRING_new();
	char *zeros = OPENSSL_zalloc((size_t)n + 1);

	assert_int_equal(ASN1_OCTET_STRING_set(o, (unsigned char *)zeros, n), 1);
	X509_EXTENSION *x = X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 0, o);
	assert_int_equal(OCSP_BASICRESP_add_ext(b, x, -1), 1);
	X509_EXTENSION_free(x);
	ASN1_OCTET_STRING_free(o);
	OPENSSL_free(zeros);
}

static OCSP_BASICRESP *
make_basic(const struct staple *s, int padding)
{
	OCSP_BASICRESP *b = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(s->md, s->about ? s->about : good, root);
	ASN1_TIME *from = X509_gmtime_adj(NULL, s->from_s), *until = X509_gmtime_adj(NULL, s->until_s);
	ASN1_TIME *revoked = s->status == V_OCSP_CERTSTATUS_REVOKED ? from : NULL;

	assert_non_null(OCSP_basic_add1_status(b, id, s->status, 0, revoked, from, s->no_end ? NULL : until));
	if (padding)
		pad(b, padding);
	assert_int_equal(OCSP_basic_sign(b, s->signer ? s->signer : root, s->key ? s->key : fix_key(), EVP_sha256(), NULL, 0), 1);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	return b;
}

static int
make_der(const struct staple *s, int padding, unsigned char **der)
{
	OCSP_BASICRESP *b = make_basic(s, padding);
	OCSP_RESPONSE *r = OCSP_response_create(s->response, b);
	int n = i2d_OCSP_RESPONSE(r, der);

	OCSP_RESPONSE_free(r);
	OCSP_BASICRESP_free(b);
	return n;
}

static int
give_staple(SSL *ssl, void *arg)
{
	const struct staple *s = arg;
	unsigned char *der = NULL;
	int n = 7;

	if (s->none)
		return SSL_TLSEXT_ERR_NOACK;
	if (s->garbage) {
		der = OPENSSL_memdup("garbage", 7);
	} else {
		n = make_der(s, 0, &der);
		/* A signature takes a byte or two more or less. */
		for (int padding = s->padded_to - n; s->padded_to && n != s->padded_to; padding += s->padded_to - n) {
			OPENSSL_free(der);
			der = NULL;
			n = make_der(s, padding, &der);
		}
		der = OPENSSL_realloc(der, (size_t)(n + s->behind));
		memset(der + n, 0, (size_t)s->behind);
		n += s->behind;
	}
	SSL_set_tlsext_status_ocsp_resp(ssl, der, n);
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *
server_of(const struct staple *s, int version)
{
	SSL_CTX *ctx = fix_server_ctx(good, fix_key());

	SSL_CTX_set_max_proto_version(ctx, version);
	SSL_CTX_set_tlsext_status_cb(ctx, give_staple);
	SSL_CTX_set_tlsext_status_arg(ctx, (void *)(uintptr_t)s);
	return ctx;
}

/* One connection to that server; why has room for 128 bytes. */
static enum tls_fail
talk(struct tls *t, SSL_CTX *ctx, bool ask, struct tls_info *info, char *why)
{
	struct tls_server_want w = {.sni = "", .verify_host = "a.example", .session_key = "key", .status_request = ask};
	struct fix_peer p;

	fix_peer_open(&p, ctx, true);
	struct tls_conn *c = tls_connect_new(t, &w, &fix_io, &p);
	enum tls_result r = fix_handshake(c, &p);
	enum tls_fail fail = tls_conn_fail(c, why, 128);
	assert_true(r == (fail ? TLS_BROKEN : TLS_OK));
	assert_int_equal(ERR_peek_error(), 0);
	if (!fail)
		fix_exchange(c, &p); /* what comes after the handshake is read too */
	tls_conn_info(c, info);
	tls_conn_free(c);
	fix_peer_close(&p);
	return fail;
}

static void
check_with(struct tls *t, const struct staple *s, bool ask, int version, const char *want)
{
	SSL_CTX *ctx = server_of(s, version);
	struct tls_info info;
	char why[128];

	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	assert_int_equal(talk(t, ctx, ask, &info, why), TLS_FAIL_NONE);
	if (strcmp(info.staple, want))
		fail_msg("\"%s\", not \"%s\"", info.staple, want);
	SSL_CTX_free(ctx);
}

static void
check(const struct staple *s, const char *want)
{
	check_with(tls, s, true, TLS1_3_VERSION, want);
	check_with(tls, s, true, TLS1_2_VERSION, want);
}

static void
staples_that_hold(void **state)
{
	(void)state;
	check(&(struct staple){.from_s = -60, .until_s = DAY_S}, "good");
	check(&(struct staple){.from_s = -60, .until_s = DAY_S, .md = EVP_sha256()}, "good");
	check(&(struct staple){.from_s = -60, .no_end = true}, "good");
	check(&(struct staple){.from_s = 200, .until_s = DAY_S}, "good"); /* clocks differ */
	check(&(struct staple){.status = V_OCSP_CERTSTATUS_UNKNOWN, .from_s = -60, .until_s = DAY_S}, "unknown");
}

static void
staples_that_do_not_hold(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *stranger = fix_cert(&(struct fix_cert){.cn = "Stranger", .ca = true});

	(void)state;
	X509_set_pubkey(stranger, key);
	X509_sign(stranger, key, EVP_sha256());
	check(&(struct staple){.from_s = -2 * DAY_S, .until_s = -DAY_S}, "not verified");
	check(&(struct staple){.from_s = DAY_S, .until_s = 2 * DAY_S}, "not verified");
	check(&(struct staple){.from_s = -60, .until_s = DAY_S, .about = other}, "not verified");
	check(&(struct staple){.from_s = -60, .until_s = DAY_S, .signer = stranger, .key = key}, "not verified");
	/* The certificate speaks for itself. */
	check(&(struct staple){.from_s = -60, .until_s = DAY_S, .signer = good}, "not verified");
	check(&(struct staple){.from_s = -60, .until_s = DAY_S, .response = OCSP_RESPONSE_STATUS_TRYLATER}, "not verified");
	check(&(struct staple){.garbage = true}, "not verified");
	check(&(struct staple){.from_s = -60, .until_s = DAY_S, .behind = 1}, "not verified");
	/* Nothing is believed of a server that was not verified. */
	check_with(lax, &(struct staple){.from_s = -60, .until_s = DAY_S}, true, TLS1_3_VERSION, "not verified");
	X509_free(stranger);
	EVP_PKEY_free(key);
}

static const struct staple revoked = {.status = V_OCSP_CERTSTATUS_REVOKED, .from_s = -60, .until_s = DAY_S};

static void
a_revoked_certificate_is_refused(void **state)
{
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		SSL_CTX *ctx = server_of(&revoked, version);
		struct tls_info info;
		char why[128];
		assert_int_equal(talk(tls, ctx, true, &info, why), TLS_FAIL_VERIFY_REVOKED);
		assert_string_equal(why, "certificate was revoked, says the stapled OCSP response (CN a.example)");
		assert_string_equal(info.staple, "revoked");
		assert_string_equal(info.san, "a.example");
		assert_false(info.verified);
		SSL_CTX_free(ctx);
	}
	/* What does not hold says nothing. */
	struct staple old = revoked, strange = revoked;
	old.from_s = -2 * DAY_S;
	old.until_s = -DAY_S;
	strange.about = other;
	check(&old, "not verified");
	check(&strange, "not verified");
}

/* It goes on, is told, and its session is not kept: that would be one of a server that was verified. */
static void
an_insecure_one_goes_on(void **state)
{
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		SSL_CTX *ctx = server_of(&revoked, version);
		struct tls_info info;
		char why[128];
		for (int i = 0; i < 2; i++) {
			assert_int_equal(talk(heedless, ctx, true, &info, why), TLS_FAIL_NONE);
			assert_string_equal(info.staple, "revoked");
			assert_false(info.verified || info.resumed || info.ticket_kept);
		}
		SSL_CTX_free(ctx);
	}
}

/* One that was begun without a staple would hide it from who asks. */
static void
sessions_with_and_without_are_kept_apart(void **state)
{
	static const struct staple fine = {.from_s = -60, .until_s = DAY_S};

	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		SSL_CTX *ctx = server_of(&fine, version);
		struct tls_info info;
		char why[128];
		SSL_CTX_set_session_id_context(ctx, (const void *)"x", 1);
		for (int i = 0; i < 4; i++) {
			assert_int_equal(talk(tls, ctx, i % 2, &info, why), TLS_FAIL_NONE);
			assert_int_equal(info.resumed, i >= 2);
			assert_string_equal(info.staple, i == 1 ? "good" : "");
		}
		SSL_CTX_free(ctx);
	}
}

static void
staples_up_to_the_limit(void **state)
{
	(void)state;
	check_with(tls, &(struct staple){.from_s = -60, .until_s = DAY_S, .padded_to = STAPLE_MAX_BYTES}, true, TLS1_3_VERSION, "good");
	check_with(tls, &(struct staple){.from_s = -60, .until_s = DAY_S, .padded_to = STAPLE_MAX_BYTES + 1}, true, TLS1_3_VERSION, "not verified");
	check_with(tls, &(struct staple){.from_s = -60, .until_s = DAY_S, .padded_to = 60000}, true, TLS1_3_VERSION, "not verified");
}

static void
no_staple(void **state)
{
	(void)state;
	check(&(struct staple){.none = true}, "none");
	check_with(tls, &(struct staple){.from_s = -60, .until_s = DAY_S}, false, TLS1_3_VERSION, "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(staples_that_hold),
	    cmocka_unit_test(staples_that_do_not_hold),
	    cmocka_unit_test(a_revoked_certificate_is_refused),
	    cmocka_unit_test(an_insecure_one_goes_on),
	    cmocka_unit_test(sessions_with_and_without_are_kept_apart),
	    cmocka_unit_test(staples_up_to_the_limit),
	    cmocka_unit_test(no_staple),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
