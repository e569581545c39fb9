/* SPDX-License-Identifier: MIT
 * The TLS ClientHello (RFC 8446 4.1.2, RFC 6066, RFC 7301), read from the first bytes of a
 * connection whatever its size, record split or TCP split (pitfall P01). No allocation. */
#ifndef PROTO_TLS_HELLO_H
#define PROTO_TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum {
	TLS_HELLO_MAX_BYTES = 65536, /* records that hold the ClientHello, headers included */
	TLS_HELLO_ALPN_MAX = 16,
	TLS_HELLO_VERSIONS_MAX = 16
};

struct tls_hello {
	char sni[256];	  /* host_name of server_name, NUL-terminated; "" unless sni_valid */
	bool sni_valid;	  /* a valid DNS name (A-labels, '_' allowed); IP literals are not */
	bool sni_present; /* the extension was there at all, valid or not */
	struct span alpn[TLS_HELLO_ALPN_MAX]; /* into body */
	unsigned nalpn;
	uint16_t legacy_version;
	/* supported_versions without GREASE; legacy_version alone when the extension is absent */
	uint16_t version[TLS_HELLO_VERSIONS_MAX];
	unsigned nversions;
	unsigned nciphers; /* without GREASE */
	/* Lists of 16 bit values as they came, GREASE and all, into body; empty when there was none */
	struct span suites, groups, signature_algorithms;
	struct span extensions; /* their block: a type, a length and so many bytes each; into body */
	/* signature_algorithms lists ecdsa_secp256r1_sha256, or the extension is absent and a
	 * cipher suite with ECDSA authentication is offered */
	bool ecdsa_ok;
	bool has_ticket; /* resumption is offered: pre_shared_key or a non-empty session_ticket */
	bool has_early_data;
	bool has_ech;
	bool has_status_request; /* a stapled OCSP response is asked for */
};

/* RFC 8701: values that mean nothing, 0x0a0a, 0x1a1a and so on. */
static inline bool
tls_hello_is_grease(unsigned v)
{
	return (v & 0x0f0f) == 0x0a0a && (v >> 8) == (v & 0xff);
}

/* The 16 bit value that begins at *at of one of the lists of a parsed hello, GREASE passed over; *at is
 * moved behind it. False: there is none. */
bool tls_hello_next(struct span list, size_t *at, unsigned *value);
/* The same of the types in the block of extensions. */
bool tls_hello_next_extension(struct span extensions, size_t *at, unsigned *type);

/* Tells what the first bytes p[0..n) are: returns 1 when they can be or are the start of a TLS
 * ClientHello record (needs at most 6 bytes to be sure: 0x16, 0x03, 0x00..0x04, length 1..16640,
 * then handshake type 1), 0 when more bytes are needed to tell, ERR_SYNTAX when they are not. */
int tls_hello_sniff(const char *p, size_t n);

/* Parses a ClientHello held by the records at p[0..n). body is scratch of TLS_HELLO_MAX_BYTES where
 * the handshake message is put together; the spans of hello point into it. Returns the bytes of p
 * that the records up to the end of the ClientHello take, 0 when more are needed, ERR_SYNTAX or
 * ERR_LIMIT with *why (static sentence). */
long tls_hello_parse(
    const char *p, size_t n, char *body, struct tls_hello *hello, const char **why);

#endif
