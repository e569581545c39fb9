/* SPDX-License-Identifier: MIT
 * One table of what does not go together. */
#include "conf/option_check.h"

#include <stdio.h>
#include <string.h>

#include "conf/host_pattern.h"
#include "conf/listen.h"

static const struct option_pair {
	enum option_id a, b;
	const char *why;
} pairs[] = {
    {OPT_PORT, OPT_LISTEN, "port and listen (-p and -l) both say where to listen: leave one out"},
    {OPT_READ, OPT_WRITE, "-r and -w do not go together: -w FILE continues a session file that is there"},
    {OPT_SCRIPT, OPT_HEADLESS, "--script needs the console, and -n runs without it: leave one out"},
    {OPT_SCRIPT, OPT_SUMMARIES, "--script needs the console, and -b runs without it: leave one out"},
    {OPT_SUMMARIES, OPT_READ, "-b prints figures of what passes, and with -r nothing does: leave one out"},
    {OPT_SUMMARIES, OPT_JSON, "-b prints text, which would stand among the objects of --json: leave one out"},
};

/* A default asks for nothing but at the places to listen, which are asked for by being named. */
static bool
asked_for(const struct options *o, enum option_id id)
{
	return option_is_set(o, id) && (id == OPT_PORT || id == OPT_LISTEN || !option_is_default(o, id));
}

int
options_settle(struct options *o, struct errmsg *why)
{
	char listen[32];

	for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		enum option_id a = pairs[i].a, b = pairs[i].b;
		if (!asked_for(o, a) || !asked_for(o, b))
			continue;
		if (option_source(o, a) == option_source(o, b))
			return err_set(why, ERR_REFUSED, "%s", pairs[i].why);
		option_unset(o, option_source(o, a) < option_source(o, b) ? a : b);
	}
	if (!option_is_set(o, OPT_PORT))
		return 0;
	snprintf(listen, sizeof listen, "127.0.0.1:%lld", (long long)option_int(o, OPT_PORT));
	return option_set(o, option_rows[OPT_LISTEN].name, listen, why);
}

/* One place twice: the second could not be bound, and nobody else holds it. */
static int
check_listeners(const struct options *o, unsigned n, struct errmsg *why)
{
	struct listen_spec s[LISTEN_MAX];
	char place[sizeof s->addr + 16];

	for (unsigned i = 0; i < n; i++) {
		int bad = listen_parse(option_list_item(o, OPT_LISTEN, i), &s[i], why);
		if (bad)
			return bad;
		for (unsigned k = 0; k < i; k++) {
			if (!s[i].port || s[i].port != s[k].port || strcmp(s[i].addr, s[k].addr) != 0)
				continue;
			listen_text(&s[i], place, sizeof place);
			return err_set(why, ERR_REFUSED, "listen: %s is given twice", place);
		}
	}
	return 0;
}

int
options_check(const struct options *o, struct errmsg *why)
{
	struct host_pattern p;
	struct errmsg e;
	unsigned n = option_list_count(o, OPT_LISTEN);

	if (n > LISTEN_MAX)
		return err_set(why, ERR_LIMIT, "-l was given %u times, at most %d are possible", n, LISTEN_MAX);
	int bad = check_listeners(o, n, why);
	for (unsigned i = 0; !bad && i < option_list_count(o, OPT_PASSTHROUGH); i++)
		if ((bad = host_pattern_parse(option_list_item(o, OPT_PASSTHROUGH, i), &p, &e)))
			err_set(why, bad, "passthrough: %.300s", e.text);
	return bad;
}

void
options_supersede(struct options *o, enum option_id id)
{
	if (id == OPT_PORT || id == OPT_LISTEN)
		option_unset(o, id == OPT_PORT ? OPT_LISTEN : OPT_PORT);
}
