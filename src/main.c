/* SPDX-License-Identifier: MIT
 * The composition root: options, engine, front end, loop, exit status. The one place where the engine and the flow
 * model meet. */
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ares.h>
#include <event2/event.h>
#include <jansson.h>
#include <openssl/crypto.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "conf/args.h"
#include "conf/env.h"
#include "conf/listen.h"
#include "conf/option.h"
#include "conf/option_check.h"
#include "conf/paths.h"
#include "conf/usage.h"
#include "engine/engine.h"
#include "engine/host_addresses.h"
#include "flow/flow_db.h"
#include "flow/flow_fact.h"
#include "flow/flow_store.h"
#include "match/match.h"
#include "tls/tls.h"
#include "ui/frontend.h"
#include "ui/job.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, CONGESTED_MS = 5 };

struct program {
	struct options *options;
	struct tls *tls;
	struct engine *engine;
	struct flow_store *store;
	struct tls_ca_info ca;
	const char *config; /* path of the config file that was named; NULL: the default one */
};

static int
complain(const struct errmsg *why)
{
	fprintf(stderr, "mitmtop: %s\n", why->text);
	return EXIT_USAGE;
}

/* ---- what the front ends read ---- */

static void
sink(void *arg, const struct fact *f)
{
	flow_store_apply(arg, f);
}

/* While the session file cannot keep up the facts wait, and with them the engine: nothing is lost with -w. */
static unsigned
pump(void *arg, unsigned max)
{
	struct program *p = arg;

	if (!p->engine || flow_store_congested(p->store))
		return 0;
	return engine_drain(p->engine, max, sink, p->store);
}

static int
turn(void *arg)
{
	struct program *p = arg;
	int wait = flow_store_turn(p->store);

	/* Facts that had to wait are not announced again. */
	return flow_store_congested(p->store) && (wait < 0 || wait > CONGESTED_MS) ? CONGESTED_MS : wait;
}

static void
stop(void *arg)
{
	struct program *p = arg;

	if (p->engine)
		engine_stop(p->engine);
}

/* The first listeners or workers; returns how many there are in all. */
static unsigned
figures_parts(const struct engine *e, bool (*stats)(const struct engine *, unsigned, struct engine_part *),
    struct figures_part *out)
{
	struct engine_part p;
	unsigned i;

	for (i = 0; stats(e, i, &p); i++)
		if (i < FIGURES_PARTS)
			out[i] = (struct figures_part){
			    .accepted = p.accepted,
			    .open = p.open,
			    .bytes_in = p.bytes_in,
			    .bytes_out = p.bytes_out,
			    .requests = p.requests,
			};
	return i;
}

static void
figures(void *arg, struct figures *out)
{
	struct program *p = arg;
	struct engine_stats e;
	struct tls_stats t;

	*out = (struct figures){.accepted = 0};
	if (!p->engine)
		return;
	engine_stats(p->engine, &e);
	tls_get_stats(p->tls, &t);
	*out = (struct figures){
	    .accepted = e.accepted,
	    .client_open = e.client_open,
	    .server_open = e.server_open,
	    .idle = e.idle,
	    .bytes_in = e.bytes_in,
	    .bytes_out = e.bytes_out,
	    .requests = e.requests,
	    .handshakes_full = e.handshakes_full,
	    .handshakes_resumed = e.handshakes_resumed,
	    .handshakes_failed = e.handshakes_failed,
	    .processes_skipped = e.processes_skipped,
	    .handshakes_passed = e.handshakes_passed,
	    .leaves_cached = t.leaves_cached,
	    .leaf_hits = t.leaf_hits,
	    .leaf_forged = t.leaf_forged,
	    .forge_us = t.forge_us_total,
	};
	out->nlisteners = figures_parts(p->engine, engine_listener_stats, out->listener);
	out->nworkers = figures_parts(p->engine, engine_worker_stats, out->worker);
	memcpy(out->connect_us, e.connect_us, sizeof out->connect_us);
	memcpy(out->tls_us, e.tls_us, sizeof out->tls_us);
	memcpy(out->ttfb_us, e.ttfb_us, sizeof out->ttfb_us);
	memcpy(out->total_us, e.total_us, sizeof out->total_us);
	memcpy(out->mint_us, t.forge_us, sizeof out->mint_us);
}

static void
intend(void *arg, struct intent *i)
{
	struct program *p = arg;

	engine_intend(p->engine, i);
}

static int
selftest_start(void *arg, int ready_fd, struct errmsg *why)
{
	struct program *p = arg;

	if (!p->engine)
		return err_set(why, ERR_REFUSED, "a session file is shown: no proxy runs");
	return engine_selftest_start(p->engine, ready_fd, why);
}

static bool
selftest_done(void *arg, struct frontend_selftest *out)
{
	struct program *p = arg;
	struct engine_selftest r;

	if (!p->engine || !engine_selftest_done(p->engine, &r))
		return false;
	*out = (struct frontend_selftest){.ok = r.ok, .ms = r.ms};
	snprintf(out->client, sizeof out->client, "%s", r.client);
	snprintf(out->text, sizeof out->text, "%s", r.text);
	return true;
}

static void
selftest_stop(void *arg)
{
	struct program *p = arg;

	if (p->engine)
		engine_selftest_stop(p->engine);
}

static bool
is_headless(const struct options *o)
{
	return option_bool(o, OPT_HEADLESS) || option_int(o, OPT_SUMMARIES);
}

/* With -n nobody looks at a flow again once its line is out: a small budget keeps the recorder's blocks in the
 * processor's caches, which halves the cost of relaying bulk. */
static uint64_t
memory_budget(const struct options *o)
{
	uint64_t given = (uint64_t)option_int(o, OPT_MEMORY);

	return given ? given : is_headless(o) ? 32u << 20 : 256u << 20;
}

static bool
option_changed(void *arg, unsigned id)
{
	struct program *p = arg;

	if (id == OPT_MEMORY)
		flow_store_limit_memory(p->store, memory_budget(p->options));
	if (id == OPT_CA_PAGE && p->engine)
		engine_serve_ca_page(p->engine, option_bool(p->options, OPT_CA_PAGE));
	return id == OPT_MEMORY || id == OPT_CA_PAGE;
}

/* ---- starting ---- */

/* glibc returns freed memory to the system eagerly and takes it back at once, page by page, when buffers of
 * 16-64 KiB come and go with every read: keep some. */
static void
tune_memory(void)
{
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
	mallopt(M_TOP_PAD, 1 << 20);
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

/* One that was closed by the caller would be given to the next socket or file, into which our words would go. These fail. */
static void
hold_standard_files(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(EXIT_FAILED);
}

static void
raise_descriptor_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static int
open_tls(struct program *p, struct errmsg *why)
{
	char *dir = paths_ca_dir(p->options);

	if (!dir)
		return err_set(why, ERR_NOTFOUND,
		    "no place for the CA: neither XDG_DATA_HOME nor HOME is set. Give one with --ca DIR");
	const char *server_ca = option_str(p->options, OPT_SERVER_CA);
	struct tls_config c = {
	    .ca_dir = dir,
	    .server_ca = server_ca[0] ? server_ca : NULL,
	    .insecure = option_bool(p->options, OPT_INSECURE),
	    .leaf_cache_max = (unsigned)option_int(p->options, OPT_LEAF_CACHE),
	    .session_cache_max = (unsigned)option_int(p->options, OPT_SESSION_CACHE),
	};
	p->tls = tls_new(&c, why);
	free(dir);
	if (!p->tls)
		return ERR_CRYPTO;
	tls_ca_info(p->tls, &p->ca);
	return 0;
}

static int
read_listeners(const struct options *o, struct engine_config *c, struct errmsg *why)
{
	unsigned n = option_list_count(o, OPT_LISTEN);

	for (c->nlisten = 0; c->nlisten < n; c->nlisten++) {
		struct listen_spec s;
		struct engine_listen *l = &c->listen[c->nlisten];
		int r = listen_parse(option_list_item(o, OPT_LISTEN, c->nlisten), &s, why);
		if (r)
			return r;
		snprintf(l->mode, sizeof l->mode, "%s", s.mode);
		snprintf(l->addr, sizeof l->addr, "%s", s.addr);
		l->port = s.port;
	}
	return 0;
}

static bool
filter_asks_process(const struct options *o)
{
	struct match *m = match_new(option_str(o, OPT_FILTER), NULL);
	bool asks = m && match_needs(m) & MATCH_NEEDS_PROCESS;

	match_free(m);
	return asks;
}

/* With -n a line is printed once and never again: where it depends on the process, the process comes first. */
static void
choose_process(const struct options *o, struct engine_config *c)
{
	bool headless = is_headless(o), asks = headless && filter_asks_process(o);

	c->process = option_is_set(o, OPT_PROCESS) || !headless ? option_bool(o, OPT_PROCESS) : asks;
	c->process_first = c->process && asks;
}

static unsigned
read_passthrough(const struct options *o, const char *out[ENGINE_PASSTHROUGH_MAX])
{
	unsigned n = option_list_count(o, OPT_PASSTHROUGH);

	_Static_assert((int)OPTION_LIST_MAX <= (int)ENGINE_PASSTHROUGH_MAX, "every item of the option has room");
	for (unsigned i = 0; i < n; i++)
		out[i] = option_list_item(o, OPT_PASSTHROUGH, i);
	return n;
}

static int
open_engine(struct program *p, struct errmsg *why)
{
	const struct options *o = p->options;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned threads = (unsigned)option_int(o, OPT_THREADS);
	struct engine_config c = {
	    .threads = threads ? threads : cpus > 0 && cpus <= 64 ? (unsigned)cpus : 1,
	    .tls = p->tls,
	    .head_timeout_ms = (uint32_t)option_int(o, OPT_HEAD_TIMEOUT),
	    .dns_timeout_ms = (uint32_t)option_int(o, OPT_DNS_TIMEOUT),
	    .connect_timeout_ms = (uint32_t)option_int(o, OPT_CONNECT_TIMEOUT),
	    .handshake_timeout_ms = (uint32_t)option_int(o, OPT_HANDSHAKE_TIMEOUT),
	    .idle_timeout_ms = (uint32_t)option_int(o, OPT_IDLE_TIMEOUT),
	    .half_close_timeout_ms = (uint32_t)option_int(o, OPT_HALF_CLOSE_TIMEOUT),
	    .connections_max = (uint32_t)option_int(o, OPT_CONNECTIONS_MAX),
	    .body_max_bytes = (uint64_t)option_int(o, OPT_BODY_MAX),
	    .rules_come = !is_headless(o),
	    .hold_max_bytes = (uint64_t)option_int(o, OPT_HOLD_MAX),
	    .hold_total_bytes = (uint64_t)option_int(o, OPT_HOLD_TOTAL),
	    .via = option_bool(o, OPT_VIA),
	    .ca_page = option_bool(o, OPT_CA_PAGE),
	};
	const char *pass[ENGINE_PASSTHROUGH_MAX];
	int r = read_listeners(o, &c, why);

	if (r)
		return r;
	choose_process(o, &c);
	c.passthrough = pass;
	c.npassthrough = read_passthrough(o, pass);
	p->engine = engine_start(&c, why);
	return p->engine ? 0 : ERR_SYSTEM;
}

/* ---- running ---- */

/* A copy, or NULL: the option may be set to the file of the next start while this one is open. */
static char *
session_path(const struct options *o)
{
	const char *path = option_str(o, *option_str(o, OPT_READ) ? OPT_READ : OPT_WRITE);

	return *path ? mem_strdup(path) : NULL;
}

_Static_assert((int)FRONTEND_ADDRESS_MAX == (int)HOST_ADDRESS_MAX, "the same texts");

static unsigned
own_addresses(void *arg, bool v6, char (*out)[FRONTEND_ADDRESS_MAX], unsigned max)
{
	(void)arg;
	return host_addresses(v6, out, max);
}

static int
run_front_end(struct program *p, struct errmsg *why)
{
	char *session = session_path(p->options);
	struct frontend_source s = {
	    .store = p->store,
	    .fact_fd = p->engine ? engine_fact_fd(p->engine) : -1,
	    .pump = pump,
	    .turn = turn,
	    .intend = p->engine ? intend : NULL,
	    .stop = stop,
	    .figures = figures,
	    .selftest_start = selftest_start,
	    .selftest_done = selftest_done,
	    .selftest_stop = selftest_stop,
	    .sha256 = tls_sha256,
	    .host_addresses = own_addresses,
	    .arg = p,
	    .ca_path = p->ca.cert_path,
	    .ca_fingerprint = p->ca.fingerprint,
	    .ca_not_after = p->ca.not_after,
	    .options = p->options,
	    .option_changed = option_changed,
	    .config_path = p->config,
	    .session = session,
	    .reading = !p->engine,
	};

	for (unsigned i = 0; p->engine && engine_listener_text(p->engine, i)[0]; i++)
		s.listen[s.nlisten++] = engine_listener_text(p->engine, i);
	int r = is_headless(p->options) ? headless_run(&s, why) : console_run(&s, why);
	free(session);
	return r < 0 ? complain(why) : r;
}

/* Reading a session needs no proxy: nothing listens. */
static int
open_session(struct program *p, struct errmsg *why)
{
	const char *read = option_str(p->options, OPT_READ), *write = option_str(p->options, OPT_WRITE);

	if (*read)
		return flow_store_read(p->store, read, why);
	return *write ? flow_store_write(p->store, write, why) : 0;
}

/* The front end has returned: what is not in the file yet goes there. */
static int
close_session(struct program *p, int status)
{
	struct errmsg why;

	if (p->engine)
		engine_stop(p->engine);
	while (p->engine && engine_drain(p->engine, UINT32_MAX, sink, p->store))
		flow_store_turn(p->store);
	if (flow_store_close(p->store, &why) == 0)
		return status;
	complain(&why);
	return status ? status : EXIT_FAILED;
}

static int
check_filter(const struct options *o, struct errmsg *why)
{
	struct match_error e;
	struct match *m = match_new(option_str(o, OPT_FILTER), &e);

	match_free(m);
	if (m)
		return 0;
	return err_set(why, ERR_SYNTAX, e.proposal[0] ? "filter: at character %zu: %s. Try: %s" : "filter: at character %zu: %s",
	    e.at + 1, e.why, e.proposal);
}

static int
run(struct program *p)
{
	struct errmsg why;

	if (check_filter(p->options, &why) || options_check(p->options, &why))
		return complain(&why);
	struct flow_store_limits limits = {
	    .memory_max_bytes = memory_budget(p->options),
	    .body_max_bytes = (uint64_t)option_int(p->options, OPT_BODY_MAX),
	};
	p->store = flow_store_new(&limits);
	if (!*option_str(p->options, OPT_READ) && open_tls(p, &why))
		return complain(&why);
	if (open_session(p, &why))
		return complain(&why);
	if (p->tls && open_engine(p, &why))
		return complain(&why);
	return close_session(p, run_front_end(p, &why));
}

/* `mitmtop env`: the CA is made if it is missing, so that the lines work before the first start. */
static int
print_env(struct program *p)
{
	struct errmsg why;
	struct listen_spec listen;
	struct buf out;
	char *dir = paths_ca_dir(p->options);
	struct env_input in = {.ca_dir = dir, .listen = &listen};

	buf_init(&out, 1 << 16);
	int r = open_tls(p, &why);
	if (r == 0)
		r = listen_parse(option_list_item(p->options, OPT_LISTEN, 0), &listen, &why);
	if (r == 0)
		r = env_bundle_write(dir, NULL, &why);
	if (r == 0)
		r = env_text(&in, &out, &why);
	if (r == 0)
		fwrite(out.p, 1, out.n, stdout);
	buf_fini(&out);
	free(dir);
	return r ? complain(&why) : 0;
}

static void
program_free(struct program *p)
{
	if (p->engine) {
		engine_stop(p->engine);
		engine_free(p->engine);
	}
	flow_store_free(p->store);
	tls_free(p->tls);
	options_free(p->options);
}

static void
print_version(void)
{
	char ssl[80], json[80], event[80], cares[80];
	const char *lib[] = {ssl, event, json, cares, flow_db_library()};

	snprintf(ssl, sizeof ssl, "%s", OpenSSL_version(OPENSSL_VERSION));
	snprintf(event, sizeof event, "libevent %s", event_get_version());
	snprintf(json, sizeof json, "jansson %s", JANSSON_VERSION);
	snprintf(cares, sizeof cares, "c-ares %s", ares_version(NULL));
	usage_version(stdout, lib, sizeof lib / sizeof *lib);
}

int
main(int argc, char **argv)
{
	struct program p = {.options = options_new()};
	struct args args;
	struct errmsg why;
	int status = 0;

	hold_standard_files();
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of write(2) */
	tune_memory();
	raise_descriptor_limit();
	if (args_parse(&args, p.options, argc, argv, &why)) {
		status = complain(&why);
	} else if (args.action == ARGS_HELP) {
		usage_print(stdout);
	} else if (args.action == ARGS_VERSION) {
		print_version();
	} else if (args.action == ARGS_ENV) {
		status = print_env(&p);
	} else {
		p.config = args.config;
		if (!is_headless(p.options))
			job_split();
		status = run(&p);
	}
	program_free(&p);
	return status;
}
