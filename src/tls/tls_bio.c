/* SPDX-License-Identifier: MIT
 * The BIO through which OpenSSL reaches the owner's byte queues. An end of stream or a reset is
 * noted in the connection and shown to OpenSSL as "nothing yet": its own reaction, a fatal alert
 * and a dead SSL, would forbid to answer a client that has only finished sending. */
#include <string.h>

#include "tls/tls_internal.h"

static void
hear(struct tls_conn *c, const char *p, size_t n)
{
	size_t k = sizeof c->heard - c->nheard;

	k = n < k ? n : k;
	memcpy(c->heard + c->nheard, p, k);
	c->nheard = (unsigned char)(c->nheard + k);
}

static int
bio_read(BIO *b, char *p, size_t max, size_t *n)
{
	struct tls_conn *c = BIO_get_data(b);
	long k = c->eof || c->reset ? 0 : c->io->read(c->arg, p, max);

	BIO_clear_retry_flags(b);
	c->drained = k <= 0;
	if (k > 0) {
		if (!c->done && c->nheard < sizeof c->heard)
			hear(c, p, (size_t)k);
		*n = (size_t)k;
		return 1;
	}
	c->eof |= k == TLS_IO_EOF;
	c->reset |= k == TLS_IO_ERROR;
	BIO_set_retry_read(b);
	return -1;
}

static int
bio_write(BIO *b, const char *p, size_t max, size_t *n)
{
	struct tls_conn *c = BIO_get_data(b);
	long k = c->reset ? TLS_IO_ERROR : c->io->write(c->arg, p, max);

	BIO_clear_retry_flags(b);
	if (k > 0) {
		c->wrote = true;
		*n = (size_t)k;
		return 1;
	}
	c->reset |= k < 0;
	BIO_set_retry_write(b);
	return -1;
}

static long
bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	(void)b;
	(void)num;
	(void)ptr;
	return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

static int
bio_create(BIO *b)
{
	BIO_set_init(b, 1);
	return 1;
}

BIO_METHOD *
tls_bio_method_new(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mitmtop");

	if (m) {
		BIO_meth_set_read_ex(m, bio_read);
		BIO_meth_set_write_ex(m, bio_write);
		BIO_meth_set_ctrl(m, bio_ctrl);
		BIO_meth_set_create(m, bio_create);
	}
	return m;
}

BIO *
tls_bio_new(struct tls_conn *c)
{
	BIO *b = BIO_new(c->t->bio);

	if (b)
		BIO_set_data(b, c);
	return b;
}
