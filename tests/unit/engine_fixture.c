/* SPDX-License-Identifier: MIT
 * A real engine on loopback for tests. */
#include "engine_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/engine_internal.h"
#include "flow/flow_fact.h"

enum { MESSAGE_MAX = 8 << 20 };

uint64_t
rig_now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

/* ---- facts ---- */

static struct seen *
seen_of(struct rig *r, flow_key key)
{
	for (unsigned i = r->nseen; i-- > 0;)
		if (r->seen[i]->key == key)
			return r->seen[i];
	assert_true(r->nseen < RIG_FLOWS_MAX);
	struct seen *s = r->seen[r->nseen++] = mem_zalloc(sizeof *s);
	s->key = key;
	s->state = -1;
	for (unsigned d = 0; d < 2; d++) {
		for (unsigned v = 0; v < 2; v++) {
			buf_init(&s->message[d].head[v], MESSAGE_MAX);
			buf_init(&s->message[d].body[v], MESSAGE_MAX);
			buf_init(&s->message[d].trailer[v], MESSAGE_MAX);
		}
	}
	return s;
}

/* A NUL behind it, for functions that look for one. */
static void
terminate(struct buf *b)
{
	buf_add(b, "", 1);
	b->n--;
}

static void
see_head(struct seen *s, const struct fact_head *h, unsigned dir)
{
	struct seen_message *m = &s->message[dir];
	bool edit = h->f.type == FACT_EDIT;

	m->edits += edit;
	buf_clear(&m->head[edit]);
	buf_add(&m->head[edit], h->head, h->head_n);
	terminate(&m->head[edit]);
	buf_clear(&m->body[edit]);
	s->state = h->state;
	if (dir == FLOW_RESPONSE)
		s->status = h->status;
}

static void
see_body(struct seen *s, const struct fact_body *b)
{
	struct seen_message *m = &s->message[b->dir];

	buf_add(&m->body[m->edits > 0], b->block ? b->p : b->data, b->kept_n);
	block_unref(b->block);
}

static void
see_end(struct seen *s, const struct fact_flow_end *e)
{
	assert_false(s->ended);
	s->ended = true;
	s->state = e->state;
	snprintf(s->why, sizeof s->why, "%.*s", (int)e->why_n, e->text);
}

static void
see_talk(struct seen *s, const struct fact_message *m)
{
	assert_true(s->ntalk < SEEN_TALK_MAX);
	struct seen_talk *t = &s->talk[s->ntalk++];

	*t = (struct seen_talk){.what = m->what, .dir = m->dir, .opcode = m->opcode, .number = m->number, .n = m->n};
	if (m->block)
		memcpy(t->data, m->block->p, m->n < sizeof t->data ? m->n : sizeof t->data - 1);
	block_unref(m->block);
}

static void
see_event(struct rig *r, const struct fact_event *e)
{
	assert_true(r->nevents < RIG_EVENTS_MAX);
	r->event[r->nevents++] = mem_dup(e->text, e->n);
}

static void
see_process(struct rig *r, const struct fact_conn_process *v)
{
	r->told++;
	assert_true(r->told <= r->due);
	if (!v->pid)
		return;
	r->known++;
	r->pid = v->pid;
	memcpy(r->process, v->name, sizeof r->process);
}

static void
see(void *arg, const struct fact *f)
{
	struct rig *r = arg;
	struct seen *s = f->flow ? seen_of(r, f->flow) : NULL;

	if (s && s->ended && f->type != FACT_BODY)
		fail_msg("fact %d after the end of its flow", f->type);
	switch (f->type) {
	case FACT_CONN_OPEN:
		r->due += ((const struct fact_conn_open *)(const void *)f)->process_due;
		break;
	case FACT_CONN_PROCESS:
		see_process(r, (const void *)f);
		break;
	case FACT_CONN_CLOSE:
		r->closed++;
		break;
	case FACT_REQUEST:
		see_head(s, (const void *)f, FLOW_REQUEST);
		break;
	case FACT_RESPONSE:
		see_head(s, (const void *)f, FLOW_RESPONSE);
		break;
	case FACT_EDIT:
		see_head(s, (const void *)f, ((const struct fact_head *)(const void *)f)->dir);
		break;
	case FACT_BODY:
		see_body(s, (const void *)f);
		break;
	case FACT_TRAILER: {
		const struct fact_trailer *t = (const void *)f;
		buf_add(&s->message[t->dir].trailer[s->message[t->dir].edits > 0], t->data, t->n);
		break;
	}
	case FACT_STATE:
		s->state = ((const struct fact_state *)(const void *)f)->state;
		break;
	case FACT_PASS:
		s->state = FLOW_S_PASS;
		break;
	case FACT_HELD:
		s->state = FLOW_S_HELD;
		s->held++;
		s->rule = ((const struct fact_held *)(const void *)f)->rule;
		s->dir = ((const struct fact_held *)(const void *)f)->dir;
		break;
	case FACT_SENT:
		s->tag = ((const struct fact_sent *)(const void *)f)->tag;
		break;
	case FACT_MESSAGE:
		see_talk(s, (const void *)f);
		break;
	case FACT_EVENT:
		see_event(r, (const void *)f);
		break;
	case FACT_FLOW_END:
		see_end(s, (const void *)f);
		break;
	default:
		break;
	}
}

void
rig_pump(struct rig *r, int ms)
{
	struct pollfd p = {.fd = engine_fact_fd(r->engine), .events = POLLIN};

	poll(&p, 1, ms);
	while (engine_drain(r->engine, 1000, see, r))
		;
}

struct seen *
rig_find(struct rig *r, const char *text)
{
	for (unsigned i = 0; i < r->nseen; i++) {
		struct buf *h = &r->seen[i]->message[FLOW_REQUEST].head[0];
		if (h->n && memmem(h->p, h->n, text, strlen(text)))
			return r->seen[i];
	}
	return NULL;
}

bool
rig_event(const struct rig *r, const char *text)
{
	for (unsigned i = 0; i < r->nevents; i++)
		if (strstr(r->event[i], text))
			return true;
	return false;
}

void
rig_print(const struct rig *r)
{
	for (unsigned i = 0; i < r->nseen; i++) {
		const struct seen *s = r->seen[i];
		const struct buf *h = &s->message[FLOW_REQUEST].head[0];
		print_message("flow %llx: state %d, status %d, held %u, ended %d \"%s\": %.*s\n",
		    (unsigned long long)s->key, s->state, s->status, s->held, s->ended, s->why, (int)h->n,
		    h->n ? h->p : "");
	}
	for (unsigned i = 0; i < r->nevents; i++)
		print_message("event: %s\n", r->event[i]);
}

unsigned
rig_held(const struct rig *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->nseen; i++)
		n += r->seen[i]->state == FLOW_S_HELD;
	return n;
}

/* ---- the engine ---- */

enum { HALF_CLOSE_MS = 60000 };

static struct rig *
open_rig(unsigned workers, bool process, uint32_t half_close_ms)
{
	struct rig *r = mem_zalloc(sizeof *r);
	struct errmsg why;
	struct engine_config c = {
	    .listen = {{.mode = "auto", .addr = "127.0.0.1"}},
	    .nlisten = 1,
	    .threads = workers,
	    .head_timeout_ms = 30000,
	    .dns_timeout_ms = 5000,
	    .connect_timeout_ms = 5000,
	    .handshake_timeout_ms = 10000,
	    .idle_timeout_ms = 60000,
	    .half_close_timeout_ms = half_close_ms,
	    .connections_max = 1000,
	    .body_max_bytes = 1 << 20,
	    .rules_come = true,
	    .hold_max_bytes = 64 << 10,
	    .hold_total_bytes = 256 << 10,
	    .process = process,
	    .ca_page = true,
	};

	r->workers = workers;
	r->settled = (uint64_t)1 << 32;
	r->tls = c.tls = fix_tls(fix_dir(), NULL, true);
	r->engine = engine_start(&c, &why);
	if (!r->engine)
		fail_msg("%s", why.text);
	r->port = (uint16_t)atoi(strrchr(engine_listener_text(r->engine, 0), ':') + 1);
	return r;
}

struct rig *
rig_open(unsigned workers)
{
	return open_rig(workers, false, HALF_CLOSE_MS);
}

struct rig *
rig_open_half_close(unsigned workers, uint32_t ms)
{
	return open_rig(workers, false, ms);
}

struct rig *
rig_open_process(unsigned workers)
{
	return open_rig(workers, true, HALF_CLOSE_MS);
}

void
rig_close(struct rig *r)
{
	engine_stop(r->engine);
	rig_pump(r, 0);
	assert_int_equal(atomic_load(&r->engine->hold_bytes), 0);
	engine_free(r->engine);
	tls_free(r->tls);
	for (unsigned i = 0; i < r->nseen; i++) {
		for (unsigned d = 0; d < 4; d++) {
			struct seen_message *m = &r->seen[i]->message[d / 2];
			buf_fini(&m->head[d % 2]);
			buf_fini(&m->body[d % 2]);
			buf_fini(&m->trailer[d % 2]);
		}
		free(r->seen[i]);
	}
	for (unsigned i = 0; i < r->nevents; i++)
		free(r->event[i]);
	free(r);
}

struct intent_rule
rig_rule(unsigned number, unsigned phases, const char *expr)
{
	return (struct intent_rule){.number = number, .phases = phases, .expr = mem_strdup(expr)};
}

void
rig_do(struct rig *r, enum intent_type type, flow_key flow)
{
	engine_intend(r->engine, intent_new(type, flow));
}

static struct intent_message *
message_of(const char *head, const char *body, const char *trailers)
{
	return intent_message_new(head, head ? strlen(head) : 0, body, body ? strlen(body) : 0, trailers,
	    trailers ? strlen(trailers) : 0);
}

void
rig_do_message(struct rig *r, enum intent_type type, flow_key flow, const char *head, const char *body,
    const char *trailers)
{
	struct intent *i = intent_new(type, flow);

	i->message = message_of(head, body, trailers);
	engine_intend(r->engine, i);
}

void
rig_send(struct rig *r, uint64_t tag, uint16_t port, bool tls, const char *head, const char *body)
{
	struct intent *i = intent_new(INTENT_SEND, 0);

	i->send = mem_zalloc(sizeof *i->send);
	i->send->tag = tag;
	snprintf(i->send->host, sizeof i->send->host, "127.0.0.1");
	i->send->port = port;
	i->send->tls = tls;
	i->send->message = message_of(head, body, NULL);
	engine_intend(r->engine, i);
}

struct seen *
rig_tagged(struct rig *r, uint64_t tag)
{
	for (unsigned i = 0; i < r->nseen; i++)
		if (r->seen[i]->tag == tag)
			return r->seen[i];
	return NULL;
}

/* Waits until every worker has done what it was asked before: each is given a request that fails at once. */
static void
settle(struct rig *r)
{
	uint64_t first = r->settled + 1;
	struct seen *s;

	for (unsigned t = 0; t < r->workers; t++)
		rig_send(r, ++r->settled, 1, false, "settle", NULL);
	for (uint64_t tag = first; tag <= r->settled; tag++)
		RIG_UNTIL(r, (s = rig_tagged(r, tag)) && s->ended);
}

void
rig_rules(struct rig *r, const struct intent_rule *rule, unsigned n)
{
	struct intent *i = intent_new(INTENT_RULES, 0);

	i->rules = mem_array(n ? n : 1, sizeof *i->rules);
	i->nrules = n;
	for (unsigned k = 0; k < n; k++)
		i->rules[k] = rule[k];
	engine_intend(r->engine, i);
	settle(r);
}

void
rig_on(struct rig *r, unsigned phases, const char *expr)
{
	struct intent_rule rule = rig_rule(2, phases, expr);

	rig_rules(r, &rule, 1);
}

/* ---- bytes ---- */

long
peer_recv(struct peer *p, char *out, size_t n)
{
	if (!p->ssl)
		return recv(p->fd, out, n, 0);
	int k = SSL_read(p->ssl, out, (int)n);
	return k > 0 ? k : 0;
}

static bool
peer_send(struct peer *p, const char *s, size_t n)
{
	while (n) {
		long k = p->ssl ? SSL_write(p->ssl, s, (int)n) : send(p->fd, s, n, MSG_NOSIGNAL);
		if (k <= 0)
			return false;
		s += k;
		n -= (size_t)k;
	}
	return true;
}

/* One message, byte by byte, so that nothing of the next one is taken. */
static bool
read_line(struct peer *p, struct buf *out, size_t *line)
{
	char c;

	*line = out->n;
	do {
		if (peer_recv(p, &c, 1) != 1)
			return false;
		buf_add(out, &c, 1);
	} while (c != '\n');
	terminate(out);
	return true;
}

static bool
read_bytes(struct peer *p, struct buf *out, size_t n)
{
	char block[4096];

	while (n) {
		long k = peer_recv(p, block, n < sizeof block ? n : sizeof block);
		if (k <= 0)
			return false;
		buf_add(out, block, (size_t)k);
		n -= (size_t)k;
	}
	return true;
}

static bool
read_chunks(struct peer *p, struct buf *out)
{
	size_t line, n;

	do {
		if (!read_line(p, out, &line))
			return false;
		n = strtoul(out->p + line, NULL, 16);
		if (n && !read_bytes(p, out, n + 2))
			return false;
	} while (n);
	do
		if (!read_line(p, out, &line))
			return false;
	while (out->n - line > 2);
	return true;
}

/* Reads a head; *length -1: not stated, -2: chunked. */
static bool
read_head(struct peer *p, struct buf *out, long *length)
{
	size_t line;

	*length = -1;
	do {
		if (!read_line(p, out, &line))
			return false;
		if (!strncasecmp(out->p + line, "content-length:", 15))
			*length = atol(out->p + line + 15);
		else if (!strncasecmp(out->p + line, "transfer-encoding: chunked", 26))
			*length = -2;
	} while (out->n - line > 2);
	return true;
}

static bool
read_rest(struct peer *p, struct buf *out, long length)
{
	if (length == -2)
		return read_chunks(p, out);
	return length <= 0 || read_bytes(p, out, (size_t)length);
}

/* ---- the origin ---- */

enum { ORIGINS_MAX = 8, PEERS_MAX = 512 };

static struct origin {
	uint16_t port;
	int fd;
	SSL_CTX *ctx;
	pthread_t thread, peer[PEERS_MAX];
	int peer_fd[PEERS_MAX];
	unsigned npeers;
	pthread_mutex_t lock;
	pthread_cond_t released;
	bool release, stop;
	_Atomic unsigned connections, requests;
} origins[ORIGINS_MAX];

static struct origin *
origin_of(uint16_t port)
{
	for (unsigned i = 0; i < ORIGINS_MAX; i++)
		if (origins[i].port == port)
			return &origins[i];
	return NULL;
}

static void
wait_release(struct origin *o)
{
	pthread_mutex_lock(&o->lock);
	while (!o->release && !o->stop)
		pthread_cond_wait(&o->released, &o->lock);
	pthread_mutex_unlock(&o->lock);
}

static const char gzip_hello[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57\x28\xcf\x2f\xca\x49\x01\x00\x85\x11\x4a\x0d\x0b\x00\x00\x00";

/* Answers one request; false when the connection is to be closed. */
static bool
origin_answer(struct origin *o, struct peer *p, const struct buf *in)
{
	struct buf out;
	bool more = true;

	buf_init(&out, MESSAGE_MAX);
	const char *path = memchr(in->p, ' ', in->n);
	path = path ? path + 1 : in->p;
#define IS(s) (!strncmp(path, s, strlen(s)))
	if (IS("/slow"))
		wait_release(o);
	if (IS("/chunked")) {
		buf_add_str(&out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
		                  "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n");
	} else if (IS("/close")) {
		buf_add_str(&out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end");
		more = false;
	} else if (IS("/gzip")) {
		buf_addf(&out, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
		    sizeof gzip_hello - 1);
		buf_add(&out, gzip_hello, sizeof gzip_hello - 1);
	} else if (IS("/big")) {
		buf_addf(&out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n");
		memset(buf_reserve(&out, 200000), 'x', 200000);
		out.n += 200000;
		buf_add_str(&out, "\r\n0\r\n\r\n");
	} else {
		bool head = !strncmp(in->p, "HEAD ", 5);
		buf_addf(&out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", in->n);
		buf_add(&out, in->p, head ? 0 : in->n);
	}
#undef IS
	more = peer_send(p, out.p, out.n) && more;
	buf_fini(&out);
	return more;
}

/* Takes the connection over as a WebSocket that says what it hears. */
static void
origin_talk(struct peer *p, const struct buf *in)
{
	bool deflate = memmem(in->p, in->n, "/ws-deflate", 11) != NULL;
	bool alone = memmem(in->p, in->n, "/ws-deflate-alone", 17) != NULL;
	char bytes[4096], head[256];
	long k;

	snprintf(head, sizeof head, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n%s%s%s\r\n",
	    deflate ? "Sec-WebSocket-Extensions: permessage-deflate" : "", alone ? "; client_no_context_takeover" : "", deflate ? "\r\n" : "");
	peer_send(p, head, strlen(head));
	while ((k = peer_recv(p, bytes, sizeof bytes)) > 0 && peer_send(p, bytes, (size_t)k)) {
		/* on to the next */
	}
}

struct origin_peer {
	struct origin *o;
	int fd;
};

static void *
origin_serve(void *arg)
{
	struct origin_peer *op = arg;
	struct origin *o = op->o;
	struct peer p = {.fd = op->fd};
	struct buf in;
	bool more = true;
	long length;

	free(op);
	buf_init(&in, MESSAGE_MAX);
	if (o->ctx) {
		p.ssl = SSL_new(o->ctx);
		SSL_set_fd(p.ssl, p.fd);
		more = SSL_accept(p.ssl) == 1;
	}
	while (more && read_head(&p, &in, &length)) {
		if (memmem(in.p, in.n, "100-continue", 12))
			peer_send(&p, "HTTP/1.1 100 Continue\r\n\r\n", 25);
		if (!read_rest(&p, &in, length))
			break;
		atomic_fetch_add(&o->requests, 1);
		more = !memmem(in.p, in.n, "Upgrade: websocket", 18);
		if (more)
			more = origin_answer(o, &p, &in);
		else
			origin_talk(&p, &in);
		buf_clear(&in);
	}
	if (p.ssl) {
		SSL_shutdown(p.ssl);
		SSL_free(p.ssl);
	}
	shutdown(p.fd, SHUT_RDWR);
	buf_fini(&in);
	return NULL;
}

static void *
origin_run(void *arg)
{
	struct origin *o = arg;
	int fd;

	while ((fd = accept(o->fd, NULL, NULL)) >= 0) {
		struct origin_peer *op = mem_zalloc(sizeof *op);
		op->o = o;
		op->fd = fd;
		pthread_mutex_lock(&o->lock);
		o->peer_fd[o->npeers] = fd;
		atomic_fetch_add(&o->connections, 1);
		pthread_create(&o->peer[o->npeers++], NULL, origin_serve, op);
		pthread_mutex_unlock(&o->lock);
	}
	return NULL;
}

uint16_t
origin_open(SSL_CTX *ctx)
{
	struct origin *o = origin_of(0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;

	*o = (struct origin){.ctx = ctx};
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->released, NULL);
	o->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(o->fd, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(o->fd, 128), 0);
	getsockname(o->fd, (struct sockaddr *)&a, &n);
	o->port = ntohs(a.sin_port);
	pthread_create(&o->thread, NULL, origin_run, o);
	return o->port;
}

void
origin_release(uint16_t port)
{
	struct origin *o = origin_of(port);

	pthread_mutex_lock(&o->lock);
	o->release = true;
	pthread_cond_broadcast(&o->released);
	pthread_mutex_unlock(&o->lock);
}

void
origin_cut(uint16_t port)
{
	struct origin *o = origin_of(port);

	pthread_mutex_lock(&o->lock);
	for (unsigned i = 0; i < o->npeers; i++)
		shutdown(o->peer_fd[i], SHUT_RDWR);
	pthread_mutex_unlock(&o->lock);
}

void
origin_close(uint16_t port)
{
	struct origin *o = origin_of(port);

	origin_release(port);
	shutdown(o->fd, SHUT_RDWR);
	pthread_join(o->thread, NULL);
	origin_cut(port);
	for (unsigned i = 0; i < o->npeers; i++) {
		pthread_join(o->peer[i], NULL);
		close(o->peer_fd[i]);
	}
	close(o->fd);
	pthread_mutex_destroy(&o->lock);
	pthread_cond_destroy(&o->released);
	o->port = 0;
}

unsigned
origin_connections(uint16_t port)
{
	return atomic_load(&origin_of(port)->connections);
}

unsigned
origin_requests(uint16_t port)
{
	return atomic_load(&origin_of(port)->requests);
}

/* ---- clients ---- */

struct peer
peer_connect(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons(port)};
	struct peer p = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	struct timeval wait = {.tv_sec = RIG_WAIT_MS / 1000};

	setsockopt(p.fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	assert_int_equal(connect(p.fd, (struct sockaddr *)&a, sizeof a), 0);
	return p;
}

struct peer
peer_tunnel(uint16_t proxy, uint16_t port, SSL_CTX *ctx)
{
	char authority[32];

	snprintf(authority, sizeof authority, "127.0.0.1:%u", port);
	return peer_tunnel_to(proxy, authority, ctx);
}

struct peer
peer_tunnel_to(uint16_t proxy, const char *authority, SSL_CTX *ctx)
{
	struct peer p = peer_connect(proxy);
	struct buf b;

	buf_init(&b, MESSAGE_MAX);
	peer_print(&p, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", authority, authority);
	long length;
	assert_true(read_head(&p, &b, &length));
	assert_non_null(memmem(b.p, b.n, " 200 ", 5));
	buf_fini(&b);
	if (!ctx)
		return p;
	p.ssl = SSL_new(ctx);
	SSL_set_fd(p.ssl, p.fd);
	assert_int_equal(SSL_connect(p.ssl), 1);
	return p;
}

void
peer_close(struct peer *p)
{
	if (p->ssl) {
		SSL_shutdown(p->ssl);
		SSL_free(p->ssl);
	}
	if (p->fd >= 0)
		close(p->fd);
	*p = (struct peer){.fd = -1};
}

void
peer_write(struct peer *p, const char *s, size_t n)
{
	assert_true(peer_send(p, s, n));
}

void
peer_print(struct peer *p, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	assert_true((size_t)n < sizeof text);
	peer_write(p, text, (size_t)n);
}

bool
peer_response(struct peer *p, struct buf *out)
{
	char block[4096];
	long length, k;

	buf_clear(out);
	if (!read_head(p, out, &length))
		return out->n > 0;
	if (!strncmp(out->p, "HTTP/1.1 1", 10))
		length = 0;
	if (length != -1) {
		read_rest(p, out, length);
	} else {
		while ((k = peer_recv(p, block, sizeof block)) > 0)
			buf_add(out, block, (size_t)k);
	}
	buf_add(out, "", 1); /* so that it can be searched as text */
	out->n--;
	return true;
}

bool
peer_at_end(struct peer *p)
{
	char c;

	return peer_recv(p, &c, 1) <= 0;
}
