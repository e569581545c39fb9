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
	uint64_t passed = flow_body(f, flow_part_dir((enum flow_part)part))->seen;

	/* Copies that are read from the session file have no version of their own. */
	if (v->tab != TAB_HEX || (s->number == f->number && s->part == part && s->version == f->version && s->passed == passed &&
	    s->escape == app->escape))
		return;
	/* More of a body is not copied to no end. */
	bool small = passed <= FLOW_SHA256_MAX;
	struct flow_part_bytes p;
	flow_page_part(f, (enum flow_part)part, small ? FLOW_SHA256_MAX : 0, app->escape, &p);
	*s = (struct flow_sum){.number = f->number, .part = part, .version = f->version, .passed = passed, .escape = app->escape, .size = p.seen};
	/* That of a short secret would tell it. */
	bool hidden = flow_page_part_mask(&p, app->escape);
	if (p.bytes.n && p.whole && !hidden && (!app->s->sha256 || !app->s->sha256(p.bytes, s->sha256)))
		s->sha256[0] = '\0';
	free((char *)p.bytes.p);
}

bool
view_flow_hex_status(const struct view_flow *v, struct app *app, struct buf *out)
{
	const char *sum = v->sum.sha256;
	size_t line = pager_line(&v->pager), n = strlen(sum);
	char size[FMT_MAX + 1];
	uint64_t offset;
	bool gone;

	const struct flow *f = view_flow_shown(v, app, &gone);
	if (v->tab != TAB_HEX || !f || !flow_find_hex_offset(&v->text, line ? line : 1, &offset))
		return false;
	*fmt_size_long(size, v->sum.size) = '\0';
	buf_addf(out, "offset 0x%02llx of 0x%02llx | / finds text or hex:1b5d | %s", (unsigned long long)offset,
	    (unsigned long long)v->sum.size, size);
	if (n)
		buf_addf(out, "  sha256 %.*s..%s", SUM_FRONT, sum, sum + n - SUM_BACK);
	return true;
}
