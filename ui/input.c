/* SPDX-License-Identifier: MIT
 * Reading keys through a pad of one cell, because reading through the screen's window would refresh
 * it. */
#include "ui/input.h"

#include <curses.h>

static const struct input_row {
	int curses, key;
} input_rows[] = {
	{KEY_UP, KEYC_UP},         {KEY_DOWN, KEYC_DOWN},   {KEY_LEFT, KEYC_LEFT},
	{KEY_RIGHT, KEYC_RIGHT},   {KEY_HOME, KEYC_HOME},   {KEY_END, KEYC_END},
	{KEY_FIND, KEYC_HOME},     {KEY_SELECT, KEYC_END},  {KEY_PPAGE, KEYC_PGUP},
	{KEY_NPAGE, KEYC_PGDN},    {KEY_ENTER, KEYC_ENTER}, {KEY_BACKSPACE, KEYC_BACKSPACE},
	{KEY_BTAB, KEYC_BACKTAB},  {KEY_F(1), KEYC_F1},     {KEY_F(10), KEYC_F10},
};

static int
input_function_key(wint_t c)
{
	for (size_t i = 0; i < sizeof input_rows / sizeof input_rows[0]; i++)
		if (input_rows[i].curses == (int)c)
			return input_rows[i].key;
	return KEYC_OTHER;
}

int
input_next(void)
{
	WINDOW *pad = newpad(1, 1);
	wint_t c = 0;

	if (!pad)
		return KEYC_NONE;
	keypad(pad, TRUE);
	/* Terminals disagree about Home and End, and TERM does not always tell the truth. */
	define_key("\033[1~", KEY_HOME);
	define_key("\033[4~", KEY_END);
	define_key("\033[H", KEY_HOME);
	define_key("\033[F", KEY_END);
	nodelay(pad, TRUE);
	int rc = wget_wch(pad, &c);
	delwin(pad);
	if (rc == ERR)
		return KEYC_NONE;
	if (rc == KEY_CODE_YES)
		return input_function_key(c);
	if (c == '\n')
		return KEYC_ENTER;
	if (c == '\b')
		return KEYC_BACKSPACE;
	return c ? (int)c : KEYC_OTHER;
}
