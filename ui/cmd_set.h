/* SPDX-License-Identifier: MIT
 * The commands of options, keys and the prompt. */
#ifndef UI_CMD_SET_H
#define UI_CMD_SET_H

#include <stddef.h>

struct app;
struct prompt_refusal;

void cmd_set(struct app *app, const char *arg);
void cmd_set_check(const char *arg, struct prompt_refusal *r);
void cmd_bind(struct app *app, const char *arg);
void cmd_bind_check(const char *arg, struct prompt_refusal *r);
void cmd_unbind(struct app *app, const char *arg);
void cmd_write_config(struct app *app, const char *arg);
/* Opens the prompt, with text in it. */
void cmd_command(struct app *app, const char *text);

/* A path as the user writes it: ~/ is the home. name is appended to it, NULL: nothing. To be freed. */
char *cmd_file_path(const char *path, const char *name);

#endif
