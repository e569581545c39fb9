/* SPDX-License-Identifier: MIT
 * Request-target forms and authorities (RFC 9112 3.2, RFC 3986 3.2). */
#ifndef PROTO_URL_H
#define PROTO_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum { URL_HOST_MAX_BYTES = 255, URL_AUTHORITY_MAX_BYTES = URL_HOST_MAX_BYTES + 9 };

enum url_form {
	URL_ORIGIN,    /* /path?query */
	URL_ABSOLUTE,  /* scheme://authority/path?query */
	URL_AUTHORITY, /* host:port, CONNECT only */
	URL_ASTERISK   /* *, OPTIONS only */
};

enum url_host_kind {
	URL_HOST_NAME, /* a name for DNS: letters, digits, '-', '_', '.'; at most 255 bytes */
	URL_HOST_IPV4, /* four decimal octets without leading zeros */
	URL_HOST_IPV6  /* inside brackets; a zone id is refused */
};

struct url_authority {
	struct span host; /* without brackets; never empty */
	enum url_host_kind kind;
	bool has_port;
	uint16_t port; /* 1..65535 when has_port, else 0 */
};

/* Parses host[:port] (a Host value or the authority of a URL). Userinfo, spaces, commas, paths,
 * port 0, ports past 65535 or with leading zeros, an empty port ("h:"), empty labels, labels past
 * 63 bytes and numbers that are no plain IPv4 address ("127.1", "0x7f.1") are refused. Returns 0 or
 * ERR_SYNTAX with *why a static sentence. */
int url_parse_authority(struct span s, struct url_authority *a, const char **why);
/* As Host says it: brackets around an IPv6 address, a port when it has one. URL_AUTHORITY_MAX_BYTES are
 * enough room, for a NUL too. */
void url_authority_add(const struct url_authority *a, struct buf *out);

struct url_target {
	enum url_form form;
	struct span scheme;		/* ABSOLUTE: as received */
	struct url_authority authority; /* ABSOLUTE and AUTHORITY */
	struct span path; /* ORIGIN, ABSOLUTE: path and query; empty when the URL had none; "*" */
	bool has_8bit;	  /* bytes above 0x7f occur; they must be percent-encoded to be sent on */
};

/* Parses a request-target for a method and refuses what its form forbids: a fragment, userinfo,
 * controls, a form that does not go with the method (CONNECT takes only authority-form with a port;
 * * only OPTIONS), a scheme other than http and https. Returns 0 or ERR_SYNTAX with *why. */
int url_parse_target(
    struct span method, struct span target, struct url_target *t, const char **why);

#endif
