/* SPDX-License-Identifier: MIT
 * The glyph sets. */
#include "ui/glyph.h"

#include <string.h>

const struct glyphs glyphs_ascii = {
	.name = "ascii",
	.hline = "-",
	.vline = "|",
	.corner = {"+", "+", "+", "+"},
	.cut = "+",
	.in = "<-",
	.out = "->",
	.sorted = "v",
	.falling = "^",
	.selected = ">",
	.bar = "|",
	.open = "-",
	.folded = "+",
	.level = {"_", ".", "-", "=", "+", "*", "#", "%"},
};

const struct glyphs glyphs_box = {
	.name = "box",
	.hline = "─",
	.vline = "│",
	.corner = {"┌", "┐", "└", "┘"},
	.cut = "…",
	.in = "←",
	.out = "→",
	.sorted = "▼",
	.falling = "▲",
	.selected = "▸",
	.bar = "█",
	.open = "▾",
	.folded = "▸",
	.level = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
};

const struct glyphs *
glyphs_pick(bool utf8, const char *term)
{
	static const char *const plain[] = {"vt100", "vt102", "vt220", "linux", "ansi", "dumb"};

	for (unsigned i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (strcmp(term, plain[i]) == 0)
			return &glyphs_ascii;
	return utf8 ? &glyphs_box : &glyphs_ascii;
}
