/* SPDX-License-Identifier: MIT
 * Facts for a store, as the engine would send them. */
#ifndef TESTS_UNIT_FLOW_FIXTURE_H
#define TESTS_UNIT_FLOW_FIXTURE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow_fact.h"
#include "flow/flow_store.h"

static const char request[] = "GET /path HTTP/1.1\r\nHost: h.test\r\n\r\n";
static const char response[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";

static const char edited_request[] = "PUT /new HTTP/1.1\r\nHost: n.test\r\n\r\n";

static inline void
apply(struct flow_store *s, void *fact, enum fact_type type, flow_key conn, flow_key flow, uint64_t ns)
{
	struct fact *f = fact;
	f->type = (uint16_t)type;
	f->conn = conn;
	f->flow = flow;
	f->mono_ns = ns;
	flow_store_apply(s, f);
}

static inline void
feed_head(struct flow_store *s, enum fact_type type, flow_key conn, flow_key flow, uint64_t ns)
{
	const char *text = type == FACT_REQUEST ? request : response;
	size_t n = strlen(text);
	struct fact_head *h = mem_zalloc(sizeof *h + n);
	memcpy(h->head, text, n);
	h->head_n = (uint32_t)n;
	if (type == FACT_REQUEST) {
		h->method_n = 3;
		h->path_off = 4;
		h->path_n = 5;
		h->host_off = (uint32_t)(strstr(text, "h.test") - text);
		h->host_n = 6;
		h->state = FLOW_S_WAIT;
		h->port = 80;
	} else {
		h->status = 200;
		h->state = FLOW_S_BODY;
		h->type_off = (uint32_t)(strstr(text, "text/") - text);
		h->type_n = 10;
	}
	apply(s, h, type, conn, flow, ns);
	free(h);
}

static inline void
feed_body(struct flow_store *s, flow_key conn, flow_key flow, size_t n, struct block *block)
{
	struct fact_body *b = mem_zalloc(sizeof *b + n);
	b->dir = FLOW_RESPONSE;
	b->n = b->kept_n = (uint32_t)n;
	b->block = block;
	b->p = block ? block->p : NULL;
	memset(b->data, 'x', n);
	apply(s, b, FACT_BODY, conn, flow, 3);
	free(b);
}

static inline void
feed_end(struct flow_store *s, flow_key conn, flow_key flow, enum flow_state state, const char *why)
{
	size_t n = strlen(why);
	struct fact_flow_end *e = mem_zalloc(sizeof *e + n);
	e->state = (uint8_t)state;
	e->why_n = (uint16_t)n;
	memcpy(e->text, why, n);
	apply(s, e, FACT_FLOW_END, conn, flow, 5000000);
	free(e);
}

static inline void
feed_exchange(struct flow_store *s, flow_key flow, size_t body)
{
	feed_head(s, FACT_REQUEST, 0, flow, 1000000);
	feed_head(s, FACT_RESPONSE, 0, flow, 2000000);
	feed_body(s, 0, flow, body, NULL);
	feed_end(s, 0, flow, FLOW_S_DONE, "");
}

/* ---- what is done to messages ---- */

static inline void
feed_held(struct flow_store *s, flow_key flow, uint64_t ns, enum flow_dir dir)
{
	struct fact_held h = {.dir = (uint8_t)dir, .rule = 3, .hold_ms = 5000, .kill_after = true};

	h.f.size = sizeof h;
	apply(s, &h, FACT_HELD, 0, flow, ns);
}

static inline void
feed_edit_at(struct flow_store *s, flow_key flow, enum flow_dir dir, const char *text, uint64_t ns)
{
	size_t n = strlen(text);
	struct fact_head *h = mem_zalloc(sizeof *h + n);

	memcpy(h->head, text, n);
	h->head_n = (uint32_t)n;
	h->dir = (uint8_t)dir;
	if (dir == FLOW_REQUEST) {
		h->method_n = 3;
		h->path_off = 4;
		h->path_n = (uint32_t)strcspn(text + 4, " ");
		const char *host = strstr(text, "Host: ");
		h->host_off = host ? (uint32_t)(host + 6 - text) : 0;
		h->host_n = host ? 6 : 0;
		h->state = FLOW_S_WAIT;
	} else {
		h->status = 418;
		h->type_off = (uint32_t)(strstr(text, "text/") - text);
		h->type_n = 9;
		h->state = FLOW_S_BODY;
	}
	apply(s, h, FACT_EDIT, 0, flow, ns);
	free(h);
}

static inline void
feed_edit(struct flow_store *s, flow_key flow, enum flow_dir dir, const char *text)
{
	feed_edit_at(s, flow, dir, text, 5000000);
}

static inline void
feed_bytes(struct flow_store *s, flow_key flow, enum flow_dir dir, const char *text, uint64_t ns)
{
	size_t n = strlen(text);
	struct fact_body *b = mem_zalloc(sizeof *b + n);

	b->dir = (uint8_t)dir;
	b->n = b->kept_n = (uint32_t)n;
	memcpy(b->data, text, n);
	apply(s, b, FACT_BODY, 0, flow, ns);
	free(b);
}

static inline void
feed_sent(struct flow_store *s, flow_key flow, uint64_t tag)
{
	struct fact_sent v = {.tag = tag};

	apply(s, &v, FACT_SENT, 0, flow, 1);
}

static inline struct flow_store *
store(uint64_t memory)
{
	struct flow_store_limits l = {.memory_max_bytes = memory, .body_max_bytes = 1 << 20};
	return flow_store_new(&l);
}

#endif
