/* SPDX-License-Identifier: MIT
 * Keys as numbers: code points for characters, values above them for the rest. */
#ifndef UI_KEY_H
#define UI_KEY_H

#include <stddef.h>

#include "base/span.h"

#define KEY_CTRL_OF(c) ((c) & 0x1f)

enum key_code {
	KEYC_NONE = 0,
	KEYC_TAB = 9,
	KEYC_ENTER = 13,
	KEYC_ESC = 27,
	KEYC_BACKSPACE = 127,
	KEYC_UP = 0x200000,
	KEYC_DOWN,
	KEYC_LEFT,
	KEYC_RIGHT,
	KEYC_HOME,
	KEYC_END,
	KEYC_PGUP,
	KEYC_PGDN,
	KEYC_BACKTAB,
	KEYC_DELETE,
	KEYC_F1,
	KEYC_F2,
	KEYC_F3,
	KEYC_F4,
	KEYC_F5,
	KEYC_F6,
	KEYC_F9,
	KEYC_F10,
	KEYC_MOUSE, /* input.h: the mouse did something */
	KEYC_OTHER, /* a key without a meaning here */
	KEYC_LAST = KEYC_OTHER
};

/* "j", "^F", "PgDn", "U+00E9"; always terminated. */
void keyc_name(int key, char *out, size_t size_bytes);

/* The key of that name: what keyc_name says, other usual names (Down, PageUp, C-x), or one character. KEYC_NONE: there
 * is none. */
int keyc_parse(const char *name, size_t n);

#endif
