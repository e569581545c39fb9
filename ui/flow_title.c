/* SPDX-License-Identifier: MIT
 * Title and subtitle of a flow. */
#include "ui/flow_title.h"

#include "base/escape.h"
#include "flow/flow.h"
#include "flow/flow_message.h"
#include "proto/ws_frame.h"
#include "text/text_head.h"
#include "text/text_type.h"
#include "ui/app.h"
#include "ui/flow_text.h"
#include "ui/term.h"

enum {
	TITLE_MAX = 4096,
	TITLE_COMMENT_MAX = 256,
	TITLE_URL_MAX = 512,
	TITLE_TYPE_MAX = 40,
	TITLE_AGENT_MAX = 24, /* "curl/7.88.1" */
	TITLE_SECOND_FROM = 8,
	TITLE_WIDE_FROM = 100
};

static void
title_put_place(struct app *app, const struct flow *f, struct buf *out)
{
	escape_add(out, f->host, app->escape);
	if (flow_text_port(f))
		buf_addf(out, ":%u", flow_text_port(f));
	flow_text_put_path(out, f->path, TITLE_URL_MAX, app->escape);
}

static void
title_put_url(struct app *app, const struct flow *f, struct buf *out)
{
	if (f->method.p) {
		escape_add(out, f->method, app->escape);
		buf_add_str(out, f->tls ? " https://" : " http://");
	}
	title_put_place(app, f, out);
}

/* Which side failed, for the title of a flow without a request. */
static const char *
title_failed_side(const struct flow *f)
{
	for (int side = 0; flow_conn(f) && side < 2; side++)
		if (flow_conn(f)->tls[side] && flow_conn(f)->tls[side]->failed)
			return side == FLOW_CLIENT ? " on the client side" : " on the server side";
	return "";
}

static void
title_put_state(const struct app *app, const struct flow *f, struct buf *out)
{
	char since[FMT_MAX + 1];

	if (f->state == FLOW_S_TLS_FAILED)
		buf_addf(out, "   TLS handshake FAILED%s", title_failed_side(f));
	else if (f->state == FLOW_S_ERROR)
		buf_add_str(out, "   ERROR");
	else if (f->state == FLOW_S_HELD && !f->ended)
		buf_addf(out, "   HELD %s", flow_held_what(f));
	else if (!f->ended) {
		*fmt_duration(since, flow_duration_us(f, app->env.now_ns)) = '\0';
		buf_addf(out, "   OPEN %s", since);
	}
}

static void
title_put(struct app *app, const struct flow *f, struct buf *out)
{
	bool none = !f->marked && !f->edited && !f->replay;

	buf_addf(out, "#%llu %s%s%s%s ", (unsigned long long)f->number, f->marked ? "*" : "", f->edited ? "~" : "",
	    f->replay ? "@" : "", none ? " " : "");
	title_put_url(app, f, out);
	title_put_state(app, f, out);
	if (f->detail && f->detail->replay_of)
		buf_addf(out, "   replay of %llu", (unsigned long long)f->detail->replay_of);
	struct span comment = span_str(f->comment);
	if (comment.n > TITLE_COMMENT_MAX)
		comment.n = TITLE_COMMENT_MAX;
	if (comment.n) {
		buf_add_str(out, "   ; ");
		escape_add(out, comment, app->escape);
	}
}

void
flow_title_put_short(struct app *app, const struct flow *f, struct buf *out)
{
	buf_addf(out, "#%llu ", (unsigned long long)f->number);
	if (f->method.n) {
		escape_add(out, f->method, app->escape);
		buf_add_str(out, " ");
	}
	title_put_place(app, f, out);
	title_put_state(app, f, out);
}

/* " 401 Unauthorized" from the status line as it came. */
static void
title_put_status(struct app *app, const struct flow *f, struct buf *out)
{
	struct span line = flow_head(f, FLOW_RESPONSE).p
			       ? text_head_start(flow_head(f, FLOW_RESPONSE))
			       : SPAN_NONE;
	const char *space = line.n ? memchr(line.p, ' ', line.n) : NULL;

	if (!space) {
		buf_addf(out, " %u", f->status);
		return;
	}
	struct span rest = span_of(space, (size_t)(line.p + line.n - space));
	if (rest.n > 64)
		rest.n = 64;
	escape_add(out, rest, app->escape);
}

/* "  application/json 231 B", where there is little room "  json 231 B". */
static void
title_put_size(struct app *app, const struct flow *f, bool wide, struct buf *out)
{
	struct span type = text_type_name(f->content_type.p ? f->content_type : SPAN_LIT(""));
	const char *slash = type.n ? memchr(type.p, '/', type.n) : NULL;
	char size[FMT_MAX];

	if (slash && !wide)
		type = span_of(slash + 1, type.n - (size_t)(slash + 1 - type.p));
	if (type.n > TITLE_TYPE_MAX)
		type.n = TITLE_TYPE_MAX;
	buf_add_str(out, type.n ? "  " : " ");
	escape_add(out, type, app->escape);
	*fmt_size_long(size, flow_text_bytes(f)) = '\0';
	buf_addf(out, " %s", size);
}

static const char *
title_no_status(const struct flow *f)
{
	return f->method.p ? " no response" : f->state == FLOW_S_PASS ? " passed through unread" : " no request was seen";
}

/* "2nd use" */
static void
title_put_use(struct buf *out, unsigned n)
{
	static const char *const end[] = {"th", "st", "nd", "rd"};
	bool teen = n / 10 % 10 == 1;

	buf_addf(out, " (%u%s use)", n, end[teen || n % 10 > 3 ? 0 : n % 10]);
}

/* A server connection is one of its client connection's, and bears its number. */
static void
title_put_connections(struct app *app, const struct flow *f, int width, struct buf *out)
{
	const struct flow_conn *c = flow_conn(f);
	const struct flow_detail *d = f->detail;
	const char *word = width >= TITLE_WIDE_FROM ? " conn" : "";
	char text[FMT_MAX];

	*fmt_size_long(text, flow_text_bytes(f)) = '\0';
	if (f->status)
		buf_addf(out, " %u  %s", f->status, text);
	else
		buf_add_str(out, title_no_status(f));
	buf_addf(out, "  %s", flow_proto_name((enum flow_proto)f->proto));
	*fmt_duration(text, flow_duration_us(f, app->env.now_ns)) = '\0';
	buf_addf(out, "  %s", text);
	if (!c)
		return;
	buf_addf(out, "   client%s #%llu", word, (unsigned long long)c->number);
	if (d->conn_use)
		title_put_use(out, d->conn_use);
	if (!d->server_conn)
		return;
	buf_addf(out, "  server%s #%llu.%u", word, (unsigned long long)c->number, d->server_conn);
	if (d->server_use > 1)
		title_put_use(out, d->server_use);
	else
		buf_add_str(out, " (new)");
}

/* What they are, and the bytes that passed with their framing. */
static void
title_put_messages(struct app *app, const struct flow *f, struct buf *out)
{
	struct span extensions = flow_head_field(f, FLOW_RESPONSE, "sec-websocket-extensions");
	struct span type = f->proto == FLOW_WS || !f->content_type.p ? SPAN_LIT("") : text_type_name(f->content_type);
	char in[FMT_MAX], sent[FMT_MAX];

	title_put_status(app, f, out);
	if (type.n > TITLE_TYPE_MAX)
		type.n = TITLE_TYPE_MAX;
	if (type.n)
		buf_add_str(out, "  ");
	escape_add(out, type, app->escape);
	if (f->proto == FLOW_WS && ws_deflate_agreed(extensions))
		buf_add_str(out, "  permessage-deflate");
	*fmt_size_long(in, f->bytes[FLOW_RESPONSE]) = '\0';
	*fmt_size_long(sent, f->bytes[FLOW_REQUEST]) = '\0';
	buf_addf(out, "   %s in, %s out", in, sent);
}

static void
title_put_message(struct app *app, const struct flow *f, int width, struct buf *out)
{
	bool wide = width >= TITLE_WIDE_FROM;
	const struct flow_conn *c = flow_conn(f);
	const struct flow_tls *tls = c ? c->tls[FLOW_CLIENT] : NULL;
	char text[FMT_MAX];

	if (f->status) {
		title_put_status(app, f, out);
		title_put_size(app, f, wide, out);
	} else {
		buf_add_str(out, title_no_status(f));
	}
	buf_addf(out, "  %s", flow_proto_name((enum flow_proto)f->proto));
	if (wide && f->tls && tls && tls->version[0])
		buf_addf(out, " over %s", tls->version);
	*fmt_duration(text, flow_duration_us(f, app->env.now_ns)) = '\0';
	buf_addf(out, "  %s", text);
	*fmt_time_ms(&app->env.clock, text, f->wall_ns) = '\0';
	buf_addf(out, "  %s", text);
	if (!c)
		return;
	buf_add_str(out, wide ? "  client " : "  ");
	escape_add(out, span_str(c->client), app->escape);
	struct span agent = flow_head_field(f, FLOW_REQUEST, "user-agent");
	if (agent.n > TITLE_AGENT_MAX)
		agent.n = TITLE_AGENT_MAX;
	if (wide && agent.n)
		buf_add_str(out, " ");
	if (wide)
		escape_add(out, agent, app->escape);
	size_t without = out->n;
	if (wide && c->server[0]) {
		buf_add_str(out, "  server ");
		escape_add(out, span_str(c->server), app->escape);
	}
	/* A part of an address says nothing. */
	if (text_columns(buf_span(out)) > (size_t)width)
		out->n = without;
}

static void
title_put_second(struct app *app, const struct flow *f, int width, enum flow_title_kind kind, struct buf *out)
{
	buf_addf(out, "   %s", term_glyphs(app->term)->in);
	if (kind == FLOW_TITLE_CONNECTIONS)
		title_put_connections(app, f, width, out);
	else if (kind == FLOW_TITLE_MESSAGES && f->status && (f->proto == FLOW_WS || flow_has_body_messages(f)))
		title_put_messages(app, f, out);
	else
		title_put_message(app, f, width, out);
}

int
flow_title_draw(struct app *app, const struct flow *f, const struct area *a, enum flow_title_kind kind)
{
	const struct glyphs *g = term_glyphs(app->term);
	const struct cell_style title = {.glyphs = g, .role = ROLE_STATUS, .escapes = true};
	const struct cell_style second = {.glyphs = g, .role = ROLE_TEXT, .escapes = true};
	struct buf out;
	int y = 0;

	buf_init(&out, TITLE_MAX);
	title_put(app, f, &out);
	cell_text(a, y++, 0, a->w, buf_span(&out), &title);
	if (a->h >= TITLE_SECOND_FROM) {
		buf_clear(&out);
		title_put_second(app, f, a->w, kind, &out);
		cell_text(a, y++, 0, a->w, buf_span(&out), &second);
	}
	buf_fini(&out);
	return y;
}
