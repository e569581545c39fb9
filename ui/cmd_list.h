/* SPDX-License-Identifier: MIT
 * Commands of the flow list's look. */
#ifndef UI_CMD_LIST_H
#define UI_CMD_LIST_H

struct app;

void cmd_columns(struct app *app, const char *arg);
void cmd_path(struct app *app, const char *arg);
void cmd_highlight(struct app *app, const char *arg);
void cmd_active(struct app *app, const char *arg);
void cmd_count(struct app *app, const char *arg);
void cmd_tree(struct app *app, const char *arg);
void cmd_goto(struct app *app, const char *arg); /* by its number */
void cmd_group(struct app *app, const char *arg);

#endif
