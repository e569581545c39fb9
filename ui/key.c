/* SPDX-License-Identifier: MIT
 * Names of keys, as the help shows them. */
#include "ui/key.h"

#include <stdio.h>

static const struct key_row {
	int key;
	const char *name;
} key_rows[] = {
	{KEYC_TAB, "Tab"},   {KEYC_ENTER, "Enter"}, {KEYC_ESC, "Esc"},   {KEYC_BACKSPACE, "Bksp"},
	{KEYC_UP, "Up"},     {KEYC_DOWN, "Dn"},     {KEYC_LEFT, "Left"}, {KEYC_RIGHT, "Right"},
	{KEYC_HOME, "Home"}, {KEYC_END, "End"},     {KEYC_PGUP, "PgUp"}, {KEYC_PGDN, "PgDn"},
	{' ', "Space"},      {KEYC_F1, "F1"},       {KEYC_F3, "F3"},     {KEYC_F4, "F4"},
	{KEYC_F6, "F6"}, {KEYC_F9, "F9"},     {KEYC_F10, "F10"},     {KEYC_BACKTAB, "S-Tab"}, {KEYC_DELETE, "Del"},
};

void
keyc_name(int key, char *out, size_t size_bytes)
{
	for (size_t i = 0; i < sizeof key_rows / sizeof key_rows[0]; i++) {
		if (key_rows[i].key == key) {
			snprintf(out, size_bytes, "%s", key_rows[i].name);
			return;
		}
	}
	if (key > 0 && key < 32)
		snprintf(out, size_bytes, "^%c", key + 64);
	else if (key < 127)
		snprintf(out, size_bytes, "%c", key);
	else
		snprintf(out, size_bytes, "?");
}

int
keyc_find(struct span name)
{
	for (size_t i = 0; i < sizeof key_rows / sizeof key_rows[0]; i++)
		if (span_ieq(span_str(key_rows[i].name), name))
			return key_rows[i].key;
	if (name.n == 2 && name.p[0] == '^')
		return KEY_CTRL_OF(name.p[1]);
	return name.n == 1 ? (unsigned char)name.p[0] : KEYC_NONE;
}
