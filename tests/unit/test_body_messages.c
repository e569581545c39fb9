/* SPDX-License-Identifier: MIT
 * Messages in recorded bodies: found however the body came in pieces and grew, coded, in Base64, compressed, broken, and more than are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/mem.h"
#include "flow/body_messages.h"
#include "flow/flow.h"
#include "proto/coding.h"

enum { ALL = 1 << 30 };

/* A flow with bodies, as the store would have it. */
struct sample {
	struct flow f;
	struct flow_detail d;
	struct body_messages *b;
};

static void
sample_init(struct sample *s, enum flow_proto proto, const char *request, const char *response)
{
	*s = (struct sample){.f = {.number = 1, .proto = (uint8_t)proto, .detail = &s->d}, .b = body_messages_new()};
	s->d.head[FLOW_REQUEST] = span_str(request);
	s->d.head[FLOW_RESPONSE] = span_str(response);
}

static void
sample_cut(struct flow_body *b)
{
	for (unsigned i = 0; i < b->npieces; i++)
		free((char *)(uintptr_t)b->piece[i].p);
	free(b->piece);
	*b = (struct flow_body){.npieces = 0};
}

static void
sample_fini(struct sample *s)
{
	sample_cut(&s->d.body[FLOW_REQUEST]);
	sample_cut(&s->d.body[FLOW_RESPONSE]);
	body_messages_free(s->b);
}

static void
sample_add(struct sample *s, enum flow_dir dir, struct span bytes)
{
	struct flow_body *b = &s->d.body[dir];

	b->piece = mem_resize(b->piece, b->npieces + 1, sizeof *b->piece);
	b->piece[b->npieces++] = (struct flow_piece){.p = mem_dup(bytes.p, bytes.n), .n = (uint32_t)bytes.n};
	b->kept += bytes.n;
	b->seen += bytes.n;
}

static uint64_t
sample_count(struct sample *s, enum flow_dir dir)
{
	struct body_messages_side side;

	body_messages_side(s->b, dir, &side);
	return side.end;
}

/* What is found in a direction, "TYPE=DATA;" each. */
static const char *
sample_text(struct sample *s, enum flow_dir dir, char *out, size_t size)
{
	struct body_messages_side side;
	struct body_message m;
	size_t n = 0;

	body_messages_side(s->b, dir, &side);
	*out = '\0';
	for (uint64_t i = side.first; i < side.end; i++) {
		body_messages_get(s->b, dir, i, ALL, &m);
		n += (size_t)snprintf(out + n, size - n, "%.*s%s=%.*s;", (int)m.type.n, m.type.p, m.trailer ? "trailer" : m.compressed ? "z" : "",
		    (int)m.data.n, m.data.p);
	}
	return out;
}

#define EVENTS "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
#define STREAM "\xef\xbb\xbf: hi\n\ndata: one\n\nevent: chat\nid: 7\r\ndata: two\ndata: 2\r\n\r\nretry: 5\ndata: three\n\ndata: not"

/* However it is cut, and whether it grows between the looks or within one. */
static void
test_events_in_pieces(void **state)
{
	(void)state;
	const struct span all = SPAN_LIT(STREAM);
	char out[256];

	for (size_t k = 0; k <= all.n; k++) {
		struct sample s;
		struct body_messages_side side;
		sample_init(&s, FLOW_SSE, "", EVENTS);
		sample_add(&s, FLOW_RESPONSE, span_of(all.p, k));
		if (k % 2)
			assert_false(body_messages_read(s.b, &s.f, ALL));
		sample_add(&s, FLOW_RESPONSE, span_of(all.p + k, all.n - k));
		while (body_messages_read(s.b, &s.f, 1 + k % 7))
			continue;
		assert_string_equal(sample_text(&s, FLOW_RESPONSE, out, sizeof out), "=one;chat=two\n2;=three;");
		body_messages_side(s.b, FLOW_RESPONSE, &side);
		assert_true(side.there && side.open && !side.broken && !side.decoded && side.read == all.n && !side.first);
		assert_int_equal(sample_count(&s, FLOW_REQUEST), 0);
		sample_fini(&s);
	}
}

static void
test_parts_of_an_event(void **state)
{
	(void)state;
	struct sample s;
	struct body_message m;

	sample_init(&s, FLOW_SSE, "", EVENTS);
	sample_add(&s, FLOW_RESPONSE, SPAN_LIT("event: chat\nid: 7\nretry: 12\ndata: a long text\ndata: more\n\n"));
	assert_false(body_messages_read(s.b, &s.f, ALL));
	body_messages_get(s.b, FLOW_RESPONSE, 0, ALL, &m);
	assert_true(m.whole && m.size == 16 && m.retry_ms == 12 && span_eq(m.id, SPAN_LIT("7")) && span_eq(m.data, SPAN_LIT("a long text\nmore")));
	for (size_t max = 0; max < 60; max++) {
		body_messages_get(s.b, FLOW_RESPONSE, 0, max, &m);
		assert_true(m.size == 16 && m.data.n <= max && m.whole == (m.data.n == 16));
		assert_memory_equal(m.data.p, "a long text\nmore", m.data.n);
	}
	sample_fini(&s);
}

/* A message came when its end did; when what is decoded came is not known. */
static void
test_times(void **state)
{
	(void)state;
	static const char *const piece[] = {"data: one\n\ndata:", " two\n", "\ndata: three\n\ndata: four\n\n"};
	static const uint32_t came[] = {1, 21, 21, 21};
	struct sample s;
	struct body_message m;

	for (int coded = 0; coded < 2; coded++) {
		sample_init(&s, FLOW_SSE, "",
		    coded ? "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: identity\r\n\r\n" : EVENTS);
		for (unsigned i = 0; i < 3; i++) {
			sample_add(&s, FLOW_RESPONSE, span_str(piece[i]));
			s.d.body[FLOW_RESPONSE].piece[i].came_ms = 1 + i * 10;
		}
		body_messages_read(s.b, &s.f, ALL);
		assert_int_equal(sample_count(&s, FLOW_RESPONSE), 4);
		for (unsigned i = 0; i < 4; i++) {
			body_messages_get(s.b, FLOW_RESPONSE, i, ALL, &m);
			assert_int_equal(m.came_ms, coded ? 0 : came[i]);
			assert_int_equal(body_messages_came(s.b, FLOW_RESPONSE, i), m.came_ms);
		}
		sample_fini(&s);
	}
}

/* Another flow, or another body of the same one, is another list. */
static void
test_begins_again(void **state)
{
	(void)state;
	struct sample s;
	struct flow_version was = {.end_seq = 0};
	char out[64];

	sample_init(&s, FLOW_SSE, "", EVENTS);
	sample_add(&s, FLOW_RESPONSE, SPAN_LIT("data: one\n\ndata: two\n\n"));
	body_messages_read(s.b, &s.f, ALL);
	sample_cut(&s.d.body[FLOW_RESPONSE]);
	sample_add(&s, FLOW_RESPONSE, SPAN_LIT("data: three\n\n"));
	body_messages_read(s.b, &s.f, ALL);
	assert_string_equal(sample_text(&s, FLOW_RESPONSE, out, sizeof out), "=three;");
	sample_cut(&s.d.body[FLOW_RESPONSE]);
	sample_add(&s, FLOW_RESPONSE, SPAN_LIT("data: longer than before\n\n"));
	s.d.original[FLOW_RESPONSE] = &was;
	body_messages_read(s.b, &s.f, ALL);
	assert_string_equal(sample_text(&s, FLOW_RESPONSE, out, sizeof out), "=longer than before;");
	s.f.number = 2;
	sample_cut(&s.d.body[FLOW_RESPONSE]);
	sample_add(&s, FLOW_RESPONSE, SPAN_LIT("data: the body of another flow is longer\n\n"));
	body_messages_read(s.b, &s.f, ALL);
	assert_string_equal(sample_text(&s, FLOW_RESPONSE, out, sizeof out), "=the body of another flow is longer;");
	sample_fini(&s);
}

/* One past what is kept. */
static void
test_the_latest_are_kept(void **state)
{
	(void)state;
	struct sample s;
	struct body_messages_side side;
	struct body_message m;
	char text[32];

	sample_init(&s, FLOW_SSE, "", EVENTS);
	for (int i = 0; i <= BODY_MESSAGES_KEPT; i++) {
		snprintf(text, sizeof text, "data: %d\n\n", i);
		sample_add(&s, FLOW_RESPONSE, span_str(text));
		if (i % 1000 == 0)
			body_messages_read(s.b, &s.f, ALL);
		if (i == BODY_MESSAGES_KEPT - 1) {
			body_messages_read(s.b, &s.f, ALL);
			body_messages_side(s.b, FLOW_RESPONSE, &side);
			assert_true(side.first == 0 && side.end == BODY_MESSAGES_KEPT);
		}
	}
	assert_false(body_messages_read(s.b, &s.f, ALL));
	body_messages_side(s.b, FLOW_RESPONSE, &side);
	assert_true(side.first == 1 && side.end == BODY_MESSAGES_KEPT + 1);
	for (uint64_t i = side.first; i < side.end; i++) {
		body_messages_get(s.b, FLOW_RESPONSE, i, ALL, &m);
		snprintf(text, sizeof text, "%llu", (unsigned long long)i);
		assert_true(span_eq(m.data, span_str(text)));
	}
	sample_fini(&s);
}

#define GRPC_REQUEST "POST /s/m HTTP/1.1\r\nContent-Type: application/grpc\r\ngrpc-encoding: gzip\r\n\r\n"
#define GRPC_RESPONSE "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\ngrpc-encoding: deflate\r\n\r\n"

static void
add_frame(struct buf *to, unsigned flags, struct span data)
{
	const char head[5] = {(char)flags, 0, (char)(data.n >> 16), (char)(data.n >> 8), (char)data.n};

	buf_add(to, head, 5);
	buf_add_span(to, data);
}

static struct span
coded(const char *coding, struct span data, struct buf *out)
{
	struct errmsg why;

	buf_init(out, 0);
	assert_int_equal(coding_apply(span_str(coding), data, 1 << 24, out, &why), 0);
	return buf_span(out);
}

static void
test_grpc(void **state)
{
	(void)state;
	struct sample s;
	struct buf up, down, z;
	struct span status, message;
	char out[256];

	sample_init(&s, FLOW_GRPC, GRPC_REQUEST, GRPC_RESPONSE);
	buf_init(&up, 1 << 16);
	buf_init(&down, 1 << 16);
	add_frame(&up, 0, SPAN_LIT("one"));
	add_frame(&up, 1, coded("gzip", SPAN_LIT("two two two two"), &z));
	buf_fini(&z);
	add_frame(&down, 1, coded("deflate", SPAN_LIT("three"), &z));
	buf_fini(&z);
	add_frame(&down, 0, SPAN_LIT(""));
	buf_add(&down, "\0\0\0\0\7four", 9);
	sample_add(&s, FLOW_REQUEST, buf_span(&up));
	for (size_t i = 0; i < down.n; i++)
		sample_add(&s, FLOW_RESPONSE, span_of(down.p + i, 1));
	assert_true(body_messages_read(s.b, &s.f, 20));
	assert_false(body_messages_read(s.b, &s.f, ALL));
	assert_string_equal(sample_text(&s, FLOW_REQUEST, out, sizeof out), "=one;z=two two two two;");
	assert_string_equal(sample_text(&s, FLOW_RESPONSE, out, sizeof out), "z=three;=;");
	struct body_messages_side side;
	body_messages_side(s.b, FLOW_RESPONSE, &side);
	assert_true(side.open && !side.broken);
	body_messages_status(s.b, &status, &message);
	assert_null(status.p);
	s.d.trailer[FLOW_RESPONSE] = SPAN_LIT("grpc-status: 5\r\ngrpc-message: no%20such\r\n");
	body_messages_status(s.b, &status, &message);
	assert_true(span_eq(status, SPAN_LIT("5")) && span_eq(message, SPAN_LIT("no%20such")));
	sample_fini(&s);
	buf_fini(&up);
	buf_fini(&down);
}

static void
test_grpc_broken(void **state)
{
	(void)state;
	struct sample s;
	struct body_messages_side side;

	sample_init(&s, FLOW_GRPC, GRPC_REQUEST, GRPC_RESPONSE);
	sample_add(&s, FLOW_RESPONSE, SPAN_LIT("\0\0\0\0\1a<html>"));
	assert_false(body_messages_read(s.b, &s.f, ALL));
	body_messages_side(s.b, FLOW_RESPONSE, &side);
	assert_true(side.broken && side.end == 1 && side.broken_at == 6);
	assert_string_equal(side.why.text, "no gRPC message begins with the byte 0x3c");
	sample_add(&s, FLOW_RESPONSE, SPAN_LIT("more"));
	assert_false(body_messages_read(s.b, &s.f, ALL));
	assert_int_equal(sample_count(&s, FLOW_RESPONSE), 1);
	sample_fini(&s);
}

/* What is compressed: without a name of its coding, with one that is unknown, and more than is undone. */
static void
test_not_decompressed(void **state)
{
	(void)state;
	static const char unnamed[] = "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\n\r\n";
	static const char unknown[] = "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\ngrpc-encoding: snappy\r\n\r\n";
	struct sample s;
	struct body_message m;
	struct buf body, z;

	for (int i = 0; i < 2; i++) {
		sample_init(&s, FLOW_GRPC, "", i ? unknown : unnamed);
		sample_add(&s, FLOW_RESPONSE, SPAN_LIT("\1\0\0\0\3abc"));
		body_messages_read(s.b, &s.f, ALL);
		body_messages_get(s.b, FLOW_RESPONSE, 0, ALL, &m);
		assert_true(m.compressed && m.why.text[0] && span_eq(m.data, SPAN_LIT("abc")));
		sample_fini(&s);
	}
	char *zeros = mem_zalloc(CODING_OUT_MAX_BYTES / 4);
	sample_init(&s, FLOW_GRPC, "", GRPC_RESPONSE);
	buf_init(&body, 1 << 20);
	for (int i = 0; i < 5; i++) {
		add_frame(&body, 1, coded("deflate", span_of(zeros, CODING_OUT_MAX_BYTES / 4), &z));
		buf_fini(&z);
	}
	sample_add(&s, FLOW_RESPONSE, buf_span(&body));
	body_messages_read(s.b, &s.f, ALL);
	unsigned undone = 0;
	for (int i = 0; i < 5; i++) {
		body_messages_get(s.b, FLOW_RESPONSE, (uint64_t)i, ALL, &m);
		undone += m.data.n == CODING_OUT_MAX_BYTES / 4;
		assert_int_equal(m.why.text[0] != '\0', i >= 3);
	}
	assert_int_equal(undone, 3); /* what is read counts too, so the fourth does not come out whole */
	body_messages_read(s.b, &s.f, ALL);
	body_messages_get(s.b, FLOW_RESPONSE, 4, ALL, &m);
	assert_false(m.why.text[0]);
	sample_fini(&s);
	buf_fini(&body);
	free(zeros);
}

/* A body in Base64, another one in gzip round it, each growing byte by byte. */
static void
test_decoded_bodies(void **state)
{
	(void)state;
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web-text\r\n\r\n";
	static const char zipped[] = "HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web-text\r\nContent-Encoding: gzip\r\n\r\n";
	struct buf body, trailer, z = {.n = 0};
	char base64[128], out[128];
	struct sample s;

	buf_init(&body, 256);
	buf_init(&trailer, 256);
	add_frame(&body, 0, SPAN_LIT("one"));
	add_frame(&trailer, 0x80, SPAN_LIT("grpc-status:0\r\ngrpc-message:\r\n"));
	base64_write(base64, buf_span(&body));
	base64_write(base64 + base64_length(body.n), buf_span(&trailer)); /* padded in the middle */
	struct span plain = span_of(base64, base64_length(body.n) + base64_length(trailer.n));
	for (int zip = 0; zip < 2; zip++) {
		struct span all = zip ? coded("gzip", plain, &z) : plain;
		struct span status, message;
		sample_init(&s, FLOW_GRPC, "", zip ? zipped : text);
		for (size_t i = 0; i < all.n; i++) {
			sample_add(&s, FLOW_RESPONSE, span_of(all.p + i, 1));
			assert_false(body_messages_read(s.b, &s.f, ALL));
		}
		assert_string_equal(sample_text(&s, FLOW_RESPONSE, out, sizeof out), "=one;trailer=grpc-status:0\r\ngrpc-message:\r\n;");
		body_messages_status(s.b, &status, &message);
		assert_true(span_eq(status, SPAN_LIT("0")));
		sample_fini(&s);
	}
	buf_fini(&z);
	buf_fini(&body);
	buf_fini(&trailer);
}

static void
test_coding_unknown(void **state)
{
	(void)state;
	struct sample s;
	struct body_messages_side side;

	sample_init(&s, FLOW_SSE, "", "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: compress\r\n\r\n");
	sample_add(&s, FLOW_RESPONSE, SPAN_LIT("data: x\n\n"));
	assert_false(body_messages_read(s.b, &s.f, ALL));
	body_messages_side(s.b, FLOW_RESPONSE, &side);
	assert_true(side.there && side.decoded && side.end == 0 && side.why.text[0]);
	sample_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_events_in_pieces),
	    cmocka_unit_test(test_parts_of_an_event),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_begins_again),
	    cmocka_unit_test(test_the_latest_are_kept),
	    cmocka_unit_test(test_grpc),
	    cmocka_unit_test(test_grpc_broken),
	    cmocka_unit_test(test_not_decompressed),
	    cmocka_unit_test(test_decoded_bodies),
	    cmocka_unit_test(test_coding_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
