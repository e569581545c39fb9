/* SPDX-License-Identifier: MIT
 * Messages a second: of open flows in the latest seconds, of ended ones over all, and when that is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "flow/body_messages.h"
#include "flow/flow.h"
#include "flow/flow_message.h"
#include "ui/message_rate.h"

static const uint64_t begin_ns = 1000000000000, second_ns = 1000000000;

static void
expect(struct message_rate r, const char *want)
{
	char text[MESSAGE_RATE_BYTES];

	assert_string_equal(message_rate_text(&r, text), want);
}

static void
add(struct flow *f, enum flow_dir dir, uint64_t at_ms)
{
	flow_messages_add(&f->detail->messages)->dir = (uint8_t)dir;
	f->detail->messages->at[f->detail->messages->n - 1].mono_ns = begin_ns + at_ms * 1000000;
}

static void
test_websocket(void **state)
{
	struct flow_detail d = {.messages = NULL};
	struct flow f = {.proto = FLOW_WS, .mono_ns = begin_ns, .detail = &d};

	(void)state;
	expect(message_rate_of(&f, NULL, begin_ns), "");
	for (unsigned i = 0; i < 100; i++) /* ten a second, for ten seconds */
		add(&f, FLOW_RESPONSE, 100 * i);
	add(&f, FLOW_REQUEST, 9950);
	expect(message_rate_of(&f, NULL, begin_ns + 10 * second_ns), "10/s in, 0.2/s out");
	/* Nothing comes any more: it falls, to nothing. */
	expect(message_rate_of(&f, NULL, begin_ns + 12 * second_ns), "6/s in, 0.2/s out");
	expect(message_rate_of(&f, NULL, begin_ns + 15 * second_ns), "0/s in, 0/s out");
	/* So it does over an hour in which the machine slept. */
	expect(message_rate_of(&f, NULL, begin_ns + 3600 * second_ns), "0/s in, 0/s out");
	/* A clock that is behind the messages. */
	expect(message_rate_of(&f, NULL, begin_ns), "100/s in, 1/s out");
	f.ended = true;
	f.end_ns = begin_ns + 20 * second_ns;
	expect(message_rate_of(&f, (const uint64_t[2]){[FLOW_REQUEST] = 1, [FLOW_RESPONSE] = 100}, begin_ns + 900 * second_ns),
	    "5/s in, 0.1/s out");
	/* Part of it was shed: a mean of the rest would be one of nothing. */
	expect(message_rate_of(&f, NULL, begin_ns + 900 * second_ns), "");
	f.end_ns = 0;
	expect(message_rate_of(&f, (const uint64_t[2]){0, UINT32_MAX}, 0), "4294967295/s in, 0/s out");
	flow_messages_free(d.messages);
}

static void
test_more_messages_than_have_times(void **state)
{
	struct flow_detail d = {.messages = NULL};
	struct flow f = {.proto = FLOW_WS, .mono_ns = begin_ns, .detail = &d};

	(void)state;
	for (unsigned i = 0; i < FLOW_MESSAGES_MAX; i++)
		add(&f, FLOW_RESPONSE, 0);
	expect(message_rate_of(&f, NULL, begin_ns), "");
	flow_messages_free(d.messages);
}

static void
put_events(struct flow_body *b, unsigned n, uint32_t came_ms)
{
	static const char event[] = "data: x\n\n";
	size_t each = sizeof event - 1;
	char *p = mem_alloc(n * each);

	for (unsigned i = 0; i < n; i++)
		memcpy(p + i * each, event, each);
	b->piece = mem_resize(b->piece, b->npieces + 1, sizeof *b->piece);
	b->piece[b->npieces++] = (struct flow_piece){.p = p, .n = (uint32_t)(n * each), .came_ms = came_ms};
	b->kept += n * each;
	b->seen += n * each;
}

static void
test_bodies(void **state)
{
	struct flow_detail d = {.messages = NULL};
	struct flow f = {.number = 1, .proto = FLOW_SSE, .mono_ns = begin_ns, .detail = &d};
	struct flow_body *b = &d.body[FLOW_RESPONSE];
	struct body_messages *m = body_messages_new();

	(void)state;
	d.head[FLOW_RESPONSE] = SPAN_LIT("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
	put_events(b, 10, 1001);
	put_events(b, 30, 7001);
	body_messages_read(m, &f, SIZE_MAX);
	expect(message_rate_of_bodies(&f, m, begin_ns + 8 * second_ns), "6/s in, 0/s out");
	expect(message_rate_of_bodies(&f, m, begin_ns + 60 * second_ns), "0/s in, 0/s out");
	/* More came in these seconds than is remembered of each. */
	put_events(b, BODY_MESSAGES_KEPT + 1, 60001);
	while (body_messages_read(m, &f, 1 << 20))
		continue;
	expect(message_rate_of_bodies(&f, m, begin_ns + 60 * second_ns), "");
	f.ended = true;
	f.end_ns = begin_ns + 10 * second_ns;
	expect(message_rate_of_bodies(&f, m, 0), "2004/s in, 0/s out");
	b->seen++;
	expect(message_rate_of_bodies(&f, m, 0), "");
	body_messages_free(m);
	for (unsigned i = 0; i < b->npieces; i++)
		free((char *)(uintptr_t)b->piece[i].p);
	free(b->piece);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_websocket),
	    cmocka_unit_test(test_more_messages_than_have_times),
	    cmocka_unit_test(test_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
