/* SPDX-License-Identifier: MIT
 * The tables of fields and ~ operators. */
#include "match/match_field.h"

#include <stddef.h>

#include "match/match_internal.h"

#define LIST(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}
LIST(values_scheme, "http", "https");
LIST(values_method, "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT");
LIST(values_code, "2xx", "3xx", "4xx", "5xx");
LIST(values_proto, "h1", "ws", "sse", "grpc", "tls", "raw", "tcp");
LIST(values_state, "R", "W", "B", "S", "H", "P", "D", "F", "E", "K");
LIST(values_version, "1.0", "1.1", "1.2", "1.3");
LIST(values_alpn, "http/1.1", "h2");


const struct match_field_info match_fields[MATCH_FIELD_COUNT] = {
#define X(id, n, t, w) [MATCH_F_##id] = {.field = MATCH_F_##id, .name = n, .type = t, .what = w},
	MATCH_FIELDS(X)
#undef X
	[MATCH_F_SCHEME].values = values_scheme,
	[MATCH_F_SCHEME].closed = true,
	[MATCH_F_METHOD].values = values_method,
	[MATCH_F_CODE].values = values_code,
	[MATCH_F_PROTO].values = values_proto,
	[MATCH_F_PROTO].closed = true,
	[MATCH_F_STATE].values = values_state,
	[MATCH_F_STATE].closed = true,
	[MATCH_F_TLS_VERSION].values = values_version,
	[MATCH_F_TLS_ALPN].values = values_alpn,
};

/* X(name, value, kind, field, dir, what) */
#define TILDES(X) \
	X("~all", "", ALWAYS, HOST, EITHER, "everything") \
	X("~a", "", FIELD, ASSET, EITHER, "the response is a script, style sheet, image or font") \
	X("~b", "REGEX", FIELD, BODY, EITHER, "body of either message") \
	X("~bq", "REGEX", FIELD, REQ_BODY, REQUEST, "body of the request") \
	X("~bs", "REGEX", FIELD, RES_BODY, RESPONSE, "body of the response") \
	X("~c", "NUMBER", FIELD, CODE, EITHER, "status code; 5xx is taken too") \
	X("~comment", "REGEX", FIELD, COMMENT, EITHER, "your note") \
	X("~d", "REGEX", FIELD, HOST, EITHER, "server name of the request") \
	X("~dns", "", NEVER, PROTO, EITHER, "nothing: DNS is not intercepted") \
	X("~dst", "REGEX", DEST, SERVER, EITHER, "server name or address, and port") \
	X("~e", "", FIELD, ERROR, EITHER, "it failed") \
	X("~h", "REGEX", HEADERS, HEADER, EITHER, "a header line of either message: \"Name: value\"") \
	X("~hq", "REGEX", HEADERS, REQ_HEADER, REQUEST, "a header line of the request") \
	X("~hs", "REGEX", HEADERS, RES_HEADER, RESPONSE, "a header line of the response") \
	X("~http", "", HTTP, PROTO, EITHER, "HTTP, with WebSocket") \
	X("~m", "REGEX", FIELD, METHOD, EITHER, "request method") \
	X("~marked", "", FIELD, MARKED, EITHER, "is marked") \
	X("~marker", "REGEX", NEVER, MARKED, EITHER, "nothing: a mark has no text") \
	X("~meta", "REGEX", NEVER, COMMENT, EITHER, "nothing: there is no metadata") \
	X("~q", "", NO_RESPONSE, CODE, EITHER, "has no response yet") \
	X("~replay", "", FIELD, REPLAY, EITHER, "is a replay of another flow") \
	X("~replayq", "", FIELD, REPLAY, EITHER, "its request was replayed: the same as ~replay") \
	X("~replays", "", NEVER, REPLAY, EITHER, "nothing: responses are not replayed") \
	X("~s", "", HAS_RESPONSE, CODE, EITHER, "has a response") \
	X("~src", "REGEX", FIELD, CLIENT, EITHER, "client address and port") \
	X("~t", "REGEX", TYPE, TYPE, EITHER, "content type of either message") \
	X("~tcp", "", TCP, PROTO, EITHER, "a TCP connection that is not HTTP") \
	X("~tq", "REGEX", TYPE, TYPE, REQUEST, "content type of the request") \
	X("~ts", "REGEX", TYPE, TYPE, RESPONSE, "content type of the response") \
	X("~u", "REGEX", FIELD, URL, EITHER, "the whole URL") \
	X("~udp", "", NEVER, PROTO, EITHER, "nothing: UDP is not intercepted") \
	X("~websocket", "", WEBSOCKET, PROTO, EITHER, "WebSocket")

const struct match_tilde_info match_tildes[] = {
#define X(n, v, kind, field, dir, w) {.name = n, .value = v, .what = w},
	TILDES(X)
#undef X
};
const unsigned match_tildes_count = sizeof match_tildes / sizeof *match_tildes;

const struct match_tilde match_tilde_kinds[] = {
#define X(n, v, k, f, d, w) {.kind = MATCH_K_##k, .field = MATCH_F_##f, .dir = MATCH_##d},
	TILDES(X)
#undef X
};

const char *
match_type_operators(enum match_type t)
{
	switch (t) {
	case MATCH_T_TEXT:
		return "= != ~ !~ in";
	case MATCH_T_HEADER:
		return "~ !~ = != in";
	case MATCH_T_BODY:
		return "~ !~";
	case MATCH_T_FLAG:
		return "";
	case MATCH_T_DATE:
		return "< <= > >=";
	case MATCH_T_NUMBER:
	case MATCH_T_STATUS:
	case MATCH_T_SIZE:
	case MATCH_T_TIME:
	case MATCH_T_VERSION:
		break;
	}
	return "= != < <= > >= in";
}
