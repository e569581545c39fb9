/* SPDX-License-Identifier: MIT
 * Commands about breakpoints, editing and sending. */
#ifndef UI_CMD_HELD_H
#define UI_CMD_HELD_H

struct app;
struct flow;

/* The flow that the commands are about: the one that is open, else the selected one. NULL with a toast. */
const struct flow *cmd_held_subject(struct app *app);

void cmd_break(struct app *app, const char *arg);  /* a rule, or the list of rules */
void cmd_edit(struct app *app, const char *arg);   /* the selected flow's held message, or its request */
void cmd_resume(struct app *app, const char *arg); /* "" the selected flow, "all" */
void cmd_kill(struct app *app, const char *arg);
void cmd_replay(struct app *app, const char *arg);
void cmd_repeat(struct app *app, const char *arg); /* "N [PAUSE]" */
void cmd_new(struct app *app, const char *arg);    /* "[METHOD] URL" */
void cmd_do(struct app *app, const char *arg);     /* what the view on top has of its own */

#endif
