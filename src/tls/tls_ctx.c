/* SPDX-License-Identifier: MIT
 * The two contexts, one per direction, built once: making one costs as much as a handshake and does
 * not scale over threads. What differs per connection is set on its SSL. */
#include <string.h>

#include <openssl/err.h>

#include "tls/tls_internal.h"

/* AES-128-GCM first: the fastest on every CPU with AES instructions. */
static const char suites_13[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
static const char suites_12[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
				"ALL:!COMPLEMENTOFDEFAULT:!eNULL";
static const char groups[] = "X25519:P-256:P-384";

static int
select_alpn(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *in,
    unsigned in_n, void *arg)
{
	const struct tls_conn *c = SSL_get_app_data(ssl);
	size_t want = strlen(c->alpn);

	(void)arg;
	for (unsigned i = 0; want && i < in_n; i += 1u + in[i]) {
		if (in[i] == want && i + 1 + want <= in_n && !memcmp(in + i + 1, c->alpn, want)) {
			*out = in + i + 1;
			*n = in[i];
			return SSL_TLSEXT_ERR_OK;
		}
	}
	return SSL_TLSEXT_ERR_NOACK;
}

/* TLS 1.3 tickets come after the handshake and more than once: each is kept. */
static int
keep_session(SSL *ssl, SSL_SESSION *s)
{
	struct tls_conn *c = SSL_get_app_data(ssl);

	c->ticket_came = true;
	bool keep = !c->own_ca && (SSL_get_verify_result(ssl) == X509_V_OK || c->t->insecure);
	/* The session itself says "verified": what was stapled came after it was filled in. */
	keep &= c->verify_error != X509_V_ERR_CERT_REVOKED;
	if (keep && tls_session_put(c->t->sessions, c->session_key, s) && !c->ticket_kept) {
		c->ticket_kept = true;
		if (c->done && c->io->kept)
			c->io->kept(c->arg);
	}
	return 0; /* the cache holds a copy of its own */
}

/* Called when the server asks for a certificate. We have none; remember, to explain the alert that
 * may follow. */
static int
note_cert_request(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
	struct tls_conn *c = SSL_get_app_data(ssl);

	(void)cert;
	(void)key;
	c->cert_wanted = true;
	return 0;
}

static SSL_CTX *
new_common(const SSL_METHOD *method)
{
	SSL_CTX *x = SSL_CTX_new(method);

	if (!x)
		return NULL;
	SSL_CTX_set_mode(x, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_options(x, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_read_ahead(x, 1);
	SSL_CTX_set_default_read_buffer_len(x, TLS_READ_BUFFER_BYTES);
	if (SSL_CTX_set_min_proto_version(x, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_ciphersuites(x, suites_13) == 1 &&
	    SSL_CTX_set_cipher_list(x, suites_12) == 1 && SSL_CTX_set1_groups_list(x, groups) == 1)
		return x;
	SSL_CTX_free(x);
	return NULL;
}

static SSL_CTX *
new_accept(void)
{
	SSL_CTX *x = new_common(TLS_server_method());

	if (!x)
		return NULL;
	SSL_CTX_set_options(x, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF); /* stateless tickets only */
	SSL_CTX_set_num_tickets(x, 1);
	SSL_CTX_set_alpn_select_cb(x, select_alpn, NULL);
	return x;
}

static X509_STORE *
new_store(const struct tls_config *c, struct errmsg *why)
{
	X509_STORE *s = X509_STORE_new();

	/* A system without a store is no error: servers then fail verification, with the reason. */
	if (!s || X509_STORE_set_default_paths(s) != 1)
		ERR_clear_error();
	if (s && c->server_ca && X509_STORE_load_file(s, c->server_ca) != 1) {
		err_set(why, ERR_CRYPTO,
		    "%s holds no readable CA certificate: give a PEM file with --server-ca",
		    c->server_ca);
		X509_STORE_free(s);
		return NULL;
	}
	return s;
}

static SSL_CTX *
new_connect(const struct tls_config *c, struct errmsg *why)
{
	X509_STORE *store = new_store(c, why);
	SSL_CTX *x = store ? new_common(TLS_client_method()) : NULL;

	if (!x) {
		X509_STORE_free(store);
		return NULL;
	}
	SSL_CTX_set_cert_store(x, store);
	SSL_CTX_set_verify(x, SSL_VERIFY_PEER, tls_verify_cb);
	X509_VERIFY_PARAM_set_hostflags(SSL_CTX_get0_param(x),
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(x, keep_session);
	SSL_CTX_set_client_cert_cb(x, note_cert_request);
	SSL_CTX_set_tlsext_status_cb(x, tls_staple_cb);
	return x;
}

int
tls_ctx_open(struct tls *t, const struct tls_config *c, struct errmsg *why)
{
	err_set(why, ERR_CRYPTO,
	    "the TLS library cannot make a context: check its configuration (openssl.cnf)");
	t->accept_ctx = new_accept();
	if (t->accept_ctx)
		t->connect_ctx = new_connect(c, why);
	if (!t->accept_ctx || !t->connect_ctx)
		return ERR_CRYPTO;
	err_set(why, 0, "%s", "");
	return 0;
}
