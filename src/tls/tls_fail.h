/* SPDX-License-Identifier: MIT
 * Why a handshake failed: one class per cause, with the words and the remedy people see. */
#ifndef TLS_TLS_FAIL_H
#define TLS_TLS_FAIL_H

#include <stddef.h>

enum tls_fail {
	TLS_FAIL_NONE = 0,
	TLS_FAIL_PEER_UNTRUSTED, /* peer sent unknown_ca, bad_certificate, certificate_unknown, ...:
				    it does not trust us */
	TLS_FAIL_PEER_ALERT,	 /* peer sent any other fatal alert */
	TLS_FAIL_PEER_CLOSED,	 /* EOF before the handshake was done */
	TLS_FAIL_PEER_RESET,	 /* connection reset before the handshake was done */
	TLS_FAIL_TIMEOUT,
	TLS_FAIL_NOT_TLS,	 /* the peer's bytes are not TLS */
	TLS_FAIL_VERSION,	 /* no common protocol version */
	TLS_FAIL_CIPHER,	 /* no common cipher suite or group */
	TLS_FAIL_CLIENT_CERT,	 /* the server demands a client certificate */
	TLS_FAIL_VERIFY_EXPIRED, /* the server's certificate failed verification: */
	TLS_FAIL_VERIFY_NOT_YET,
	TLS_FAIL_VERIFY_NAME,
	TLS_FAIL_VERIFY_SELF_SIGNED,
	TLS_FAIL_VERIFY_ISSUER, /* unknown issuer, incomplete chain */
	TLS_FAIL_VERIFY_REVOKED,
	TLS_FAIL_VERIFY_OTHER,
	TLS_FAIL_LOCAL, /* our own library or memory */
	TLS_FAIL_OTHER,
	TLS_FAIL_COUNT
};

/* Short machine name ("peer_untrusted"), stable, used in JSON. Never NULL. */
const char *tls_fail_name(enum tls_fail f);
/* What to do about it, one sentence; "" when there is nothing to advise. Never NULL. */
const char *tls_fail_remedy(enum tls_fail f, int client_side);

#endif
