/* SPDX-License-Identifier: MIT
 * Hosts whose TLS is not decrypted. */
#include "engine/pass.h"

#include <stdlib.h>

#include "base/mem.h"
#include "engine/conn.h"
#include "engine/worker.h"

struct pass_list *
pass_new(const char *const *text, unsigned n, struct errmsg *why)
{
	why->text[0] = '\0';
	if (n == 0)
		return NULL;
	struct pass_list *l = mem_zalloc(sizeof *l + n * sizeof l->pattern[0]);
	for (; l->n < n; l->n++) {
		if (host_pattern_parse(text[l->n], &l->pattern[l->n], why)) {
			free(l);
			return NULL;
		}
	}
	return l;
}

struct pass_list *
pass_copy(const struct pass_list *l)
{
	return l ? mem_dup(l, sizeof *l + l->n * sizeof l->pattern[0]) : NULL;
}

const struct host_pattern *
pass_find(const struct conn *c)
{
	const struct pass_list *l = c->worker->pass;

	for (unsigned i = 0; l && i < l->n; i++) {
		const struct host_pattern *p = &l->pattern[i];
		if (host_pattern_matches(p, c->sni, c->port) || host_pattern_matches(p, c->host, c->port))
			return p;
	}
	return NULL;
}
