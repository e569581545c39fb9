/* SPDX-License-Identifier: MIT
 * The column table and its text functions. */
#include "ui/column.h"

#include <strings.h>

#include "base/escape.h"
#include "flow/flow.h"
#include "ui/flow_text.h"

enum { COLUMN_HOST = 6, HOST_MIN = 16, PATH_MIN = 16 };

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

static void
column_path(struct column_env *env, const struct flow *f, struct buf *out)
{
	struct span path = flow_text_path(f);

	if (path.n)
		column_put(env, out, path);
	else
		column_dash(out);
	/* A request that failed says why as well; a path holds no blanks, so the two can be told
	 * apart. */
	if (f->path.n && f->why && flow_text_failed(f)) {
		buf_add(out, "  ", 2);
		column_put(env, out, span_str(f->why));
	}
}

static void
column_host_path(struct column_env *env, const struct flow *f, struct buf *out)
{
	column_host(env, f, out);
	if (!f->path.p && f->why)
		buf_add(out, " ", 1);
	column_put(env, out, flow_text_path(f));
}

/* "application/json; charset=utf-8" is json; types of media say more by their first half. */
static void
column_type(struct column_env *env, const struct flow *f, struct buf *out)
{
	struct span t = f->content_type;
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
column_size(struct column_env *env, const struct flow *f, struct buf *out)
{
	char p[FMT_MAX];

	(void)env;
	buf_add(out, p, (size_t)(fmt_size(p, flow_text_bytes(f)) - p));
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

const struct column columns[] = {
	/* The marks of a row stand in the first columns of ID: two where it is narrow, else three. */
	{.title = "ID", .width = {6, 6, 8, 8}, .right = true, .text = column_id, .key = key_id,
	    .what = "flow number"},
	{.title = "S", .width = {1, 1, 1, 1}, .state = true, .text = column_state, .key = key_state,
	    .what = "state letter"},
	{.title = "PROT", .width = {0, 0, 4, 4}, .text = column_proto, .key = key_proto,
	    .what = "h1 ws tls tcp raw"},
	{.title = "START", .width = {0, 0, 0, 8}, .text = column_start, .key = key_start,
	    .what = "time of day"},
	{.title = "METHOD", .width = {0, 0, 6, 6}, .text = column_method, .text_key = key_method,
	    .what = "request method"},
	{.title = "CODE", .width = {3, 4, 4, 4}, .right = true, .text = column_code, .key = key_code,
	    .what = "status code"},
	{.title = "HOST", .width = {COLUMN_REST, 0, 16, 21}, .text = column_host, .text_key = key_host,
	    .what = "server name"},
	{.title = "PATH", .width = {0, 0, COLUMN_REST, COLUMN_REST}, .text = column_path,
	    .text_key = flow_text_path, .what = "path and query, or why it failed"},
	{.title = "HOST+PATH", .width = {0, COLUMN_REST, 0, 0}, .text = column_host_path,
	    .text_key = key_host},
	{.title = "TYPE", .width = {0, 0, 0, 10}, .text = column_type, .text_key = key_type,
	    .what = "content type"},
	{.title = "SIZE", .width = {0, 0, 6, 6}, .right = true, .grows = true, .text = column_size,
	    .key = flow_text_bytes, .what = "response bytes"},
	{.title = "TTFB", .width = {0, 0, 0, 6}, .right = true, .text = column_ttfb, .key = key_ttfb,
	    .what = "time to the first byte"},
	{.title = "TIME", .width = {0, 6, 6, 6}, .right = true, .text = column_time, .key = key_time,
	    .what = "duration"},
};
const unsigned columns_count = sizeof columns / sizeof columns[0];

unsigned
column_find(const char *title)
{
	unsigned i = 0;

	while (i < columns_count && strcasecmp(columns[i].title, title) != 0)
		i++;
	return i;
}

unsigned
column_layout(int screen_cols)
{
	return screen_cols >= 100 ? 3 : screen_cols >= 80 ? 2 : screen_cols >= 40 ? 1 : 0;
}

void
column_widths(int screen_cols, uint64_t last, int *width)
{
	unsigned layout = column_layout(screen_cols), rest = 0;
	int used = -1, digits = 1, marks = layout < 2 ? 2 : 3;

	for (uint64_t n = last; n >= 10; n /= 10)
		digits++;
	for (unsigned i = 0; i < columns_count; i++) {
		width[i] = columns[i].width[layout];
		if (i == COLUMN_ID && digits + marks > width[i])
			width[i] = digits + marks;
		if (width[i] == COLUMN_REST)
			rest = i;
		else if (width[i])
			used += width[i] + 1;
	}
	width[rest] = screen_cols - used - 1;
	/* On a screen that is only just wide the path has more to say than the end of a name. */
	int spare = width[COLUMN_HOST] - HOST_MIN, want = PATH_MIN - width[rest];
	if (rest != COLUMN_HOST && spare > 0 && want > 0) {
		width[COLUMN_HOST] -= spare < want ? spare : want;
		width[rest] += spare < want ? spare : want;
	}
	if (width[rest] < 1)
		width[rest] = 1;
}
