/* SPDX-License-Identifier: MIT
 * The engine's own struct, for its files only. */
#ifndef ENGINE_ENGINE_INTERNAL_H
#define ENGINE_ENGINE_INTERNAL_H

#include "engine/engine.h"

struct worker;

struct engine {
	struct engine_config config; /* listen[].port is the bound one */
	char listen_text[ENGINE_LISTEN_MAX][80];
	struct worker *worker;       /* config.threads of them */
	unsigned nworkers;           /* initialised */
	int fact_fd;                 /* eventfd: facts wait */
};

#endif
