/* SPDX-License-Identifier: MIT
 * The steps of the tab Timing: one of them is chosen, and opens what it is about. */
#ifndef UI_FLOW_STEPS_H
#define UI_FLOW_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/list.h"

struct area;
struct glyphs;
struct pager;

enum { FLOW_STEPS_MAX = 20 };

/* What a step is about. */
enum flow_step_about {
	FLOW_STEP_CONN = 0, /* the connection, or why the flow ended */
	FLOW_STEP_TLS_CLIENT,
	FLOW_STEP_TLS_SERVER,
	FLOW_STEP_REQUEST, /* what became of it */
	FLOW_STEP_REQUEST_BEGIN, /* its first bytes */
	FLOW_STEP_REQUEST_END, /* its last ones */
	FLOW_STEP_RESPONSE,
	FLOW_STEP_RESPONSE_BEGIN,
	FLOW_STEP_RESPONSE_END,
	FLOW_STEP_HELD /* it is still */
};

struct flow_steps {
	struct flow_step {
		size_t line; /* of the text */
		enum flow_step_about about;
	} step[FLOW_STEPS_MAX];
	unsigned n, at; /* at: the chosen one */
	bool show;      /* it is to be scrolled to with the next drawing */
};

/* Another step, on that line of the text. There must be room. */
void flow_steps_add(struct flow_steps *s, size_t line, enum flow_step_about about);
/* Before the text is made again: the chosen one stays the one of its number. */
void flow_steps_clear(struct flow_steps *s);
/* NULL: there is none. */
const struct flow_step *flow_steps_chosen(const struct flow_steps *s);
/* Chooses another one; what stands before the first and behind the last is scrolled to. The pager is laid out. */
void flow_steps_move(struct flow_steps *s, struct pager *p, enum move m);
/* Chooses the one on that row of the screen, counted from the pager's first; false: there is none. */
bool flow_steps_choose(struct flow_steps *s, const struct pager *p, int y);
/* Scrolls to the chosen one if that was asked for. The pager is laid out. */
void flow_steps_show(struct flow_steps *s, struct pager *p);
/* Paints it, where the pager was drawn. Returns its row there; -1: it is not on the screen. */
int flow_steps_paint(const struct flow_steps *s, const struct pager *p, const struct area *a, const struct glyphs *g);

#endif
