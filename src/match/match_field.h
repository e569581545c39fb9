/* SPDX-License-Identifier: MIT
 * The fields of the expression language, declared once: MATCH_FIELD(id, name, type, values, what). The manual page
 * mitmtop-filters(7), the completion and the help are made from this table. */
#ifndef MATCH_MATCH_FIELD_H
#define MATCH_MATCH_FIELD_H

#include <stdbool.h>
#include <stdint.h>

enum match_type {
	MATCH_T_NUMBER,   /* plain */
	MATCH_T_STATUS,   /* a number; 5xx is a range */
	MATCH_T_SIZE,     /* bytes; k M G as powers of 1024 */
	MATCH_T_TIME,     /* microseconds; us ms s m h d */
	MATCH_T_TEXT,
	MATCH_T_FLAG,     /* stands alone */
	MATCH_T_VERSION,  /* 1.2: text that is ordered */
	MATCH_T_DATE,     /* seconds since 1970; compared with a time from now: cert.expires < 30d */
	MATCH_T_HEADER,   /* req.header[NAME] */
	MATCH_T_BODY
};

#define MATCH_FIELDS(X) \
	X(HOST, "host", MATCH_T_TEXT, "server name of the request, or name:port") \
	X(PORT, "port", MATCH_T_NUMBER, "server port") \
	X(PATH, "path", MATCH_T_TEXT, "path and query") \
	X(URL, "url", MATCH_T_TEXT, "the whole URL") \
	X(SCHEME, "scheme", MATCH_T_TEXT, "http or https") \
	X(METHOD, "method", MATCH_T_TEXT, "request method") \
	X(CODE, "code", MATCH_T_STATUS, "status code of the response") \
	X(PROTO, "proto", MATCH_T_TEXT, "as in the column PROT: h1 ws sse grpc tls raw tcp") \
	X(STATE, "state", MATCH_T_TEXT, "state letter: R W B S H P D F E K") \
	X(TYPE, "type", MATCH_T_TEXT, "content type of the response") \
	X(SIZE, "size", MATCH_T_SIZE, "bytes of the response body") \
	X(REQ_SIZE, "req.size", MATCH_T_SIZE, "bytes of the request body") \
	X(TIME, "time", MATCH_T_TIME, "duration with the time at breakpoints, of an open flow so far") \
	X(TTFB, "ttfb", MATCH_T_TIME, "time to the first byte of the response, without time at breakpoints") \
	X(AGE, "age", MATCH_T_TIME, "time since it began") \
	X(ERROR, "error", MATCH_T_TEXT, "why it failed; alone: it failed") \
	X(ID, "id", MATCH_T_NUMBER, "flow number") \
	X(CONN, "conn", MATCH_T_NUMBER, "connection number") \
	X(CLIENT, "client", MATCH_T_TEXT, "client address, or address:port") \
	X(SERVER, "server", MATCH_T_TEXT, "server address, or address:port") \
	X(PROC, "proc", MATCH_T_TEXT, "name of the local client process") \
	X(PID, "pid", MATCH_T_NUMBER, "number of the local client process") \
	X(SNI, "sni", MATCH_T_TEXT, "server name of the ClientHello") \
	X(TLS_VERSION, "tls.version", MATCH_T_VERSION, "TLS version on the client's side") \
	X(TLS_CIPHER, "tls.cipher", MATCH_T_TEXT, "cipher suite on the client's side") \
	X(TLS_ALPN, "tls.alpn", MATCH_T_TEXT, "protocol chosen by ALPN") \
	X(TLS_JA4, "tls.ja4", MATCH_T_TEXT, "JA4 fingerprint of the ClientHello") \
	X(CERT_SUBJECT, "cert.subject", MATCH_T_TEXT, "subject of the server's certificate") \
	X(CERT_ISSUER, "cert.issuer", MATCH_T_TEXT, "issuer of the server's certificate") \
	X(CERT_EXPIRES, "cert.expires", MATCH_T_DATE, "when the server's certificate expires") \
	X(COMMENT, "comment", MATCH_T_TEXT, "your note; alone: it has one") \
	X(TLS, "tls", MATCH_T_FLAG, "went over TLS") \
	X(MARKED, "marked", MATCH_T_FLAG, "is marked") \
	X(HELD, "held", MATCH_T_FLAG, "is held at a breakpoint now") \
	X(EDITED, "edited", MATCH_T_FLAG, "was edited") \
	X(REPLAY, "replay", MATCH_T_FLAG, "is a replay of another flow") \
	X(ACTIVE, "active", MATCH_T_FLAG, "has not ended") \
	X(ASSET, "asset", MATCH_T_FLAG, "response is a script, style sheet, image or font") \
	X(HEADER, "header", MATCH_T_HEADER, "a header field of either message: header[NAME]") \
	X(REQ_HEADER, "req.header", MATCH_T_HEADER, "a header field of the request") \
	X(RES_HEADER, "res.header", MATCH_T_HEADER, "a header field of the response") \
	X(BODY, "body", MATCH_T_BODY, "body of either message, decoded") \
	X(REQ_BODY, "req.body", MATCH_T_BODY, "body of the request, decoded") \
	X(RES_BODY, "res.body", MATCH_T_BODY, "body of the response, decoded")

enum match_field {
#define X(id, name, type, what) MATCH_F_##id,
	MATCH_FIELDS(X)
#undef X
	MATCH_FIELD_COUNT
};

struct match_field_info {
	enum match_field field;
	const char *name;
	enum match_type type;
	const char *what;       /* one phrase */
	const char *const *values; /* all that make sense, NULL-terminated, when that is a short list; else NULL */
	bool closed;            /* there are no other values */
};
extern const struct match_field_info match_fields[MATCH_FIELD_COUNT]; /* by enum match_field */

/* mitmproxy's operators: another spelling of terms over the fields above. */
struct match_tilde_info {
	const char *name;  /* "~u" */
	const char *value; /* "REGEX", "NUMBER"; "" when it takes none */
	const char *what;
};
extern const struct match_tilde_info match_tildes[];
extern const unsigned match_tildes_count;

/* Operators that make sense for a type, separated by blanks: "= != < <= > >= in". */
const char *match_type_operators(enum match_type t);

#endif
