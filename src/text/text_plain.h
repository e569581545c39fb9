/* SPDX-License-Identifier: MIT
 * UTF-8 text as it is: one line per line, escaped, tabs to columns of 8. */
#ifndef TEXT_TEXT_PLAIN_H
#define TEXT_TEXT_PLAIN_H

#include "base/span.h"
#include "text/text_lines.h"

void text_plain(struct text_lines *t, struct span body);

#endif
