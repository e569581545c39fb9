/* SPDX-License-Identifier: MIT
 * Judging heads an intermediary is to send on, and writing them. */
#include "proto/h1_forward.h"

#include "proto/h1_lines.h"
#include "proto/http_char.h"

#define FIELD_BIT(id) (1u << (id))

enum {
	/* More options in Connection than anyone needs: their number times that of the fields is
	 * what removing the nominated ones costs. */
	CONNECTION_OPTIONS_MAX = 64,
	MAX_FORWARDS_DIGITS = 9,
};

/* Hop-by-hop whatever Connection says (RFC 9110 7.6.1, 11.7.1, 10.1.4). */
static const unsigned request_hop = FIELD_BIT(HTTP_F_CONNECTION) | FIELD_BIT(HTTP_F_KEEP_ALIVE) |
				    FIELD_BIT(HTTP_F_PROXY_CONNECTION) |
				    FIELD_BIT(HTTP_F_PROXY_AUTHORIZATION) | FIELD_BIT(HTTP_F_TE) |
				    FIELD_BIT(HTTP_F_HTTP2_SETTINGS);
static const unsigned response_hop = FIELD_BIT(HTTP_F_CONNECTION) | FIELD_BIT(HTTP_F_KEEP_ALIVE) |
				     FIELD_BIT(HTTP_F_PROXY_CONNECTION) | FIELD_BIT(HTTP_F_TE) |
				     FIELD_BIT(HTTP_F_HTTP2_SETTINGS);
/* Not to be removed by nominating them, or a message could be made to lose its end or its host. */
static const unsigned never_nominated =
    FIELD_BIT(HTTP_F_CONTENT_LENGTH) | FIELD_BIT(HTTP_F_TRANSFER_ENCODING) | FIELD_BIT(HTTP_F_HOST);

/* The options of all Connection fields of a head. */
struct connection {
	bool close, keep_alive, upgrade;
	bool nominates; /* something else, so fields are to be removed */
	unsigned n;
};

static void
add_option(struct connection *c, struct span option)
{
	if (span_ieq(option, SPAN_LIT("keep-alive")))
		c->keep_alive = true;
	else if (span_ieq(option, SPAN_LIT("close")))
		c->close = true;
	else if (span_ieq(option, SPAN_LIT("upgrade")))
		c->upgrade = true;
	else
		c->nominates = true;
	c->n++;
}

static struct connection
connection_of(const struct http_head *h)
{
	struct connection c = {0};
	struct span option;

	for (unsigned i = 0; http_head_has(h, HTTP_F_CONNECTION) && i < h->nfields; i++) {
		struct span rest = h->field[i].value;
		while (h->field[i].id == HTTP_F_CONNECTION && http_list_next(&rest, &option))
			add_option(&c, option);
	}
	return c;
}

/* Finds the only field with that id; false when there are several. */
static bool
find_only(const struct http_head *h, enum http_field_id id, const struct http_field **only)
{
	*only = NULL;
	for (unsigned i = 0; http_head_has(h, id) && i < h->nfields; i++) {
		if (h->field[i].id != id)
			continue;
		if (*only)
			return false;
		*only = &h->field[i];
	}
	return true;
}

/* RFC 9112 3.2: exactly one valid Host in HTTP/1.1, at most one in HTTP/1.0. */
static int
check_host(const struct http_head *h, struct h1_request *r, struct h1_fault *fault)
{
	const struct http_field *f;
	const char *why = NULL;

	if (!find_only(h, HTTP_F_HOST, &f))
		return h1_fail(fault, ERR_SYNTAX, 400, "Host occurs more than once");
	if (!f)
		return h->minor == 0
			   ? 0
			   : h1_fail(fault, ERR_SYNTAX, 400, "an HTTP/1.1 request without Host");
	if (url_parse_authority(f->value, &r->host, &why) < 0)
		return h1_fail(fault, ERR_SYNTAX, 400, why);
	return 0;
}

/* RFC 9110 7.6.2: only TRACE and OPTIONS count hops. */
static int
check_max_forwards(const struct http_head *h, struct h1_request *r, struct h1_fault *fault)
{
	const struct http_field *f;

	r->max_forwards = -1;
	if (!http_head_has(h, HTTP_F_MAX_FORWARDS) ||
	    (!span_eq(h->method, SPAN_LIT("TRACE")) && !span_eq(h->method, SPAN_LIT("OPTIONS"))))
		return 0;
	bool only = find_only(h, HTTP_F_MAX_FORWARDS, &f);
	struct span v = only ? f->value : SPAN_NONE;
	if (v.n == 0 || v.n > MAX_FORWARDS_DIGITS || http_char_run(v, HTTP_C_DIGIT) < v.n)
		return h1_fail(fault, ERR_SYNTAX, 400, "Max-Forwards is not one plain number");
	r->max_forwards = 0;
	for (size_t i = 0; i < v.n; i++)
		r->max_forwards = r->max_forwards * 10 + (v.p[i] - '0');
	return 0;
}

/* Protocols not to be switched to behind the proxy's back: with HTTP/2 in clear text requests would
 * pass unseen (h2c smuggling). */
static bool
is_http_protocol(struct span s)
{
	const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
	struct span name = span_of(s.p, slash ? (size_t)(slash - s.p) : s.n);

	return name.n == 0 || span_ieq(name, SPAN_LIT("h2c")) || span_ieq(name, SPAN_LIT("h2")) ||
	       span_ieq(name, SPAN_LIT("http"));
}

static bool
asks_upgrade(const struct http_head *h, const struct connection *c)
{
	struct span protocol;

	if (!http_head_has(h, HTTP_F_UPGRADE) || !c->upgrade || h->minor == 0)
		return false;
	for (unsigned i = 0; i < h->nfields; i++) {
		struct span rest = h->field[i].value;
		while (h->field[i].id == HTTP_F_UPGRADE && http_list_next(&rest, &protocol))
			if (is_http_protocol(protocol))
				return false;
	}
	return true;
}

static bool
request_is_verbatim(
    const struct http_head *h, const struct h1_request *r, const struct connection *c)
{
	unsigned changed = request_hop & ~FIELD_BIT(HTTP_F_CONNECTION);

	if (h->minor == 0 || r->target.has_8bit || r->max_forwards >= 0 || (h->present & changed))
		return false;
	if (r->target.form != URL_ORIGIN && r->target.form != URL_ASTERISK)
		return false;
	return !c->nominates && c->upgrade == r->upgrade &&
	       http_head_has(h, HTTP_F_UPGRADE) == r->upgrade;
}

static int
check_target(const struct http_head *h, struct h1_request *r, struct h1_fault *fault)
{
	const char *why = NULL;

	if (url_parse_target(h->method, h->target, &r->target, &why) < 0)
		return h1_fail(fault, ERR_SYNTAX, 400, why);
	r->is_connect = r->target.form == URL_AUTHORITY;
	r->is_head = span_eq(h->method, SPAN_LIT("HEAD"));
	return 0;
}

int
h1_check_request(const struct http_head *h, struct h1_request *r, struct h1_fault *fault)
{
	const struct connection c = connection_of(h);

	*r = (struct h1_request){.max_forwards = -1};
	if (check_target(h, r, fault) < 0 || check_host(h, r, fault) < 0 ||
	    h1_request_framing(h, &r->framing, &r->length, fault) < 0 ||
	    check_max_forwards(h, r, fault) < 0)
		return ERR_SYNTAX;
	if (r->is_connect && r->framing != H1_BODY_NONE)
		return h1_fail(fault, ERR_SYNTAX, 400, "CONNECT with a body");
	if (c.n > CONNECTION_OPTIONS_MAX)
		return h1_fail(fault, ERR_SYNTAX, 400, "Connection lists too many options");
	r->persists = h1_head_persists(h);
	r->upgrade = asks_upgrade(h, &c);
	r->expect_continue =
	    h->minor == 1 && http_head_list_has(h, HTTP_F_EXPECT, SPAN_LIT("100-continue"));
	r->verbatim = request_is_verbatim(h, r, &c);
	return 0;
}

static bool
response_has_body_fields(const struct http_head *h)
{
	return http_head_has(h, HTTP_F_CONTENT_LENGTH) ||
	       http_head_has(h, HTTP_F_TRANSFER_ENCODING);
}

/* RFC 9110 8.6, RFC 9112 6.1: these must not carry Content-Length or Transfer-Encoding. */
static bool
response_is_bodiless(const struct http_head *h)
{
	return h->status < 200 || h->status == 204;
}

/* A 204 that announces a body may send it, and it would be read as the next response. */
static bool
response_persists(const struct http_head *h, const struct h1_response *resp)
{
	const struct http_field *f = http_head_find(h, HTTP_F_CONTENT_LENGTH);
	bool lies = h->status == 204 && (http_head_has(h, HTTP_F_TRANSFER_ENCODING) ||
					    (f && !span_eq(f->value, SPAN_LIT("0"))));

	return !lies && resp->framing != H1_BODY_CLOSE && h1_head_persists(h);
}

static bool
response_is_verbatim(
    const struct http_head *h, const struct h1_response *resp, const struct connection *c)
{
	unsigned changed = response_hop & ~FIELD_BIT(HTTP_F_CONNECTION);

	if (h->minor == 0 || (h->present & changed))
		return false;
	if (response_is_bodiless(h) && response_has_body_fields(h))
		return false;
	return !c->nominates &&
	       (resp->upgraded || (!c->upgrade && !http_head_has(h, HTTP_F_UPGRADE)));
}

int
h1_check_response(const struct http_head *h, const struct h1_request *r, struct h1_response *resp,
    struct h1_fault *fault)
{
	const struct connection c = connection_of(h);

	*resp = (struct h1_response){.upgraded = h->status == 101};
	if (resp->upgraded && !r->upgrade)
		return h1_fail(fault, ERR_SYNTAX, 502, "a protocol switch that nobody asked for");
	if (c.n > CONNECTION_OPTIONS_MAX)
		return h1_fail(fault, ERR_SYNTAX, 502, "Connection lists too many options");
	if (h1_response_framing(h, r->is_head, &resp->framing, &resp->length, fault) < 0)
		return ERR_SYNTAX;
	resp->interim = h->status < 200 && !resp->upgraded;
	resp->persists = response_persists(h, resp);
	resp->verbatim = response_is_verbatim(h, resp, &c);
	return 0;
}

/* The writing half: a buffer and whether everything fitted. */
struct out {
	struct buf *b;
	size_t begin; /* what the buffer held before */
	int rc;
};

static void
put(struct out *o, struct span s)
{
	if (o->rc == 0)
		o->rc = buf_add_span(o->b, s);
}

static void
put_field(struct out *o, struct span name, struct span value)
{
	char *d = o->rc == 0 ? buf_reserve(o->b, name.n + value.n + 4) : NULL;

	if (!d) {
		o->rc = ERR_LIMIT;
		return;
	}
	memcpy(d, name.p, name.n);
	memcpy(d + name.n, ": ", 2);
	if (value.n)
		memcpy(d + name.n + 2, value.p, value.n);
	memcpy(d + name.n + 2 + value.n, "\r\n", 2);
	o->b->n += name.n + value.n + 4;
}

/* Decimal digits of v at the end of d; returns the span they take. */
static struct span
decimal(char d[20], unsigned v)
{
	size_t i = 20;

	do {
		d[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	return span_of(d + i, 20 - i);
}

/* Ends the head; what did not fit is taken back as a whole. */
static int
put_end(struct out *o)
{
	put(o, SPAN_LIT("\r\n"));
	if (o->rc < 0)
		o->b->n = o->begin;
	return o->rc;
}

/* RFC 9112 3.2 knows no bytes above 0x7f; as %HH they mean the same to every server. */
static void
put_path(struct out *o, struct span path, bool has_8bit)
{
	static const char hex[] = "0123456789ABCDEF";

	if (!has_8bit) {
		put(o, path);
		return;
	}
	for (size_t i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.p[i];
		char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
		put(o, c & 0x80 ? span_of(escaped, 3) : span_of(path.p + i, 1));
	}
}

static void
put_target(struct out *o, const struct http_head *h, const struct h1_request *r)
{
	const struct url_target *t = &r->target;

	if (t->form == URL_AUTHORITY) {
		put(o, h->target);
		return;
	}
	if (t->path.n == 0 && span_eq(h->method, SPAN_LIT("OPTIONS")))
		put(o, SPAN_LIT("*")); /* RFC 9112 3.2.4 */
	else if (t->path.n == 0 || *t->path.p == '?')
		put(o, SPAN_LIT("/"));
	put_path(o, t->path, t->has_8bit);
}

/* RFC 9112 3.2.2: an absolute target overrules the field. */
static void
put_host(struct out *o, const struct h1_request *r, struct span name, struct span received)
{
	const struct url_authority *a = &r->target.authority;
	bool brackets = a->kind == URL_HOST_IPV6;
	char digits[20];

	if (r->target.form != URL_ABSOLUTE) {
		put_field(o, name, received);
		return;
	}
	put(o, name);
	put(o, brackets ? SPAN_LIT(": [") : SPAN_LIT(": "));
	put(o, a->host);
	put(o, brackets ? SPAN_LIT("]") : SPAN_LIT(""));
	put(o, a->has_port ? SPAN_LIT(":") : SPAN_LIT(""));
	put(o, a->has_port ? decimal(digits, a->port) : SPAN_LIT(""));
	put(o, SPAN_LIT("\r\n"));
}

/* What remains of the options once those of the other hop are gone. */
static void
put_connection(struct out *o, bool close, bool keep_alive, bool upgrade)
{
	if (close && upgrade)
		put(o, SPAN_LIT("Connection: close, upgrade\r\n"));
	else if (keep_alive && upgrade)
		put(o, SPAN_LIT("Connection: keep-alive, upgrade\r\n"));
	else if (upgrade)
		put(o, SPAN_LIT("Connection: upgrade\r\n"));
	else if (close)
		put(o, SPAN_LIT("Connection: close\r\n"));
	else if (keep_alive)
		put(o, SPAN_LIT("Connection: keep-alive\r\n"));
}

static bool
is_nominated(const struct http_head *h, const struct connection *c, const struct http_field *f)
{
	return c->nominates && !(FIELD_BIT(f->id) & never_nominated) &&
	       http_head_list_has(h, HTTP_F_CONNECTION, f->name);
}

static bool
request_drops(const struct http_head *h, const struct h1_request *r, const struct connection *c,
    const struct http_field *f)
{
	if (FIELD_BIT(f->id) & request_hop)
		return true;
	if (f->id == HTTP_F_UPGRADE)
		return !r->upgrade;
	if (f->id == HTTP_F_EXPECT && h->minor == 0)
		return true; /* RFC 9110 10.1.1: an HTTP/1.0 client cannot mean it */
	return is_nominated(h, c, f);
}

static void
put_request_field(struct out *o, const struct h1_request *r, const struct http_field *f)
{
	char digits[20];

	if (f->id == HTTP_F_HOST)
		put_host(o, r, f->name, f->value);
	else if (f->id == HTTP_F_MAX_FORWARDS && r->max_forwards >= 0)
		put_field(o, f->name,
		    decimal(digits, r->max_forwards ? (unsigned)r->max_forwards - 1 : 0));
	else
		put_field(o, f->name, f->value);
}

int
h1_write_request(struct buf *out, const struct http_head *h, const struct h1_request *r,
    struct span host_fallback, struct span via)
{
	const struct connection c = connection_of(h);
	struct out o = {out, out->n, 0};

	put(&o, h->method);
	put(&o, SPAN_LIT(" "));
	put_target(&o, h, r);
	put(&o, SPAN_LIT(" HTTP/1.1\r\n"));
	if (!http_head_has(h, HTTP_F_HOST))
		put_host(&o, r, SPAN_LIT("Host"), host_fallback);
	for (unsigned i = 0; i < h->nfields; i++)
		if (!request_drops(h, r, &c, &h->field[i]))
			put_request_field(&o, r, &h->field[i]);
	put_connection(&o, c.close, c.keep_alive, r->upgrade);
	if (via.n)
		put_field(&o, SPAN_LIT("Via"), via);
	return put_end(&o);
}

static bool
response_drops(const struct http_head *h, const struct h1_response *resp,
    const struct h1_response_how *how, const struct connection *c, const struct http_field *f)
{
	if (FIELD_BIT(f->id) & response_hop)
		return true;
	if (f->id == HTTP_F_UPGRADE)
		return !resp->upgraded;
	if (f->id == HTTP_F_TRANSFER_ENCODING)
		return how->unchunk || response_is_bodiless(h);
	if (f->id == HTTP_F_CONTENT_LENGTH)
		return response_is_bodiless(h);
	if (f->id == HTTP_F_TRAILER && how->unchunk)
		return true;
	return is_nominated(h, c, f);
}

int
h1_write_response(struct buf *out, const struct http_head *h, const struct h1_response *resp,
    const struct h1_response_how *how)
{
	const struct connection c = connection_of(h);
	struct out o = {out, out->n, 0};
	char digits[20];

	put(&o, SPAN_LIT("HTTP/1.1 "));
	put(&o, decimal(digits, h->status));
	put(&o, SPAN_LIT(" "));
	put(&o, h->reason);
	put(&o, SPAN_LIT("\r\n"));
	for (unsigned i = 0; i < h->nfields; i++)
		if (!response_drops(h, resp, how, &c, &h->field[i]))
			put_field(&o, h->field[i].name, h->field[i].value);
	put_connection(&o, how->close || c.close, c.keep_alive, resp->upgraded);
	if (how->via.n)
		put_field(&o, SPAN_LIT("Via"), how->via);
	return put_end(&o);
}

static bool
starts_with(struct span s, struct span prefix)
{
	return s.n >= prefix.n && span_ieq(span_of(s.p, prefix.n), prefix);
}

/* RFC 9110 6.5.1: fields that frame, route, authenticate or say how to read the content. */
static bool
is_forbidden_trailer(const struct http_field *f)
{
	const unsigned harmless = FIELD_BIT(HTTP_F_OTHER) | FIELD_BIT(HTTP_F_USER_AGENT);
	static const struct span names[] = {SPAN_LIT("authorization"), SPAN_LIT("www-authenticate"),
	    SPAN_LIT("cookie"), SPAN_LIT("set-cookie"), SPAN_LIT("cache-control"),
	    SPAN_LIT("pragma"), SPAN_LIT("range"), SPAN_LIT("age"), SPAN_LIT("expires"),
	    SPAN_LIT("date"), SPAN_LIT("vary"), SPAN_LIT("retry-after"), SPAN_LIT("forwarded")};

	if (!(FIELD_BIT(f->id) & harmless))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_ieq(f->name, names[i]))
			return true;
	return starts_with(f->name, SPAN_LIT("content-")) ||
	       starts_with(f->name, SPAN_LIT("if-")) ||
	       starts_with(f->name, SPAN_LIT("x-forwarded-"));
}

int
h1_write_trailers(struct buf *out, const struct http_head *h, unsigned *dropped)
{
	struct out o = {out, out->n, 0};

	*dropped = 0;
	for (unsigned i = 0; i < h->nfields; i++) {
		if (is_forbidden_trailer(&h->field[i]))
			++*dropped;
		else
			put_field(&o, h->field[i].name, h->field[i].value);
	}
	return put_end(&o);
}
