/* SPDX-License-Identifier: MIT
 * A file for another program to look at or to change. It may hold secrets: it lies in a directory of its own (0700, in $TMPDIR, else /tmp)
 * that is locked as long as this process lives, so that a later one knows when nobody will remove it any more. */
#ifndef UI_SCRATCH_H
#define UI_SCRATCH_H

#include <limits.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

/* Lives where a dying program finds it. */
struct scratch {
	char dir[PATH_MAX], path[PATH_MAX]; /* "" while there is none */
	int lock;                           /* the directory; valid while there is one */
};

/* Writes the parts one after another to a new file of that name. s has no file before. Returns 0, or ERR_SYSTEM with why and no file left. */
int scratch_make(struct scratch *s, const char *name, const struct span *part, size_t nparts, struct errmsg *why);
/* With what the program has left beside it: an editor's copy has the same secrets. No file is allowed. */
void scratch_remove(struct scratch *s);
/* The file alone. Async-signal-safe. */
void scratch_panic(const struct scratch *s);
/* Removes what processes of this user that were killed have left in $TMPDIR. */
void scratch_sweep(void);

#endif
