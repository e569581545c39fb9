/* SPDX-License-Identifier: MIT
 * The tab Connection: the client connection that the flow came on, and the server connection behind
 * it. */
#include <inttypes.h>
#include <stdio.h>

#include "flow/flow.h"
#include "ui/flow_page.h"
#include "ui/fmt.h"

enum {
	CONN_COLUMN = 12,
	CONN_COLUMN_FROM = 40 /* screen columns; below, values stand right behind their names */
};

/* The text, and the column of the values. */
struct conn_page {
	struct text_lines *t;
	size_t column;
	bool passed; /* TLS went through unread */
};

static void
conn_label(const struct conn_page *p, const char *label)
{
	text_lines_begin(p->t);
	text_lines_words(p->t, TEXT_NAME, label);
	text_lines_pad(p->t, p->column, 1);
}

/* A line with text of the peer or from a fact; none when there is no text. */
static void
conn_text(const struct conn_page *p, const char *label, const char *text)
{
	if (!*text)
		return;
	conn_label(p, label);
	text_lines_add(p->t, TEXT_PLAIN, span_str(text));
}

static void
conn_time(const struct conn_page *p, const char *label, uint32_t us)
{
	char text[FMT_MAX + 1];

	conn_label(p, label);
	text_lines_words(p->t, TEXT_PLAIN, us ? flow_page_time(us, text) : "-");
}

static void
conn_tls(const struct conn_page *p, const struct flow_conn *c, enum flow_side side)
{
	const struct flow_tls *tls = c->tls[side];
	char time[FMT_MAX + 1];

	conn_label(p, "TLS");
	if (p->passed) {
		text_lines_words(p->t, TEXT_NOTE, "not decrypted");
		return;
	}
	if (!tls) {
		text_lines_words(p->t, TEXT_PLAIN, c->tls[!side] ? "not begun" : "none");
		return;
	}
	if (tls->failed) {
		text_lines_addf(p->t, TEXT_BAD, "FAILED %s", tls->fail_class);
		return;
	}
	if (!tls->done) {
		text_lines_words(p->t, TEXT_NOTE, "under way");
		return;
	}
	text_lines_addf(p->t, TEXT_PLAIN, "%s %s in %s%s", tls->version, tls->cipher,
	    flow_page_time(tls->handshake_us, time), tls->resumed ? ", resumed" : "");
	if (side == FLOW_SERVER)
		text_lines_words(p->t, tls->verified ? TEXT_GOOD : TEXT_BAD,
		    tls->verified ? ", verified" : ", not verified");
	conn_text(p, "ALPN", tls->alpn[0] ? tls->alpn : "none");
}

static void
conn_process(const struct conn_page *p, const struct flow_conn *c)
{
	if (!c->pid)
		return;
	conn_text(p, "process", c->process[0] ? c->process : "?");
	text_lines_addf(p->t, TEXT_PLAIN, " (%" PRIu32 ")", c->pid);
}

static void
conn_client(const struct conn_page *p, const struct flow_conn *c)
{
	char accepted[FMT_MAX];
	struct fmt_clock clock = {.second = 0};

	text_lines_begin(p->t);
	text_lines_words(p->t, TEXT_RULE, "client <-> proxy");
	text_lines_addf(p->t, TEXT_NOTE, c->open ? "open" : "closed");
	conn_label(p, "number");
	text_lines_addf(p->t, TEXT_PLAIN, "%" PRIu64, c->number);
	conn_text(p, "client", c->client);
	conn_process(p, c);
	conn_text(p, "listener", c->listener);
	conn_label(p, "accepted");
	*fmt_time_ms(&clock, accepted, c->wall_ns) = '\0';
	text_lines_words(p->t, TEXT_PLAIN, accepted);
	if (c->nflows) { /* not known of one that was read from a file */
		conn_label(p, "flows");
		text_lines_addf(p->t, TEXT_PLAIN, "%u seen on it", c->nflows);
	}
	if (c->client_versions[0] || c->tls[FLOW_CLIENT]) {
		conn_text(p, "SNI", c->sni[0] ? c->sni : "none");
		conn_text(p, "offered", c->client_versions);
		conn_text(p, "offers ALPN", c->client_alpn);
	}
	conn_tls(p, c, FLOW_CLIENT);
}

static void
conn_server(const struct conn_page *p, const struct flow_conn *c, bool ended)
{
	text_lines_begin(p->t);
	text_lines_words(p->t, TEXT_RULE, "proxy <-> server");
	if (!c->server[0]) {
		text_lines_begin(p->t);
		text_lines_words(p->t, TEXT_NOTE,
		    ended || !c->open ? "No server was reached." : "Not connected yet.");
		return;
	}
	conn_text(p, "server", c->server);
	conn_text(p, "from", c->local);
	conn_time(p, "DNS", c->dns_us);
	conn_time(p, "connect", c->connect_us);
	conn_tls(p, c, FLOW_SERVER);
}

/* What is known of the flow besides its connection; nothing for most. */
static void
conn_flow(const struct conn_page *p, const struct flow *f)
{
	uint64_t replay_of = f->detail ? f->detail->replay_of : 0;

	if (!f->comment && !f->replay && !f->edited)
		return;
	text_lines_begin(p->t);
	text_lines_words(p->t, TEXT_RULE, "flow");
	if (f->comment)
		conn_text(p, "comment", f->comment);
	if (f->replay) {
		conn_label(p, "sent by you");
		if (replay_of) {
			text_lines_addf(p->t, TEXT_PLAIN, "replay of flow %" PRIu64, replay_of);
			text_lines_addf(p->t, TEXT_NOTE, ": & compares, :goto %" PRIu64 " shows it", replay_of);
		} else {
			text_lines_words(p->t, TEXT_PLAIN, "yes");
		}
	}
	for (int dir = 0; f->edited && dir < 2; dir++)
		if (flow_original(f, (enum flow_dir)dir))
			conn_text(p, "edited", dir == FLOW_REQUEST ? "the request" : "the response");
}

void
flow_page_conn(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	const struct flow_conn *c = flow_conn(f);
	const struct conn_page p = {
	    .t = t, .column = env->width >= CONN_COLUMN_FROM ? CONN_COLUMN : 0, .passed = f->state == FLOW_S_PASS};

	conn_flow(&p, f);
	if (!c) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "Connection: not kept: memory limit, see --memory");
		return;
	}
	conn_client(&p, c);
	conn_server(&p, c, f->ended);
}
