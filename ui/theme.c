/* SPDX-License-Identifier: MIT
 * The themes. A role has a hue and attributes, a theme says what colour a hue is. Colour only
 * repeats what a letter or a word says, so themes change nothing but attributes. */
#include "ui/theme.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

enum hue { HUE_TEXT = 0, HUE_ACCENT, HUE_GOOD, HUE_BAD, HUE_WARN, HUE_LINE, HUE_COUNT };

static const struct theme_row {
	enum hue hue;
	attr_t attr, mono; /* with colours, without */
} theme_rows[ROLE_COUNT] = {
	[ROLE_TEXT] = {.hue = HUE_TEXT},
	[ROLE_LABEL] = {.hue = HUE_ACCENT},
	[ROLE_FIGURE] = {.hue = HUE_TEXT, .attr = A_BOLD, .mono = A_BOLD},
	[ROLE_GRAPH] = {.hue = HUE_GOOD},
	[ROLE_HEADING] = {.hue = HUE_TEXT, .attr = A_REVERSE, .mono = A_REVERSE},
	[ROLE_SELECTED] = {.hue = HUE_TEXT, .attr = A_REVERSE, .mono = A_REVERSE},
	[ROLE_STATUS] = {.hue = HUE_TEXT, .attr = A_BOLD, .mono = A_BOLD},
	[ROLE_KEY] = {.hue = HUE_ACCENT, .attr = A_BOLD, .mono = A_BOLD},
	[ROLE_KEY_TEXT] = {.hue = HUE_TEXT},
	[ROLE_ESCAPE] = {.hue = HUE_TEXT, .attr = A_DIM, .mono = A_UNDERLINE},
	[ROLE_RULE] = {.hue = HUE_LINE},
	[ROLE_TAB] = {.hue = HUE_TEXT, .attr = A_BOLD | A_REVERSE, .mono = A_BOLD | A_REVERSE},
	[ROLE_NAME] = {.hue = HUE_ACCENT},
	[ROLE_NOTE] = {.hue = HUE_WARN},
	[ROLE_GOOD] = {.hue = HUE_GOOD},
	[ROLE_BAD] = {.hue = HUE_BAD, .attr = A_BOLD, .mono = A_BOLD},
	[ROLE_TOAST] = {.hue = HUE_WARN, .attr = A_BOLD, .mono = A_BOLD},
	[ROLE_QUESTION] = {.hue = HUE_WARN, .attr = A_REVERSE, .mono = A_REVERSE},
	[ROLE_BUSY] = {.hue = HUE_WARN},
	[ROLE_STREAM] = {.hue = HUE_ACCENT},
	[ROLE_SORTED] = {.hue = HUE_ACCENT, .attr = A_BOLD, .mono = A_BOLD},
};

enum { OWN = -1, RICH_FROM = 256 };

/* A colour of the first eight, a better one where the terminal has 256 (OWN: none), attributes added
 * to the role's. */
struct theme_hue {
	short plain, rich;
	attr_t attr;
};

static const struct theme {
	const char *name;
	short ground; /* OWN: the terminal's */
	struct theme_hue hue[HUE_COUNT];
} themes[] = {
	{.name = "dark",
	    .ground = OWN,
	    .hue = {[HUE_TEXT] = {OWN, OWN, 0},
		[HUE_ACCENT] = {COLOR_CYAN, OWN, 0},
		[HUE_GOOD] = {COLOR_GREEN, OWN, 0},
		[HUE_BAD] = {COLOR_RED, OWN, 0},
		[HUE_WARN] = {COLOR_YELLOW, OWN, 0},
		[HUE_LINE] = {COLOR_BLUE, OWN, 0}}},
	/* Yellow and cyan cannot be read on white. */
	{.name = "light",
	    .ground = OWN,
	    .hue = {[HUE_TEXT] = {OWN, OWN, 0},
		[HUE_ACCENT] = {COLOR_BLUE, 25, 0},
		[HUE_GOOD] = {COLOR_GREEN, 28, 0},
		[HUE_BAD] = {COLOR_RED, 160, 0},
		[HUE_WARN] = {COLOR_MAGENTA, 130, 0},
		[HUE_LINE] = {COLOR_BLUE, 67, 0}}},
	{.name = "high",
	    .ground = COLOR_BLACK,
	    .hue = {[HUE_TEXT] = {COLOR_WHITE, 15, 0},
		[HUE_ACCENT] = {COLOR_CYAN, 14, A_BOLD},
		[HUE_GOOD] = {COLOR_GREEN, 10, A_BOLD},
		[HUE_BAD] = {COLOR_RED, 203, A_BOLD},
		[HUE_WARN] = {COLOR_YELLOW, 11, A_BOLD},
		[HUE_LINE] = {COLOR_WHITE, 15, 0}}},
	/* No red beside green: blue is good, orange is bad, and nothing is between them. */
	{.name = "deuter",
	    .ground = OWN,
	    .hue = {[HUE_TEXT] = {OWN, OWN, 0},
		[HUE_ACCENT] = {COLOR_CYAN, 80, 0},
		[HUE_GOOD] = {COLOR_BLUE, 75, 0},
		[HUE_BAD] = {COLOR_YELLOW, 208, A_UNDERLINE},
		[HUE_WARN] = {COLOR_YELLOW, 228, 0},
		[HUE_LINE] = {COLOR_BLUE, 67, 0}}},
	{.name = "mono", .ground = OWN},
	/* For terminals whose palette is their user's: the bright eight, which bold makes of the first. */
	{.name = "16",
	    .ground = OWN,
	    .hue = {[HUE_TEXT] = {OWN, OWN, 0},
		[HUE_ACCENT] = {COLOR_CYAN, OWN, A_BOLD},
		[HUE_GOOD] = {COLOR_GREEN, OWN, A_BOLD},
		[HUE_BAD] = {COLOR_RED, OWN, A_BOLD},
		[HUE_WARN] = {COLOR_YELLOW, OWN, A_BOLD},
		[HUE_LINE] = {COLOR_BLUE, OWN, A_BOLD}}},
};

enum { THEMES = sizeof themes / sizeof themes[0] };

static const struct theme *theme_now = &themes[0];
static const char *theme_without = "the screen has not started";

static bool
theme_has_colours(const struct theme *t)
{
	return strcmp(t->name, "mono") != 0;
}

static short
theme_colour(enum hue h)
{
	const struct theme_hue *c = &theme_now->hue[h];

	return c->rich != OWN && COLORS >= RICH_FROM ? c->rich : c->plain;
}

static void
theme_apply(void)
{
	if (theme_without)
		return;
	for (short r = 0; r < ROLE_COUNT && theme_has_colours(theme_now); r++)
		init_pair((short)(r + 1), theme_colour(theme_rows[r].hue), theme_now->ground);
	wbkgdset(stdscr, ' ' | (chtype)theme_attr(ROLE_TEXT));
}

void
theme_start(bool colour)
{
	theme_without = !colour ? "NO_COLOR is set"
	    : !has_colors() ? "this terminal has no colours"
			    : NULL;
	if (theme_without)
		return;
	start_color();
	use_default_colors();
	theme_apply();
}

bool
theme_set(const char *name)
{
	for (unsigned i = 0; i < THEMES; i++) {
		if (strcmp(themes[i].name, name) != 0)
			continue;
		theme_now = &themes[i];
		theme_apply();
		return true;
	}
	return false;
}

const char *
theme_name(void)
{
	return theme_now->name;
}

const char *
theme_name_at(unsigned i)
{
	return i < THEMES ? themes[i].name : NULL;
}

bool
theme_refused(void)
{
	const char *no_color = getenv("NO_COLOR");

	return no_color && *no_color;
}

const char *
theme_no_colour(void)
{
	return theme_without;
}

bool
theme_is_mono(void)
{
	return theme_without || !theme_has_colours(theme_now);
}

unsigned
theme_attr(enum role r)
{
	const struct theme_row *row = &theme_rows[r];
	const struct theme_hue *hue = &theme_now->hue[row->hue];

	if (theme_is_mono())
		return (unsigned)row->mono;
	bool own = theme_colour(row->hue) == OWN && theme_now->ground == OWN;
	return (unsigned)(row->attr | hue->attr | (own ? 0 : (attr_t)COLOR_PAIR(r + 1)));
}
