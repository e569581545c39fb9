/* SPDX-License-Identifier: MIT
 * The config file: lines `set NAME VALUE`, blank lines, and lines that begin with #. */
#ifndef CONF_CONF_FILE_H
#define CONF_CONF_FILE_H

#include "base/err.h"

struct options;

/* Sets what the file says. A file that is writable by everybody or belongs to another user (but root) is refused. The
 * first error ends the reading; its sentence begins with FILE:LINE:. ERR_NOTFOUND when there is no such file. */
int conf_file_load(struct options *o, const char *path, struct errmsg *why);

#endif
