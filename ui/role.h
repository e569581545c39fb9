/* SPDX-License-Identifier: MIT
 * What a piece of the screen means; the theme says how it looks. */
#ifndef UI_ROLE_H
#define UI_ROLE_H

enum role {
	ROLE_TEXT = 0,
	ROLE_LABEL,      /* "Flows:" in the header */
	ROLE_FIGURE,     /* numbers of the header */
	ROLE_GRAPH,      /* sparklines */
	ROLE_HEADING,    /* column titles */
	ROLE_SELECTED,   /* the selected row */
	ROLE_STATUS,     /* status line */
	ROLE_KEY,        /* key in the key bar and the help */
	ROLE_KEY_TEXT,   /* what the key does */
	ROLE_ESCAPE,     /* a byte shown as an escape */
	ROLE_RULE,       /* horizontal rules */
	ROLE_TAB,        /* tab that is open */
	ROLE_NAME,       /* field name */
	ROLE_NOTE,       /* our words about the data */
	ROLE_GOOD,
	ROLE_BAD,
	ROLE_TOAST,
	ROLE_QUESTION,
	ROLE_BUSY,       /* state letters: R W B */
	ROLE_STREAM,     /* S */
	ROLE_SORTED,     /* the column that the list is sorted by, when it stands out */
	ROLE_COUNT
};

#endif
