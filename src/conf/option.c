/* SPDX-License-Identifier: MIT
 * The option store: texts become typed, range-checked values. */
#include "conf/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/mem.h"

struct value {
	int64_t num;
	char *str;       /* STRING */
	char **items;    /* LIST */
	unsigned nitems;
	bool set;        /* by a user */
	enum option_source from;
	bool replace;    /* LIST: the next value is the first of its source */
};

struct options {
	struct value v[OPT_COUNT];
	enum option_source source; /* of what is set now */
};

struct unit {
	const char *suffix;
	double factor;
};

const struct option_row option_rows[OPT_COUNT] = {
#define OPTION(id, name, short_, arg, type, dflt, min, max, help)                                  \
	[OPT_##id] = {name, short_, arg, type, dflt, min, max, help},
#include "conf/option_table.h"
#undef OPTION
};

bool
option_is_switch(const struct option_row *row)
{
	return row->type == OPTION_BOOL || (row->letter && !row->arg);
}

/* The largest unit last; the entry without a suffix says what a bare number means. */
static const struct unit int_units[] = {{"", 1}, {NULL, 0}};
static const struct unit size_units[] = {{"", 1}, {"k", 1024.0}, {"M", 1048576.0},
    {"G", 1073741824.0}, {"T", 1099511627776.0}, {NULL, 0}};
static const struct unit duration_units[] = {
    {"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {NULL, 0}};

static const struct unit *
type_units(enum option_type type)
{
	if (type == OPTION_SIZE)
		return size_units;
	return type == OPTION_DURATION ? duration_units : int_units;
}

static const char *
type_noun(enum option_type type)
{
	if (type == OPTION_SIZE)
		return "a size such as 64k, 256M or 1G";
	if (type == OPTION_DURATION)
		return "a time such as 250ms, 1s, 2.5 or 5m";
	return "a whole number";
}

void
option_number_text(enum option_type type, double n, char *out, size_t size_bytes)
{
	const struct unit *best = NULL;

	for (const struct unit *u = type_units(type); u->suffix; u++) {
		if (type == OPTION_DURATION && !*u->suffix)
			continue;
		int64_t whole = (int64_t)(n / u->factor);
		if (!best || (whole > 0 && (double)whole * u->factor == n))
			best = u;
	}
	if (n == 0)
		snprintf(out, size_bytes, "0");
	else
		snprintf(out, size_bytes, "%lld%s", (long long)(n / best->factor), best->suffix);
}

/* Digits with at most one point; not strtod, whose point depends on the locale. Returns the end, or
 * NULL when there is no number. */
static const char *
parse_decimal(const char *p, bool point_allowed, double *out)
{
	double v = 0, scale = 1;
	unsigned digits = 0;
	bool point = false;

	for (;; p++) {
		if (*p == '.' && point_allowed && !point) {
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9')
			break;
		digits++;
		v = v * 10 + (*p - '0');
		scale *= point ? 10 : 1;
	}
	*out = v / scale;
	return digits ? p : NULL;
}

int
option_number_parse(enum option_type type, const char *text, double *out)
{
	const struct unit *u = type_units(type);
	double v;

	const char *end = parse_decimal(text, type != OPTION_INT, &v);
	while (end && u->suffix && strcasecmp(end, u->suffix) != 0)
		u++;
	if (!end || !u->suffix)
		return ERR_SYNTAX;
	*out = v * u->factor;
	return 0;
}

static int
parse_number(const struct option_row *row, const char *text, int64_t *out, struct errmsg *why)
{
	char lo[32], hi[32];
	double v;

	if (option_number_parse(row->type, text, &v))
		return err_set(why, ERR_SYNTAX, "%s: '%.64s' is not %s", row->name, text,
		    type_noun(row->type));
	if (!(v >= row->min && v <= row->max)) {
		option_number_text(row->type, row->min, lo, sizeof lo);
		option_number_text(row->type, row->max, hi, sizeof hi);
		return err_set(why, ERR_RANGE, "%s: %.64s is outside %s to %s", row->name, text, lo, hi);
	}
	*out = (int64_t)(v + 0.5);
	return 0;
}

static int
parse_bool(const struct option_row *row, const char *text, int64_t *out, struct errmsg *why)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*out = i % 2;
			return 0;
		}
	}
	return err_set(why, ERR_SYNTAX, "%s: '%.64s' is neither yes nor no", row->name, text);
}

static void
list_clear(struct value *v)
{
	for (unsigned i = 0; i < v->nitems; i++)
		free(v->items[i]);
	free(v->items);
	v->items = NULL;
	v->nitems = 0;
}

static int
list_add(const struct option_row *row, struct value *v, const char *text, struct errmsg *why)
{
	if (!*text)
		return err_set(why, ERR_SYNTAX, "%s: the value is empty", row->name);
	if (v->replace)
		list_clear(v);
	v->replace = false;
	if (v->nitems == OPTION_LIST_MAX)
		return err_set(why, ERR_LIMIT, "%s: more than %d values", row->name, OPTION_LIST_MAX);
	v->items = mem_resize(v->items, v->nitems + 1, sizeof *v->items);
	v->items[v->nitems++] = mem_strdup(text);
	return 0;
}

static int
value_set(const struct option_row *row, struct value *v, const char *text, struct errmsg *why)
{
	switch (row->type) {
	case OPTION_BOOL:
		return parse_bool(row, text, &v->num, why);
	case OPTION_INT:
	case OPTION_SIZE:
	case OPTION_DURATION:
		return parse_number(row, text, &v->num, why);
	case OPTION_STRING:
		free(v->str);
		v->str = mem_strdup(text);
		return 0;
	case OPTION_LIST:
		return list_add(row, v, text, why);
	}
	return ERR_NOTFOUND;
}

static void
value_default(const struct option_row *row, struct value *v)
{
	struct errmsg why;

	if (row->type == OPTION_LIST && !*row->dflt)
		return;
	int bad = value_set(row, v, row->dflt, &why);
	CHECK(bad == 0);
}

static void
value_free(struct value *v)
{
	free(v->str);
	list_clear(v);
}

struct options *
options_new(void)
{
	struct options *o = mem_zalloc(sizeof *o);

	for (int i = 0; i < OPT_COUNT; i++)
		value_default(&option_rows[i], &o->v[i]);
	options_next_source(o);
	return o;
}

void
options_free(struct options *o)
{
	if (!o)
		return;
	for (int i = 0; i < OPT_COUNT; i++)
		value_free(&o->v[i]);
	free(o);
}

void
options_set_source(struct options *o, enum option_source from)
{
	o->source = from;
	for (int i = 0; i < OPT_COUNT; i++)
		o->v[i].replace = true;
}

void
options_next_source(struct options *o)
{
	options_set_source(o, o->source < OPTION_CONSOLE ? o->source + 1 : OPTION_CONSOLE);
}

enum option_source
option_source(const struct options *o, enum option_id id)
{
	return o->v[id].from;
}

void
option_reset(struct options *o, enum option_id id)
{
	value_free(&o->v[id]);
	o->v[id] = (struct value){.set = true, .from = o->source, .replace = true};
	value_default(&option_rows[id], &o->v[id]);
	o->v[id].replace = true;
}

void
option_unset(struct options *o, enum option_id id)
{
	option_reset(o, id);
	o->v[id].set = false;
}

static bool
value_same(const struct value *a, const struct value *b)
{
	bool same = a->num == b->num && strcmp(a->str ? a->str : "", b->str ? b->str : "") == 0 &&
		    a->nitems == b->nitems;

	for (unsigned i = 0; same && i < a->nitems; i++)
		same = strcmp(a->items[i], b->items[i]) == 0;
	return same;
}

bool
option_is_default(const struct options *o, enum option_id id)
{
	struct value v = {.num = 0};

	value_default(&option_rows[id], &v);
	bool same = value_same(&v, &o->v[id]);
	value_free(&v);
	return same;
}

bool
option_list_remove(struct options *o, enum option_id id, const char *head)
{
	struct value *v = &o->v[id];
	size_t n = strlen(head);
	unsigned i = 0;

	while (i < v->nitems && (strncmp(v->items[i], head, n) != 0 || (v->items[i][n] && v->items[i][n] != ' ')))
		i++;
	if (i == v->nitems)
		return false;
	free(v->items[i]);
	memmove(v->items + i, v->items + i + 1, (--v->nitems - i) * sizeof *v->items);
	v->from = o->source;
	return true;
}

enum option_id
option_find(const char *name)
{
	int i = 0;

	while (i < OPT_COUNT && strcmp(option_rows[i].name, name) != 0)
		i++;
	return (enum option_id)i;
}

int
option_set(struct options *o, const char *name, const char *value, struct errmsg *why)
{
	enum option_id id = option_find(name);

	if (id == OPT_COUNT)
		return err_set(why, ERR_NOTFOUND, "there is no option '%.64s'", name);
	int bad = value_set(&option_rows[id], &o->v[id], value, why);
	if (!bad) {
		o->v[id].set = true;
		o->v[id].from = o->source;
	}
	return bad;
}

int
option_list_add(struct options *o, enum option_id id, const char *value, struct errmsg *why)
{
	o->v[id].replace = false;
	return option_set(o, option_rows[id].name, value, why);
}

bool
option_bool(const struct options *o, enum option_id id)
{
	return o->v[id].num != 0;
}

int64_t
option_int(const struct options *o, enum option_id id)
{
	return o->v[id].num;
}

const char *
option_str(const struct options *o, enum option_id id)
{
	return o->v[id].str ? o->v[id].str : "";
}

unsigned
option_list_count(const struct options *o, enum option_id id)
{
	return o->v[id].nitems;
}

const char *
option_list_item(const struct options *o, enum option_id id, unsigned i)
{
	return i < o->v[id].nitems ? o->v[id].items[i] : "";
}

bool
option_is_set(const struct options *o, enum option_id id)
{
	return o->v[id].set;
}

void
option_text(const struct options *o, enum option_id id, char *out, size_t size_bytes)
{
	const struct option_row *row = &option_rows[id];
	size_t n = 0;

	*out = '\0';
	if (row->type == OPTION_BOOL)
		snprintf(out, size_bytes, "%s", option_bool(o, id) ? "yes" : "no");
	else if (row->type == OPTION_STRING)
		snprintf(out, size_bytes, "%s", option_str(o, id));
	else if (row->type != OPTION_LIST)
		option_number_text(row->type, (double)option_int(o, id), out, size_bytes);
	else
		for (unsigned i = 0; i < o->v[id].nitems && n < size_bytes; i++)
			n += (size_t)snprintf(out + n, size_bytes - n, "%s%s", i ? " " : "",
			    o->v[id].items[i]);
}
