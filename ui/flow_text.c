/* SPDX-License-Identifier: MIT
 * Figures and words about a flow. */
#include "ui/flow_text.h"

#include <langinfo.h>
#include <stdlib.h>

#include "base/escape.h"
#include "flow/flow.h"
#include "text/text_mask.h"

uint64_t
flow_text_bytes(const struct flow *f)
{
	if (f->proto == FLOW_RAW || f->proto == FLOW_WS || f->proto == FLOW_TLS)
		return f->bytes[FLOW_REQUEST] + f->bytes[FLOW_RESPONSE];
	return f->status ? f->bytes[FLOW_RESPONSE] : f->bytes[FLOW_REQUEST];
}

bool
flow_text_cut_off(const struct flow *f)
{
	return flow_failed(f) || f->state == FLOW_S_KILLED;
}

struct span
flow_text_path(const struct flow *f)
{
	if (f->path.p)
		return f->path;
	return f->why ? span_str(f->why) : SPAN_LIT("");
}

void
flow_text_put_path(struct buf *out, struct span path, size_t most, int flags)
{
	char *own;

	if (path.n > most)
		path.n = most;
	escape_add(out, text_mask(TEXT_MASK_TARGET, path, flags, &own), flags);
	free(own);
}

struct span
flow_text_tls_host(const struct flow *f)
{
	const struct flow_conn *c = flow_conn(f);

	return c && c->sni[0] ? span_str(c->sni) : f->host;
}

uint16_t
flow_text_port(const struct flow *f)
{
	uint16_t usual = f->tls ? 443 : 80;

	return f->method.p && f->port == usual ? 0 : f->port;
}

struct span
flow_text_address(const char *address_port)
{
	const char *end = strrchr(address_port, ':');
	size_t n = end ? (size_t)(end - address_port) : strlen(address_port);

	if (n > 1 && address_port[0] == '[' && address_port[n - 1] == ']')
		return span_of(address_port + 1, n - 2);
	return span_of(address_port, n);
}

bool
text_locale_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
