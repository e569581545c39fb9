/* SPDX-License-Identifier: MIT
 * Commands about messages of WebSockets. */
#ifndef UI_CMD_MESSAGE_H
#define UI_CMD_MESSAGE_H

struct app;
struct prompt_refusal;

void cmd_drop(struct app *app, const char *arg);   /* the held message is not sent on */
void cmd_inject(struct app *app, const char *arg); /* "client|server TEXT", "client|server hex:BYTES"; "" asks */
void cmd_message_filter(struct app *app, const char *arg); /* which messages are listed; "none": all, "" asks */
void cmd_message_filter_check(const char *arg, struct prompt_refusal *r);
void cmd_inject_check(const char *arg, struct prompt_refusal *r);

#endif
