/* SPDX-License-Identifier: MIT
 * `mitmtop env`: shell lines that send programs through the proxy and have them trust its certificates. */
#ifndef CONF_ENV_H
#define CONF_ENV_H

#include "base/err.h"

struct buf;
struct listen_spec;

struct env_input {
	const char *ca_dir;               /* holds ca.pem, which exists; bundle.pem is written there */
	const struct listen_spec *listen; /* where the proxy listens */
};

/* Writes ca_dir/bundle.pem, atomically and 0644: the certificates of the file system_bundle and then those of ca.pem.
 * system_bundle NULL: the first that exists of the places where distributions keep it, or none. */
int env_bundle_write(const char *ca_dir, const char *system_bundle, struct errmsg *why);

/* Appends the lines to out. ERR_REFUSED when the listener's port is 0, since nobody can know it then; ERR_LIMIT when out
 * is full. */
int env_text(const struct env_input *in, struct buf *out, struct errmsg *why);

/* Appends s as one word of a POSIX shell. */
int env_quote(struct buf *out, const char *s);

#endif
