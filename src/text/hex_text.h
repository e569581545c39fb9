/* SPDX-License-Identifier: MIT
 * Bytes as a text of hexadecimal digits that can be edited, and back:
 *   00000010: 7f 45 4c 46 02 01 01 00  00 00 00 00 00 00 00 00  |.ELF............|
 * Read back, the number before the colon and the characters between the bars mean nothing: bytes can be added and taken away anywhere. More than such
 * characters behind a bar is refused: of two lines that were joined the bytes of the second one would be lost. */
#ifndef TEXT_HEX_TEXT_H
#define TEXT_HEX_TEXT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum { HEX_TEXT_LINE_BYTES = 80 }; /* of the text for each 16 bytes, at most */

/* Appends; out has room for HEX_TEXT_LINE_BYTES a line. */
void hex_text_write(struct span bytes, struct buf *out);
/* Appends the bytes to out. ERR_SYNTAX with why, which names line and column, and *at, the byte of the text; ERR_LIMIT when out has no room. */
int hex_text_read(struct span text, struct buf *out, size_t *at, struct errmsg *why);

#endif
