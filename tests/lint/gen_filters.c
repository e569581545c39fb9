/* SPDX-License-Identifier: MIT
 * Prints the tables of mitmtop-filters(7): fields by type, the ~ operators, the limits. */
#include <stdio.h>
#include <string.h>

#include "match/match.h"
#include "tests/lint/mdoc.h"

static const struct {
	enum match_type type;
	const char *name, *values;
} types[] = {
    {MATCH_T_TEXT, "Texts", "A word or a quoted text."},
    {MATCH_T_STATUS, "Status codes", "A number, a class of them such as 5xx, or a range such as 200..299."},
    {MATCH_T_NUMBER, "Numbers", "A number or a range such as 0..1023."},
    {MATCH_T_SIZE, "Sizes", "Bytes, with k, M or G (powers of 1024) after the number, which may have a decimal point."},
    {MATCH_T_TIME, "Times", "A number with its unit: us, ms, s, m, h or d; it may have a decimal point."},
    {MATCH_T_DATE, "Dates", "A time from now, as for times; negative for the past."},
    {MATCH_T_VERSION, "Versions", "Such as 1.2; texts that are ordered."},
    {MATCH_T_FLAG, "Flags", "They stand alone."},
    {MATCH_T_HEADER, "Header fields", "A word or a quoted text. Alone: the message has such a field. Where a message has "
	"several of the name, one that fits is enough."},
    {MATCH_T_BODY, "Bodies", "A word or a quoted text. In a pattern a dot matches the end of a line too. Of a WebSocket that has ended, what its text and binary messages said, a line each; to a breakpoint rule about messages, the message."},
};

static void
put_field(const struct match_field_info *f)
{
	printf(".It Ic %s", f->name);
	puts(f->type == MATCH_T_HEADER ? " Ns Bo Ar NAME Bc" : "");
	mdoc_put_text(f->what);
	/* Some phrases name the values themselves. */
	for (unsigned i = 0; f->values && f->values[i] && !strstr(f->what, f->values[0]); i++)
		printf("%s%s", i ? ", " : ":\n", f->values[i]);
	puts(".");
}

static void
put_fields(void)
{
	for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
		printf(".Ss %s\n", types[t].name);
		mdoc_put_text(types[t].values);
		putchar('\n');
		if (*match_type_operators(types[t].type))
			printf("Operators:\n.Ic %s\n", match_type_operators(types[t].type));
		puts(".Bl -tag -width cert.expires");
		for (unsigned i = 0; i < MATCH_FIELD_COUNT; i++)
			if (match_fields[i].type == types[t].type)
				put_field(&match_fields[i]);
		puts(".El");
	}
}

static void
put_tildes(void)
{
	puts(".Bl -tag -width \"~websocket\"");
	for (unsigned i = 0; i < match_tildes_count; i++) {
		printf(".It Ic %s", match_tildes[i].name);
		puts(*match_tildes[i].value ? strcmp(match_tildes[i].value, "REGEX") == 0 ? " Ar REGEX" : " Ar NUMBER" : "");
		mdoc_put_text(match_tildes[i].what);
		puts(".");
	}
	puts(".El");
}

static void
put_limits(void)
{
	printf("An expression has at most %d bytes, %d terms and %d parentheses and\nnots inside each other.\n", MATCH_TEXT_MAX,
	    MATCH_TERMS_MAX, MATCH_DEPTH_MAX);
	printf("A pattern may take %d steps from one place of a text, and %d KiB\nof memory.\n", MATCH_REGEX_STEPS_MAX,
	    MATCH_REGEX_HEAP_KB);
}

int
main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "fields") == 0)
		put_fields();
	else if (strcmp(part, "tildes") == 0)
		put_tildes();
	else if (strcmp(part, "limits") == 0)
		put_limits();
	else
		return 2;
	return 0;
}
