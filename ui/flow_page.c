/* SPDX-License-Identifier: MIT
 * The tabs Request and Response: head, body, or why there is none. */
#include "ui/flow_page.h"

#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow.h"
#include "text/text_head.h"
#include "text/text_pick.h"
#include "ui/fmt.h"

enum { PAGE_BODY_MAX = 1 << 20 }; /* of one body on the screen */

static const char *
page_size(uint64_t bytes, char *out)
{
	*fmt_size_long(out, bytes) = '\0';
	return out;
}

static void
page_head(struct text_lines *t, const struct flow *f, enum flow_dir dir)
{
	unsigned n = text_head_count(f->head[dir]);

	text_lines_begin(t);
	text_lines_addf(t, TEXT_RULE, "headers %u", n);
	text_lines_words(t, TEXT_NOTE, "HTTP/1.1, in wire order");
	text_head(t, f->head[dir]);
}

static void
page_body(struct text_lines *t, const struct flow *f, enum flow_dir dir, struct span type)
{
	const struct flow_body *b = &f->body[dir];
	char size[FMT_MAX], shown[FMT_MAX];
	size_t n = flow_body_copy(b, NULL, PAGE_BODY_MAX);

	if (!b->seen)
		return;
	char *copy = mem_alloc(n + 1);
	struct span body = span_of(copy, flow_body_copy(b, copy, n));
	const struct text_renderer *r = text_pick(type, body);
	text_lines_begin(t);
	text_lines_addf(t, TEXT_RULE, "body  %s", page_size(b->seen, size));
	text_lines_addf(t, TEXT_NOTE, "view: %s (auto)", r->name);
	r->render(t, body);
	if (n < b->seen) {
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NOTE, "(shown %s of %s)", page_size(n, shown), size);
	}
	free(copy);
}

static void
page_trailer(struct text_lines *t, struct span trailer)
{
	if (!trailer.n)
		return;
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "trailers");
	/* text_head passes over a start line; a trailer has none. */
	struct span line;
	while (text_next_line(&trailer, &line)) {
		if (!line.n)
			continue;
		text_lines_begin(t);
		text_lines_add(t, TEXT_PLAIN, line);
	}
}

static void
page_failure(struct text_lines *t, const struct flow *f)
{
	if (!f->why)
		return;
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "error");
	text_lines_begin(t);
	text_lines_add(t, TEXT_BAD, span_str(f->why));
	if (f->remedy && *f->remedy) {
		text_lines_begin(t);
		text_lines_add(t, TEXT_NOTE, span_str(f->remedy));
	}
}

/* Bytes that are not HTTP: each tab shows its direction. */
static void
page_raw(struct text_lines *t, const struct flow *f, enum flow_dir dir)
{
	char size[FMT_MAX];

	text_lines_begin(t);
	text_lines_addf(t, TEXT_NOTE, "%s: this is a plain stream, %s from the %s",
	    dir == FLOW_REQUEST ? "Request" : "Response", page_size(f->bytes[dir], size),
	    dir == FLOW_REQUEST ? "client" : "server");
	page_body(t, f, dir, SPAN_LIT(""));
}

void
flow_page_request(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	(void)env;
	if (f->head[FLOW_REQUEST].p) {
		page_head(t, f, FLOW_REQUEST);
		page_body(t, f, FLOW_REQUEST, flow_head_field(f, FLOW_REQUEST, "content-type"));
		page_trailer(t, f->trailer[FLOW_REQUEST]);
	} else if (f->method.p) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "Request: no longer in memory (limit: --memory)");
	} else if (f->proto == FLOW_RAW) {
		page_raw(t, f, FLOW_REQUEST);
	} else {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "Request: none was seen.");
		page_failure(t, f);
	}
}

static void
page_no_response(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	char since[FMT_MAX];

	*fmt_duration(since, flow_duration_us(f, env->now_ns)) = '\0';
	text_lines_begin(t);
	if (f->ended) {
		text_lines_words(t, TEXT_NOTE, "Response: none came.");
		return;
	}
	text_lines_addf(t, TEXT_NOTE, "Response: not yet.  The flow began %s ago, ", since);
	text_lines_add(t, TEXT_PLAIN, f->host.n ? f->host : SPAN_LIT("the server"));
	text_lines_words(t, TEXT_NOTE, " has not answered.");
}

void
flow_page_response(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	if (f->head[FLOW_RESPONSE].p) {
		page_failure(t, f);
		page_head(t, f, FLOW_RESPONSE);
		page_body(t, f, FLOW_RESPONSE, f->content_type);
		page_trailer(t, f->trailer[FLOW_RESPONSE]);
	} else if (f->answered_here) {
		text_lines_begin(t);
		text_lines_addf(t, TEXT_NOTE, "Response: none came; mitmtop itself answered %u.",
		    (unsigned)f->status);
		page_failure(t, f);
	} else if (f->status) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "Response: no longer in memory (limit: --memory)");
	} else if (f->proto == FLOW_RAW) {
		page_raw(t, f, FLOW_RESPONSE);
	} else {
		page_no_response(t, f, env);
		page_failure(t, f);
	}
}
