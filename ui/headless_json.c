/* SPDX-License-Identifier: MIT
 * JSON lines; the one file of ui that uses jansson. */
#include "ui/headless_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/base64.h"
#include "base/err.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "flow/flow_message.h"

static void
json_put_base64(json_t *o, const char *key, struct span s)
{
	size_t n = base64_length(s.n);
	char *text = mem_alloc(n + 1);

	base64_write(text, s);
	json_object_set_new(o, key, json_stringn_nocheck(text, n));
	free(text);
}

/* Bytes as a string; those that are not UTF-8 as base64 under key_b64. Absent bytes are left out.
 */
static void
json_put(json_t *o, const char *key, struct span s)
{
	char other[64];
	json_t *string;

	if (!s.p)
		return;
	string = json_stringn(s.p, s.n);
	if (string) {
		json_object_set_new(o, key, string);
		return;
	}
	snprintf(other, sizeof other, "%s_b64", key);
	json_put_base64(o, other, s);
}

static void
json_put_text(json_t *o, const char *key, const char *s)
{
	if (s && *s)
		json_put(o, key, span_str(s));
}

static void
json_put_int(json_t *o, const char *key, uint64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static void
json_put_time(json_t *o, const char *key, uint64_t wall_ns)
{
	char text[64];
	time_t t = (time_t)(wall_ns / 1000000000u);
	struct tm tm;

	gmtime_r(&t, &tm);
	size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof text - n, ".%06uZ", (unsigned)(wall_ns / 1000u % 1000000u));
	json_object_set_new(o, key, json_string(text));
}

/* What is known when it begins. */
static void
json_put_request(json_t *o, const struct flow *f)
{
	json_put_text(o, "protocol", flow_proto_name((enum flow_proto)f->proto));
	json_object_set_new(o, "tls", json_boolean(f->tls));
	json_put(o, "method", f->method);
	json_put(o, "host", f->host);
	if (f->port)
		json_put_int(o, "port", f->port);
	json_put(o, "path", f->path);
}

static void
json_put_summary(json_t *o, const struct flow *f)
{
	const char state[2] = {flow_state_letter((enum flow_state)f->state), '\0'};

	json_put_int(o, "number", f->number);
	json_put_time(o, "start", f->wall_ns);
	json_put_int(o, "duration_us", flow_duration_us(f, f->end_ns));
	if (f->first_byte_ns)
		json_put_int(o, "ttfb_us", flow_ttfb_us(f));
	if (f->detail && f->detail->held_us[0] + f->detail->held_us[1])
		json_put_int(o, "held_us", f->detail->held_us[0] + f->detail->held_us[1]);
	json_put_text(o, "state", state);
	json_put_request(o, f);
	if (f->status)
		json_put_int(o, "status", f->status);
	json_put(o, "content_type", f->content_type);
	json_put_int(o, "request_bytes", f->bytes[FLOW_REQUEST]);
	json_put_int(o, "response_bytes", f->bytes[FLOW_RESPONSE]);
	if (f->edited)
		json_object_set_new(o, "edited", json_true());
	if (f->replay)
		json_object_set_new(o, "replay", json_true());
	if (f->detail && f->detail->replay_of)
		json_put_int(o, "replay_of", f->detail->replay_of);
	json_put_text(o, "comment", f->comment);
}

/* While it is held: which message, by which rule, for how long at most. */
static void
json_put_hold(json_t *o, const struct flow *f)
{
	if (f->state != FLOW_S_HELD || !f->detail)
		return;
	const struct flow_hold *h = &f->detail->hold;
	json_t *hold = json_object();
	json_put_text(hold, "message", flow_held_what(f));
	json_put_int(hold, "rule", h->rule);
	if (h->hold_ms)
		json_put_int(hold, "max_ms", h->hold_ms);
	json_object_set_new(o, "held", hold);
}

static void
json_put_side(json_t *o, const char *name, const struct flow_tls *t)
{
	if (!t)
		return;
	json_t *side = json_object();
	json_object_set_new(side, "ok", json_boolean(t->done && !t->failed));
	json_object_set_new(side, "resumed", json_boolean(t->resumed));
	json_put_text(side, "version", t->version);
	json_put_text(side, "cipher", t->cipher);
	json_put_text(side, "alpn", t->alpn);
	json_put_text(side, "error", t->fail_class);
	json_put_text(side, "why", t->why);
	json_put_text(side, "remedy", t->remedy);
	json_object_set_new(o, name, side);
}

static void
json_put_conn(json_t *o, const struct flow_conn *c)
{
	if (!c)
		return;
	json_put_text(o, "client", c->client);
	json_put_text(o, "process", c->process);
	if (c->pid)
		json_put_int(o, "pid", c->pid);
	json_put_text(o, "listener", c->listener);
	json_put_text(o, "server", c->server);
	json_put_text(o, "sni", c->sni);
	json_put_text(o, "ja4", c->ja4);
	json_put_side(o, "tls_client", c->tls[FLOW_CLIENT]);
	json_put_side(o, "tls_server", c->tls[FLOW_SERVER]);
}

/* The class of the side whose handshake failed; "error" for other failures. */
static const char *
json_error_class(const struct flow *f)
{
	for (int side = 0; flow_conn(f) && side < 2; side++) {
		const struct flow_tls *t = flow_conn(f)->tls[side];
		if (t && t->failed && t->fail_class[0])
			return t->fail_class;
	}
	return f->state == FLOW_S_TLS_FAILED ? "tls" : "error";
}

static void
json_put_error(json_t *o, const struct flow *f)
{
	struct span passed = flow_passed_by(f);

	if (passed.p)
		json_object_set_new(o, "passthrough", json_stringn(passed.p, passed.n));
	if (!f->why || passed.p)
		return;
	json_t *error = json_object();
	json_put_text(error, "class", json_error_class(f));
	json_put_text(error, "why", f->why);
	json_put_text(error, "remedy", flow_remedy(f));
	json_object_set_new(o, "error", error);
}

static void
json_put_body(json_t *o, const char *key, const struct flow_body *b)
{
	size_t n = flow_body_copy(b, NULL, SIZE_MAX);

	if (!n)
		return;
	char *copy = mem_alloc(n);
	json_put_base64(o, key, span_of(copy, flow_body_copy(b, copy, n)));
	free(copy);
}

static void
json_put_details(json_t *o, const struct flow *f, int verbose)
{
	static const char *const head[2] = {"request_head_b64", "response_head_b64"};
	static const char *const body[2] = {"request_body_b64", "response_body_b64"};
	static const char *const original_head[2] = {"original_request_head_b64", "original_response_head_b64"};
	static const char *const original_body[2] = {"original_request_body_b64", "original_response_body_b64"};

	for (int dir = FLOW_REQUEST; dir <= FLOW_RESPONSE; dir++) {
		if (verbose > 0 && flow_head(f, dir).p)
			json_put_base64(o, head[dir], flow_head(f, dir));
		if (verbose > 1)
			json_put_body(o, body[dir], flow_body(f, dir));
		const struct flow_version *v = flow_original(f, (enum flow_dir)dir);
		if (verbose > 0 && v && v->head.p)
			json_put_base64(o, original_head[dir], v->head);
		if (verbose > 1 && v)
			json_put_body(o, original_body[dir], &v->body);
	}
	json_object_set_new(o, "request_shed", json_boolean(flow_body_shed(f, FLOW_REQUEST)));
	json_object_set_new(o, "response_shed", json_boolean(flow_body_shed(f, FLOW_RESPONSE)));
}

/* One line, or nothing: ERR_LIMIT. Takes o over. */
static int
json_line(struct buf *out, json_t *o)
{
	size_t before = out->n;
	char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);

	json_decref(o);
	int rc = text ? buf_add_str(out, text) | buf_add(out, "\n", 1) : 0;
	free(text);
	if (rc)
		out->n = before;
	return rc ? ERR_LIMIT : 0;
}

int
headless_json_begun(struct buf *out, const struct flow *f)
{
	json_t *o = json_object();

	json_put_text(o, "event", "start");
	json_put_int(o, "number", f->number);
	json_put_time(o, "start", f->wall_ns);
	json_put_request(o, f);
	if (flow_conn(f))
		json_put_text(o, "client", flow_conn(f)->client);
	return json_line(out, o);
}

int
headless_json(struct buf *out, const struct flow *f, int verbose)
{
	json_t *o = json_object();

	json_put_summary(o, f);
	json_put_hold(o, f);
	json_put_conn(o, flow_conn(f));
	json_put_error(o, f);
	json_put_details(o, f, verbose);
	return json_line(out, o);
}
