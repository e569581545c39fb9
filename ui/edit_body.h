/* SPDX-License-Identifier: MIT
 * The body of a message, edited on the screen: as text, as hexadecimal digits, or by the name of a file. */
#ifndef UI_EDIT_BODY_H
#define UI_EDIT_BODY_H

#include "base/span.h"

struct app;
struct edit;

enum { EDIT_HEX_MAX_BYTES = 32 << 10 }; /* of a body that is edited as hexadecimal digits */

/* Opens it in place, or asks for a file when it is no text and too large for that. */
void edit_body_open(struct app *app, struct edit *e);
/* These bytes are the body from now on. */
void edit_body_take(struct app *app, struct edit *e, struct span bytes);

#endif
