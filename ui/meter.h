/* SPDX-License-Identifier: MIT
 * The header: a table of meters, as many of them as the screen affords. */
#ifndef UI_METER_H
#define UI_METER_H

#include "base/buf.h"
#include "ui/cell.h"
#include "ui/header.h"

struct app;

/* Lines the header takes on a screen of that size; at least half of it stays for the list. */
int meter_rows(const struct app *app, int screen_rows, int screen_cols);
/* Lines that a block of the header has on the screen as it is; 0: it is not there. */
int meter_block_rows(const struct app *app, enum header_block block);
/* The header of a screen of that many columns as lines of plain text, without graphs. Of the app it needs s, start_ns, figures, rates,
 * stats, header.graph (GRAPH_NONE), env.clock and escape. Nothing, or all: ERR_LIMIT when out is full. */
int meter_text(struct app *app, int cols, const char *indent, struct buf *out);
/* The block of the header whose line or lines stand on that row of the screen; -1: none, or the header is one line. */
int meter_block_at(const struct app *app, int y);
void meter_draw(struct app *app, const struct area *a, const struct glyphs *g);

#endif
