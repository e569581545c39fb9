/* SPDX-License-Identifier: MIT
 * The column table and its text functions. */
#include "ui/column.h"

#include <stdlib.h>
#include <strings.h>

#include "base/escape.h"
#include "flow/flow.h"
#include "flow/flow_store.h"
#include "text/text_mask.h"
#include "ui/flow_text.h"
#include "ui/glyph.h"

enum { COLUMN_TEXT_MAX = 512 }; /* raw bytes looked at: more never fits a screen */

static void
column_put(struct column_env *env, struct buf *out, struct span raw)
{
	if (!raw.n)
		return;
	if (raw.n > COLUMN_TEXT_MAX)
		raw.n = COLUMN_TEXT_MAX;
	escape_add(out, raw, env->escape);
}

static void
column_dash(struct buf *out)
{
	buf_add(out, "-", 1);
}

static void
column_id(struct column_env *env, const struct flow *f, struct buf *out)
{
	char p[FMT_MAX];

	(void)env;
	buf_add(out, p, (size_t)(fmt_u64(p, f->number) - p));
}

static void
column_state(struct column_env *env, const struct flow *f, struct buf *out)
{
	char c = flow_state_letter((enum flow_state)f->state);

	(void)env;
	buf_add(out, &c, 1);
}

static void
column_proto(struct column_env *env, const struct flow *f, struct buf *out)
{
	(void)env;
	buf_add_str(out, flow_proto_name((enum flow_proto)f->proto));
}

static void
column_start(struct column_env *env, const struct flow *f, struct buf *out)
{
	char p[FMT_MAX];

	buf_add(out, p, (size_t)(fmt_time(&env->clock, p, f->wall_ns) - p));
}

static void
column_method(struct column_env *env, const struct flow *f, struct buf *out)
{
	if (f->method.n)
		column_put(env, out, f->method);
	else
		column_dash(out);
}

static void
column_code(struct column_env *env, const struct flow *f, struct buf *out)
{
	char p[FMT_MAX];

	(void)env;
	if (f->status)
		buf_add(out, p, (size_t)(fmt_u64(p, f->status) - p));
	else
		column_dash(out);
}

static void
column_host(struct column_env *env, const struct flow *f, struct buf *out)
{
	if (!f->host.n) {
		column_dash(out);
		return;
	}
	column_put(env, out, f->host);
	if (f->port && f->port != 80 && f->port != 443)
		buf_addf(out, ":%u", f->port);
}

/* "https://api.example.test:8443" */
static void
column_origin(struct column_env *env, const struct flow *f, struct buf *out)
{
	buf_add_str(out, f->tls ? "https://" : "http://");
	column_put(env, out, f->host);
	if (flow_text_port(f))
		buf_addf(out, ":%u", f->port);
}

/* Of a long one both ends are looked at when its middle may be left out. */
static void
column_put_path(struct column_env *env, struct buf *out, struct span path)
{
	char *own = NULL;

	if (env->escape & TEXT_MASK) /* before it is torn apart */
		path = text_mask(TEXT_MASK_TARGET, path, env->escape, &own);
	size_t more = path.n > COLUMN_TEXT_MAX ? path.n - COLUMN_TEXT_MAX : 0, tail = more < COLUMN_TEXT_MAX ? more : COLUMN_TEXT_MAX;

	column_put(env, out, path);
	if (env->middle && more > tail)
		buf_add_str(out, env->glyphs->cut);
	if (env->middle)
		column_put(env, out, span_of(path.p + path.n - tail, tail));
	free(own);
}

static void
column_path(struct column_env *env, const struct flow *f, struct buf *out)
{
	struct span path = flow_text_path(f);

	if (env->path == COLUMN_PATH_URL && f->path.p) {
		column_origin(env, f, out);
	} else if (env->path != COLUMN_PATH_ALONE) {
		column_host(env, f, out);
		if (!f->path.p && path.n)
			buf_add(out, " ", 1);
	}
	env->path_at = f->path.p ? out->n : SIZE_MAX;
	if (path.n)
		column_put_path(env, out, path);
	else if (env->path == COLUMN_PATH_ALONE)
		column_dash(out);
	/* A request that was cut off says why as well; a path holds no blanks, so the two can be told
	 * apart. */
	if (f->path.n && f->why && flow_text_cut_off(f) && env->path != COLUMN_PATH_HOST) {
		buf_add(out, "  ", 2);
		column_put(env, out, span_str(f->why));
	}
}

/* Of the response; as long as there is none, of the request. */
static struct span
column_media_type(const struct flow *f)
{
	if (f->proto == FLOW_WS)
		return SPAN_LIT("/websocket");
	return f->content_type.n || f->status || f->ended ? f->content_type : flow_head_field(f, FLOW_REQUEST, "content-type");
}

/* "application/json; charset=utf-8" is json; types of media say more by their first half. */
static void
column_type(struct column_env *env, const struct flow *f, struct buf *out)
{
	struct span t = column_media_type(f);
	const char *slash = t.n ? memchr(t.p, '/', t.n) : NULL;

	if (!slash) {
		column_dash(out);
		return;
	}
	struct span main_type = span_of(t.p, (size_t)(slash - t.p));
	struct span sub = span_of(slash + 1, t.n - main_type.n - 1);
	size_t n = 0;
	while (n < sub.n && sub.p[n] != ';' && sub.p[n] != ' ')
		n++;
	sub.n = n;
	if (sub.n > 2 && span_ieq(span_of(sub.p, 2), SPAN_LIT("x-")))
		sub = span_of(sub.p + 2, sub.n - 2);
	bool media = span_ieq(main_type, SPAN_LIT("video")) ||
		     span_ieq(main_type, SPAN_LIT("audio")) ||
		     span_ieq(main_type, SPAN_LIT("font"));
	column_put(env, out, media ? main_type : sub);
}

static void
column_bytes(struct buf *out, uint64_t bytes)
{
	char p[FMT_MAX];

	buf_add(out, p, (size_t)(fmt_size(p, bytes) - p));
}

static void
column_size(struct column_env *env, const struct flow *f, struct buf *out)
{
	(void)env;
	column_bytes(out, flow_text_bytes(f));
}

static void
column_ttfb(struct column_env *env, const struct flow *f, struct buf *out)
{
	char p[FMT_MAX];

	(void)env;
	if (f->first_byte_ns)
		buf_add(out, p, (size_t)(fmt_duration(p, flow_ttfb_us(f)) - p));
	else
		column_dash(out);
}

static void
column_time(struct column_env *env, const struct flow *f, struct buf *out)
{
	char p[FMT_MAX];

	buf_add(out, p, (size_t)(fmt_duration(p, flow_duration_us(f, env->now_ns)) - p));
}

static void
column_request_size(struct column_env *env, const struct flow *f, struct buf *out)
{
	(void)env;
	column_bytes(out, f->bytes[FLOW_REQUEST]);
}

static void
column_rate(struct column_env *env, const struct flow *f, struct buf *out)
{
	if (!f->bytes[FLOW_REQUEST] && !f->bytes[FLOW_RESPONSE]) {
		column_dash(out);
		return;
	}
	column_bytes(out, flow_rate(f, env->now_ns));
	buf_add(out, "/s", 2);
}

/* A glyph for each of the latest seconds with traffic. */
static void
column_activity(struct column_env *env, const struct flow *f, struct buf *out)
{
	for (size_t i = 0; i < sizeof f->activity; i++) {
		unsigned level = (f->activity[i] + 2u) / 3; /* eight times the bytes are a level */
		buf_add_str(out, env->glyphs->level[level < GLYPH_LEVELS ? level : GLYPH_LEVELS - 1]);
	}
}

/* Its connection, also of a copy; NULL when memory does not hold it. */
static const struct flow_conn *
column_conn(const struct column_env *env, const struct flow *f)
{
	if (!f->detail && env->store)
		f = flow_store_find(env->store, f->number);
	return f ? flow_conn(f) : NULL;
}

static void
column_connection(struct column_env *env, const struct flow *f, struct buf *out)
{
	const struct flow_conn *c = column_conn(env, f);
	char p[FMT_MAX];

	if (c)
		buf_add(out, p, (size_t)(fmt_u64(p, c->number) - p));
	else
		column_dash(out);
}

static void
column_client(struct column_env *env, const struct flow *f, struct buf *out)
{
	const struct flow_conn *c = column_conn(env, f);
	struct span client = c ? flow_text_address(c->client) : SPAN_NONE;

	if (client.n)
		column_put(env, out, client);
	else
		column_dash(out);
}

static void
column_server(struct column_env *env, const struct flow *f, struct buf *out)
{
	const struct flow_conn *c = column_conn(env, f);

	if (c && c->server[0])
		column_put(env, out, span_str(c->server));
	else
		column_dash(out);
}

static void
column_process(struct column_env *env, const struct flow *f, struct buf *out)
{
	const struct flow_conn *c = column_conn(env, f);

	if (c && c->process[0])
		column_put(env, out, span_str(c->process));
	else
		column_dash(out);
}

static struct span
column_behind(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return span_str(strncmp(text, prefix, n) == 0 ? text + n : text);
}

/* On the client's side: "1.3 AES_256_GCM_SHA384". */
static void
column_tls(struct column_env *env, const struct flow *f, struct buf *out)
{
	const struct flow_conn *c = column_conn(env, f);
	const struct flow_tls *t = c ? c->tls[FLOW_CLIENT] : NULL;

	if (!t || !t->version[0]) {
		column_dash(out);
		return;
	}
	column_put(env, out, column_behind(t->version, "TLSv"));
	buf_add(out, " ", 1);
	column_put(env, out, column_behind(t->cipher, "TLS_"));
}

static void
column_comment(struct column_env *env, const struct flow *f, struct buf *out)
{
	if (f->comment && *f->comment)
		column_put(env, out, span_str(f->comment));
	else
		column_dash(out);
}

/* ---- what the list is sorted by ---- */

static uint64_t
key_id(const struct flow *f)
{
	return f->number;
}

static uint64_t
key_state(const struct flow *f)
{
	return (uint64_t)(unsigned char)flow_state_letter((enum flow_state)f->state);
}

static uint64_t
key_proto(const struct flow *f)
{
	return f->proto;
}

static uint64_t
key_start(const struct flow *f)
{
	return f->wall_ns;
}

static struct span
key_method(const struct flow *f)
{
	return f->method;
}

static uint64_t
key_code(const struct flow *f)
{
	return f->status;
}

static struct span
key_host(const struct flow *f)
{
	return f->host;
}

static struct span
key_type(const struct flow *f)
{
	return f->content_type;
}

static uint64_t
key_ttfb(const struct flow *f)
{
	return f->first_byte_ns ? flow_ttfb_us(f) + 1 : 0;
}

/* An open flow counts as what it had taken when it last changed. */
static uint64_t
key_time(const struct flow *f)
{
	return flow_duration_us(f, f->first_byte_ns);
}

static uint64_t
key_request_size(const struct flow *f)
{
	return f->bytes[FLOW_REQUEST];
}

static uint64_t
key_connection(const struct flow *f)
{
	return flow_conn(f) ? flow_conn(f)->number : 0;
}

static struct span
key_client(const struct flow *f)
{
	const struct flow_conn *c = flow_conn(f);

	return c ? span_str(c->client) : SPAN_LIT("");
}

static struct span
key_server(const struct flow *f)
{
	const struct flow_conn *c = flow_conn(f);

	return c ? span_str(c->server) : SPAN_LIT("");
}

static struct span
key_process(const struct flow *f)
{
	const struct flow_conn *c = flow_conn(f);

	return c ? span_str(c->process) : SPAN_LIT("");
}

static struct span
key_comment(const struct flow *f)
{
	return f->comment ? span_str(f->comment) : SPAN_LIT("");
}

/* In the order that they have on the screen unless the user moves them. */
const struct column columns[] = {
	/* The marks of a row stand in the first columns of ID: one where it is narrow, else two. */
	{.title = "ID", .what = "flow number", .width = 8, .drop = COLUMN_KEEP, .right = true,
	    .text = column_id, .key = key_id},
	{.title = "S", .what = "state letter", .width = 1, .drop = COLUMN_KEEP, .state = true,
	    .text = column_state, .key = key_state},
	{.title = "PROT", .what = "h1 ws sse grpc tls tcp raw", .width = 4, .from = 80, .drop = 9,
	    .text = column_proto, .key = key_proto},
	{.title = "START", .what = "time of day", .width = 8, .from = 100, .drop = 4,
	    .text = column_start, .key = key_start},
	{.title = "METHOD", .what = "request method", .width = 6, .from = 80, .drop = 8,
	    .text = column_method, .text_key = key_method},
	{.title = "CODE", .what = "status code", .width = 4, .drop = COLUMN_KEEP, .right = true,
	    .text = column_code, .key = key_code},
	{.title = "HOST", .what = "server name", .width = 16, .from = 80, .drop = 7,
	    .text = column_host, .text_key = key_host},
	{.title = "PATH", .what = "path and query, or why it failed", .drop = COLUMN_KEEP,
	    .text = column_path, .text_key = flow_text_path},
	{.title = "TYPE", .what = "content type", .width = 10, .from = 100, .drop = 2,
	    .text = column_type, .text_key = key_type},
	{.title = "SIZE", .what = "response bytes", .width = 6, .from = 80, .drop = 6, .right = true,
	    .grows = true, .text = column_size, .key = flow_text_bytes},
	{.title = "TTFB", .what = "time to first byte, less holds", .width = 6, .from = 100, .drop = 3,
	    .right = true, .text = column_ttfb, .key = key_ttfb},
	{.title = "TIME", .what = "duration, holds included", .width = 6, .from = 40, .drop = 5, .right = true,
	    .text = column_time, .key = key_time},
	{.title = "ACTIVITY", .what = "bytes of the latest seconds", .width = 8, .from = 110, .drop = 1,
	    .text = column_activity},
	{.title = "CONN", .what = "connection number", .width = 6, .from = -1, .right = true,
	    .text = column_connection, .key = key_connection},
	{.title = "CLIENT", .what = "client address", .width = 15, .from = -1, .text = column_client,
	    .text_key = key_client},
	{.title = "SERVER", .what = "server address", .width = 15, .from = -1, .text = column_server,
	    .text_key = key_server},
	{.title = "PROCESS", .what = "local client process", .width = 12, .from = -1,
	    .text = column_process, .text_key = key_process},
	{.title = "TLS", .what = "TLS version and cipher", .width = 12, .from = -1, .text = column_tls},
	{.title = "RATE", .what = "bytes a second now; ended: mean", .width = 8, .from = -1, .right = true,
	    .text = column_rate},
	{.title = "COMMENT", .what = "your note", .width = 12, .from = -1, .text = column_comment,
	    .text_key = key_comment},
	{.title = "REQ.SIZE", .what = "request bytes", .width = 8, .from = -1, .right = true,
	    .grows = true, .text = column_request_size, .key = key_request_size},
};
const unsigned columns_count = sizeof columns / sizeof columns[0];
_Static_assert(sizeof columns / sizeof columns[0] <= COLUMNS_MAX, "a set holds every column");

unsigned
column_find(const char *title)
{
	unsigned i = 0;

	while (i < columns_count && strcasecmp(columns[i].title, title) != 0)
		i++;
	return i;
}

bool
column_sorts(unsigned column)
{
	return column < columns_count && (columns[column].key || columns[column].text_key);
}
