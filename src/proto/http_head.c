/* SPDX-License-Identifier: MIT
 * Looking things up in a message head. */
#include "proto/http_head.h"

#include "proto/http_char.h"

enum { FIELD_NAME_MAX = 19, FIELD_SAME_LEN_MAX = 3 };

struct field_name {
	const char *name;
	enum http_field_id id;
};

/* The known names by their length, so that a name is compared with one candidate as a rule. */
static const struct field_name field_names[FIELD_NAME_MAX + 1][FIELD_SAME_LEN_MAX] = {
    [2] = {{"te", HTTP_F_TE}},
    [3] = {{"via", HTTP_F_VIA}},
    [4] = {{"host", HTTP_F_HOST}},
    [6] = {{"expect", HTTP_F_EXPECT}},
    [7] = {{"upgrade", HTTP_F_UPGRADE}, {"trailer", HTTP_F_TRAILER}},
    [8] = {{"location", HTTP_F_LOCATION}},
    [10] = {{"connection", HTTP_F_CONNECTION}, {"user-agent", HTTP_F_USER_AGENT},
	{"keep-alive", HTTP_F_KEEP_ALIVE}},
    [12] = {{"content-type", HTTP_F_CONTENT_TYPE}, {"max-forwards", HTTP_F_MAX_FORWARDS}},
    [14] = {{"content-length", HTTP_F_CONTENT_LENGTH}, {"http2-settings", HTTP_F_HTTP2_SETTINGS}},
    [16] = {{"content-encoding", HTTP_F_CONTENT_ENCODING},
	{"proxy-connection", HTTP_F_PROXY_CONNECTION}},
    [17] = {{"transfer-encoding", HTTP_F_TRANSFER_ENCODING}},
    [18] = {{"proxy-authenticate", HTTP_F_PROXY_AUTHENTICATE}},
    [19] = {{"proxy-authorization", HTTP_F_PROXY_AUTHORIZATION}},
};

enum http_field_id
http_field_id_of(struct span name)
{
	if (name.n > FIELD_NAME_MAX || name.n == 0)
		return HTTP_F_OTHER;
	const struct field_name *c = field_names[name.n];
	for (int i = 0; i < FIELD_SAME_LEN_MAX && c[i].name; i++)
		if (c[i].name[0] == (*name.p | 0x20) && span_ieq(name, span_of(c[i].name, name.n)))
			return c[i].id;
	return HTTP_F_OTHER;
}

const struct http_field *
http_head_find(const struct http_head *h, enum http_field_id id)
{
	for (unsigned i = 0; http_head_has(h, id) && i < h->nfields; i++)
		if (h->field[i].id == id)
			return &h->field[i];
	return NULL;
}

const struct http_field *
http_head_find_name(const struct http_head *h, struct span name)
{
	for (unsigned i = 0; i < h->nfields; i++)
		if (span_ieq(h->field[i].name, name))
			return &h->field[i];
	return NULL;
}

bool
http_list_next(struct span *rest, struct span *element)
{
	if (!rest->p)
		return false;
	const char *comma = rest->n ? memchr(rest->p, ',', rest->n) : NULL;
	size_t n = comma ? (size_t)(comma - rest->p) : rest->n;
	*element = http_trim(span_of(rest->p, n));
	*rest = comma ? span_of(comma + 1, rest->n - n - 1) : SPAN_NONE;
	return true;
}

static bool
value_list_has(struct span value, struct span token)
{
	struct span element;

	while (http_list_next(&value, &element))
		if (span_ieq(element, token))
			return true;
	return false;
}

bool
http_head_list_has(const struct http_head *h, enum http_field_id id, struct span token)
{
	if (!http_head_has(h, id) || token.n == 0)
		return false;
	for (unsigned i = 0; i < h->nfields; i++)
		if (h->field[i].id == id && value_list_has(h->field[i].value, token))
			return true;
	return false;
}
