/* SPDX-License-Identifier: MIT
 * A choice from a short list, in a box over the view: the sort menu and its like. */
#ifndef UI_MENU_H
#define UI_MENU_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/cell.h"

struct app;

enum { MENU_ROWS_MAX = 32 };

struct menu_row {
	char key;          /* picks it at once; 0: none */
	const char *name;  /* "SIZE"; words of our own, static */
	const char *what;  /* "response bytes"; static */
};

struct menu {
	bool active;
	const char *title;
	struct menu_row row[MENU_ROWS_MAX];
	unsigned nrows, selected, top;
	void (*picked)(struct app *app, unsigned row); /* not called when given up */
	struct area rows;  /* where they were drawn */
};

/* rows are copied. */
void menu_open(struct menu *m, const char *title, const struct menu_row *rows, unsigned nrows, unsigned selected,
    void (*picked)(struct app *, unsigned));
/* Up, Down, j, k, Home, End, Enter, the row's key; Esc, q and ^C give up. */
void menu_key(struct menu *m, struct app *app, int key);
/* A click on a row picks it, elsewhere it gives up. */
void menu_click(struct menu *m, struct app *app, int y, int x);
/* In a box over the area; at any size something of it is seen, the selected row always. */
void menu_draw(struct menu *m, struct app *app, const struct area *a);

#endif
