/* SPDX-License-Identifier: MIT
 * The only file that builds facts. */
#include "engine/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/block.h"
#include "base/check.h"
#include "base/clock.h"
#include "engine/conn.h"
#include "engine/dial.h"
#include "engine/process.h"
#include "engine/worker.h"
#include "flow/flow_fact.h"
#include "tls/tls.h"

enum {
	REPORT_RESERVE_BYTES = WORKER_RING_BYTES / 4, /* readers stop while less is free */
	REPORT_INLINE_BYTES = 4096 /* up to here a body is copied: a reference would pin a 16 KiB block */
};

/* Where a fact of n bytes is built: in the ring, or behind others in the overflow. */
static void *
fact_begin(struct worker *w, enum fact_type type, flow_key conn, flow_key flow, size_t n)
{
	struct fact *f = NULL;

	if (w->overflow.n == 0)
		f = ring_reserve(w->ring, n);
	if (!f) {
		f = (void *)buf_reserve(&w->overflow, (n + 7) & ~(size_t)7);
		CHECK(f); /* readers have stopped long before the overflow's maximum */
		w->overflow.n += (n + 7) & ~(size_t)7;
	}
	*f = (struct fact){.size = (uint32_t)n,
	    .type = (uint16_t)type,
	    .conn = conn,
	    .flow = flow,
	    .mono_ns = w->now_ns};
	return f;
}

static void
fact_end(struct worker *w)
{
	if (w->overflow.n == 0)
		ring_commit(w->ring);
	w->notify_due = true;
}

void
report_flush(struct worker *w)
{
	while (w->overflow_off < w->overflow.n) {
		struct fact *f = (void *)(w->overflow.p + w->overflow_off);
		void *room = ring_reserve(w->ring, f->size);
		if (!room)
			break;
		memcpy(room, f, f->size);
		ring_commit(w->ring);
		w->notify_due = true;
		w->overflow_off += (f->size + 7u) & ~7u;
	}
	if (w->overflow_off && w->overflow_off == w->overflow.n) {
		buf_fini(&w->overflow);
		w->overflow_off = 0;
	}
}

bool
report_congested(struct worker *w)
{
	if (w->overflow.n == 0 && ring_cap(w->ring) - ring_used(w->ring) > REPORT_RESERVE_BYTES)
		return false;
	atomic_store_explicit(&w->room_wanted, true, memory_order_seq_cst);
	/* The main thread may have drained between the look and the flag. */
	return w->overflow.n || ring_cap(w->ring) - ring_used(w->ring) <= REPORT_RESERVE_BYTES;
}

static void
copy_text(char *out, size_t size, const char *s)
{
	snprintf(out, size, "%s", s ? s : "");
}

void
report_conn_open(struct conn *c, const char *client, const char *listener)
{
	struct fact_conn_open *f = fact_begin(c->worker, FACT_CONN_OPEN, c->key, 0, sizeof *f);

	f->wall_ns = clock_wall_ns();
	f->process_due = c->process_ask != 0;
	copy_text(f->client, sizeof f->client, client);
	copy_text(f->listener, sizeof f->listener, listener);
	fact_end(c->worker);
}

static void
versions_text(const struct tls_hello *h, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < h->nversions && n + 8 < size; i++) {
		unsigned v = h->version[i];
		if ((v >> 8) == 3 && (v & 0xff) >= 1)
			n += (size_t)snprintf(out + n, size - n, "%s1.%u", i ? " " : "", (v & 0xff) - 1);
		else
			n += (size_t)snprintf(out + n, size - n, "%s%04x", i ? " " : "", v);
	}
}

void
report_conn_hello(struct conn *c, const struct tls_hello *h)
{
	struct fact_conn_hello *f = fact_begin(c->worker, FACT_CONN_HELLO, c->key, 0, sizeof *f);
	size_t n = 0;

	copy_text(f->sni, sizeof f->sni, h->sni_valid ? h->sni : "");
	f->alpn[0] = '\0';
	for (unsigned i = 0; i < h->nalpn && n + h->alpn[i].n + 2 < sizeof f->alpn; i++)
		n += (size_t)snprintf(f->alpn + n, sizeof f->alpn - n, "%s%.*s", i ? "," : "",
		    (int)h->alpn[i].n, h->alpn[i].p);
	versions_text(h, f->versions, sizeof f->versions);
	tls_groups_text(h, f->groups, sizeof f->groups);
	copy_text(f->ja4, sizeof f->ja4, c->ja4);
	f->ech = h->has_ech;
	f->ticket = h->has_ticket;
	fact_end(c->worker);
}

void
report_conn_server(struct conn *c, const struct dial_result *r)
{
	struct fact_conn_server *f = fact_begin(c->worker, FACT_CONN_SERVER, c->key, 0, sizeof *f);

	f->dns_us = r->dns_us;
	f->connect_us = r->connect_us;
	copy_text(f->server, sizeof f->server, r->server);
	copy_text(f->local, sizeof f->local, r->local);
	fact_end(c->worker);
}

void
report_conn_tls(struct conn *c, const struct endpoint *ep, const struct tls_info *info, bool ok,
    const char *fail_class, const char *why, const char *remedy)
{
	struct fact_conn_tls *f = fact_begin(c->worker, FACT_CONN_TLS, c->key, 0, sizeof *f);
	struct fact head = f->f;
	static const struct tls_info none;

	memset(f, 0, sizeof *f);
	f->f = head;
	if (!info)
		info = &none;
	f->side = ep->side;
	f->ok = ok;
	f->resumed = info->resumed;
	f->verified = info->verified;
	f->ticket_offered = info->ticket_offered;
	f->ticket_kept = info->ticket_kept;
	f->leaf_minted = ep == &c->client && c->leaf_minted;
	f->chain_len = info->chain_len;
	f->handshake_us = (uint32_t)((c->worker->now_ns - c->handshake_ns) / 1000);
#define COPY(m) copy_text(f->m, sizeof f->m, info->m)
	COPY(version);
	COPY(cipher);
	COPY(group);
	COPY(alpn);
	COPY(alpn_offered);
	COPY(subject);
	COPY(issuer);
	COPY(not_before);
	COPY(not_after);
	COPY(san);
	COPY(sha256);
	COPY(leaf_key);
	COPY(staple);
#undef COPY
	copy_text(f->fail_class, sizeof f->fail_class, fail_class);
	copy_text(f->why, sizeof f->why, why);
	copy_text(f->remedy, sizeof f->remedy, remedy);
	fact_end(c->worker);
}

void
report_conn_ticket(struct conn *c)
{
	fact_begin(c->worker, FACT_CONN_TICKET, c->key, 0, sizeof(struct fact));
	fact_end(c->worker);
}

void
report_conn_close(struct conn *c)
{
	fact_begin(c->worker, FACT_CONN_CLOSE, c->key, 0, sizeof(struct fact));
	fact_end(c->worker);
}

void
report_conn_process(struct worker *w, flow_key conn, const struct process_answer *a)
{
	struct fact_conn_process *f = fact_begin(w, FACT_CONN_PROCESS, conn, 0, sizeof *f);

	f->pid = a->pid;
	memcpy(f->name, a->name, sizeof f->name);
	fact_end(w);
}

void
report_flow_open(struct conn *c, enum flow_proto proto)
{
	size_t n = c->host ? strlen(c->host) : 0;
	struct fact_flow_open *f =
	    fact_begin(c->worker, FACT_FLOW_OPEN, c->key, c->flow, sizeof *f + n);

	f->wall_ns = clock_wall_ns();
	f->proto = (uint8_t)proto;
	f->tls = proto == FLOW_TLS;
	f->port = c->port;
	f->host_n = (uint16_t)n;
	if (n)
		memcpy(f->host, c->host, n);
	fact_end(c->worker);
}

void
report_state(struct conn *c, flow_key flow, enum flow_state state, enum flow_proto proto)
{
	struct fact_state *f = fact_begin(c->worker, FACT_STATE, c->key, flow, sizeof *f);

	f->state = (uint8_t)state;
	f->proto = (uint8_t)proto;
	f->status = 0;
	fact_end(c->worker);
}

void
report_refusal(struct conn *c, flow_key flow, int status, enum flow_proto proto)
{
	struct fact_state *f = fact_begin(c->worker, FACT_STATE, c->key, flow, sizeof *f);

	f->state = FLOW_S_BODY;
	f->proto = (uint8_t)proto;
	f->status = (uint16_t)status;
	fact_end(c->worker);
}

void
report_flow_end(struct conn *c, flow_key flow, enum flow_state state, const char *why,
    const char *remedy)
{
	size_t why_n = why ? strlen(why) : 0, remedy_n = remedy ? strlen(remedy) : 0;
	struct fact_flow_end *f =
	    fact_begin(c->worker, FACT_FLOW_END, c->key, flow, sizeof *f + why_n + remedy_n);

	f->state = (uint8_t)state;
	f->why_n = (uint16_t)why_n;
	f->remedy_n = (uint16_t)remedy_n;
	if (why_n)
		memcpy(f->text, why, why_n);
	if (remedy_n)
		memcpy(f->text + why_n, remedy, remedy_n);
	fact_end(c->worker);
}

static void
place(struct span s, struct span head, uint32_t *off, uint32_t *n)
{
	bool inside = s.p && s.p >= head.p && s.p + s.n <= head.p + head.n;

	*off = inside ? (uint32_t)(s.p - head.p) : 0;
	*n = inside ? (uint32_t)s.n : 0;
}

static struct fact_head *
head_begin(struct conn *c, enum fact_type type, flow_key flow, const struct http_head *h)
{
	struct fact_head *f = fact_begin(c->worker, type, c->key, flow, sizeof *f + h->raw.n);
	struct fact head = f->f;

	memset(f, 0, sizeof *f);
	f->f = head;
	f->wall_ns = clock_wall_ns();
	f->head_n = (uint32_t)h->raw.n;
	memcpy(f->head, h->raw.p, h->raw.n);
	return f;
}

static void
request_head(struct conn *c, enum fact_type fact, const struct http_head *h, const struct report_request *r)
{
	struct fact_head *f = head_begin(c, fact, r->flow, h);

	f->dir = FLOW_REQUEST;
	f->tls = r->tls;
	f->port = r->port;
	f->state = r->has_body ? FLOW_S_REQUEST : FLOW_S_WAIT;
	place(h->method, h->raw, &f->method_off, &f->method_n);
	place(r->host, h->raw, &f->host_off, &f->host_n);
	place(r->path, h->raw, &f->path_off, &f->path_n);
	fact_end(c->worker);
}

void
report_request(struct conn *c, const struct http_head *h, const struct report_request *r)
{
	request_head(c, FACT_REQUEST, h, r);
	CONN_COUNT(c, requests, 1);
}

void
report_edit_request(struct conn *c, const struct http_head *h, const struct report_request *r)
{
	request_head(c, FACT_EDIT, h, r);
}

static void
response_head(struct conn *c, enum fact_type fact, flow_key flow, const struct http_head *h, bool has_body)
{
	struct fact_head *f = head_begin(c, fact, flow, h);
	const struct http_field *type = http_head_find(h, HTTP_F_CONTENT_TYPE);

	f->dir = FLOW_RESPONSE;

	f->status = h->status;
	f->state = has_body ? FLOW_S_BODY : FLOW_S_WAIT;
	if (type)
		place(type->value, h->raw, &f->type_off, &f->type_n);
	fact_end(c->worker);
}

void
report_response(struct conn *c, flow_key flow, const struct http_head *h, bool has_body)
{
	response_head(c, FACT_RESPONSE, flow, h, has_body);
}

void
report_edit_response(struct conn *c, flow_key flow, const struct http_head *h, bool has_body)
{
	response_head(c, FACT_EDIT, flow, h, has_body);
}

void
report_body(struct conn *c, flow_key flow, enum flow_dir dir, struct block *b, const char *p,
    size_t n, size_t kept_n)
{
	bool copy = kept_n <= REPORT_INLINE_BYTES;
	struct fact_body *f =
	    fact_begin(c->worker, FACT_BODY, c->key, flow, sizeof *f + (copy ? kept_n : 0));

	f->dir = (uint8_t)dir;
	f->n = (uint32_t)n;
	f->kept_n = (uint32_t)kept_n;
	f->block = copy ? NULL : block_ref(b);
	f->p = p;
	if (copy && kept_n)
		memcpy(f->data, p, kept_n);
	fact_end(c->worker);
}

void
report_trailer(struct conn *c, flow_key flow, enum flow_dir dir, struct span section)
{
	struct fact_trailer *f =
	    fact_begin(c->worker, FACT_TRAILER, c->key, flow, sizeof *f + section.n);

	f->dir = (uint8_t)dir;
	f->n = (uint32_t)section.n;
	memcpy(f->data, section.p, section.n);
	fact_end(c->worker);
}

void
report_data(struct conn *c, flow_key flow, enum flow_dir dir, struct span data)
{
	const struct engine_config *g = c->worker->config;
	uint64_t max = g->hold_max_bytes > g->body_max_bytes ? g->hold_max_bytes : g->body_max_bytes;
	size_t keep = data.n < max ? data.n : (size_t)max;

	if (data.n == 0)
		return;
	struct block *b = block_new(keep);
	memcpy(b->p, data.p, keep);
	report_body(c, flow, dir, b, b->p, data.n, keep);
	block_unref(b);
}

void
report_message(struct conn *c, const struct report_message *m)
{
	struct fact_message *f = fact_begin(c->worker, FACT_MESSAGE, c->key, m->flow, sizeof *f);

	f->dir = (uint8_t)m->dir;
	f->opcode = (uint8_t)m->opcode;
	f->what = (uint8_t)m->what;
	f->number = m->number;
	f->n = (uint32_t)m->data.n;
	f->block = m->data.n ? block_new(m->data.n) : NULL;
	if (f->block)
		memcpy(f->block->p, m->data.p, m->data.n);
	fact_end(c->worker);
}

/* ---- breakpoints, and requests of our own ---- */

void
report_held(struct conn *c, const struct report_held *h)
{
	struct fact_held *f = fact_begin(c->worker, FACT_HELD, c->key, h->flow, sizeof *f);

	f->dir = (uint8_t)h->dir;
	f->rule = (uint16_t)h->rule;
	f->hold_ms = h->hold_ms;
	f->kill_after = h->kill_after;
	f->hello = h->hello;
	fact_end(c->worker);
}

void
report_sent(struct conn *c, flow_key flow, uint64_t tag)
{
	struct fact_sent *f = fact_begin(c->worker, FACT_SENT, c->key, flow, sizeof *f);

	f->tag = tag;
	fact_end(c->worker);
}

void
report_pass(struct conn *c, flow_key flow, const char *pattern)
{
	size_t n = strlen(pattern);
	struct fact_pass *f = fact_begin(c->worker, FACT_PASS, c->key, flow, sizeof *f + n);

	f->n = (uint16_t)n;
	memcpy(f->pattern, pattern, n);
	fact_end(c->worker);
	COUNTER_ADD(c->worker->counters->handshakes_passed, 1);
}

void
report_event(struct conn *c, flow_key flow, enum flow_event_level level, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	size_t n = strlen(text);
	struct fact_event *f = fact_begin(c->worker, FACT_EVENT, c->key, flow, sizeof *f + n);
	f->level = (uint8_t)level;
	f->n = (uint16_t)n;
	memcpy(f->text, text, n);
	fact_end(c->worker);
}
