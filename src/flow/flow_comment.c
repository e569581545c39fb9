/* SPDX-License-Identifier: MIT
 * Comments. */
#include "flow/flow_comment.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow_store_internal.h"

void
flow_comments_fini(struct flow_comments *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->comment[i].text);
	free(c->comment);
	*c = (struct flow_comments){.comment = NULL};
}

/* Index of the number, or of the next larger one. */
static size_t
comment_bound(const struct flow_comments *c, uint64_t number)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (c->comment[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void
flow_comments_put(struct flow_comments *c, uint64_t number, const char *text)
{
	size_t at = comment_bound(c, number);

	if (at == c->n || c->comment[at].number != number) {
		if (c->n == c->cap) {
			c->cap = c->cap ? c->cap * 2 : 16;
			c->comment = mem_resize(c->comment, c->cap, sizeof *c->comment);
		}
		memmove(c->comment + at + 1, c->comment + at, (c->n - at) * sizeof *c->comment);
		c->comment[at] = (struct flow_comment){.number = number};
		c->n++;
	}
	free(c->comment[at].text);
	c->comment[at].text = mem_strdup(text);
}

const char *
flow_comments_find(const struct flow_comments *c, uint64_t number)
{
	size_t at = comment_bound(c, number);

	return at < c->n && c->comment[at].number == number ? c->comment[at].text : NULL;
}

/* ---- of the store ---- */

static size_t
text_cost(const char *text)
{
	return text ? strlen(text) + STORE_ALLOC_BYTES : 0;
}

void
store_comment_set(struct flow_store *s, struct flow *f, const char *text)
{
	store_uncharge(s, text_cost(f->comment));
	f->summary_bytes -= (uint32_t)text_cost(f->comment);
	free(f->comment);
	f->comment = text[0] ? mem_strdup(text) : NULL;
	f->summary_bytes += (uint32_t)text_cost(f->comment);
	store_charge(s, text_cost(f->comment));
}

int
flow_store_comment(struct flow_store *s, uint64_t number, const char *text, struct errmsg *why)
{
	struct flow *f = flow_store_find(s, number);

	if (strlen(text) > FLOW_COMMENT_MAX)
		return err_set(why, ERR_LIMIT, "a comment has %d bytes at most", FLOW_COMMENT_MAX);
	if (!f && (!s->session.reader || !number || number > flow_store_last(s)))
		return err_set(why, ERR_NOTFOUND, "flow %llu is no longer kept", (unsigned long long)number);
	flow_comments_put(&s->comments, number, text);
	if (f)
		store_comment_set(s, f, text);
	store_flag_changed(s, number);
	return 0;
}
