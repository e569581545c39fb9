/* SPDX-License-Identifier: MIT
 * Texts as mdoc. */
#include "tests/lint/mdoc.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void
mdoc_put_char(char c)
{
	if (c == '\\')
		fputs("\\e", stdout);
	else if (c == '"')
		fputs("\\(dq", stdout);
	else
		putchar(c);
}

void
mdoc_put_text(const char *text)
{
	enum { WIDTH = 72 };
	int column = 0;

	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++, column++) {
		bool ends = text[0] == '.' && text[1] == ' ';
		if (ends || (*text == ' ' && column + (int)strcspn(text + 1, " ") > WIDTH && text[1] != '.')) {
			fputs(ends ? ".\n" : "\n", stdout);
			text += ends;
			column = -1;
			continue;
		}
		mdoc_put_char(*text);
	}
}

void
mdoc_put_words(const char *words)
{
	for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
		fputs(" \\&", stdout);
		for (; *words && *words != ' '; words++)
			mdoc_put_char(*words);
	}
}
