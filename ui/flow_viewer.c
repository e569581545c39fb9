/* SPDX-License-Identifier: MIT
 * Bodies and heads for the external viewer. */
#include "ui/flow_viewer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow.h"
#include "ui/app.h"
#include "ui/flow_bytes.h"
#include "ui/frontend.h"
#include "ui/viewer.h"

static int
viewer_open_body(struct terminal *t, const struct flow *f, enum flow_dir dir, bool decoded,
    const char *name, struct errmsg *why)
{
	const struct flow_body *b = flow_body(f, dir);
	struct span *part = mem_array(b->npieces ? b->npieces : 1, sizeof *part);
	size_t nparts = 0;
	struct buf out;

	buf_init(&out, FLOW_BYTES_DECODED_MAX);
	if (decoded && flow_bytes_decoded(&out, f, dir)) {
		part[nparts++] = buf_span(&out);
	} else {
		for (unsigned i = 0; i < b->npieces; i++)
			part[nparts++] = span_of(b->piece[i].p, b->piece[i].n);
	}
	int bad = nparts ? viewer_start(t, name, part, nparts, why)
			 : err_set(why, ERR_NOTFOUND,
			       b->seen ? "this body was not kept" : "there is no body to show");
	buf_fini(&out);
	free(part);
	return bad;
}

/* A head, or a message with it. */
static int
viewer_open_text(struct terminal *t, const struct flow *f, enum flow_part part, const char *name, struct errmsg *why)
{
	struct buf out;

	buf_init(&out, FLOW_BYTES_DECODED_MAX);
	int bad = flow_bytes_part(&out, f, part, false, why);
	struct span text = buf_span(&out);
	if (!bad)
		bad = viewer_start(t, name, &text, 1, why);
	buf_fini(&out);
	return bad;
}

int
flow_viewer_open(
    struct terminal *t, const struct flow *f, enum flow_part part, bool decoded, struct errmsg *why)
{
	static const char *const suffix[] = {[FLOW_PART_OF_BODY] = "", [FLOW_PART_OF_DECODED] = "", [FLOW_PART_OF_HEAD] = "-head", [FLOW_PART_OF_RAW] = "-raw"};
	enum flow_dir dir = flow_part_dir(part);
	enum flow_part_of of = flow_part_of(part);
	char name[64];

	snprintf(name, sizeof name, "flow-%" PRIu64 "-%s%s", f->number,
	    dir == FLOW_RESPONSE ? "response" : "request", suffix[of]);
	if (of == FLOW_PART_OF_BODY || of == FLOW_PART_OF_DECODED)
		return viewer_open_body(t, f, dir, decoded || of == FLOW_PART_OF_DECODED, name, why);
	return viewer_open_text(t, f, part, name, why);
}

void
flow_viewer_show(struct app *app, uint64_t number, enum flow_part part, bool decoded)
{
	bool gone = true;
	const struct flow *f = number ? flow_store_open(app->s->store, number, &gone) : NULL;
	struct errmsg why;

	if (!f)
		app_refuse(app, gone ? "the flow is no longer kept" : "the flow is being read from the session file: again in a moment");
	else if (flow_viewer_open(app->term, f, part, decoded, &why))
		app_error(app, number, why.text);
}
