/* SPDX-License-Identifier: MIT
 * Flows of their own: copies of summaries, and what was read from a session file. */
#include "flow/flow_db.h"

#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow_message.h"

static struct span
copy_span(char **at, struct span s)
{
	char *p = *at;

	if (!s.p)
		return SPAN_NONE;
	if (s.n)
		memcpy(p, s.p, s.n);
	*at += s.n;
	return span_of(p, s.n);
}

struct flow *
flow_copy_summary(const struct flow *f)
{
	struct flow *c = mem_dup(f, sizeof *f);
	char *at = mem_alloc(f->method.n + f->host.n + f->path.n + f->content_type.n);

	c->detail = NULL;
	c->text = at;
	c->method = copy_span(&at, f->method);
	c->host = copy_span(&at, f->host);
	c->path = copy_span(&at, f->path);
	c->content_type = copy_span(&at, f->content_type);
	c->why = mem_strdup(f->why);
	c->comment = mem_strdup(f->comment);
	return c;
}

void
flow_conn_free_loaded(struct flow_conn *c)
{
	if (!c || --c->refs)
		return;
	for (int side = 0; side < 2; side++) {
		struct flow_tls *t = c->tls[side];
		if (!t)
			continue;
		flow_tls_free_texts(t);
		free(t);
	}
	free(c);
}

static void
body_free(struct flow_body *b)
{
	for (unsigned i = 0; i < b->npieces; i++)
		free((char *)(uintptr_t)b->piece[i].p);
	free(b->piece);
}

static void
version_free(struct flow_version *v)
{
	if (!v)
		return;
	free((char *)(uintptr_t)v->head.p);
	free((char *)(uintptr_t)v->trailer.p);
	body_free(&v->body);
	free(v);
}

void
flow_free_loaded(struct flow *f)
{
	if (!f)
		return;
	for (int dir = 0; f->detail && dir < 2; dir++) {
		free((char *)(uintptr_t)f->detail->head[dir].p);
		free((char *)(uintptr_t)f->detail->trailer[dir].p);
		body_free(&f->detail->body[dir]);
		version_free(f->detail->original[dir]);
	}
	if (f->detail) {
		flow_conn_free_loaded(f->detail->conn);
		free(f->detail->remedy);
		flow_messages_free(f->detail->messages);
		free(f->detail);
	}
	free(f->text);
	free(f->why);
	free(f->comment);
	free(f);
}
