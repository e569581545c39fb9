/* SPDX-License-Identifier: MIT
 * What the console asks of the engine about flows: go on, end, again. */
#ifndef UI_FLOW_SEND_H
#define UI_FLOW_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "flow/flow_id.h"

struct app;
struct edit;
struct flow;
struct intent_message;

enum { REPEAT_MAX = 1000000, REPEAT_PAUSE_MAX_MS = 3600000 };

/* A request that is sent again and again. */
struct flow_repeat {
	struct edit *edit;    /* owned; NULL: nothing is repeated */
	unsigned left, total;
	uint64_t pause_ns, next_ns;
};

/* Sends what was edited; as_it_came: the held message itself. Returns 0 with a toast, or an error with why and nothing sent. */
int flow_send_edit(struct app *app, const struct edit *e, bool as_it_came, struct errmsg *why);
/* The WebSocket message of it that is held is not sent on. */
void flow_send_drop(struct app *app, const struct flow *f);
/* A message of the user's goes to the server (FLOW_REQUEST) or the client of that WebSocket, as text or binary by opcode. */
void flow_send_inject(struct app *app, const struct flow *f, enum flow_dir dir, unsigned opcode, struct span data);
void flow_send_kill(struct app *app, const struct flow *f);
void flow_send_resume(struct app *app, const struct flow *f);
/* Its connection, held after its ClientHello, goes on and is not decrypted. */
void flow_send_pass(struct app *app, const struct flow *f);
/* The flow with a held message that many places after the one of that number, in the order they were held; the first when it is not held; 0:
 * none. */
uint64_t flow_send_next_held(struct app *app, uint64_t number, int by);
/* Which of the held messages that flow's is, from 1, in that order, and how many there are; 0: none of them. */
size_t flow_send_held_place(struct app *app, uint64_t number, size_t *of);
/* Ends the question of what is held: every held flow goes on as it came. Returns how many. */
unsigned flow_send_resume_all(struct app *app);

/* Sends the request of the flow n times, pause_ns after one another. */
int flow_send_repeat(struct app *app, const struct flow *f, unsigned n, uint64_t pause_ns, struct errmsg *why);
/* To be called at every turn of the loop. Returns the milliseconds until it is due again, -1: never. */
int flow_repeat_turn(struct app *app, uint64_t now_ns);
/* False: nothing was being repeated. */
bool flow_repeat_stop(struct app *app);

#endif
