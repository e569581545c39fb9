/* SPDX-License-Identifier: MIT
 * The whole way of a body to lines: content codings, character set, view. */
#ifndef TEXT_TEXT_BODY_H
#define TEXT_TEXT_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "text/text_lines.h"

enum { TEXT_BODY_MAX = 1 << 20 }; /* recorded bytes that are shown; decoded: CODING_OUT_MAX_BYTES */

struct text_body {
	struct span bytes;	  /* as recorded */
	uint64_t seen;		  /* bytes that passed; more than bytes.n: recorded in part */
	struct span content_type; /* the values of these fields; empty when there are none */
	struct span content_encoding;
	const char *view; /* a name of text_view.h; anything else, NULL too: automatic */
	unsigned fold;	  /* levels of nesting that are shown; 0: all */
	int width;	  /* columns of the screen; 0: not known */
};

struct text_body_info {
	const char *view; /* that was taken */
	bool automatic;
	bool coded;	    /* a coding was undone */
	size_t decoded_n;   /* bytes after that, else the bytes looked at */
	struct errmsg note; /* the first thing that could not be undone or understood; else empty */
};

/* Adds the body as lines, whatever it is. Notes among them say what could not be decoded, where and
 * why, and how much of it is shown. The view "hex", when asked for, shows the bytes as recorded. */
void text_body(struct text_lines *t, const struct text_body *b, struct text_body_info *info);

/* Whether a body is not shown because mask is on and a coding hides its secrets; then a note says so. */
bool text_body_is_hidden(struct text_lines *t, bool coded);

#endif
