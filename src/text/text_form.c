/* SPDX-License-Identifier: MIT
 * Form fields as lines. */
#include "text/text_form.h"

#include "proto/http_char.h"
#include "text/text_type.h"

bool
text_form_fits(struct span content_type, struct span body)
{
	(void)body;
	return text_type_is(content_type, "application/x-www-form-urlencoded");
}

/* Takes what stands before the separator, or all, off *rest; false when there is nothing left. */
static bool
form_take(struct span *rest, char separator, struct span *part)
{
	if (!rest->n)
		return false;
	const char *at = memchr(rest->p, separator, rest->n);
	size_t n = at ? (size_t)(at - rest->p) : rest->n;
	size_t whole = at ? n + 1 : n;

	*part = span_of(rest->p, n);
	*rest = span_of(rest->p + whole, rest->n - whole);
	return true;
}

static bool
form_is_byte(struct span s)
{
	return s.n >= 3 && http_char_is(s.p[1], HTTP_C_HEX) && http_char_is(s.p[2], HTTP_C_HEX);
}

/* Decodes s into out, which has room. Returns how many '%' begin no byte. */
static unsigned
form_decode(struct span s, struct buf *out)
{
	char *to = buf_reserve(out, s.n);
	unsigned bad = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] == '+' ? ' ' : s.p[i];
		if (c == '%' && form_is_byte(span_of(s.p + i, s.n - i))) {
			c = (char)(http_hex_value(s.p[i + 1]) << 4 | http_hex_value(s.p[i + 2]));
			i += 2;
		} else if (c == '%') {
			bad++;
		}
		to[out->n++] = c;
	}
	return bad;
}

static void
form_pair(struct text_lines *t, struct span pair, struct buf *scratch)
{
	struct span name = SPAN_LIT(""), value = pair;
	bool has_value = pair.n && memchr(pair.p, '=', pair.n);

	form_take(&value, '=', &name);
	buf_clear(scratch);
	unsigned bad = form_decode(name, scratch);
	text_lines_begin(t);
	text_lines_add(t, TEXT_NAME, buf_span(scratch));
	if (has_value) {
		buf_clear(scratch);
		bad += form_decode(value, scratch);
		text_lines_words(t, TEXT_NAME, ":");
		text_lines_words(t, TEXT_PLAIN, " ");
		text_lines_add(t, TEXT_PLAIN, buf_span(scratch));
	}
	if (bad)
		text_lines_addf(
		    t, TEXT_NOTE, "  (!) %u '%%' that begin%s no byte", bad, bad == 1 ? "s" : "");
}

int
text_form(struct text_lines *t, struct span body, struct text_view_env *env)
{
	struct buf scratch;
	struct span pair;

	(void)env;
	buf_init(&scratch, body.n);
	while (!t->cut && form_take(&body, '&', &pair))
		if (pair.n)
			form_pair(t, pair, &scratch);
	buf_fini(&scratch);
	return 0;
}
