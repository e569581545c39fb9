/* SPDX-License-Identifier: MIT
 * Presets and bindings over the default keys. */
#include "ui/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/option.h"
#include "ui/cmd.h"
#include "ui/key.h"
#include "ui/prompt.h"
#include "ui/view.h"

/* A row without a command takes the key away. */
static const struct key_binding preset_mitm[] = {
    {SCOPE_ALL, 'h', NULL, NULL, NULL, NULL},
    {SCOPE_FLOW | SCOPE_CA, 'h', "tab prev", "open", "previous tab", NULL},
    {SCOPE_FLOW | SCOPE_CA, 'l', "tab next", "open", "next tab", NULL},
    {SCOPE_FLOWS, ' ', "move page-down", "move", "a page down", NULL},
    {SCOPE_FLOW, ' ', "flow next", "open", "next flow, same tab", NULL},
    {SCOPE_FLOW, 'p', "flow prev", "open", "previous flow, same tab", NULL},
    {SCOPE_FLOW, 'm', "view-as", "look", "show the body another way", NULL},
    {SCOPE_FLOWS | SCOPE_FLOW, 'o', "sort", "sort", "choose what to sort by", NULL},
    {SCOPE_FLOWS, 'v', "sort reverse", "sort", "reverse the order", NULL},
    {SCOPE_FLOWS, 'n', "new", "break", "compose a request", NULL},
    {SCOPE_FLOWS, 'P', "open", "open", "open the flow", NULL},
    {SCOPE_FLOWS, KEYC_BACKTAB, "pane", "open", "the other pane of a split screen", NULL},
    {SCOPE_FLOWS, 'z', "clear ask", "mark", "clear the list", NULL},
    {SCOPE_FLOWS, 'Z', "clear hidden", "mark", "clear what the filter hides", NULL},
    {SCOPE_FLOWS | SCOPE_FLOW, 'x', "copy", "out", "copy: curl line, URL, head, body", NULL},
    {SCOPE_FLOWS | SCOPE_FLOW, 'b', "save", "out", "save flows or a body to a file", NULL},
    {SCOPE_FLOW, 'V', "versions", "look", "an edited message: as sent on, as it came, what differs", NULL},
    {SCOPE_FLOWS | SCOPE_FLOW, 'C', "help commands", "other", "list of the commands", NULL},
    {SCOPE_FLOWS, 'K', "help keys", "other", "this help", NULL},
};

static const struct key_binding preset_vi[] = {
    {SCOPE_ALL, 'h', NULL, NULL, NULL, NULL},
    {SCOPE_FLOW | SCOPE_CA, 'h', "tab prev", "open", "previous tab", NULL},
    {SCOPE_FLOW | SCOPE_CA, 'l', "tab next", "open", "next tab", NULL},
    {SCOPE_FLOWS, 'l', "open", "open", "open the flow", NULL},
    {SCOPE_FLOWS, 'x', "delete", "mark", "delete the flow from the list", NULL},
};

static const struct keys_preset {
	const char *name;
	const struct key_binding *row;
	unsigned n;
} presets[] = {
    {"top", NULL, 0},
    {"mitm", preset_mitm, sizeof preset_mitm / sizeof preset_mitm[0]},
    {"vi", preset_vi, sizeof preset_vi / sizeof preset_vi[0]},
};

static const struct keys_view {
	const char *name;
	unsigned scope;
} keys_views[] = {
    {"all", SCOPE_ALL},
    {"list", SCOPE_FLOWS},
    {"detail", SCOPE_FLOW},
    {"help", SCOPE_HELP | SCOPE_CA},
    {"options", SCOPE_OPTIONS},
    {"events", SCOPE_EVENTS},
    {"rules", SCOPE_RULES},
    {"counts", SCOPE_FREQ},
    {"edit", SCOPE_EDIT},
    {"grid", SCOPE_GRID},
};

enum { PRESETS = sizeof presets / sizeof presets[0], VIEWS = sizeof keys_views / sizeof keys_views[0] };

const char *
keys_preset_name(unsigned i)
{
	return i < PRESETS ? presets[i].name : NULL;
}

const char *
keys_view_name(unsigned i)
{
	return i < VIEWS ? keys_views[i].name : NULL;
}

const struct key_binding *
keys_preset_rows(unsigned i, unsigned *n)
{
	*n = presets[i].n;
	return presets[i].row;
}

/* ---- one line ---- */

static size_t
word_length(const char *s)
{
	return strcspn(s, " ");
}

static const char *
word_after(const char *s)
{
	s += word_length(s);
	return s + strspn(s, " ");
}

static const struct keys_view *
keys_view_find(const char *s, size_t n)
{
	for (unsigned i = 0; i < VIEWS; i++)
		if (strlen(keys_views[i].name) == n && memcmp(keys_views[i].name, s, n) == 0)
			return &keys_views[i];
	return NULL;
}

int
key_line_parse(struct key_line *l, const char *text, struct errmsg *why)
{
	text += strspn(text, " ");
	const struct keys_view *view = keys_view_find(text, word_length(text));
	const char *key = view ? word_after(text) : text;
	int n = (int)word_length(key);
	struct prompt_refusal r = {.at = 0};

	*l = (struct key_line){.scope = view ? view->scope : SCOPE_ALL};
	if (!n)
		return err_set(why, ERR_SYNTAX, "bind: no key is given. Write KEY COMMAND");
	l->key = keyc_parse(key, (size_t)n);
	if (l->key == KEYC_NONE)
		return err_set(why, ERR_SYNTAX,
		    "bind: '%.*s' is no key: give one character, ^X, F1 or a name such as Enter, Space, PgDn",
		    n < 32 ? n : 32, key);
	if (l->key == KEY_CTRL_OF('c'))
		return err_set(why, ERR_REFUSED, "bind: ^C always cancels or quits");
	l->command = word_after(key);
	if (*l->command)
		cmd_check(l->command, &r);
	return r.why[0] ? err_set(why, ERR_SYNTAX, "bind: %s", r.why) : 0;
}

/* ---- the table ---- */

static struct key_row *
keys_add(struct keys *k, const struct key_binding *b, unsigned group)
{
	if (k->n == k->cap) {
		k->cap = k->cap ? k->cap * 2 : 128;
		k->row = mem_resize(k->row, k->cap, sizeof *k->row);
	}
	struct key_row *r = &k->row[k->n++];
	*r = (struct key_row){.scope = b->scope, .key = b->key, .group = group, .command = b->command,
	    .topic = b->topic, .help = b->help, .bar = b->bar};
	return r;
}

static void
keys_load_default(struct keys *k)
{
	unsigned group = 0;

	for (unsigned i = 0; i < keymap_count; i++) {
		struct key_row *r = keys_add(k, &keymap[i], keymap[i].help ? ++group : group);
		if (!r->help) {
			r->help = r[-1].help;
			r->bar = r[-1].bar;
		}
	}
}

static void
keys_take(struct keys *k, unsigned scope, int key)
{
	unsigned n = 0;

	for (unsigned i = 0; i < k->n; i++) {
		if (k->row[i].key == key)
			k->row[i].scope &= ~scope;
		if (k->row[i].scope)
			k->row[n++] = k->row[i];
		else
			free(k->row[i].own);
	}
	k->n = n;
}

/* The row joins the keys that do the same in its view, and has their words. */
static struct key_row *
keys_put(struct keys *k, const struct key_binding *b)
{
	struct key_binding as = *b;
	unsigned group = 0;

	keys_take(k, b->scope, b->key);
	if (!b->command)
		return NULL;
	for (unsigned i = 0; i < k->n; i++) {
		const struct key_row *r = &k->row[i];
		if ((r->scope & b->scope) != b->scope || strcmp(r->command, b->command) != 0) {
			group = r->group > group ? r->group : group;
			continue;
		}
		as.topic = r->topic;
		as.help = r->help;
		as.bar = r->bar;
		return keys_add(k, &as, r->group);
	}
	return keys_add(k, &as, group + 1);
}

static void
keys_put_line(struct keys *k, const struct key_line *l)
{
	char *own = *l->command ? mem_strdup(l->command) : NULL;
	struct key_row *r = keys_put(k,
	    &(struct key_binding){.scope = l->scope, .key = l->key, .command = own, .topic = "yours", .help = own});

	if (r)
		r->own = own;
}

int
keys_load(struct keys *k, const struct options *o, struct errmsg *why)
{
	int bad = 0;

	keys_fini(k);
	keys_load_default(k);
	for (unsigned i = 0; i < PRESETS; i++)
		for (unsigned r = 0; strcmp(option_str(o, OPT_KEYS), presets[i].name) == 0 && r < presets[i].n; r++)
			keys_put(k, &presets[i].row[r]);
	for (unsigned i = 0; i < option_list_count(o, OPT_BIND); i++) {
		struct key_line l;
		int r = key_line_parse(&l, option_list_item(o, OPT_BIND, i), bad ? NULL : why);
		if (r == 0)
			keys_put_line(k, &l);
		bad = bad ? bad : r;
	}
	return bad;
}

void
keys_fini(struct keys *k)
{
	for (unsigned i = 0; i < k->n; i++)
		free(k->row[i].own);
	free(k->row);
	*k = (struct keys){.n = 0};
}

const char *
keys_find(const struct keys *k, unsigned scope, int key)
{
	for (unsigned i = 0; i < k->n; i++)
		if (k->row[i].key == key && (k->row[i].scope & scope))
			return k->row[i].command;
	return NULL;
}

bool
keys_is_first(const struct keys *k, unsigned row, unsigned scope)
{
	for (unsigned i = 0; i < row; i++)
		if (k->row[i].group == k->row[row].group && (k->row[i].scope & scope))
			return false;
	return (k->row[row].scope & scope) != 0;
}

void
keys_names(const struct keys *k, unsigned row, unsigned scope, char *out, size_t size_bytes)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = row; i < k->n && n < size_bytes; i++) {
		char name[16];
		if (k->row[i].group != k->row[row].group || !(k->row[i].scope & scope))
			continue;
		keyc_name(k->row[i].key, name, sizeof name);
		n += (size_t)snprintf(out + n, size_bytes - n, "%s%s", n ? " " : "", name);
	}
}
