/* SPDX-License-Identifier: MIT
 * Bytes in hexadecimal, 16 a line, with the printable ASCII beside them. */
#ifndef TEXT_TEXT_HEX_H
#define TEXT_TEXT_HEX_H

#include "base/span.h"
#include "text/text_lines.h"

void text_hex(struct text_lines *t, struct span body);

#endif
