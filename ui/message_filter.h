/* SPDX-License-Identifier: MIT
 * Which messages of a flow are listed: words such as dir=in type=text size>1k data~price, all of which must hold. */
#ifndef UI_MESSAGE_FILTER_H
#define UI_MESSAGE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "flow/flow_id.h"
#include "ui/prompt.h"

enum { MESSAGE_FILTER_MAX = 256, MESSAGE_FILTER_WORDS_MAX = 8 };

struct message_filter {
	char text[MESSAGE_FILTER_MAX]; /* as it was given; "": all are listed */
	unsigned n;
	struct message_filter_word {
		char what, how; /* 'd' direction, 't' type, 's' size, 'c' data; the operator */
		enum flow_dir dir;
		uint64_t size;
		struct span value; /* in text */
	} word[MESSAGE_FILTER_WORDS_MAX];
};

struct message_facts {
	enum flow_dir dir;
	struct span type, data;
	uint64_t size;
};

/* Takes the text in, or says in r what is wrong with it and leaves f as it is: false. f is not to be copied afterwards. */
bool message_filter_set(struct message_filter *f, const char *text, struct prompt_refusal *r);
bool message_filter_matches(const struct message_filter *f, const struct message_facts *m);
/* Whether it looks into data. */
bool message_filter_reads(const struct message_filter *f);

#endif
