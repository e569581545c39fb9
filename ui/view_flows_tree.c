/* SPDX-License-Identifier: MIT
 * The flow list as a tree. */
#include <stdio.h>

#include "base/escape.h"
#include "flow/flow.h"
#include "ui/frontend.h"
#include "ui/term.h"
#include "ui/view_flows_internal.h"

enum { HEADING_TEXT_MAX = 1024, HEADING_NAME_MAX = 768, HEADING_PART_MAX = 256 };

struct list_source
flows_source(struct view_flows *v, struct app *app)
{
	return flow_tree_is_shown(&v->tree) ? flow_tree_source(&v->tree) : flow_index_source(&app->index);
}

/* What the flows below it have in common. */
static void
heading_name(struct view_flows *v, struct app *app, const struct tree_group *g, char *out, size_t size)
{
	struct list_source src = flow_index_source(&app->index);
	const struct flow *f = flow_store_find(app->s->store, src.id(src.arg, g->first));
	const struct flow_conn *c = f ? flow_conn(f) : NULL;
	struct span key = flow_index_key(&app->index, g->first);
	char client[HEADING_PART_MAX], host[HEADING_PART_MAX];

	bool by_process = v->tree.column == column_find("PROCESS");
	if (by_process || v->tree.column == column_find("HOST")) {
		size_t n = strnlen(key.p, key.n);
		escape_text(out, size, span_of(key.p, n), app->escape);
		if (!n)
			snprintf(out, size, by_process ? "process not known" : "no host");
	} else if (c) {
		escape_text(client, sizeof client, span_str(c->client), app->escape);
		escape_text(host, sizeof host, f->host, app->escape);
		snprintf(out, size, "#%llu  %s  %s", (unsigned long long)c->number, client, host);
	} else {
		snprintf(out, size, "connection that memory does not hold");
	}
}

void
flows_tree_leave(struct view_flows *v, struct app *app)
{
	const struct tree_group *g =
	    v->list.selected & TREE_HEADING ? flow_tree_group(&v->tree, v->list.selected) : NULL;
	struct list_source src = flow_index_source(&app->index);

	if (g)
		v->list.selected = src.id(src.arg, g->first);
	flow_tree_close(&v->tree);
}

void
flows_tree_turn(struct view_flows *v, struct app *app)
{
	if (!v->tree.index || flow_index_is_working(&app->index) || flow_tree_is_shown(&v->tree))
		return;
	flows_tree_leave(v, app);
	app_toast(app, "too many flows for the tree: the list again");
}

void
flows_tree_draw(struct view_flows *v, struct app *app, const struct area *a, int y, uint64_t id)
{
	const struct tree_group *g = flow_tree_group(&v->tree, id);
	const struct glyphs *glyphs = term_glyphs(app->term);
	const struct cell_style style = {.glyphs = glyphs, .role = ROLE_LABEL, .escapes = true};
	char name[HEADING_NAME_MAX], text[HEADING_TEXT_MAX], size[FMT_MAX];

	if (!g)
		return;
	heading_name(v, app, g, name, sizeof name);
	*fmt_size(size, g->bytes) = '\0';
	int n = snprintf(text, sizeof text, "%s %s  %zu flow%s", g->folded ? glyphs->folded : glyphs->open, name, g->n,
	    g->n == 1 ? "" : "s");
	if (g->known && n < HEADING_TEXT_MAX)
		snprintf(text + n, sizeof text - (size_t)n, "  %llu failed  %s", (unsigned long long)g->failed, size);
	cell_text(a, y, 1, a->w - 1, span_str(text), &style);
}

bool
flows_tree_open(struct view_flows *v)
{
	const struct tree_group *g =
	    v->list.selected & TREE_HEADING ? flow_tree_group(&v->tree, v->list.selected) : NULL;

	if (g)
		flow_tree_fold(&v->tree, g->id, !g->folded);
	return (v->list.selected & TREE_HEADING) != 0;
}

void
view_flows_fold(struct app *app)
{
	struct view_flows *v = (struct view_flows *)app->view[0];
	struct list_source src = flows_source(v, app);

	if (!flow_tree_is_shown(&v->tree)) {
		app_toast(app, "Left folds a group of the tree: V shows it");
		return;
	}
	const struct tree_group *g = flow_tree_group(&v->tree, v->list.selected);
	if (!g)
		return;
	uint64_t id = g->id;
	flow_tree_fold(&v->tree, id, true);
	list_select(&v->list, &src, id);
}

void
view_flows_unfold(struct app *app)
{
	struct view_flows *v = (struct view_flows *)app->view[0];

	if (v->list.selected & TREE_HEADING)
		flow_tree_fold(&v->tree, v->list.selected, false);
	else
		view_flows_detail(app);
}

void
view_flows_tree(struct app *app)
{
	struct view_flows *v = (struct view_flows *)app->view[0];
	struct flow_index *x = &app->index;
	struct list_source src = flow_index_source(x);
	static const struct {
		const char *column, *toast;
	} steps[] = {
	    {"CONN", "tree by connection; V again: by host"},
	    {"HOST", "tree by host; V again: by process"},
	    {"PROCESS", "tree by process; V again: the list"},
	};
	unsigned step = 0;
	char toast[120];

	while (v->tree.index && step < sizeof steps / sizeof steps[0])
		if (column_find(steps[step++].column) == v->tree.column)
			break;
	if (step == sizeof steps / sizeof steps[0]) {
		flows_tree_leave(v, app);
		flow_index_sort(x, v->before.column, v->before.reverse);
		view_flows_say(app, "the list has no groups any more");
		return;
	}
	if (src.count(src.arg) > TREE_FLOWS_MAX) {
		snprintf(toast, sizeof toast, "the tree holds up to %d flows: filter first", TREE_FLOWS_MAX);
		app_toast(app, toast);
		return;
	}
	unsigned column = column_find(steps[step].column);
	if (!v->tree.index) {
		v->before.column = x->want.column;
		v->before.reverse = x->want.reverse;
	}
	flows_tree_leave(v, app);
	flow_tree_open(&v->tree, x, column);
	list_follow(&v->list, &src, false);
	flow_index_sort(x, column, false);
	app_toast(app, steps[step].toast);
}
