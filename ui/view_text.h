/* SPDX-License-Identifier: MIT
 * A view in which a text is edited in place. */
#ifndef UI_VIEW_TEXT_H
#define UI_VIEW_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct app;
struct view;

/* Told what became of the text, before the view closes; called only when it was changed and not given up. */
struct view_text_done {
	/* May be NULL. False, after a toast, when the text cannot be taken: it stays, with the cursor at byte *at. */
	bool (*check)(struct app *app, struct span text, size_t *at);
	void (*done)(struct app *app, void *arg, struct span text);
	void *arg;
};

/* text is copied, at most EDITOR_MAX_BYTES of it. */
struct view *view_text_new(const char *title, struct span text, const struct view_text_done *done);

#endif
