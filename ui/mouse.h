/* SPDX-License-Identifier: MIT
 * The mouse: what was clicked or turned, and what it does. */
#ifndef UI_MOUSE_H
#define UI_MOUSE_H

#include <stdbool.h>

struct app;

enum mouse_what { MOUSE_NOTHING = 0, MOUSE_CLICK, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct mouse {
	enum mouse_what what;
	int y, x; /* of the screen, from 0 */
};

/* Of a report in the form that DECSET 1006 asks for: its three numbers, and whether it ended in M (pressed). */
struct mouse mouse_report(unsigned button, unsigned x, unsigned y, bool pressed);
/* Nothing happens while the option `mouse` is off: nobody has asked for reports then. */
void mouse_act(struct app *app, const struct mouse *m);

#endif
