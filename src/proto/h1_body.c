/* SPDX-License-Identifier: MIT
 * Bodies by length, by chunks (RFC 9112 7.1) and by the end of the connection; trailer sections. */
#include "proto/h1_lines.h"
#include "proto/h1_parse.h"
#include "proto/http_char.h"

enum { CHUNK_EXT_MAX_BYTES = 16384 };

/* What the next byte of a chunked body is. */
enum chunk_state {
	CHUNK_SIZE_FIRST, /* first digit of a chunk-size */
	CHUNK_SIZE,
	CHUNK_EXT_NAME_FIRST,
	CHUNK_EXT_NAME,
	CHUNK_EXT_VALUE_FIRST,
	CHUNK_EXT_VALUE,
	CHUNK_EXT_QUOTED,
	CHUNK_EXT_QUOTED_PAIR,
	CHUNK_EXT_QUOTED_END,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF
};

void
h1_body_init(struct h1_body *b, enum h1_framing framing, uint64_t length)
{
	*b = (struct h1_body){.framing = framing};
	if (framing == H1_BODY_LENGTH)
		b->left = length;
	b->done = framing == H1_BODY_NONE || (framing == H1_BODY_LENGTH && length == 0);
}

/* The steps below return NULL, or what is wrong with the byte. */

static const char *
chunk_size_digit(struct h1_body *b, char c)
{
	if (b->left >> 59)
		return "a chunk-size is not below 2^63";
	/* Zeros in front are legal, but no reason to read them for ever. */
	b->ext_bytes += b->state == CHUNK_SIZE && b->left == 0;
	b->left = b->left << 4 | http_hex_value(c);
	b->state = CHUNK_SIZE;
	return NULL;
}

/* After a size, a whole extension name or a whole value: the line ends or another extension
 * follows. */
static const char *
chunk_size_more(struct h1_body *b, char c)
{
	if (c == '\r')
		b->state = CHUNK_SIZE_LF;
	else if (c == ';')
		b->state = CHUNK_EXT_NAME_FIRST;
	else
		return "a chunk-size line is malformed";
	return NULL;
}

static const char *
chunk_size(struct h1_body *b, char c)
{
	if (http_char_is(c, HTTP_C_HEX))
		return chunk_size_digit(b, c);
	if (b->state == CHUNK_SIZE_FIRST)
		return "a chunk-size is not a hexadecimal number";
	return chunk_size_more(b, c);
}

static const char *
chunk_ext_name(struct h1_body *b, char c)
{
	if (http_char_is(c, HTTP_C_TOKEN)) {
		b->state = CHUNK_EXT_NAME;
		return NULL;
	}
	if (b->state == CHUNK_EXT_NAME_FIRST)
		return "a chunk extension has no name";
	if (c != '=')
		return chunk_size_more(b, c);
	b->state = CHUNK_EXT_VALUE_FIRST;
	return NULL;
}

static const char *
chunk_ext_value(struct h1_body *b, char c)
{
	if (http_char_is(c, HTTP_C_TOKEN)) {
		b->state = CHUNK_EXT_VALUE;
		return NULL;
	}
	if (b->state == CHUNK_EXT_VALUE)
		return chunk_size_more(b, c);
	if (c != '"')
		return "a chunk extension has no value";
	b->state = CHUNK_EXT_QUOTED;
	return NULL;
}

static const char *
chunk_ext_quoted(struct h1_body *b, char c)
{
	if (!http_char_is(c, HTTP_C_VALUE))
		return "a control byte stands in a chunk extension";
	if (b->state == CHUNK_EXT_QUOTED_PAIR)
		b->state = CHUNK_EXT_QUOTED;
	else if (c == '\\')
		b->state = CHUNK_EXT_QUOTED_PAIR;
	else if (c == '"')
		b->state = CHUNK_EXT_QUOTED_END;
	return NULL;
}

static const char *
chunk_size_lf(struct h1_body *b, char c)
{
	if (c != '\n')
		return "a CR without LF stands in a chunk-size line";
	b->trailers = b->left == 0;
	b->state = CHUNK_DATA;
	return NULL;
}

static const char *
chunk_data_end(struct h1_body *b, char c)
{
	if (c != (b->state == CHUNK_DATA_CR ? '\r' : '\n'))
		return "the data of a chunk is not followed by CRLF";
	b->state = b->state == CHUNK_DATA_CR ? CHUNK_DATA_LF : CHUNK_SIZE_FIRST;
	return NULL;
}

static const char *
chunk_byte(struct h1_body *b, char c)
{
	b->ext_bytes += b->state >= CHUNK_EXT_NAME_FIRST && b->state <= CHUNK_EXT_QUOTED_END;
	switch ((enum chunk_state)b->state) {
	case CHUNK_SIZE_FIRST:
	case CHUNK_SIZE:
		return chunk_size(b, c);
	case CHUNK_EXT_NAME_FIRST:
	case CHUNK_EXT_NAME:
		return chunk_ext_name(b, c);
	case CHUNK_EXT_VALUE_FIRST:
	case CHUNK_EXT_VALUE:
		return chunk_ext_value(b, c);
	case CHUNK_EXT_QUOTED:
	case CHUNK_EXT_QUOTED_PAIR:
		return chunk_ext_quoted(b, c);
	case CHUNK_EXT_QUOTED_END:
		return chunk_size_more(b, c);
	case CHUNK_SIZE_LF:
		return chunk_size_lf(b, c);
	case CHUNK_DATA: /* taken in runs, not here */
	case CHUNK_DATA_CR:
	case CHUNK_DATA_LF:
		break;
	}
	return chunk_data_end(b, c);
}

/* Takes body data from p[off..n), as much as there is and belongs to the body or chunk. */
static size_t
take_data(struct h1_body *b, size_t off, size_t n, size_t *data_off, size_t *data_n)
{
	size_t take = n - off;

	if (b->framing != H1_BODY_CLOSE) {
		take = take < b->left ? take : (size_t)b->left;
		b->left -= take;
	}
	*data_off = off;
	*data_n = take;
	return off + take;
}

static long
feed_chunked(struct h1_body *b, const char *p, size_t n, size_t *data_off, size_t *data_n,
    struct h1_fault *fault)
{
	size_t i = 0;

	while (i < n && b->state != CHUNK_DATA) {
		const char *why = chunk_byte(b, p[i++]);
		if (why)
			return h1_fail(fault, ERR_SYNTAX, 400, why);
		if (b->ext_bytes > CHUNK_EXT_MAX_BYTES)
			return h1_fail(fault, ERR_LIMIT, 400, "the chunk extensions are too long");
	}
	if (b->trailers || i == n)
		return (long)i;
	i = take_data(b, i, n, data_off, data_n);
	if (b->left == 0)
		b->state = CHUNK_DATA_CR;
	return (long)i;
}

long
h1_body_feed(struct h1_body *b, const char *p, size_t n, size_t *data_off, size_t *data_n,
    struct h1_fault *fault)
{
	*data_off = 0;
	*data_n = 0;
	if (b->done || b->trailers || n == 0)
		return 0;
	if (b->framing == H1_BODY_CHUNKED)
		return feed_chunked(b, p, n, data_off, data_n, fault);
	n = take_data(b, 0, n, data_off, data_n);
	b->done = b->framing == H1_BODY_LENGTH && b->left == 0;
	return (long)n;
}

long
h1_parse_trailers(struct h1_body *b, const char *p, size_t n, size_t *scan, struct http_head *h,
    struct h1_fault *fault)
{
	long r = h1_lines_read(&(struct h1_lines){p, n, 0, NULL, h, fault}, scan);

	if (r > 0)
		b->done = true;
	return r;
}
