/* SPDX-License-Identifier: MIT
 * Nearest values. */
#include "ui/filter_near.h"

#include <stdio.h>
#include <string.h>

#include "flow/flow_store.h"
#include "flow/flow_subject.h"

enum { NEAR_FLOWS = 300, NEAR_VALUE_MAX = 32, NEAR_LETTERS_MAX = 2, NEAR_VALUE_MIN = 3 };

/* FIELD OP VALUE, each a word. */
struct near_term {
	const struct match_field_info *field;
	struct span op, value;
};

static char
near_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Letters to change, insert or leave out to make b of a; both at most NEAR_VALUE_MAX. */
static unsigned
near_distance(struct span a, struct span b)
{
	unsigned row[NEAR_VALUE_MAX + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned corner = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			unsigned best = corner + (near_lower(a.p[i - 1]) != near_lower(b.p[j - 1]));
			corner = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[b.n];
}

static struct span
near_word(const char **text)
{
	const char *p = *text + strspn(*text, " ");
	size_t n = strcspn(p, " ");

	*text = p + n;
	return span_of(p, n);
}

static bool
near_parse(const char *text, struct near_term *t)
{
	struct span field = near_word(&text);

	t->field = NULL;
	t->op = near_word(&text);
	t->value = near_word(&text);
	for (unsigned i = 0; i < MATCH_FIELD_COUNT; i++)
		if (match_fields[i].type == MATCH_T_TEXT && span_ieq(span_str(match_fields[i].name), field))
			t->field = &match_fields[i];
	return t->field && (span_eq(t->op, SPAN_LIT("=")) || span_eq(t->op, SPAN_LIT("~"))) &&
	    t->value.n >= NEAR_VALUE_MIN && t->value.n <= NEAR_VALUE_MAX && !text[strspn(text, " ")];
}

struct near_best {
	char value[NEAR_VALUE_MAX];
	size_t n;
	unsigned distance;
};

static void
near_consider(const struct near_term *t, struct span value, struct near_best *best)
{
	if (value.n < NEAR_VALUE_MIN || value.n > NEAR_VALUE_MAX)
		return;
	unsigned d = near_distance(t->value, value);
	if (d == 0 || d >= best->distance)
		return;
	best->distance = d;
	best->n = value.n;
	memcpy(best->value, value.p, value.n);
}

/* What may stand in a value: the whole of it, and with ~ each of its words. */
static void
near_consider_words(const struct near_term *t, struct span value, struct near_best *best)
{
	size_t from = 0;

	near_consider(t, value, best);
	if (*t->op.p != '~')
		return;
	for (size_t i = 0; i <= value.n; i++) {
		if (i < value.n && !strchr("./:;?&= -", value.p[i]))
			continue;
		near_consider(t, span_of(value.p + from, i - from), best);
		from = i + 1;
	}
}

bool
filter_near(struct flow_store *store, const char *text, char *out, size_t size)
{
	struct near_best best = {.distance = NEAR_LETTERS_MAX + 1};
	uint64_t first = flow_store_first(store), n = flow_store_last(store);
	char quoted[NEAR_VALUE_MAX * 4];
	struct flow_subject subject;
	struct near_term t;

	if (!near_parse(text, &t))
		return false;
	flow_subject_init(&subject);
	for (int k = 0; k < NEAR_FLOWS && n >= first && n; k++, n--) {
		const struct flow *f = flow_store_find(store, n);
		struct span value;
		if (!f)
			continue;
		struct match_subject s = flow_subject_of(&subject, f, FLOW_MISSING_ABSENT);
		if (s.ops->text(s.arg, t.field->field, &value) == MATCH_PRESENT)
			near_consider_words(&t, value, &best);
	}
	flow_subject_fini(&subject);
	enum match_form form = *t.op.p == '~' ? MATCH_FORM_LIKE : MATCH_FORM_TEXT;
	if (best.distance > NEAR_LETTERS_MAX || !match_quote(span_of(best.value, best.n), form, quoted, sizeof quoted))
		return false;
	int written = snprintf(out, size, "%s %.*s %s", t.field->name, (int)t.op.n, t.op.p, quoted);
	return written > 0 && (size_t)written < size;
}
