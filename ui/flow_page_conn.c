/* SPDX-License-Identifier: MIT
 * The tab Connection: the client connection that the flow came on, and the server connection behind it. */
#include <inttypes.h>
#include <stdio.h>

#include "flow/flow.h"
#include "ui/flow_page.h"
#include "ui/fmt.h"

enum { CONN_COLUMN = 12 };

static void
conn_label(struct text_lines *t, const char *label)
{
	text_lines_begin(t);
	text_lines_words(t, TEXT_NAME, label);
	text_lines_pad(t, CONN_COLUMN, 1);
}

/* A line with text of the peer or from a fact; none when there is no text. */
static void
conn_text(struct text_lines *t, const char *label, const char *text)
{
	if (!*text)
		return;
	conn_label(t, label);
	text_lines_add(t, TEXT_PLAIN, span_str(text));
}

static void
conn_time(struct text_lines *t, const char *label, uint32_t us)
{
	char text[FMT_MAX + 1];

	conn_label(t, label);
	text_lines_words(t, TEXT_PLAIN, us ? flow_page_time(us, text) : "-");
}

static void
conn_tls(struct text_lines *t, const struct flow_conn *c, enum flow_side side)
{
	const struct flow_tls *tls = c->tls[side];
	char time[FMT_MAX + 1];

	conn_label(t, "TLS");
	if (!tls) {
		text_lines_words(t, TEXT_PLAIN, c->tls[!side] ? "not begun" : "none");
		return;
	}
	if (tls->failed) {
		text_lines_addf(t, TEXT_BAD, "FAILED %s", tls->fail_class);
		return;
	}
	if (!tls->done) {
		text_lines_words(t, TEXT_NOTE, "under way");
		return;
	}
	text_lines_addf(t, TEXT_PLAIN, "%s %s in %s%s", tls->version, tls->cipher,
	    flow_page_time(tls->handshake_us, time), tls->resumed ? ", resumed" : "");
	if (side == FLOW_SERVER)
		text_lines_words(t, tls->verified ? TEXT_GOOD : TEXT_BAD, tls->verified ? ", verified" : ", not verified");
	conn_text(t, "ALPN", tls->alpn[0] ? tls->alpn : "none");
}

static void
conn_client(struct text_lines *t, const struct flow_conn *c)
{
	char accepted[FMT_MAX];
	struct fmt_clock clock = {.second = 0};

	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "client <-> proxy");
	text_lines_addf(t, TEXT_NOTE, c->open ? "open" : "closed");
	conn_text(t, "client", c->client);
	conn_text(t, "listener", c->listener);
	conn_label(t, "accepted");
	*fmt_time_ms(&clock, accepted, c->wall_ns) = '\0';
	text_lines_words(t, TEXT_PLAIN, accepted);
	conn_label(t, "flows");
	text_lines_addf(t, TEXT_PLAIN, "%u seen on it", c->nflows);
	if (c->client_versions[0] || c->tls[FLOW_CLIENT]) {
		conn_text(t, "SNI", c->sni[0] ? c->sni : "none");
		conn_text(t, "offered", c->client_versions);
		conn_text(t, "offers ALPN", c->client_alpn);
	}
	conn_tls(t, c, FLOW_CLIENT);
}

static void
conn_server(struct text_lines *t, const struct flow_conn *c)
{
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "proxy <-> server");
	if (!c->server[0]) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, c->open ? "Not connected yet." : "No server was reached.");
		return;
	}
	conn_text(t, "server", c->server);
	conn_text(t, "from", c->local);
	conn_time(t, "DNS", c->dns_us);
	conn_time(t, "connect", c->connect_us);
	conn_tls(t, c, FLOW_SERVER);
}

void
flow_page_conn(struct text_lines *t, const struct flow *f, const struct flow_page_env *env)
{
	const struct flow_conn *c = flow_conn(f);

	(void)env;
	if (!c) {
		text_lines_begin(t);
		text_lines_words(t, TEXT_NOTE, "Connection: not kept: memory limit, see --memory");
		return;
	}
	conn_client(t, c);
	conn_server(t, c);
	if (!c->number)
		return;
	text_lines_begin(t);
	text_lines_words(t, TEXT_RULE, "session");
	conn_label(t, "number");
	text_lines_addf(t, TEXT_PLAIN, "connection %" PRIu64, c->number);
}
