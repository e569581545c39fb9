/* SPDX-License-Identifier: MIT
 * The table of renderers: each makes lines of a body. */
#ifndef TEXT_TEXT_VIEW_H
#define TEXT_TEXT_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"
#include "text/text_lines.h"

/* What a renderer is told beside the bytes, and what it tells. */
struct text_view_env {
	struct span content_type; /* empty: not known */
	int width;		  /* columns of the screen; 0: not known */
	unsigned fold;		  /* levels of nesting that are shown; 0: all */
	bool partial;		  /* the body goes on: an early end is no error */
	unsigned nesting;	  /* bodies round this one (parts of parts) */
	struct errmsg why;	  /* the first thing not understood: where and why; else empty */
};

struct text_view {
	const char *name; /* "json" */
	bool utf8; /* wants text as UTF-8 without a byte order mark, else the bytes as they are */
	/* Whether the automatic choice takes it. */
	bool (*fits)(struct span content_type, struct span body);
	/* Adds the body as lines and stops early when t is full. Returns 0, or ERR_SYNTAX with
	 * env->why when the body, or a body inside it, is not what its renderer is for: then a note
	 * stands where understanding ended, and what follows is shown as text. */
	int (*render)(struct text_lines *t, struct span body, struct text_view_env *env);
};

/* All of them, in the order in which the automatic choice asks; the last two fit when the others do
 * not. */
extern const struct text_view text_views[];
extern const size_t text_view_count;

/* The automatic choice for bytes as they are. Never NULL. */
const struct text_view *text_view_pick(struct span content_type, struct span body);
/* NULL when there is none of that name; NULL is no name. */
const struct text_view *text_view_find(const char *name);
/* For a key that cycles: from NULL (automatic) through the table and back to NULL. */
const char *text_view_next(const char *name);

/* Renders by that view, or by the automatic choice when v is NULL, converting the character set
 * first when the view wants it; a note says what did not convert. Returns the view that was taken;
 * env->why as from render. */
const struct text_view *text_view_show(
    struct text_lines *t, const struct text_view *v, struct span body, struct text_view_env *env);

#endif
