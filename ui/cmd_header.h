/* SPDX-License-Identifier: MIT
 * Commands of the header. */
#ifndef UI_CMD_HEADER_H
#define UI_CMD_HEADER_H

struct app;

/* "full", "line", "off"; "": the next of them. */
void cmd_header(struct app *app, const char *arg);
/* "net", "tls", "certs" or "lat": its next form. */
void cmd_block(struct app *app, const char *arg);
/* The next style of its graphs. */
void cmd_graph(struct app *app, const char *arg);

#endif
