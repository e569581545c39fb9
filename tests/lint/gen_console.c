/* SPDX-License-Identifier: MIT
 * Prints what mitmtop(1) says of the console: its commands, and its keys by view and topic; and what the completion of shells knows of
 * the options, whose values the console has. */
#include <stdio.h>
#include <string.h>

#include "conf/option.h"
#include "conf/usage.h"
#include "tests/lint/mdoc.h"
#include "ui/cmd.h"
#include "ui/column.h"
#include "ui/key.h"
#include "ui/keys.h"
#include "ui/option_use.h"
#include "ui/view.h"

enum { COMMON_FROM_VIEWS = 4, TOPICS_MAX = 16, NAMES_MAX = 96 };

/* Rows whose scope has all of `all` and nothing of `none`. */
static const struct section {
	const char *title;
	unsigned all, none;
	bool common; /* in most views */
} sections[] = {
    {"In most views", 0, 0, true},
    {"In the list of flows and in a flow", SCOPE_FLOWS | SCOPE_FLOW, 0, false},
    {"In the list of flows", SCOPE_FLOWS, SCOPE_FLOW, false},
    {"In a flow", SCOPE_FLOW, SCOPE_FLOWS, false},
    {"While a message is edited", SCOPE_EDIT, 0, false},
    {"In rows of fields, parameters and cookies", SCOPE_GRID, 0, false},
    {"While a body is edited in place", SCOPE_TEXT, 0, false},
    {"In the breakpoint rules", SCOPE_RULES, 0, false},
    {"In the event log", SCOPE_EVENTS, 0, false},
    {"In counts", SCOPE_FREQ, 0, false},
    {"In the options", SCOPE_OPTIONS, 0, false},
    {"In a comparison", SCOPE_COMPARE, 0, false},
    {"In the help", SCOPE_HELP, 0, false},
    {"In the help about the certificate", SCOPE_CA, SCOPE_HELP, false},
};

static bool
section_has(const struct section *s, unsigned scope)
{
	bool common = __builtin_popcount(scope) >= COMMON_FROM_VIEWS;

	return common == s->common && (scope & s->all) == s->all && !(scope & s->none);
}

/* The keys that stand together in the section from that row on; "": an earlier row has shown them. */
static void
section_keys(const struct keys *k, const struct section *s, unsigned row, char *names, size_t size)
{
	size_t n = 0;

	names[0] = '\0';
	for (unsigned i = 0; i < k->n && section_has(s, k->row[row].scope); i++) {
		char name[16];
		if (k->row[i].group != k->row[row].group || !section_has(s, k->row[i].scope))
			continue;
		if (i < row)
			return;
		keyc_name(k->row[i].key, name, sizeof name);
		n += (size_t)snprintf(names + n, n < size ? size - n : 0, "%s%s", n ? " " : "", name);
	}
}

static void
put_sentence(const char *text)
{
	size_t n = strlen(text);

	mdoc_put_text(text);
	puts(n && text[n - 1] == '.' ? "" : ".");
}

static void
put_topic(const struct keys *k, const struct section *s, const char *topic)
{
	char names[NAMES_MAX];
	bool begun = false;

	for (unsigned i = 0; i < k->n; i++) {
		if (strcmp(k->row[i].topic, topic) != 0)
			continue;
		section_keys(k, s, i, names, sizeof names);
		if (!*names)
			continue;
		if (!begun)
			printf(".It Em %s\n.Bl -tag -compact -width \"PgDn Space\"\n", topic);
		begun = true;
		fputs(".It Ic", stdout);
		mdoc_put_words(names);
		putchar('\n');
		put_sentence(k->row[i].help);
	}
	if (begun)
		puts(".El");
}

static unsigned
find_topics(const struct keys *k, const char **topic)
{
	unsigned n = 0;

	for (unsigned i = 0; i < k->n; i++) {
		unsigned t = 0;
		while (t < n && strcmp(topic[t], k->row[i].topic) != 0)
			t++;
		if (t == n && n < TOPICS_MAX && strcmp(k->row[i].topic, "other") != 0)
			topic[n++] = k->row[i].topic;
	}
	topic[n++] = "other"; /* last, as in the help */
	return n;
}

static void
put_keys(void)
{
	struct options *o = options_new();
	struct keys k = {.n = 0};
	const char *topic[TOPICS_MAX + 1];

	keys_load(&k, o, NULL);
	unsigned n = find_topics(&k, topic);
	for (size_t s = 0; s < sizeof sections / sizeof *sections; s++) {
		fputs(".Ss", stdout);
		mdoc_put_words(sections[s].title);
		puts("\n.Bl -tag -width follow");
		for (unsigned t = 0; t < n; t++)
			put_topic(&k, &sections[s], topic[t]);
		puts(".El");
	}
	keys_fini(&k);
	options_free(o);
}

static void
put_commands(void)
{
	puts(".Bl -tag -width Ds");
	for (unsigned i = 0; i < cmds_count; i++) {
		fputs(".It Ic", stdout);
		mdoc_put_words(cmds[i].name);
		if (*cmds[i].usage)
			fputs(" Ar", stdout);
		mdoc_put_words(cmds[i].usage);
		putchar('\n');
		put_sentence(cmds[i].help);
	}
	puts(".El");
}

/* What the word after the option is. */
static const char *
row_kind(const struct option_row *row)
{
	if (option_is_switch(row))
		return row->type == OPTION_BOOL && strcmp(row->dflt, "yes") == 0 ? "on" : "switch";
	if (row->arg && strcmp(row->arg, "FILE") == 0)
		return "file";
	if (row->arg && strcmp(row->arg, "DIR") == 0)
		return "directory";
	return row->arg && strcmp(row->arg, "NAME=VALUE") == 0 ? "pair" : "value";
}

/* NAME LETTER KIND VALUE...; a list's values stand between commas in one word. */
static void
put_row(const struct option_row *row, enum option_id id)
{
	const char *name;

	printf("%s %c %s", row->name, row->letter ? row->letter : '-', id == OPT_COLUMNS ? "list" : row_kind(row));
	for (unsigned i = 0; id < OPT_COUNT && (name = option_use_choice(id, i)) != NULL; i++)
		printf(" %s", name);
	for (unsigned i = 0; id == OPT_COLUMNS && i < columns_count; i++)
		if (columns[i].what)
			printf(" %s", columns[i].title);
	putchar('\n');
}

static void
put_options(void)
{
	const struct option_row *row;

	for (int i = 0; i < OPT_COUNT; i++)
		put_row(&option_rows[i], (enum option_id)i);
	for (unsigned i = 0; (row = usage_fixed(i)) != NULL; i++)
		put_row(row, OPT_COUNT);
}

int
main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "keys") == 0)
		put_keys();
	else if (strcmp(part, "commands") == 0)
		put_commands();
	else if (strcmp(part, "options") == 0)
		put_options();
	else
		return 2;
	return 0;
}
