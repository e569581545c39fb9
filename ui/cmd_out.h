/* SPDX-License-Identifier: MIT
 * Commands that get something out of flows. */
#ifndef UI_CMD_OUT_H
#define UI_CMD_OUT_H

struct app;

void cmd_fold(struct app *app, const char *arg);
void cmd_compare(struct app *app, const char *arg);
void cmd_copy(struct app *app, const char *arg);
void cmd_pipe(struct app *app, const char *arg);
void cmd_save(struct app *app, const char *arg);
void cmd_shell(struct app *app, const char *arg);

#endif
