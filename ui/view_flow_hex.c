/* SPDX-License-Identifier: MIT
 * What the detail screen does in the tab Hex. */
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "ui/app.h"
#include "ui/flow_find.h"
#include "ui/fmt.h"
#include "ui/view_flow_internal.h"

enum { SUM_FRONT = 4, SUM_BACK = 2 }; /* digits in the status line */

void
view_flow_sum(struct view_flow *v, struct app *app, const struct flow *f)
{
	struct flow_sum *s = &v->sum;
	unsigned part = app->hex_part;
	uint64_t seen = flow_page_part_size(f, (enum flow_part)part);

	/* Copies that are read from the session file have no version of their own. */
	if (v->tab != TAB_HEX || (s->number == f->number && s->part == part && s->version == f->version && s->seen == seen && s->escape == app->escape))
		return;
	*s = (struct flow_sum){.number = f->number, .part = part, .version = f->version, .seen = seen, .escape = app->escape};
	struct span bytes = flow_page_part_whole(f, (enum flow_part)part, FLOW_SHA256_MAX);
	/* That of a short secret would tell it. */
	if (bytes.n && flow_page_part_is_masked(f, (enum flow_part)part, bytes, app->escape))
		bytes.n = 0;
	if (bytes.n && (!app->s->sha256 || !app->s->sha256(bytes, s->sha256)))
		s->sha256[0] = '\0';
	free((char *)bytes.p);
}

bool
view_flow_hex_status(const struct view_flow *v, struct app *app, struct buf *out)
{
	const char *sum = v->sum.sha256;
	size_t line = pager_line(&v->pager), n = strlen(sum);
	char size[FMT_MAX + 1];
	uint64_t offset, seen;
	bool gone;

	const struct flow *f = view_flow_shown(v, app, &gone);
	if (v->tab != TAB_HEX || !f || !flow_find_hex_offset(&v->text, line ? line : 1, &offset))
		return false;
	seen = flow_page_part_size(f, (enum flow_part)app->hex_part);
	*fmt_size_long(size, seen) = '\0';
	buf_addf(out, "offset 0x%02llx of 0x%02llx | / finds text or hex:1b5d | %s", (unsigned long long)offset,
	    (unsigned long long)seen, size);
	if (n)
		buf_addf(out, "  sha256 %.*s..%s", SUM_FRONT, sum, sum + n - SUM_BACK);
	return true;
}
