/* SPDX-License-Identifier: MIT
 * Plain text lines of a flow: the hot path of the headless front end. */
#include "ui/headless_line.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "text/text_head.h"
#include "ui/flow_text.h"

/* Size and time share this many columns, so that a long size takes room from the gap first. */
enum {
	SIZE_COLUMNS = 4,
	SIZE_TIME_COLUMNS = 13,
	NUMBER_COLUMNS = 5,
	FIXED_MAX = 192,
	METHOD_MAX = 32
};

static char *
line_size(char *p, const struct flow *f)
{
	uint64_t bytes = flow_text_bytes(f);
	char *start = p;

	if (!bytes && flow_text_cut_off(f)) {
		memcpy(p, "  - ", 4);
		return p + 4;
	}
	p = fmt_size(p, bytes);
	if (bytes < 1000)
		*p++ = 'B';
	return fmt_right(start, p, SIZE_COLUMNS);
}

static char *
line_method(char *p, const struct flow *f, int escape)
{
	char *start = p;

	if (f->method.n)
		p += escape_text(p, METHOD_MAX, f->method, escape);
	else
		*p++ = '-';
	return fmt_left(start, p, 4);
}

static char *
line_code(char *p, const struct flow *f)
{
	char *start = p;

	if (f->status)
		p = fmt_u64(p, f->status);
	else
		*p++ = '-';
	return fmt_left(start, p, 3);
}

static char *
line_fixed(char *p, struct headless_style *style, const struct flow *f)
{
	p = fmt_time_ms(&style->clock, p, f->wall_ns);
	*p++ = ' ';
	p = fmt_right(p, fmt_u64(p, f->number), NUMBER_COLUMNS);
	*p++ = ' ';
	*p++ = flow_state_letter((enum flow_state)f->state);
	*p++ = ' ';
	char *start = p;
	const char *proto = flow_proto_name((enum flow_proto)f->proto);
	size_t n = strlen(proto);
	memcpy(p, proto, n);
	p = fmt_left(start, p + n, 4);
	*p++ = ' ';
	p = line_method(p, f, style->escape);
	*p++ = ' ';
	p = line_code(p, f);
	*p++ = ' ';
	start = p;
	p = line_size(p, f);
	*p++ = ' ';
	size_t taken = (size_t)(p - start);
	p = fmt_right(p, fmt_duration(p, flow_duration_us(f, f->end_ns)),
	    taken < SIZE_TIME_COLUMNS ? SIZE_TIME_COLUMNS - taken : 0);
	*p++ = ' ';
	return p;
}

static int
line_target(struct buf *out, const struct flow *f, int escape)
{
	char port[FMT_MAX], *p = port;
	int rc = f->host.n ? escape_add(out, f->host, escape) : buf_add(out, "-", 1);

	if (flow_text_port(f)) {
		*p++ = ':';
		p = fmt_u64(p, flow_text_port(f));
	}
	*p++ = ' ';
	rc |= buf_add(out, port, (size_t)(p - port));
	rc |= escape_add(out, f->path.p ? f->path : SPAN_LIT(""), escape);
	if (f->why) {
		if (f->path.n)
			rc |= buf_add(out, " ", 1);
		rc |= escape_add(out, span_str(f->why), escape);
	}
	while (out->n && out->p[out->n - 1] == ' ')
		out->n--;
	return rc | buf_add(out, "\n", 1);
}

/* Every line of text, escaped and indented, so that flow lines alone start in column 1. */
static int
line_block(struct buf *out, struct span text, int escape)
{
	struct span line;
	int rc = 0;

	while (!rc && text_next_line(&text, &line)) {
		rc |= buf_add(out, "    ", 4);
		rc |= escape_add(out, line, escape | ESCAPE_KEEP_TAB);
		rc |= buf_add(out, "\n", 1);
	}
	return rc;
}

static int
line_body(struct buf *out, const struct flow_body *b, int escape)
{
	size_t n = flow_body_copy(b, NULL, SIZE_MAX);
	int rc = 0;

	if (n) {
		char *copy = mem_alloc(n);
		rc |= line_block(out, span_of(copy, flow_body_copy(b, copy, n)), escape);
		free(copy);
	}
	if (b->seen > b->kept)
		rc |= buf_addf(out, "    (%llu of %llu bytes kept)\n", (unsigned long long)b->kept,
		    (unsigned long long)b->seen);
	return rc;
}

static int
line_details(struct buf *out, const struct headless_style *style, const struct flow *f)
{
	int rc = 0;

	for (int dir = FLOW_REQUEST; dir <= FLOW_RESPONSE; dir++) {
		if (flow_head(f, dir).p)
			rc |= line_block(out, flow_head(f, dir), style->escape);
		if (style->verbose > 1)
			rc |= line_body(out, flow_body(f, dir), style->escape);
	}
	return rc;
}

int
headless_line(struct buf *out, struct headless_style *style, const struct flow *f)
{
	size_t before = out->n;
	char *p = buf_reserve(out, FIXED_MAX);
	int rc = p ? 0 : ERR_LIMIT;

	if (p) {
		out->n += (size_t)(line_fixed(p, style, f) - p);
		rc |= line_target(out, f, style->escape);
	}
	if (!rc && style->verbose > 0)
		rc |= line_details(out, style, f);
	if (rc)
		out->n = before;
	return rc ? ERR_LIMIT : 0;
}
