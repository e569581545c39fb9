/* SPDX-License-Identifier: MIT
 * JSON as lines: nothing but printable text comes out, inside its maximum, and what has been
 * indented is read again without an error and stays as it is. The first byte sets how much room
 * there is. */
#include "tests/fuzz/fuzz.h"

#include "base/escape.h"
#include "text/text_json.h"

static void
check_printable(const struct text_lines *t)
{
	for (size_t i = 0; i < t->bytes.n; i++)
		FUZZ_ASSERT(t->bytes.p[i] >= 0x20 && t->bytes.p[i] < 0x7f);
}

/* The lines with line ends between them. */
static void
join(const struct text_lines *t, struct buf *out)
{
	buf_init(out, t->bytes.n + t->nlines);
	for (size_t i = 0; i < t->nlines; i++) {
		for (uint32_t k = 0; k < t->line[i].npieces; k++)
			buf_add_span(out, text_lines_piece(t, &t->piece[t->line[i].piece + k]));
		buf_add_str(out, "\n");
	}
}

static bool
is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 0x7e)
			return false;
	return true;
}

static void
check_again(const struct text_lines *t)
{
	struct text_view_env env = {.width = 80};
	struct text_lines again;
	struct buf a, b;

	join(t, &a);
	text_lines_init(&again, 1 << 20, 0);
	FUZZ_ASSERT(text_json(&again, buf_span(&a), &env) == 0);
	join(&again, &b);
	FUZZ_ASSERT(span_eq(buf_span(&a), buf_span(&b)));
	text_lines_fini(&again);
	buf_fini(&a);
	buf_fini(&b);
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
	text_lines_init(&t, data[0] & 2 ? data[0] : 1 << 19, 0);
	int code = text_json(&t, body, &env);
	FUZZ_ASSERT((code == 0) == !env.why.text[0]);
	FUZZ_ASSERT(t.bytes.n <= t.bytes.max);
	check_printable(&t);
	bool noted = t.npieces && t.piece[t.npieces - 1].role == TEXT_NOTE;
	if (code == 0 && !env.partial && !t.cut && !noted && is_ascii(body))
		check_again(&t);
	text_json_fits(SPAN_NONE, body);
	text_lines_fini(&t);
	return 0;
}
