/* SPDX-License-Identifier: MIT
 * A message on its way, as the expression of a breakpoint rule sees it. What only the whole flow has (its number, its duration) is
 * unknown here. */
#include "engine/hold_subject.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "engine/conn.h"
#include "engine/worker.h"
#include "proto/coding.h"
#include "proto/grpc_frame.h"
#include "proto/http_char.h"
#include "proto/http_head.h"
#include "proto/sse.h"
#include "tls/tls.h"

enum { CODINGS_TEXT_BYTES = 256 };

static enum match_have
give(struct span s, struct span *out)
{
	*out = s;
	return s.n ? MATCH_PRESENT : MATCH_ABSENT;
}

static struct span
subject_host(const struct hold_subject *s)
{
	const struct h1_request *q = &s->request;

	if (q->target.form == URL_ABSOLUTE)
		return q->target.authority.host;
	return q->host.host.n || !s->conn->host ? q->host.host : span_str(s->conn->host);
}

static unsigned
subject_port(const struct hold_subject *s)
{
	const struct url_target *t = &s->request.target;

	if (t->form != URL_ABSOLUTE)
		return s->conn->port;
	return t->authority.has_port ? t->authority.port : 80;
}

static struct span
subject_path(const struct hold_subject *s)
{
	return s->request.target.path.n ? s->request.target.path : SPAN_LIT("/");
}

/* The default port is not written. */
static struct span
subject_url(struct hold_subject *s)
{
	struct span host = subject_host(s), path = subject_path(s);
	bool v6 = host.n && memchr(host.p, ':', host.n);
	unsigned port = subject_port(s);
	char digits[8] = "";

	if (port != (s->conn->inner ? 443u : 80u))
		snprintf(digits, sizeof digits, ":%u", port);
	int n = snprintf(s->text, sizeof s->text, "%s://%s%.*s%s%s%.*s", s->conn->inner ? "https" : "http",
	    v6 ? "[" : "", (int)host.n, host.n ? host.p : "", v6 ? "]" : "", digits,
	    (int)(path.n < 700 ? path.n : 700), path.p);
	return span_of(s->text, (size_t)n < sizeof s->text ? (size_t)n : sizeof s->text - 1);
}

static struct span
socket_text(struct hold_subject *s, const struct endpoint *ep)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof sa;

	if (!ep->open || getpeername(ep->fd, (struct sockaddr *)&sa, &n))
		return ep->discard ? SPAN_LIT("replay") : SPAN_NONE;
	endpoint_addr_text((struct sockaddr *)&sa, s->text, sizeof s->text);
	return span_str(s->text);
}

static const struct http_field *
response_field(const struct hold_subject *s, enum http_field_id id)
{
	const struct http_head *h = s->part[MATCH_RESPONSE].head;

	return h ? http_head_find(h, id) : NULL;
}

/* As the flow will be called. */
static struct span
subject_proto(const struct hold_subject *s)
{
	const struct http_head *h = s->part[MATCH_REQUEST].head;
	const struct http_field *asked = h ? http_head_find(h, HTTP_F_CONTENT_TYPE) : NULL;
	const struct http_field *type = response_field(s, HTTP_F_CONTENT_TYPE);

	if (s->hello)
		return SPAN_LIT("tls");
	if (s->websocket)
		return SPAN_LIT("ws");
	if ((asked && span_eq(h->method, SPAN_LIT("POST")) && grpc_type(asked->value)) || (type && grpc_type(type->value)))
		return SPAN_LIT("grpc");
	bool events = type && s->part[MATCH_RESPONSE].head->status == 200 && sse_is_type(type->value);
	return events ? SPAN_LIT("sse") : SPAN_LIT("h1");
}

/* Facts of a handshake; "" without TLS on that side. */
static struct span
tls_text(struct hold_subject *s, const struct endpoint *ep, enum match_field f)
{
	struct tls_info info;

	if (!ep->tls)
		return SPAN_NONE;
	tls_conn_info(ep->tls, &info);
	const char *from = f == MATCH_F_TLS_VERSION ? info.version
	    : f == MATCH_F_TLS_CIPHER               ? info.cipher
	    : f == MATCH_F_TLS_ALPN                 ? info.alpn
	    : f == MATCH_F_CERT_SUBJECT             ? info.subject
	                                            : info.issuer;
	snprintf(s->text, sizeof s->text, "%s", from);
	return span_str(s->text);
}

/* "TLSv1.3" is 1.3 in an expression. */
static struct span
tls_version(struct hold_subject *s)
{
	struct span v = tls_text(s, &s->conn->client, MATCH_F_TLS_VERSION);
	size_t skip = v.n > 4 && !memcmp(v.p, "TLSv", 4) ? 4 : 0;

	return v.n ? span_of(v.p + skip, v.n - skip) : v;
}

static enum match_have
subject_text_request(struct hold_subject *s, enum match_field f, struct span *out)
{
	if (s->hello && f == MATCH_F_HOST)
		return give(span_str(s->conn->host), out);
	if (!s->part[MATCH_REQUEST].head)
		return MATCH_UNKNOWN;
	switch (f) {
	case MATCH_F_HOST:
		return give(subject_host(s), out);
	case MATCH_F_PATH:
		return give(subject_path(s), out);
	case MATCH_F_URL:
		return give(subject_url(s), out);
	default:
		return give(s->part[MATCH_REQUEST].head->method, out);
	}
}

static enum match_have
subject_text(void *arg, enum match_field f, struct span *out)
{
	struct hold_subject *s = arg;
	struct conn *c = s->conn;
	const struct http_field *type;

	switch (f) {
	case MATCH_F_HOST:
	case MATCH_F_PATH:
	case MATCH_F_URL:
	case MATCH_F_METHOD:
		return subject_text_request(s, f, out);
	case MATCH_F_SCHEME:
		return give(c->inner || s->hello ? SPAN_LIT("https") : SPAN_LIT("http"), out);
	case MATCH_F_PROTO:
		return give(subject_proto(s), out);
	case MATCH_F_STATE:
		return give(s->hello ? SPAN_LIT("W") : s->websocket ? SPAN_LIT("S") : s->response ? SPAN_LIT("B") : SPAN_LIT("R"), out);
	case MATCH_F_TYPE:
		if (!s->response)
			return MATCH_UNKNOWN;
		type = response_field(s, HTTP_F_CONTENT_TYPE);
		return give(type ? type->value : SPAN_NONE, out);
	case MATCH_F_CLIENT:
		return give(socket_text(s, &c->client), out);
	case MATCH_F_SERVER:
		*out = socket_text(s, &c->server);
		return out->n ? MATCH_PRESENT : MATCH_UNKNOWN;
	case MATCH_F_SNI:
		return give(c->sni ? span_str(c->sni) : SPAN_NONE, out);
	case MATCH_F_TLS_JA4:
		return give(c->ja4[0] ? span_str(c->ja4) : SPAN_NONE, out);
	case MATCH_F_TLS_VERSION:
		return give(tls_version(s), out);
	case MATCH_F_TLS_CIPHER:
	case MATCH_F_TLS_ALPN:
		return give(tls_text(s, &c->client, f), out);
	case MATCH_F_CERT_SUBJECT:
	case MATCH_F_CERT_ISSUER:
		return give(tls_text(s, &c->server, f), out);
	case MATCH_F_PROC:
		return c->process_ask ? MATCH_UNKNOWN : give(span_str(c->process), out);
	case MATCH_F_ERROR:
	case MATCH_F_COMMENT:
		return MATCH_ABSENT;
	default:
		return MATCH_UNKNOWN;
	}
}

static enum match_have
part_size(const struct hold_part *p, int64_t *out)
{
	*out = (int64_t)p->size;
	return p->size_known ? MATCH_PRESENT : MATCH_UNKNOWN;
}

static enum match_have
subject_number(void *arg, enum match_field f, int64_t *out)
{
	struct hold_subject *s = arg;

	switch (f) {
	case MATCH_F_PORT:
		*out = subject_port(s);
		return MATCH_PRESENT;
	case MATCH_F_CODE:
		if (!s->part[MATCH_RESPONSE].head)
			return MATCH_UNKNOWN;
		*out = s->part[MATCH_RESPONSE].head->status;
		return MATCH_PRESENT;
	case MATCH_F_REQ_SIZE:
		return part_size(&s->part[MATCH_REQUEST], out);
	case MATCH_F_SIZE:
		return part_size(&s->part[MATCH_RESPONSE], out);
	case MATCH_F_TTFB:
		if (!s->response)
			return MATCH_UNKNOWN;
		*out = (int64_t)((s->conn->worker->now_ns - s->start_ns) / 1000);
		return MATCH_PRESENT;
	case MATCH_F_PID:
		*out = s->conn->pid;
		return s->conn->process_ask ? MATCH_UNKNOWN : *out ? MATCH_PRESENT : MATCH_ABSENT;
	default:
		return MATCH_UNKNOWN;
	}
}

static enum match_have
subject_flag(void *arg, enum match_field f, bool *out)
{
	struct hold_subject *s = arg;

	*out = f == MATCH_F_TLS ? s->conn->inner || s->hello
	    : f == MATCH_F_REPLAY ? s->conn->replay
	                          : f == MATCH_F_ACTIVE;
	return f == MATCH_F_ASSET ? MATCH_UNKNOWN : MATCH_PRESENT;
}

static enum match_have
subject_header(void *arg, enum match_dir dir, unsigned i, struct span *name, struct span *value)
{
	struct hold_subject *s = arg;
	const struct http_head *h = s->part[dir].head;

	if (!h)
		return MATCH_UNKNOWN;
	if (i >= h->nfields)
		return MATCH_ABSENT;
	*name = h->field[i].name;
	*value = h->field[i].value;
	return MATCH_PRESENT;
}

/* The values of all Content-Encoding fields as one list; more than fits is more than anyone means. */
static struct span
codings_of(const struct http_head *h, char out[CODINGS_TEXT_BYTES])
{
	size_t n = 0;

	for (unsigned i = 0; h && i < h->nfields; i++) {
		struct span v = h->field[i].value;
		if (h->field[i].id != HTTP_F_CONTENT_ENCODING || n + v.n + 1 > CODINGS_TEXT_BYTES)
			continue;
		if (n)
			out[n++] = ',';
		memcpy(out + n, v.p, v.n);
		n += v.n;
	}
	return span_of(out, n);
}

static enum match_have
subject_body(void *arg, enum match_dir dir, struct span *out)
{
	struct hold_subject *s = arg;
	struct hold_part *p = &s->part[dir];
	char text[CODINGS_TEXT_BYTES];
	struct coding_result r;

	if (!p->body_known)
		return MATCH_UNKNOWN;
	if (!p->tried) {
		struct span list = codings_of(p->head, text);
		p->tried = true;
		if (list.n)
			coding_undo(list, p->body, &coding_limits_default, &p->decoded, &r);
	}
	return give(p->decoded.n ? buf_span(&p->decoded) : p->body, out);
}

static const struct match_subject_ops subject_ops = {
    .number = subject_number,
    .text = subject_text,
    .flag = subject_flag,
    .header = subject_header,
    .body = subject_body,
};

void
hold_subject_open(struct hold_subject *s)
{
	struct h1_fault fault;

	for (unsigned i = 0; i < 2; i++)
		buf_init(&s->part[i].decoded, CODING_OUT_MAX_BYTES);
	if (s->part[MATCH_REQUEST].head && h1_check_request(s->part[MATCH_REQUEST].head, &s->request, &fault))
		s->part[MATCH_REQUEST].head = NULL;
}

struct match_subject
hold_subject_match(struct hold_subject *s)
{
	return (struct match_subject){.ops = &subject_ops, .arg = s};
}

void
hold_subject_close(struct hold_subject *s)
{
	buf_fini(&s->part[0].decoded);
	buf_fini(&s->part[1].decoded);
}
