/* SPDX-License-Identifier: MIT
 * Tests of the leaf cache: one forge per name however many threads ask, bounds, expiry (S000-14,
 * T36, pitfall P11). */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tls_fixture.h"

enum { THREADS = 16, ROUNDS = 200, DAY_SECONDS = 86400 };

static struct tls *tls;
static X509 *server_cert;

static int
open_tls(void **state)
{
	(void)state;
	tls = fix_tls(fix_dir(), NULL, true);
	server_cert = fix_cert(&(struct fix_cert){.cn = "x.example", .san = "DNS:x.example"});
	return 0;
}

static int
close_tls(void **state)
{
	(void)state;
	X509_free(server_cert);
	tls_free(tls);
	fix_dirs_remove();
	return 0;
}

struct asker {
	pthread_t thread;
	const struct tls_conn *server;
	unsigned number;
	_Atomic unsigned *wrong;
};

/* Every thread alternates between two names and must always get a leaf for the one it asked. */
static void *
ask(void *arg)
{
	struct asker *a = arg;
	struct errmsg why;

	for (unsigned i = 0; i < ROUNDS; i++) {
		const char *sni = (i + a->number) % 2 ? "one.example" : "two.example";
		struct tls_leaf *l = tls_leaf_for(tls, a->server, "x.example", sni, true, &why);
		if (!l || X509_check_host(l->cert, sni, 0, 0, NULL) != 1)
			atomic_fetch_add(a->wrong, 1);
		tls_leaf_unref(l);
	}
	return NULL;
}

static void
threads_share_one_forge(void **state)
{
	struct fix_peer p;
	struct tls_conn *c = fix_server_conn(tls, &p, server_cert, "x.example");
	struct asker a[THREADS];
	struct tls_stats s;
	_Atomic unsigned wrong = 0;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		a[i] = (struct asker){.server = c, .number = i, .wrong = &wrong};
		assert_int_equal(pthread_create(&a[i].thread, NULL, ask, &a[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(a[i].thread, NULL);
	assert_int_equal(wrong, 0);
	tls_get_stats(tls, &s);
	assert_int_equal(s.leaf_forged, 2);
	assert_int_equal(s.leaves_cached, 2);
	assert_int_equal(s.leaf_hits, THREADS * ROUNDS - 2);
	tls_conn_free(c);
	fix_peer_close(&p);
}

static struct tls_leaf *
obtain(const struct tls_conn *c, const char *host, const char *sni, bool ecdsa, bool *cached)
{
	struct errmsg why;
	struct tls_leaf *l = tls_leaf_obtain(tls, c, host, sni, ecdsa, cached, &why);

	assert_non_null(l);
	return l;
}

static void
names_and_keys_are_apart(void **state)
{
	struct fix_peer p;
	struct tls_conn *c = fix_server_conn(tls, &p, server_cert, "x.example");
	bool hit;

	(void)state;
	struct tls_leaf *a = obtain(c, "h1.example", "", true, &hit);
	assert_false(hit);
	struct tls_leaf *b = obtain(c, "H1.EXAMPLE", NULL, true, &hit);
	assert_true(hit);
	assert_ptr_equal(a, b);
	tls_leaf_unref(b);
	b = obtain(c, "h1.example", "h2.example", true, &hit);
	assert_false(hit);
	tls_leaf_unref(b);
	b = obtain(c, "", "h1.example", true, &hit);
	assert_false(hit);
	tls_leaf_unref(b);
	b = obtain(c, "h1.example", "", false, &hit);
	assert_false(hit);
	tls_leaf_unref(b);
	tls_leaf_unref(a);
	tls_conn_free(c);
	fix_peer_close(&p);
}

static void
old_leaf_is_forged_anew(void **state)
{
	struct fix_peer p;
	struct tls_conn *c = fix_server_conn(tls, &p, server_cert, "x.example");
	uint64_t now = clock_wall_ns(), day = DAY_SECONDS * (uint64_t)1000000000;
	bool hit;

	(void)state;
	tls_leaf_unref(obtain(c, "old.example", "", true, &hit));
	assert_false(hit);
	clock_stop(0, now + 80 * day);
	tls_leaf_unref(obtain(c, "old.example", "", true, &hit));
	assert_true(hit);
	clock_stop(0, now + 90 * day); /* the end of the server's certificate */
	tls_leaf_unref(obtain(c, "old.example", "", true, &hit));
	assert_false(hit);
	tls_leaf_unref(obtain(c, "old.example", "", true, &hit));
	assert_true(hit);
	clock_run();
	tls_conn_free(c);
	fix_peer_close(&p);
}

static void
least_recently_used_goes_first(void **state)
{
	enum { MAX = 4 };
	struct tls_leaf_cache *k = tls_leaf_cache_new(MAX);
	struct errmsg why;
	struct tls_leaf *l = tls_leaf_forge(tls, server_cert, "a", "", TLS_KEY_EC, &why);
	unsigned char id[TLS_KEY_BYTES] = {0};
	uint64_t kept, hits;

	(void)state;
	for (unsigned char i = 0; i < 2 * MAX; i++) {
		id[0] = i;
		assert_null(tls_leaf_cache_get(k, id));
		tls_leaf_cache_put(k, id, l);
		id[0] = 0; /* used again and again: stays */
		struct tls_leaf *first = tls_leaf_cache_get(k, id);
		assert_ptr_equal(first, l);
		tls_leaf_unref(first);
	}
	tls_leaf_cache_count(k, &kept, &hits);
	assert_int_equal(kept, MAX);
	assert_int_equal(hits, 2 * MAX);
	id[0] = 1;
	assert_null(tls_leaf_cache_get(k, id));
	tls_leaf_cache_put(k, id, NULL); /* the forge failed: nothing is kept, the next may try */
	assert_null(tls_leaf_cache_get(k, id));
	tls_leaf_cache_put(k, id, NULL);
	tls_leaf_cache_free(k);
	tls_leaf_unref(l);
}

static void
no_certificate_no_leaf(void **state)
{
	struct fix_peer p;
	SSL_CTX *ctx = fix_client_ctx();
	struct tls_server_want w = {.verify_host = "x", .session_key = "x"};
	struct errmsg why;

	(void)state;
	fix_peer_open(&p, ctx, true);
	struct tls_conn *c = tls_connect_new(tls, &w, &fix_io, &p);
	assert_null(tls_leaf_for(tls, c, "x", "", true, &why));
	assert_string_equal(why.text, "the server of \"x\" has shown no certificate");
	tls_conn_free(c);
	fix_peer_close(&p);
	SSL_CTX_free(ctx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(threads_share_one_forge),
	    cmocka_unit_test(names_and_keys_are_apart),
	    cmocka_unit_test(old_leaf_is_forged_anew),
	    cmocka_unit_test(least_recently_used_goes_first),
	    cmocka_unit_test(no_certificate_no_leaf),
	};

	return cmocka_run_group_tests(tests, open_tls, close_tls);
}
