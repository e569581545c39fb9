/* SPDX-License-Identifier: MIT
 * The tab Timing: what happened when, as a ladder between client, proxy and server. Every step is a
 * fact that was seen; what was not seen is not drawn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/escape.h"
#include "flow/flow.h"
#include "text/text_head.h"
#include "text/text_mask.h"
#include "ui/flow_page.h"
#include "ui/flow_steps.h"
#include "ui/fmt.h"
#include "ui/glyph.h"

enum {
	TIMING_PHASES_MAX = 8,
	TIMING_LABEL_MAX = 200,
	TIMING_RAW_MAX = 120,    /* bytes of a path in a label */
	TIMING_LADDER_FROM = 76, /* screen columns; below, a list */
	TIMING_NAMES_FROM = 40,  /* below, the list does not say between whom */
	TIMING_BARS_FROM = 100,
	TIMING_BAR_COLUMNS = 24, /* of all phases */
	TIMING_AT_COLUMNS = 7,
	TIMING_WHOLE_MS_FROM = 100000,
};

enum lane { LANE_CLIENT = 0, LANE_PROXY, LANE_SERVER, LANE_COUNT };

struct step {
	uint64_t at_us;         /* since the ladder begins */
	uint64_t took_us;       /* what it began; 0: nothing, or not known */
	enum lane from, to;     /* the same: something within */
	enum flow_step_about about;
	bool bad;
	char label[TIMING_LABEL_MAX]; /* escaped */
};

struct ladder {
	struct step step[FLOW_STEPS_MAX];
	unsigned nsteps, told; /* told: of how many it is said what they are about */
	int escape;
	uint64_t zero_ns;
};

struct phase {
	const char *name;
	uint64_t us;
};

/* ---- what is known ---- */

static struct step *
ladder_add(struct ladder *l, uint64_t at_us, enum lane from, enum lane to, const char *label)
{
	struct step *s = &l->step[l->nsteps++];

	CHECK(l->nsteps <= FLOW_STEPS_MAX); /* there are fewer kinds of them */
	*s = (struct step){.at_us = at_us, .from = from, .to = to};
	snprintf(s->label, sizeof s->label, "%s", label);
	return s;
}

/* Says what the steps are about that were added since it was said last. */
static void
ladder_are_about(struct ladder *l, enum flow_step_about about)
{
	while (l->told < l->nsteps)
		l->step[l->told++].about = about;
}

static void
step_append(struct step *s, int escape, struct span raw)
{
	size_t n = strlen(s->label);
	char *own;

	if (raw.n > TIMING_RAW_MAX)
		raw.n = TIMING_RAW_MAX;
	escape_text(s->label + n, sizeof s->label - n, text_mask(TEXT_MASK_TARGET, raw, escape, &own), escape);
	free(own);
}

static void
step_append_size(struct step *s, uint64_t bytes)
{
	size_t n = strlen(s->label);
	char size[FMT_MAX];

	*fmt_size_long(size, bytes) = '\0';
	snprintf(s->label + n, sizeof s->label - n, "%s", size);
}

/* Before a ClientHello there was a CONNECT: the server is dialled when it has been read, and it is answered when the server is reached. */
static void
ladder_add_tunnel(struct ladder *l, const struct flow *f, const struct flow_conn *c)
{
	uint64_t dial_us = (uint64_t)c->dns_us + c->connect_us;

	if (!c->server_us || c->hello_us < c->server_us || dial_us > c->server_us)
		return;
	struct step *s = ladder_add(l, c->server_us - dial_us, LANE_CLIENT, LANE_PROXY, "CONNECT");
	if (!f->method.p) { /* else it is the host of the request, which may be called otherwise */
		snprintf(s->label, sizeof s->label, "CONNECT ");
		step_append(s, l->escape, f->host);
	}
}

static void
ladder_add_tunnel_up(struct ladder *l, const struct flow_conn *c)
{
	if (c->server_us && c->hello_us >= c->server_us)
		ladder_add(l, c->server_us, LANE_PROXY, LANE_CLIENT, "200 Connection established");
}

static void
ladder_add_dial(struct ladder *l, const struct flow_conn *c)
{
	uint32_t syn = c->server_us - c->connect_us;

	if (!c->server_us || c->connect_us > c->server_us)
		return;
	if (c->dns_us)
		ladder_add(l, syn, LANE_PROXY, LANE_PROXY, "name found")->took_us = c->dns_us;
	ladder_add(l, syn, LANE_PROXY, LANE_SERVER, "TCP connect")->took_us = c->connect_us;
	ladder_add(l, c->server_us, LANE_SERVER, LANE_PROXY, "TCP open");
}

static void
ladder_add_failure(struct ladder *l, const struct flow_tls *t, enum lane from)
{
	struct step *s = ladder_add(l, t->at_us, from, LANE_PROXY, "FAILED ");

	step_append(s, l->escape, span_str(t->fail_class));
	s->bad = true;
}

static void
ladder_add_server_tls(struct ladder *l, const struct flow_tls *t)
{
	if (!t || !t->at_us || t->handshake_us > t->at_us)
		return;
	struct step *s = ladder_add(l, t->at_us - t->handshake_us, LANE_PROXY, LANE_SERVER, "ClientHello");
	s->took_us = t->handshake_us;
	if (t->alpn_offered[0]) {
		snprintf(s->label, sizeof s->label, "ClientHello ");
		step_append(s, l->escape, span_str(t->alpn_offered));
	}
	if (t->failed) {
		ladder_add_failure(l, t, LANE_SERVER);
		return;
	}
	s = ladder_add(l, t->at_us, LANE_SERVER, LANE_PROXY, t->version);
	snprintf(s->label + strlen(s->label), sizeof s->label - strlen(s->label), ", %s",
	    t->resumed ? "resumed" : "certificate");
}

/* A session that is resumed needs no certificate; of files that do not tell it is not said where ours came from. */
static const char *
timing_server_hello(const struct flow_tls *t)
{
	if (t->resumed)
		return "ServerHello, resumed";
	if (!t->leaf_key[0])
		return "ServerHello, leaf";
	return t->leaf_minted ? "ServerHello, leaf (minted)" : "ServerHello, leaf (cached)";
}

static void
ladder_add_client_tls(struct ladder *l, const struct flow_conn *c)
{
	const struct flow_tls *t = c->tls[FLOW_CLIENT];

	if (c->hello_us) {
		struct step *s = ladder_add(l, c->hello_us, LANE_CLIENT, LANE_PROXY, "ClientHello");
		if (c->sni[0]) {
			snprintf(s->label, sizeof s->label, "ClientHello sni=");
			step_append(s, l->escape, span_str(c->sni));
		}
		if (c->hello_held_us)
			ladder_add(l, c->hello_us, LANE_PROXY, LANE_PROXY, "held at a breakpoint")->took_us = c->hello_held_us;
	}
	if (!t || !t->at_us || t->handshake_us > t->at_us)
		return;
	if (c->hello_us)
		ladder_add(
		    l, t->at_us - t->handshake_us, LANE_PROXY, LANE_CLIENT, timing_server_hello(t))
		    ->took_us = t->handshake_us;
	if (t->failed)
		ladder_add_failure(l, t, LANE_CLIENT);
	else
		ladder_add(l, t->at_us, LANE_CLIENT, LANE_PROXY, "Finished");
}

static uint64_t
ladder_us(const struct ladder *l, uint64_t mono_ns)
{
	return mono_ns > l->zero_ns ? (mono_ns - l->zero_ns) / 1000 : 0;
}

static uint64_t
timing_sent_ns(const struct flow *f)
{
	return f->detail && f->detail->sent_ns > f->mono_ns ? f->detail->sent_ns : f->mono_ns;
}

/* When the server connection was there; 0: not known. */
static uint64_t
timing_server_ns(const struct flow *f)
{
	const struct flow_conn *c = flow_conn(f);

	return c && c->server_us ? c->mono_ns + (uint64_t)c->server_us * 1000 : 0;
}

/* At breakpoints: before the response head was seen (0), after it (1). */
static uint64_t
timing_held_us(const struct flow *f, int after)
{
	return f->detail ? f->detail->held_us[after] : 0;
}

/* Time that the server took for its answer. */
static uint64_t
timing_wait_us(const struct flow *f)
{
	uint64_t from = timing_sent_ns(f) + timing_held_us(f, 0) * 1000, server = timing_server_ns(f), to = flow_response_ns(f);

	from = server > from ? server : from;
	return to > from && !f->answered_here ? (to - from) / 1000 : 0;
}

static uint64_t
timing_receive_us(const struct flow *f)
{
	uint64_t from = flow_response_ns(f) + timing_held_us(f, 1) * 1000;

	return f->first_byte_ns && f->end_ns > from ? (f->end_ns - from) / 1000 : 0;
}

static void
ladder_add_request(struct ladder *l, const struct flow *f)
{
	uint64_t server = timing_server_ns(f), sent = timing_sent_ns(f);
	/* What the proxy has read it passes on at once, if there is somebody. */
	enum lane to =
	    server && server <= f->mono_ns && !f->answered_here ? LANE_SERVER : LANE_PROXY;
	struct step *s;

	if (!f->method.p)
		return;
	s = ladder_add(l, ladder_us(l, f->mono_ns), LANE_CLIENT, to, "");
	step_append(s, l->escape, f->method);
	snprintf(s->label + strlen(s->label), sizeof s->label - strlen(s->label), " ");
	step_append(s, l->escape, f->path);
	ladder_are_about(l, FLOW_STEP_REQUEST_BEGIN);
	if (f->bytes[FLOW_REQUEST] && sent > f->mono_ns) {
		s = ladder_add(l, ladder_us(l, sent), LANE_CLIENT, to, "last byte, ");
		step_append_size(s, f->bytes[FLOW_REQUEST]);
		ladder_are_about(l, FLOW_STEP_REQUEST_END);
	}
	s->took_us = timing_wait_us(f);
}

/* A message is held when all of it has come, and a response that is let go is the end. */
static void
ladder_add_held(struct ladder *l, const struct flow *f)
{
	uint64_t before = timing_held_us(f, 0), after = timing_held_us(f, 1), end = f->ended ? ladder_us(l, f->end_ns) : 0;
	const struct flow_hold *now = f->state == FLOW_S_HELD && !f->ended && f->detail ? &f->detail->hold : NULL;
	char label[48];

	if (before)
		ladder_add(l, ladder_us(l, timing_sent_ns(f)), LANE_PROXY, LANE_PROXY, "held at a breakpoint")->took_us = before;
	ladder_are_about(l, FLOW_STEP_REQUEST);
	if (after && end > after && f->proto == FLOW_H1)
		ladder_add(l, end - after, LANE_PROXY, LANE_PROXY, "held at a breakpoint")->took_us = after;
	ladder_are_about(l, FLOW_STEP_RESPONSE);
	if (now) {
		snprintf(label, sizeof label, "held by rule %u", (unsigned)now->rule);
		ladder_add(l, ladder_us(l, now->since_ns), LANE_PROXY, LANE_PROXY, label);
	}
	ladder_are_about(l, FLOW_STEP_HELD);
}

static void
ladder_add_end(struct ladder *l, const struct flow *f)
{
	uint64_t at = ladder_us(l, f->end_ns);
	char label[32];

	if (f->answered_here) {
		snprintf(label, sizeof label, "%u, made by mitmtop", (unsigned)f->status);
		ladder_add(l, at, LANE_PROXY, LANE_CLIENT, label);
	} else if (f->first_byte_ns && f->state == FLOW_S_DONE) {
		if (!f->bytes[FLOW_RESPONSE])
			return; /* the head was all */
		step_append_size(ladder_add(l, at, LANE_SERVER, LANE_CLIENT, "last byte, "),
		    f->bytes[FLOW_RESPONSE]);
		ladder_are_about(l, FLOW_STEP_RESPONSE_END);
	} else if (f->why && f->state != FLOW_S_TLS_FAILED) {
		struct step *s = ladder_add(l, at, LANE_PROXY, LANE_PROXY, "");
		step_append(s, l->escape, span_str(f->why));
		s->bad = f->state != FLOW_S_DONE && f->state != FLOW_S_PASS;
	} else if (f->state != FLOW_S_TLS_FAILED) {
		ladder_add(l, at, LANE_PROXY, LANE_PROXY, "end");
	}
	ladder_are_about(l, f->method.p ? FLOW_STEP_RESPONSE : FLOW_STEP_CONN);
}

static void
ladder_sort(struct ladder *l)
{
	for (unsigned i = 1; i < l->nsteps; i++) {
		struct step s = l->step[i];
		unsigned to = i;
		for (; to && l->step[to - 1].at_us > s.at_us; to--)
			l->step[to] = l->step[to - 1];
		l->step[to] = s;
	}
}

static void
ladder_build(struct ladder *l, const struct flow *f, const struct flow_page_env *env)
{
	const struct flow_conn *c = flow_conn(f);
	char label[32];

	l->zero_ns = f->mono_ns;
	if (c && env->first && c->mono_ns <= f->mono_ns) {
		l->zero_ns = c->mono_ns;
		ladder_add(l, 0, LANE_CLIENT, LANE_PROXY, "TCP accept");
		ladder_add_tunnel(l, f, c);
		ladder_add_dial(l, c);
		ladder_add_tunnel_up(l, c);
		ladder_are_about(l, FLOW_STEP_CONN);
		ladder_add_client_tls(l, c);
		ladder_are_about(l, FLOW_STEP_TLS_CLIENT);
		ladder_add_server_tls(l, c->tls[FLOW_SERVER]);
		ladder_are_about(l, FLOW_STEP_TLS_SERVER);
	}
	ladder_add_request(l, f);
	if (f->first_byte_ns) {
		snprintf(label, sizeof label, "%u, first byte", (unsigned)f->status);
		ladder_add(l, ladder_us(l, flow_response_ns(f)), f->answered_here ? LANE_PROXY : LANE_SERVER, LANE_CLIENT, label);
	}
	ladder_are_about(l, FLOW_STEP_RESPONSE_BEGIN);
	ladder_add_held(l, f);
	if (f->ended)
		ladder_add_end(l, f);
	ladder_sort(l);
}

/* ---- drawing ---- */

static const char *
timing_ms(uint64_t us, char *out)
{
	uint64_t ms = us / 1000;

	*(ms < TIMING_WHOLE_MS_FROM ? fmt_tenths(out, (us + 50) / 100) : fmt_u64(out, ms)) = '\0';
	return out;
}

/* Cuts escaped text so that it takes at most so many columns. */
static void
timing_cut(char *text, size_t size, int columns, const char *mark)
{
	size_t i = 0, n = strlen(text), took;
	int used = 0;
	unsigned cp;

	if (text_columns(span_of(text, n)) <= (size_t)columns)
		return;
	while (i < n) {
		took = escape_utf8_decode(text + i, n - i, &cp);
		int w = took && escape_width(cp) > 0 ? escape_width(cp) : took ? 0 : 1;
		if (used + w > columns - 1)
			break;
		used += w;
		i += took ? took : 1;
	}
	snprintf(text + i, size - i, "%s", mark);
}

static void
timing_repeat(struct text_lines *t, const char *glyph, int n)
{
	for (int i = 0; i < n; i++)
		text_lines_words(t, TEXT_OFFSET, glyph);
}

/* Where the lanes stand. */
struct lanes {
	int bar[LANE_COUNT], inner; /* columns of the bars, and between two of them */
};

static struct lanes
lanes_for(int width)
{
	struct lanes l = {.inner = 25 + (width - 80) / 4};

	l.bar[LANE_CLIENT] = 12 + (width - 80) * 3 / 20;
	l.bar[LANE_PROXY] = l.bar[LANE_CLIENT] + l.inner + 1;
	l.bar[LANE_SERVER] = l.bar[LANE_PROXY] + l.inner + 1;
	return l;
}

/* Texts centred on the bars. */
static void
lanes_heading(struct text_lines *t, const struct lanes *l, const char *first,
    const char *const text[LANE_COUNT], const struct flow_page_env *env)
{
	int column = (int)strlen(first);
	char cut[TIMING_LABEL_MAX];

	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, first);
	for (int i = 0; i < LANE_COUNT; i++) {
		escape_text(cut, sizeof cut, span_str(text[i]), t->escape);
		timing_cut(cut, sizeof cut, l->inner - 1, env->glyphs->cut);
		int n = (int)text_columns(span_str(cut)), at = l->bar[i] - n / 2;
		if (at + n > env->width)
			at = env->width - n;
		text_lines_pad(t, (size_t)(at > column ? at : column), column ? 1 : 0);
		text_lines_words(t, TEXT_NAME, cut);
		column = (at > column ? at : column) + n;
	}
}

/* What lies between two bars: the label on the line, an arrow's head at one end. */
static void
lane_draw(struct text_lines *t, const struct step *s, const struct lanes *l, const char *label,
    const char *head_left, const char *head_right, const struct flow_page_env *env)
{
	int room = l->inner - (*head_left != '\0') - (*head_right != '\0'), n;
	char cut[TIMING_LABEL_MAX];

	text_lines_words(t, TEXT_OFFSET, head_left);
	if (!*label) {
		timing_repeat(t, env->glyphs->hline, room);
	} else {
		snprintf(cut, sizeof cut, "%s", label);
		timing_cut(cut, sizeof cut, room - 4, env->glyphs->cut);
		n = room - 2 - (int)text_columns(span_str(cut));
		timing_repeat(t, env->glyphs->hline, n / 2);
		text_lines_words(t, TEXT_PLAIN, " ");
		text_lines_words(t, s->bad ? TEXT_BAD : TEXT_PLAIN, cut);
		text_lines_words(t, TEXT_PLAIN, " ");
		timing_repeat(t, env->glyphs->hline, n - n / 2);
	}
	text_lines_words(t, TEXT_OFFSET, head_right);
}

static void
lane_draw_within(struct text_lines *t, const struct step *s, const struct lanes *l,
    const struct flow_page_env *env)
{
	char cut[TIMING_LABEL_MAX];

	snprintf(cut, sizeof cut, "%s", s->label);
	timing_cut(cut, sizeof cut, l->inner - 2, env->glyphs->cut);
	text_lines_words(t, TEXT_PLAIN, " ");
	text_lines_words(t, s->bad ? TEXT_BAD : TEXT_NOTE, cut);
}

static void
ladder_draw_step(struct text_lines *t, const struct step *s, const struct lanes *l,
    const struct flow_page_env *env)
{
	enum lane low = s->from < s->to ? s->from : s->to, high = s->from < s->to ? s->to : s->from;
	bool right = s->to > s->from;
	char at[FMT_MAX];

	text_lines_begin(t);
	text_lines_addf(t, TEXT_OFFSET, "%*s", TIMING_AT_COLUMNS, timing_ms(s->at_us, at));
	for (enum lane i = LANE_CLIENT; i < LANE_COUNT; i++) {
		text_lines_pad(t, (size_t)l->bar[i], 0);
		text_lines_words(t, TEXT_OFFSET, env->glyphs->vline);
		if (i == s->from && low == high)
			lane_draw_within(t, s, l, env);
		else if (i >= low && i < high)
			lane_draw(t, s, l, i == (right ? low : high - 1) ? s->label : "",
			    !right && i == low ? "<" : "", right && i == high - 1 ? ">" : "", env);
	}
	if (s->took_us)
		text_lines_addf(t, TEXT_NOTE, "  +%s", timing_ms(s->took_us, at));
}

static void
ladder_draw(struct text_lines *t, const struct ladder *l, const struct flow *f,
    const struct flow_page_env *env)
{
	static const char *const titles[LANE_COUNT] = {"CLIENT", "PROXY", "SERVER"};
	const struct flow_conn *c = flow_conn(f);
	struct lanes lanes = lanes_for(env->width);

	lanes_heading(t, &lanes, "  at ms", titles, env);
	if (c) {
		const char *const address[LANE_COUNT] = {
		    c->client, c->listener, c->server[0] ? c->server : "-"};
		lanes_heading(t, &lanes, "", address, env);
	}
	for (unsigned i = 0; i < l->nsteps; i++) {
		ladder_draw_step(t, &l->step[i], &lanes, env);
		flow_steps_add(env->steps, t->nlines - 1, l->step[i].about);
	}
}

static void
ladder_list(struct text_lines *t, const struct ladder *l, const struct flow_page_env *env)
{
	static const char *const name[LANE_COUNT] = {"client", "proxy", "server"};
	char at[FMT_MAX];

	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, "  at ms  step");
	for (unsigned i = 0; i < l->nsteps; i++) {
		const struct step *s = &l->step[i];
		text_lines_begin(t);
		text_lines_addf(
		    t, TEXT_OFFSET, "%*s  ", TIMING_AT_COLUMNS, timing_ms(s->at_us, at));
		flow_steps_add(env->steps, t->nlines - 1, s->about);
		if (env->width >= TIMING_NAMES_FROM && s->from != s->to)
			text_lines_addf(t, TEXT_NAME, "%s %s %s  ", name[s->from], env->glyphs->out,
			    name[s->to]);
		else if (env->width >= TIMING_NAMES_FROM)
			text_lines_addf(t, TEXT_NAME, "%s  ", name[s->from]);
		text_lines_words(t, s->bad ? TEXT_BAD : TEXT_PLAIN, s->label);
		if (s->took_us)
			text_lines_addf(t, TEXT_NOTE, "  +%s", timing_ms(s->took_us, at));
	}
}

/* ---- phases ---- */

static unsigned
phases_build(struct phase *p, const struct flow *f, bool first)
{
	const struct flow_conn *c = first ? flow_conn(f) : NULL;
	const struct flow_tls *server = c ? c->tls[FLOW_SERVER] : NULL,
			      *client = c ? c->tls[FLOW_CLIENT] : NULL;
	uint64_t sent = timing_sent_ns(f);
	const struct phase all[] = {
	    {"dns", c ? c->dns_us : 0},
	    {"tcp", c ? c->connect_us : 0},
	    {"server tls", server ? server->handshake_us : 0},
	    {"client tls", client ? client->handshake_us : 0},
	    {"send", (sent - f->mono_ns) / 1000},
	    {"held", timing_held_us(f, 0) + timing_held_us(f, 1) + (c ? c->hello_held_us : 0)},
	    {"wait", timing_wait_us(f)},
	    {"recv", timing_receive_us(f)},
	};
	unsigned n = 0;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i].us)
			p[n++] = all[i];
	return n;
}

/* Between two of them; where they would not fit a line with bars between them, blanks. */
static const char *
phases_between(const struct phase *p, unsigned n, int width)
{
	size_t columns = 0;
	char ms[FMT_MAX];

	if (width >= TIMING_BARS_FROM)
		return "   ";
	for (unsigned i = 0; i < n; i++)
		columns += strlen(p[i].name) + 1 + strlen(timing_ms(p[i].us, ms)) + (i ? 3 : 0);
	return columns <= (size_t)width ? " | " : "  ";
}

static void
phases_draw(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	struct phase phase[TIMING_PHASES_MAX];
	unsigned n = phases_build(phase, f, env->first);
	const char *between = phases_between(phase, n, env->width);
	bool bars = env->width >= TIMING_BARS_FROM;
	size_t used = 0, width = (size_t)env->width;
	uint64_t total = 0;
	char ms[FMT_MAX];

	for (unsigned i = 0; i < n; i++)
		total += phase[i].us;
	if (!n)
		return;
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "phases");
	text_lines_words(t, TEXT_NOTE, "ms");
	text_lines_begin(t);
	for (unsigned i = 0; i < n; i++) {
		uint64_t bar = bars ? (phase[i].us * TIMING_BAR_COLUMNS + total / 2) / total : 0;
		size_t columns = strlen(phase[i].name) + 1 + bar + (bar > 0) + strlen(timing_ms(phase[i].us, ms));
		if (used && used + strlen(between) + columns > width) {
			text_lines_begin(t);
			used = 0;
		} else if (used) {
			text_lines_words(t, TEXT_OFFSET, between);
			used += strlen(between);
		}
		used += columns;
		text_lines_addf(t, TEXT_NAME, "%s ", phase[i].name);
		timing_repeat(t, env->glyphs->level[GLYPH_LEVELS - 1], (int)bar);
		text_lines_addf(t, TEXT_PLAIN, "%s%s", bar ? " " : "", ms);
	}
}

/* The set-up of a connection belongs to its first flow. */
static void
timing_earlier(struct text_lines *t, const struct flow *f)
{
	const struct flow_conn *c = flow_conn(f);
	char time[FMT_MAX + 1];

	if (!c || c->mono_ns > f->mono_ns)
		return;
	text_lines_begin(t);
	text_lines_addf(t, TEXT_NOTE, "connection opened %s earlier, see Connection",
	    flow_page_time((f->mono_ns - c->mono_ns) / 1000, time));
}

void
flow_page_timing(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	struct ladder l = {.escape = t->escape};

	ladder_build(&l, f, env);
	if (!env->first)
		timing_earlier(t, f);
	if (env->width >= TIMING_LADDER_FROM)
		ladder_draw(t, &l, f, env);
	else
		ladder_list(t, &l, env);
	phases_draw(env->foot ? env->foot : t, f, env);
}
