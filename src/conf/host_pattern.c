/* SPDX-License-Identifier: MIT
 * Parsing and matching patterns of hosts. */
#include "conf/host_pattern.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"

enum { LABEL_MAX = 63 };

static int
refuse(struct errmsg *why, const char *text, const char *wrong)
{
	char shown[80];

	escape_text(shown, sizeof shown, span_str(text), 0);
	return err_set(why, ERR_SYNTAX, "'%s' %s: write NAME, *.NAME or ADDRESS, with :PORT or without", shown, wrong);
}

/* Splits "HOST", "HOST:PORT", "[V6]" and "[V6]:PORT"; what has several colons and no brackets is an address. */
static int
split_port(const char *text, char host[static HOST_PATTERN_TEXT_MAX], uint16_t *port, struct errmsg *why)
{
	const char *colon = strrchr(text, ':'), *close = strchr(text, ']');
	bool bracket = text[0] == '[', bare = !bracket && colon && strchr(text, ':') != colon;
	size_t n = bracket && close ? (size_t)(close - text) - 1 : colon && !bare ? (size_t)(colon - text) : strlen(text);
	const char *tail = bracket && close ? close + 1 : text + n;
	unsigned v = 0;

	*port = 0;
	if (bracket && !close)
		return refuse(why, text, "has no closing bracket");
	if (n >= HOST_PATTERN_TEXT_MAX)
		return refuse(why, text, "is too long");
	memcpy(host, text + bracket, n);
	host[n] = '\0';
	if (!*tail)
		return 0;
	size_t digits = tail[0] == ':' ? strspn(tail + 1, "0123456789") : 0;
	for (size_t i = 1; i <= digits && digits <= 5; i++)
		v = v * 10 + (unsigned)(tail[i] - '0');
	if (v == 0 || v > UINT16_MAX || tail[digits + 1])
		return refuse(why, text, "does not end with a port");
	*port = (uint16_t)v;
	return 0;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* A name without its final dot, in lower case. Returns what is wrong with it, NULL: nothing. */
static const char *
take_name(const char *host, char name[static HOST_PATTERN_NAME_MAX + 1])
{
	size_t n = strlen(host), label = 0;

	n -= n > 1 && host[n - 1] == '.';
	if (n == 0 || n > HOST_PATTERN_NAME_MAX)
		return n ? "is too long" : "has no host";
	for (size_t i = 0; i < n; i++) {
		char c = name[i] = lower(host[i]);
		bool in_name = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
		if (!in_name && c != '.')
			return c == '*' ? "has a * elsewhere than first" : "is no host name";
		label = in_name ? label + 1 : 0;
		if (label > LABEL_MAX || (c == '.' && (i == 0 || host[i - 1] == '.')))
			return label ? "has a part that is too long" : "has an empty part";
	}
	name[n] = '\0';
	return NULL;
}

static bool
is_digits_and_dots(const char *host)
{
	return host[0] && host[strspn(host, "0123456789.")] == '\0';
}

static int
take_host(const char *text, const char *host, bool bracket, struct host_pattern *out, struct errmsg *why)
{
	const char *wrong;

	if (strchr(host, ':') || bracket) {
		out->kind = HOST_IPV6;
		return inet_pton(AF_INET6, host, out->addr) == 1 ? 0 : refuse(why, text, "is no IPv6 address");
	}
	if (is_digits_and_dots(host)) {
		out->kind = HOST_IPV4;
		return inet_pton(AF_INET, host, out->addr) == 1 ? 0 : refuse(why, text, "is no IPv4 address");
	}
	if (strcmp(host, "*") == 0)
		return refuse(why, text, "would be every host");
	out->kind = strncmp(host, "*.", 2) == 0 ? HOST_BELOW : HOST_NAME;
	if (out->kind == HOST_NAME) {
		wrong = take_name(host, out->name);
	} else {
		wrong = strlen(host) > HOST_PATTERN_NAME_MAX ? "is too long" : take_name(host + 2, out->name + 1);
		out->name[0] = '.';
	}
	return wrong ? refuse(why, text, wrong) : 0;
}

static void
make_text(struct host_pattern *p)
{
	char host[HOST_PATTERN_TEXT_MAX], port[8] = "";
	bool bracket = p->kind == HOST_IPV6 && p->port;

	if (p->kind == HOST_IPV4 || p->kind == HOST_IPV6)
		inet_ntop(p->kind == HOST_IPV4 ? AF_INET : AF_INET6, p->addr, host, sizeof host);
	else
		snprintf(host, sizeof host, "%s%s", p->kind == HOST_BELOW ? "*" : "", p->name);
	if (p->port)
		snprintf(port, sizeof port, ":%u", p->port);
	snprintf(p->text, sizeof p->text, "%s%.*s%s%s", bracket ? "[" : "", HOST_PATTERN_NAME_MAX + 1, host,
	    bracket ? "]" : "", port);
}

int
host_pattern_parse(const char *text, struct host_pattern *out, struct errmsg *why)
{
	char host[HOST_PATTERN_TEXT_MAX];

	*out = (struct host_pattern){.kind = HOST_NAME};
	int bad = split_port(text, host, &out->port, why);
	if (!bad)
		bad = take_host(text, host, text[0] == '[', out, why);
	if (!bad)
		make_text(out);
	return bad;
}

static bool
same_address(const struct host_pattern *p, const char *host)
{
	unsigned char addr[16];

	if (inet_pton(p->kind == HOST_IPV4 ? AF_INET : AF_INET6, host, addr) != 1)
		return false;
	return memcmp(addr, p->addr, p->kind == HOST_IPV4 ? 4 : 16) == 0;
}

/* The two are the same but for case; n bytes of host. */
static bool
same_name(const char *host, size_t n, const char *name)
{
	if (strlen(name) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(host[i]) != name[i])
			return false;
	return true;
}

bool
host_pattern_matches(const struct host_pattern *p, const char *host, uint16_t port)
{
	size_t n = host ? strlen(host) : 0, below = strlen(p->name);

	if (n == 0 || (p->port && p->port != port))
		return false;
	if (p->kind == HOST_IPV4 || p->kind == HOST_IPV6)
		return same_address(p, host);
	n -= n > 1 && host[n - 1] == '.';
	if (p->kind == HOST_NAME)
		return same_name(host, n, p->name);
	return n > below && !is_digits_and_dots(host) && same_name(host + n - below, below, p->name);
}
