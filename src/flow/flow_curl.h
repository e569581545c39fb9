/* SPDX-License-Identifier: MIT
 * A flow's request as text that can be used elsewhere: a command line of curl, a URL. True bytes: nothing here is escaped for a
 * screen. */
#ifndef FLOW_FLOW_CURL_H
#define FLOW_FLOW_CURL_H

#include "base/buf.h"
#include "base/err.h"
#include "flow/flow.h"

/* Appends scheme://host[:port]path, as it was asked for. ERR_NOTFOUND with why when there was no request, ERR_LIMIT past out's
 * maximum. */
int flow_curl_url(struct buf *out, const struct flow *f, struct errmsg *why);

/* Appends one command line, without a newline at its end, that sends the same request when a POSIX shell runs it: same method,
 * target, fields and body. What curl adds by itself is taken away, what it makes itself (Host, Content-Length) is left out where it
 * would be the same; what was said to the proxy alone is left out. Fails like flow_curl_url, and with ERR_REFUSED when the body is not
 * recorded whole or the request holds what no command line can (a NUL outside the body). */
int flow_curl_add(struct buf *out, const struct flow *f, struct errmsg *why);

/* Appends the bytes as one word of a POSIX shell; they must not hold NUL, nor a newline at their end. Printable text stands in single
 * quotes where it needs any; all else is made by printf, so that what is pasted holds no control byte. */
int flow_curl_word(struct buf *out, struct span s);

#endif
