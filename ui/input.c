/* SPDX-License-Identifier: MIT
 * Reading keys through a pad of one cell, because reading through the screen's window would refresh
 * it. */
#include "ui/input.h"

#include <curses.h>
#include <errno.h>

static const struct input_row {
	int curses, key;
} input_rows[] = {
	{KEY_UP, KEYC_UP},         {KEY_DOWN, KEYC_DOWN},   {KEY_LEFT, KEYC_LEFT},
	{KEY_RIGHT, KEYC_RIGHT},   {KEY_HOME, KEYC_HOME},   {KEY_END, KEYC_END},
	{KEY_FIND, KEYC_HOME},     {KEY_SELECT, KEYC_END},  {KEY_PPAGE, KEYC_PGUP},
	{KEY_NPAGE, KEYC_PGDN},    {KEY_ENTER, KEYC_ENTER}, {KEY_BACKSPACE, KEYC_BACKSPACE},
	{KEY_BTAB, KEYC_BACKTAB},  {KEY_DC, KEYC_DELETE},   {KEY_F(1), KEYC_F1},
	{KEY_F(2), KEYC_F2},
	{KEY_F(3), KEYC_F3},       {KEY_F(4), KEYC_F4},     {KEY_F(5), KEYC_F5},     {KEY_F(6), KEYC_F6},
	{KEY_F(9), KEYC_F9},
	{KEY_F(10), KEYC_F10},
};

enum { INPUT_ESC = 27, INPUT_BEL = 7, INPUT_ST = 0x9c, INPUT_REST_MS = 25, INPUT_REPORT_MAX = 4096, INPUT_NUMBER_MAX = 10000 };

static int
input_function_key(wint_t c)
{
	for (size_t i = 0; i < sizeof input_rows / sizeof input_rows[0]; i++)
		if (input_rows[i].curses == (int)c)
			return input_rows[i].key;
	return KEYC_OTHER;
}

static WINDOW *
input_pad(void)
{
	WINDOW *pad = newpad(1, 1);

	if (!pad)
		return NULL;
	keypad(pad, TRUE);
	/* Terminals disagree about Home and End, and TERM does not always tell the truth. */
	define_key("\033[1~", KEY_HOME);
	define_key("\033[4~", KEY_END);
	define_key("\033[H", KEY_HOME);
	define_key("\033[F", KEY_END);
	define_key("\033[3~", KEY_DC);
	/* The terminal is asked for application keys when the first key is read: that one comes in the other form. */
	define_key("\033[A", KEY_UP);
	define_key("\033[B", KEY_DOWN);
	define_key("\033[C", KEY_RIGHT);
	define_key("\033[D", KEY_LEFT);
	/* Its reports are read below: as a key it would be the beginning of its report alone. */
	define_key(NULL, KEY_MOUSE);
	nodelay(pad, TRUE);
	return pad;
}

/* The rest of a sequence that began with ESC [ and c: up to its final byte. The oldest report of a mouse has
 * three more behind it. */
static void
input_skip_csi(WINDOW *pad, wint_t c)
{
	bool old = c == 'M';

	for (int n = 0; n < INPUT_REPORT_MAX && (c < 0x40 || c > 0x7e); n++)
		if (wget_wch(pad, &c) != OK)
			return;
	for (int i = 0; old && i < 3; i++)
		wget_wch(pad, &(wint_t){0});
}

/* A report of the mouse behind ESC [ <: three numbers, then M or m. Anything else is skipped. */
static struct mouse
input_mouse(WINDOW *pad)
{
	unsigned number[3] = {0}, i = 0;
	wint_t c = 0;
	int n = 0;

	while (n++ < INPUT_REPORT_MAX && wget_wch(pad, &c) == OK) {
		if (c >= '0' && c <= '9' && number[i] < INPUT_NUMBER_MAX)
			number[i] = number[i] * 10 + (c - '0');
		else if (c == ';' && i < 2)
			i++;
		else
			break;
	}
	if (i == 2 && (c == 'M' || c == 'm'))
		return mouse_report(number[0], number[1], number[2], c == 'M');
	while (n++ < INPUT_REPORT_MAX && (c < 0x40 || c > 0x7e) && wget_wch(pad, &c) == OK) {
		/* not a report: up to its final byte */
	}
	return (struct mouse){.what = MOUSE_NOTHING};
}

/* The rest of a string: up to BEL, ESC \ or ST. */
static void
input_skip_string(WINDOW *pad)
{
	wint_t c = 0, before;

	for (int i = 0; i < INPUT_REPORT_MAX; i++) {
		before = c;
		if (wget_wch(pad, &c) != OK || c == INPUT_BEL || c == INPUT_ST ||
		    (c == '\\' && before == INPUT_ESC))
			return;
	}
}

/* Behind an ESC that begins no known key: a report of the terminal, which somebody else may have asked
 * for, is no key, but what the mouse did is told. Returns true when one was there, and is gone. */
static bool
input_skip_report(WINDOW *pad, struct mouse *m)
{
	wint_t c = 0;

	if (wget_wch(pad, &c) != OK)
		return false;
	wtimeout(pad, INPUT_REST_MS);
	switch (c) {
	case '[':
		if (wget_wch(pad, &c) == OK && c == '<')
			*m = input_mouse(pad);
		else
			input_skip_csi(pad, c);
		return true;
	case 'O':
		wget_wch(pad, &c);
		return true;
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		input_skip_string(pad);
		return true;
	default:
		unget_wch((wchar_t)c);
		return false;
	}
}

int
input_next(bool *gone, struct mouse *m)
{
	WINDOW *pad = input_pad();
	wint_t c = 0;
	int rc, key;

	*gone = false;
	*m = (struct mouse){.what = MOUSE_NOTHING};
	if (!pad)
		return KEYC_NONE;
	do {
		nodelay(pad, TRUE);
		errno = 0;
		rc = wget_wch(pad, &c);
	} while (rc == OK && c == INPUT_ESC && input_skip_report(pad, m) && m->what == MOUSE_NOTHING);
	/* A program that its shell has left behind reads errors, without a hang-up. */
	*gone = rc == ERR && errno == EIO;
	if (m->what != MOUSE_NOTHING)
		key = KEYC_MOUSE;
	else if (rc == ERR)
		key = KEYC_NONE;
	else if (rc == KEY_CODE_YES)
		key = input_function_key(c);
	else if (c == '\n')
		key = KEYC_ENTER;
	else if (c == '\b')
		key = KEYC_BACKSPACE;
	else
		key = c ? (int)c : KEYC_OTHER;
	delwin(pad);
	return key;
}
