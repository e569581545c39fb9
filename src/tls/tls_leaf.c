/* SPDX-License-Identifier: MIT
 * Forging leaves: a certificate like the server's, signed by our CA, over the shared key. With
 * P-256 one costs 76 us, 35 of them the signature (Xeon, OpenSSL 3.0); a hit in the cache costs 2
 * us. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tls/tls_internal.h"

enum {
	DAY = 86400,
	BACK_DAYS = 2,	/* clients whose clock is late */
	MAX_DAYS = 397, /* what browsers and Apple accept, both ends included */
	MIN_DAYS = 2	/* of a server certificate that is about to end or ended (insecure) */
};

static bool
set_times(X509 *x, const X509 *server, time_t ca_end, time_t *not_after)
{
	time_t now = tls_now(), from = now - BACK_DAYS * DAY;
	time_t end = server ? tls_time_of(X509_get0_notAfter(server)) : ca_end;

	if (end > from + (time_t)MAX_DAYS * DAY)
		end = from + (time_t)MAX_DAYS * DAY;
	if (end < now + MIN_DAYS * DAY)
		end = now + MIN_DAYS * DAY;
	if (end > ca_end)
		end = ca_end;
	*not_after = end;
	return X509_time_adj_ex(X509_getm_notBefore(x), 0, 0, &from) &&
	       X509_time_adj_ex(X509_getm_notAfter(x), 0, 0, &end);
}

static bool
set_serial(X509 *x)
{
	unsigned char r[16];

	if (RAND_bytes(r, sizeof r) != 1)
		return false;
	r[0] =
	    (unsigned char)((r[0] & 0x7f) | 0x40); /* 126 random bits, positive, of full length */
	BIGNUM *bn = BN_bin2bn(r, sizeof r, NULL);
	bool ok = bn && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x));
	BN_free(bn);
	return ok;
}

static bool
set_names(X509 *x, const X509 *server, const char *host, const char *sni)
{
	X509_NAME *subject = tls_leaf_subject(server, host);
	GENERAL_NAMES *alt = tls_leaf_alt_names(server, host, sni);
	bool ok = subject && alt && X509_set_subject_name(x, subject) == 1 &&
		  X509_add1_ext_i2d(x, NID_subject_alt_name, alt, 0, X509V3_ADD_APPEND) == 1;

	X509_NAME_free(subject);
	GENERAL_NAMES_free(alt);
	return ok;
}

static bool
add_fixed(X509 *x, const struct tls_leaf_key *k)
{
	for (int i = 0; i < TLS_FIXED_EXTENSIONS; i++)
		if (X509_add_ext(x, k->ext[i], -1) != 1)
			return false;
	return X509_set_pubkey(x, k->key) == 1;
}

struct tls_leaf *
tls_leaf_forge(struct tls *t, const X509 *server, const char *host, const char *sni,
    enum tls_key_kind kind, struct errmsg *why)
{
	const struct tls_leaf_key *k = tls_leaf_key(t, kind);
	X509 *x = k ? X509_new() : NULL;
	time_t not_after = 0;

	if (!x || X509_set_version(x, X509_VERSION_3) != 1 || !set_serial(x) ||
	    X509_set_issuer_name(x, X509_get_subject_name(t->ca.cert)) != 1 ||
	    !set_times(x, server, t->ca.not_after, &not_after) ||
	    !set_names(x, server, host, sni) || !add_fixed(x, k) ||
	    X509_sign(x, t->ca.key, t->ca.md) <= 0) {
		X509_free(x);
		err_set(why, ERR_CRYPTO, "cannot forge a certificate for \"%.200s\": %s", host,
		    ERR_peek_error() ? "the TLS library failed"
				     : "it is neither a name nor an address");
		return NULL;
	}
	X509_check_purpose(x, -1, 0); /* fills caches inside while no other thread sees it */
	struct tls_leaf *l = mem_zalloc(sizeof *l);
	atomic_init(&l->refs, 1);
	l->cert = x;
	l->key = k->key;
	l->chain = t->ca.chain;
	l->not_after = not_after;
	return l;
}

struct tls_leaf *
tls_leaf_ref(struct tls_leaf *l)
{
	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

void
tls_leaf_unref(struct tls_leaf *l)
{
	if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1)
		return;
	X509_free(l->cert);
	free(l);
}

/* What a leaf depends on. The names are compared without case, as DNS does. */
static bool
name_leaf(const struct tls *t, const X509 *server, const char *host, const char *sni,
    enum tls_key_kind kind, unsigned char *id)
{
	unsigned char in[EVP_MAX_MD_SIZE + 1 + 256 + 1 + 256 + 1];
	unsigned n = 0;

	if (server && X509_digest(server, t->sha256, in, &n) != 1)
		return false;
	in[n++] = (unsigned char)kind;
	for (int i = 0; i < 2; i++) {
		const char *s = i ? sni : host;
		for (unsigned k = 0; s && s[k] && k < 255; k++)
			in[n++] = (unsigned char)tolower((unsigned char)s[k]);
		in[n++] = 0;
	}
	return EVP_Digest(in, n, id, NULL, t->sha256, NULL) == 1;
}

static struct tls_leaf *
forge_timed(struct tls *t, const X509 *server, const char *host, const char *sni,
    enum tls_key_kind kind, struct errmsg *why)
{
	uint64_t start = clock_mono_ns();
	struct tls_leaf *l = tls_leaf_forge(t, server, host, sni, kind, why);

	atomic_fetch_add_explicit(&t->forged, l != NULL, memory_order_relaxed);
	uint64_t us = (clock_mono_ns() - start) / 1000;
	atomic_fetch_add_explicit(&t->forge_us, us, memory_order_relaxed);
	if (l)
		hist_add_shared(&t->forge_times, us);
	return l;
}

struct tls_leaf *
tls_leaf_obtain(struct tls *t, const struct tls_conn *server, const char *host, const char *sni,
    bool ecdsa_ok, bool *cached, struct errmsg *why)
{
	const X509 *theirs = server ? SSL_get0_peer_certificate(server->ssl) : NULL;
	enum tls_key_kind kind = ecdsa_ok ? TLS_KEY_EC : TLS_KEY_RSA;
	unsigned char id[EVP_MAX_MD_SIZE];

	*cached = false;
	ERR_clear_error();
	if ((server && !theirs) || !name_leaf(t, theirs, host, sni, kind, id)) {
		err_set(
		    why, ERR_NOTFOUND, "the server of \"%.200s\" has shown no certificate", host);
		return NULL;
	}
	struct tls_leaf *l = tls_leaf_cache_get(t->leaves, id);
	if (l) {
		*cached = true;
		return l;
	}
	l = forge_timed(t, theirs, host, sni, kind, why);
	if (l)
		memcpy(l->id, id, sizeof l->id);
	tls_leaf_cache_put(t->leaves, id, l);
	ERR_clear_error();
	return l;
}

struct tls_leaf *
tls_leaf_for(struct tls *t, const struct tls_conn *server, const char *host, const char *sni,
    bool ecdsa_ok, struct errmsg *why)
{
	bool cached;

	return tls_leaf_obtain(t, server, host, sni, ecdsa_ok, &cached, why);
}
