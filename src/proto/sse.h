/* SPDX-License-Identifier: MIT
 * An event stream (text/event-stream: WHATWG HTML, 9.2 "Server-sent events") as its bytes come, in pieces of any size. For looking at it
 * only. Of an event at most what the reader was told is kept, and of names and ids the limits below; the rest is counted. */
#ifndef PROTO_SSE_H
#define PROTO_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum {
	SSE_TYPE_MAX_BYTES = 128,
	SSE_ID_MAX_BYTES = 256,
	SSE_RETRY_DIGITS = 15,
	SSE_FIELD_BYTES = 6 /* of a field name; the longest that is known has 5 */
};

/* True when a Content-Type says that a body is an event stream. */
bool sse_is_type(struct span content_type);

/* What lies between two blank lines and has data. Spans are valid until the reader is next given anything. */
struct sse_event {
	uint64_t at, n;	      /* its bytes in the stream, from its first line to the blank one that dispatches it */
	struct span type;     /* the last "event" field; empty: none, which is the same as "message" */
	struct span data;     /* "data" lines with LF between them, as far as they are kept */
	uint64_t data_n;      /* bytes of all of it */
	struct span id;	      /* p NULL: no "id" field */
	int64_t retry_ms;     /* -1: no "retry" field */
	bool cut;	      /* something of it was longer than is kept */
};

struct sse_reader {
	/* private */
	uint64_t at;	   /* bytes read */
	uint64_t begin;	   /* first byte of the event that is being read */
	bool begun;	   /* there is one: a line that is not blank */
	bool line;	   /* inside a line */
	bool after_cr;	   /* an LF now belongs to the line end before */
	unsigned char in;  /* enum: what of a line is read */
	bool first;	   /* no byte of the value was read */
	char field[SSE_FIELD_BYTES];
	size_t field_n;
	struct buf data;
	uint64_t data_n, data_lines;
	char type[SSE_TYPE_MAX_BYTES], id[SSE_ID_MAX_BYTES], new_id[SSE_ID_MAX_BYTES];
	size_t type_n, id_n, new_id_n;
	bool has_id, id_nul, cut, new_id_cut;
	uint64_t new_retry;
	unsigned new_retry_digits;
	bool retry_bad;
	int64_t retry_ms;
};

/* at: the stream's bytes before what is read first, 0: a byte order mark may come. data_max: bytes of an event's data that are kept. */
void sse_reader_init(struct sse_reader *r, uint64_t at, size_t data_max);
void sse_reader_fini(struct sse_reader *r);

/* Reads from the beginning of *in, which becomes what is left of it. True: up to the end of an event, *out; false: all of it, and no
 * event has ended. What is not ended by a blank line is no event. */
bool sse_reader_next(struct sse_reader *r, struct span *in, struct sse_event *out);

/* What was read of the event that has begun and not ended: its data may end inside a line. False: no data of it. Nothing is changed. */
bool sse_reader_open(const struct sse_reader *r, struct sse_event *out);
/* True when the bytes read so far end inside an event: a line of it has begun. */
bool sse_reader_inside(const struct sse_reader *r);

#endif
