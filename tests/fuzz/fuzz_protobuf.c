/* SPDX-License-Identifier: MIT
 * Protocol Buffers: fields lie in the bytes, one behind the other, and only printable ASCII comes out of them, inside its maximum. The first byte
 * sets how much room there is, how deep is shown, and whether the bytes are all there. */
#include "tests/fuzz/fuzz.h"

#include "proto/protobuf.h"
#include "text/text_protobuf.h"

static void
check_fields(struct span in)
{
	struct protobuf_field f;
	struct span rest = in;
	struct errmsg why = {""};
	int got;

	while ((got = protobuf_next(&rest, &f, &why)) == 1) {
		FUZZ_ASSERT(fuzz_inside(f.data, in.p, in.n) && f.data.n <= f.data_n && f.number);
		FUZZ_ASSERT(rest.p > in.p && rest.p + rest.n == in.p + in.n);
		if (f.wire == PROTOBUF_LEN && f.data.n == f.data_n)
			FUZZ_ASSERT(protobuf_guess(f.data) != PROTOBUF_MESSAGE || protobuf_is_message(f.data));
	}
	FUZZ_ASSERT((got == 0) == !why.text[0]);
}

static void
check_printable(const struct text_lines *t)
{
	FUZZ_ASSERT(t->bytes.n <= t->bytes.max);
	for (size_t i = 0; i < t->bytes.n; i++)
		FUZZ_ASSERT(t->bytes.p[i] >= 0x20 && t->bytes.p[i] < 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_view_env env = {.width = 80};
	struct text_lines t;

	if (!size)
		return 0;
	struct span body = span_of((const char *)data + 1, size - 1);
	env.partial = data[0] & 1;
	env.fold = data[0] >> 4;
	check_fields(body);
	text_lines_init(&t, data[0] & 2 ? data[0] : 1 << 19, 0);
	int code = text_protobuf(&t, body, &env);
	FUZZ_ASSERT((code == 0) == !env.why.text[0]);
	FUZZ_ASSERT(code == 0 || !protobuf_is_message(body));
	check_printable(&t);
	text_lines_clear(&t);
	text_lines_begin(&t);
	text_protobuf_line(&t, body, data[0]);
	FUZZ_ASSERT(t.cut || text_columns(buf_span(&t.bytes)) <= data[0]);
	check_printable(&t);
	text_lines_fini(&t);
	return 0;
}
