/* SPDX-License-Identifier: MIT
 * The chosen header, from words and to words. */
#include "ui/header.h"

#include <stdio.h>
#include <string.h>

static const char *const size_names[HEADER_SIZES] = {"full", "line", "off"};
static const char *const block_names[HEADER_BLOCKS] = {"net", "tls", "certs", "lat"};
static const char *const show_names[HEADER_SHOWS] = {"line", "exploded", "off"};
static const char *const graph_names[HEADER_GRAPHS] = {"spark", "bars", "none"};

/* Index of the name; n when it is none of them. */
static unsigned
header_find(const char *const *names, unsigned n, const char *p, size_t size)
{
	unsigned i = 0;

	while (i < n && (strlen(names[i]) != size || memcmp(names[i], p, size) != 0))
		i++;
	return i;
}

static bool
header_word(struct header *h, const char *p, size_t n)
{
	const char *equals = memchr(p, '=', n);
	size_t name = equals ? (size_t)(equals - p) : n;
	unsigned i;

	if (!equals) {
		i = header_find(size_names, HEADER_SIZES, p, n);
		h->size = (enum header_size)i;
		return i < HEADER_SIZES;
	}
	const char *value = equals + 1;
	size_t rest = n - name - 1;
	if (name == 5 && memcmp(p, "graph", 5) == 0) {
		i = header_find(graph_names, HEADER_GRAPHS, value, rest);
		h->graph = (enum header_graph)i;
		return i < HEADER_GRAPHS;
	}
	unsigned block = header_find(block_names, HEADER_BLOCKS, p, name);
	i = header_find(show_names, HEADER_SHOWS, value, rest);
	if (block == HEADER_BLOCKS || i == HEADER_SHOWS)
		return false;
	h->block[block] = (enum header_show)i;
	return true;
}

int
header_parse(struct header *h, const char *text, struct errmsg *why)
{
	struct header read = {.size = HEADER_FULL};

	for (const char *p = text; *p;) {
		size_t n = strcspn(p, " ");
		if (n && !header_word(&read, p, n))
			return err_set(why, ERR_SYNTAX,
			    "header: '%.*s' is not known. There are: full, line, off; net=, tls=, certs=, "
			    "lat= with line, exploded or off; graph= with spark, bars or none",
			    n < 40 ? (int)n : 40, p);
		p += n + (p[n] == ' ');
	}
	*h = read;
	return 0;
}

void
header_text(const struct header *h, char out[HEADER_TEXT_MAX])
{
	size_t n = (size_t)snprintf(out, HEADER_TEXT_MAX, "%s", size_names[h->size]);

	for (int b = 0; b < HEADER_BLOCKS; b++)
		if (h->block[b] != SHOW_LINE)
			n += (size_t)snprintf(out + n, HEADER_TEXT_MAX - n, " %s=%s", block_names[b],
			    show_names[h->block[b]]);
	if (h->graph != GRAPH_SPARK)
		snprintf(out + n, HEADER_TEXT_MAX - n, " graph=%s", graph_names[h->graph]);
}

const char *
header_block_name(enum header_block b)
{
	return block_names[b];
}

const char *
header_show_name(enum header_show s)
{
	return show_names[s];
}

const char *
header_size_name(enum header_size s)
{
	return size_names[s];
}
