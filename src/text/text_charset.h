/* SPDX-License-Identifier: MIT
 * Text in any character set as UTF-8, with what the C library knows of them. */
#ifndef TEXT_TEXT_CHARSET_H
#define TEXT_TEXT_CHARSET_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum { TEXT_CHARSET_NAME_MAX = 40 };

/* The body as UTF-8: by its byte order mark, else by the charset parameter of its type, else as it
 * is. Returns a span into body or into out, which must be initialised and empty; what does not fit
 * there is left off. Bytes that do not convert stay as they are. note says in words what went
 * wrong, and is empty otherwise. */
struct span text_charset_utf8(
    struct span content_type, struct span body, struct buf *out, struct errmsg *note);

#endif
