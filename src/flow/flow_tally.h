/* SPDX-License-Identifier: MIT
 * Counts of handshakes by what the engine calls their version, and by why they failed. */
#ifndef FLOW_FLOW_TALLY_H
#define FLOW_FLOW_TALLY_H

#include <stdint.h>

enum { TALLY_ROWS = 24, TALLY_NAME_MAX = 24 };

struct tally_row {
	char name[TALLY_NAME_MAX];
	uint64_t n;
};

/* Names in the order in which they were met; those for which there is no row count as others. */
struct tally {
	struct tally_row row[TALLY_ROWS];
	unsigned nrows;
	uint64_t others;
};

struct flow_tally {
	struct tally version[2], failure[2]; /* by flow_side: done, failed */
};

struct fact_conn_tls;

void flow_tally_tls(struct flow_tally *t, const struct fact_conn_tls *v);

/* Index of the rows, most frequent first; order has room for TALLY_ROWS. Returns how many there are. */
unsigned tally_order(const struct tally *t, unsigned *order);

#endif
