/* SPDX-License-Identifier: MIT
 * Stand-ins for the tests of src/tls: certificates of every kind, temporary folders, and a peer
 * made of plain OpenSSL that a tls_conn talks to through memory. */
#ifndef TESTS_UNIT_TLS_FIXTURE_H
#define TESTS_UNIT_TLS_FIXTURE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "tls/tls_internal.h"

/* A new folder, removed by fix_dirs_remove(). Valid until then. */
const char *fix_dir(void);
void fix_dirs_remove(void);
/* "<dir>/<name>", valid for the next eight calls. */
const char *fix_path(const char *dir, const char *name);
void fix_write(const char *path, unsigned mode, const char *text);
void fix_write_pem(const char *path, const X509 *x, EVP_PKEY *key);

struct fix_cert {
	const char *cn;		/* NULL: an empty subject */
	const char *san;	/* as in openssl.cnf, "DNS:a,IP:::1"; NULL: none */
	int from_days, to_days; /* from now; both 0: -1 and 90 */
	bool ca;
	const EVP_MD *md;   /* NULL: SHA-256 */
	const X509 *issuer; /* NULL: self-signed */
	EVP_PKEY *issuer_key;
};
EVP_PKEY *fix_key(void); /* one P-256 key for all, borrowed */
X509 *fix_cert(const struct fix_cert *want);

/* A struct tls over dir that trusts server_ca (or the system only). */
struct tls *fix_tls(const char *dir, const char *server_ca, bool insecure);

/* The other end: an SSL that the test drives. */
struct fix_peer {
	SSL *ssl;
	BIO *in, *out;	 /* bytes to the SSL and from it */
	size_t step;	 /* io reads at most so many bytes at once; 0: any */
	bool eof, reset; /* what io->read tells once out is empty */
	size_t reads;
};
extern const struct tls_io fix_io;
SSL_CTX *fix_client_ctx(void); /* trusts nothing, verifies nothing */
SSL_CTX *fix_server_ctx(X509 *x, EVP_PKEY *key);
void fix_peer_open(struct fix_peer *p, SSL_CTX *ctx, bool server);
void fix_peer_close(struct fix_peer *p);
/* Both ends in turn until c is done, failed or stuck. Returns c's last result. */
enum tls_result fix_handshake(struct tls_conn *c, struct fix_peer *p);
/* Asserts what peer and c send each other arrives. */
void fix_exchange(struct tls_conn *c, struct fix_peer *p);
/* A stand-in for a server's side after its handshake, for tls_leaf_for. */
struct tls_conn *fix_server_conn(struct tls *t, struct fix_peer *p, X509 *x, const char *host);

#endif
