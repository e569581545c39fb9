/* SPDX-License-Identifier: MIT
 * The TLS layer's face: what all connections share, opened once. */
#include "tls/tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tls/tls_internal.h"

time_t
tls_now(void)
{
	return (time_t)(clock_wall_ns() / 1000000000u);
}

static int
tls_open(struct tls *t, const struct tls_config *c, struct errmsg *why)
{
	int rc = tls_ca_open(&t->ca, c->ca_dir, why);

	if (rc)
		return rc;
	t->insecure = c->insecure;
	t->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	t->bio = tls_bio_method_new();
	if (!t->sha256 || !t->bio || !tls_leaf_keys_open(t))
		return err_set(why, ERR_CRYPTO,
		    "the TLS library cannot make a P-256 key: check its configuration "
		    "(openssl.cnf)");
	t->leaves = tls_leaf_cache_new(c->leaf_cache_max);
	t->sessions = tls_session_cache_new(c->session_cache_max);
	return tls_ctx_open(t, c, why);
}

struct tls *
tls_new(const struct tls_config *c, struct errmsg *why)
{
	struct tls *t = mem_zalloc(sizeof *t);

	if (tls_open(t, c, why)) {
		tls_free(t);
		t = NULL;
	}
	ERR_clear_error();
	return t;
}

void
tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->accept_ctx);
	SSL_CTX_free(t->connect_ctx);
	tls_session_cache_free(t->sessions);
	tls_leaf_cache_free(t->leaves);
	tls_leaf_keys_close(t);
	BIO_meth_free(t->bio);
	EVP_MD_free(t->sha256);
	tls_ca_close(&t->ca);
	free(t);
}

void
tls_ca_info(const struct tls *t, struct tls_ca_info *info)
{
	*info = t->ca.info;
}

void
tls_get_stats(const struct tls *t, struct tls_stats *s)
{
	tls_leaf_cache_count(t->leaves, &s->leaves_cached, &s->leaf_hits);
	s->leaf_forged = atomic_load_explicit(&t->forged, memory_order_relaxed);
	s->forge_us_total = atomic_load_explicit(&t->forge_us, memory_order_relaxed);
	memset(s->forge_us, 0, sizeof s->forge_us);
	hist_sum(&t->forge_times, s->forge_us);
}
