/* SPDX-License-Identifier: MIT
 * Parsing listener addresses. */
#include "conf/listen.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char *const later_modes[] = {"http", "socks", "socks4", "socks5", "tls", "transparent",
    "tproxy", "reverse", "forward"};

static int
parse_mode(const char *text, size_t n, struct listen_spec *out, struct errmsg *why)
{
	const char *colon = memchr(text, ':', n);
	size_t name = colon ? (size_t)(colon - text) : n;

	snprintf(out->mode, sizeof out->mode, "auto");
	if (name == 4 && memcmp(text, "auto", 4) == 0) {
		if (!colon)
			return 0;
		return err_set(why, ERR_SYNTAX, "listen: mode auto takes no data, so nothing after auto:");
	}
	for (unsigned i = 0; i < sizeof later_modes / sizeof *later_modes; i++)
		if (name == strlen(later_modes[i]) && memcmp(text, later_modes[i], name) == 0)
			return err_set(why, ERR_REFUSED, "listen: mode %s is not built yet; use auto",
			    later_modes[i]);
	return err_set(why, ERR_SYNTAX, "listen: there is no mode '%.*s'; use auto",
	    (int)(name < 32 ? name : 32), text);
}

static int
parse_port(const char *text, uint16_t *out, struct errmsg *why)
{
	unsigned v = 0;
	size_t n = strspn(text, "0123456789");

	for (size_t i = 0; i < n && i < 6; i++)
		v = v * 10 + (unsigned)(text[i] - '0');
	if (n == 0 || n > 5 || text[n] || v > 65535)
		return err_set(why, ERR_SYNTAX, "listen: '%.64s' is not a port (0 to 65535)", text);
	*out = (uint16_t)v;
	return 0;
}

static int
set_addr(struct listen_spec *out, int family, const char *p, size_t n, struct errmsg *why)
{
	unsigned char raw[sizeof(struct in6_addr)];
	char text[64];

	snprintf(text, sizeof text, "%.*s", (int)(n < sizeof text ? n : sizeof text - 1), p);
	if (family == AF_INET && strcmp(text, "localhost") == 0)
		snprintf(text, sizeof text, "127.0.0.1");
	if (n >= sizeof text || inet_pton(family, text, raw) != 1)
		return err_set(why, ERR_SYNTAX,
		    "listen: '%.63s' is not a numeric address such as 127.0.0.1 or [::1]", text);
	inet_ntop(family, raw, out->addr, sizeof out->addr);
	return 0;
}

/* p is what follows the mode: [ADDR:]PORT. */
static int
parse_place(const char *p, struct listen_spec *out, struct errmsg *why)
{
	const char *colon = strrchr(p, ':');
	int bad;

	if (*p == '[') {
		const char *close = strchr(p, ']');
		if (!close || close[1] != ':')
			return err_set(why, ERR_SYNTAX, "listen: '%.64s' is not [ADDRESS]:PORT", p);
		bad = set_addr(out, AF_INET6, p + 1, (size_t)(close - p - 1), why);
		return bad ? bad : parse_port(close + 2, &out->port, why);
	}
	if (!colon)
		return parse_port(p, &out->port, why);
	if (colon == p)
		return err_set(why, ERR_SYNTAX,
		    "listen: the address is missing; write 0.0.0.0%s to listen on all of this machine's", p);
	if (strchr(p, ':') != colon)
		return err_set(why, ERR_SYNTAX,
		    "listen: '%.64s': an IPv6 address needs brackets, as in [::1]:8080", p);
	bad = set_addr(out, AF_INET, p, (size_t)(colon - p), why);
	return bad ? bad : parse_port(colon + 1, &out->port, why);
}

int
listen_parse(const char *text, struct listen_spec *out, struct errmsg *why)
{
	const char *at = strrchr(text, '@');

	*out = (struct listen_spec){.mode = "auto", .addr = "127.0.0.1"};
	if (at) {
		int bad = parse_mode(text, (size_t)(at - text), out, why);
		if (bad)
			return bad;
		text = at + 1;
	}
	return parse_place(text, out, why);
}

void
listen_text(const struct listen_spec *l, char *out, unsigned size_bytes)
{
	snprintf(out, size_bytes, strchr(l->addr, ':') ? "[%s]:%u" : "%s:%u", l->addr, l->port);
}
