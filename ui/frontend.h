/* SPDX-License-Identifier: MIT
 * The two front ends, and everything they read. */
#ifndef UI_FRONTEND_H
#define UI_FRONTEND_H

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"
#include "ui/figures.h"

struct flow_store;
struct intent; /* flow/flow_intent.h */
struct options;

enum { FRONTEND_LISTEN_MAX = 16, FRONTEND_SHA256_BYTES = 65, FRONTEND_ADDRESS_MAX = 46 };

/* What came of a request that the proxy made to itself. */
struct frontend_selftest {
	bool ok;
	unsigned ms;     /* it took */
	char client[64]; /* address of the connection it made; "": none */
	char text[256];  /* not ok: at which step, and why; printable */
};

/* Given by the composition root; outlives the front end. */
struct frontend_source {
	struct flow_store *store;
	int fact_fd; /* readable when facts wait; -1: there is no engine */
	/* Applies up to max waiting facts to the store; returns how many. 0 re-arms fact_fd. */
	unsigned (*pump)(void *arg, unsigned max);
	/* To be called at every turn of the loop, after pump; returns the milliseconds after which it
	 * wants to be called again, -1: no need. May be NULL. */
	int (*turn)(void *arg);
	/* Hands an intent to the engine, which takes it over; NULL: there is no engine. */
	void (*intend)(void *arg, struct intent *i);
	/* Ends the proxy: every open flow gets its end, as facts still to be pumped. */
	void (*stop)(void *arg);
	void (*figures)(void *arg, struct figures *out); /* as they are now; overwrites *out */
	/* Sends a request through the proxy's own listener, in the background; ready_fd, an eventfd, is added to at its end. An error
	 * with a sentence when there is nothing to send, or one runs already. done: true, once, at the end. stop gives it up. */
	int (*selftest_start)(void *arg, int ready_fd, struct errmsg *why);
	bool (*selftest_done)(void *arg, struct frontend_selftest *out);
	void (*selftest_stop)(void *arg);
	bool (*sha256)(struct span data, char out[FRONTEND_SHA256_BYTES]); /* of the bytes, in hex; false: none */
	/* Writes up to max addresses of this machine that others can use, IPv4 or IPv6, numeric; returns how many. May be NULL. */
	unsigned (*host_addresses)(void *arg, bool v6, char (*out)[FRONTEND_ADDRESS_MAX], unsigned max);
	void *arg;
	const char *listen[FRONTEND_LISTEN_MAX]; /* "127.0.0.1:8080" */
	unsigned nlisten;
	const char *ca_path, *ca_fingerprint, *ca_not_after; /* may be NULL */
	const char *session;     /* path of the session file that is read or written; NULL: none */
	bool reading;            /* it is read: there are no listeners */
	const char *config_path; /* where the console writes its settings; NULL: the default place */
	struct options *options; /* the console sets some while it runs, as coming from OPTION_CONSOLE */
	/* The console has set the option: what the engine or the store does by it changes. False: it takes effect at the
	 * next start. NULL: nothing here does. Called with OPTIONs that the front end itself does not know how to apply. */
	bool (*option_changed)(void *arg, unsigned option_id);
};

/* Both expect setlocale(LC_ALL, "") to have been called. console_run returns 0 when the user quits or
 * a signal ends it, 128 + SIGHUP when the terminal is gone (with the option keep it goes on without
 * one), or a negative enum err before the screen starts (exit status 2). */
int console_run(const struct frontend_source *s, struct errmsg *why);
/* Until SIGINT, SIGTERM, SIGHUP or a closed standard output. Returns the exit status, or a negative
 * enum err. */
int headless_run(const struct frontend_source *s, struct errmsg *why);

#endif
