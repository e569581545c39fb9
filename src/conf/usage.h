/* SPDX-License-Identifier: MIT
 * Texts made from the option table: --help, --version and the manual page's OPTIONS. */
#ifndef CONF_USAGE_H
#define CONF_USAGE_H

#include <stdio.h>

struct option_row;

/* The text of --help; no line is longer than 79 columns. */
void usage_print(FILE *out);
/* "mitmtop X.Y.Z", then each of the n lines (the libraries' versions, which only the caller knows). */
void usage_version(FILE *out, const char *const *lines, unsigned n);
/* The options that set nothing, or any other, and so are no rows of the table; NULL behind the last. */
const struct option_row *usage_fixed(unsigned i);
/* The body of the section OPTIONS in mdoc. */
void usage_mdoc(FILE *out);

#endif
