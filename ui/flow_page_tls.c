/* SPDX-License-Identifier: MIT
 * The tab TLS: both sides beside each other, and what can be done about a failure. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "flow/flow.h"
#include "flow/flow_intent.h"
#include "flow/flow_message.h"
#include "ui/flow_page.h"
#include "ui/flow_text.h"
#include "ui/fmt.h"
#include "ui/glyph.h"

enum {
	SIDE_LABEL = 10,	/* columns of "version" and the like */
	SIDE_BY_SIDE_FROM = 72, /* screen columns; below, one side under the other */
	SIDE_BRIEF_BELOW = 50,	/* columns of a side, when one failed: what can be done about it is to be on the screen too */
	SIDE_ROWS_MAX = 64,
	SIDE_TEXT_MAX = 8192,
	DAY_S = 86400,
};

/* One line of one side: the label, and a part of an escaped value. */
struct side_row {
	const char *label;
	enum text_role role;
	size_t off, n; /* in the side's text */
	bool cut;      /* there is more */
};

struct side {
	struct buf text;
	struct side_row row[SIDE_ROWS_MAX];
	unsigned nrows;
	int width; /* columns for label and value */
	int escape;
	bool brief; /* a line for each value */
	uint64_t wall_ns; /* of the flow */
};

/* Bytes of s that fit into the columns. */
static size_t
side_fit(struct span s, int columns)
{
	size_t i = 0, took;
	unsigned cp;

	while (i < s.n) {
		took = escape_utf8_decode(s.p + i, s.n - i, &cp);
		columns -= took && escape_width(cp) > 0 ? escape_width(cp) : took ? 0 : 1;
		if (columns < 0 && i)
			break;
		i += took ? took : 1;
	}
	/* Rather between words, when that does not waste half of the line. */
	size_t word = i;
	while (i < s.n && word > i / 2 && s.p[word] != ' ')
		word--;
	return i < s.n && word > i / 2 ? word : i;
}

static void
side_add(struct side *s, const char *label, enum text_role role, const char *value)
{
	size_t off = s->text.n;

	if (!*value)
		return;
	escape_add(&s->text, span_str(value), s->escape);
	while (off < s->text.n && s->nrows < SIDE_ROWS_MAX) {
		struct span rest = span_of(s->text.p + off, s->text.n - off);
		size_t n = side_fit(rest, s->width - SIDE_LABEL);
		bool cut = s->brief && n < rest.n;
		if (cut)
			n = side_fit(rest, s->width - SIDE_LABEL - 1);
		s->row[s->nrows++] =
		    (struct side_row){.label = label, .role = role, .off = off, .n = n, .cut = cut};
		if (cut)
			return;
		off += n;
		while (off < s->text.n && s->text.p[off] == ' ')
			off++;
		label = "";
	}
}

static void
side_add_result(struct side *s, const struct flow_tls *t)
{
	char line[128], time[FMT_MAX];

	*fmt_duration(time, t->handshake_us) = '\0';
	if (t->failed) {
		snprintf(
		    line, sizeof line, "FAILED%s%s", t->fail_class[0] ? " " : "", t->fail_class);
		side_add(s, "result", TEXT_BAD, line);
		side_add(s, "why", TEXT_BAD, t->why);
		return;
	}
	snprintf(line, sizeof line, t->done ? "ok  %s" : "under way", time);
	side_add(s, "result", t->done ? TEXT_GOOD : TEXT_NOTE, line);
}

/* "TLSv1.3" without what its row says already. */
static const char *
tls_version_number(const char *version)
{
	return strncmp(version, "TLSv", 4) == 0 ? version + 4 : version;
}

/* What the client offered and what came of it. */
static void
side_add_choice(struct side *s, const char *label, const char *offered, const char *chosen)
{
	char line[256];

	if (!*offered)
		snprintf(line, sizeof line, "%s", chosen);
	else
		snprintf(line, sizeof line, "offered %s%s%s", offered, *chosen ? ", chosen " : "", chosen);
	side_add(s, label, TEXT_PLAIN, line);
}

/* What the client said of itself that is known from its ClientHello alone. */
static void
side_add_hello(struct side *s, const struct flow_conn *c)
{
	/* A GREASE one is made to look like it. */
	if (c->client_ech)
		side_add(s, "ECH", TEXT_PLAIN, "offered, or GREASE of it");
	side_add(s, "JA4", TEXT_PLAIN, c->ja4);
}

/* Our certificate for the client. */
static void
side_add_leaf(struct side *s, const struct flow_conn *c, const struct flow_tls *t)
{
	uint64_t began_us = t->at_us > t->handshake_us ? t->at_us - t->handshake_us : 0;
	struct fmt_clock clock = {.second = 0};
	char line[256], time[FMT_MAX];

	if (!t->leaf_key[0]) /* read from a file that does not tell */
		return;
	*fmt_time(&clock, time, c->wall_ns + began_us * 1000) = '\0';
	snprintf(line, sizeof line, "%s%s, %s, CA %s", t->leaf_minted ? "minted " : "cached", t->leaf_minted ? time : "", t->leaf_key,
	    t->issuer);
	side_add(s, "leaf", TEXT_PLAIN, line);
}

/* What a resumed session was verified by is long past. */
static void
side_add_verify(struct side *s, const struct flow_tls *t)
{
	bool revoked = strcmp(t->staple, "revoked") == 0;
	char line[128];
	size_t n;

	if (t->failed) {
		snprintf(line, sizeof line, "OCSP staple %s", t->staple);
		side_add(s, "verify", revoked ? TEXT_BAD : TEXT_PLAIN, t->staple[0] ? line : "");
		return;
	}
	snprintf(line, sizeof line, "%s", t->verified ? "ok" : "not verified");
	n = strlen(line);
	if (t->resumed && t->verified)
		snprintf(line + n, sizeof line - n, " when the session began");
	else if (t->chain_len)
		snprintf(line + n, sizeof line - n, ", chain %u", t->chain_len);
	n = strlen(line);
	if (t->staple[0])
		snprintf(line + n, sizeof line - n, ", OCSP staple %s", t->staple);
	side_add(s, "verify", t->verified && !revoked ? TEXT_GOOD : TEXT_BAD, line);
}

static void
side_add_resume(struct side *s, const struct flow_tls *t, bool known, bool offered)
{
	char line[64];

	snprintf(line, sizeof line, "%s%s", offered ? "ticket offered, " : "",
	    t->resumed ? "resumed" : !offered && known ? "no ticket offered" : "not resumed");
	if (t->ticket_kept)
		snprintf(line, sizeof line, "%s%s", t->resumed ? "resumed, " : offered ? "not resumed, " : "", "ticket stored");
	side_add(s, "resume", TEXT_PLAIN, line);
}

/* " (39 days left)", appended: of the day of the flow, whose certificate it was then. */
static void
side_add_days(const struct side *s, const char *not_after, char *line, size_t size)
{
	struct tm tm = {.tm_isdst = 0};
	size_t n = strlen(line);

	if (!strptime(not_after, "%Y-%m-%d", &tm))
		return;
	long long end = (long long)timegm(&tm) / DAY_S, day = (long long)(s->wall_ns / 1000000000u / DAY_S);
	long long days = end - day;
	snprintf(line + n, size - n, days < 0 ? " (expired)" : days == 1 ? " (1 day left)" : " (%lld days left)", days);
}

static void
side_add_certificate(struct side *s, const struct flow_tls *t, bool leaf)
{
	char line[64];

	side_add(s, "subject", TEXT_PLAIN, t->subject);
	if (!leaf)
		side_add(s, "issuer", TEXT_PLAIN, t->issuer);
	side_add(s, "SAN", TEXT_PLAIN, t->san);
	if (t->not_after[0]) {
		snprintf(line, sizeof line, s->brief ? "%.0sto %.15s" : "%.15s .. %.15s", t->not_before, t->not_after);
		if (!leaf)
			side_add_days(s, t->not_after, line, sizeof line);
		side_add(s, "valid", TEXT_PLAIN, line);
	}
	side_add(s, "SHA256", TEXT_PLAIN, t->sha256);
}

static void
side_build_client(struct side *s, const struct flow_conn *c, const struct flow_tls *t)
{
	side_add_choice(s, "version", c->client_versions, tls_version_number(t->version));
	side_add(s, "cipher", TEXT_PLAIN, t->cipher);
	side_add(s, "SNI", TEXT_PLAIN, c->sni[0] ? c->sni : "none");
	side_add_choice(s, "ALPN", c->client_alpn, t->alpn[0] ? t->alpn : t->done || !c->client_alpn[0] ? "none" : "");
	side_add_choice(s, "groups", c->client_groups, t->group);
	side_add_hello(s, c);
	side_add_leaf(s, c, t);
	if (t->done)
		side_add_resume(s, t, c->ja4[0], c->client_ticket);
	if (!s->brief)
		side_add_certificate(s, t, t->leaf_key[0]);
}

static void
side_build_server(struct side *s, const struct flow_conn *c, const struct flow_tls *t)
{
	if (t->done || t->failed)
		side_add_verify(s, t);
	side_add(s, "version", TEXT_PLAIN, tls_version_number(t->version));
	side_add(s, "cipher", TEXT_PLAIN, t->cipher);
	if (!s->brief)
		side_add(s, "group", TEXT_PLAIN, t->group);
	side_add_certificate(s, t, false);
	side_add(s, "ALPN", TEXT_PLAIN, t->alpn[0] ? t->alpn : "none");
	if (t->done)
		side_add_resume(s, t, c->ja4[0], t->ticket_offered);
}

/* On either side. */
static bool
tls_has_failed(const struct flow_conn *c)
{
	return (c->tls[FLOW_CLIENT] && c->tls[FLOW_CLIENT]->failed) || (c->tls[FLOW_SERVER] && c->tls[FLOW_SERVER]->failed);
}

static void
side_build(struct side *s, const struct flow_conn *c, enum flow_side which)
{
	static const struct flow_tls none;
	const struct flow_tls *t = c ? c->tls[which] : NULL;

	buf_init(&s->text, SIDE_TEXT_MAX);
	if (!t && which == FLOW_CLIENT && c && c->client_versions[0]) {
		/* The server's side comes first, and may fail. */
		side_add(s, "result", TEXT_NOTE, "ClientHello not answered");
		s->brief = s->width < SIDE_BRIEF_BELOW && tls_has_failed(c);
		side_build_client(s, c, &none);
		return;
	}
	if (!t) {
		side_add(s, "result", TEXT_NOTE, "no TLS on this side");
		return;
	}
	side_add_result(s, t);
	s->brief = s->width < SIDE_BRIEF_BELOW && tls_has_failed(c);
	if (which == FLOW_CLIENT)
		side_build_client(s, c, t);
	else
		side_build_server(s, c, t);
}

/* Appends row i of the side to the line, or nothing when it has no such row. */
static void
side_put(struct text_lines *t, const struct side *s, unsigned i, size_t column)
{
	char value[SIDE_TEXT_MAX];

	if (i >= s->nrows)
		return;
	const struct side_row *r = &s->row[i];
	text_lines_words(t, TEXT_NAME, r->label);
	text_lines_pad(t, column + SIDE_LABEL, 1);
	snprintf(value, sizeof value, "%.*s", (int)r->n, s->text.p + r->off);
	text_lines_words(t, r->role, value);
	if (r->cut)
		text_lines_words(t, TEXT_NOTE, t->escape & ESCAPE_UTF8 ? "\xe2\x80\xa6" : "+");
}

const char *const flow_page_tls_title[2] = {[FLOW_CLIENT] = "client <-> proxy", [FLOW_SERVER] = "proxy <-> server"};

static void
tls_side_by_side(struct text_lines *t, const struct side *side, const struct flow_page_env *env)
{
	unsigned rows = side[0].nrows > side[1].nrows ? side[0].nrows : side[1].nrows;
	size_t half = (size_t)env->width / 2;

	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, flow_page_tls_title[FLOW_CLIENT]);
	text_lines_words(t, TEXT_NOTE, flow_page_tls_title[FLOW_SERVER]);
	for (unsigned i = 0; i < rows; i++) {
		text_lines_begin(t);
		side_put(t, &side[FLOW_CLIENT], i, 0);
		text_lines_pad(t, half - 1, 0);
		text_lines_words(t, TEXT_NOTE, env->glyphs->vline);
		text_lines_pad(t, half + 1, 0);
		side_put(t, &side[FLOW_SERVER], i, half + 1);
	}
}

static void
tls_stacked(struct text_lines *t, const struct side *side, enum flow_side first)
{
	for (int i = 0, which = first; i < 2; i++, which = !which) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_RULE, flow_page_tls_title[which]);
		for (unsigned row = 0; row < side[which].nrows; row++) {
			text_lines_begin(t);
			side_put(t, &side[which], row, 0);
		}
	}
}

static void
tls_advise(struct text_lines *t, unsigned *n, const char *what, const char *detail)
{
	if (!what || !*what)
		return;
	text_lines_begin(t);
	if (++*n == 1) {
		text_lines_words(t, TEXT_RULE, "what you can do");
		text_lines_begin(t);
	}
	text_lines_addf(t, TEXT_NAME, " %u  ", *n);
	text_lines_add(t, TEXT_PLAIN, span_str(what));
	if (detail)
		text_lines_add(t, TEXT_PLAIN, span_str(detail));
}

/* The client refused our certificate, or left the handshake as one that does would. */
static bool
tls_client_untrusting(const struct flow_tls *t)
{
	return t && t->failed && strncmp(t->fail_class, "peer_", 5) == 0;
}

/* Is it this host or all of them? */
static void
tls_history(struct text_lines *t, const struct handshakes *h)
{
	if (!h->here)
		return;
	text_lines_begin(t);
	text_lines_addf(t, TEXT_NOTE, " This client failed %u of %u handshake%s to this host", h->here_failed, h->here, h->here == 1 ? "" : "s");
	if (h->others)
		text_lines_addf(t, TEXT_NOTE, "; %u of %u to other hosts", h->others_failed, h->others);
	text_lines_words(t, TEXT_NOTE, ".");
}

static void
tls_remedies(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	const struct flow_tls *client = flow_conn(f) ? flow_conn(f)->tls[FLOW_CLIENT] : NULL;
	const struct flow_tls *server = flow_conn(f) ? flow_conn(f)->tls[FLOW_SERVER] : NULL;
	const char *of_client = client && client->failed ? client->remedy : "";
	const char *of_server = server && server->failed ? server->remedy : "";
	unsigned n = 0;

	tls_advise(t, &n, of_client, NULL);
	tls_advise(t, &n, of_server, NULL);
	if (flow_remedy(f) && strcmp(flow_remedy(f), of_client) != 0 &&
	    strcmp(flow_remedy(f), of_server) != 0)
		tls_advise(t, &n, flow_remedy(f), NULL);
	if (!tls_client_untrusting(client))
		return;
	tls_advise(t, &n, "Trust the CA on that client (:ca help):  ", env->ca_path ? env->ca_path : "ca.pem");
	struct span host = flow_text_tls_host(f);
	if (host.n) {
		tls_advise(t, &n, "Stop decrypting this host:  P  adds  passthrough ", NULL);
		text_lines_add(t, TEXT_PLAIN, host);
		tls_advise(t, &n, "Retry and watch:  i  breakpoint on ClientHello for this ", *flow_conn(f)->sni ? "SNI" : "host");
	}
	tls_history(t, &env->handshakes);
}

/* One line of what the ClientHello said. */
static void
tls_offered(struct text_lines *t, const char *label, const char *value)
{
	if (!*value)
		return;
	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, label);
	text_lines_pad(t, SIDE_LABEL, 1);
	text_lines_add(t, TEXT_PLAIN, span_str(value));
}

/* What the ClientHello says in the clear. */
static void
tls_hello(struct text_lines *t, const struct flow_conn *c)
{
	if (!c)
		return;
	tls_offered(t, "SNI", c->sni[0] ? c->sni : "none");
	tls_offered(t, "offered", c->client_versions);
	tls_offered(t, "offers", c->client_alpn);
	tls_offered(t, "groups", c->client_groups);
	tls_offered(t, "ECH", c->client_ech ? "offered, or GREASE of it" : "");
	tls_offered(t, "JA4", c->ja4);
}

/* Nothing has happened yet but the hello. */
static void
tls_held(struct text_lines *t, const struct flow *f)
{
	unsigned n = 0;

	text_lines_begin(t);
	text_lines_addf(t, TEXT_RULE, "client <-> proxy: ClientHello held by rule %u", (unsigned)f->detail->hold.rule);
	tls_hello(t, flow_conn(f));
	tls_advise(t, &n, "Let it go on, decrypted as usual:  a", NULL);
	tls_advise(t, &n, "Let this one connection pass undecrypted:  P", NULL);
	tls_advise(t, &n, "End it:  X", NULL);
}

/* Client and server have their TLS with each other: what is known is what the ClientHello says in the clear. */
static void
tls_passed(struct text_lines *t, const struct flow *f)
{
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "client <-> server");
	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, "result");
	text_lines_pad(t, SIDE_LABEL, 1);
	text_lines_words(t, TEXT_NOTE, "not decrypted: passthrough ");
	text_lines_add(t, TEXT_PLAIN, flow_passed_by(f));
	tls_hello(t, flow_conn(f));
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "what you can do");
	text_lines_begin(t);
	text_lines_addf(t, TEXT_NAME, " %u  ", 1u);
	text_lines_words(t, TEXT_PLAIN, span_eq(flow_passed_by(f), SPAN_LIT(INTENT_PASS_ONCE)) ? "This one alone passed:  i  lists the breakpoint rules"
	                                                                                       : "Decrypt this host again:  P  takes the rule away, while it is there");
}

void
flow_page_tls(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	bool beside = env->width >= SIDE_BY_SIDE_FROM;
	struct side side[2] = {{.escape = t->escape, .wall_ns = f->wall_ns}, {.escape = t->escape, .wall_ns = f->wall_ns}};

	if (f->state == FLOW_S_PASS) {
		tls_passed(t, f);
		return;
	}
	if (flow_hello_held(f)) {
		tls_held(t, f);
		return;
	}
	if (!flow_conn(f) || (!flow_conn(f)->tls[FLOW_CLIENT] && !flow_conn(f)->tls[FLOW_SERVER])) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "TLS: none.  This connection is not encrypted.");
		return;
	}
	for (int which = 0; which < 2; which++) {
		side[which].width = beside ? env->width / 2 - 2 : env->width;
		side_build(&side[which], flow_conn(f), (enum flow_side)which);
	}
	if (beside)
		tls_side_by_side(t, side, env);
	else
		tls_stacked(t, side, flow_conn(f)->tls[FLOW_CLIENT] ? FLOW_CLIENT : FLOW_SERVER); /* what happened first */
	tls_remedies(t, f, env);
	for (int which = 0; which < 2; which++)
		buf_fini(&side[which].text);
}
