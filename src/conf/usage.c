/* SPDX-License-Identifier: MIT
 * Help texts from the option table. */
#include "conf/usage.h"

#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "conf/option.h"

enum { HELP_COLUMN = 26, HELP_WIDTH = 79 };

/* Options that are no rows of the table because they set nothing. */
static const struct option_row fixed_rows[] = {
    {"set", 'o', "NAME=VALUE", OPTION_STRING, "", 0, 0, "set the option NAME; repeatable"},
    {"config", 0, "FILE", OPTION_STRING, "", 0, 0,
	"read this instead of the default config file"},
    {"version", 'V', NULL, OPTION_BOOL, "no", 0, 0, "print the versions and exit"},
    {"help", 'h', NULL, OPTION_BOOL, "no", 0, 0, "print this text and exit"},
};

enum { FIXED_ROWS = sizeof fixed_rows / sizeof *fixed_rows };

const struct option_row *
usage_fixed(unsigned i)
{
	return i < FIXED_ROWS ? &fixed_rows[i] : NULL;
}

static const char head[] =
    "Usage: mitmtop [OPTION]... [EXPR]...\n"
    "       mitmtop env [OPTION]...\n"
    "\n"
    "Top for the traffic of this machine: a proxy that intercepts HTTP(S) and shows\n"
    "every request as it passes. EXPR is as for --filter. Point programs to it with\n"
    "  eval \"$(mitmtop env)\"\n";

static const char tail[] =
    "\n"
    "Every option can be set on the command line, by -o NAME=VALUE and by a line\n"
    "'set NAME VALUE' in the config file. A SIZE takes k, M, G or T; a TIME takes\n"
    "ms, s, m or h and is in seconds without.\n"
    "\n"
    "Sub-command:\n"
    "  env                     print shell commands that send the programs started\n"
    "                          from this shell through mitmtop and have them trust\n"
    "                          its certificates\n"
    "\n"
    "Examples:\n"
    "  mitmtop                          console, proxy on 127.0.0.1:8080\n"
    "  mitmtop -p 3128 example.org      another port, one site only\n"
    "  mitmtop -n 'code >= 400'         no console, a line for each that failed\n"
    "  mitmtop -n --json > flows.jsonl  no console, a JSON object for each flow\n"
    "  mitmtop -b 3 -d 10               no console, the header's figures three times\n"
    "  mitmtop -w day.mitmtop           keep all flows; -r day.mitmtop shows them\n"
    "\n"
    "Exit status: 0 after a normal end (with --strict 128 and the number of the\n"
    "signal that ended it), 1 when it fails while running, 2 when it cannot start:\n"
    "a mistake in the command line or config file, a port in use.\n";

/* Limits and times have neither letter nor placeholder: they get a section of their own. */
static bool
is_limit(const struct option_row *row)
{
	return !row->letter && !row->arg && row->type != OPTION_BOOL;
}

enum { USAGE_MAIN, USAGE_CONSOLE, USAGE_LIMITS };

/* The console's own options stand together in the table. */
static int
usage_group(int id)
{
	if (is_limit(&option_rows[id]))
		return USAGE_LIMITS;
	return id >= OPT_DELAY && id <= OPT_KEEP ? USAGE_CONSOLE : USAGE_MAIN;
}

static const char *
row_arg(const struct option_row *row)
{
	if (row->arg || !is_limit(row))
		return row->arg;
	if (row->type == OPTION_SIZE)
		return "SIZE";
	return row->type == OPTION_DURATION ? "TIME" : "N";
}

static bool
tells_default(const struct option_row *row)
{
	return row_arg(row) && *row->dflt;
}

/* The word after a blank, or on a new line where it does not fit. Returns the column reached. */
static int
put_word(FILE *out, const char *word, int n, int column)
{
	if (column > HELP_COLUMN && column + 1 + n > HELP_WIDTH) {
		fprintf(out, "\n%*s", HELP_COLUMN, "");
		column = HELP_COLUMN;
	}
	return column + fprintf(out, "%s%.*s", column > HELP_COLUMN ? " " : "", n, word);
}

static void
print_row(FILE *out, const struct option_row *row)
{
	const char *arg = row_arg(row);
	char dflt[80];
	int column;

	if (row->letter)
		column = fprintf(out, "  -%c, --%s", row->letter, row->name);
	else
		column = fprintf(out, "      --%s", row->name);
	if (arg)
		column += fprintf(out, " %s", arg);
	if (column + 2 > HELP_COLUMN) {
		fputc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - column, "");
	column = HELP_COLUMN;
	for (const char *p = row->help; *p; p += strspn(p, " ")) {
		int n = (int)strcspn(p, " ");
		column = put_word(out, p, n, column);
		p += n;
	}
	if (tells_default(row))
		put_word(out, dflt, snprintf(dflt, sizeof dflt, "(default %s)", row->dflt), column);
	fputc('\n', out);
}

static void
print_group(FILE *out, int group)
{
	for (int i = 0; i < OPT_COUNT; i++)
		if (usage_group(i) == group)
			print_row(out, &option_rows[i]);
}

void
usage_print(FILE *out)
{
	fputs(head, out);
	fputs("\nOptions:\n", out);
	print_group(out, USAGE_MAIN);
	for (int i = 0; i < FIXED_ROWS; i++)
		print_row(out, &fixed_rows[i]);
	fputs("\nConsole:\n", out);
	print_group(out, USAGE_CONSOLE);
	fputs("\nLimits and times:\n", out);
	print_group(out, USAGE_LIMITS);
	fputs(tail, out);
}

void
usage_version(FILE *out, const char *const *lines, unsigned n)
{
	fputs("mitmtop " PACKAGE_VERSION "\n", out);
	for (unsigned i = 0; i < n; i++)
		fprintf(out, "%s\n", lines[i]);
}

/* A line of roff text: nothing in it may be taken for a request or an escape. */
static void
mdoc_text(FILE *out, const char *text)
{
	enum { WIDTH = 72 };
	int column = 0;

	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text; text++, column++) {
		/* A word that would pass the width begins a line, which means the same to mdoc. */
		if (*text == ' ' && column + 1 + (int)strcspn(text + 1, " ") > WIDTH && text[1] != '.') {
			fputc('\n', out);
			column = -1;
			continue;
		}
		fputs(*text == '\\' ? "\\e" : (char[2]){*text, '\0'}, out);
	}
}

static void
mdoc_row(FILE *out, const struct option_row *row)
{
	const char *arg = row_arg(row);
	char lo[32], hi[32];

	fputs(".It", out);
	if (row->letter)
		fprintf(out, " Fl %c ,", row->letter);
	fprintf(out, " Fl -%s", row->name);
	if (arg)
		fprintf(out, " Ar %s", arg);
	fputc('\n', out);
	mdoc_text(out, row->help);
	fputs(".\n", out);
	if (row->max > 1 && row->type != OPTION_BOOL) {
		option_number_text(row->type, row->min, lo, sizeof lo);
		option_number_text(row->type, row->max, hi, sizeof hi);
		fprintf(out, "From %s to %s", lo, hi);
		if (tells_default(row))
			fprintf(out, "; the default is %s", row->dflt);
		fputs(".\n", out);
	} else if (tells_default(row)) {
		fprintf(out, "The default is %s.\n", row->dflt);
	}
}

static void
mdoc_group(FILE *out, int group)
{
	for (int i = 0; i < OPT_COUNT; i++)
		if (usage_group(i) == group)
			mdoc_row(out, &option_rows[i]);
}

void
usage_mdoc(FILE *out)
{
	fputs(".Bl -tag -width Ds\n", out);
	mdoc_group(out, USAGE_MAIN);
	for (int i = 0; i < FIXED_ROWS; i++)
		mdoc_row(out, &fixed_rows[i]);
	fputs(".El\n.Ss Console\n.Bl -tag -width Ds\n", out);
	mdoc_group(out, USAGE_CONSOLE);
	fputs(".El\n.Ss Limits and times\n.Bl -tag -width Ds\n", out);
	mdoc_group(out, USAGE_LIMITS);
	fputs(".El\n", out);
}
