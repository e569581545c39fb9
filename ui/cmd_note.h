/* SPDX-License-Identifier: MIT
 * Commands about one flow that do not change what was sent: comments and copies. */
#ifndef UI_CMD_NOTE_H
#define UI_CMD_NOTE_H

struct app;

void cmd_comment(struct app *app, const char *arg);   /* "": asks */
void cmd_duplicate(struct app *app, const char *arg);
/* Once a turn: makes the copy of a flow that had to be read first. */
void cmd_note_turn(struct app *app);

#endif
