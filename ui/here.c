/* SPDX-License-Identifier: MIT
 * Addresses of this machine. They may change, as with a VPN: they are looked at again now and then. */
#include "ui/here.h"

#include <string.h>

#include "ui/app.h"

enum { HERE_REST_COLUMNS = 4 }; /* " +12" */

#define HERE_AGAIN_NS 5000000000ull

static const char *
here_first(const struct app *app)
{
	return app->s->nlisten ? app->s->listen[0] : "127.0.0.1:8080";
}

static bool
here_is_v6(const char *listen)
{
	return listen[0] == '[';
}

enum here_reach
here_reach(const char *listen)
{
	if (strncmp(listen, "0.0.0.0:", 8) == 0 || strncmp(listen, "[::]:", 5) == 0)
		return HERE_ALL;
	return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0 ? HERE_LOOPBACK : HERE_ONE;
}

const char *
here_port(const char *listen)
{
	const char *colon = strrchr(listen, ':');

	return colon ? colon + 1 : listen;
}

static void
here_look(struct app *app)
{
	struct here *h = &app->here;
	const struct frontend_source *s = app->s;

	if (!s->host_addresses || (h->at_ns && app->env.now_ns < h->at_ns + HERE_AGAIN_NS))
		return;
	for (int v6 = 0; v6 < 2; v6++)
		h->n[v6] = s->host_addresses(s->arg, v6, h->address[v6], HERE_MAX);
	h->at_ns = app->env.now_ns;
}

void
here_put_own(const struct app *app, struct buf *out)
{
	const char *listen = here_first(app);

	if (here_reach(listen) == HERE_ALL)
		buf_addf(out, "%s:%s", here_is_v6(listen) ? "[::1]" : "127.0.0.1", here_port(listen));
	else
		buf_add_str(out, listen);
}

const char *
here_address(struct app *app)
{
	const char *listen = here_first(app);

	if (here_reach(listen) != HERE_ALL)
		return NULL;
	here_look(app);
	return app->here.n[here_is_v6(listen)] ? app->here.address[here_is_v6(listen)][0] : NULL;
}

void
here_put_proxy(struct app *app, struct buf *out)
{
	const char *address = here_address(app), *listen = here_first(app);

	if (address)
		buf_addf(out, here_is_v6(listen) ? "[%s]:%s" : "%s:%s", address, here_port(listen));
	else
		here_put_own(app, out);
}

bool
here_put_all(struct app *app, size_t width, struct buf *out)
{
	const char *all[2 * HERE_MAX];
	unsigned n = 0, shown = 0;
	size_t used = 0;
	bool wanted[2] = {false, false};

	here_look(app);
	for (unsigned i = 0; i < app->s->nlisten; i++)
		wanted[here_is_v6(app->s->listen[i])] |= here_reach(app->s->listen[i]) == HERE_ALL;
	for (int v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; wanted[v6] && i < app->here.n[v6]; i++)
			all[n++] = app->here.address[v6][i];
	for (; shown < n; shown++) {
		size_t one = strlen(all[shown]) + (shown ? 2 : 0), rest = shown + 1 < n ? HERE_REST_COLUMNS : 0;
		if (used + one + rest > width)
			break;
		buf_addf(out, "%s%s", shown ? ", " : "", all[shown]);
		used += one;
	}
	if (shown && shown < n)
		buf_addf(out, " +%u", n - shown);
	return shown > 0;
}
