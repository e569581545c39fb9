/* SPDX-License-Identifier: MIT
 * Bodies of any type, coding and view, chosen by the first three bytes: only printable ASCII comes
 * out, inside its maximum, and every piece lies in its line. The fourth byte sets the width and
 * whether the body is all there. */
#include "tests/fuzz/fuzz.h"

#include "text/text_body.h"
#include "text/text_view.h"

static const char *const types[] = {"", "text/plain", "application/json",
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=b",
    "multipart/mixed; boundary=\"-\"", "text/plain; charset=shift_jis", "text/html; charset=utf-16",
    "text/plain; charset=iso-2022-jp", "text/plain; charset=gb18030",
    "text/plain; charset=big5-hkscs", "text/plain; charset=euc-tw", "text/plain; charset=euc-kr",
    "image/png", "text/plain; charset=utf-32be", "text/plain; charset=euc-jp"};
static const char *const codings[] = {"", "", "", "", "gzip", "deflate", "br", "zstd"};

static void
check(const struct text_lines *t)
{
	uint32_t pieces = 0;

	FUZZ_ASSERT(t->bytes.n <= t->bytes.max && t->bytes.n <= t->bytes.cap);
	for (size_t i = 0; i < t->bytes.n; i++)
		FUZZ_ASSERT(t->bytes.p[i] >= 0x20 && t->bytes.p[i] < 0x7f);
	for (size_t i = 0; i < t->nlines; i++) {
		FUZZ_ASSERT(t->line[i].piece == pieces);
		pieces += t->line[i].npieces;
	}
	FUZZ_ASSERT(pieces == t->npieces);
	for (size_t i = 0; i < t->npieces; i++)
		FUZZ_ASSERT(t->piece[i].off + t->piece[i].n <= t->bytes.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_body_info info;
	struct text_lines t;

	if (size < 4)
		return 0;
	size_t view = data[2] % (text_view_count + 1);
	struct text_body b = {
	    .bytes = span_of((const char *)data + 4, size - 4),
	    .seen = size - 4 + (data[3] & 1),
	    .content_type = span_str(types[data[0] % (sizeof types / sizeof *types)]),
	    .content_encoding = span_str(codings[data[1] % (sizeof codings / sizeof *codings)]),
	    .view = view < text_view_count ? text_views[view].name : NULL,
	    .width = data[3],
	};
	text_lines_init(&t, data[3] & 2 ? data[3] : 1 << 19, 0);
	text_body(&t, &b, &info);
	check(&t);
	FUZZ_ASSERT(text_view_find(info.view) && info.automatic == (view == text_view_count));
	text_lines_fini(&t);
	return 0;
}
