/* SPDX-License-Identifier: MIT
 * The tabs Request and Response: head, body, or why there is none. */
#include "ui/flow_page.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "proto/coding.h"
#include "text/text_body.h"
#include "text/text_diff.h"
#include "text/text_head.h"
#include "text/text_mask.h"
#include "ui/flow_text.h"
#include "ui/fmt.h"

enum { PAGE_CODING_MAX = 24, PAGE_RULE_MAX = 120, PAGE_TENTHS_BELOW_US = 9950, PAGE_DIFF_MAX = 8 << 20, PAGE_DIFF_CONTEXT = 5 };

static const char *
page_size(uint64_t bytes, char *out)
{
	*fmt_size_long(out, bytes) = '\0';
	return out;
}

const char *
flow_page_time(uint64_t us, char *out)
{
	char *end =
	    us < PAGE_TENTHS_BELOW_US ? fmt_tenths(out, (us + 50) / 100) : fmt_duration(out, us);
	size_t n, digits;

	snprintf(end, 3, "%s", us < PAGE_TENTHS_BELOW_US ? "ms" : "");
	n = strlen(out);
	digits = strspn(out, "0123456789.");
	/* 3m20 stays as it is. */
	if (strspn(out + digits, "ms") == n - digits) {
		memmove(out + digits + 1, out + digits, n - digits + 1);
		out[digits] = ' ';
	}
	return out;
}

/* One of the versions of a message. */
struct page_version {
	struct span head, trailer, type;
	const struct flow_body *body;
	const char *word, *note; /* which it is; what R does */
};

static struct page_version
page_sent_on(const struct flow *f, enum flow_dir dir)
{
	struct page_version v = {.head = flow_head(f, dir),
	    .trailer = flow_trailer(f, dir),
	    .type = flow_head_field(f, dir, "content-type"),
	    .body = flow_body(f, dir),
	    .word = "",
	    .note = "HTTP/1.1, in wire order"};

	if (flow_original(f, dir)) {
		v.word = ", edited";
		v.note = "edited, as sent on; R: original";
	}
	return v;
}

static struct page_version
page_as_it_came(const struct flow_version *o)
{
	return (struct page_version){.head = o->head.p ? o->head : SPAN_LIT(""),
	    .trailer = o->trailer,
	    .type = flow_field_of(o->head, "content-type"),
	    .body = &o->body,
	    .word = ", original",
	    .note = "original, as it came; R: what differs"};
}

static void
page_head(struct text_lines *t, const struct page_version *v, const struct flow_page_env *env)
{
	text_lines_begin(t);
	text_lines_addf(t, TEXT_RULE, "headers %u%s", text_head_count(v->head), v->word);
	text_lines_words(t, TEXT_NOTE, v->note);
	if (*v->word) { /* the title has that of the other one */
		char *own;
		text_lines_begin(t);
		text_lines_add(t, TEXT_PLAIN, text_mask(TEXT_MASK_TARGET, text_head_start(v->head), t->escape, &own));
		free(own);
	}
	text_head_folded(t, v->head, env->unfold ? 0 : env->width);
}

static void
page_shed(struct text_lines *t, const struct flow_body *b, const struct flow_page_env *env)
{
	char kept[FMT_MAX];

	if (b->kept >= b->seen)
		return;
	if (b->kept)
		text_lines_addf(t, TEXT_NOTE, "recorded %s: ", page_size(b->kept, kept));
	else
		text_lines_words(t, TEXT_NOTE, "not kept: ");
	bool by_option = b->kept >= env->body_max;
	text_lines_words(t, TEXT_NOTE, by_option ? "see --body-max" : "memory limit, see --memory");
}

void
flow_page_shed(
    struct text_lines *t, const struct flow *f, enum flow_dir dir, const struct flow_page_env *env)
{
	page_shed(t, flow_body(f, dir), env);
}

/* Begins a rule whose words are known only when what stands below it has been made: room for them.
 */
static size_t
page_rule_reserve(struct text_lines *t)
{
	size_t piece = t->npieces;

	text_lines_begin(t);
	text_lines_addf(t, TEXT_RULE, "%*s", PAGE_RULE_MAX, "");
	text_lines_addf(t, TEXT_NOTE, "%*s", PAGE_RULE_MAX, "");
	return piece;
}

static void
page_rule_fill(struct text_lines *t, size_t piece, const char *words)
{
	struct text_piece *p = &t->piece[piece];
	size_t n = strlen(words);

	p->n = (uint32_t)(n < p->n ? n : p->n);
	memcpy(t->bytes.p + p->off, words, p->n);
}

/* The rule over a body: its size, and as what it is shown. */
static void
page_body_rule(struct text_lines *t, size_t piece, const struct text_body *b,
    const struct text_body_info *info)
{
	char size[FMT_MAX], wire[FMT_MAX], coding[PAGE_CODING_MAX], words[PAGE_RULE_MAX + 1];

	page_size(b->seen, wire);
	if (info->coded) {
		escape_text(coding, sizeof coding, b->content_encoding, 0);
		snprintf(words, sizeof words, "body  %s%s, %s %s on wire",
		    info->decoded_n >= CODING_OUT_MAX_BYTES ? "over " : "",
		    page_size(info->decoded_n, size), coding, wire);
	} else {
		snprintf(words, sizeof words, "body  %s", wire);
	}
	page_rule_fill(t, piece, words);
	if (!b->bytes.n) { /* there is nothing to view */
		t->line[t->nlines - 1].npieces = 1;
		return;
	}
	snprintf(words, sizeof words, "view: %s%s  t cycles", info->view,
	    info->automatic ? " (auto)" : "");
	page_rule_fill(t, piece + 1, words);
}

/* Where the rest of a body is that the screen shows in part; text_body has said how much that is.
 */
static void
page_body_rest(struct text_lines *t, const struct flow_body *b, size_t shown, bool viewer,
    const struct flow_page_env *env)
{
	if (shown == b->seen)
		return;
	text_lines_begin(t);
	if (shown < b->kept && viewer)
		text_lines_words(t, TEXT_NOTE, "v opens all that is recorded, w saves it.  ");
	page_shed(t, b, env);
}

/* viewer: it is the one that the external viewer opens. */
static void
page_body(struct text_lines *t, const struct page_version *v, enum flow_dir dir, bool viewer,
    const struct flow_page_env *env)
{
	const struct flow_body *b = v->body;
	size_t n = flow_body_copy(b, NULL, TEXT_BODY_MAX), rule = page_rule_reserve(t);
	struct text_body_info info = {.view = "none"};
	char *copy = mem_alloc(n + 1);
	const struct text_body body = {
	    .bytes = span_of(copy, flow_body_copy(b, copy, n)),
	    .seen = b->seen,
	    .content_type = v->type.p ? v->type : SPAN_LIT(""),
	    .content_encoding = flow_field_of(v->head, "content-encoding"),
	    .view = env->view[dir],
	    .fold = env->fold,
	    .width = env->width,
	};

	if (n)
		text_body(t, &body, &info);
	page_body_rule(t, rule, &body, &info);
	page_body_rest(t, b, n, viewer, env);
	free(copy);
}

static void
page_trailer(struct text_lines *t, struct span trailer)
{
	if (!trailer.n)
		return;
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "trailers");
	text_head_fields(t, trailer);
}

static void
page_version(struct text_lines *t, const struct page_version *v, enum flow_dir dir, bool viewer,
    const struct flow_page_env *env)
{
	struct flow_page_env part = *env;
	bool beside = env->head_width && v->body->seen;

	if (beside)
		part.width = env->head_width;
	page_head(t, v, &part);
	if (beside) {
		page_trailer(t, v->trailer);
		text_lines_beside(t);
		part.width = env->body_width;
	}
	if (v->body->seen)
		page_body(t, v, dir, viewer, &part);
	if (!beside)
		page_trailer(t, v->trailer);
}

/* A version as lines that can be compared: a field that changes must not move all others. */
static void
page_plain(struct text_lines *t, const struct page_version *v, enum flow_dir dir, const struct flow_page_env *env)
{
	char *head, *trailer;
	struct span rest = text_mask(TEXT_MASK_HEAD, v->head, t->escape, &head), line;
	size_t n = flow_body_copy(v->body, NULL, TEXT_BODY_MAX);
	struct text_body_info info = {.view = "none"};
	char *copy = mem_alloc(n + 1);
	const struct text_body body = {.bytes = span_of(copy, flow_body_copy(v->body, copy, n)),
	    .seen = v->body->seen,
	    .content_type = v->type.p ? v->type : SPAN_LIT(""),
	    .content_encoding = flow_field_of(v->head, "content-encoding"),
	    .view = env->view[dir],
	    .width = env->width};

	while (text_next_line(&rest, &line)) {
		text_lines_begin(t);
		text_lines_add(t, TEXT_PLAIN, line);
	}
	if (n)
		text_body(t, &body, &info);
	for (rest = text_mask(TEXT_MASK_FIELDS, v->trailer, t->escape, &trailer); rest.n && text_next_line(&rest, &line);) {
		text_lines_begin(t);
		text_lines_add(t, TEXT_PLAIN, line);
	}
	free(head);
	free(trailer);
	free(copy);
}

static void
page_diff(struct text_lines *t, const struct page_version *was, const struct page_version *is, enum flow_dir dir,
    const struct flow_page_env *env)
{
	struct text_lines a, b;

	text_lines_init(&a, PAGE_DIFF_MAX, t->escape);
	text_lines_init(&b, PAGE_DIFF_MAX, t->escape);
	page_plain(&a, was, dir, env);
	page_plain(&b, is, dir, env);
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "original -> edited");
	text_lines_words(t, TEXT_NOTE, "- as it came, + as sent on; R: edited");
	text_diff_show(t, &a, &b, PAGE_DIFF_CONTEXT);
	text_lines_fini(&a);
	text_lines_fini(&b);
}

static void
page_message(struct text_lines *t, const struct flow *f, enum flow_dir dir, const struct flow_page_env *env)
{
	const struct flow_version *o = flow_original(f, dir);
	struct page_version is = page_sent_on(f, dir);

	if (!o || env->shown == FLOW_SHOWN_EDITED) {
		page_version(t, &is, dir, true, env);
		return;
	}
	struct page_version was = page_as_it_came(o);
	if (env->shown == FLOW_SHOWN_ORIGINAL)
		page_version(t, &was, dir, false, env);
	else
		page_diff(t, &was, &is, dir, env);
}

static void
page_failure(struct text_lines *t, const struct flow *f)
{
	if (!f->why || f->state == FLOW_S_PASS)
		return;
	text_lines_begin(t);
	bool failed = flow_failed(f);
	text_lines_words(t, TEXT_RULE, failed ? "error" : "how it ended");
	text_lines_begin(t);
	text_lines_add(t, failed ? TEXT_BAD : TEXT_NOTE, span_str(f->why));
	if (flow_remedy(f) && *flow_remedy(f)) {
		text_lines_begin(t);
		text_lines_add(t, TEXT_NOTE, span_str(flow_remedy(f)));
	}
}

/* Bytes that are not HTTP: each tab shows its direction. */
static void
page_raw(
    struct text_lines *t, const struct flow *f, enum flow_dir dir, const struct flow_page_env *env)
{
	char size[FMT_MAX];

	text_lines_begin(t);
	text_lines_addf(t, TEXT_NOTE, "%s: this is a plain stream, %s from the %s",
	    dir == FLOW_REQUEST ? "Request" : "Response", page_size(f->bytes[dir], size),
	    dir == FLOW_REQUEST ? "client" : "server");
	const struct page_version v = {.type = SPAN_LIT(""), .body = flow_body(f, dir)};
	if (v.body->seen)
		page_body(t, &v, dir, true, env);
}

/* Bytes that were relayed unread. */
static void
page_passed(struct text_lines *t, const struct flow *f, enum flow_dir dir)
{
	char size[FMT_MAX];

	text_lines_begin(t);
	text_lines_addf(t, TEXT_NOTE, "%s: not decrypted, %s of TLS from the %s went through unread",
	    dir == FLOW_REQUEST ? "Request" : "Response", page_size(f->bytes[dir], size),
	    dir == FLOW_REQUEST ? "client" : "server");
}

static void
page_no_request(struct text_lines *t, const struct flow *f)
{
	text_lines_begin(t);
	if (f->method.p)
		text_lines_words(t, TEXT_NOTE, "Request: not kept: memory limit, see --memory");
	else if (f->ended)
		text_lines_words(
		    t, TEXT_NOTE, "Request: none.  The connection ended before one came.");
	else
		text_lines_words(
		    t, TEXT_NOTE, "Request: not yet.  The connection is being set up.");
}

static void
page_not_yet(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	uint64_t up = f->detail && f->detail->sent_ns ? f->detail->sent_ns : f->mono_ns;
	char since[FMT_MAX + 1];

	if (!f->method.p) {
		text_lines_words(t, TEXT_NOTE, "Response: not yet.  No request was seen so far.");
		return;
	}
	flow_page_time(env->now_ns > up ? (env->now_ns - up) / 1000 : 0, since);
	text_lines_addf(t, TEXT_NOTE, "Response: not yet.  The request %s %s ago, ",
	    f->state == FLOW_S_REQUEST ? "began" : "went up", since);
	text_lines_add(t, TEXT_PLAIN, f->host.n ? f->host : SPAN_LIT("the server"));
	text_lines_words(t, TEXT_NOTE, f->state == FLOW_S_WAIT ? " has not answered.  i holds it when it does" : " has not answered.");
}

static void
page_no_response(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	text_lines_begin(t);
	if (f->answered_here)
		text_lines_addf(t, TEXT_NOTE, "Response: none.  mitmtop itself answered %u.",
		    (unsigned)f->status);
	else if (f->status)
		text_lines_words(t, TEXT_NOTE, "Response: not kept: memory limit, see --memory");
	else if (!f->ended)
		page_not_yet(t, f, env);
	else if (!f->method.p)
		text_lines_words(t, TEXT_NOTE, "Response: none.  There was no request.");
	else
		text_lines_words(t, TEXT_NOTE, "Response: none.  No server has answered.  r sends the request again");
}

void
flow_page_no_message(
    struct text_lines *t, const struct flow *f, enum flow_dir dir, const struct flow_page_env *env)
{
	if (f->state == FLOW_S_PASS)
		page_passed(t, f, dir);
	else if (dir == FLOW_REQUEST)
		page_no_request(t, f);
	else
		page_no_response(t, f, env);
}

void
flow_page_request(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	if (flow_head(f, FLOW_REQUEST).p) {
		page_message(t, f, FLOW_REQUEST, env);
	} else if (f->proto == FLOW_RAW && !f->method.p) {
		page_raw(t, f, FLOW_REQUEST, env);
	} else if (f->state == FLOW_S_PASS) {
		page_passed(t, f, FLOW_REQUEST);
	} else {
		page_no_request(t, f);
		if (!f->method.p)
			page_failure(t, f);
	}
}

void
flow_page_response(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	if (flow_head(f, FLOW_RESPONSE).p) {
		page_failure(t, f);
		page_message(t, f, FLOW_RESPONSE, env);
	} else if (f->proto == FLOW_RAW && !f->method.p) {
		page_raw(t, f, FLOW_RESPONSE, env);
	} else if (f->state == FLOW_S_PASS) {
		page_passed(t, f, FLOW_RESPONSE);
	} else {
		page_no_response(t, f, env);
		page_failure(t, f);
	}
}
