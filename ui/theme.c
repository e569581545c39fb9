/* SPDX-License-Identifier: MIT
 * The theme: one row per role. Colour only repeats what a letter or a word says. */
#include "ui/theme.h"

#include <curses.h>

static const struct theme_row {
	short colour;          /* -1: the terminal's own */
	attr_t attr, mono;     /* with colours, without */
} theme_rows[ROLE_COUNT] = {
	[ROLE_TEXT] = {.colour = -1},
	[ROLE_LABEL] = {.colour = COLOR_CYAN},
	[ROLE_FIGURE] = {.colour = -1, .attr = A_BOLD, .mono = A_BOLD},
	[ROLE_GRAPH] = {.colour = COLOR_GREEN},
	[ROLE_HEADING] = {.colour = -1, .attr = A_REVERSE, .mono = A_REVERSE},
	[ROLE_SELECTED] = {.colour = -1, .attr = A_REVERSE, .mono = A_REVERSE},
	[ROLE_STATUS] = {.colour = -1, .attr = A_BOLD, .mono = A_BOLD},
	[ROLE_KEY] = {.colour = COLOR_CYAN, .attr = A_BOLD, .mono = A_BOLD},
	[ROLE_KEY_TEXT] = {.colour = -1},
	[ROLE_ESCAPE] = {.colour = -1, .attr = A_DIM, .mono = A_UNDERLINE},
	[ROLE_RULE] = {.colour = COLOR_BLUE},
	[ROLE_TAB] = {.colour = -1, .attr = A_BOLD | A_REVERSE, .mono = A_BOLD | A_REVERSE},
	[ROLE_NAME] = {.colour = COLOR_CYAN},
	[ROLE_NOTE] = {.colour = COLOR_YELLOW},
	[ROLE_GOOD] = {.colour = COLOR_GREEN},
	[ROLE_BAD] = {.colour = COLOR_RED, .attr = A_BOLD, .mono = A_BOLD},
	[ROLE_TOAST] = {.colour = COLOR_YELLOW, .attr = A_BOLD, .mono = A_BOLD},
	[ROLE_QUESTION] = {.colour = COLOR_YELLOW, .attr = A_REVERSE, .mono = A_REVERSE},
	[ROLE_BUSY] = {.colour = COLOR_YELLOW},
	[ROLE_STREAM] = {.colour = COLOR_CYAN},
};

static bool theme_mono = true;

void
theme_start(bool colour)
{
	theme_mono = !colour || !has_colors();
	if (theme_mono)
		return;
	start_color();
	use_default_colors();
	for (short i = 0; i < ROLE_COUNT; i++)
		if (theme_rows[i].colour >= 0)
			init_pair((short)(i + 1), theme_rows[i].colour, -1);
}

unsigned
theme_attr(enum role r)
{
	const struct theme_row *row = &theme_rows[r];

	if (theme_mono)
		return (unsigned)row->mono;
	return (unsigned)(row->attr | (row->colour >= 0 ? (attr_t)COLOR_PAIR(r + 1) : 0));
}

bool
theme_is_mono(void)
{
	return theme_mono;
}
