/* SPDX-License-Identifier: MIT
 * A flow as an expression sees it. Bodies are looked at with their content codings undone, as far as memory holds them: coding_limits_default
 * bounds what that costs. Main thread only. */
#ifndef FLOW_FLOW_SUBJECT_H
#define FLOW_FLOW_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "match/match.h"

struct flow;

enum { FLOW_SUBJECT_BODY_MAX = 1 << 20 }; /* recorded bytes of a body that are looked at */

/* What details that are not in memory are: absent, or not known yet because they can be had from the session file. */
enum flow_missing { FLOW_MISSING_ABSENT, FLOW_MISSING_LATER };

struct flow_subject {
	const struct flow *flow;     /* borrowed */
	enum flow_missing missing;
	struct buf text;             /* of a field that is put together: url, a content coding */
	struct buf raw, body[2];     /* by flow_dir: decoded, when done[] */
	struct span lent[2];
	bool done[2];
	unsigned line[2];            /* number of the field line that begins at line_at */
	size_t line_at[2];
};

void flow_subject_init(struct flow_subject *s);
void flow_subject_fini(struct flow_subject *s);

/* Makes f what the subject is about; it must stay as it is while the result is evaluated. */
struct match_subject flow_subject_of(struct flow_subject *s, const struct flow *f, enum flow_missing missing);
/* match_eval of that. */
enum match_result flow_subject_eval(struct flow_subject *s, struct match *m, const struct flow *f, enum flow_missing missing);

#endif
