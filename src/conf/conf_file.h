/* SPDX-License-Identifier: MIT
 * The config file: lines `set NAME VALUE`, `bind KEY COMMAND` (short for `set bind KEY COMMAND`), `unbind KEY`, blank
 * lines, and lines that begin with #. */
#ifndef CONF_CONF_FILE_H
#define CONF_CONF_FILE_H

#include "base/err.h"
#include "conf/option.h"

/* Sets what the file says. A file that is writable by everybody or belongs to another user (but root) is refused, and so
 * is one above 1 MiB and what is no regular file, but for /dev/null, which says nothing. The first error ends the reading; its sentence begins with FILE:LINE:. ERR_NOTFOUND when there is no such file. */
int conf_file_load(struct options *o, const char *path, struct errmsg *why);

/* Writes the values of these n options so that conf_file_load finds them, and nothing but what must change: the last line
 * that sets one is replaced, a line for one that differs from its default is appended, all lines of a LIST are replaced
 * by one for each of its items, those of an option that is not set (option_unset) are taken away, all else stays as it is.
 * Atomic; the file is made with mode 0600, its directories with 0700. Refused are what the next start would refuse, files that
 * another user owns or everybody can write, and symbolic links, which the rename would replace. */
int conf_file_save(const char *path, const struct options *o, const enum option_id *ids, unsigned n, struct errmsg *why);

#endif
