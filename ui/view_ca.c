/* SPDX-License-Identifier: MIT
 * How a client is made to trust the certificate of this proxy: a page for each kind of client. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/escape.h"
#include "base/mem.h"
#include "ui/app.h"
#include "ui/flow_text.h"
#include "ui/frontend.h"
#include "ui/page.h"
#include "ui/tabs.h"
#include "ui/term.h"
#include "ui/view.h"

enum { CA_TEXT_MAX = 16384, CA_INDENT = 2, CA_TITLE_FROM_ROWS = 6, CA_FINGERPRINT_HALF = 48 };

static const struct tab ca_tabs[] = {
    {.digit = '1', .title = "curl"},
    {.digit = '2', .title = "firefox", .shorter = "ffox"},
    {.digit = '3', .title = "android", .shorter = "andr"},
    {.digit = '4', .title = "java"},
    {.digit = '5', .title = "debian", .shorter = "deb"},
    {.digit = '6', .title = "windows", .shorter = "win"},
};

enum { CA_CLIENTS = sizeof ca_tabs / sizeof ca_tabs[0] };

/* Lines that begin with "$ " are to be typed; @CA@ is the path of the certificate, @PROXY@ the address to send to. */
static const char *const ca_text[CA_CLIENTS] = {
    "One request:\n"
    "$ curl -x http://@PROXY@ --cacert @CA@ https://example.org/\n"
    "\n"
    "All of a shell, with what other programs read as well:\n"
    "$ eval \"$(mitmtop env)\"",

    "Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import: choose the file above "
    "and tick \"identify websites\".\n"
    "\n"
    "From a shell, for one profile (certutil is in libnss3-tools):\n"
    "$ certutil -A -n mitmtop -t C,, -d sql:PROFILE-DIRECTORY -i @CA@\n"
    "\n"
    "Then Settings, General, Network Settings, Manual proxy: @PROXY@, also for HTTPS. A page that pins its "
    "certificate is still refused.",

    "With the proxy set, open http://ca.mitmtop/ca.cer on the device, or copy the file to it; then Settings, Security, More, Encryption & credentials, Install a certificate, "
    "CA certificate. Browsers trust it at once; an app only when it allows user certificates "
    "(networkSecurityConfig with <certificates src=\"user\"/>), which debug builds can.\n"
    "\n"
    "Wi-Fi, the network, Proxy, Manual: the address of this machine and the port of @PROXY@ (it must listen on more "
    "than the loopback: -l 0.0.0.0:8080).\n"
    "\n"
    "An emulator or a device on a cable:\n"
    "$ adb push @CA@ /sdcard/Download/mitmtop.crt\n"
    "$ adb shell settings put global http_proxy @PROXY@\n"
    "$ adb reverse tcp:8080 tcp:8080",

    "A trust store of its own, so that nothing else changes:\n"
    "$ keytool -importcert -noprompt -alias mitmtop -file @CA@ -keystore mitmtop.p12 -storepass changeit\n"
    "$ java -Djavax.net.ssl.trustStore=mitmtop.p12 -Djavax.net.ssl.trustStorePassword=changeit PROGRAM\n"
    "\n"
    "And the proxy, host and port of @PROXY@:\n"
    "$ java -Dhttps.proxyHost=HOST -Dhttps.proxyPort=PORT -Dhttp.proxyHost=HOST -Dhttp.proxyPort=PORT PROGRAM",

    "For every program that uses the system's certificates, as root:\n"
    "$ cp @CA@ /usr/local/share/ca-certificates/mitmtop.crt\n"
    "$ update-ca-certificates\n"
    "\n"
    "To take it back:\n"
    "$ rm /usr/local/share/ca-certificates/mitmtop.crt\n"
    "$ update-ca-certificates --fresh",

    "Copy the file there as mitmtop.crt, or fetch http://ca.mitmtop/ca.cer through the proxy under that name; then, as administrator:\n"
    "$ certutil -addstore Root mitmtop.crt\n"
    "\n"
    "or for one user, without administrator:\n"
    "$ certutil -user -addstore Root mitmtop.crt\n"
    "\n"
    "To take it back:\n"
    "$ certutil -delstore Root mitmtop\n"
    "\n"
    "The proxy: Settings, Network & Internet, Proxy, Manual: @PROXY@.",
};

struct view_ca {
	struct view base;
	unsigned client;
	struct page page;
	unsigned built; /* client + 1; 0: not yet */
};

static void
ca_word(struct text_lines *t, const struct frontend_source *s, enum text_role role, const char *line, size_t n)
{
	static const char ca[] = "@CA@", proxy[] = "@PROXY@";

	while (n) {
		const char *at = memchr(line, '@', n);
		size_t plain = at ? (size_t)(at - line) : n;
		text_lines_addf(t, role, "%.*s", (int)plain, line);
		line += plain;
		n -= plain;
		if (n >= sizeof proxy - 1 && memcmp(line, proxy, sizeof proxy - 1) == 0) {
			text_lines_add(t, role, span_str(s->nlisten ? s->listen[0] : "127.0.0.1:8080"));
			line += sizeof proxy - 1;
			n -= sizeof proxy - 1;
		} else if (n >= sizeof ca - 1 && memcmp(line, ca, sizeof ca - 1) == 0) {
			text_lines_add(t, role, span_str(s->ca_path ? s->ca_path : "ca.pem"));
			line += sizeof ca - 1;
			n -= sizeof ca - 1;
		} else if (n) {
			text_lines_addf(t, role, "@");
			line++;
			n--;
		}
	}
}

static void
ca_fact(struct text_lines *t, const char *name, const char *value)
{
	text_lines_begin(t);
	text_lines_addf(t, TEXT_NOTE, "%-9s", name);
	text_lines_add(t, TEXT_PLAIN, span_str(value ? value : "-"));
}

/* In two halves: a narrow screen would break it anywhere. */
static void
ca_fingerprint(struct text_lines *t, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n <= CA_FINGERPRINT_HALF) {
		ca_fact(t, "SHA256", text);
		return;
	}
	ca_fact(t, "SHA256", "");
	text_lines_add(t, TEXT_PLAIN, span_of(text, CA_FINGERPRINT_HALF));
	ca_fact(t, "", text + CA_FINGERPRINT_HALF);
}

static void
ca_build(struct view_ca *v, struct app *app)
{
	const struct frontend_source *s = app->s;

	if (v->built == v->client + 1)
		return;
	text_lines_clear(&v->page.text);
	ca_fact(&v->page.text, "file", s->ca_path);
	ca_fingerprint(&v->page.text, s->ca_fingerprint);
	ca_fact(&v->page.text, "expires", s->ca_not_after);
	text_lines_begin(&v->page.text);
	for (const char *p = ca_text[v->client]; *p;) {
		size_t n = strcspn(p, "\n");
		bool typed = strncmp(p, "$ ", 2) == 0;
		text_lines_begin(&v->page.text);
		if (typed)
			text_lines_pad(&v->page.text, CA_INDENT, 0);
		ca_word(&v->page.text, s, typed ? TEXT_GOOD : TEXT_PLAIN, typed ? p + 2 : p, typed ? n - 2 : n);
		p += n + (p[n] == '\n');
	}
	page_made(&v->page);
	v->built = v->client + 1;
}

static void
ca_draw(struct view *base, struct app *app, const struct area *a)
{
	struct view_ca *v = (struct view_ca *)base;
	int y = 0;

	if (a->h >= CA_TITLE_FROM_ROWS)
		cell_words(a, y++, 0, a->w, "How a client is made to trust this proxy", ROLE_STATUS);
	tabs_draw(a, y++, ca_tabs, CA_CLIENTS, v->client);
	y += a->h >= CA_TITLE_FROM_ROWS + 4;
	const struct area page = {.y = a->y + y, .x = a->x, .h = a->h - y, .w = a->w};
	ca_build(v, app);
	page_draw(&v->page, app, &page);
}

static void
ca_status(struct view *base, struct app *app, struct buf *out)
{
	const struct view_ca *v = (struct view_ca *)base;

	(void)app;
	buf_addf(out, "ca help %s", ca_tabs[v->client].title);
}

static void
ca_move(struct view *base, struct app *app, enum move m)
{
	(void)app;
	pager_move(&((struct view_ca *)base)->page.pager, m);
}

static void
ca_tab(struct view *base, struct app *app, const char *which)
{
	struct view_ca *v = (struct view_ca *)base;

	(void)app;
	v->client = tabs_choose(ca_tabs, CA_CLIENTS, v->client, which);
	v->page.pager.top = 0;
	v->page.find.at = 0;
}

static void
ca_find(struct view *base, struct app *app, const char *text, bool backwards)
{
	page_find(&((struct view_ca *)base)->page, app, text, backwards);
}

static void
ca_free(struct view *base)
{
	struct view_ca *v = (struct view_ca *)base;

	page_fini(&v->page);
	free(v);
}

static const struct view_ops ca_ops = {
    .name = "certificate help",
    .scope = SCOPE_CA,
    .draw = ca_draw,
    .status = ca_status,
    .move = ca_move,
    .tab = ca_tab,
    .find = ca_find,
    .free = ca_free,
};

struct view *
view_ca_new(const char *client)
{
	unsigned i = 0;

	while (i < CA_CLIENTS && strcasecmp(ca_tabs[i].title, client) != 0)
		i++;
	if (i == CA_CLIENTS)
		return NULL;
	struct view_ca *v = mem_zalloc(sizeof *v);
	v->base.ops = &ca_ops;
	v->client = i;
	page_init(&v->page, CA_TEXT_MAX);
	return &v->base;
}
