/* SPDX-License-Identifier: MIT
 * Names of keys, as the help shows them. */
#include "ui/key.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/escape.h"

static const struct key_row {
	int key;
	const char *name;
} key_rows[] = {
	{KEYC_TAB, "Tab"},   {KEYC_ENTER, "Enter"}, {KEYC_ESC, "Esc"},   {KEYC_BACKSPACE, "Bksp"},
	{KEYC_UP, "Up"},     {KEYC_DOWN, "Dn"},     {KEYC_LEFT, "Left"}, {KEYC_RIGHT, "Right"},
	{KEYC_HOME, "Home"}, {KEYC_END, "End"},     {KEYC_PGUP, "PgUp"}, {KEYC_PGDN, "PgDn"},
	{' ', "Space"},      {KEYC_F1, "F1"},       {KEYC_F3, "F3"},     {KEYC_F4, "F4"},
	{KEYC_F6, "F6"},     {KEYC_F9, "F9"},       {KEYC_F10, "F10"},   {KEYC_BACKTAB, "S-Tab"},
	{KEYC_DELETE, "Del"}, {KEYC_F2, "F2"},       {KEYC_F5, "F5"},
	/* other names of the same */
	{KEYC_DOWN, "Down"}, {KEYC_PGUP, "PageUp"}, {KEYC_PGDN, "PageDown"}, {KEYC_ESC, "Escape"},
	{KEYC_DELETE, "Delete"}, {KEYC_BACKSPACE, "Backspace"}, {KEYC_BACKTAB, "BackTab"}, {KEYC_ENTER, "Return"},
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
	else if (key > 0 && key < 127)
		snprintf(out, size_bytes, "%c", key);
	else if (key > 0 && key < KEYC_UP)
		snprintf(out, size_bytes, "U+%04X", (unsigned)key);
	else
		snprintf(out, size_bytes, "?");
}

int
keyc_parse(const char *name, size_t n)
{
	unsigned cp;

	for (size_t i = 0; i < sizeof key_rows / sizeof key_rows[0]; i++)
		if (strlen(key_rows[i].name) == n && strncasecmp(key_rows[i].name, name, n) == 0)
			return key_rows[i].key;
	bool control = (n == 2 && name[0] == '^') || (n == 3 && strncasecmp(name, "C-", 2) == 0);
	if (control && (name[n - 1] | 0x20) >= 'a' && (name[n - 1] | 0x20) <= 'z')
		return KEY_CTRL_OF(name[n - 1]);
	bool one = n && escape_utf8_decode(name, n, &cp) == n && cp > ' ' && escape_width(cp) > 0;
	return one ? (int)cp : KEYC_NONE;
}
