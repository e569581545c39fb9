/* SPDX-License-Identifier: MIT
 * Messages being edited. */
#include "ui/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "flow/flow_intent.h"
#include "flow/flow_message.h"
#include "proto/url.h"
#include "text/text_diff.h"
#include "text/text_head.h"
#include "text/text_hex.h"
#include "ui/edit_body.h"
#include "text/text_mask.h"

enum { EDIT_LINES_MAX = 20000, EDIT_NOTE_MAX = 96, EDIT_HEX_COLS = 80 };

static struct edit *
edit_new(enum edit_kind kind, const struct flow *f, enum flow_dir dir)
{
	struct edit *e = mem_zalloc(sizeof *e);

	e->kind = kind;
	e->dir = dir;
	e->number = f ? f->number : 0;
	e->key = f ? f->key : 0;
	e->to_head = f && dir == FLOW_RESPONSE && span_eq(f->method, SPAN_LIT("HEAD"));
	h1_message_init(&e->was, dir == FLOW_RESPONSE);
	h1_message_init(&e->now, dir == FLOW_RESPONSE);
	return e;
}

void
edit_free(struct edit *e)
{
	if (!e)
		return;
	h1_message_fini(&e->was);
	h1_message_fini(&e->now);
	while (e->nundo)
		h1_message_fini(&e->undo[--e->nundo]);
	free(e);
}

/* Takes the recorded message of that direction. */
static struct edit *
edit_take(struct edit *e, const struct flow *f, struct errmsg *why)
{
	const struct flow_body *b = flow_body(f, e->dir);
	struct span head = flow_head(f, e->dir);
	size_t n = flow_body_copy(b, NULL, H1_MESSAGE_BODY_MAX_BYTES + 1);
	char *body = mem_alloc(n + 1);
	int bad = 0;

	flow_body_copy(b, body, n);
	e->cut = n < b->seen;
	if (!head.p)
		bad = err_set(why, ERR_NOTFOUND, "flow %llu has no %s that could be %s", (unsigned long long)f->number,
		    e->dir == FLOW_REQUEST ? "request" : "response", e->kind == EDIT_SEND ? "sent again" : "edited");
	else if (e->cut)
		bad = err_set(why, ERR_LIMIT,
		    "its body was recorded in part (see body-max and memory): only the whole could be edited");
	else
		bad = h1_message_set(&e->was, head, flow_trailer(f, e->dir), span_of(body, n), why);
	free(body);
	if (bad) {
		edit_free(e);
		return NULL;
	}
	h1_message_copy(&e->now, &e->was);
	return e;
}

/* The message of a WebSocket that is held. */
static struct edit *
edit_take_message(const struct flow *f, struct errmsg *why)
{
	const struct flow_message *m = flow_message_held(f);

	if (!m) {
		err_set(why, ERR_NOTFOUND, "the message that is held was not recorded: too many came before it");
		return NULL;
	}
	struct edit *e = edit_new(EDIT_HELD, f, (enum flow_dir)m->dir);
	e->message = m->number;
	free(e->was.start);
	e->was.start = mem_strdup("");
	e->was.decoded = true;
	buf_add_span(&e->was.body, m->came);
	h1_message_copy(&e->now, &e->was);
	return e;
}

bool
edit_is_of_held(const struct edit *e, const struct flow *f)
{
	const struct flow_message *m = flow_message_held(f);

	if (e->message)
		return m && m->number == e->message && m->dir == (uint8_t)e->dir;
	return f->detail && !flow_hello_held(f) && f->detail->hold.dir == (e->kind == EDIT_ANSWER ? FLOW_REQUEST : e->dir);
}

struct edit *
edit_new_held(const struct flow *f, struct errmsg *why)
{
	if (flow_hello_held(f)) {
		err_set(why, ERR_REFUSED, "a ClientHello is held: a lets it go on, P passes it undecrypted, X kills it");
		return NULL;
	}
	if (f->proto == FLOW_WS)
		return edit_take_message(f, why);
	return edit_take(edit_new(EDIT_HELD, f, (enum flow_dir)f->detail->hold.dir), f, why);
}

struct edit *
edit_new_answer(const struct flow *f)
{
	struct edit *e = edit_new(EDIT_ANSWER, f, FLOW_RESPONSE);
	struct h1_message *m[] = {&e->was, &e->now};

	for (int i = 0; i < 2; i++) {
		free(m[i]->start);
		m[i]->start = mem_strdup("HTTP/1.1 200 OK");
		m[i]->decoded = true;
		h1_fields_insert(&m[i]->fields, 0, "Content-Type", "text/plain; charset=utf-8");
	}
	return e;
}

static void
edit_server_of(const struct flow *f, struct edit_server *s)
{
	const struct flow_conn *c = flow_conn(f);

	snprintf(s->host, sizeof s->host, "%.*s", (int)f->host.n, f->host.p ? f->host.p : "");
	s->port = f->port;
	s->tls = f->tls;
	snprintf(s->sni, sizeof s->sni, "%s", c ? c->sni : "");
	const struct flow_tls *tls = c ? c->tls[FLOW_SERVER] : NULL;
	s->no_alpn = tls && tls->done && !tls->alpn[0];
}

struct edit *
edit_new_again(const struct flow *f, struct errmsg *why)
{
	struct edit *e = edit_take(edit_new(EDIT_SEND, f, FLOW_REQUEST), f, why);

	if (e)
		edit_server_of(f, &e->server);
	return e;
}

/* The URL taken apart into where it goes and the request for it. */
static int
edit_from_url(struct edit *e, struct span method, struct span url, struct errmsg *why)
{
	struct url_target t;
	const char *fault = "a URL is http://HOST/PATH or https://HOST/PATH";
	char start[4096];
	struct buf host;

	if (url_parse_target(method, url, &t, &fault) || t.form != URL_ABSOLUTE)
		return err_set(why, ERR_SYNTAX, "%s", fault);
	e->server.tls = span_ieq(t.scheme, SPAN_LIT("https"));
	e->server.port = t.authority.has_port ? t.authority.port : e->server.tls ? 443 : 80;
	snprintf(e->server.host, sizeof e->server.host, "%.*s", (int)t.authority.host.n, t.authority.host.p);
	if (t.authority.kind == URL_HOST_NAME)
		snprintf(e->server.sni, sizeof e->server.sni, "%s", e->server.host);
	if ((size_t)snprintf(start, sizeof start, "%.*s %s%.*s HTTP/1.1", (int)method.n, method.p,
	        t.path.n && t.path.p[0] == '/' ? "" : "/", (int)t.path.n, t.path.n ? t.path.p : "") >= sizeof start)
		return err_set(why, ERR_LIMIT, "the URL is too long");
	free(e->now.start);
	e->now.start = mem_strdup(start);
	buf_init(&host, URL_AUTHORITY_MAX_BYTES);
	url_authority_add(&t.authority, &host);
	buf_add(&host, "", 1);
	h1_fields_insert(&e->now.fields, 0, "Host", host.p);
	buf_fini(&host);
	h1_fields_insert(&e->now.fields, 1, "User-Agent", "mitmtop");
	h1_fields_insert(&e->now.fields, 2, "Accept", "*/*");
	e->now.decoded = true;
	return 0;
}

struct edit *
edit_new_request(const char *line, struct errmsg *why)
{
	struct edit *e = edit_new(EDIT_SEND, NULL, FLOW_REQUEST);
	size_t n = strcspn(line, " "), gap = strspn(line + n, " ");
	struct span method = span_of(line, n), url = span_str(line + n + gap);

	if (!url.n) { /* a URL alone is fetched */
		url = method;
		method = SPAN_LIT("GET");
	}
	if (edit_from_url(e, method, url, why)) {
		edit_free(e);
		return NULL;
	}
	h1_message_copy(&e->was, &e->now);
	return e;
}

/* ---- changes ---- */

bool
edit_is_changed(const struct edit *e)
{
	return !h1_message_equal(&e->was, &e->now);
}

void
edit_keep(struct edit *e)
{
	if (e->nundo == EDIT_UNDO_MAX) {
		h1_message_fini(&e->undo[0]);
		memmove(e->undo, e->undo + 1, (EDIT_UNDO_MAX - 1) * sizeof e->undo[0]);
		e->nundo--;
	}
	h1_message_init(&e->undo[e->nundo], e->now.response);
	h1_message_copy(&e->undo[e->nundo++], &e->now);
}

bool
edit_undo(struct edit *e)
{
	if (!e->nundo)
		return false;
	h1_message_fini(&e->now);
	e->now = e->undo[--e->nundo];
	return true;
}

void
edit_restore(struct edit *e)
{
	edit_keep(e);
	h1_message_copy(&e->now, &e->was);
}

bool
edit_body_is_text(const struct edit *e)
{
	struct span s = buf_span(&e->now.body);

	while (s.n) {
		unsigned cp;
		size_t took = escape_utf8_decode(s.p, s.n, &cp);
		if (!took || cp == 0x7f || (cp < ' ' && cp != '\t' && cp != '\n' && cp != '\r'))
			return false;
		s = span_of(s.p + took, s.n - took);
	}
	return true;
}

/* ---- out ---- */

struct intent_message *
edit_message(const struct edit *e, bool *same, struct errmsg *why)
{
	struct h1_message_wire w;
	struct intent_message *m = NULL;

	*same = e->kind == EDIT_HELD && !edit_is_changed(e);
	if (*same)
		return NULL;
	if (e->message)
		return intent_message_new(NULL, 0, e->now.body.p, e->now.body.n, NULL, 0);
	h1_message_wire_init(&w);
	if (h1_message_write(&e->now, e->to_head, &w, why) == 0) {
		m = intent_message_new(w.head.p, w.head.n, w.body.p, w.body.n, w.trailers.p, w.trailers.n);
		m->keep_length = e->now.keep_length;
	}
	h1_message_wire_fini(&w);
	return m;
}

int
edit_destination(const struct edit *e, struct edit_server *out, struct errmsg *why)
{
	const char *start = e->now.start, *fault;
	size_t method = strcspn(start, " "), from = method + (start[method] == ' ');
	struct url_target t;

	*out = e->server;
	struct span target = span_of(start + from, strcspn(start + from, " "));
	if (url_parse_target(span_of(start, method), target, &t, &fault))
		return err_set(why, ERR_SYNTAX, "%s", fault);
	if (t.form != URL_ABSOLUTE)
		return 0;
	out->tls = span_ieq(t.scheme, SPAN_LIT("https"));
	out->port = t.authority.has_port ? t.authority.port : out->tls ? 443 : 80;
	snprintf(out->host, sizeof out->host, "%.*s", (int)t.authority.host.n, t.authority.host.p);
	out->sni[0] = '\0';
	out->no_alpn = false;
	return 0;
}

bool
edit_overrules_host(const struct edit *e)
{
	const struct h1_message_fields *f = &e->now.fields;
	unsigned i = h1_fields_find(f, "host");
	struct buf host;

	buf_init(&host, URL_AUTHORITY_MAX_BYTES);
	bool differs = i < f->n && h1_message_target_host(&e->now, &host) && !span_ieq(span_str(f->field[i].value), buf_span(&host));
	buf_fini(&host);
	return differs;
}

/* ---- as lines ---- */

static void
edit_body_lines(const struct h1_message *m, struct text_lines *out)
{
	struct edit probe = {.now = *m};
	char *own;
	size_t n;

	if (!m->body.n)
		return;
	if (*m->start)
		text_lines_begin(out);
	struct span shown = text_mask(TEXT_MASK_BODY, buf_span(&m->body), out->escape, &own);
	if (!edit_body_is_text(&probe)) {
		text_lines_begin(out);
		text_lines_addf(out, TEXT_NOTE, "body: %zu bytes that are not text", m->body.n);
		if (m->body.n <= EDIT_HEX_MAX_BYTES)
			text_hex(out, shown, EDIT_HEX_COLS);
		free(own);
		return;
	}
	struct span *line = text_diff_split(shown, &n);
	for (size_t i = 0; i < n && i < EDIT_LINES_MAX; i++) {
		text_lines_begin(out);
		text_lines_add(out, TEXT_PLAIN, line[i]);
	}
	free(line);
	free(own);
}

/* length: said of Content-Length, "" nothing. */
static void
edit_fields_lines(const struct h1_message_fields *f, const char *length, struct text_lines *out)
{
	unsigned at = *length ? h1_fields_find(f, "content-length") : f->n;

	for (unsigned i = 0; i < f->n; i++) {
		struct span name = span_str(f->field[i].name);
		char *own;
		text_lines_begin(out);
		text_lines_add(out, TEXT_NAME, name);
		text_lines_words(out, TEXT_PLAIN, ": ");
		text_lines_add(out, TEXT_PLAIN, text_mask_value(name, span_str(f->field[i].value), ':', false, out->escape, &own));
		free(own);
		if (i == at)
			text_lines_addf(out, TEXT_NOTE, "   (%s)", length);
	}
}

/* What becomes of the Content-Length that stands in the message: sent is its head as it goes out. */
static void
edit_length_note(const struct h1_message *m, const struct h1_message *sent, size_t body_n, char *out, size_t size)
{
	unsigned i = h1_fields_find(&m->fields, "content-length"), j = h1_fields_find(&sent->fields, "content-length");
	const char *typed = i < m->fields.n ? m->fields.field[i].value : "";

	*out = '\0';
	if (!*typed || j == sent->fields.n)
		return;
	if (!m->keep_length && strcmp(typed, sent->fields.field[j].value) != 0)
		snprintf(out, size, "recomputed; :set fixlen off to keep");
	else if (m->keep_length && strtoull(typed, NULL, 10) != body_n)
		snprintf(out, size, "kept; the body has %zu: the connection ends after it", body_n);
}

void
edit_lines(const struct h1_message *m, bool to_head, struct text_lines *out)
{
	struct h1_message_wire w;
	struct h1_message sent;
	struct errmsg why;
	char note[EDIT_NOTE_MAX] = "";

	if (!*m->start) { /* of a WebSocket */
		edit_body_lines(m, out);
		return;
	}
	h1_message_wire_init(&w);
	h1_message_init(&sent, m->response);
	bool good = h1_message_write(m, to_head, &w, &why) == 0 &&
		    h1_message_set(&sent, buf_span(&w.head), SPAN_NONE, SPAN_NONE, &why) == 0;
	const struct h1_message *head = good ? &sent : m;
	text_lines_begin(out);
	char *own;
	text_lines_add(out, TEXT_PLAIN, text_mask(TEXT_MASK_TARGET, span_str(head->start), out->escape, &own));
	free(own);
	if (good)
		edit_length_note(m, &sent, w.body.n, note, sizeof note);
	edit_fields_lines(&head->fields, note, out);
	edit_body_lines(m, out);
	if (m->trailers.n) {
		text_lines_begin(out);
		text_lines_words(out, TEXT_NOTE, "trailers");
		edit_fields_lines(&m->trailers, "", out);
	}
	h1_message_fini(&sent);
	h1_message_wire_fini(&w);
}
