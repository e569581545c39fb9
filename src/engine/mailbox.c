/* SPDX-License-Identifier: MIT
 * What the main thread sends to one worker. */
#include "engine/mailbox.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/ring.h"

enum { MAILBOX_RING_BYTES = 16384 };

void
mailbox_init(struct mailbox *m)
{
	*m = (struct mailbox){.ring = ring_new(MAILBOX_RING_BYTES)};
}

void
mailbox_fini(struct mailbox *m)
{
	ring_free(m->ring);
	free(m->late);
	*m = (struct mailbox){.ring = NULL};
}

static bool
mailbox_push(struct mailbox *m, const struct mail *one)
{
	struct mail *room = ring_reserve(m->ring, sizeof *room);

	if (!room) {
		atomic_store_explicit(&m->room_wanted, true, memory_order_seq_cst);
		/* The worker may have emptied it between the look and the flag. */
		room = ring_reserve(m->ring, sizeof *room);
	}
	if (!room)
		return false;
	*room = *one;
	ring_commit(m->ring);
	return true;
}

bool
mailbox_flush(struct mailbox *m)
{
	bool moved = false;

	while (m->late_n && mailbox_push(m, &m->late[m->late_first])) {
		m->late_first++;
		m->late_n--;
		moved = true;
	}
	if (m->late_n == 0)
		m->late_first = 0;
	return moved;
}

bool
mailbox_send(struct mailbox *m, enum mail_what what, void *p)
{
	struct mail one = {.what = what, .p = p};
	bool moved = mailbox_flush(m);

	if (m->late_n == 0 && mailbox_push(m, &one))
		return true;
	if (m->late_first + m->late_n == m->late_cap) {
		m->late_cap = m->late_cap ? m->late_cap * 2 : 64;
		m->late = mem_resize(m->late, m->late_cap, sizeof *m->late);
	}
	m->late[m->late_first + m->late_n++] = one;
	return moved;
}

bool
mailbox_take(struct mailbox *m, struct mail *out)
{
	const struct mail *one = ring_peek(m->ring);

	if (!one)
		return false;
	*out = *one;
	ring_release(m->ring);
	return true;
}

bool
mailbox_room_wanted(struct mailbox *m)
{
	return atomic_load_explicit(&m->room_wanted, memory_order_relaxed) &&
	    atomic_exchange_explicit(&m->room_wanted, false, memory_order_seq_cst);
}
