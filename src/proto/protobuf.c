/* SPDX-License-Identifier: MIT
 * Protocol Buffers without a schema. */
#include "proto/protobuf.h"

#include "base/escape.h"

enum {
	VARINT_BYTES = 10,
	WIRE_BITS = 3,
	NUMBER_MAX = (1 << 29) - 1
};

/* Bytes that the number takes; 0: it does not end, or is larger than 64 bits. */
static size_t
varint(struct span in, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < in.n && i < VARINT_BYTES; i++) {
		unsigned char c = (unsigned char)in.p[i];
		if (i == VARINT_BYTES - 1 && c > 1)
			return 0;
		v |= (uint64_t)(c & 0x7f) << (7 * i);
		if (c < 0x80) {
			*out = v;
			return i + 1;
		}
	}
	return 0;
}

static uint64_t
little_endian(const char *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | (unsigned char)p[n];
	return v;
}

/* Number and type of a field; returns their bytes. */
static size_t
tag(struct span in, struct protobuf_field *out, struct errmsg *why)
{
	uint64_t v;
	size_t n = varint(in, &v);

	if (!n) {
		err_set(why, ERR_SYNTAX, "the number of a field does not end");
		return 0;
	}
	if (v >> WIRE_BITS == 0 || v >> WIRE_BITS > NUMBER_MAX) {
		err_set(why, ERR_SYNTAX, "no field has the number %llu", (unsigned long long)(v >> WIRE_BITS));
		return 0;
	}
	*out = (struct protobuf_field){.number = (uint32_t)(v >> WIRE_BITS), .wire = (enum protobuf_wire)(v & ((1 << WIRE_BITS) - 1))};
	if (out->wire <= PROTOBUF_I32)
		return n;
	err_set(why, ERR_SYNTAX, "field %u has the unknown wire type %u", out->number, (unsigned)out->wire);
	return 0;
}

/* The value behind the tag; returns its bytes, 0 with *bad when there is none. */
static size_t
value(struct span in, struct protobuf_field *f, bool *bad)
{
	size_t n = f->wire == PROTOBUF_I64 ? 8 : f->wire == PROTOBUF_I32 ? 4 : 0;

	if (f->wire == PROTOBUF_SGROUP || f->wire == PROTOBUF_EGROUP)
		return 0;
	if (n) {
		*bad = in.n < n;
		f->value = *bad ? 0 : little_endian(in.p, n);
		return n;
	}
	n = varint(in, &f->value);
	*bad = !n;
	if (*bad || f->wire == PROTOBUF_VARINT)
		return n;
	f->data_n = f->value;
	f->value = 0;
	f->data = span_of(in.p + n, in.n - n);
	if (f->data_n < f->data.n)
		f->data.n = (size_t)f->data_n;
	return n + f->data.n;
}

int
protobuf_next(struct span *in, struct protobuf_field *out, struct errmsg *why)
{
	bool bad = false;

	if (!in->n)
		return 0;
	size_t n = tag(*in, out, why);
	if (!n)
		return ERR_SYNTAX; /* told by tag */
	n += value(span_of(in->p + n, in->n - n), out, &bad);
	if (bad)
		return err_set(why, ERR_SYNTAX, "the value of field %u does not end", out->number);
	*in = span_of(in->p + n, in->n - n);
	return 1;
}

bool
protobuf_is_message(struct span in)
{
	uint32_t group[PROTOBUF_DEPTH_MAX];
	unsigned depth = 0;
	struct protobuf_field f;
	int got;

	while ((got = protobuf_next(&in, &f, NULL)) == 1) {
		if (f.data.n < f.data_n)
			return false;
		if (f.wire == PROTOBUF_EGROUP && (!depth || group[--depth] != f.number))
			return false;
		if (f.wire == PROTOBUF_SGROUP) {
			if (depth == PROTOBUF_DEPTH_MAX)
				return false;
			group[depth++] = f.number;
		}
	}
	return got == 0 && depth == 0;
}

/* UTF-8 that can be shown; *controls: line ends or tabs are in it. */
static bool
is_text(struct span s, bool *controls)
{
	size_t look = s.n < PROTOBUF_GUESS_BYTES ? s.n : PROTOBUF_GUESS_BYTES, took;
	unsigned cp;

	*controls = false;
	for (size_t i = 0; i < look; i += took) {
		took = escape_utf8_decode(s.p + i, s.n - i, &cp);
		bool control = cp == '\n' || cp == '\r' || cp == '\t';
		if (!took || (!control && escape_width(cp) < 0))
			return false;
		*controls |= control;
	}
	return true;
}

enum protobuf_guess
protobuf_guess(struct span s)
{
	bool controls, text = is_text(s, &controls);

	if (text && (!controls || s.n > PROTOBUF_GUESS_BYTES))
		return PROTOBUF_TEXT;
	if (protobuf_is_message(s))
		return PROTOBUF_MESSAGE;
	return text ? PROTOBUF_TEXT : PROTOBUF_BYTES;
}
