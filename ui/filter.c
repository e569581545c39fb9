/* SPDX-License-Identifier: MIT
 * The word filter. */
#include "ui/filter.h"

#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "flow/flow.h"

static char
filter_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Takes "host=" and its like off the word. */
static void
filter_take_field(struct filter *f, unsigned i)
{
	static const struct filter_name {
		const char *name;
		enum filter_field field;
	} names[] = {{"host=", FILTER_HOST}, {"path=", FILTER_PATH}, {"method=", FILTER_METHOD},
	    {"code=", FILTER_CODE}};

	f->field[i] = FILTER_ANY;
	for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
		size_t n = strlen(names[k].name);
		if (strncmp(f->word[i], names[k].name, n) == 0 && f->word[i][n]) {
			f->word[i] += n;
			f->field[i] = names[k].field;
			return;
		}
	}
}

void
filter_set(struct filter *f, const char *words)
{
	size_t n = 0;
	bool in_word = false;

	f->nwords = 0;
	for (; *words && n + 1 < sizeof f->text; words++) {
		bool blank = *words == ' ' || *words == '\t';
		if (!blank && !in_word) {
			if (f->nwords == FILTER_WORDS_MAX)
				break;
			f->word[f->nwords++] = f->text + n;
		}
		if (!blank)
			f->text[n++] = filter_lower(*words);
		else if (in_word)
			f->text[n++] = '\0';
		in_word = !blank;
	}
	f->text[n] = '\0';
	for (unsigned i = 0; i < f->nwords; i++)
		filter_take_field(f, i);
}

void
filter_set_phrase(struct filter *f, const char *phrase)
{
	size_t n = 0;

	for (; phrase[n] && n + 1 < sizeof f->text; n++)
		f->text[n] = filter_lower(phrase[n]);
	f->text[n] = '\0';
	f->word[0] = f->text;
	f->field[0] = FILTER_ANY;
	f->nwords = n > 0;
}

static bool
filter_contains(struct span s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++) {
		size_t k = 0;
		while (k < n && filter_lower(s.p[i + k]) == word[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

/* Operators alone are no words: who types "code >> 400" means a comparison. */
int
filter_check(const char *words, size_t *at, struct errmsg *why)
{
	static const char blanks[] = " \t", operators[] = "<>=!~&|";
	const char *word = words + strspn(words, blanks), *before = NULL;
	size_t before_n = 0;

	while (*word) {
		size_t n = strcspn(word, blanks), op = strspn(word, operators);
		const char *next = word + n + strspn(word + n, blanks);
		if (op == n) {
			/* Of two that are the same the second is one too many. */
			size_t k = n > 1 && word[0] == word[1] ? 1 : 0;
			*at = (size_t)(word - words) + k;
			if (!before || !*next)
				return err_set(why, ERR_SYNTAX,
				    "expected a word here, got '%c'. Try: code=404", word[k]);
			return err_set(why, ERR_SYNTAX, "expected a word here, got '%c'. Try: %.*s=%.*s",
			    word[k], (int)before_n, before, (int)strcspn(next, blanks), next);
		}
		before = word;
		before_n = n;
		word = next;
	}
	return 0;
}

static bool
filter_contains_number(unsigned number, const char *word)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%u", number);

	return number && filter_contains(span_of(text, (size_t)n), word);
}

static bool
filter_host(const struct flow *flow, const char *word)
{
	const char *colon = strrchr(word, ':');
	char text[16];

	if (filter_contains(flow->host, word))
		return true;
	if (!colon || !flow->port)
		return false;
	/* "example.org:8443": what the column shows */
	snprintf(text, sizeof text, ":%u", flow->port);
	if (strncmp(text, colon, strlen(colon)) != 0)
		return false;
	size_t n = (size_t)(colon - word);
	return flow->host.n >= n &&
	    span_ieq(span_of(flow->host.p + flow->host.n - n, n), span_of(word, n));
}

static bool
filter_path(const struct flow *flow, const char *word)
{
	return filter_contains(flow->path, word) ||
	    (flow->why && filter_contains(span_str(flow->why), word));
}

static bool
filter_word(const struct flow *flow, enum filter_field field, const char *word)
{
	switch (field) {
	case FILTER_HOST:
		return filter_host(flow, word);
	case FILTER_PATH:
		return filter_path(flow, word);
	case FILTER_METHOD:
		return filter_contains(flow->method, word);
	case FILTER_CODE:
		return filter_contains_number(flow->status, word);
	default:
		return filter_host(flow, word) || filter_path(flow, word) ||
		    filter_contains(flow->method, word) || filter_contains_number(flow->status, word);
	}
}

bool
filter_match(const struct filter *f, const struct flow *flow)
{
	for (unsigned i = 0; i < f->nwords; i++)
		if (!filter_word(flow, f->field[i], f->word[i]))
			return false;
	return true;
}
