/* SPDX-License-Identifier: MIT
 * The terminal: curses draws into memory, and what it drew is written when the terminal takes it,
 * so that a stopped terminal stops nothing. While output waits no new frame is drawn: late frames
 * are dropped, never queued. */
#ifndef UI_TERM_H
#define UI_TERM_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "ui/glyph.h"

struct terminal;

/* Takes the controlling terminal of standard output. NULL with a sentence, without having drawn
 * anything. */
struct terminal *term_open(struct errmsg *why);
/* A screen that goes nowhere, of a terminal of that name; for tests. */
struct terminal *term_open_sink(const char *name, int rows, int cols);
/* The terminal is gone: nothing is written to it any more. */
void term_lost(struct terminal *t);
/* Leaves the screen as it was found. ERR_SYSTEM: the terminal is gone, or takes nothing for so long
 * that it was left as it is. */
int term_close(struct terminal *t);

int term_fd(const struct terminal
	*t); /* to poll for input, and for output while term_pending; -1 for a sink */
bool term_pending(const struct terminal *t);
int term_flush(
    struct terminal *t); /* writes what can be written; ERR_SYSTEM: the terminal is gone */
void term_begin(struct terminal *t);   /* an empty frame */
/* Draws what changed, and writes what can be written. The cursor rests at y, x. */
void term_end(struct terminal *t, int y, int x);
size_t term_frame_bytes(const struct terminal *t); /* of the last frame, as drawn */
void term_resize(struct terminal *t);  /* asks the terminal for its size */
void term_set_size(struct terminal *t, int rows, int cols);
/* Asks the terminal for reports of the mouse, or asks for no more; nothing happens where it has none. */
void term_mouse(struct terminal *t, bool on);
void term_redraw(struct terminal *t);  /* the next frame draws everything */
void term_size(const struct terminal *t, int *rows, int *cols);
const struct glyphs *term_glyphs(const struct terminal *t);
/* Text of the screen, one line per row, trailing blanks removed; for tests. */
void term_dump(const struct terminal *t, struct buf *out);
/* Restores the terminal from wherever the program dies. Async-signal-safe. */
void term_panic(void);

/* Has the terminal keep the bytes as what was copied last (OSC 52), even over ssh; written like a frame. ERR_REFUSED: this kind of
 * terminal does not know how; ERR_LIMIT: more than TERM_COPY_MAX, which many take no more than. Whether it did is not to be learnt. */
enum { TERM_COPY_MAX = 100000 };
int term_copy(struct terminal *t, struct span s);

/* Leaves the terminal to another program: alternate screen and raw mode end as in term_close. Nothing may be drawn until
 * term_resume has taken it back; then the next frame draws everything, in the size that the terminal has then. */
void term_suspend(struct terminal *t);
void term_resume(struct terminal *t);
/* Called first when the program dies, even with the terminal left; async-signal-safe. True: the terminal was another program's and has been
 * taken back. NULL: nothing. */
extern bool (*term_panic_hook)(void);

#endif
