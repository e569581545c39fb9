/* SPDX-License-Identifier: MIT
 * The wire format of Protocol Buffers (protobuf.dev, "Encoding"), read without a schema: fields one after another, and what bytes whose
 * type only a schema tells may be. Nothing is allocated; spans lie in the input. */
#ifndef PROTO_PROTOBUF_H
#define PROTO_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum protobuf_wire {
	PROTOBUF_VARINT = 0,
	PROTOBUF_I64 = 1,
	PROTOBUF_LEN = 2,
	PROTOBUF_SGROUP = 3,
	PROTOBUF_EGROUP = 4,
	PROTOBUF_I32 = 5
};

enum {
	PROTOBUF_DEPTH_MAX = 32,     /* of messages in messages; what lies deeper is bytes */
	PROTOBUF_GUESS_BYTES = 65536 /* a value is looked at no further than that to find out what it may be */
};

struct protobuf_field {
	uint32_t number;
	enum protobuf_wire wire;
	uint64_t value;	  /* of a number */
	struct span data; /* LEN: the value, as far as it is there */
	uint64_t data_n;  /* LEN: bytes it has */
};

/* Reads the field that *in begins with; *in becomes what is left. Returns 1; 0: *in is empty; ERR_SYNTAX with why: no field begins there, or it does not end
 * in the bytes; *in is as it was. A value of LEN that is cut is given nevertheless: 1, with data.n < data_n, and nothing is left. */
int protobuf_next(struct span *in, struct protobuf_field *out, struct errmsg *why);

enum protobuf_guess {
	PROTOBUF_TEXT = 0, /* printable UTF-8 */
	PROTOBUF_MESSAGE,  /* fields, to the last byte */
	PROTOBUF_BYTES
};

/* What the value of a LEN field may be. Text is preferred, but for text with control characters (line ends, tabs) that is a message too. */
enum protobuf_guess protobuf_guess(struct span value);
/* Whether the bytes are fields to the last byte, groups closed. */
bool protobuf_is_message(struct span in);

#endif
