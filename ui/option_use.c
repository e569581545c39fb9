/* SPDX-License-Identifier: MIT
 * One table: option, values, check and effect. */
#include "ui/option_use.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "conf/conf_file.h"
#include "conf/listen.h"
#include "conf/option_check.h"
#include "conf/paths.h"
#include "match/match.h"
#include "ui/app.h"
#include "ui/frontend.h"
#include "ui/keys.h"
#include "ui/term.h"
#include "ui/theme.h"
#include "ui/view_edit.h"

struct option_use {
	enum option_id id;
	const char *(*choice)(unsigned i);
	int (*check)(const char *value, struct errmsg *why);
	void (*apply)(struct app *app); /* NULL: it is looked at when it matters, */
	bool at_start;                  /* or only at the next start */
	/* Keys change it without this table: the value as it is now, and what the option's own text amounts to. */
	void (*now)(const struct app *app, char *out, size_t size_bytes);
	void (*said)(const struct app *app, char *out, size_t size_bytes);
};

enum { USE_TEXT_MAX = 1024 };

static void
use_delay(struct app *app)
{
	app->delay_ns = (uint64_t)option_int(app->s->options, OPT_DELAY) * 1000000u;
}

static void
use_theme(struct app *app)
{
	theme_set(option_str(app->s->options, OPT_THEME));
	term_redraw(app->term);
}

static void
use_filter(struct app *app)
{
	view_flows_filter(app->view[0], app, option_str(app->s->options, OPT_FILTER));
}

static int
check_filter(const char *value, struct errmsg *why)
{
	struct match_error e;
	struct match *m = match_new(value, &e);

	match_free(m);
	return m ? 0 : err_set(why, ERR_SYNTAX, "filter: %s", e.why);
}

static void
use_keys(struct app *app)
{
	keys_load(&app->keys, app->s->options, NULL);
}

static int
check_bind(const char *value, struct errmsg *why)
{
	struct key_line l;

	return key_line_parse(&l, value, why);
}

static int
check_listen(const char *value, struct errmsg *why)
{
	struct listen_spec l;

	return listen_parse(value, &l, why);
}

static int
check_columns(const char *value, struct errmsg *why)
{
	struct column_set set;

	return column_set_read(&set, value, why);
}

static void
use_columns(struct app *app)
{
	column_set_read(&app->columns, option_str(app->s->options, OPT_COLUMNS), NULL);
}

static void
columns_now(const struct app *app, char *out, size_t size_bytes)
{
	column_set_write(&app->columns, out, size_bytes);
}

static void
columns_said(const struct app *app, char *out, size_t size_bytes)
{
	struct column_set set;

	column_set_read(&set, option_str(app->s->options, OPT_COLUMNS), NULL);
	column_set_write(&set, out, size_bytes);
}

static int
check_header(const char *value, struct errmsg *why)
{
	struct header h;

	return header_parse(&h, value, why);
}

static void
use_header(struct app *app)
{
	header_parse(&app->header, option_str(app->s->options, OPT_HEADER), NULL);
}

static void
header_now(const struct app *app, char *out, size_t size_bytes)
{
	char text[HEADER_TEXT_MAX];

	header_text(&app->header, text);
	snprintf(out, size_bytes, "%s", text);
}

static void
header_said(const struct app *app, char *out, size_t size_bytes)
{
	struct header h;
	char text[HEADER_TEXT_MAX];

	header_parse(&h, option_str(app->s->options, OPT_HEADER), NULL);
	header_text(&h, text);
	snprintf(out, size_bytes, "%s", text);
}

static const char *
cut_name(unsigned i)
{
	static const char *const names[] = {"end", "middle", NULL};

	return names[i < 2 ? i : 2];
}

static const struct option_use uses[] = {
    {.id = OPT_BIND, .check = check_bind, .apply = use_keys},
    {.id = OPT_BODY_BESIDE},
    {.id = OPT_COLUMNS, .check = check_columns, .apply = use_columns, .now = columns_now, .said = columns_said},
    {.id = OPT_CUT, .choice = cut_name},
    {.id = OPT_DELAY, .apply = use_delay},
    {.id = OPT_FILTER, .check = check_filter, .apply = use_filter},
    {.id = OPT_FIXLEN, .apply = view_edit_changed},
    {.id = OPT_HEADER, .check = check_header, .apply = use_header, .now = header_now, .said = header_said},
    {.id = OPT_KEEP},
    {.id = OPT_KEYS, .choice = keys_preset_name, .apply = use_keys},
    {.id = OPT_LISTEN, .check = check_listen, .at_start = true},
    {.id = OPT_MASK, .apply = app_mask},
    {.id = OPT_MOUSE},
    {.id = OPT_PASSTHROUGH, .check = passthrough_check, .apply = passthrough_use},
    {.id = OPT_ROWS},
    {.id = OPT_THEME, .choice = theme_name_at, .apply = use_theme},
};

static const struct option_use *
use_find(enum option_id id)
{
	for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
		if (uses[i].id == id)
			return &uses[i];
	return NULL;
}

const char *
option_use_choice(enum option_id id, unsigned i)
{
	static const char *const yes_no[] = {"no", "yes", NULL};
	const struct option_use *u = use_find(id);

	if (option_rows[id].type == OPTION_BOOL)
		return yes_no[i < 2 ? i : 2];
	return u && u->choice ? u->choice(i) : NULL;
}

static int
check_choice(enum option_id id, const char *value, struct errmsg *why)
{
	char names[160] = "";
	const char *name;
	size_t n = 0;

	if (option_rows[id].type == OPTION_BOOL || !option_use_choice(id, 0))
		return 0;
	for (unsigned i = 0; (name = option_use_choice(id, i)) != NULL; i++) {
		if (strcmp(name, value) == 0)
			return 0;
		if (n < sizeof names)
			n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "", name);
	}
	return err_set(why, ERR_REFUSED, "there is no %s '%.40s'. There are: %s", option_rows[id].name, value, names);
}

int
option_use_check(enum option_id id, const char *value, struct errmsg *why)
{
	const struct option_use *u = use_find(id);
	struct options *scratch = options_new();
	int bad = option_set(scratch, option_rows[id].name, value, why);

	options_free(scratch);
	if (!bad)
		bad = check_choice(id, value, why);
	return bad || !u || !u->check ? bad : u->check(value, why);
}

static void
use_apply(struct app *app, enum option_id id, bool *later)
{
	const struct option_use *u = use_find(id);
	const struct frontend_source *s = app->s;

	if (u && u->apply)
		u->apply(app);
	options_supersede(s->options, id);
	*later = (!u || u->at_start) && !(s->option_changed && s->option_changed(s->arg, id));
	app->dirty = true;
}

int
option_use_set(struct app *app, enum option_id id, const char *value, bool *later, struct errmsg *why)
{
	int bad = option_use_check(id, value, why);

	/* Not a wrong value: without colours none of them would be seen. */
	if (!bad && id == OPT_THEME && theme_no_colour())
		bad = err_set(why, ERR_REFUSED, "theme: %s", theme_no_colour());
	if (!bad)
		bad = option_set(app->s->options, option_rows[id].name, value, why);
	if (!bad)
		use_apply(app, id, later);
	return bad;
}

void
option_use_reset(struct app *app, enum option_id id, bool *later)
{
	option_reset(app->s->options, id);
	use_apply(app, id, later);
}

void
option_use_text(const struct app *app, enum option_id id, char *out, size_t size_bytes)
{
	char raw[512];

	option_text(app->s->options, id, raw, sizeof raw);
	escape_text(out, size_bytes, span_str(*raw ? raw : "-"), app->escape);
}

/* ---- the configuration file ---- */

char *
option_use_config_path(const struct app *app)
{
	return app->s->config_path ? mem_strdup(app->s->config_path) : paths_config_file();
}

/* What keys have changed becomes the value of the option. */
static void
use_take_changes(struct app *app)
{
	char now[USE_TEXT_MAX], said[USE_TEXT_MAX];

	for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
		if (!uses[i].now)
			continue;
		uses[i].now(app, now, sizeof now);
		uses[i].said(app, said, sizeof said);
		if (strcmp(now, said) != 0)
			option_set(app->s->options, option_rows[uses[i].id].name, now, NULL);
	}
}

void
option_use_write(struct app *app)
{
	enum option_id ids[OPT_COUNT];
	struct errmsg why;
	char toast[sizeof app->toast];
	char *path = option_use_config_path(app);
	unsigned n = 0;
	int bad = 0;

	use_take_changes(app);
	for (int i = 0; i < OPT_COUNT; i++)
		if (option_source(app->s->options, (enum option_id)i) == OPTION_CONSOLE)
			ids[n++] = (enum option_id)i;
	if (!path)
		bad = err_set(&why, ERR_NOTFOUND,
		    "no place for the configuration: neither XDG_CONFIG_HOME nor HOME is set");
	if (!bad)
		bad = conf_file_save(path, app->s->options, ids, n, &why);
	snprintf(toast, sizeof toast, bad ? "%.150s" : "settings written to %.130s", bad ? why.text : path);
	if (bad)
		app_error(app, 0, toast);
	else
		app_toast(app, toast);
	free(path);
}
