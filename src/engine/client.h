/* SPDX-License-Identifier: MIT
 * Which process a client is: a worker's questions to the helper thread, and what becomes of the answers. Each question that was taken is
 * answered by one FACT_CONN_PROCESS, also when its connection is gone by then. */
#ifndef ENGINE_CLIENT_H
#define ENGINE_CLIENT_H

struct conn;
struct sockaddr;
struct worker;

/* Of a connection just accepted. When a breakpoint rule or the front end depends on the process, nothing is read before it is known, for
 * 200 ms at most. */
void client_ask(struct conn *c, const struct sockaddr *peer);
/* The worker was woken: takes answers. */
void client_answers(struct worker *w);
void client_tick(struct conn *c); /* ends that wait */
void client_gone(struct conn *c); /* the connection is closed */
/* After the end of both threads: what is open stays unknown. */
void client_end(struct worker *w);
void client_fini(struct worker *w);

#endif
