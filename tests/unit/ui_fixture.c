/* SPDX-License-Identifier: MIT
 * Ready-made flows, fed to a real store as facts. */
#include "ui_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "conf/option.h"
#include "flow/flow_fact.h"

static unsigned
fixture_pump(void *arg, unsigned max)
{
	(void)arg;
	(void)max;
	return 0;
}

static void
fixture_figures(void *arg, struct figures *out)
{
	*out = ((struct fixture *)arg)->figures;
}

/* Of the shape of a sum. */
static bool
fixture_sha256(struct span data, char out[FRONTEND_SHA256_BYTES])
{
	snprintf(out, FRONTEND_SHA256_BYTES, "91c0%056u%02xe2", 0u, (unsigned)data.n & 255);
	return true;
}

void
fixture_init(struct fixture *fx)
{
	const struct flow_store_limits limits = {
	    .memory_max_bytes = 256 << 20, .body_max_bytes = 1 << 20};

	clock_stop(FIXTURE_MONO_NS, FIXTURE_WALL_NS);
	*fx = (struct fixture){.store = flow_store_new(&limits), .options = options_new()};
	fx->source = (struct frontend_source){
	    .store = fx->store,
	    .fact_fd = -1,
	    .pump = fixture_pump,
	    .figures = fixture_figures,
	    .sha256 = fixture_sha256,
	    .arg = fx,
	    .listen = {"127.0.0.1:8080", "127.0.0.1:8443"},
	    .nlisten = 1,
	    .ca_path = "/srv/mitmtop/ca.pem",
	    .config_path = "/srv/mitmtop/config",
	    .ca_fingerprint = "5C:90:86:77:91:39:57:9D:B7:7F:D7:3F:93:C9:BD:99:"
			      "67:4B:94:FA:8C:CF:01:1E:11:BF:42:58:F3:42:32:46",
	    .ca_not_after = "2036-11-19",
	    .options = fx->options,
	};
}

void
fixture_fini(struct fixture *fx)
{
	flow_store_free(fx->store);
	options_free(fx->options);
	clock_run();
}

static void
fixture_apply(struct fixture *fx, void *fact, enum fact_type type, uint64_t mono_ns)
{
	struct fact *f = fact;

	f->type = (uint16_t)type;
	f->conn = f->flow = fx->keys;
	f->mono_ns = mono_ns;
	flow_store_apply(fx->store, f);
	free(fact);
}

static void
fixture_tls(
    struct fixture *fx, enum flow_side side, const char *fail, const char *why, const char *remedy)
{
	struct fact_conn_tls *t = mem_zalloc(sizeof *t);

	t->side = (uint8_t)side;
	t->ok = t->verified = !fail;
	t->handshake_us = side == FLOW_CLIENT ? 3200 : 9000;
	snprintf(t->version, sizeof t->version, "TLSv1.3");
	snprintf(t->alpn, sizeof t->alpn, "%s", fail ? "" : "http/1.1");
	if (fail) {
		snprintf(t->fail_class, sizeof t->fail_class, "%s", fail);
		snprintf(t->why, sizeof t->why, "%s", why);
		snprintf(t->remedy, sizeof t->remedy, "%s", remedy ? remedy : "");
	}
	if (!fail || side == FLOW_SERVER) {
		snprintf(t->cipher, sizeof t->cipher, "TLS_AES_256_GCM_SHA384");
		snprintf(t->group, sizeof t->group, "X25519");
	}
	if (side == FLOW_CLIENT) {
		t->leaf_minted = true;
		snprintf(t->leaf_key, sizeof t->leaf_key, "EC P-256");
		snprintf(t->issuer, sizeof t->issuer, "CN=mitmtop CA 1a2b3c4d");
	}
	if (side == FLOW_SERVER) {
		t->chain_len = 3;
		t->ticket_kept = !fail;
		snprintf(t->staple, sizeof t->staple, "%s", fail ? "" : "good");
		snprintf(t->subject, sizeof t->subject, "CN=example.test");
		snprintf(t->issuer, sizeof t->issuer,
		    "C=XX, O=Example Trust Services, CN=Example Public CA G2");
		snprintf(t->not_before, sizeof t->not_before, "2026-10-01");
		snprintf(t->not_after, sizeof t->not_after, "2026-12-30");
		snprintf(t->san, sizeof t->san, "example.test, *.example.test");
		snprintf(t->sha256, sizeof t->sha256,
		    "5c9086779139579db77fd73f93c9bd99674b94fa8ccf011e11bf4258f3423246");
	}
	fixture_apply(fx, t, FACT_CONN_TLS, FIXTURE_MONO_NS);
}

static void
fixture_conn(struct fixture *fx, const struct fixture_flow *row, uint64_t mono_ns)
{
	struct fact_conn_open *o = mem_zalloc(sizeof *o);
	struct fact_conn_hello *h = mem_zalloc(sizeof *h);
	struct fact_conn_server *v = mem_zalloc(sizeof *v);

	o->wall_ns = FIXTURE_WALL_NS;
	snprintf(o->client, sizeof o->client, "10.0.0.7:%u", 51000 + (unsigned)fx->keys);
	snprintf(o->listener, sizeof o->listener, "127.0.0.1:8080");
	fixture_apply(fx, o, FACT_CONN_OPEN, mono_ns);
	snprintf(h->sni, sizeof h->sni, "%s", row->host ? row->host : "");
	snprintf(h->alpn, sizeof h->alpn, "h2,http/1.1");
	snprintf(h->versions, sizeof h->versions, "1.3 1.2");
	snprintf(h->groups, sizeof h->groups, "X25519 P-256 P-384");
	snprintf(h->ja4, sizeof h->ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	h->ech = true;
	fixture_apply(fx, h, FACT_CONN_HELLO, mono_ns);
	snprintf(v->server, sizeof v->server, "203.0.113.9:443");
	fixture_apply(fx, v, FACT_CONN_SERVER, mono_ns);
	if (row->plain)
		return;
	if (!row->client_fail || row->status)
		fixture_tls(fx, FLOW_SERVER, row->server_fail, row->why, row->remedy);
	if (!row->server_fail)
		fixture_tls(fx, FLOW_CLIENT, row->client_fail, row->why, row->remedy);
}

static uint32_t
fixture_find(const char *text, const char *what)
{
	const char *p = strstr(text, what);

	return p ? (uint32_t)(p - text) : 0;
}

static void
fixture_request(
    struct fixture *fx, const struct fixture_flow *row, uint64_t wall_ns, uint64_t mono_ns)
{
	char *text = mem_printf(
	    "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n%s\r\n",
	    row->method, row->path, row->host, row->asked ? row->asked : "");
	size_t n = strlen(text);
	struct fact_head *h = mem_zalloc(sizeof *h + n + 1);

	memcpy(h->head, text, n);
	h->head_n = (uint32_t)n;
	h->wall_ns = wall_ns;
	h->tls = !row->plain;
	h->port = row->plain ? 80 : 443;
	h->method_n = (uint32_t)strlen(row->method);
	h->path_off = h->method_n + 1;
	h->path_n = (uint32_t)strlen(row->path);
	h->host_off = fixture_find(text, "Host: ") + 6;
	h->host_n = (uint32_t)strlen(row->host);
	h->state = row->state == FLOW_S_REQUEST ? FLOW_S_REQUEST : FLOW_S_WAIT;
	free(text);
	fixture_apply(fx, h, FACT_REQUEST, mono_ns);
}

static void
fixture_response(struct fixture *fx, const struct fixture_flow *row, uint64_t mono_ns)
{
	char *text =
	    mem_printf("HTTP/1.1 %u %s\r\nServer: nginx/1.22.1\r\nContent-Type: %s\r\n%s\r\n",
		row->status, row->status == 401 ? "Unauthorized" : "OK",
		row->type ? row->type : "text/plain", row->fields ? row->fields : "");
	size_t n = strlen(text);
	struct fact_head *h = mem_zalloc(sizeof *h + n + 1);

	memcpy(h->head, text, n);
	h->head_n = (uint32_t)n;
	h->status = (uint16_t)row->status;
	h->state = FLOW_S_BODY;
	h->type_off = fixture_find(text, "Content-Type: ") + 14;
	h->type_n = row->type ? (uint32_t)strlen(row->type) : 10;
	free(text);
	fixture_apply(fx, h, FACT_RESPONSE, mono_ns);
}

static void
fixture_body(struct fixture *fx, enum flow_dir dir, const char *body, uint64_t passed)
{
	size_t n = body ? strlen(body) : 0;
	struct fact_body *b = mem_zalloc(sizeof *b + n + 1);

	b->dir = (uint8_t)dir;
	b->kept_n = (uint32_t)n;
	b->n = passed ? (uint32_t)passed : (uint32_t)n;
	if (n)
		memcpy(b->data, body, n);
	fixture_apply(fx, b, FACT_BODY, FIXTURE_MONO_NS);
}

static void
fixture_end(struct fixture *fx, const struct fixture_flow *row, uint64_t mono_ns)
{
	size_t why_n = row->why ? strlen(row->why) : 0,
	       remedy_n = row->remedy ? strlen(row->remedy) : 0;
	struct fact_flow_end *e = mem_zalloc(sizeof *e + why_n + remedy_n + 1);

	e->state = (uint8_t)row->state;
	e->why_n = (uint16_t)why_n;
	e->remedy_n = (uint16_t)remedy_n;
	if (why_n)
		memcpy(e->text, row->why, why_n);
	if (remedy_n)
		memcpy(e->text + why_n, row->remedy, remedy_n);
	fixture_apply(fx, e, FACT_FLOW_END, mono_ns);
}

static void
fixture_open_row(
    struct fixture *fx, const struct fixture_flow *row, uint64_t wall_ns, uint64_t mono_ns)
{
	size_t n = row->host ? strlen(row->host) : 0;
	struct fact_flow_open *o = mem_zalloc(sizeof *o + n + 1);

	o->wall_ns = wall_ns;
	o->proto = (uint8_t)row->proto;
	o->tls = !row->plain;
	o->port = row->plain ? 80 : 443;
	o->host_n = (uint16_t)n;
	if (n)
		memcpy(o->host, row->host, n);
	fixture_apply(fx, o, FACT_FLOW_OPEN, mono_ns);
}

void
fixture_add(struct fixture *fx, const struct fixture_flow *row)
{
	uint64_t wall_ns = clock_wall_ns() - row->time_ms * 1000000ull;
	uint64_t mono_ns = clock_mono_ns() - row->time_ms * 1000000ull;
	bool ended = row->state == FLOW_S_DONE || row->state >= FLOW_S_TLS_FAILED;

	fx->keys++;
	fixture_conn(fx, row, mono_ns);
	if (row->method)
		fixture_request(fx, row, wall_ns, mono_ns);
	else
		fixture_open_row(fx, row, wall_ns, mono_ns);
	if (row->status)
		fixture_response(fx, row, mono_ns + row->ttfb_ms * 1000000ull);
	if (row->sent)
		fixture_body(fx, FLOW_REQUEST, row->sent, 0);
	if (row->body || row->body_bytes)
		fixture_body(fx, row->status || row->proto == FLOW_RAW ? FLOW_RESPONSE : FLOW_REQUEST, row->body, row->body_bytes);
	if (ended) {
		fixture_end(fx, row, clock_mono_ns());
	} else {
		struct fact_state *st = mem_zalloc(sizeof *st);
		st->state = (uint8_t)row->state;
		st->proto = (uint8_t)row->proto;
		fixture_apply(fx, st, FACT_STATE, mono_ns);
	}
}

void
fixture_add_many(struct fixture *fx, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char path[32];
		snprintf(path, sizeof path, "/items/%u", i + 1);
		fixture_add(fx, &(struct fixture_flow){.proto = FLOW_H1,
				    .state = FLOW_S_DONE,
				    .method = "GET",
				    .host = "api.example.test",
				    .path = path,
				    .status = 200,
				    .type = "application/json",
				    .body_bytes = 100 + i,
				    .ttfb_ms = 2,
				    .time_ms = 3});
	}
}

static const struct fixture_flow gallery[] = {
    {.proto = FLOW_H1,
	.state = FLOW_S_DONE,
	.method = "GET",
	.host = "cdn.example.test",
	.path = "/static/app.8f3c1.js",
	.status = 200,
	.type = "text/javascript",
	.body_bytes = 217500,
	.ttfb_ms = 11,
	.time_ms = 38},
    {.proto = FLOW_H1,
	.state = FLOW_S_DONE,
	.method = "POST",
	.host = "auth.example.test",
	.path = "/oauth/token",
	.status = 401,
	.type = "application/json",
	.fields = "X-Evil: a\x1b]0;PWNED\x07"
		  "b\x1b[31mred\r\nSet-Cookie: sid=8f31c0aa; Path=/\r\n",
	.body = "{\n  \"error\": \"invalid_grant\",\n  \"error_description\": "
		"\"トークンの有効期限\"\n}\n",
	.ttfb_ms = 48,
	.time_ms = 49},
    {.proto = FLOW_TLS,
	.state = FLOW_S_TLS_FAILED,
	.host = "bank.example.test",
	.client_fail = "peer_untrusted",
	.why = "client sent alert unknown_ca (48): it does not trust the CA of mitmtop, or it pins "
	       "the "
	       "certificate",
	.remedy = "install the CA certificate on the client",
	.time_ms = 4},
    {.proto = FLOW_TLS,
	.state = FLOW_S_TLS_FAILED,
	.host = "old.example.test",
	.server_fail = "verify_expired",
	.why = "the server's certificate expired on 2025-01-01",
	.remedy = "--insecure accepts it",
	.time_ms = 9},
    {.proto = FLOW_WS,
	.state = FLOW_S_STREAM,
	.method = "GET",
	.host = "live.example.test",
	.path = "/feed?room=42",
	.status = 101,
	.body_bytes = 1153434,
	.ttfb_ms = 22,
	.time_ms = 2100},
    {.proto = FLOW_H1,
	.state = FLOW_S_DONE,
	.method = "GET",
	.host = "日本語.example.test",
	.path = "/検索?q=テスト&e=😀",
	.status = 200,
	.type = "text/html; charset=utf-8",
	.body_bytes = 18432,
	.ttfb_ms = 61,
	.time_ms = 70},
    {.proto = FLOW_H1,
	.state = FLOW_S_ERROR,
	.method = "GET",
	.host = "api.example.test",
	.path = "/v1/reports/2026?format=csv",
	.why = "the server did not answer in time",
	.time_ms = 30000},
    {.proto = FLOW_RAW,
	.state = FLOW_S_STREAM,
	.plain = true,
	.host = "db.example.test",
	.body = "\x00\x01raw",
	.body_bytes = 90214,
	.time_ms = 1400},
    {.proto = FLOW_H1,
	.state = FLOW_S_DONE,
	.plain = true,
	.method = "GET",
	.host = "evil.example.test",
	.path = "/x?t=\x1b]0;PWNED\x07&r=\xe2\x80\xaegnp&z="
		"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xff\\",
	.status = 200,
	.body = "body \x1b]0;PWNED\x07\xff\xfe\x01\x02\x03\x04\x05\x06\x07\x08 binary",
	.ttfb_ms = 5,
	.time_ms = 5},
    {.proto = FLOW_H1,
	.state = FLOW_S_BODY,
	.method = "GET",
	.host = "cdn.example.test",
	.path = "/video/seg-00412.m4s",
	.status = 200,
	.type = "video/mp4",
	.body_bytes = 3040870,
	.ttfb_ms = 40,
	.time_ms = 600},
    {.proto = FLOW_H1,
	.state = FLOW_S_WAIT,
	.method = "POST",
	.host = "api.example.test",
	.path = "/v1/search",
	.body_bytes = 1229,
	.time_ms = 200},
    {.proto = FLOW_H1,
	.state = FLOW_S_REQUEST,
	.method = "PUT",
	.host = "files.example.test",
	.path = "/upload/backup-2026-11.tar",
	.body_bytes = 33239859,
	.time_ms = 100},
};

void
fixture_add_gallery(struct fixture *fx)
{
	for (size_t i = 0; i < sizeof gallery / sizeof gallery[0]; i++)
		fixture_add(fx, &gallery[i]);
}

void
fixture_busy(struct fixture *fx)
{
	struct figures *f = &fx->figures;

	f->accepted = 311;
	f->client_open = 42;
	f->server_open = 37;
	f->idle = 9;
	f->bytes_in += 1258291;
	f->bytes_out += 10066330;
	f->requests += 318;
	f->handshakes_full += 26;
	f->handshakes_resumed += 71;
	f->handshakes_failed += 2;
	f->leaves_cached = 182;
	f->leaf_hits += 974;
	f->leaf_forged += 26;
	f->forge_us += 26 * 2100;
	f->mint_us[72] += 26;
	f->nlisteners = 2;
	f->nworkers = 2;
	for (unsigned i = 0; i < 2; i++) {
		f->listener[i] = (struct figures_part){.accepted = 211 - 111 * i, .open = 30 - 18 * i,
		    .bytes_in = 1048576, .bytes_out = 9437184, .requests = 212 - 106 * i};
		f->worker[i] = (struct figures_part){.accepted = 155 + i, .open = 21,
		    .bytes_in = 629145, .bytes_out = 5033165, .requests = 159};
	}
	for (unsigned i = 0; i < 100; i++) {
		f->connect_us[16 + i / 10]++;
		f->tls_us[70 + i / 6]++;
		f->ttfb_us[92 + i / 4]++;
		f->total_us[96 + i / 4]++;
	}
}
