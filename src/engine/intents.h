/* SPDX-License-Identifier: MIT
 * What a worker does with the intents that the main thread sends it. */
#ifndef ENGINE_INTENTS_H
#define ENGINE_INTENTS_H

struct worker;

/* Does all that wait in the worker's mailbox. */
void intents_run(struct worker *w);
/* Frees them; the worker's thread is over. */
void intents_drop(struct worker *w);

#endif
