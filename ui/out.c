/* SPDX-License-Identifier: MIT
 * Getting things out of flows. */
#include "ui/out.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "flow/flow_store.h"
#include "ui/app.h"
#include "ui/frontend.h"

struct out *
out_new(void)
{
	struct out *o = mem_zalloc(sizeof *o);
	struct epoll_event e = {.events = EPOLLIN};

	o->ready_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	o->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	pipe_flow_init(&o->pipe);
	CHECK(o->ready_fd >= 0 && o->poll_fd >= 0);
	epoll_ctl(o->poll_fd, EPOLL_CTL_ADD, o->ready_fd, &e);
	return o;
}

void
out_free(struct out *o)
{
	gather_stop(&o->gather);
	copy_fini(&o->copy);
	pipe_flow_fini(&o->pipe);
	save_fini(&o->save);
	compare_side_fini(&o->compared[0]);
	compare_side_fini(&o->compared[1]);
	close(o->poll_fd);
	close(o->ready_fd);
	free(o);
}

int
out_fd(const struct out *o)
{
	return o->poll_fd;
}

bool
out_turn(struct app *app)
{
	struct out *o = app->out;
	uint64_t count;

	if (read(o->ready_fd, &count, sizeof count) < 0) {
		/* Nothing is ready. */
	}
	copy_turn(&o->copy, app);
	pipe_flow_turn(&o->pipe, app);
	bool more = gather_turn(&o->gather, app);
	save_turn(&o->save, app);
	return more;
}

bool
out_cancel(struct app *app)
{
	struct out *o = app->out;

	if (pipe_running(&o->pipe.pipe)) {
		pipe_stop(&o->pipe.pipe, PIPE_GIVEN_UP);
		return true;
	}
	if (!o->gather.active && !o->save.export)
		return false;
	gather_stop(&o->gather);
	save_cancel(&o->save);
	buf_fini(&o->copy.text);
	buf_fini(&o->pipe.in);
	app_toast(app, "given up");
	return true;
}

bool
out_status(struct app *app, struct buf *line)
{
	const struct gather *g = &app->out->gather;
	const struct pipe *p = &app->out->pipe.pipe;

	if (pipe_running(p)) {
		buf_addf(line, "running for %llu s, ^C ends it: ",
		    (unsigned long long)((clock_mono_ns() - p->begin_ns) / 1000000000u));
		escape_add(line, span_str(p->command), app->escape);
		return true;
	}
	if (!g->active && save_is_going_on(&app->out->save)) {
		buf_add_str(line, "saving ...");
		return true;
	}
	if (!g->active)
		return false;
	buf_addf(line, "%zu of %zu flows read, ^C gives up", g->at, g->n);
	return true;
}

bool
out_is_free(struct app *app)
{
	const struct out *o = app->out;

	if (!o->gather.active && !o->copy.put && !pipe_running(&o->pipe.pipe) && !o->pipe.over &&
	    !save_is_going_on(&o->save))
		return true;
	app_refuse(app, "what was asked for last is not done yet: ^C gives it up");
	return false;
}

bool
out_choose(struct app *app, bool several, struct out_choice *c)
{
	const struct flow_set *marked = flow_store_marked(app->s->store);
	struct view *v = app_top(app);

	if (!v->ops->target || !v->ops->target(v, app, &c->target)) {
		app_refuse(app, "no flow is selected");
		return false;
	}
	if (several && c->target.list && marked->n) {
		c->n = marked->n;
		c->number = mem_dup(marked->number, c->n * sizeof *c->number);
		return true;
	}
	c->n = 1;
	c->number = mem_dup(&c->target.flow, sizeof c->target.flow);
	return true;
}

void
out_path(const struct app *app, const char *path, char *out, size_t size_bytes)
{
	const char *home = getenv("HOME");
	size_t n = home ? strlen(home) : 0;
	bool below = n > 1 && strncmp(path, home, n) == 0 && path[n] == '/';

	out[0] = '~';
	escape_text(out + below, size_bytes - below, span_str(path + (below ? n : 0)), app->escape);
}
