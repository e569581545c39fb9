/* SPDX-License-Identifier: MIT
 * Reading a TLS ClientHello. */
#include "proto/tls_hello.h"

#include "base/err.h"
#include "proto/url.h"

enum {
	RECORD_HEADER_BYTES = 5,
	RECORD_MAX_BYTES = 16640, /* what TLSCiphertext may hold; a plain record holds less */
	RECORD_HANDSHAKE = 22,
	MESSAGE_HEADER_BYTES = 4,
	MESSAGE_CLIENT_HELLO = 1,
	RANDOM_BYTES = 32,
	SESSION_ID_MAX_BYTES = 32,
	HOST_NAME_TYPE = 0,
	ECDSA_SECP256R1_SHA256 = 0x0403
};

enum extension {
	EXT_SERVER_NAME = 0,
	EXT_STATUS_REQUEST = 5,
	EXT_SUPPORTED_GROUPS = 10,
	EXT_SIGNATURE_ALGORITHMS = 13,
	EXT_ALPN = 16,
	EXT_SESSION_TICKET = 35,
	EXT_PRE_SHARED_KEY = 41,
	EXT_EARLY_DATA = 42,
	EXT_SUPPORTED_VERSIONS = 43,
	EXT_ECH = 0xfe0d
};

/* Bytes to be read; a read past the end gives zeros and sets bad for good. */
struct reader {
	const unsigned char *p;
	size_t n;
	bool bad;
};

static struct reader
read_part(struct reader *r, size_t n)
{
	if (n > r->n) {
		r->bad = true;
		r->n = 0;
		return (struct reader){r->p, 0, true};
	}
	struct reader part = {r->p, n, r->bad};
	r->p += n;
	r->n -= n;
	return part;
}

static unsigned
read_number(struct reader *r, unsigned nbytes)
{
	struct reader part = read_part(r, nbytes);
	unsigned v = 0;

	for (size_t i = 0; i < part.n; i++)
		v = v << 8 | part.p[i];
	return v;
}

/* A vector whose length stands before it in nbytes bytes. */
static struct reader
read_vector(struct reader *r, unsigned nbytes)
{
	return read_part(r, read_number(r, nbytes));
}

/* A vector that fills all of r, as extensions hold it. */
static struct reader
read_whole(struct reader *r, unsigned nbytes)
{
	struct reader v = read_vector(r, nbytes);

	v.bad |= r->n > 0 || v.n == 0;
	return v;
}

static bool
is_ecdsa_suite(unsigned suite)
{
	static const struct {
		uint16_t first, last;
	} ranges[] = {{0xc006, 0xc00a}, {0xc023, 0xc024}, {0xc02b, 0xc02c}, {0xc048, 0xc049},
	    {0xc05c, 0xc05d}, {0xc072, 0xc073}, {0xc086, 0xc087}, {0xc0ac, 0xc0af},
	    {0xcca9, 0xcca9}};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (suite >= ranges[i].first && suite <= ranges[i].last)
			return true;
	return false;
}

static struct span
reader_span(const struct reader *r)
{
	return span_of((const char *)r->p, r->n);
}

/* A name for DNS, without port or final dot (RFC 6066 3). */
static bool
is_dns_name(struct span s)
{
	struct url_authority a;
	const char *why;

	return s.n > 0 && s.n < sizeof((struct tls_hello *)0)->sni && s.p[s.n - 1] != '.' &&
	       url_parse_authority(s, &a, &why) == 0 && a.kind == URL_HOST_NAME && !a.has_port;
}

/* At most one name of a type is allowed; other types than host_name were never defined. */
static bool
read_server_name(struct reader *r, struct tls_hello *h)
{
	struct reader list = read_whole(r, 2);
	unsigned names = 0;

	h->sni_present = true;
	while (list.n && !list.bad) {
		unsigned type = read_number(&list, 1);
		struct reader name = read_vector(&list, 2);
		if (list.bad || type != HOST_NAME_TYPE)
			continue;
		if (names++ > 0)
			return false;
		h->sni_valid = is_dns_name(span_of((const char *)name.p, name.n));
		if (h->sni_valid)
			memcpy(h->sni, name.p, name.n); /* the rest of sni is zero */
	}
	return !list.bad;
}

static bool
read_alpn(struct reader *r, struct tls_hello *h)
{
	struct reader list = read_whole(r, 2);

	while (list.n && !list.bad) {
		struct reader name = read_vector(&list, 1);
		list.bad |= name.n == 0;
		if (!list.bad && h->nalpn < TLS_HELLO_ALPN_MAX)
			h->alpn[h->nalpn++] = span_of((const char *)name.p, name.n);
	}
	return !list.bad;
}

static bool
read_versions(struct reader *r, struct tls_hello *h)
{
	struct reader list = read_whole(r, 1);

	h->nversions = 0;
	while (list.n && !list.bad) {
		unsigned v = read_number(&list, 2);
		if (!list.bad && !tls_hello_is_grease(v) && h->nversions < TLS_HELLO_VERSIONS_MAX)
			h->version[h->nversions++] = (uint16_t)v;
	}
	return !list.bad;
}

static bool
read_signature_algorithms(struct reader *r, struct tls_hello *h)
{
	struct reader list = read_whole(r, 2);

	h->ecdsa_ok = false;
	h->signature_algorithms = reader_span(&list);
	while (list.n && !list.bad)
		h->ecdsa_ok |= read_number(&list, 2) == ECDSA_SECP256R1_SHA256;
	return !list.bad;
}

/* For people only, so one that is malformed is left to who negotiates. */
static void
read_groups(struct reader *r, struct tls_hello *h)
{
	struct reader list = read_whole(r, 2);

	if (!list.bad && list.n % 2 == 0)
		h->groups = reader_span(&list);
}

/* The bit by which a repeated extension is noticed (RFC 8446 4.2); 0 for those that are not read.
 */
static unsigned
extension_bit(unsigned type)
{
	static const uint16_t known[] = {EXT_SERVER_NAME, EXT_SIGNATURE_ALGORITHMS, EXT_ALPN,
	    EXT_SESSION_TICKET, EXT_PRE_SHARED_KEY, EXT_EARLY_DATA, EXT_SUPPORTED_VERSIONS,
	    EXT_ECH, EXT_STATUS_REQUEST, EXT_SUPPORTED_GROUPS};

	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		if (type == known[i])
			return 1u << i;
	return 0;
}

static bool
read_extension(unsigned type, struct reader *r, struct tls_hello *h)
{
	switch (type) {
	case EXT_SERVER_NAME:
		return read_server_name(r, h);
	case EXT_SIGNATURE_ALGORITHMS:
		return read_signature_algorithms(r, h);
	case EXT_ALPN:
		return read_alpn(r, h);
	case EXT_SUPPORTED_VERSIONS:
		return read_versions(r, h);
	case EXT_SESSION_TICKET:
		h->has_ticket |= r->n > 0;
		break;
	case EXT_PRE_SHARED_KEY:
		h->has_ticket = true;
		break;
	case EXT_EARLY_DATA:
		h->has_early_data = true;
		break;
	case EXT_ECH:
		h->has_ech = true;
		break;
	case EXT_STATUS_REQUEST:
		h->has_status_request = true;
		break;
	case EXT_SUPPORTED_GROUPS:
		read_groups(r, h);
		break;
	default:
		break;
	}
	return true;
}

static bool
read_extensions(struct reader list, struct tls_hello *h, const char **why)
{
	unsigned seen = 0;

	h->extensions = reader_span(&list);
	while (list.n && !list.bad) {
		unsigned type = read_number(&list, 2), bit = extension_bit(type);
		struct reader r = read_vector(&list, 2);
		if (list.bad)
			break;
		*why = "an extension of the ClientHello is repeated";
		if (seen & bit)
			return false;
		seen |= bit;
		*why = "an extension of the ClientHello is malformed";
		if (!read_extension(type, &r, h))
			return false;
	}
	*why = "the extensions of the ClientHello are cut short";
	return !list.bad;
}

static void
read_suites(struct reader list, struct tls_hello *h)
{
	h->suites = reader_span(&list);
	while (list.n > 1) {
		unsigned suite = read_number(&list, 2);
		h->nciphers += !tls_hello_is_grease(suite);
		h->ecdsa_ok |= is_ecdsa_suite(suite);
	}
}

/* RFC 8446 4.1.2; before TLS 1.2 the extensions could be left out altogether. */
static bool
read_hello(struct reader r, struct tls_hello *h, const char **why)
{
	h->legacy_version = (uint16_t)read_number(&r, 2);
	h->version[h->nversions++] = h->legacy_version;
	read_part(&r, RANDOM_BYTES);
	struct reader session = read_vector(&r, 1), suites = read_vector(&r, 2);
	struct reader compression = read_vector(&r, 1);

	*why = "the ClientHello is malformed";
	if (r.bad || session.n > SESSION_ID_MAX_BYTES || suites.n == 0 || suites.n % 2 ||
	    compression.n == 0)
		return false;
	read_suites(suites, h);
	if (r.n == 0)
		return true;
	struct reader extensions = read_vector(&r, 2);
	if (r.bad || r.n)
		return false;
	return read_extensions(extensions, h, why);
}

int
tls_hello_sniff(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	int len = n > 4 ? u[3] << 8 | u[4] : 1;

	if ((n > 0 && u[0] != RECORD_HANDSHAKE) || (n > 1 && u[1] != 3) || (n > 2 && u[2] > 4))
		return ERR_SYNTAX;
	if (n > 3 && u[3] > RECORD_MAX_BYTES >> 8)
		return ERR_SYNTAX;
	if (len == 0 || len > RECORD_MAX_BYTES)
		return ERR_SYNTAX;
	if (n > 5 && u[5] != MESSAGE_CLIENT_HELLO)
		return ERR_SYNTAX;
	return n > 5;
}

/* Where the walk over the records is. */
struct walk {
	const unsigned char *p;
	size_t n;
	size_t at;   /* bytes of whole records passed */
	size_t got;  /* bytes of the message in them */
	size_t need; /* bytes of the message, its header included; 0 while not known */
	unsigned char header[MESSAGE_HEADER_BYTES];
	const char *why;
};

static int
walk_fail(struct walk *w, int code, const char *why)
{
	w->why = why;
	return code;
}

/* Collects the header of the message from the have bytes at p, which follow those got already. */
static int
walk_message_header(struct walk *w, const unsigned char *p, size_t have)
{
	for (size_t i = 0; i < have && w->got + i < MESSAGE_HEADER_BYTES; i++)
		w->header[w->got + i] = p[i];
	if (w->got + have > 0 && w->header[0] != MESSAGE_CLIENT_HELLO)
		return walk_fail(w, ERR_SYNTAX, "the first handshake message is not a ClientHello");
	if (w->got + have < MESSAGE_HEADER_BYTES)
		return 0;
	w->need = MESSAGE_HEADER_BYTES +
		  ((size_t)w->header[1] << 16 | (size_t)w->header[2] << 8 | w->header[3]);
	if (w->need > TLS_HELLO_MAX_BYTES - RECORD_HEADER_BYTES)
		return walk_fail(w, ERR_LIMIT, "the ClientHello is too long");
	return 0;
}

/* Passes one record. Returns 1, 0 when it is not complete, or an error, which is told as soon as
 * the bytes that show it are there and in their order, whatever the split. */
static int
walk_record(struct walk *w)
{
	const unsigned char *p = w->p + w->at;
	size_t have = w->n - w->at;

	if ((have > 0 && p[0] != RECORD_HANDSHAKE) || (have > 1 && p[1] != 3))
		return walk_fail(w, ERR_SYNTAX, "a record of another type is in the ClientHello");
	if (have < RECORD_HEADER_BYTES)
		return 0;
	size_t len = (size_t)p[3] << 8 | p[4];
	if (len == 0 || len > RECORD_MAX_BYTES)
		return walk_fail(w, ERR_SYNTAX, "a record has an impossible length");
	if (w->at + RECORD_HEADER_BYTES + len > TLS_HELLO_MAX_BYTES)
		return walk_fail(w, ERR_LIMIT, "the records of the ClientHello are too long");
	have -= RECORD_HEADER_BYTES;
	have = have < len ? have : len;
	int rc = walk_message_header(w, p + RECORD_HEADER_BYTES, have);
	if (rc < 0)
		return rc;
	if (w->need && w->got + len > w->need)
		return walk_fail(w, ERR_SYNTAX, "something follows the ClientHello in its record");
	if (have < len)
		return 0;
	w->got += len;
	w->at += RECORD_HEADER_BYTES + len;
	return 1;
}

/* Puts the message together from records that are known to be complete. */
static void
join_records(const unsigned char *p, size_t n, char *body)
{
	for (size_t at = 0; at < n;) {
		size_t len = (size_t)p[at + 3] << 8 | p[at + 4];
		memcpy(body, p + at + RECORD_HEADER_BYTES, len);
		body += len;
		at += RECORD_HEADER_BYTES + len;
	}
}

long
tls_hello_parse(const char *p, size_t n, char *body, struct tls_hello *hello, const char **why)
{
	struct walk w = {.p = (const unsigned char *)p, .n = n};

	*why = NULL;
	do {
		int rc = walk_record(&w);
		if (rc <= 0) {
			*why = w.why;
			return rc;
		}
	} while (w.need == 0 || w.got < w.need);
	join_records(w.p, w.at, body);
	*hello = (struct tls_hello){.nversions = 0};
	struct reader r = {(const unsigned char *)body + MESSAGE_HEADER_BYTES,
	    w.need - MESSAGE_HEADER_BYTES, false};
	if (!read_hello(r, hello, why))
		return ERR_SYNTAX;
	*why = NULL;
	return (long)w.at;
}
