/* SPDX-License-Identifier: MIT
 * What the files of this folder share: the inside of struct tls and struct tls_conn. Only they may
 * include it; it is the one header of the project that knows OpenSSL. */
#ifndef TLS_TLS_INTERNAL_H
#define TLS_TLS_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/span.h"
#include "tls/tls.h"

enum {
	TLS_KEY_BYTES = 32, /* SHA-256: names a leaf, isolates client sessions */
	TLS_READ_BUFFER_BYTES =
	    65536,	      /* encrypted bytes taken per read; only held while not empty */
	TLS_HEARD_BYTES = 24, /* first bytes of the peer, to say what it spoke instead of TLS */
};

/* The CA: immutable after tls_ca_open. */
struct tls_ca {
	X509 *cert;
	EVP_PKEY *key;
	const EVP_MD *md;	/* never weaker than SHA-256; fits the key */
	STACK_OF(X509) * chain; /* what ca.pem holds besides, to be sent; NULL when nothing */
	struct tls_ca_info info;
	time_t not_after;
};

/* A key shared by every leaf of its kind, with what follows from it alone. */
enum tls_key_kind { TLS_KEY_EC, TLS_KEY_RSA, TLS_KEY_KINDS };
enum { TLS_FIXED_EXTENSIONS = 5 };
struct tls_leaf_key {
	EVP_PKEY *key;
	X509_EXTENSION *ext[TLS_FIXED_EXTENSIONS];
};

struct tls_leaf {
	_Atomic unsigned refs;
	X509 *cert;
	EVP_PKEY *key;
	STACK_OF(X509) * chain; /* borrowed of the CA */
	time_t not_after;
	unsigned char id[TLS_KEY_BYTES];
};

struct tls_leaf_cache;
struct tls_session_cache;

struct tls {
	struct tls_ca ca;
	SSL_CTX *accept_ctx, *connect_ctx;
	BIO_METHOD *bio;
	EVP_MD *sha256; /* fetched once: an implicit fetch costs more than the hash */
	struct tls_leaf_key leaf_key[TLS_KEY_KINDS];
	void *leaf_key_lock; /* guards the making of leaf_key[TLS_KEY_RSA] */
	struct tls_leaf_cache *leaves;
	struct tls_session_cache *sessions;
	bool insecure;
	_Atomic uint64_t forged, forge_us;
	struct hist forge_times;
};

struct tls_conn {
	struct tls *t;
	SSL *ssl;
	const struct tls_io *io;
	void *arg;
	struct tls_leaf *leaf; /* client side */
	char *session_key;     /* server side */
	char *verify_host;     /* server side */
	X509 *refused;	       /* the server's certificate when verification failed */
	char *why;	       /* the sentence, made on failure */
	int verify_error;      /* the first X509_V_ERR_* seen, or X509_V_OK */
	enum tls_fail fail;
	bool server_side; /* we are its client */
	bool own_ca;	  /* only our CA is trusted */
	bool eof, reset;  /* what io->read or io->write told last */
	bool drained;	  /* io->read had nothing more: only the socket can help */
	bool wrote;	  /* we have sent something */
	bool done;	  /* handshake finished */
	bool closed;	  /* close_notify sent */
	bool ticket_came; /* since buffers were last given back */
	bool ticket_offered; /* to the server, to resume by */
	bool ticket_kept; /* one of this connection was kept for the next */
	const char *staple; /* what the stapled OCSP response says; NULL: none was asked for, or resumed */
	bool cert_wanted; /* the server asked for a client certificate */
	unsigned char nheard;
	char heard[TLS_HEARD_BYTES];
	char alpn[24]; /* to select or offer; "" for none */
};

/* tls_ca.c */
int tls_ca_open(struct tls_ca *ca, const char *dir, struct errmsg *why);
void tls_ca_close(struct tls_ca *ca);

/* tls_ca_file.c: files that hold secrets. Each returns 0 or an enum err with the sentence in why.
 */
int tls_file_make_dir(const char *path, struct errmsg *why);
/* Reads the file whole into *data (free with OPENSSL_clear_free(*data, *n + 1)); with secret set it
 * must be ours alone. */
int tls_file_read(const char *path, bool secret, char **data, size_t *n, struct errmsg *why);
/* Makes path with these bytes, complete or not at all; ERR_EXISTS when it is there already. */
int tls_file_create(
    const char *path, unsigned mode, const void *data, size_t n, struct errmsg *why);

/* tls_ctx.c */
int tls_ctx_open(struct tls *t, const struct tls_config *c, struct errmsg *why);

/* tls_bio.c */
BIO_METHOD *tls_bio_method_new(void);
BIO *tls_bio_new(struct tls_conn *c);

/* tls_leaf_key.c: the shared key of the kind, made on first need; NULL when that fails. */
const struct tls_leaf_key *tls_leaf_key(struct tls *t, enum tls_key_kind kind);
bool tls_leaf_keys_open(struct tls *t);
void tls_leaf_keys_close(struct tls *t);

/* tls_leaf_names.c: what a forged leaf is called; server NULL: after host and sni alone. NULL on
 * lack of memory or (alt names) of any name. */
X509_NAME *tls_leaf_subject(const X509 *server, const char *host);
GENERAL_NAMES *tls_leaf_alt_names(const X509 *server, const char *host, const char *sni);

/* tls_leaf.c */
struct tls_leaf *tls_leaf_forge(struct tls *t, const X509 *server, const char *host,
    const char *sni, enum tls_key_kind kind, struct errmsg *why);
struct tls_leaf *tls_leaf_ref(struct tls_leaf *l);

/* tls_leaf_cache.c. get: the leaf with a reference, or NULL and the caller must forge it and call
 * put (leaf NULL when that failed); others who want the same wait until then. */
struct tls_leaf_cache *tls_leaf_cache_new(unsigned max);
void tls_leaf_cache_free(struct tls_leaf_cache *c);
struct tls_leaf *tls_leaf_cache_get(struct tls_leaf_cache *c, const unsigned char *id);
void tls_leaf_cache_put(struct tls_leaf_cache *c, const unsigned char *id, struct tls_leaf *l);
void tls_leaf_cache_count(struct tls_leaf_cache *c, uint64_t *kept, uint64_t *hits);

/* tls_session.c: sessions of servers, for resumption. take gives a reference of its own. */
struct tls_session_cache *tls_session_cache_new(unsigned max);
void tls_session_cache_free(struct tls_session_cache *c);
/* True: it was kept, and not of a kind that cannot resume. */
bool tls_session_put(struct tls_session_cache *c, const char *key, const SSL_SESSION *s);
SSL_SESSION *tls_session_take(struct tls_session_cache *c, const char *key);
unsigned tls_session_count(struct tls_session_cache *c);

/* tls_verify.c */
int tls_verify_cb(int ok, X509_STORE_CTX *x);
/* The server's certificate, which was verified, turns out to be revoked. False: the connection fails for it, which is said. */
bool tls_verify_revoked(struct tls_conn *c);

/* tls_staple.c: called when the server's certificate has been verified and it was asked for a stapled response. */
int tls_staple_cb(SSL *ssl, void *arg);

/* tls_classify.c: reads the error queue after a call on c failed. */
void tls_classify(struct tls_conn *c);
/* Stores class and sentence unless an earlier failure did. */
void tls_conn_set_fail(struct tls_conn *c, enum tls_fail f, const char *fmt, ...) ATTR_PRINTF(3, 4);

/* tls_text.c: certificates as text */
/* "CN x" or what else names the certificate, escaped to printable ASCII. */
void tls_text_who(const X509 *x, char *out, size_t size_bytes);
void tls_text_issuer(const X509 *x, char *out, size_t size_bytes);
/* "CN=x, O=y" as raw bytes. */
/* Copies raw bytes into a string, cut to its size; NULs become dots, they would end it. */
void tls_text_copy(char *out, size_t size_bytes, struct span s);
/* Two digits a byte, and a NUL. */
void tls_text_hex(char *out, const unsigned char *p, unsigned n);
void tls_text_name(const X509_NAME *name, char *out, size_t size_bytes);
void tls_text_alt_names(const X509 *x, char *out, size_t size_bytes);
void tls_text_date(const ASN1_TIME *t, char *out, size_t size_bytes); /* YYYY-MM-DD */
time_t tls_time_of(const ASN1_TIME *t);				      /* -1 when it is not a time */

/* tls.c: the wall clock, stopped in tests. */
time_t tls_now(void);

#endif
