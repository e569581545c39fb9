/* SPDX-License-Identifier: MIT
 * Fields of a flow. */
#include "flow/flow_subject.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "flow/flow.h"
#include "flow/message_walk.h"
#include "proto/coding.h"

enum { SUBJECT_TEXT_MAX = 1 << 17 };

void
flow_subject_init(struct flow_subject *s)
{
	*s = (struct flow_subject){.flow = NULL};
	buf_init(&s->text, SUBJECT_TEXT_MAX);
	buf_init(&s->raw, FLOW_SUBJECT_BODY_MAX);
	for (int dir = 0; dir < 2; dir++)
		buf_init(&s->body[dir], CODING_OUT_MAX_BYTES);
}

void
flow_subject_fini(struct flow_subject *s)
{
	buf_fini(&s->text);
	buf_fini(&s->raw);
	for (int dir = 0; dir < 2; dir++)
		buf_fini(&s->body[dir]);
}

/* ---- what is not there ---- */

/* Of a flow that is going on: it may still come. */
static enum match_have
subject_none(const struct flow *f)
{
	return f->ended ? MATCH_ABSENT : MATCH_UNKNOWN;
}

/* Of details: they may be in the session file. */
static enum match_have
subject_missing(const struct flow_subject *s)
{
	const struct flow *f = s->flow;

	if (s->missing == FLOW_MISSING_LATER && !flow_is_whole(f))
		return MATCH_UNKNOWN;
	return subject_none(f);
}

/* ---- numbers ---- */

static enum match_have
give_number(const struct flow *f, bool known, uint64_t v, int64_t *out)
{
	*out = v < INT64_MAX ? (int64_t)v : INT64_MAX;
	return known ? MATCH_PRESENT : subject_none(f);
}

static uint64_t
subject_bytes(const struct flow *f)
{
	if (f->proto == FLOW_RAW || f->proto == FLOW_WS || f->proto == FLOW_TLS) /* as the column SIZE */
		return f->bytes[FLOW_REQUEST] + f->bytes[FLOW_RESPONSE];
	return f->bytes[FLOW_RESPONSE];
}

/* What was read from a file has no place on this run's monotonic clock. */
static uint64_t
subject_age_us(const struct flow *f)
{
	uint64_t from = f->key ? f->mono_ns : f->wall_ns, now = f->key ? clock_mono_ns() : clock_wall_ns();

	return now > from ? (now - from) / 1000 : 0;
}

static enum match_have
subject_expires(const struct flow_subject *s, int64_t *out)
{
	const struct flow_conn *c = flow_conn(s->flow);
	const struct flow_tls *t = c ? c->tls[FLOW_SERVER] : NULL;
	struct tm tm = {.tm_isdst = 0};

	if (!t || !strptime(t->not_after, "%Y-%m-%d", &tm))
		return subject_missing(s);
	*out = timegm(&tm);
	return MATCH_PRESENT;
}

/* It is looked for once, when the connection is accepted. */
static enum match_have
subject_process(const struct flow_subject *s, const struct flow_conn *c)
{
	if (!c)
		return subject_missing(s);
	if (c->process_due)
		return MATCH_UNKNOWN;
	return c->pid ? MATCH_PRESENT : MATCH_ABSENT;
}

static enum match_have
subject_number(void *arg, enum match_field field, int64_t *out)
{
	const struct flow_subject *s = arg;
	const struct flow *f = s->flow;
	const struct flow_conn *c = flow_conn(f);

	switch (field) {
	case MATCH_F_PORT:
		return give_number(f, f->port, f->port, out);
	case MATCH_F_CODE:
		return give_number(f, f->status, f->status, out);
	case MATCH_F_SIZE:
		return give_number(f, f->status || f->proto == FLOW_RAW, subject_bytes(f), out);
	case MATCH_F_REQ_SIZE:
		return give_number(f, true, f->bytes[FLOW_REQUEST], out);
	case MATCH_F_TIME:
		return give_number(f, true, flow_duration_us(f, f->end_ns ? 0 : clock_mono_ns()), out);
	case MATCH_F_TTFB:
		return give_number(f, f->first_byte_ns, flow_ttfb_us(f), out);
	case MATCH_F_AGE:
		return give_number(f, true, subject_age_us(f), out);
	case MATCH_F_ID:
		return give_number(f, true, f->number, out);
	case MATCH_F_CONN:
		*out = c ? (int64_t)c->number : 0;
		return c ? MATCH_PRESENT : subject_missing(s);
	case MATCH_F_PID:
		*out = c ? c->pid : 0;
		return subject_process(s, c);
	case MATCH_F_CERT_EXPIRES:
		return subject_expires(s, out);
	default:
		return MATCH_ABSENT;
	}
}

/* ---- texts ---- */

/* Of the connection: "" is not known. */
static enum match_have
give_text(const struct flow_subject *s, const char *text, struct span *out)
{
	*out = span_str(text);
	return text && *text ? MATCH_PRESENT : subject_missing(s);
}

static enum match_have
give_span(const struct flow *f, struct span text, struct span *out)
{
	*out = text;
	return text.p ? MATCH_PRESENT : subject_none(f);
}

static enum match_have
subject_url(struct flow_subject *s, struct span *out)
{
	const struct flow *f = s->flow;

	if (!f->method.p || !f->host.p)
		return subject_none(f);
	buf_clear(&s->text);
	buf_add_str(&s->text, f->tls ? "https://" : "http://");
	buf_add_span(&s->text, f->host);
	if (f->port != (f->tls ? 443 : 80))
		buf_addf(&s->text, ":%u", f->port);
	if (f->path.p)
		buf_add_span(&s->text, f->path);
	*out = buf_span(&s->text);
	return MATCH_PRESENT;
}

static const char *
subject_tls_text(const struct flow_conn *c, enum match_field field)
{
	bool server = field == MATCH_F_CERT_SUBJECT || field == MATCH_F_CERT_ISSUER;
	const struct flow_tls *t = c ? c->tls[server ? FLOW_SERVER : FLOW_CLIENT] : NULL;

	if (!t)
		return NULL;
	switch (field) {
	case MATCH_F_TLS_VERSION: /* "TLSv1.3": the expression has the number alone */
		return t->version + strcspn(t->version, "0123456789");
	case MATCH_F_TLS_CIPHER:
		return t->cipher;
	case MATCH_F_TLS_ALPN:
		return t->alpn;
	case MATCH_F_CERT_SUBJECT:
		return t->subject;
	default:
		return t->issuer;
	}
}

static enum match_have
subject_conn_text(const struct flow_subject *s, enum match_field field, struct span *out)
{
	const struct flow_conn *c = flow_conn(s->flow);

	switch (field) {
	case MATCH_F_PROC:
		*out = span_str(c ? c->process : NULL);
		return subject_process(s, c);
	case MATCH_F_CLIENT:
		return give_text(s, c ? c->client : NULL, out);
	case MATCH_F_SERVER:
		return give_text(s, c ? c->server : NULL, out);
	case MATCH_F_SNI:
		return give_text(s, c ? c->sni : NULL, out);
	case MATCH_F_TLS_JA4:
		return give_text(s, c ? c->ja4 : NULL, out);
	case MATCH_F_TLS_VERSION:
	case MATCH_F_TLS_CIPHER:
	case MATCH_F_TLS_ALPN:
	case MATCH_F_CERT_SUBJECT:
	case MATCH_F_CERT_ISSUER:
		return give_text(s, subject_tls_text(c, field), out);
	default:
		return MATCH_ABSENT;
	}
}

static enum match_have
subject_letter(struct flow_subject *s, struct span *out)
{
	char letter = flow_state_letter(s->flow->state);

	buf_clear(&s->text);
	buf_add(&s->text, &letter, 1);
	*out = buf_span(&s->text);
	return MATCH_PRESENT;
}

static enum match_have
subject_text(void *arg, enum match_field field, struct span *out)
{
	struct flow_subject *s = arg;
	const struct flow *f = s->flow;

	switch (field) {
	case MATCH_F_HOST:
		return give_span(f, f->host, out);
	case MATCH_F_PATH: /* as the column: where there is no path, why */
		return give_span(f, f->path.p ? f->path : span_str(f->why), out);
	case MATCH_F_URL:
		return subject_url(s, out);
	case MATCH_F_SCHEME:
		return give_span(f, f->method.p ? span_str(f->tls ? "https" : "http") : SPAN_NONE, out);
	case MATCH_F_METHOD:
		return give_span(f, f->method, out);
	case MATCH_F_PROTO:
		return give_span(f, span_str(flow_proto_name(f->proto)), out);
	case MATCH_F_STATE:
		return subject_letter(s, out);
	case MATCH_F_TYPE:
		return give_span(f, f->content_type, out);
	case MATCH_F_ERROR:
		return give_span(f, flow_failed(f) ? span_str(f->why) : SPAN_NONE, out);
	case MATCH_F_COMMENT: /* may be put on any flow at any time, and is tested then */
		*out = span_str(f->comment);
		return f->comment ? MATCH_PRESENT : MATCH_ABSENT;
	default:
		return subject_conn_text(s, field, out);
	}
}

/* ---- flags ---- */

static bool
subject_type_has(struct span type, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= type.n; i++)
		if (span_ieq(span_of(type.p + i, n), span_of(word, n)))
			return true;
	return false;
}

static bool
subject_is_asset(struct span type)
{
	static const char *const words[] = {"javascript", "ecmascript", "text/css", "image/", "font/", "font-", "/font"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (subject_type_has(type, words[i]))
			return true;
	return false;
}

static enum match_have
subject_flag(void *arg, enum match_field field, bool *out)
{
	const struct flow *f = ((const struct flow_subject *)arg)->flow;

	*out = false;
	switch (field) {
	case MATCH_F_TLS:
		*out = f->tls;
		return MATCH_PRESENT;
	case MATCH_F_MARKED:
		*out = f->marked;
		return MATCH_PRESENT;
	case MATCH_F_HELD:
		*out = f->state == FLOW_S_HELD;
		return MATCH_PRESENT;
	case MATCH_F_EDITED:
		*out = f->edited;
		return MATCH_PRESENT;
	case MATCH_F_REPLAY:
		*out = f->replay;
		return MATCH_PRESENT;
	case MATCH_F_ACTIVE:
		*out = !f->ended;
		return MATCH_PRESENT;
	case MATCH_F_ASSET:
		*out = subject_is_asset(f->content_type);
		return f->content_type.p || f->status ? MATCH_PRESENT : subject_none(f);
	default:
		return MATCH_ABSENT;
	}
}

/* ---- heads ---- */

/* The line that begins at *at, without its end; steps over it. False: no more. */
static bool
head_line(struct span head, size_t *at, struct span *line)
{
	const char *p = head.p + *at, *eol = *at < head.n ? memchr(p, '\n', head.n - *at) : NULL;

	if (!eol)
		return false;
	*at += (size_t)(eol - p) + 1;
	size_t n = (size_t)(eol - p);
	*line = span_of(p, n && p[n - 1] == '\r' ? n - 1 : n);
	return line->n > 0;
}

static bool
head_field(struct span line, struct span *name, struct span *value)
{
	const char *colon = memchr(line.p, ':', line.n), *end = line.p + line.n, *v;

	if (!colon)
		return false;
	*name = span_of(line.p, (size_t)(colon - line.p));
	for (v = colon + 1; v < end && (*v == ' ' || *v == '\t'); v++)
		;
	while (end > v && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*value = span_of(v, (size_t)(end - v));
	return true;
}

/* An expression asks for one line after the other: where the next one begins is kept. */
static enum match_have
message_header(struct flow_subject *s, enum flow_dir dir, unsigned i, struct span *name, struct span *value)
{
	struct span head = flow_head(s->flow, dir), line;

	if (!head.p)
		return subject_missing(s);
	if (!s->line_at[dir] || i < s->line[dir]) {
		s->line[dir] = 0;
		s->line_at[dir] = 0;
		if (!head_line(head, &s->line_at[dir], &line))
			return MATCH_ABSENT;
	}
	while (head_line(head, &s->line_at[dir], &line)) {
		if (!head_field(line, name, value))
			continue;
		if (s->line[dir]++ == i)
			return MATCH_PRESENT;
	}
	s->line_at[dir] = 0;
	return MATCH_ABSENT;
}

static enum match_have
subject_header(void *arg, enum match_dir dir, unsigned i, struct span *name, struct span *value)
{
	return message_header(arg, dir == MATCH_RESPONSE ? FLOW_RESPONSE : FLOW_REQUEST, i, name, value);
}

/* ---- bodies ---- */

static bool
body_is_coming(const struct flow *f, enum flow_dir dir)
{
	if (f->ended)
		return false;
	return dir == FLOW_RESPONSE || !f->detail || !f->detail->sent_ns;
}

/* Values of Content-Encoding, joined. */
static struct span
body_codings(struct flow_subject *s, enum flow_dir dir)
{
	struct span head = flow_head(s->flow, dir), line, name, value;
	size_t at = 0;

	buf_clear(&s->text);
	if (!head.p || !head_line(head, &at, &line))
		return SPAN_LIT("");
	while (head_line(head, &at, &line))
		if (head_field(line, &name, &value) && span_ieq(name, SPAN_LIT("content-encoding")))
			buf_addf(&s->text, "%s%.*s", s->text.n ? "," : "", (int)value.n, value.p);
	return buf_span(&s->text);
}

static struct span
body_bytes(struct flow_subject *s, const struct flow_body *b)
{
	if (b->npieces == 1 && b->piece[0].n <= FLOW_SUBJECT_BODY_MAX)
		return span_of(b->piece[0].p, b->piece[0].n);
	size_t n = flow_body_copy(b, NULL, FLOW_SUBJECT_BODY_MAX);
	buf_clear(&s->raw);
	char *p = buf_reserve(&s->raw, n);
	if (!p)
		return SPAN_LIT("");
	s->raw.n = flow_body_copy(b, p, n);
	return buf_span(&s->raw);
}

static void
body_decode(struct flow_subject *s, enum flow_dir dir, const struct flow_body *b)
{
	struct span codings = body_codings(s, dir), bytes = body_bytes(s, b);
	struct coding_result r = {.changed = false};

	buf_clear(&s->body[dir]);
	if (codings.n)
		coding_undo(codings, bytes, &coding_limits_default, &s->body[dir], &r);
	if (!r.changed && bytes.p == s->raw.p) { /* the other body takes its place there */
		buf_clear(&s->body[dir]);
		buf_add_span(&s->body[dir], bytes);
		bytes = buf_span(&s->body[dir]);
	}
	s->lent[dir] = r.changed ? buf_span(&s->body[dir]) : bytes;
	s->done[dir] = true;
}

/* Of a WebSocket what its messages say. */
static void
messages_decode(struct flow_subject *s, enum flow_dir dir)
{
	buf_clear(&s->body[dir]);
	message_walk_text(s->flow, dir, FLOW_SUBJECT_BODY_MAX, &s->body[dir]);
	s->lent[dir] = buf_span(&s->body[dir]);
	s->done[dir] = true;
}

static enum match_have
subject_body(void *arg, enum match_dir which, struct span *out)
{
	struct flow_subject *s = arg;
	const struct flow *f = s->flow;
	enum flow_dir dir = which == MATCH_RESPONSE ? FLOW_RESPONSE : FLOW_REQUEST;
	const struct flow_body *b = flow_body(f, dir);

	if (body_is_coming(f, dir))
		return MATCH_UNKNOWN;
	if (!f->detail || b->spilled || (f->spilled && s->missing == FLOW_MISSING_LATER))
		return f->bytes[dir] ? subject_missing(s) : MATCH_ABSENT;
	if (!b->npieces && f->proto != FLOW_WS)
		return MATCH_ABSENT;
	if (!s->done[dir] && f->proto == FLOW_WS)
		messages_decode(s, dir);
	else if (!s->done[dir])
		body_decode(s, dir, b);
	*out = s->lent[dir];
	if (f->proto == FLOW_WS && !out->n)
		return MATCH_ABSENT;
	return MATCH_PRESENT;
}

struct match_subject
flow_subject_of(struct flow_subject *s, const struct flow *f, enum flow_missing missing)
{
	static const struct match_subject_ops ops = {
	    .number = subject_number,
	    .text = subject_text,
	    .flag = subject_flag,
	    .header = subject_header,
	    .body = subject_body,
	};

	s->flow = f;
	s->missing = missing;
	for (int dir = 0; dir < 2; dir++) {
		s->done[dir] = false;
		s->line_at[dir] = 0;
	}
	return (struct match_subject){.ops = &ops, .arg = s};
}

enum match_result
flow_subject_eval(struct flow_subject *s, struct match *m, const struct flow *f, enum flow_missing missing)
{
	struct match_subject subject = flow_subject_of(s, f, missing);

	return match_eval(m, &subject);
}
