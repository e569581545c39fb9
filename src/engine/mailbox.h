/* SPDX-License-Identifier: MIT
 * What the main thread sends to one worker: pointers, in order, never lost and without waiting. What finds the ring full stays with the
 * sender until the worker has made room and said so. */
#ifndef ENGINE_MAILBOX_H
#define ENGINE_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

enum mail_what {
	MAIL_INTENT = 1, /* struct intent */
	MAIL_RULES,      /* struct rules; NULL: none */
	MAIL_PASS        /* struct pass_list; NULL: none */
};

struct mail {
	uint64_t what; /* enum mail_what */
	void *p;       /* passes to the worker */
};

struct mailbox {
	struct ring *ring;
	_Atomic bool room_wanted; /* the worker tells when it has emptied the ring */
	struct mail *late;        /* the sender's: what found the ring full */
	size_t late_first, late_n, late_cap;
};

void mailbox_init(struct mailbox *m);
void mailbox_fini(struct mailbox *m); /* empty it before with mailbox_take and mailbox_flush */

/* Sender. Both return true when something has become visible to the worker, which is then to be woken. */
bool mailbox_send(struct mailbox *m, enum mail_what what, void *p);
bool mailbox_flush(struct mailbox *m);

/* Worker: the next one; false when there is none. */
bool mailbox_take(struct mailbox *m, struct mail *out);
/* Worker, after taking all: true when the sender waits for room. */
bool mailbox_room_wanted(struct mailbox *m);

#endif
