/* SPDX-License-Identifier: MIT
 * The command line, by the option table. */
#ifndef CONF_ARGS_H
#define CONF_ARGS_H

#include "base/err.h"

struct options;

enum args_action {
	ARGS_RUN,     /* start the proxy */
	ARGS_ENV,     /* `mitmtop env`: print the shell variables */
	ARGS_HELP,    /* usage_print and exit 0 */
	ARGS_VERSION, /* usage_version and exit 0 */
};

struct args {
	const char *config; /* file that --config named; NULL: the default one; lent by argv */
	enum args_action action;
};

/* Loads the config file (--config, or the default one when it exists), then sets what the command line says. On an error
 * returns a negative code with a sentence to print after "mitmtop: "; the caller exits 2. --help and --version do not look
 * at the config file. May reorder argv; not for two threads at once (getopt). */
int args_parse(struct args *a, struct options *o, int argc, char **argv, struct errmsg *why);

#endif
