/* SPDX-License-Identifier: MIT
 * The head of one HTTP message: start line and fields, as spans into the bytes it was parsed from.
 * A head owns nothing and is valid as long as those bytes are. */
#ifndef PROTO_HTTP_HEAD_H
#define PROTO_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum {
	HTTP_FIELDS_MAX = 256,	      /* fields in one head; one more is refused with 431 or 502 */
	HTTP_HEAD_MAX_BYTES = 65536,  /* start line and fields together, the blank line included */
	HTTP_TARGET_MAX_BYTES = 32768 /* request-target; longer is refused with 414 */
};

/* Fields that an intermediary must know; all others are HTTP_F_OTHER. */
enum http_field_id {
	HTTP_F_OTHER = 0,
	HTTP_F_CONNECTION,
	HTTP_F_CONTENT_ENCODING,
	HTTP_F_CONTENT_LENGTH,
	HTTP_F_CONTENT_TYPE,
	HTTP_F_EXPECT,
	HTTP_F_HOST,
	HTTP_F_HTTP2_SETTINGS,
	HTTP_F_KEEP_ALIVE,
	HTTP_F_LOCATION,
	HTTP_F_MAX_FORWARDS,
	HTTP_F_PROXY_AUTHENTICATE,
	HTTP_F_PROXY_AUTHORIZATION,
	HTTP_F_PROXY_CONNECTION,
	HTTP_F_TE,
	HTTP_F_TRAILER,
	HTTP_F_TRANSFER_ENCODING,
	HTTP_F_UPGRADE,
	HTTP_F_USER_AGENT,
	HTTP_F_VIA,
	HTTP_F_COUNT
};

struct http_field {
	struct span name;  /* as received, never empty */
	struct span value; /* without leading and trailing white space; may be empty */
	enum http_field_id id;
};

struct http_head {
	struct span raw;    /* from the first byte of the start line to the end of the blank line */
	bool response;	    /* which of the two kinds of start line it has */
	uint8_t minor;	    /* HTTP/1.minor: 0 or 1 */
	uint16_t status;    /* response: 100..999 */
	struct span method; /* request */
	struct span target; /* request: request-target as received */
	struct span reason; /* response: reason phrase, may be empty */
	unsigned nfields;   /* <= HTTP_FIELDS_MAX */
	unsigned present;   /* bit (1u << id) set for each known field id that occurs */
	struct http_field field[HTTP_FIELDS_MAX];
};

static inline bool
http_head_has(const struct http_head *h, enum http_field_id id)
{
	return (h->present >> id) & 1u;
}

/* The id of a field name (case-insensitive), HTTP_F_OTHER when it is none of the known ones. */
enum http_field_id http_field_id_of(struct span name);

/* The first field with that id or name; NULL when there is none. Lent by h. */
const struct http_field *http_head_find(const struct http_head *h, enum http_field_id id);
const struct http_field *http_head_find_name(const struct http_head *h, struct span name);

/* True when one of the comma-separated elements of any field with that id equals token
 * (case-insensitive; RFC 9110 5.6.1). */
bool http_head_list_has(const struct http_head *h, enum http_field_id id, struct span token);

#endif
