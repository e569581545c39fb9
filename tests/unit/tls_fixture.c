/* SPDX-License-Identifier: MIT
 * Stand-ins for the tests of src/tls. */
#include "tls_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

enum { DIRS = 64 };
static char dirs[DIRS][128];
static unsigned ndirs;

const char *
fix_dir(void)
{
	const char *base = getenv("TMPDIR");

	assert_true(ndirs < DIRS);
	snprintf(dirs[ndirs], sizeof dirs[0], "%s/mitmtop-test-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(dirs[ndirs]));
	return dirs[ndirs++];
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

void
fix_dirs_remove(void)
{
	while (ndirs)
		nftw(dirs[--ndirs], remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
fix_path(const char *dir, const char *name)
{
	static char path[8][256];
	static unsigned i;

	i = (i + 1) % 8;
	snprintf(path[i], sizeof path[i], "%s/%s", dir, name);
	return path[i];
}

void
fix_write(const char *path, unsigned mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, (mode_t)mode), 0);
	close(fd);
}

void
fix_write_pem(const char *path, const X509 *x, EVP_PKEY *key)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	if (x)
		assert_int_equal(PEM_write_X509(f, x), 1);
	if (key)
		assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
}

EVP_PKEY *
fix_key(void)
{
	static EVP_PKEY *key;

	if (!key)
		key = EVP_EC_gen("P-256");
	assert_non_null(key);
	return key;
}

static void
add_ext(X509 *x, const X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, (X509 *)(uintptr_t)issuer, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

X509 *
fix_cert(const struct fix_cert *w)
{
	static long serial = 1;
	X509 *x = X509_new();
	int from = w->from_days || w->to_days ? w->from_days : -1;
	int to = w->from_days || w->to_days ? w->to_days : 90;

	assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_gmtime_adj(X509_getm_notBefore(x), from * 86400L);
	X509_gmtime_adj(X509_getm_notAfter(x), to * 86400L);
	if (w->cn)
		X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
		    (const unsigned char *)w->cn, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(w->issuer ? w->issuer : x));
	assert_int_equal(X509_set_pubkey(x, fix_key()), 1);
	add_ext(x, x, NID_basic_constraints, w->ca ? "critical,CA:TRUE" : "CA:FALSE");
	if (w->ca)
		add_ext(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
	if (w->san)
		add_ext(x, x, NID_subject_alt_name, w->san);
	assert_true(X509_sign(x, w->issuer_key ? w->issuer_key : fix_key(),
			w->md ? w->md : EVP_sha256()) > 0);
	return x;
}

struct tls *
fix_tls(const char *dir, const char *server_ca, bool insecure)
{
	struct errmsg why = {""};
	struct tls_config c = {.ca_dir = dir,
	    .server_ca = server_ca,
	    .insecure = insecure,
	    .leaf_cache_max = 64,
	    .session_cache_max = 64};
	struct tls *t = tls_new(&c, &why);

	if (!t)
		print_message("%s\n", why.text);
	assert_non_null(t);
	return t;
}

static long
io_read(void *arg, char *p, size_t n)
{
	struct fix_peer *x = arg;
	int k = BIO_read(x->out, p, (int)(x->step && x->step < n ? x->step : n));

	x->reads++;
	if (k > 0)
		return k;
	return x->reset ? TLS_IO_ERROR : x->eof ? TLS_IO_EOF : 0;
}

static long
io_write(void *arg, const char *p, size_t n)
{
	struct fix_peer *x = arg;

	return x->reset ? TLS_IO_ERROR : BIO_write(x->in, p, (int)n);
}

const struct tls_io fix_io = {.read = io_read, .write = io_write};

SSL_CTX *
fix_client_ctx(void)
{
	SSL_CTX *x = SSL_CTX_new(TLS_client_method());

	assert_non_null(x);
	SSL_CTX_set_verify(x, SSL_VERIFY_NONE, NULL);
	return x;
}

SSL_CTX *
fix_server_ctx(X509 *x, EVP_PKEY *key)
{
	SSL_CTX *s = SSL_CTX_new(TLS_server_method());

	assert_non_null(s);
	assert_int_equal(SSL_CTX_use_certificate(s, x), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(s, key), 1);
	return s;
}

void
fix_peer_open(struct fix_peer *p, SSL_CTX *ctx, bool server)
{
	*p = (struct fix_peer){
	    .ssl = SSL_new(ctx), .in = BIO_new(BIO_s_mem()), .out = BIO_new(BIO_s_mem())};
	assert_true(p->ssl && p->in && p->out);
	SSL_set_bio(p->ssl, p->in, p->out);
	if (server)
		SSL_set_accept_state(p->ssl);
	else
		SSL_set_connect_state(p->ssl);
}

void
fix_peer_close(struct fix_peer *p)
{
	SSL_free(p->ssl);
	p->ssl = NULL;
}

enum tls_result
fix_handshake(struct tls_conn *c, struct fix_peer *p)
{
	enum tls_result r = TLS_AGAIN;

	for (int i = 0; i < 10000 && r == TLS_AGAIN; i++) {
		ERR_clear_error();
		SSL_do_handshake(p->ssl);
		r = tls_handshake(c);
	}
	ERR_clear_error();
	SSL_do_handshake(p->ssl);
	ERR_clear_error();
	return r;
}

void
fix_exchange(struct tls_conn *c, struct fix_peer *p)
{
	char b[64];
	size_t n = 0;
	enum tls_result r = TLS_AGAIN;

	assert_int_equal(tls_write(c, "hello", 5), TLS_OK);
	assert_int_equal(SSL_read(p->ssl, b, sizeof b), 5);
	assert_memory_equal(b, "hello", 5);
	assert_int_equal(SSL_write(p->ssl, "world", 5), 5);
	for (int i = 0; i < 10000 && r == TLS_AGAIN; i++)
		r = tls_read(c, b, sizeof b, &n);
	assert_int_equal(r, TLS_OK);
	assert_int_equal(n, 5);
	assert_memory_equal(b, "world", 5);
}

struct tls_conn *
fix_server_conn(struct tls *t, struct fix_peer *p, X509 *x, const char *host)
{
	SSL_CTX *ctx = fix_server_ctx(x, fix_key());
	struct tls_server_want w = {.sni = "", .verify_host = host, .session_key = host};

	fix_peer_open(p, ctx, true);
	SSL_CTX_free(ctx);
	struct tls_conn *c = tls_connect_new(t, &w, &fix_io, p);
	assert_non_null(c);
	assert_int_equal(fix_handshake(c, p), TLS_OK);
	return c;
}
