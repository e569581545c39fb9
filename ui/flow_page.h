/* SPDX-License-Identifier: MIT
 * The tabs of the detail screen as text. */
#ifndef UI_FLOW_PAGE_H
#define UI_FLOW_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "flow/flow_id.h"
#include "text/text_lines.h"
#include "ui/handshakes.h"

struct body_messages;
struct flow;
struct flow_steps;
struct glyphs;
struct message_filter;
struct message_index;
struct message_item;

enum { FLOW_SHA256_MAX = 4 << 20 }; /* bytes of which a SHA-256 is shown: it is worked out in between two keys */

/* What the tab Hex shows, in the order of the key: of each message all of enum flow_part_of. */
enum flow_part {
	FLOW_PART_RESPONSE = 0, /* body as received */
	FLOW_PART_RESPONSE_DECODED,
	FLOW_PART_RESPONSE_HEAD,
	FLOW_PART_RESPONSE_RAW,
	FLOW_PART_REQUEST,
	FLOW_PART_REQUEST_DECODED,
	FLOW_PART_REQUEST_HEAD,
	FLOW_PART_REQUEST_RAW,
	FLOW_PART_COUNT
};

enum flow_part_of {
	FLOW_PART_OF_BODY = 0, /* as received */
	FLOW_PART_OF_DECODED,  /* the body with its content codings undone */
	FLOW_PART_OF_HEAD,
	FLOW_PART_OF_RAW       /* head, body and trailers as recorded */
};

static inline enum flow_part_of
flow_part_of(enum flow_part part)
{
	return (enum flow_part_of)(part % FLOW_PART_REQUEST);
}

/* The direction of the message that the part is of. */
static inline enum flow_dir
flow_part_dir(enum flow_part part)
{
	return part < FLOW_PART_REQUEST ? FLOW_RESPONSE : FLOW_REQUEST;
}

/* The bytes of a part. */
struct flow_part_bytes {
	struct span bytes;  /* a copy, of as many as may be shown */
	uint64_t seen;	    /* how many there were; of a decoded body, how many came of it */
	bool whole;	    /* that is all of the part */
	bool coded;	    /* a body that is among them is under a content coding */
	size_t head_n, body_n; /* what they consist of: the rest is the trailers */
	struct errmsg why;  /* why not all was decoded; else empty */
};

/* Which of a message that was edited. */
enum flow_shown {
	FLOW_SHOWN_EDITED = 0, /* as it was sent on; of a message that was not edited, the only one there is */
	FLOW_SHOWN_ORIGINAL,   /* as it came */
	FLOW_SHOWN_DIFF,       /* what differs */
	FLOW_SHOWN_COUNT
};

/* What of the messages of a flow is shown: some of them, a line each, between words about all. */
struct message_rows {
	const struct message_index *index;
	size_t from, to; /* items */
	bool follow;
	size_t line, line_end; /* set: where their lines are in the text */
};

/* What the text depends on besides the flow. */
struct flow_page_env {
	int width;	     /* columns */
	int escape;	     /* enum escape_flags and TEXT_MASK, of what the pane of messages makes */
	int head_width, body_width; /* of the parts when they stand beside each other; 0: below */
	uint64_t now_ns;     /* monotonic */
	uint64_t body_max;   /* bytes recorded of one body: the option */
	const char *ca_path; /* may be NULL */
	const struct glyphs *glyphs;
	const char *view[2]; /* text_view names for the bodies, by flow_dir; NULL: by their type */
	enum flow_part part;
	const char *sha256;  /* of all of that part, in hex; NULL or "": none, as not all is there or it is too large */
	enum flow_shown shown;
	bool unfold;	     /* long fields stand in full */
	unsigned fold;	     /* levels of nesting shown of a body; 0: all */
	bool first; /* of its connection: the set-up is its own */
	struct handshakes handshakes; /* of its client, when one of it failed */
	struct body_messages *messages; /* of a flow that flow_has_body_messages: given to it; for the tab Messages */
	struct message_rows *rows; /* the same */
	const struct message_filter *filter; /* the same; NULL: all are listed */
	bool reading;	     /* and there is more to look through */
	struct flow_steps *steps; /* the tab Timing adds its own */
	struct text_lines *foot; /* gets what is to stay below the text while that is scrolled; NULL: it is its end */
};

void flow_page_request(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
void flow_page_response(
    struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
/* What stands over the TLS of a side, by enum flow_side. */
extern const char *const flow_page_tls_title[2];
void flow_page_tls(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
void flow_page_timing(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
void flow_page_conn(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
void flow_page_messages(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
/* One of env->rows->index in full: its heading as the only line of head, its payload in t, shown by env->view of its direction. */
void flow_page_message(struct text_lines *head, struct text_lines *t, const struct flow *f, const struct flow_page_env *env,
    const struct message_item *item);
void flow_page_hex(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);

/* Why there is no such message, or not yet; for a tab that has nothing to show of it. */
void flow_page_no_message(
    struct text_lines *t, const struct flow *f, enum flow_dir dir, const struct flow_page_env *env);
/* Why less of the body is recorded than passed: a piece added to the last line; nothing when all of
 * it is. */
void flow_page_shed(
    struct text_lines *t, const struct flow *f, enum flow_dir dir, const struct flow_page_env *env);
/* The part, of a body at most max bytes; with TEXT_MASK among the flags nothing of a body that is under a coding. out->bytes are to be
 * freed by the caller as (char *)p, which is NULL when there are none. */
void flow_page_part(const struct flow *f, enum flow_part part, size_t max, int flags, struct flow_part_bytes *out);
/* With TEXT_MASK among the flags the secrets in p->bytes give way to what is shown for them. True: there were some. */
bool flow_page_part_mask(struct flow_part_bytes *p, int flags);
/* Words for a time: "3.1 s", "38 ms"; out has FMT_MAX + 1 bytes. Returns out. */
const char *flow_page_time(uint64_t us, char *out);

#endif
