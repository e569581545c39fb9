/* SPDX-License-Identifier: MIT
 * Breakpoint rules. */
#include "ui/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/option.h"
#include "flow/flow.h"
#include "ui/app.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"

enum { RULE_WORD_MAX = 32, RULE_HOLD_MAX_MS = 86400000, RULE_COUNT_MAX = 1000000, RULE_NAME_MAX = 1024 };

/* ---- lines ---- */

static const struct {
	const char *word, *what;
	unsigned phases;
} rule_phases[] = {{"request", "requests are held", INTENT_ON_REQUEST},
    {"response", "responses are held", INTENT_ON_RESPONSE},
    {"both", "requests and responses are held", INTENT_ON_REQUEST | INTENT_ON_RESPONSE},
    {"messages", "messages of WebSockets are held", INTENT_ON_MESSAGE},
    {"all", "requests, responses and messages are held", INTENT_ON_REQUEST | INTENT_ON_RESPONSE | INTENT_ON_MESSAGE},
    {"hello", "TLS connections are held", INTENT_ON_HELLO}};

enum { RULE_PHASES = sizeof rule_phases / sizeof *rule_phases };

static const char *
rule_phase_word(unsigned phases)
{
	for (size_t i = 0; i < RULE_PHASES; i++)
		if (rule_phases[i].phases == phases)
			return rule_phases[i].word;
	return "all";
}

void
rule_complete(struct span word, struct completion *c)
{
	static const char *const more[][2] = {{"hold=", "a time after which it goes on: 5s"},
	    {"then=kill ", "it is killed then"}, {"then=send ", "it is sent on then"}, {"first=", "a number after which the rule is off"}};
	char text[RULE_WORD_MAX];

	for (size_t i = 0; i < RULE_PHASES; i++) {
		int n = snprintf(text, sizeof text, "%s ", rule_phases[i].word);
		if (completion_begins(text, word))
			completion_add(c, span_of(text, (size_t)n), rule_phases[i].what);
	}
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (completion_begins(more[i][0], word))
			completion_add(c, span_str(more[i][0]), more[i][1]);
}

/* 0, or why the expression cannot be about a ClientHello: what is asked for comes later. */
static int
rule_hello_check(const struct match *m, struct errmsg *why)
{
	static const uint64_t known = 1ull << MATCH_F_HOST | 1ull << MATCH_F_PORT | 1ull << MATCH_F_SCHEME | 1ull << MATCH_F_PROTO |
	    1ull << MATCH_F_STATE | 1ull << MATCH_F_CLIENT | 1ull << MATCH_F_SERVER | 1ull << MATCH_F_PROC | 1ull << MATCH_F_PID |
	    1ull << MATCH_F_SNI | 1ull << MATCH_F_TLS_JA4 | 1ull << MATCH_F_TLS | 1ull << MATCH_F_ACTIVE;
	enum match_field f = match_field_beyond(m, known);

	if (f == MATCH_FIELD_COUNT)
		return 0;
	return err_set(why, ERR_SYNTAX, "%s is not known yet at a ClientHello: host port sni tls.ja4 client server proc pid are", match_fields[f].name);
}

/* Without a word for it the phase is what the expression is about. 0, or why the rule would never hold anything. */
static int
rule_phase_check(struct rule *r, const struct match *m, struct errmsg *why)
{
	if (!r->phases)
		r->phases = match_takes_response(m) ? INTENT_ON_RESPONSE : INTENT_ON_REQUEST;
	if (r->phases == INTENT_ON_HELLO)
		return rule_hello_check(m, why);
	if (r->phases == INTENT_ON_REQUEST && match_takes_response(m))
		return err_set(why, ERR_SYNTAX, "requests are held before their response is known.  Try: response");
	/* With request among the phases it holds those. */
	if (!(r->phases & INTENT_ON_REQUEST) && match_takes_no_response(m))
		return err_set(why, ERR_SYNTAX, "this is true only before there is a response, which is what is held.  Try: request");
	return 0;
}

unsigned
rule_phase_next(const struct rule *r)
{
	struct match *m = match_new(r->expr, NULL);
	struct rule next = *r;
	struct errmsg why;
	size_t at = 0;

	while (at < RULE_PHASES && rule_phases[at].phases != r->phases)
		at++;
	do {
		at = (at + 1) % RULE_PHASES;
		next.phases = rule_phases[at].phases;
	} while (m && rule_phase_check(&next, m, &why));
	match_free(m);
	return next.phases;
}

static int
word_phase(struct rule *r, const char *word)
{
	for (size_t i = 0; i < RULE_PHASES; i++) {
		if (strcmp(word, rule_phases[i].word) == 0) {
			r->phases = rule_phases[i].phases;
			return 1;
		}
	}
	return 0;
}

static int
word_hold(struct rule *r, const char *value, struct errmsg *why)
{
	double ms;

	if (option_number_parse(OPTION_DURATION, value, &ms) || ms > RULE_HOLD_MAX_MS)
		return err_set(why, ERR_SYNTAX, "hold= takes a time up to a day, such as 5s or 1m");
	r->hold_ms = (uint32_t)ms;
	return 1;
}

static int
word_first(struct rule *r, const char *value, struct errmsg *why)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (end == value || *end || value[0] == '-' || n == 0 || n > RULE_COUNT_MAX)
		return err_set(why, ERR_SYNTAX, "first= takes a number up to %d", RULE_COUNT_MAX);
	r->count_max = (uint32_t)n;
	return 1;
}

/* 1: the word was a setting; 0: it was not, the expression begins here; or an error. */
static int
rule_word(struct rule *r, const char *word, struct errmsg *why)
{
	if (word_phase(r, word))
		return 1;
	if (strncmp(word, "hold=", 5) == 0)
		return word_hold(r, word + 5, why);
	if (strncmp(word, "first=", 6) == 0)
		return word_first(r, word + 6, why);
	if (strncmp(word, "then=", 5) != 0)
		return 0;
	r->kill_after = strcmp(word + 5, "kill") == 0;
	if (!r->kill_after && strcmp(word + 5, "send") != 0)
		return err_set(why, ERR_SYNTAX, "then= takes send or kill");
	return 1;
}

/* Reads the settings before the expression, up to the first that is wrong; *at: where it stopped. */
static int
rule_settings(const char *line, struct rule *out, size_t *at, struct errmsg *why)
{
	const char *p = line + strspn(line, " ");
	char word[RULE_WORD_MAX];
	int r = 1;

	*out = (struct rule){.on = true};
	for (;;) {
		size_t n = strcspn(p, " ");
		snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : 0), p);
		*at = (size_t)(p - line);
		r = *word ? rule_word(out, word, why) : 0;
		if (r <= 0)
			return r;
		p += n + strspn(p + n, " ");
	}
}

size_t
rule_expression(const char *line)
{
	struct rule scratch;
	struct errmsg why;
	size_t at;

	rule_settings(line, &scratch, &at, &why);
	return at;
}

int
rule_parse(const char *line, struct rule *out, size_t *at, struct errmsg *why)
{
	struct match_error e;
	int bad = rule_settings(line, out, at, why);

	if (bad)
		return bad;
	const char *p = line + *at;
	if (!*p)
		return err_set(why, ERR_SYNTAX, "an expression is missing: which messages to hold, such as  host ~ api");
	if (strlen(p) >= sizeof out->expr)
		return err_set(why, ERR_LIMIT, "the expression is too long");
	snprintf(out->expr, sizeof out->expr, "%s", p);
	struct match *m = match_new(p, &e);
	if (m) {
		bad = rule_phase_check(out, m, why);
		match_free(m);
		return bad;
	}
	*at = (size_t)(p - line) + e.at;
	return err_set(why, ERR_SYNTAX, "%s%s%s", e.why, e.proposal[0] ? ".  Try: " : "", e.proposal);
}

void
rule_text(const struct rule *r, struct buf *out)
{
	char time[32];

	buf_addf(out, "%s ", rule_phase_word(r->phases));
	if (r->hold_ms) {
		option_number_text(OPTION_DURATION, r->hold_ms, time, sizeof time);
		buf_addf(out, "hold=%s then=%s ", time, r->kill_after ? "kill" : "send");
	}
	if (r->count_max)
		buf_addf(out, "first=%u ", r->count_max);
	buf_add_str(out, r->expr);
}

bool
rule_of_failure(const struct flow *f, char *out, size_t size)
{
	const struct flow_conn *c = flow_conn(f);
	char name[RULE_NAME_MAX];

	if (f->state != FLOW_S_TLS_FAILED || !match_quote(flow_text_tls_host(f), MATCH_FORM_TEXT, name, sizeof name))
		return false;
	snprintf(out, size, "hello %s = %s", c && c->sni[0] ? "sni" : "host", name);
	return true;
}

bool
rule_of_waiting(const struct flow *f, char *out, size_t size)
{
	char host[RULE_NAME_MAX], path[RULE_NAME_MAX];

	if (f->state != FLOW_S_WAIT || !match_quote(f->host, MATCH_FORM_TEXT, host, sizeof host) ||
	    !match_quote(f->path, MATCH_FORM_TEXT, path, sizeof path))
		return false;
	int n = snprintf(out, size, "response host = %s and path = %s", host, path);
	return (size_t)n < size && n < MATCH_TEXT_MAX;
}

/* ---- the rules ---- */

void
rules_tell(struct app *app)
{
	struct rules *all = &app->rules;
	struct intent *i;

	if (!app->s->intend)
		return;
	i = intent_new(INTENT_RULES, 0);
	i->rules = mem_array(all->n ? all->n : 1, sizeof *i->rules);
	for (unsigned k = 0; k < all->n; k++) {
		const struct rule *r = &all->rule[k];
		if (!r->on)
			continue;
		i->rules[i->nrules++] = (struct intent_rule){.number = r->number,
		    .phases = r->phases,
		    .hold_ms = r->hold_ms,
		    .kill_after = r->kill_after,
		    .count_max = r->count_max,
		    .expr = mem_strdup(r->expr)};
	}
	app->s->intend(app->s->arg, i);
}

int
rules_add(struct app *app, const struct rule *r, struct errmsg *why)
{
	struct rules *all = &app->rules;

	if (!app->s->intend)
		return err_set(why, ERR_REFUSED, "a session file is being read: there is no traffic to hold");
	if (all->n == INTENT_RULES_MAX)
		return err_set(why, ERR_LIMIT, "there are %d rules, more are not possible", INTENT_RULES_MAX);
	all->rule[all->n] = *r;
	all->rule[all->n++].number = ++all->last;
	rules_tell(app);
	return 0;
}

void
rules_replace(struct app *app, unsigned i, const struct rule *r)
{
	struct rule *old = &app->rules.rule[i];
	struct rule now = *r;

	now.number = old->number;
	now.on = old->on;
	*old = now;
	rules_tell(app);
}

void
rules_remove(struct app *app, unsigned i)
{
	struct rules *all = &app->rules;

	memmove(all->rule + i, all->rule + i + 1, (all->n - i - 1) * sizeof all->rule[0]);
	all->n--;
	rules_tell(app);
}

void
rules_switch(struct app *app, unsigned i, bool on)
{
	app->rules.rule[i].on = on;
	rules_tell(app);
}

const char *
rules_expr(const struct rules *r, unsigned number)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->rule[i].number == number)
			return r->rule[i].expr;
	return "";
}

unsigned
rules_on(const struct rules *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->n; i++)
		n += r->rule[i].on;
	return n;
}
