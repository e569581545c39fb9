/* SPDX-License-Identifier: MIT
 * Messages of gRPC. */
#include "proto/grpc_frame.h"

#include "proto/http_char.h"

static int
grpc_head_read(struct grpc_reader *r, struct errmsg *why)
{
	const unsigned char *h = r->head;

	r->frame.flags = h[0];
	r->frame.n = (uint32_t)h[1] << 24 | (uint32_t)h[2] << 16 | (uint32_t)h[3] << 8 | h[4];
	r->left = r->frame.n;
	if (!(h[0] & ~(GRPC_COMPRESSED | GRPC_TRAILER)))
		return 0;
	r->broken = true;
	return err_set(why, ERR_SYNTAX, "no gRPC message begins with the byte 0x%02x", (unsigned)h[0]);
}

static void
grpc_take(struct grpc_reader *r, struct span *in, size_t n)
{
	*in = span_of(in->p + n, in->n - n);
	r->at += n;
}

int
grpc_reader_next(struct grpc_reader *r, struct span *in, struct grpc_frame *out, struct errmsg *why)
{
	if (r->broken)
		return err_set(why, ERR_SYNTAX, "no gRPC message begins there");
	while (r->head_n < GRPC_HEAD_BYTES && in->n) {
		if (!r->head_n)
			r->frame.at = r->at;
		r->head[r->head_n++] = (unsigned char)*in->p;
		grpc_take(r, in, 1);
		int code = r->head_n == GRPC_HEAD_BYTES ? grpc_head_read(r, why) : 0;
		if (code)
			return code;
	}
	if (r->head_n < GRPC_HEAD_BYTES)
		return 0;
	size_t n = r->left < in->n ? (size_t)r->left : in->n;
	grpc_take(r, in, n);
	r->left -= n;
	if (r->left)
		return 0;
	r->head_n = 0;
	*out = r->frame;
	return 1;
}

bool
grpc_reader_open(const struct grpc_reader *r, struct grpc_frame *out)
{
	if (r->broken || r->head_n < GRPC_HEAD_BYTES)
		return false;
	*out = r->frame;
	return true;
}

bool
grpc_reader_inside(const struct grpc_reader *r)
{
	return r->head_n && !r->broken;
}

/* ---- gRPC-Web-text ---- */

static int
base64_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The bytes of a group of four; 0: it is none. */
static size_t
base64_group(const char *p, char out[3])
{
	unsigned pad = p[3] != '=' ? 0 : p[2] != '=' ? 1 : 2;
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++) {
		int d = i + pad < 4 ? base64_value((unsigned char)p[i]) : 0;
		if (d < 0)
			return 0;
		v = v << 6 | (uint32_t)d;
	}
	out[0] = (char)(v >> 16);
	out[1] = (char)(v >> 8);
	out[2] = (char)v;
	return 3 - pad;
}

int
grpc_text_decode(struct span in, struct buf *out, struct errmsg *why)
{
	for (size_t i = 0; i + 4 <= in.n; i += 4) {
		char bytes[3];
		size_t n = base64_group(in.p + i, bytes);
		if (!n)
			return err_set(why, ERR_SYNTAX, "not Base64 at byte %zu", i);
		if (buf_add(out, bytes, n))
			return err_set(why, ERR_LIMIT, "more than %zu bytes", out->max);
	}
	return 0;
}

/* ---- types ---- */

/* The media type without its parameters, and what stands behind its name. */
static enum grpc_kind
grpc_type_split(struct span type, struct span *suffix)
{
	static const struct {
		struct span name;
		enum grpc_kind kind;
	} known[] = {{SPAN_LIT("application/grpc-web-text"), GRPC_WEB_TEXT}, {SPAN_LIT("application/grpc-web"), GRPC_WEB},
	    {SPAN_LIT("application/grpc"), GRPC_PLAIN}};

	type = http_media_type(type);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		size_t n = known[i].name.n;
		if (type.n < n || !span_ieq(span_of(type.p, n), known[i].name) || (type.n > n && type.p[n] != '+'))
			continue;
		*suffix = span_of(type.p + n, type.n - n);
		return known[i].kind;
	}
	return GRPC_NONE;
}

enum grpc_kind
grpc_type(struct span content_type)
{
	struct span suffix;

	return grpc_type_split(content_type, &suffix);
}

bool
grpc_is_protobuf(struct span content_type)
{
	struct span suffix;

	return grpc_type_split(content_type, &suffix) != GRPC_NONE && (!suffix.n || span_ieq(suffix, SPAN_LIT("+proto")));
}

size_t
grpc_message_decode(struct span in, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n && n + 1 < size; i++) {
		bool coded = in.p[i] == '%' && in.n - i > 2 && http_char_is(in.p[i + 1], HTTP_C_HEX) && http_char_is(in.p[i + 2], HTTP_C_HEX);
		out[n++] = coded ? (char)(http_hex_value(in.p[i + 1]) << 4 | http_hex_value(in.p[i + 2])) : in.p[i];
		i += coded ? 2 : 0;
	}
	out[n] = '\0';
	return n;
}

const char *
grpc_status_name(struct span code)
{
	static const char *const name[] = {"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL",
	    "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};
	unsigned v = 0;

	if (!code.n || code.n > 2)
		return NULL;
	for (size_t i = 0; i < code.n; i++) {
		if (code.p[i] < '0' || code.p[i] > '9')
			return NULL;
		v = v * 10 + (unsigned)(code.p[i] - '0');
	}
	return v < sizeof name / sizeof name[0] ? name[v] : NULL;
}
