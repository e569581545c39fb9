/* SPDX-License-Identifier: MIT
 * Tests of one TLS endpoint against plain OpenSSL: handshakes of both versions, resumption and its
 * bounds, the class and sentence of every kind of failure, and how a connection ends (T23, T24,
 * T29-T31, pitfalls P12-P15, P18, P23). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/clock.h"
#include "tls_fixture.h"

enum { BIG = 200000, HOUR_SECONDS = 3600 };

static struct tls *tls; /* trusts root */
static struct tls *lax; /* insecure, trusts the system only */
static X509 *root, *good;
static struct tls_leaf *leaf_a, *leaf_b;

static struct tls_leaf *
make_leaf(const char *host)
{
	struct fix_peer p;
	struct errmsg why;
	struct tls_conn *c = fix_server_conn(lax, &p, good, host);
	struct tls_leaf *l = tls_leaf_for(tls, c, host, host, true, &why);

	assert_non_null(l);
	tls_conn_free(c);
	fix_peer_close(&p);
	return l;
}

static int
open_all(void **state)
{
	const char *dir = fix_dir();

	(void)state;
	root = fix_cert(&(struct fix_cert){.cn = "Test Root", .ca = true});
	good = fix_cert(&(struct fix_cert){.cn = "a.example",
	    .san = "DNS:a.example,DNS:*.w.example,IP:192.0.2.1",
	    .issuer = root,
	    .issuer_key = fix_key()});
	fix_write_pem(fix_path(dir, "root.pem"), root, NULL);
	tls = fix_tls(fix_dir(), fix_path(dir, "root.pem"), false);
	lax = fix_tls(fix_dir(), NULL, true);
	leaf_a = make_leaf("a.example");
	leaf_b = make_leaf("b.example");
	return 0;
}

static int
close_all(void **state)
{
	(void)state;
	tls_leaf_unref(leaf_a);
	tls_leaf_unref(leaf_b);
	tls_free(tls);
	tls_free(lax);
	X509_free(root);
	X509_free(good);
	fix_dirs_remove();
	return 0;
}

static void
assert_fail(const struct tls_conn *c, enum tls_fail want, const char *part)
{
	char why[512];
	enum tls_fail f = tls_conn_fail(c, why, sizeof why);

	if (f != want || !strstr(why, part))
		fail_msg(
		    "%s \"%s\", not %s \"%s\"", tls_fail_name(f), why, tls_fail_name(want), part);
	assert_int_equal(ERR_peek_error(), 0); /* nothing is left for the next connection */
}

/* --- our client-facing side */

static struct tls_conn *
accept_new(struct fix_peer *p, SSL_CTX *ctx, struct tls_leaf *leaf)
{
	fix_peer_open(p, ctx, false);
	struct tls_conn *c = tls_accept_new(tls, leaf, SPAN_LIT("http/1.1"), &fix_io, p);
	assert_non_null(c);
	return c;
}

static void
accepts_version(int version, const char *name, size_t step)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;
	struct tls_info info;

	SSL_CTX_set_max_proto_version(ctx, version);
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	p.step = step;
	SSL_set_alpn_protos(p.ssl, (const unsigned char *)"\2h2\10http/1.1", 12);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	fix_exchange(c, &p);
	tls_conn_info(c, &info);
	assert_string_equal(info.version, name);
	assert_string_equal(info.alpn, "http/1.1");
	assert_string_equal(info.group, "X25519");
	assert_non_null(strstr(info.cipher, "AES"));
	assert_non_null(strstr(info.cipher, "128"));
	assert_string_equal(info.subject, "CN=a.example");
	assert_string_equal(info.san, "a.example, *.w.example, 192.0.2.1");
	assert_int_equal(info.chain_len, 1);
	assert_false(info.resumed);
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static void
accepts_both_versions(void **state)
{
	(void)state;
	accepts_version(TLS1_3_VERSION, "TLSv1.3", 0);
	accepts_version(TLS1_2_VERSION, "TLSv1.2", 0);
	accepts_version(TLS1_3_VERSION, "TLSv1.3", 1);
	accepts_version(TLS1_2_VERSION, "TLSv1.2", 1);
}

static void
alpn_without_common_protocol(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;
	struct tls_info info;
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);

	(void)state;
	SSL_set_alpn_protos(p.ssl, (const unsigned char *)"\2h2", 3);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	tls_conn_info(c, &info);
	assert_string_equal(info.alpn, "");
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static void
refuses_old_version(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;

	(void)state;
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
	SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	assert_int_equal(fix_handshake(c, &p), TLS_BROKEN);
	assert_fail(c, TLS_FAIL_VERSION, "client offers no TLS version from 1.2 on");
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static SSL_SESSION *ticket;

static int
keep_ticket(SSL *ssl, SSL_SESSION *s)
{
	(void)ssl;
	SSL_SESSION_free(ticket);
	ticket = s;
	return 1;
}

/* A handshake of the client for this leaf, with the ticket got before if any; returns whether it
 * resumed. */
static bool
client_visit(SSL_CTX *ctx, struct tls_leaf *leaf)
{
	struct fix_peer p;
	struct tls_conn *c = accept_new(&p, ctx, leaf);
	struct tls_info info;

	if (ticket)
		SSL_set_session(p.ssl, ticket);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	fix_exchange(c, &p);
	tls_conn_info(c, &info);
	assert_int_equal(info.resumed, SSL_session_reused(p.ssl) == 1);
	tls_shutdown(c);
	SSL_shutdown(p.ssl);
	tls_conn_free(c);
	fix_peer_close(&p);
	return info.resumed;
}

static void
client_tickets_stay_with_their_host(void **state)
{
	static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};

	(void)state;
	for (int i = 0; i < 2; i++) {
		SSL_CTX *ctx = fix_client_ctx();
		SSL_CTX_set_max_proto_version(ctx, versions[i]);
		SSL_CTX_set_session_cache_mode(
		    ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(ctx, keep_ticket);
		assert_false(client_visit(ctx, leaf_a));
		assert_non_null(ticket);
		assert_true(client_visit(ctx, leaf_a));
		assert_false(client_visit(ctx, leaf_b));
		assert_true(client_visit(ctx, leaf_b));
		assert_false(client_visit(ctx, leaf_a));
		SSL_SESSION_free(ticket);
		ticket = NULL;
		SSL_CTX_free(ctx);
	}
}

/* A client that does not know our CA, or sends another alert. */
static void
client_distrusts(int version)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;
	char b[16];
	size_t n;

	SSL_CTX_set_max_proto_version(ctx, version);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	enum tls_result r = fix_handshake(c, &p);
	if (r == TLS_OK)
		r = tls_read(c, b, sizeof b, &n);
	assert_int_equal(r, TLS_BROKEN);
	assert_fail(c, TLS_FAIL_PEER_UNTRUSTED, "client alert unknown_ca (48)");
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static void
distrust_is_recognised(void **state)
{
	(void)state;
	client_distrusts(TLS1_3_VERSION);
	client_distrusts(TLS1_2_VERSION);
	assert_non_null(strstr(tls_fail_remedy(TLS_FAIL_PEER_UNTRUSTED, 1), "ca.pem"));
}

static void
early_goodbye_is_not_distrust(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;

	(void)state;
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	p.eof = true;
	assert_int_equal(tls_handshake(c), TLS_TRUNCATED);
	assert_fail(c, TLS_FAIL_PEER_CLOSED, "before it got our certificate");
	tls_conn_free(c);
	fix_peer_close(&p);
	c = accept_new(&p, ctx, leaf_a);
	SSL_do_handshake(p.ssl);
	assert_int_equal(tls_handshake(c), TLS_AGAIN);
	p.eof = true;
	assert_int_equal(tls_handshake(c), TLS_TRUNCATED);
	assert_fail(c, TLS_FAIL_PEER_CLOSED, "without an alert after it got our certificate");
	tls_conn_free(c);
	fix_peer_close(&p);
	c = accept_new(&p, ctx, leaf_a);
	p.reset = true;
	assert_int_equal(tls_handshake(c), TLS_BROKEN);
	assert_fail(c, TLS_FAIL_PEER_RESET, "client reset the connection during the handshake");
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static void
renegotiation_is_refused(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;
	char b[16];
	size_t n;

	(void)state;
	SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	assert_int_equal(SSL_renegotiate(p.ssl), 1);
	SSL_do_handshake(p.ssl);
	assert_int_equal(
	    tls_read(c, b, sizeof b, &n), TLS_AGAIN); /* no_renegotiation is a warning */
	assert_true(SSL_do_handshake(p.ssl) <= 0);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
	ERR_clear_error();
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static void
key_update_is_survived(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;

	(void)state;
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	assert_int_equal(SSL_key_update(p.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
	fix_exchange(c, &p);
	fix_exchange(c, &p);
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

/* --- how connections end */

static void
close_notify_and_truncation(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;
	char b[16];
	size_t n;

	(void)state;
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	SSL_write(p.ssl, "last", 4);
	SSL_shutdown(p.ssl);
	p.eof = true;
	assert_int_equal(tls_read(c, b, sizeof b, &n), TLS_OK);
	assert_int_equal(n, 4);
	assert_int_equal(tls_read(c, b, sizeof b, &n), TLS_CLOSED);
	assert_int_equal(tls_read(c, b, sizeof b, &n), TLS_CLOSED);
	assert_int_equal(tls_write(c, "answer", 6), TLS_OK); /* half closed: we may still answer */
	assert_int_equal(SSL_read(p.ssl, b, sizeof b), 6);
	tls_shutdown(c);
	tls_shutdown(c);
	assert_int_equal(tls_write(c, "x", 1), TLS_BROKEN);
	assert_int_equal(SSL_read(p.ssl, b, sizeof b), 0);
	assert_true(SSL_get_shutdown(p.ssl) & SSL_RECEIVED_SHUTDOWN);
	assert_int_equal(BIO_pending(p.in), 0); /* one close_notify only */
	tls_conn_free(c);
	fix_peer_close(&p);

	c = accept_new(&p, ctx, leaf_a);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	p.eof = true;
	assert_int_equal(tls_read(c, b, sizeof b, &n), TLS_TRUNCATED);
	assert_int_equal(tls_read(c, b, sizeof b, &n), TLS_TRUNCATED);
	assert_int_equal(tls_write(c, "answer", 6), TLS_OK);
	assert_int_equal(SSL_read(p.ssl, b, sizeof b), 6);
	assert_fail(c, TLS_FAIL_NONE, "");
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static void
reset_while_open(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;
	char b[16];
	size_t n;

	(void)state;
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	p.reset = true;
	assert_int_equal(tls_read(c, b, sizeof b, &n), TLS_BROKEN);
	assert_fail(c, TLS_FAIL_PEER_RESET, "client reset the connection");
	assert_int_equal(tls_write(c, "x", 1), TLS_BROKEN);
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

/* Decrypted bytes that wait inside are told; a part of a record is not, or the owner would spin
 * (P07, P14). */
static void
pending_tells_the_truth(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;
	static char big[BIG], b[16384];
	size_t n, got = 0;

	(void)state;
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	assert_false(tls_pending(c));
	assert_int_equal(SSL_write(p.ssl, big, sizeof big), sizeof big);
	assert_int_equal(tls_read(c, b, 100, &n), TLS_OK);
	assert_int_equal(n, 100);
	assert_true(tls_pending(c));
	for (got = n; tls_read(c, b, sizeof b, &n) == TLS_OK; got += n)
		assert_true(n <= sizeof b);
	assert_int_equal(got, sizeof big);
	assert_false(tls_pending(c));
	SSL_write(p.ssl, "12345678", 8);
	p.step = 3;
	size_t reads = p.reads;
	for (int i = 0; tls_read(c, b, sizeof b, &n) == TLS_AGAIN && i < 3; i++)
		assert_true(!tls_pending(c) || p.reads > reads);
	assert_int_equal(tls_write(c, big, sizeof big), TLS_OK);
	for (got = 0; got < sizeof big; got += n)
		assert_int_equal(SSL_read_ex(p.ssl, b, sizeof b, &n), 1);
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static void
part_of_a_record_is_not_pending(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;
	char rec[64], b[16];
	size_t n;

	(void)state;
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	SSL_write(p.ssl, "12345678", 8);
	int k = BIO_read(p.out, rec, sizeof rec);
	assert_true(k > 10 && k < (int)sizeof rec);
	BIO_write(p.out, rec, k - 3);
	assert_int_equal(tls_read(c, b, sizeof b, &n), TLS_AGAIN);
	assert_false(tls_pending(c));
	BIO_write(p.out, rec + k - 3, 3);
	assert_int_equal(tls_read(c, b, sizeof b, &n), TLS_OK);
	assert_int_equal(n, 8);
	assert_false(tls_pending(c));
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static void
not_tls(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;
	struct tls_server_want w = {.verify_host = "a.example", .session_key = "nt"};

	(void)state;
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	BIO_puts(p.out, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(tls_handshake(c), TLS_BROKEN);
	assert_fail(
	    c, TLS_FAIL_NOT_TLS, "client does not speak TLS here: it sent \"GET / HTTP/1.1");
	tls_conn_free(c);
	fix_peer_close(&p);
	fix_peer_open(&p, ctx, false);
	c = tls_connect_new(tls, &w, &fix_io, &p);
	BIO_puts(p.out, "HTTP/1.1 400 Bad Request\r\n\r\n");
	assert_int_equal(tls_handshake(c), TLS_BROKEN);
	assert_fail(c, TLS_FAIL_NOT_TLS, "server does not speak TLS here: it sent \"HTTP/1.1 400");
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

/* --- our server-facing side */

static struct tls_conn *
connect_new(struct tls *t, struct fix_peer *p, SSL_CTX *ctx, const char *host, const char *key)
{
	struct tls_server_want w = {
	    .sni = "", .verify_host = host, .session_key = key, .alpn = "http/1.1"};

	fix_peer_open(p, ctx, true);
	struct tls_conn *c = tls_connect_new(t, &w, &fix_io, p);
	assert_non_null(c);
	return c;
}

static void
verify_case(const struct fix_cert *want, const char *host, enum tls_fail f, const char *part)
{
	X509 *x = fix_cert(want);
	SSL_CTX *ctx = fix_server_ctx(x, fix_key());
	struct fix_peer p;
	struct tls_info info;
	struct tls_conn *c = connect_new(tls, &p, ctx, host, "v");

	assert_int_equal(fix_handshake(c, &p), f ? TLS_BROKEN : TLS_OK);
	assert_fail(c, f, part);
	tls_conn_info(c, &info);
	assert_int_equal(info.verified, !f);
	assert_int_equal(strlen(info.sha256), 64); /* the refused certificate can be looked at */
	tls_conn_free(c);
	fix_peer_close(&p);
	c = connect_new(lax, &p, ctx, host, part);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	tls_conn_info(c, &info);
	assert_false(info.verified);
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
	X509_free(x);
}

#define BY_ROOT .issuer = root, .issuer_key = fix_key()

static void
verification_failures_have_a_class(void **state)
{
	EVP_PKEY *other = EVP_EC_gen("P-256");
	X509 *stranger = fix_cert(&(struct fix_cert){.cn = "Stranger\x1b[2J CA", .ca = true});

	(void)state;
	verify_case(&(struct fix_cert){.cn = "a.example", .san = "DNS:a.example", BY_ROOT},
	    "a.example", TLS_FAIL_NONE, "");
	verify_case(
	    &(struct fix_cert){
		.cn = "e.example", .san = "DNS:a.example", .from_days = -9, .to_days = -2, BY_ROOT},
	    "a.example", TLS_FAIL_VERIFY_EXPIRED, "certificate expired 20");
	verify_case(
	    &(struct fix_cert){
		.cn = "n.example", .san = "DNS:a.example", .from_days = 2, .to_days = 9, BY_ROOT},
	    "a.example", TLS_FAIL_VERIFY_NOT_YET, "certificate not valid before 20");
	verify_case(
	    &(struct fix_cert){.cn = "a.example", .san = "DNS:b.example,DNS:c.example", BY_ROOT},
	    "a.example", TLS_FAIL_VERIFY_NAME,
	    "certificate is for b.example, c.example, not for a.example");
	verify_case(&(struct fix_cert){.cn = "a.example", BY_ROOT}, "a.example",
	    TLS_FAIL_VERIFY_NAME, "certificate names no host, so not a.example");
	verify_case(&(struct fix_cert){.cn = "a", .san = "DNS:*.a.example", BY_ROOT}, "a.example",
	    TLS_FAIL_VERIFY_NAME, "*.a.example");
	verify_case(&(struct fix_cert){.cn = "a", .san = "DNS:192.0.2.1", BY_ROOT}, "192.0.2.1",
	    TLS_FAIL_VERIFY_NAME, "not for 192.0.2.1");
	verify_case(&(struct fix_cert){.cn = "ip", .san = "IP:2001:db8::1", BY_ROOT}, "2001:db8::1",
	    TLS_FAIL_NONE, "");
	verify_case(&(struct fix_cert){.cn = "self", .san = "DNS:a.example"}, "a.example",
	    TLS_FAIL_VERIFY_SELF_SIGNED, "self-signed certificate (CN self)");
	verify_case(
	    &(struct fix_cert){
		.cn = "s", .san = "DNS:a.example", .issuer = stranger, .issuer_key = other},
	    "a.example", TLS_FAIL_VERIFY_ISSUER, "unknown issuer (CN Stranger\x1b[2J CA)");
	EVP_PKEY_free(other);
	X509_free(stranger);
}

static void
name_is_needed(void **state)
{
	struct tls_server_want w = {.verify_host = "", .session_key = "k"};
	struct fix_peer p = {0};

	(void)state;
	assert_null(tls_connect_new(tls, &w, &fix_io, &p));
}

/* One visit of the server under this key; tells whether it resumed. */
static bool
server_visit(struct tls *t, SSL_CTX *ctx, const char *host, const char *key)
{
	struct fix_peer p;
	struct tls_info info;
	struct errmsg why;
	struct tls_conn *c = connect_new(t, &p, ctx, host, key);

	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	fix_exchange(c, &p);
	tls_conn_info(c, &info);
	assert_int_equal(info.verified, t == tls);
	assert_string_equal(info.subject, "CN=a.example");
	struct tls_leaf *l = tls_leaf_for(tls, c, host, "", true, &why);
	assert_non_null(l);
	tls_leaf_unref(l);
	tls_conn_free(c); /* no close_notify: the session must outlive that */
	fix_peer_close(&p);
	return info.resumed;
}

static void
server_sessions(int version)
{
	SSL_CTX *ctx = fix_server_ctx(good, fix_key());

	SSL_CTX_set_max_proto_version(ctx, version);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"t", 1);
	char key[16];
	snprintf(key, sizeof key, "s%d", version);
	assert_false(server_visit(tls, ctx, "a.example", key));
	assert_true(server_visit(tls, ctx, "a.example", key));
	assert_true(server_visit(tls, ctx, "a.example", key));
	assert_false(
	    server_visit(tls, ctx, "x.w.example", key)); /* another name: verified afresh */
	assert_false(server_visit(tls, ctx, "a.example", "another-key"));
	assert_false(server_visit(lax, ctx, "a.example", key));
	assert_true(server_visit(lax, ctx, "a.example", key)); /* and it stays unverified */
	SSL_CTX_free(ctx);
}

static void
server_sessions_are_resumed(void **state)
{
	(void)state;
	server_sessions(TLS1_3_VERSION);
	server_sessions(TLS1_2_VERSION);
}

static void
old_sessions_are_dropped(void **state)
{
	SSL_CTX *ctx = fix_server_ctx(good, fix_key());
	unsigned before = tls_session_count(tls->sessions);

	(void)state;
	assert_false(server_visit(tls, ctx, "a.example", "old"));
	assert_true(tls_session_count(tls->sessions) > before);
	clock_stop(0, clock_wall_ns() + (uint64_t)24 * 20 * HOUR_SECONDS * 1000000000);
	SSL_SESSION *s = tls_session_take(tls->sessions, "old||a.example|http/1.1|");
	clock_run();
	assert_null(s);
	assert_int_equal(tls_session_count(tls->sessions), before);
	SSL_CTX_free(ctx);
}

static void
session_cache_is_bounded(void **state)
{
	enum { MAX = 6 };
	struct tls_session_cache *k = tls_session_cache_new(MAX);
	SSL_SESSION *s = SSL_SESSION_new();
	char key[16];

	(void)state;
	SSL_SESSION_set_protocol_version(s, TLS1_3_VERSION);
	SSL_SESSION_set1_id(s, (const unsigned char *)"id", 2);
	SSL_SESSION_set_time(s, (long)tls_now());
	SSL_SESSION_set_timeout(s, 100);
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof key, "k%d", i / 10);
		tls_session_put(k, key, s);
		assert_true(tls_session_count(k) <= MAX);
	}
	assert_null(tls_session_take(k, "k0"));
	/* The newest key fills the whole table, each session once. */
	for (int i = 0; i < MAX; i++) {
		SSL_SESSION *got = tls_session_take(k, "k3");
		assert_non_null(got);
		SSL_SESSION_free(got);
	}
	assert_null(tls_session_take(k, "k3"));
	SSL_SESSION_free(s);
	tls_session_cache_free(k);
}

static void
client_certificate_is_wanted(void **state)
{
	static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};

	(void)state;
	for (int i = 0; i < 2; i++) {
		SSL_CTX *ctx = fix_server_ctx(good, fix_key());
		struct fix_peer p;
		char b[8];
		size_t n;
		SSL_CTX_set_max_proto_version(ctx, versions[i]);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		struct tls_conn *c = connect_new(tls, &p, ctx, "a.example", "cc");
		enum tls_result r = fix_handshake(c, &p);
		if (r == TLS_OK)
			r = tls_read(c, b, sizeof b, &n);
		assert_int_equal(r, TLS_BROKEN);
		assert_fail(c, TLS_FAIL_CLIENT_CERT, "server alert ");
		tls_conn_free(c);
		fix_peer_close(&p);
		SSL_CTX_free(ctx);
	}
}

static void
old_server_is_refused(void **state)
{
	SSL_CTX *ctx = fix_server_ctx(good, fix_key());
	struct fix_peer p;

	(void)state;
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
	struct tls_conn *c = connect_new(tls, &p, ctx, "a.example", "o");
	assert_int_equal(fix_handshake(c, &p), TLS_BROKEN);
	assert_fail(c, TLS_FAIL_VERSION, "server alert protocol_version (70)");
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static void
no_cipher_in_common(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p;

	(void)state;
	SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(ctx, "ECDHE-RSA-AES128-GCM-SHA256"); /* the leaf is ECDSA */
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	assert_int_equal(fix_handshake(c, &p), TLS_BROKEN);
	assert_fail(c, TLS_FAIL_CIPHER, "no cipher suite or group in common with the client");
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

/* One connection fails while others are open; their next calls must not see its errors (P13). */
static void
errors_stay_with_their_connection(void **state)
{
	SSL_CTX *ctx = fix_client_ctx();
	struct fix_peer p, q;
	char b[16];
	size_t n;

	(void)state;
	struct tls_conn *c = accept_new(&p, ctx, leaf_a);
	assert_int_equal(fix_handshake(c, &p), TLS_OK);
	struct tls_conn *d = accept_new(&q, ctx, leaf_a);
	BIO_puts(q.out, "rubbish rubbish rubbish");
	assert_int_equal(tls_handshake(d), TLS_BROKEN);
	ERR_raise(ERR_LIB_SSL, SSL_R_BAD_SIGNATURE); /* and somebody left a mess */
	assert_int_equal(tls_read(c, b, sizeof b, &n), TLS_AGAIN);
	ERR_raise(ERR_LIB_SSL, SSL_R_BAD_SIGNATURE);
	fix_exchange(c, &p);
	assert_fail(c, TLS_FAIL_NONE, "");
	tls_conn_free(d);
	fix_peer_close(&q);
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

static void
every_class_has_words(void **state)
{
	(void)state;
	for (int i = 0; i < TLS_FAIL_COUNT; i++) {
		assert_true(*tls_fail_name((enum tls_fail)i));
		assert_true(strlen(tls_fail_name((enum tls_fail)i)) < 24);
		assert_true(strlen(tls_fail_remedy((enum tls_fail)i, 0)) < 256);
		assert_true(strlen(tls_fail_remedy((enum tls_fail)i, 1)) < 256);
	}
	assert_string_equal(tls_fail_name((enum tls_fail)99), "other");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepts_both_versions),
	    cmocka_unit_test(alpn_without_common_protocol),
	    cmocka_unit_test(refuses_old_version),
	    cmocka_unit_test(client_tickets_stay_with_their_host),
	    cmocka_unit_test(distrust_is_recognised),
	    cmocka_unit_test(early_goodbye_is_not_distrust),
	    cmocka_unit_test(renegotiation_is_refused),
	    cmocka_unit_test(key_update_is_survived),
	    cmocka_unit_test(close_notify_and_truncation),
	    cmocka_unit_test(reset_while_open),
	    cmocka_unit_test(pending_tells_the_truth),
	    cmocka_unit_test(part_of_a_record_is_not_pending),
	    cmocka_unit_test(not_tls),
	    cmocka_unit_test(verification_failures_have_a_class),
	    cmocka_unit_test(name_is_needed),
	    cmocka_unit_test(server_sessions_are_resumed),
	    cmocka_unit_test(old_sessions_are_dropped),
	    cmocka_unit_test(session_cache_is_bounded),
	    cmocka_unit_test(client_certificate_is_wanted),
	    cmocka_unit_test(old_server_is_refused),
	    cmocka_unit_test(no_cipher_in_common),
	    cmocka_unit_test(errors_stay_with_their_connection),
	    cmocka_unit_test(every_class_has_words),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
