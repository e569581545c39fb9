/* SPDX-License-Identifier: MIT
 * Differences between two texts, line by line. The result is always right and short as a rule: up to TEXT_DIFF_EDITS_MAX changed lines in
 * a stretch it is the shortest there is; texts further apart are compared stretch by stretch, each as good as can be had at bounded cost.
 * The time is bounded by the limits below: some 30 ms for the worst. */
#ifndef TEXT_TEXT_DIFF_H
#define TEXT_TEXT_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "text/text_lines.h"

enum {
	TEXT_DIFF_LINES_MAX = 20000, /* of each text; what follows is not compared */
	TEXT_DIFF_EDITS_MAX = 256
};

enum text_diff_op {
	TEXT_DIFF_SAME = 0, /* a[a..a+n) and b[b..b+n) are equal */
	TEXT_DIFF_REMOVED,  /* a[a..a+n) is not in b, where it would come before line b */
	TEXT_DIFF_ADDED     /* b[b..b+n) is not in a, where it would come before line a */
};

struct text_diff_run {
	uint8_t op; /* enum text_diff_op */
	uint32_t a, b, n;
};

/* Runs from the beginning to the end of both texts. Between two runs of equal lines what was removed stands before what was added. */
struct text_diff {
	struct text_diff_run *run; /* owned */
	size_t nruns, cap;
	size_t removed, added;     /* lines */
	size_t changed;            /* lines: one that another took the place of is one */
	bool cut;                  /* a text had more than TEXT_DIFF_LINES_MAX lines */
};

/* Compares na lines with nb lines, which are borrowed during the call only. d: anything; to be freed by text_diff_fini. */
void text_diff_init(struct text_diff *d, const struct span *a, size_t na, const struct span *b, size_t nb);
void text_diff_fini(struct text_diff *d);
static inline bool
text_diff_same(const struct text_diff *d)
{
	return !d->removed && !d->added;
}

/* The lines of a raw text as spans into it, without their line ends (LF or CRLF); allocated, to be freed. *n: how many, at most
 * TEXT_DIFF_LINES_MAX + 1, which is enough for the comparison to know that there are too many. */
struct span *text_diff_split(struct span text, size_t *n);
/* The same of lines that are ready to be shown. Valid until t changes. */
struct span *text_diff_split_lines(const struct text_lines *t, size_t *n);

/* Adds to out the differences of two shown texts: lines of both marked "  ", "- " (TEXT_REMOVED) or "+ " (TEXT_ADDED). `context`: equal
 * lines shown before and after a change, of more a note tells how many were left out; SIZE_MAX: all of them. A note tells when nothing
 * differs, or when not all was compared. out must be neither a nor b. Returns how many lines were changed. */
size_t text_diff_show(struct text_lines *out, const struct text_lines *a, const struct text_lines *b, size_t context);

#endif
