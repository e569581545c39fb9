/* SPDX-License-Identifier: MIT
 * What the user has chosen to see in the header: how much of it, each block, and the style of its graphs. The option
 * `header` holds it as words: "full net=exploded lat=off graph=bars"; what is not named is as at the beginning. */
#ifndef UI_HEADER_H
#define UI_HEADER_H

#include <stdbool.h>

#include "base/err.h"

enum header_size { HEADER_FULL = 0, HEADER_LINE, HEADER_OFF, HEADER_SIZES };
enum header_block { BLOCK_NET = 0, BLOCK_TLS, BLOCK_CERTS, BLOCK_LATENCY, HEADER_BLOCKS };
enum header_show { SHOW_LINE = 0, SHOW_EXPLODED, SHOW_OFF, HEADER_SHOWS };
enum header_graph { GRAPH_SPARK = 0, GRAPH_BARS, GRAPH_NONE, HEADER_GRAPHS };

enum { HEADER_TEXT_MAX = 96 };

struct header {
	enum header_size size;
	enum header_show block[HEADER_BLOCKS];
	enum header_graph graph;
};

/* ERR_SYNTAX with a sentence that names what there is; *h is as before then. */
int header_parse(struct header *h, const char *text, struct errmsg *why);
/* What header_parse reads; never "". */
void header_text(const struct header *h, char out[HEADER_TEXT_MAX]);

/* "net" and so on; static. */
const char *header_block_name(enum header_block b);
const char *header_show_name(enum header_show s);
const char *header_size_name(enum header_size s);

#endif
