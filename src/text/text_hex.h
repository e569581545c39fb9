/* SPDX-License-Identifier: MIT
 * Bytes in hexadecimal with their offset before them and the printable ASCII behind. */
#ifndef TEXT_TEXT_HEX_H
#define TEXT_TEXT_HEX_H

#include "base/span.h"
#include "text/text_lines.h"

/* As many bytes a line as fit the columns of width: 32, 16, 8 or 4; 16 when width is 0. */
void text_hex(struct text_lines *t, struct span body, int width);

#endif
