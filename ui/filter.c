/* SPDX-License-Identifier: MIT
 * The word filter. */
#include "ui/filter.h"

#include <string.h>

#include "base/span.h"
#include "flow/flow.h"

static char
filter_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
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

bool
filter_match(const struct filter *f, const struct flow *flow)
{
	for (unsigned i = 0; i < f->nwords; i++)
		if (!filter_contains(flow->host, f->word[i]) &&
		    !filter_contains(flow->path, f->word[i]))
			return false;
	return true;
}
