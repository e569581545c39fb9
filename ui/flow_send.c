/* SPDX-License-Identifier: MIT
 * Intents about flows. */
#include "ui/flow_send.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow.h"
#include "flow/flow_intent.h"
#include "flow/flow_message.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/edit.h"
#include "ui/edit_shelf.h"
#include "ui/frontend.h"

enum { HELD_LOOK_MAX = 65536 };

static int
send_needs_engine(const struct app *app, struct errmsg *why)
{
	if (app->s->intend)
		return 0;
	return err_set(why, ERR_REFUSED, "a session file is shown: no proxy runs that could send it");
}

/* About the message of a WebSocket that the user sees held, or whatever of another flow is. */
static void
send_held(struct app *app, enum intent_type type, const struct flow *f)
{
	const struct flow_message *m = flow_message_held(f);
	struct intent *i = intent_new(type, f->key);

	i->dir = m ? m->dir : 0;
	i->number = m ? m->number : 0;
	app->s->intend(app->s->arg, i);
}

static int
send_new(struct app *app, const struct edit *e, struct errmsg *why)
{
	struct edit_server to;
	bool same;

	if (edit_destination(e, &to, why))
		return ERR_SYNTAX;
	struct intent_message *m = edit_message(e, &same, why);
	if (!m)
		return ERR_SYNTAX;
	struct intent *i = intent_new(INTENT_SEND, 0);
	i->send = mem_zalloc(sizeof *i->send);
	*i->send = (struct intent_send){.tag = e->number, .port = to.port, .tls = to.tls, .no_alpn = to.no_alpn, .message = m};
	snprintf(i->send->host, sizeof i->send->host, "%s", to.host);
	snprintf(i->send->sni, sizeof i->send->sni, "%s", to.sni);
	app->s->intend(app->s->arg, i);
	return 0;
}

int
flow_send_edit(struct app *app, const struct edit *e, bool as_it_came, struct errmsg *why)
{
	struct intent_message *m = NULL;
	bool same = as_it_came;
	int bad = send_needs_engine(app, why);

	if (bad)
		return bad;
	if (e->kind == EDIT_SEND) {
		bad = send_new(app, e, why);
		if (!bad)
			app_toast(app, "sent as a new flow");
		return bad;
	}
	if (!as_it_came)
		m = edit_message(e, &same, why);
	if (!m && !same)
		return ERR_SYNTAX;
	struct intent *i = intent_new(e->kind == EDIT_ANSWER ? INTENT_ANSWER : INTENT_RESUME, e->key);
	i->message = m;
	i->dir = (uint8_t)e->dir;
	i->number = e->message;
	app->s->intend(app->s->arg, i);
	app_toast(app, e->kind == EDIT_ANSWER ? "answered here, no server was asked"
	               : same                 ? "sent on as it came"
	                                      : "sent on, edited");
	return 0;
}

void
flow_send_kill(struct app *app, const struct flow *f)
{
	char toast[64];

	if (!app->s->intend)
		return;
	app->s->intend(app->s->arg, intent_new(INTENT_KILL, f->key));
	snprintf(toast, sizeof toast, "flow %llu is killed", (unsigned long long)f->number);
	app_toast(app, toast);
}

void
flow_send_drop(struct app *app, const struct flow *f)
{
	if (!app->s->intend)
		return;
	send_held(app, INTENT_DROP, f);
	app_toast(app, "the message is dropped");
}

void
flow_send_inject(struct app *app, const struct flow *f, enum flow_dir dir, unsigned opcode, struct span data)
{
	struct intent *i = intent_new(INTENT_INJECT, f->key);

	i->message = intent_message_new(NULL, 0, data.p, data.n, NULL, 0);
	i->dir = (uint8_t)dir;
	i->opcode = (uint8_t)opcode;
	app->s->intend(app->s->arg, i);
	app_toast(app, dir == FLOW_REQUEST ? "a message goes to the server" : "a message goes to the client");
}

void
flow_send_pass(struct app *app, const struct flow *f)
{
	struct intent *i = intent_new(INTENT_RESUME, f->key);
	char toast[96];

	i->pass = true;
	app->s->intend(app->s->arg, i);
	snprintf(toast, sizeof toast, "flow %llu passes through undecrypted", (unsigned long long)f->number);
	app_toast(app, toast);
}

void
flow_send_resume(struct app *app, const struct flow *f)
{
	const char *edit = edit_shelf_has(&app->shelf, f->number) ? " as it came: its edit is kept, not sent" : "";
	char toast[96];

	send_held(app, INTENT_RESUME, f);
	snprintf(toast, sizeof toast, "flow %llu goes on%s", (unsigned long long)f->number, edit);
	app_toast(app, toast);
}

/* Of the n flows those that are held with a message; returns how many. */
static size_t
drop_hellos(struct app *app, uint64_t *held, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct flow *f = flow_store_find(app->s->store, held[i]);
		if (f && !flow_hello_held(f))
			held[kept++] = held[i];
	}
	return kept;
}

uint64_t
flow_send_next_held(struct app *app, uint64_t number, int by)
{
	uint64_t *held = mem_array(HELD_LOOK_MAX, sizeof *held), next = 0;
	size_t n = drop_hellos(app, held, flow_store_held(app->s->store, held, HELD_LOOK_MAX)), at = 0;

	while (at < n && held[at] != number)
		at++;
	if (n && at == n)
		next = held[0];
	else if (n)
		next = held[(at + n + (size_t)(by < 0 ? -1 : 1)) % n];
	free(held);
	return next;
}

size_t
flow_send_held_place(struct app *app, uint64_t number, size_t *of)
{
	uint64_t *held = mem_array(HELD_LOOK_MAX, sizeof *held);
	size_t n = drop_hellos(app, held, flow_store_held(app->s->store, held, HELD_LOOK_MAX)), at = 0;

	while (at < n && held[at] != number)
		at++;
	free(held);
	*of = n;
	return at < n ? at + 1 : 0;
}

unsigned
flow_send_resume_all(struct app *app)
{
	uint64_t *held = mem_array(HELD_LOOK_MAX, sizeof *held);
	size_t n = flow_store_held(app->s->store, held, HELD_LOOK_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct flow *f = flow_store_find(app->s->store, held[i]);
		if (f)
			send_held(app, INTENT_RESUME, f);
	}
	free(held);
	return (unsigned)n;
}

/* ---- again and again ---- */

int
flow_send_repeat(struct app *app, const struct flow *f, unsigned n, uint64_t pause_ns, struct errmsg *why)
{
	struct flow_repeat *r = &app->repeat;
	struct edit *e;
	int bad = send_needs_engine(app, why);

	if (bad)
		return bad;
	e = edit_new_again(f, why);
	if (!e)
		return ERR_NOTFOUND;
	flow_repeat_stop(app);
	*r = (struct flow_repeat){.edit = e, .left = n, .total = n, .pause_ns = pause_ns};
	return 0;
}

bool
flow_repeat_stop(struct app *app)
{
	bool was = app->repeat.edit != NULL;

	edit_free(app->repeat.edit);
	app->repeat.edit = NULL;
	return was;
}

int
flow_repeat_turn(struct app *app, uint64_t now_ns)
{
	struct flow_repeat *r = &app->repeat;
	char toast[96];
	struct errmsg why;

	if (!r->edit)
		return -1;
	if (now_ns < r->next_ns)
		return (int)((r->next_ns - now_ns) / 1000000) + 1;
	r->left--;
	r->next_ns = now_ns + r->pause_ns;
	if (send_new(app, r->edit, &why)) {
		app_error(app, 0, why.text);
		flow_repeat_stop(app);
		return -1;
	}
	snprintf(toast, sizeof toast, "sent %u of %u%s", r->total - r->left, r->total, r->left ? ", ^C stops" : "");
	app_toast(app, toast);
	if (!r->left)
		flow_repeat_stop(app);
	return r->left ? (int)(r->pause_ns / 1000000) : -1;
}
