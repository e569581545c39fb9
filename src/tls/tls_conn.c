/* SPDX-License-Identifier: MIT
 * One side of one connection: an SSL over the owner's byte queues. The error queue is empty before
 * every call into OpenSSL, so no connection sees another's failure (pitfall P13). */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/mem.h"
#include "tls/tls_internal.h"

static struct tls_conn *
conn_new(struct tls *t, SSL_CTX *ctx, const struct tls_io *io, void *arg)
{
	struct tls_conn *c = mem_zalloc(sizeof *c);

	ERR_clear_error();
	c->t = t;
	c->io = io;
	c->arg = arg;
	c->server_side = ctx == t->connect_ctx;
	c->ssl = SSL_new(ctx);
	BIO *b = c->ssl ? tls_bio_new(c) : NULL;
	if (!b) {
		tls_conn_free(c);
		return NULL;
	}
	SSL_set_bio(c->ssl, b, b);
	SSL_set_app_data(c->ssl, c);
	return c;
}

static void
set_alpn(struct tls_conn *c, struct span alpn)
{
	if (alpn.n < sizeof c->alpn && alpn.n > 0)
		memcpy(c->alpn, alpn.p, alpn.n);
}

struct tls_conn *
tls_accept_new(
    struct tls *t, struct tls_leaf *leaf, struct span alpn, const struct tls_io *io, void *arg)
{
	struct tls_conn *c = conn_new(t, t->accept_ctx, io, arg);

	if (!c)
		return NULL;
	c->leaf = tls_leaf_ref(leaf);
	set_alpn(c, alpn);
	/* The leaf's name as context: a ticket got from one host cannot resume at another (T31). */
	if (SSL_use_certificate(c->ssl, leaf->cert) != 1 ||
	    SSL_use_PrivateKey(c->ssl, leaf->key) != 1 ||
	    (leaf->chain && SSL_set1_chain(c->ssl, leaf->chain) != 1) ||
	    SSL_set_session_id_context(c->ssl, leaf->id, sizeof leaf->id) != 1) {
		tls_conn_free(c);
		return NULL;
	}
	SSL_set_accept_state(c->ssl);
	return c;
}

/* RFC 6066: names go without the final dot. */
static char *
bare_name(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (n && s[n - 1] == '.')
		n--;
	return mem_dup(s ? s : "", n);
}

static bool
set_verify(struct tls_conn *c)
{
	X509_VERIFY_PARAM *p = SSL_get0_param(c->ssl);

	/* To OpenSSL an empty name means "any name". */
	if (!*c->verify_host)
		return c->t->insecure;
	if (X509_VERIFY_PARAM_set1_ip_asc(p, c->verify_host) == 1)
		return true;
	ERR_clear_error();
	return X509_VERIFY_PARAM_set1_host(p, c->verify_host, 0) == 1;
}

/* A CA that is itself signed by another is an anchor as well. */
static bool
set_own_ca(struct tls_conn *c)
{
	X509_STORE *s = X509_STORE_new();
	bool ok = s && X509_STORE_add_cert(s, c->t->ca.cert) == 1 &&
		  SSL_set1_verify_cert_store(c->ssl, s) == 1 &&
		  X509_VERIFY_PARAM_set_flags(SSL_get0_param(c->ssl), X509_V_FLAG_PARTIAL_CHAIN) == 1;

	X509_STORE_free(s);
	c->own_ca = true;
	return ok;
}

static bool
set_offers(struct tls_conn *c, const struct tls_server_want *w)
{
	unsigned char wire[sizeof c->alpn + 1];
	size_t n = strlen(c->alpn);
	char *sni = bare_name(w->sni);
	bool ok = !*sni || SSL_set_tlsext_host_name(c->ssl, sni) == 1;

	free(sni);
	wire[0] = (unsigned char)n;
	memcpy(wire + 1, c->alpn, n);
	if (w->status_request)
		ok &= SSL_set_tlsext_status_type(c->ssl, TLSEXT_STATUSTYPE_ocsp) == 1;
	return ok && (n == 0 || SSL_set_alpn_protos(c->ssl, wire, (unsigned)n + 1) == 0);
}

static void
offer_session(struct tls_conn *c)
{
	SSL_SESSION *s = tls_session_take(c->t->sessions, c->session_key);

	c->ticket_offered = s && SSL_set_session(c->ssl, s) == 1;
	if (s && !c->ticket_offered)
		ERR_clear_error(); /* then the handshake is a full one */
	SSL_SESSION_free(s);
}

struct tls_conn *
tls_connect_new(struct tls *t, const struct tls_server_want *w, const struct tls_io *io, void *arg)
{
	struct tls_conn *c = conn_new(t, t->connect_ctx, io, arg);

	if (!c)
		return NULL;
	set_alpn(c, span_str(w->alpn));
	c->verify_host = bare_name(w->verify_host);
	/* A session is resumed without a staple: who asks for one begins with one. */
	c->session_key = mem_printf("%s|%s|%s|%s|%s", w->session_key ? w->session_key : "",
	    w->sni ? w->sni : "", c->verify_host, c->alpn, w->status_request ? "staple" : "");
	if (!set_verify(c) || !set_offers(c, w) || (w->own_ca && !set_own_ca(c))) {
		tls_conn_free(c);
		return NULL;
	}
	if (!w->own_ca)
		offer_session(c);
	SSL_set_connect_state(c->ssl);
	return c;
}

void
tls_conn_free(struct tls_conn *c)
{
	if (!c)
		return;
	SSL_free(c->ssl);
	tls_leaf_unref(c->leaf);
	X509_free(c->refused);
	free(c->session_key);
	free(c->verify_host);
	free(c->why);
	free(c);
}

/* What a call that could not finish means; the end of the byte stream is known from the BIO alone.
 */
static enum tls_result
result_of(struct tls_conn *c, int ret)
{
	switch (SSL_get_error(c->ssl, ret)) {
	case SSL_ERROR_ZERO_RETURN:
		return TLS_CLOSED;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		if (c->reset)
			return TLS_BROKEN;
		return c->eof ? TLS_TRUNCATED : TLS_AGAIN;
	default:
		return TLS_BROKEN;
	}
}

/* Keeps the reason of whatever ended the connection. */
static enum tls_result
end_with(struct tls_conn *c, enum tls_result r)
{
	const char *who = c->server_side ? "server" : "client";

	if (r == TLS_BROKEN && c->reset)
		tls_conn_set_fail(c, TLS_FAIL_PEER_RESET, "%s reset the connection%s", who,
		    c->done ? "" : " during the handshake");
	else if (r == TLS_BROKEN)
		tls_classify(c);
	else if (c->done)
		return r;
	else if (r == TLS_CLOSED)
		tls_conn_set_fail(c, TLS_FAIL_PEER_CLOSED, "%s closed during the handshake", who);
	else if (r == TLS_TRUNCATED)
		tls_conn_set_fail(c, TLS_FAIL_PEER_CLOSED, "%s closed the connection %s", who,
		    c->server_side ? "during the handshake"
		    : c->wrote	   ? "without an alert after it got our certificate"
				   : "before it got our certificate");
	ERR_clear_error();
	return r;
}

enum tls_result
tls_handshake(struct tls_conn *c)
{
	if (c->done)
		return TLS_OK;
	if (c->fail)
		return TLS_BROKEN;
	ERR_clear_error();
	int ret = SSL_do_handshake(c->ssl);
	if (ret == 1) {
		c->done = true;
		SSL_free_buffers(c->ssl); /* OpenSSL keeps 16 KiB until the first write */
		return TLS_OK;
	}
	enum tls_result r = result_of(c, ret);
	return r == TLS_AGAIN ? r : end_with(c, r);
}

enum tls_result
tls_read(struct tls_conn *c, char *p, size_t max, size_t *n)
{
	*n = 0;
	if (!c->done || c->fail)
		return TLS_BROKEN;
	ERR_clear_error();
	int ret = SSL_read_ex(c->ssl, p, max, n);
	/* A ticket makes OpenSSL set up a write buffer that only the next write would release: 16
	 * KiB of every idle connection. */
	if (c->ticket_came && SSL_free_buffers(c->ssl) == 1)
		c->ticket_came = false;
	if (ret == 1)
		return TLS_OK;
	*n = 0;
	enum tls_result r = result_of(c, ret);
	return r == TLS_AGAIN ? r : end_with(c, r);
}

/* A record that is held only in part is not pending: after io->read had no more, only the socket
 * helps. */
bool
tls_pending(const struct tls_conn *c)
{
	return c->done && !c->fail &&
	       (SSL_pending(c->ssl) > 0 || (!c->drained && SSL_has_pending(c->ssl)));
}

enum tls_result
tls_write(struct tls_conn *c, const char *p, size_t n)
{
	while (n) {
		size_t k = 0;
		if (!c->done || c->fail || c->closed)
			return TLS_BROKEN;
		ERR_clear_error();
		int ret = SSL_write_ex(c->ssl, p, n, &k);
		if (ret != 1) {
			enum tls_result r = result_of(c, ret);
			if (r != TLS_BROKEN)
				tls_conn_set_fail(
				    c, TLS_FAIL_LOCAL, "the connection took no more bytes");
			return end_with(c, TLS_BROKEN);
		}
		p += k;
		n -= k;
	}
	return TLS_OK;
}

void
tls_shutdown(struct tls_conn *c)
{
	if (!c->done || c->fail || c->closed)
		return;
	c->closed = true;
	ERR_clear_error();
	SSL_shutdown(c->ssl);
	ERR_clear_error();
}
