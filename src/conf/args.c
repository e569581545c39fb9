/* SPDX-License-Identifier: MIT
 * Command line to actions and options. */
#include "conf/args.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "conf/conf_file.h"
#include "conf/option.h"
#include "conf/option_check.h"
#include "conf/paths.h"

enum {
	VAL_CONFIG = 256,
	VAL_OPTION,        /* plus the option's id */
	FIXED_LETTERS = 6, /* ":o:Vh" and the end */
	FILTER_MAX_BYTES = 65536,
};

static const struct option fixed_rows[] = {
    {"set", required_argument, NULL, 'o'},
    {"config", required_argument, NULL, VAL_CONFIG},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
};

static const char hint[] = "Try 'mitmtop --help'";

enum { FIXED_ROWS = sizeof fixed_rows / sizeof *fixed_rows };

/* What getopt_long works by, made from the option table. */
struct grammar {
	struct option rows[OPT_COUNT + FIXED_ROWS + 1];
	char letters[2 * OPT_COUNT + FIXED_LETTERS];
};

/* Two passes go over argv: the first finds what to do and which config file to read, the second sets
 * options over those of the file. */
struct walk {
	struct args *a;
	struct options *o; /* NULL in the first pass */
	const char *config;
	bool filter; /* -f was given */
};

static void
grammar_make(struct grammar *g)
{
	char *l = g->letters + snprintf(g->letters, sizeof g->letters, ":o:Vh");
	int i;

	for (i = 0; i < OPT_COUNT; i++) {
		const struct option_row *row = &option_rows[i];
		g->rows[i] = (struct option){row->name,
		    option_is_switch(row) ? optional_argument : required_argument, NULL, VAL_OPTION + i};
		if (!row->letter)
			continue;
		*l++ = row->letter;
		if (!option_is_switch(row))
			*l++ = ':';
	}
	*l = '\0';
	memcpy(g->rows + i, fixed_rows, sizeof fixed_rows);
	g->rows[i + FIXED_ROWS] = (struct option){0};
}

static int
letter_option(int letter)
{
	int i = 0;

	while (i < OPT_COUNT && option_rows[i].letter != letter)
		i++;
	return i;
}

static int
set_row(struct options *o, const struct option_row *row, const char *value, struct errmsg *why)
{
	char count[32];

	if (!value && row->type == OPTION_BOOL)
		value = "yes";
	if (!value) {
		snprintf(count, sizeof count, "%lld",
		    (long long)option_int(o, (enum option_id)(row - option_rows)) + 1);
		value = count;
	}
	return option_set(o, row->name, value, why);
}

static int
set_pair(struct options *o, const char *pair, struct errmsg *why)
{
	const char *eq = strchr(pair, '=');

	if (!eq)
		return err_set(why, ERR_SYNTAX, "-o %.64s: write NAME=VALUE. %s", pair, hint);
	char *name = mem_dup(pair, (size_t)(eq - pair));
	int bad = option_set(o, name, eq + 1, why);
	free(name);
	return bad;
}

/* What getopt rejects. word is the argument it was in. */
static int
complain(int c, const char *word, struct errmsg *why)
{
	char letter[3] = {'-', (char)optopt, '\0'};
	bool is_long = strncmp(word, "--", 2) == 0;
	int n = is_long ? (int)strcspn(word, "=") : 2;

	/* A letter may stand inside a cluster; getopt tells which. */
	if (!is_long && optopt > 0 && optopt < 128)
		word = letter;
	n = n < 64 ? n : 64;
	if (c == ':')
		return err_set(why, ERR_SYNTAX, "option %.*s needs a value. %s", n, word, hint);
	if (is_long && optopt)
		return err_set(why, ERR_SYNTAX, "option %.*s takes no value. %s", n, word, hint);
	return err_set(why, ERR_SYNTAX, "unknown option %.*s. %s", n, word, hint);
}

static int
walk_one(struct walk *w, int c, const char *word, struct errmsg *why)
{
	int i = c >= VAL_OPTION ? c - VAL_OPTION : letter_option(c);

	if (c == '?' || c == ':')
		return complain(c, word, why);
	if (c == 'h' || c == 'V')
		w->a->action = c == 'h' ? ARGS_HELP : ARGS_VERSION;
	else if (c == VAL_CONFIG)
		w->config = optarg;
	else if (w->o && c == 'o')
		return set_pair(w->o, optarg, why);
	else if (w->o && i < OPT_COUNT) {
		w->filter |= i == OPT_FILTER;
		return set_row(w->o, &option_rows[i], optarg, why);
	}
	return 0;
}

static int
walk_all(struct walk *w, int argc, char **argv, struct errmsg *why)
{
	struct grammar g;
	int c, bad = 0;

	grammar_make(&g);
	optind = 0; /* makes glibc begin anew, whoever used it before */
	opterr = 0;
	do {
		c = getopt_long(argc, argv, g.letters, g.rows, NULL);
		if (c != -1)
			bad = walk_one(w, c, argv[optind > 1 ? optind - 1 : 1], why);
	} while (c != -1 && !bad);
	return bad;
}

static int
load_config(struct options *o, const char *given, struct errmsg *why)
{
	if (given)
		return conf_file_load(o, given, why);
	char *path = paths_config_file();
	int bad = path ? conf_file_load(o, path, why) : 0;
	free(path);
	return bad == ERR_NOTFOUND ? 0 : bad;
}

/* The words left over narrow down what -f says, and replace what the config file says. */
static int
join_filter(const struct walk *w, int nwords, char **words, struct errmsg *why)
{
	struct buf b;
	int bad = 0;

	buf_init(&b, FILTER_MAX_BYTES);
	if (w->filter)
		bad = buf_add_str(&b, option_str(w->o, OPT_FILTER));
	for (int i = 0; i < nwords && !bad; i++)
		bad = buf_addf(&b, "%s%s", b.n ? " " : "", words[i]);
	if (!bad)
		bad = buf_add(&b, "", 1);
	if (bad)
		err_set(why, bad, "the filter is longer than %d bytes", FILTER_MAX_BYTES);
	else
		bad = option_set(w->o, "filter", b.p, why);
	buf_fini(&b);
	return bad;
}

static int
check_words(struct walk *w, int nwords, char **words, struct errmsg *why)
{
	if (w->a->action == ARGS_ENV && nwords > 1)
		return err_set(why, ERR_SYNTAX, "env takes no '%.64s'. %s", words[1], hint);
	if (w->a->action == ARGS_ENV || nwords == 0)
		return 0;
	return join_filter(w, nwords, words, why);
}

int
args_parse(struct args *a, struct options *o, int argc, char **argv, struct errmsg *why)
{
	struct walk w = {.a = a};

	*a = (struct args){.action = ARGS_RUN};
	int bad = walk_all(&w, argc, argv, why);
	if (bad || a->action != ARGS_RUN)
		return bad;
	a->config = w.config;
	bad = load_config(o, w.config, why);
	options_next_source(o);
	w.o = o;
	if (!bad)
		bad = walk_all(&w, argc, argv, why);
	if (!bad)
		bad = options_settle(o, why);
	if (!bad && optind < argc && strcmp(argv[optind], "env") == 0)
		a->action = ARGS_ENV;
	if (!bad)
		bad = check_words(&w, argc - optind, argv + optind, why);
	return bad;
}
