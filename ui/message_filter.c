/* SPDX-License-Identifier: MIT
 * Words that choose messages. */
#include "ui/message_filter.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/pager_find.h"

enum { FILTER_DIGITS_MAX = 15 };

static const char filter_usage[] = "words are dir=in, dir=out, type=text, size>1k (also < =) and data~price";

/* ---- reading ---- */

static bool
filter_refuse(struct prompt_refusal *r, size_t at, const char *why)
{
	*r = (struct prompt_refusal){.at = at};
	snprintf(r->why, sizeof r->why, "%s", why);
	return false;
}

/* "1k", "2M", "300" */
static bool
filter_size(struct span s, uint64_t *out)
{
	static const char units[] = "kmg";
	size_t i = 0;

	for (*out = 0; i < s.n && i < FILTER_DIGITS_MAX && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		*out = *out * 10 + (uint64_t)(s.p[i] - '0');
	if (!i)
		return false;
	const char *unit = i + 1 == s.n ? strchr(units, s.p[i] | 0x20) : NULL;
	if (unit)
		*out <<= 10 * (unit - units + 1);
	return i == s.n || unit;
}

/* What stands behind the operator: a word, or anything in quotes. The result is where the next word may begin. */
static size_t
filter_value(const char *text, size_t at, struct span *out)
{
	bool quoted = text[at] == '"';
	size_t n = quoted ? strcspn(text + at + 1, "\"") : strcspn(text + at, " ");

	*out = span_of(text + at + quoted, n);
	at += quoted + n;
	return at + (quoted && text[at] == '"');
}

static bool
filter_check(struct message_filter_word *w, size_t at, size_t value_at, struct prompt_refusal *r)
{
	bool in = span_ieq(w->value, SPAN_LIT("in"));

	if (!w->value.n)
		return filter_refuse(r, value_at, "a value is missing here");
	if (w->what == 's')
		return filter_size(w->value, &w->size) || filter_refuse(r, value_at, "a size is a number, such as 300, 1k or 2M");
	if (w->how != (w->what == 'c' ? '~' : '='))
		return filter_refuse(r, at, w->what == 'c' ? "data has ~: data~price" : w->what == 'd' ? "dir has =: dir=in" : "type has =: type=text");
	if (w->what != 'd')
		return true;
	w->dir = in ? FLOW_RESPONSE : FLOW_REQUEST;
	return in || span_ieq(w->value, SPAN_LIT("out")) || filter_refuse(r, value_at, "a direction is in (from the server) or out");
}

static bool
filter_read(struct message_filter *f, struct prompt_refusal *r)
{
	static const struct {
		const char *name;
		char what;
	} names[] = {{"dir", 'd'}, {"type", 't'}, {"size", 's'}, {"data", 'c'}};

	for (size_t at = strspn(f->text, " "); f->text[at]; at += strspn(f->text + at, " ")) {
		size_t n = strcspn(f->text + at, "=<>~ ");
		struct message_filter_word w = {.how = f->text[at + n]};
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (strlen(names[i].name) == n && strncasecmp(names[i].name, f->text + at, n) == 0)
				w.what = names[i].what;
		if (!w.what || !w.how || w.how == ' ')
			return filter_refuse(r, at, filter_usage);
		if (w.what == 's' && w.how == '~')
			return filter_refuse(r, at, "size has < > or =: size>1k");
		if (f->n == MESSAGE_FILTER_WORDS_MAX)
			return filter_refuse(r, at, "these are too many words");
		size_t next = filter_value(f->text, at + n + 1, &w.value);
		if (!filter_check(&w, at, at + n + 1, r))
			return false;
		f->word[f->n++] = w;
		at = next;
	}
	return true;
}

bool
message_filter_set(struct message_filter *f, const char *text, struct prompt_refusal *r)
{
	struct message_filter new = {.n = 0};

	if (strlen(text) >= sizeof new.text)
		return filter_refuse(r, sizeof new.text - 1, "this is too long");
	memcpy(new.text, text, strlen(text) + 1);
	if (!filter_read(&new, r))
		return false;
	memcpy(f->text, new.text, sizeof f->text);
	f->n = 0;
	return filter_read(f, r); /* its values are in its own text */
}

/* ---- applying ---- */

bool
message_filter_reads(const struct message_filter *f)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->word[i].what == 'c')
			return true;
	return false;
}

/* Small letters match capitals too, as in a search. */
static bool
filter_has(struct span data, struct span value)
{
	char text[MESSAGE_FILTER_MAX];

	memcpy(text, value.p, value.n);
	text[value.n] = '\0';
	return pager_find_in(data, 0, value, pager_find_folds(text)) < data.n;
}

bool
message_filter_matches(const struct message_filter *f, const struct message_facts *m)
{
	for (unsigned i = 0; i < f->n; i++) {
		const struct message_filter_word *w = &f->word[i];
		bool is = w->what == 'd'   ? m->dir == w->dir
			  : w->what == 't' ? span_ieq(m->type, w->value)
			  : w->what == 'c' ? filter_has(m->data, w->value)
			  : w->how == '>'  ? m->size > w->size
			  : w->how == '<'  ? m->size < w->size
					   : m->size == w->size;
		if (!is)
			return false;
	}
	return true;
}
