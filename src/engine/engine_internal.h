/* SPDX-License-Identifier: MIT
 * The engine's own struct, for its files only. */
#ifndef ENGINE_ENGINE_INTERNAL_H
#define ENGINE_ENGINE_INTERNAL_H

#include <stdatomic.h>

#include "engine/engine.h"

struct process;
struct pass_list;
struct rules;
struct selftest;
struct worker;

struct engine {
	struct engine_config config; /* listen[].port is the bound one */
	char listen_text[ENGINE_LISTEN_MAX][80];
	struct worker *worker;       /* config.threads of them */
	unsigned nworkers;           /* initialised */
	int fact_fd;                 /* eventfd: facts wait */
	struct process *process;     /* NULL: nobody asks */
	_Atomic uint64_t hold_bytes; /* gathered by breakpoints of all workers */
	_Atomic bool ca_page;        /* http://ca.mitmtop/ is answered here */
	/* The main thread's. */
	struct rules *rules;         /* as sent last, not compiled; NULL: none */
	struct pass_list *pass;      /* as sent last; NULL: none */
	struct selftest *selftest;   /* NULL: none runs */
	unsigned next_send;          /* worker for the next request of our own */
	bool stopped;
};

#endif
