/* SPDX-License-Identifier: MIT
 * The page of the proxy itself. */
#include "engine/ca_page.h"

#include "config.h"

#include <stdatomic.h>

#include "base/buf.h"
#include "engine/conn.h"
#include "engine/drive_http1.h"
#include "engine/engine_internal.h"
#include "engine/hold.h"
#include "engine/worker.h"
#include "flow/flow_intent.h"
#include "proto/http_head.h"
#include "tls/tls.h"

enum { CA_PAGE_MAX_BYTES = 1 << 20 }; /* a ca.pem may hold a chain of any length */

/* One thing that can be fetched. */
struct ca_resource {
	const char *path, *type;
	const char *fields; /* more of the head: whole lines */
	void (*write)(const struct worker *w, struct buf *out);
};

const char ca_page_selftest[] = "mitmtop " PACKAGE_VERSION ": this request came through the proxy\n";

/* Another site that a browser behind this proxy shows can neither frame the page nor tell from a part of it that a proxy is here. */
static const char not_for_others[] = "X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
				     "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
				     "frame-ancestors 'none'\r\n";

static const char html_begin[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>mitmtop</title>\n"
    "<style>body{font:1em/1.5 sans-serif;max-width:44em;margin:1em auto;padding:0 1em}"
    "pre,code{font-size:.9em;background:#eee;color:#000;overflow-wrap:anywhere}pre{padding:.5em;white-space:pre-wrap}"
    "</style></head><body>\n";

static const char html_clients[] =
    "<h2>curl, one request</h2>\n"
    "<pre>curl --cacert mitmtop-ca.pem https://example.org/</pre>\n"
    "<h2>Debian, Ubuntu: every program of the system</h2>\n"
    "<pre>sudo cp mitmtop-ca.pem /usr/local/share/ca-certificates/mitmtop.crt\nsudo update-ca-certificates</pre>\n"
    "<h2>Firefox</h2>\n"
    "<p>Settings, Privacy &amp; Security, Certificates, View Certificates, Authorities, Import: choose the file and tick "
    "<i>identify websites</i>.</p>\n"
    "<h2>Android</h2>\n"
    "<p>Fetch <a href=\"/ca.cer\">ca.cer</a>; then Settings, Security, Encryption &amp; credentials, Install a certificate, "
    "CA certificate. An app trusts it only when it allows user certificates (networkSecurityConfig).</p>\n"
    "<h2>Java</h2>\n"
    "<pre>keytool -importcert -noprompt -alias mitmtop -file mitmtop-ca.pem -keystore mitmtop.p12 -storepass changeit\n"
    "java -Djavax.net.ssl.trustStore=mitmtop.p12 -Djavax.net.ssl.trustStorePassword=changeit PROGRAM</pre>\n"
    "<h2>Windows</h2>\n"
    "<pre>certutil -user -addstore Root ca.cer</pre>\n"
    "<h2>macOS</h2>\n"
    "<pre>security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db mitmtop-ca.pem</pre>\n"
    "<p>Whoever has this CA's key can read what such a client sends: take the certificate away again when you are done.</p>\n"
    "</body></html>\n";

static void
write_index(const struct worker *w, struct buf *out)
{
	struct tls_ca_info ca;

	tls_ca_info(w->config->tls, &ca);
	buf_add_str(out, html_begin);
	buf_addf(out,
	    "<h1>mitmtop " PACKAGE_VERSION "</h1>\n<p>You have come here through the proxy. To let it read TLS, the client must trust its "
	    "certificate authority: <a href=\"/ca.pem\">ca.pem</a>, or <a href=\"/ca.cer\">ca.cer</a> (DER).</p>\n"
	    "<p>SHA-256 fingerprint, to be compared with what the console shows:<br><code>%s</code><br>valid until %s</p>\n",
	    ca.fingerprint, ca.not_after);
	buf_add_str(out, html_clients);
}

static void
write_pem(const struct worker *w, struct buf *out)
{
	tls_ca_cert(w->config->tls, false, out);
}

static void
write_der(const struct worker *w, struct buf *out)
{
	tls_ca_cert(w->config->tls, true, out);
}

static void
write_selftest(const struct worker *w, struct buf *out)
{
	(void)w;
	buf_add_str(out, ca_page_selftest);
}

static void
write_missing(const struct worker *w, struct buf *out)
{
	(void)w;
	buf_add_str(out, html_begin);
	buf_add_str(out, "<h1>Not here</h1>\n<p>There are <a href=\"/\">/</a>, <a href=\"/ca.pem\">/ca.pem</a>, "
	                 "<a href=\"/ca.cer\">/ca.cer</a> and <a href=\"/selftest\">/selftest</a>.</p>\n</body></html>\n");
}

static void
write_refused(const struct worker *w, struct buf *out)
{
	(void)w;
	buf_add_str(out, "mitmtop: only GET and HEAD are answered here\n");
}

static const struct ca_resource resources[] = {
    {"/", "text/html; charset=utf-8", "", write_index},
    {"/ca.pem", "application/x-pem-file", "Content-Disposition: attachment; filename=\"mitmtop-ca.pem\"\r\n", write_pem},
    {"/ca.cer", "application/x-x509-ca-cert", "", write_der},
    {"/selftest", "text/plain; charset=utf-8", "", write_selftest},
};

static const struct ca_resource missing = {NULL, "text/html; charset=utf-8", "", write_missing};
static const struct ca_resource refused = {NULL, "text/plain; charset=utf-8", "Allow: GET, HEAD\r\n", write_refused};

bool
ca_page_is_at(const struct worker *w, struct span host)
{
	if (!atomic_load_explicit(&w->engine->ca_page, memory_order_relaxed))
		return false;
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	return span_ieq(host, SPAN_LIT(CA_PAGE_HOST));
}

/* The query says nothing. */
static struct span
path_of(const struct url_target *t)
{
	struct span path = t->path.n ? t->path : SPAN_LIT("/");
	const char *query = memchr(path.p, '?', path.n);

	if (query)
		path.n = (size_t)(query - path.p);
	return path.n ? path : SPAN_LIT("/");
}

static const struct ca_resource *
find(const struct http_head *h, const struct h1_request *q, const char **status)
{
	struct span path = path_of(&q->target);

	*status = "405 Method Not Allowed";
	if (!q->is_head && !span_eq(h->method, SPAN_LIT("GET")))
		return &refused;
	*status = "200 OK";
	for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++)
		if (span_eq(path, span_str(resources[i].path)))
			return &resources[i];
	*status = "404 Not Found";
	return &missing;
}

struct intent_message *
ca_page_new(const struct conn *c, const struct http_head *h)
{
	const struct http1 *x = c->drive_state;
	const struct h1_request *q = &x->request;
	const char *status;
	const struct ca_resource *r = find(h, q, &status);
	/* A body that nobody reads ends the connection. */
	bool close = c->worker->draining || q->framing != H1_BODY_NONE;
	struct buf head, body;

	buf_init(&head, HTTP_HEAD_MAX_BYTES);
	buf_init(&body, CA_PAGE_MAX_BYTES);
	r->write(c->worker, &body);
	buf_addf(&head, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n%s%s%s\r\n", status,
	    r->type, body.n, not_for_others, r->fields, close ? "Connection: close\r\n" : "");
	struct intent_message *m =
	    intent_message_new(head.p, head.n, buf_span(&body).p, q->is_head ? 0 : body.n, NULL, 0);
	buf_fini(&head);
	buf_fini(&body);
	return m;
}

void
ca_page_send(struct conn *c, struct intent_message *m)
{
	struct http1 *x = c->drive_state;
	bool sent = hold_send_answer(c, m);

	intent_message_free(m);
	if (sent)
		http1_answered(c, "answered by mitmtop itself", x->say_close);
	else
		http1_refuse(c, 502, "the page of the proxy itself cannot be sent", NULL);
}
