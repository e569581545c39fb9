/* SPDX-License-Identifier: MIT
 * Search text in a flow's summary. */
#include "ui/phrase.h"

#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "flow/flow.h"

static char
phrase_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

void
phrase_set(struct phrase *p, const char *text)
{
	size_t n = 0;

	for (; text[n] && n + 1 < sizeof p->text; n++)
		p->text[n] = phrase_lower(text[n]);
	p->text[n] = '\0';
}

static bool
phrase_in(struct span s, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= s.n; i++) {
		size_t k = 0;
		while (k < n && phrase_lower(s.p[i + k]) == text[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static bool
phrase_in_number(unsigned number, const char *text)
{
	char digits[16];
	int n = snprintf(digits, sizeof digits, "%u", number);

	return number && phrase_in(span_of(digits, (size_t)n), text);
}

static bool
phrase_in_host(const struct flow *flow, const char *text)
{
	const char *colon = strrchr(text, ':');
	char port[16];

	if (phrase_in(flow->host, text))
		return true;
	if (!colon || !flow->port)
		return false;
	/* "example.org:8443": what the column shows */
	snprintf(port, sizeof port, ":%u", flow->port);
	if (strncmp(port, colon, strlen(colon)) != 0)
		return false;
	size_t n = (size_t)(colon - text);
	return flow->host.n >= n && span_ieq(span_of(flow->host.p + flow->host.n - n, n), span_of(text, n));
}

bool
phrase_match(const struct phrase *p, const struct flow *flow)
{
	return phrase_in_host(flow, p->text) || phrase_in(flow->path, p->text) ||
	    (flow->why && phrase_in(span_str(flow->why), p->text)) || phrase_in(flow->method, p->text) ||
	    phrase_in_number(flow->status, p->text);
}
