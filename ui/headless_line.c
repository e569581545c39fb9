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

#define SGR_OFF "\033[0m"

/* Size and time share this many columns, so that a long size takes room from the gap first. */
enum {
	SIZE_COLUMNS = 4,
	SIZE_TIME_COLUMNS = 13,
	NUMBER_COLUMNS = 5,
	FIXED_MAX = 192,
	METHOD_MAX = 32
};

/* SGR sequences: the text between stands out, on whatever ground. */
static char *
line_sgr(char *p, const struct headless_style *style, const char *sequence)
{
	size_t n = style->colour && sequence ? strlen(sequence) : 0;

	memcpy(p, n ? sequence : "", n);
	return p + n;
}

static const char *
state_sgr(char letter)
{
	if (strchr("FEK", letter))
		return "\033[1;31m";
	if (letter == 'P')
		return "\033[36m";
	return letter == '+' ? "\033[34m" : NULL;
}

static const char *
code_sgr(unsigned status)
{
	static const char *const by_class[] = {NULL, NULL, "\033[32m", "\033[36m", "\033[33m", "\033[1;31m"};

	return status < 600 ? by_class[status / 100] : NULL;
}

static char *
line_state(char *p, const struct headless_style *style, char letter)
{
	const char *sgr = state_sgr(letter);

	p = line_sgr(p, style, sgr);
	*p++ = letter;
	return line_sgr(p, style, sgr ? SGR_OFF : NULL);
}

static char *
line_size(char *p, const struct flow *f, bool begun)
{
	uint64_t bytes = begun ? 0 : flow_text_bytes(f);
	char *start = p;

	if (!bytes && (begun || flow_text_cut_off(f))) {
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
line_code(char *p, const struct headless_style *style, unsigned status)
{
	const char *sgr = status ? code_sgr(status) : NULL;
	char *start = p = line_sgr(p, style, sgr);

	if (status)
		p = fmt_u64(p, status);
	else
		*p++ = '-';
	p = fmt_left(start, p, 3);
	return line_sgr(p, style, sgr ? SGR_OFF : NULL);
}

static char *
line_time(char *p, const struct flow *f, bool begun)
{
	if (!begun)
		return fmt_duration(p, flow_duration_us(f, f->end_ns));
	*p++ = '-';
	return p;
}

static char *
line_fixed(char *p, struct headless_style *style, const struct flow *f, bool begun)
{
	p = fmt_time_ms(&style->clock, p, f->wall_ns);
	*p++ = ' ';
	p = fmt_right(p, fmt_u64(p, f->number), NUMBER_COLUMNS);
	*p++ = ' ';
	p = line_state(p, style, begun ? '+' : flow_state_letter((enum flow_state)f->state));
	*p++ = ' ';
	char *start = p;
	const char *proto = flow_proto_name((enum flow_proto)f->proto);
	size_t n = strlen(proto);
	memcpy(p, proto, n);
	p = fmt_left(start, p + n, 4);
	*p++ = ' ';
	p = line_method(p, f, style->escape);
	*p++ = ' ';
	p = line_code(p, style, begun ? 0 : f->status);
	*p++ = ' ';
	start = p;
	p = line_size(p, f, begun);
	*p++ = ' ';
	size_t taken = (size_t)(p - start);
	p = fmt_right(p, line_time(p, f, begun),
	    taken < SIZE_TIME_COLUMNS ? SIZE_TIME_COLUMNS - taken : 0);
	*p++ = ' ';
	return p;
}

static int
line_target(struct buf *out, const struct flow *f, int escape, bool begun)
{
	bool why = f->why && !(begun && f->ended);
	char port[FMT_MAX], *p = port;
	int rc = f->host.n ? escape_add(out, f->host, escape) : buf_add(out, "-", 1);

	if (flow_text_port(f)) {
		*p++ = ':';
		p = fmt_u64(p, flow_text_port(f));
	}
	*p++ = ' ';
	rc |= buf_add(out, port, (size_t)(p - port));
	rc |= escape_add(out, f->path.p ? f->path : SPAN_LIT(""), escape);
	if (why) {
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

static int
line_put(struct buf *out, struct headless_style *style, const struct flow *f, bool begun)
{
	size_t before = out->n;
	char *p = buf_reserve(out, FIXED_MAX);
	int rc = p ? 0 : ERR_LIMIT;

	if (p) {
		out->n += (size_t)(line_fixed(p, style, f, begun) - p);
		rc |= line_target(out, f, style->escape, begun);
	}
	if (!rc && !begun && style->verbose > 0)
		rc |= line_details(out, style, f);
	if (rc)
		out->n = before;
	return rc ? ERR_LIMIT : 0;
}

int
headless_line(struct buf *out, struct headless_style *style, const struct flow *f)
{
	return line_put(out, style, f, false);
}

int
headless_line_begun(struct buf *out, struct headless_style *style, const struct flow *f)
{
	return line_put(out, style, f, true);
}
