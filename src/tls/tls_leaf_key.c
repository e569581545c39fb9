/* SPDX-License-Identifier: MIT
 * The keys that all leaves share (no key is made per host), and the extensions that follow from a
 * key and the CA alone. */

/* X509_set_pubkey() with a key of OpenSSL 3 encodes and decodes it through providers: 260 us of a
 * 360 us forge. With a key in the old representation it costs 5 us, hence the deprecated calls of
 * this file. Handshakes sign equally fast with either. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <pthread.h>
#include <stdlib.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "tls/tls_internal.h"

enum { RSA_BITS = 2048 };

static EVP_PKEY *
make_ec(void)
{
	EC_KEY *k = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	EVP_PKEY *p = EVP_PKEY_new();

	if (k && p && EC_KEY_generate_key(k) == 1 && EVP_PKEY_assign_EC_KEY(p, k) == 1)
		return p;
	EC_KEY_free(k);
	EVP_PKEY_free(p);
	return NULL;
}

static EVP_PKEY *
make_rsa(void)
{
	RSA *k = RSA_new();
	BIGNUM *e = BN_new();
	EVP_PKEY *p = EVP_PKEY_new();
	bool ok = k && e && p && BN_set_word(e, RSA_F4) == 1 &&
		  RSA_generate_key_ex(k, RSA_BITS, e, NULL) == 1 && EVP_PKEY_assign_RSA(p, k) == 1;

	BN_free(e);
	if (ok)
		return p;
	RSA_free(k);
	EVP_PKEY_free(p);
	return NULL;
}

/* The CA may lack a key identifier; then its key is hashed, as others would do. */
static X509_EXTENSION *
make_aki(const struct tls_ca *ca)
{
	AUTHORITY_KEYID *a = AUTHORITY_KEYID_new();
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(ca->cert);
	unsigned char d[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	X509_EXTENSION *e = NULL;

	if (a && skid)
		a->keyid = ASN1_OCTET_STRING_dup(skid);
	else if (a && X509_pubkey_digest(ca->cert, EVP_sha1(), d, &n) == 1 &&
		 (a->keyid = ASN1_OCTET_STRING_new()))
		ASN1_OCTET_STRING_set(a->keyid, d, (int)n);
	if (a && a->keyid)
		e = X509V3_EXT_i2d(NID_authority_key_identifier, 0, a);
	AUTHORITY_KEYID_free(a);
	return e;
}

static X509_EXTENSION *
make_ski(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509V3_CTX ctx;
	X509_EXTENSION *e = NULL;

	if (x && X509_set_pubkey(x, key) == 1) {
		X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
		e = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_key_identifier, "hash");
	}
	X509_free(x);
	return e;
}

static bool
fill_key(struct tls_leaf_key *k, EVP_PKEY *key, const struct tls_ca *ca, const char *usage)
{
	bool ok = key != NULL;

	if (!ok)
		return false;
	k->ext[0] = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:FALSE");
	k->ext[1] = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, usage);
	k->ext[2] = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "serverAuth");
	k->ext[3] = make_ski(key);
	k->ext[4] = make_aki(ca);
	for (int i = 0; i < TLS_FIXED_EXTENSIONS; i++)
		ok = ok && k->ext[i];
	k->key = key;
	return ok;
}

bool
tls_leaf_keys_open(struct tls *t)
{
	pthread_mutex_t *m = mem_zalloc(sizeof *m);

	pthread_mutex_init(m, NULL);
	t->leaf_key_lock = m;
	return fill_key(&t->leaf_key[TLS_KEY_EC], make_ec(), &t->ca, "critical,digitalSignature");
}

void
tls_leaf_keys_close(struct tls *t)
{
	for (int k = 0; k < TLS_KEY_KINDS; k++) {
		for (int i = 0; i < TLS_FIXED_EXTENSIONS; i++)
			X509_EXTENSION_free(t->leaf_key[k].ext[i]);
		EVP_PKEY_free(t->leaf_key[k].key);
	}
	if (t->leaf_key_lock)
		pthread_mutex_destroy(t->leaf_key_lock);
	free(t->leaf_key_lock);
}

const struct tls_leaf_key *
tls_leaf_key(struct tls *t, enum tls_key_kind kind)
{
	struct tls_leaf_key *k = &t->leaf_key[kind];
	bool ok = true;

	if (kind == TLS_KEY_EC)
		return k;
	pthread_mutex_lock(t->leaf_key_lock);
	if (!k->key)
		ok = fill_key(k, make_rsa(), &t->ca, "critical,digitalSignature,keyEncipherment");
	pthread_mutex_unlock(t->leaf_key_lock);
	return ok ? k : NULL;
}
