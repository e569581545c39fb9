/* SPDX-License-Identifier: MIT
 * Texts of the sources' tables as mdoc, for the programs that print parts of the manual pages. */
#ifndef LINT_MDOC_H
#define LINT_MDOC_H

/* Prints running text, with no line end behind it: nothing in it is taken for a request or an escape. A sentence ends its line, and so
 * does a line. */
void mdoc_put_text(const char *text);
/* Prints words as arguments of a macro, each after a blank: none is taken for a macro or for punctuation. */
void mdoc_put_words(const char *words);

#endif
