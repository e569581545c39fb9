/* SPDX-License-Identifier: MIT
 * How the end of a message is known, and whether its connection goes on (RFC 9112 6, 9.3). */
#include "proto/h1_lines.h"
#include "proto/h1_parse.h"
#include "proto/http_char.h"

static const struct span chunked = SPAN_LIT("chunked");

static unsigned
count_fields(const struct http_head *h, enum http_field_id id)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->nfields; i++)
		n += h->field[i].id == id;
	return n;
}

/* Digits only; leading zeros are refused since some read them as octal. */
static bool
parse_length(struct span s, uint64_t *length)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 19 || (s.n > 1 && *s.p == '0'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!http_char_is(s.p[i], HTTP_C_DIGIT))
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0'); /* 19 digits fit */
	}
	*length = v;
	return v <= INT64_MAX;
}

static int
content_length(const struct http_head *h, uint64_t *length, struct h1_fault *fault)
{
	if (count_fields(h, HTTP_F_CONTENT_LENGTH) > 1)
		return h1_fail(fault, ERR_SYNTAX, 400, "Content-Length occurs more than once");
	if (!parse_length(http_head_find(h, HTTP_F_CONTENT_LENGTH)->value, length))
		return h1_fail(
		    fault, ERR_SYNTAX, 400, "Content-Length is not a plain number below 2^63");
	return 0;
}

/* A coding: a token, perhaps with parameters, which need no closer look since they are never
 * accepted. */
static bool
is_coding(struct span s)
{
	size_t n = http_char_run(s, HTTP_C_TOKEN);
	struct span rest = http_trim(span_of(s.p + n, s.n - n));

	return n > 0 && (rest.n == 0 || *rest.p == ';');
}

/* Which codings are there, all Transfer-Encoding fields taken as one list. */
struct codings {
	unsigned n, n_chunked;
	bool last_is_chunked, malformed;
};

static void
add_codings(struct codings *c, struct span value)
{
	struct span s;

	while (http_list_next(&value, &s)) {
		c->last_is_chunked = span_ieq(s, chunked);
		c->n_chunked += c->last_is_chunked;
		c->malformed |= !is_coding(s);
		c->n++;
	}
}

static int
transfer_encoding(const struct http_head *h, struct h1_fault *fault)
{
	struct codings c = {0};

	for (unsigned i = 0; i < h->nfields; i++)
		if (h->field[i].id == HTTP_F_TRANSFER_ENCODING)
			add_codings(&c, h->field[i].value);
	if (c.n == 1 && c.last_is_chunked)
		return 0;
	if (c.malformed)
		return h1_fail(fault, ERR_SYNTAX, 400, "Transfer-Encoding is malformed");
	if (!c.last_is_chunked)
		return h1_fail(fault, ERR_SYNTAX, 400, "the last Transfer-Encoding is not chunked");
	if (c.n_chunked > 1)
		return h1_fail(fault, ERR_SYNTAX, 400, "Transfer-Encoding lists chunked twice");
	return h1_fail(
	    fault, ERR_SYNTAX, 501, "a Transfer-Encoding other than chunked is not supported");
}

/* What the two fields say together; *stated is false when neither is there. */
static int
stated_framing(const struct http_head *h, bool *stated, enum h1_framing *framing, uint64_t *length,
    struct h1_fault *fault)
{
	bool te = http_head_has(h, HTTP_F_TRANSFER_ENCODING);
	bool cl = http_head_has(h, HTTP_F_CONTENT_LENGTH);
	int rc = 0;

	*framing = H1_BODY_NONE;
	*length = 0;
	*stated = te || cl;
	if (te && cl)
		return h1_fail(fault, ERR_SYNTAX, 400, "both Content-Length and Transfer-Encoding");
	if (te && h->minor == 0)
		return h1_fail(fault, ERR_SYNTAX, 400, "Transfer-Encoding in an HTTP/1.0 message");
	if (te) {
		*framing = H1_BODY_CHUNKED;
		rc = transfer_encoding(h, fault);
	} else if (cl) {
		rc = content_length(h, length, fault);
		*framing = *length ? H1_BODY_LENGTH : H1_BODY_NONE;
	}
	return rc;
}

int
h1_request_framing(
    const struct http_head *h, enum h1_framing *framing, uint64_t *length, struct h1_fault *fault)
{
	bool stated;

	return stated_framing(h, &stated, framing, length, fault);
}

int
h1_response_framing(const struct http_head *h, bool to_head, enum h1_framing *framing,
    uint64_t *length, struct h1_fault *fault)
{
	bool stated;

	*framing = H1_BODY_NONE;
	*length = 0;
	if (h->status < 200 || h->status == 204)
		return 0; /* RFC 9112 6.3 item 1: whatever the fields say */
	if (stated_framing(h, &stated, framing, length, fault) < 0) {
		fault->status = 502;
		return ERR_SYNTAX;
	}
	if (to_head || h->status == 304) {
		*framing = H1_BODY_NONE;
		*length = 0;
	} else if (!stated) {
		*framing = H1_BODY_CLOSE;
	}
	return 0;
}

bool
h1_head_persists(const struct http_head *h)
{
	const struct span close = SPAN_LIT("close"), keep = SPAN_LIT("keep-alive");

	if (http_head_list_has(h, HTTP_F_CONNECTION, close))
		return false;
	return h->minor == 1 || http_head_list_has(h, HTTP_F_CONNECTION, keep) ||
	       (!h->response && http_head_list_has(h, HTTP_F_PROXY_CONNECTION, keep));
}
