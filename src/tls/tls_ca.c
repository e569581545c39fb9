/* SPDX-License-Identifier: MIT
 * The certificate authority that signs every forged leaf: loaded from its folder, or made there on
 * the first start. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "base/buf.h"
#include "tls/tls_internal.h"

enum { CA_DAYS = 3650, CA_BACK_DAYS = 2, DAY_SECONDS = 86400, RSA_MIN_BITS = 2048 };

struct ca_paths {
	char dir[PATH_MAX];
	char cert[512], key[512];
};

static int
find_paths(struct ca_paths *p, const char *dir, struct errmsg *why)
{
	if (!realpath(dir, p->dir))
		return err_set(why, ERR_SYSTEM, "cannot use folder %s: %s", dir, strerror(errno));
	int a = snprintf(p->cert, sizeof p->cert, "%s/ca.pem", p->dir);
	int b = snprintf(p->key, sizeof p->key, "%s/ca.key", p->dir);
	if (a < 0 || b < 0 || (size_t)a >= sizeof p->cert || (size_t)b >= sizeof p->key)
		return err_set(why, ERR_LIMIT, "the path of folder %.200s is too long", p->dir);
	return 0;
}

/* An encrypted key must fail rather than ask on the terminal. */
static int
no_password(char *p, int size, int rw, void *arg)
{
	(void)p;
	(void)size;
	(void)rw;
	(void)arg;
	return -1;
}

static int
read_key(struct tls_ca *ca, const char *path, struct errmsg *why)
{
	char *data;
	size_t n;
	int rc = tls_file_read(path, true, &data, &n, why);

	if (rc)
		return rc;
	BIO *b = BIO_new_mem_buf(data, (int)n);
	ca->key = b ? PEM_read_bio_PrivateKey(b, NULL, no_password, NULL) : NULL;
	BIO_free(b);
	OPENSSL_clear_free(data, n + 1);
	if (!ca->key)
		return err_set(why, ERR_CRYPTO, "%s holds no unencrypted PEM private key", path);
	bool ec = EVP_PKEY_is_a(ca->key, "EC"), rsa = EVP_PKEY_is_a(ca->key, "RSA");
	if (!ec && !(rsa && EVP_PKEY_get_bits(ca->key) >= RSA_MIN_BITS))
		return err_set(why, ERR_REFUSED,
		    "%s is neither an EC key nor an RSA key of %d bits or more: use such a CA",
		    path, RSA_MIN_BITS);
	ca->md = ec && EVP_PKEY_get_bits(ca->key) > 256 ? EVP_sha384() : EVP_sha256();
	return 0;
}

static void
read_chain(struct tls_ca *ca, BIO *b)
{
	X509 *x;

	while ((x = PEM_read_bio_X509(b, NULL, no_password, NULL))) {
		if (!ca->chain)
			ca->chain = sk_X509_new_null();
		if (!ca->chain || !sk_X509_push(ca->chain, x))
			X509_free(x);
	}
	/* A self-signed CA is in the client's store or useless; anything else the client needs to
	 * see. */
	if (!(X509_get_extension_flags(ca->cert) & EXFLAG_SS) && X509_up_ref(ca->cert)) {
		if (!ca->chain)
			ca->chain = sk_X509_new_null();
		if (!ca->chain || !sk_X509_unshift(ca->chain, ca->cert))
			X509_free(ca->cert);
	}
}

static int
read_cert(struct tls_ca *ca, const char *path, struct errmsg *why)
{
	char *data;
	size_t n;
	int rc = tls_file_read(path, false, &data, &n, why);

	if (rc)
		return rc;
	BIO *b = BIO_new_mem_buf(data, (int)n);
	ca->cert = b ? PEM_read_bio_X509(b, NULL, no_password, NULL) : NULL;
	if (ca->cert)
		read_chain(ca, b);
	BIO_free(b);
	OPENSSL_free(data);
	return ca->cert ? 0 : err_set(why, ERR_CRYPTO, "%s holds no PEM certificate", path);
}

static int
check_cert(struct tls_ca *ca, const struct ca_paths *p, struct errmsg *why)
{
	char until[16];

	if (X509_check_private_key(ca->cert, ca->key) != 1)
		return err_set(why, ERR_REFUSED,
		    "%s does not belong to %s: put back the matching pair", p->key, p->cert);
	if (X509_check_ca(ca->cert) != 1 || !(X509_get_key_usage(ca->cert) & KU_KEY_CERT_SIGN))
		return err_set(why, ERR_REFUSED,
		    "%s may not sign certificates (no CA:TRUE): use a CA certificate", p->cert);
	ca->not_after = tls_time_of(X509_get0_notAfter(ca->cert));
	tls_text_date(X509_get0_notAfter(ca->cert), until, sizeof until);
	if (ca->not_after <= tls_now())
		return err_set(why, ERR_REFUSED,
		    "%s expired %s: remove it and ca.key to have a new CA made", p->cert, until);
	return 0;
}

static int
load(struct tls_ca *ca, const struct ca_paths *p, struct errmsg *why)
{
	int rc = read_key(ca, p->key, why);

	if (!rc)
		rc = read_cert(ca, p->cert, why);
	return rc ? rc : check_cert(ca, p, why);
}

static bool
add_ca_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool ok = e && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

static bool
fill_cert(X509 *x, EVP_PKEY *key)
{
	unsigned char r[16];
	char cn[64];
	time_t now = tls_now();

	if (RAND_bytes(r, sizeof r) != 1)
		return false;
	r[0] = (unsigned char)((r[0] & 0x7f) | 0x40); /* positive and of full length */
	snprintf(cn, sizeof cn, "mitmtop CA %02x%02x%02x%02x", r[12], r[13], r[14], r[15]);
	BIGNUM *bn = BN_bin2bn(r, sizeof r, NULL);
	bool ok = bn && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x));
	BN_free(bn);
	X509_NAME *name = X509_get_subject_name(x);
	return ok && X509_set_version(x, X509_VERSION_3) == 1 &&
	       X509_NAME_add_entry_by_txt(
		   name, "CN", MBSTRING_UTF8, (unsigned char *)cn, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 &&
	       X509_time_adj_ex(X509_getm_notBefore(x), -CA_BACK_DAYS, 0, &now) &&
	       X509_time_adj_ex(X509_getm_notAfter(x), CA_DAYS, 0, &now) &&
	       add_ca_extension(x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	       add_ca_extension(x, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	       add_ca_extension(x, NID_subject_key_identifier, "hash") &&
	       X509_sign(x, key, EVP_sha256()) > 0;
}

static int
store_pem(BIO *b, const char *path, unsigned mode, bool encoded, struct errmsg *why)
{
	char *p = NULL;
	long n = BIO_get_mem_data(b, &p);

	if (!encoded || n <= 0)
		return err_set(why, ERR_CRYPTO, "the TLS library cannot encode %s", path);
	return tls_file_create(path, mode, p, (size_t)n, why);
}

static int
store_pair(const struct ca_paths *p, X509 *x, EVP_PKEY *key, struct errmsg *why)
{
	BIO *kb = BIO_new(BIO_s_secmem()), *xb = BIO_new(BIO_s_mem());
	int rc = ERR_CRYPTO;

	if (kb && xb) {
		bool ok = PEM_write_bio_PKCS8PrivateKey(kb, key, NULL, NULL, 0, NULL, NULL) == 1;
		rc = store_pem(kb, p->key, 0600, ok, why);
		if (!rc)
			rc = store_pem(xb, p->cert, 0644, PEM_write_bio_X509(xb, x) == 1, why);
	}
	BIO_free(kb);
	BIO_free(xb);
	return rc;
}

static int
create(const struct ca_paths *p, struct errmsg *why)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	int rc = err_set(why, ERR_CRYPTO, "the TLS library cannot make a CA");

	if (key && x && fill_cert(x, key))
		rc = store_pair(p, x, key, why);
	X509_free(x);
	EVP_PKEY_free(key);
	return rc;
}

/* Two files cannot appear at once, so whoever finds them not both there looks again under the lock
 * of the folder. */
static int
ensure_pair(struct tls_ca *ca, const struct ca_paths *p, struct errmsg *why)
{
	bool cert = access(p->cert, F_OK) == 0, key = access(p->key, F_OK) == 0;

	if (cert && key)
		return 0;
	int fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	if (fd < 0)
		return err_set(
		    why, ERR_SYSTEM, "cannot use folder %s: %s", p->dir, strerror(errno));
	while (flock(fd, LOCK_EX) && errno == EINTR)
		;
	cert = access(p->cert, F_OK) == 0;
	key = access(p->key, F_OK) == 0;
	if (cert != key) {
		rc = err_set(why, ERR_REFUSED,
		    "%s is there without %s: put the other back, or remove it to have a new CA "
		    "made",
		    cert ? p->cert : p->key, cert ? "ca.key" : "ca.pem");
	} else if (!cert) {
		rc = create(p, why);
		ca->info.created = rc == 0;
		rc = rc == ERR_EXISTS ? 0 : rc;
		fsync(fd);
	}
	close(fd);
	return rc;
}

static void
fill_info(struct tls_ca *ca, const struct ca_paths *p)
{
	unsigned char d[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	struct tls_ca_info *i = &ca->info;

	memcpy(i->cert_path, p->cert, sizeof i->cert_path);
	tls_text_date(X509_get0_notAfter(ca->cert), i->not_after, sizeof i->not_after);
	if (X509_digest(ca->cert, EVP_sha256(), d, &n) != 1)
		n = 0;
	for (unsigned k = 0; k < n && 3 * k + 3 <= sizeof i->fingerprint; k++)
		snprintf(i->fingerprint + k * 3, 4, "%02X%s", d[k], k + 1 < n ? ":" : "");
}

int
tls_ca_open(struct tls_ca *ca, const char *dir, struct errmsg *why)
{
	struct ca_paths *p = OPENSSL_zalloc(sizeof *p);
	int rc = p ? tls_file_make_dir(dir, why) : ERR_CRYPTO;

	if (!rc)
		rc = find_paths(p, dir, why);
	if (!rc)
		rc = ensure_pair(ca, p, why);
	if (!rc)
		rc = load(ca, p, why);
	if (!rc)
		fill_info(ca, p);
	OPENSSL_free(p);
	return rc;
}

void
tls_ca_close(struct tls_ca *ca)
{
	sk_X509_pop_free(ca->chain, X509_free);
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
}

static bool
write_cert(const struct tls_ca *ca, bool der, BIO *b)
{
	if (der)
		return i2d_X509_bio(b, ca->cert) == 1;
	bool ok = PEM_write_bio_X509(b, ca->cert) == 1;
	for (int i = 0; ok && i < sk_X509_num(ca->chain); i++)
		ok = PEM_write_bio_X509(b, sk_X509_value(ca->chain, i)) == 1;
	return ok;
}

int
tls_ca_cert(const struct tls *t, bool der, struct buf *out)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *p = NULL;
	int rc = ERR_CRYPTO;

	if (b && write_cert(&t->ca, der, b)) {
		long n = BIO_get_mem_data(b, &p);
		rc = buf_add(out, p, (size_t)n);
	}
	BIO_free(b);
	ERR_clear_error();
	return rc;
}
