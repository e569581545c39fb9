/* SPDX-License-Identifier: MIT
 * What the detail screen does in the tab Messages. */
#include <stdio.h>

#include "base/clock.h"
#include "flow/body_messages.h"
#include "flow/flow.h"
#include "ui/app.h"
#include "ui/key.h"
#include "ui/view.h"
#include "ui/view_flow_internal.h"
#include "ui/viewer.h"

enum {
	FLOW_READ_BYTES = 1 << 20, /* of a body that is looked through for messages, between two looks at the clock */
	FLOW_READ_NS = 4000000
};

/* Looks through bodies for messages, a slice at a time. True: there is more. */
bool
view_flow_read_messages(struct view_flow *v, const struct flow *f)
{
	uint64_t end = clock_mono_ns() + FLOW_READ_NS;
	bool more = true;

	if (v->tab != TAB_MESSAGES || !flow_has_body_messages(f))
		return false;
	if (!v->messages)
		v->messages = body_messages_new();
	while ((more = body_messages_read(v->messages, f, FLOW_READ_BYTES)) && clock_mono_ns() < end)
		continue;
	return more;
}

/* What messages there are now. The list stays where it was, but of a flow that goes on the newest is what is looked for. */
void
view_flow_build_messages(struct view_flow *v, struct app *app, const struct flow *f, struct flow_page_env *env)
{
	const struct message_flow m = {.app = app, .f = f, .env = env};
	bool other = v->pane_of != f->number;

	if (other || (v->built.tab != v->tab && !f->ended))
		message_pane_open(&v->pane, !f->ended);
	v->pane_of = f->number;
	message_pane_read(&v->pane, &m);
}

/* The page is a list of messages. */
bool
view_flow_has_list(const struct view_flow *v)
{
	return v->tab == TAB_MESSAGES && v->pane_of == v->number && message_pane_active(&v->pane);
}

/* What the list of messages is told; f NULL: the flow is not there. The env is to be used at once. */
static struct message_flow
flow_of_list(struct view_flow *v, struct app *app, const struct flow *f, struct flow_page_env *env)
{
	struct body_messages_side side;

	if (f && v->messages && flow_has_body_messages(f)) {
		/* It may lie elsewhere than when they were read, and less of it. */
		body_messages_read(v->messages, f, 0);
		for (int dir = 0; dir < 2; dir++) {
			body_messages_side(v->messages, (enum flow_dir)dir, &side);
			f = f && v->pane.index.body_end[dir] > side.end ? NULL : f;
		}
	}
	*env = view_flow_env(v, app, f, v->width);
	return (struct message_flow){.app = app, .f = f, .env = env};
}

void
view_flow_draw_list(struct view_flow *v, struct app *app, const struct flow *f, const struct area *page)
{
	struct flow_page_env env;
	const struct message_flow m = flow_of_list(v, app, f, &env);

	message_pane_draw(&v->pane, &m, page);
}

/* ---- keys ---- */

void
view_flow_click(struct view *base, struct app *app, int y, int x)
{
	struct view_flow *v = (struct view_flow *)base;

	(void)x;
	if (view_flow_ready(v, app) && view_flow_has_list(v))
		message_pane_click(&v->pane, y - v->page_y);
}

void
view_flow_follow(struct view *base, struct app *app)
{
	struct view_flow *v = (struct view_flow *)base;

	if (view_flow_ready(v, app) && view_flow_has_list(v))
		message_pane_follow(&v->pane, app);
	else
		app_refuse(app, "nothing is followed here: in the tab Messages new ones are");
}

/* The keys may have gone to the list of flows meanwhile, as of a screen that has become too small for two panes. */
static void
flow_filter_answer(struct app *app, const char *words)
{
	struct view *v = app_top(app);

	if (v->ops->filter)
		v->ops->filter(v, app, words);
	else
		app_refuse(app, "the messages are no longer shown");
}

static void
flow_filter_check(struct app *app, const char *words, struct prompt_refusal *r)
{
	struct message_filter f = {.n = 0};

	(void)app;
	message_filter_set(&f, words, r);
}

void
view_flow_filter(struct view *base, struct app *app, const char *words)
{
	struct view_flow *v = (struct view_flow *)base;
	struct prompt_refusal r;

	/* What there is now serves: it is read again with the other filter. */
	bool listed = view_flow_has_list(v) || (view_flow_ready(v, app) && view_flow_has_list(v));
	if (!listed && !words) {
		view_flows_ask_filter(app->view[0], app);
	} else if (!listed) {
		app_refuse(app, "there are no messages here: 6 Messages of a flow has them");
	} else if (!words) {
		prompt_ask_line(&app->prompt, &(struct prompt_line){.label = "Messages: ",
						  .hint = "dir=in type=text size>1k data~price  Enter Apply  ^U Clear  Esc Cancel",
						  .text = v->pane.filter.text,
						  .history = HISTORY_NONE,
						  .check = flow_filter_check,
						  .answer = flow_filter_answer});
	} else if (message_filter_set(&v->pane.filter, words, &r)) {
		v->built.again = true;
	} else {
		app_error(app, 0, r.why);
	}
}

/* Esc takes the filter away before it leaves the view. */
bool
view_flow_takes_key(struct view *base, struct app *app, int key)
{
	struct view_flow *v = (struct view_flow *)base;

	if (key != KEYC_ESC || !view_flow_has_list(v) || v->pane.whole || !v->pane.filter.n)
		return false;
	view_flow_filter(base, app, "");
	app_toast(app, "all messages are listed");
	return true;
}

bool
view_flow_back(struct view *base, struct app *app)
{
	struct view_flow *v = (struct view_flow *)base;

	(void)app;
	return view_flow_has_list(v) && message_pane_leave(&v->pane);
}

void
view_flow_find_message(struct view_flow *v, struct app *app, const struct flow *f, const char *text, bool backwards)
{
	struct flow_page_env env;
	const struct message_flow m = flow_of_list(v, app, f, &env);

	if (m.f)
		message_pane_find(&v->pane, &m, text, backwards);
	else
		app_refuse(app, "the messages are no longer kept");
}

int
view_flow_bytes(struct view *base, struct app *app, struct buf *out, struct errmsg *why)
{
	struct view_flow *v = (struct view_flow *)base;
	bool gone;
	bool ready = view_flow_ready(v, app);
	struct flow_page_env env;
	const struct message_flow m = flow_of_list(v, app, ready ? view_flow_shown(v, app, &gone) : NULL, &env);

	if (!m.f || !view_flow_has_list(v))
		return err_set(why, ERR_NOTFOUND, "the messages are no longer kept");
	return message_pane_bytes(&v->pane, &m, out, why);
}

/* The selected message in $PAGER. */
void
view_flow_view_message(struct view *base, struct app *app)
{
	const struct view_flow *v = (const struct view_flow *)base;
	struct errmsg why;
	struct buf text;
	char name[64];

	snprintf(name, sizeof name, "flow-%llu-message", (unsigned long long)v->number);
	buf_init(&text, MESSAGES_DATA_BYTES);
	int bad = view_flow_bytes(base, app, &text, &why);
	const struct span part = buf_span(&text);
	if (bad || viewer_start(app->term, name, &part, 1, &why))
		app_error(app, v->number, why.text);
	buf_fini(&text);
}
