/* SPDX-License-Identifier: MIT
 * Hosts whose TLS is not decrypted. */
#include "ui/passthrough.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "conf/option.h"
#include "flow/flow.h"
#include "flow/flow_message.h"
#include "flow/flow_intent.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/flow_send.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"

enum { ASKED_HOST_MAX = 80 }; /* bytes of a pattern in a question or a toast */

static const char reading_text[] = "a session file is being read: nothing is decrypted";

int
passthrough_check(const char *value, struct errmsg *why)
{
	struct host_pattern p;
	struct errmsg e;

	if (host_pattern_parse(value, &p, &e) == 0)
		return 0;
	return err_set(why, ERR_SYNTAX, "passthrough: %.300s", e.text);
}

static void
passthrough_tell(struct app *app)
{
	const struct options *o = app->s->options;
	unsigned n = option_list_count(o, OPT_PASSTHROUGH);
	struct intent *i;

	if (!app->s->intend)
		return;
	i = intent_new(INTENT_PASSTHROUGH, 0);
	i->hosts = mem_array(n ? n : 1, sizeof *i->hosts);
	for (; i->nhosts < n; i->nhosts++)
		i->hosts[i->nhosts] = mem_strdup(option_list_item(o, OPT_PASSTHROUGH, i->nhosts));
	app->s->intend(app->s->arg, i);
}

void
passthrough_use(struct app *app)
{
	char all[ASKED_HOST_MAX * 3], text[sizeof all + 32];

	passthrough_tell(app);
	option_text(app->s->options, OPT_PASSTHROUGH, all, sizeof all);
	snprintf(text, sizeof text, *all ? "passthrough is now %s%s" : "passthrough is empty: all is decrypted", all,
	    strlen(all) + 1 == sizeof all ? "..." : "");
	flow_store_event(app->s->store, FLOW_EVENT_INFO, 0, text);
}

/* The item of the option that means that pattern, "" when there is none. */
static const char *
item_of(const struct app *app, const char *pattern)
{
	const struct options *o = app->s->options;
	struct host_pattern p;

	for (unsigned i = 0; i < option_list_count(o, OPT_PASSTHROUGH); i++) {
		const char *item = option_list_item(o, OPT_PASSTHROUGH, i);
		if (host_pattern_parse(item, &p, NULL) == 0 && strcmp(p.text, pattern) == 0)
			return item;
	}
	return "";
}

/* The first pattern that a new connection like the flow's would meet. */
static bool
find_pattern(const struct app *app, const struct flow *f, struct host_pattern *out)
{
	const struct options *o = app->s->options;
	char *host = mem_printf("%.*s", (int)f->host.n, f->host.n ? f->host.p : "");
	const char *sni = flow_conn(f) ? flow_conn(f)->sni : "";
	bool found = false;

	for (unsigned i = 0; !found && i < option_list_count(o, OPT_PASSTHROUGH); i++)
		found = host_pattern_parse(option_list_item(o, OPT_PASSTHROUGH, i), out, NULL) == 0 &&
		    (host_pattern_matches(out, sni, f->port) || host_pattern_matches(out, host, f->port));
	free(host);
	return found;
}

/* ---- changes ---- */

static void
change_say(struct app *app, const char *pattern, bool remove, uint64_t flow)
{
	char toast[sizeof app->toast];

	snprintf(toast, sizeof toast,
	    remove ? "%.*s: new connections are decrypted again (W keeps that)"
		   : "%.*s: new connections pass through unread (W keeps that)",
	    ASKED_HOST_MAX, pattern);
	app_toast(app, toast);
	snprintf(toast, sizeof toast, remove ? "passthrough %.*s taken away: decrypted again" : "passthrough %.*s: not decrypted any more",
	    ASKED_HOST_MAX, pattern);
	flow_store_event(app->s->store, FLOW_EVENT_INFO, flow, toast);
}

static void
change(struct app *app, const char *pattern, bool remove, uint64_t flow)
{
	struct options *o = app->s->options;
	const char *item = item_of(app, pattern);
	char text[sizeof app->toast];
	struct errmsg why;

	if (remove != (*item != '\0')) {
		snprintf(text, sizeof text, remove ? "there is no passthrough %.*s" : "passthrough %.*s is there already",
		    ASKED_HOST_MAX, pattern);
		app_refuse(app, text);
		return;
	}
	if (remove) {
		char *copy = mem_strdup(item); /* it is freed with its place */
		option_list_remove(o, OPT_PASSTHROUGH, copy);
		free(copy);
	} else if (option_list_add(o, OPT_PASSTHROUGH, pattern, &why)) {
		app_error(app, 0, why.text);
		return;
	}
	passthrough_tell(app);
	change_say(app, pattern, remove, flow);
}

/* ---- the key ---- */

static void
answered(struct app *app, const char *yes)
{
	(void)yes;
	change(app, app->passthrough.pattern, app->passthrough.remove, app->passthrough.flow);
}

static void
ask(struct app *app, const struct host_pattern *p, bool remove, uint64_t flow)
{
	char question[sizeof app->prompt.question];

	app->passthrough = (struct passthrough_asked){.remove = remove, .flow = flow};
	memcpy(app->passthrough.pattern, p->text, sizeof app->passthrough.pattern);
	snprintf(question, sizeof question,
	    remove ? "Decrypt %.*s again? New connections are read. y/n"
		   : "Stop decrypting %.*s? New connections pass through unread. y/n",
	    ASKED_HOST_MAX, p->text);
	prompt_ask(&app->prompt, true, question, answered);
}

/* About a connection that waits after its ClientHello; the list stays as it is. */
static void
answered_once(struct app *app, const char *yes)
{
	const struct flow *f = flow_store_find(app->s->store, app->passthrough.flow);

	(void)yes;
	if (f && flow_hello_held(f))
		flow_send_pass(app, f);
	else
		app_refuse(app, "the connection is held no more");
}

static bool
is_tls(const struct flow *f)
{
	const struct flow_conn *c = flow_conn(f);

	return f->tls || f->proto == FLOW_TLS || (c && (c->sni[0] || c->tls[FLOW_CLIENT] || c->tls[FLOW_SERVER]));
}

static const struct flow *
asked_flow(struct app *app)
{
	struct view *v = app_top(app);
	uint64_t number = v->ops->flow ? v->ops->flow(v, app) : 0;
	bool gone = true;
	const struct flow *f = number ? flow_store_open(app->s->store, number, &gone) : NULL;

	if (!number)
		app_refuse(app, "no flow is selected");
	else if (!f)
		app_refuse(app, gone ? "the flow is no longer kept" : "the flow is being read from the session file: again in a moment");
	return f;
}

/* About the host of the flow that is open or selected. */
static void
ask_for_flow(struct app *app)
{
	const struct flow *f = asked_flow(app);
	struct host_pattern p;

	if (!f)
		return;
	if (flow_hello_held(f)) {
		app->passthrough = (struct passthrough_asked){.flow = f->number};
		prompt_ask(&app->prompt, true, "Let this one connection pass undecrypted? y/n", answered_once);
		return;
	}
	if (!is_tls(f)) {
		app_refuse(app, "this connection is not encrypted: there is nothing to stop decrypting");
	} else if (find_pattern(app, f, &p)) {
		ask(app, &p, true, f->number);
	} else {
		struct span host = flow_text_tls_host(f);
		char *text = mem_printf("%.*s", (int)host.n, host.n ? host.p : "");
		if (host_pattern_parse(text, &p, NULL) || p.kind == HOST_BELOW)
			app_refuse(app, "this host's name cannot be in a rule");
		else
			ask(app, &p, false, f->number);
		free(text);
	}
}

/* ---- the command ---- */

static void
list_all(struct app *app)
{
	char all[sizeof app->toast - 40], shown[sizeof all], toast[sizeof app->toast];
	unsigned n = option_list_count(app->s->options, OPT_PASSTHROUGH);

	option_text(app->s->options, OPT_PASSTHROUGH, all, sizeof all);
	escape_text(shown, sizeof shown, span_str(all), app->escape);
	if (n == 0)
		snprintf(toast, sizeof toast, "everything is decrypted: P on a flow, or  passthrough HOST  changes that");
	else
		snprintf(toast, sizeof toast, "passthrough (%u): %s%s", n, shown, strlen(all) + 1 == sizeof all ? "..." : "");
	app_toast(app, toast);
}

static int
argument_parse(const char *arg, struct host_pattern *p, struct errmsg *why)
{
	return host_pattern_parse(arg + (arg[0] == '-'), p, why);
}

void
cmd_passthrough_check(const char *arg, struct prompt_refusal *r)
{
	struct host_pattern p;
	struct errmsg why;

	if (*arg && strcmp(arg, "ask") != 0 && argument_parse(arg, &p, &why))
		snprintf(r->why, sizeof r->why, "%.*s", (int)sizeof r->why - 1, why.text);
}

void
cmd_passthrough(struct app *app, const char *arg)
{
	struct host_pattern p;
	struct errmsg why;

	if (!app->s->intend)
		app_refuse(app, reading_text);
	else if (!*arg)
		list_all(app);
	else if (strcmp(arg, "ask") == 0)
		ask_for_flow(app);
	else if (argument_parse(arg, &p, &why))
		app_error(app, 0, why.text);
	else
		change(app, p.text, arg[0] == '-', 0);
}
