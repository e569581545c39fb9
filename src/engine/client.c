/* SPDX-License-Identifier: MIT
 * Which process a client is. */
#include "engine/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "engine/conn.h"
#include "engine/engine_internal.h"
#include "engine/process.h"
#include "engine/report.h"
#include "engine/rules.h"
#include "engine/worker.h"

enum { CLIENT_WAIT_NS = 200 * 1000000 };

/* A question; the connection may be gone before its answer. */
struct client_ask {
	struct conn *conn; /* NULL: gone */
	flow_key key;      /* 0: free */
	uint32_t next;     /* free: the next free one, PROCESS_ASKS_MAX: none */
};

struct clients {
	uint32_t free;
	struct client_ask ask[PROCESS_ASKS_MAX];
};

static struct clients *
clients_new(void)
{
	struct clients *k = mem_zalloc(sizeof *k);

	for (uint32_t i = 0; i < PROCESS_ASKS_MAX; i++)
		k->ask[i].next = i + 1;
	return k;
}

void
client_ask(struct conn *c, const struct sockaddr *peer)
{
	struct worker *w = c->worker;
	struct sockaddr_storage own;
	socklen_t n = sizeof own;

	if (!w->engine->process)
		return;
	if (!w->clients)
		w->clients = clients_new();
	struct clients *k = w->clients;
	if (k->free == PROCESS_ASKS_MAX) {
		COUNTER_ADD(w->counters->processes_skipped, 1);
		return;
	}
	if (getsockname(c->client.fd, (struct sockaddr *)&own, &n))
		return;
	uint32_t i = k->free;
	k->free = k->ask[i].next;
	k->ask[i] = (struct client_ask){.conn = c, .key = c->key};
	c->process_ask = i + 1;
	c->process_wait = w->config->process_first || (w->rules && w->rules->process);
	process_ask(w->engine->process, w->index, i, peer, (struct sockaddr *)&own);
}

static void
read_on(struct conn *c)
{
	if (!c->process_wait)
		return;
	c->process_wait = false;
	endpoint_want_read(&c->client, true);
}

static void
answered(struct worker *w, const struct process_answer *a)
{
	struct clients *k = w->clients;
	struct client_ask *q = &k->ask[a->ask];
	struct conn *c = q->conn;

	report_conn_process(w, q->key, a);
	if (c) {
		c->process_ask = 0;
		c->pid = a->pid;
		memcpy(c->process, a->name, sizeof c->process);
		read_on(c);
	}
	*q = (struct client_ask){.next = k->free};
	k->free = a->ask;
}

void
client_answers(struct worker *w)
{
	struct process_answer a;

	while (w->clients && process_take(w->engine->process, w->index, &a))
		answered(w, &a);
}

void
client_tick(struct conn *c)
{
	if (c->process_wait && c->worker->now_ns >= c->last_ns + CLIENT_WAIT_NS)
		read_on(c);
}

void
client_gone(struct conn *c)
{
	if (c->process_ask)
		c->worker->clients->ask[c->process_ask - 1].conn = NULL;
	c->process_ask = 0;
	c->process_wait = false;
}

void
client_end(struct worker *w)
{
	client_answers(w);
	for (uint32_t i = 0; w->clients && i < PROCESS_ASKS_MAX; i++)
		if (w->clients->ask[i].key)
			answered(w, &(struct process_answer){.ask = i});
	report_flush(w);
}

void
client_fini(struct worker *w)
{
	free(w->clients);
	w->clients = NULL;
}
