/* SPDX-License-Identifier: MIT
 * Protocol Buffers without their schema: a line per field, with number, wire type and value. What a value of the type "len" is, is a guess. */
#ifndef TEXT_TEXT_PROTOBUF_H
#define TEXT_TEXT_PROTOBUF_H

#include "text/text_view.h"

enum { TEXT_PROTOBUF_BYTES_MAX = 256 }; /* of a value that is shown in hex */

/* Declared as protobuf; the bytes are not asked. */
bool text_protobuf_fits(struct span content_type, struct span body);
/* What is no field is shown in hex, with what follows it. */
int text_protobuf(struct text_lines *t, struct span body, struct text_view_env *env);
/* Adds the beginning to the last line, in at most so many columns. Returns false when there is more than was shown, or it is no protobuf. */
bool text_protobuf_line(struct text_lines *t, struct span body, size_t columns);

#endif
