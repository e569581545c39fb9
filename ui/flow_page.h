/* SPDX-License-Identifier: MIT
 * The tabs of the detail screen as text. */
#ifndef UI_FLOW_PAGE_H
#define UI_FLOW_PAGE_H

#include <stdint.h>

#include "text/text_lines.h"

struct flow;

/* What the text depends on besides the flow. */
struct flow_page_env {
	int width;           /* columns */
	uint64_t now_ns;     /* monotonic */
	const char *ca_path; /* may be NULL */
	const char *vline;   /* glyph between two columns */
};

void flow_page_request(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
void flow_page_response(
    struct text_lines *t, const struct flow *f, const struct flow_page_env *env);
void flow_page_tls(struct text_lines *t, const struct flow *f, const struct flow_page_env *env);

#endif
