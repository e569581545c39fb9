/* SPDX-License-Identifier: MIT
 * A whole HTTP/1 message taken apart so that it can be edited, and put together again with its framing right. Bytes stay bytes:
 * nothing is decoded but the content codings of the body. */
#ifndef PROTO_H1_MESSAGE_H
#define PROTO_H1_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "proto/http_head.h"

enum {
	H1_MESSAGE_BODY_MAX_BYTES = 64 << 20,
	H1_MESSAGE_TEXT_MAX_BYTES = H1_MESSAGE_BODY_MAX_BYTES + 4 * HTTP_HEAD_MAX_BYTES
};

struct h1_message_field {
	char *name, *value; /* owned, NUL after them; no CR, LF or NUL within */
};

struct h1_message_fields {
	struct h1_message_field *field;
	unsigned n, cap;
};

struct h1_message {
	bool response;
	char *start;                      /* start line without line end; owned */
	struct h1_message_fields fields, trailers;
	struct buf body;                  /* content; codings undone when decoded is set */
	bool keep_length;                 /* the framing fields are written as they stand, whatever the body is */
	bool decoded;                     /* body is coded again, as Content-Encoding says, when the message is written */
};

void h1_message_init(struct h1_message *m, bool response);
void h1_message_fini(struct h1_message *m);
void h1_message_copy(struct h1_message *to, const struct h1_message *from); /* to is initialised */
bool h1_message_equal(const struct h1_message *a, const struct h1_message *b);

/* Takes a recorded message: head as on the wire (with its blank line), trailer section or empty, body before any chunking. A body whose
 * codings cannot all be undone stays coded. Folded lines and other broken syntax: ERR_SYNTAX. What m held is gone in any case. */
int h1_message_set(struct h1_message *m, struct span head, struct span trailers, struct span body, struct errmsg *why);

/* Fields in place; i <= n for an insert. Names and values are copied up to the first CR, LF or NUL. */
void h1_fields_insert(struct h1_message_fields *f, unsigned i, const char *name, const char *value);
void h1_fields_remove(struct h1_message_fields *f, unsigned i);
void h1_fields_set(struct h1_message_fields *f, unsigned i, const char *name, const char *value);
/* Moves field i to place j < n; the others keep their order. */
void h1_fields_move(struct h1_message_fields *f, unsigned i, unsigned j);
void h1_fields_copy(struct h1_message_fields *to, const struct h1_message_fields *from); /* to is zeroed, or holds fields that go */
void h1_fields_fini(struct h1_message_fields *f);
/* Index of the first field of that name, without regard to case; n when there is none. */
unsigned h1_fields_find(const struct h1_message_fields *f, const char *name);

/* The message as text for an editor: start line, "name: value" lines, an empty line, the body as it is; LF line ends in the head. With
 * body false the text ends after the empty line. Trailers are not part of it. */
void h1_message_text(const struct h1_message *m, bool body, struct buf *out);
/* Takes start line and fields, and with body also the body, from such a text; the rest of m stays. CRLF and LF are taken alike in the head.
 * ERR_SYNTAX or ERR_LIMIT: m is as it was, *line is the line concerned (1 is the first). */
int h1_message_from_text(struct h1_message *m, struct span text, bool body, unsigned *line, struct errmsg *why);

/* RFC 9112 3.2.2: an absolute target overrules Host, here as in the forwarder. Adds to out (URL_AUTHORITY_MAX_BYTES) what Host becomes; false:
 * it stays as it is. */
bool h1_message_target_host(const struct h1_message *m, struct buf *out);

/* The message ready to be sent. */
struct h1_message_wire {
	struct buf head;     /* with its blank line */
	struct buf body;     /* coded again, not chunked */
	struct buf trailers; /* lines without the final empty one */
};
void h1_message_wire_init(struct h1_message_wire *w);
void h1_message_wire_fini(struct h1_message_wire *w);
/* Writes it and checks it as the forwarder does (h1_parse, h1_forward): chunked when it was or has trailers, else Content-Length as long as
 * the body, unless keep_length is set; Host says what an absolute target says; fields keep their places. to_head: a response to HEAD, whose Content-Length stays.
 * ERR_SYNTAX, ERR_LIMIT or ERR_NOTFOUND (a content coding that cannot be applied) with a sentence that names what is wrong. */
int h1_message_write(const struct h1_message *m, bool to_head, struct h1_message_wire *w, struct errmsg *why);

#endif
