/* SPDX-License-Identifier: MIT
 * From OpenSSL's error queue to a class and a sentence. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include "base/mem.h"
#include "tls/tls_internal.h"

enum { WHY_BYTES = 512 };

void
tls_conn_set_fail(struct tls_conn *c, enum tls_fail f, const char *fmt, ...)
{
	va_list ap;

	if (c->fail)
		return;
	c->fail = f;
	c->why = mem_alloc(WHY_BYTES);
	va_start(ap, fmt);
	vsnprintf(c->why, WHY_BYTES, fmt, ap);
	va_end(ap);
}

static const struct {
	unsigned char code;
	const char *name;
} alerts[] = {
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {22, "record_overflow"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

static const char *
alert_name(int code)
{
	for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++)
		if (alerts[i].code == code)
			return alerts[i].name;
	return "unknown";
}

/* Alerts by which a peer rejects a certificate; 40 and 49 too when a server wanted one of ours. */
static bool
is_about_certificate(int code)
{
	return (code >= 42 && code <= 46) || code == 48 || code == 113;
}

static enum tls_fail
alert_class(const struct tls_conn *c, int code)
{
	if (code == 116 ||
	    (c->cert_wanted && (is_about_certificate(code) || code == 40 || code == 49)))
		return TLS_FAIL_CLIENT_CERT;
	if (is_about_certificate(code))
		return c->server_side ? TLS_FAIL_PEER_ALERT : TLS_FAIL_PEER_UNTRUSTED;
	if (code == 70)
		return TLS_FAIL_VERSION;
	return code == 71 ? TLS_FAIL_CIPHER : TLS_FAIL_PEER_ALERT;
}

static enum tls_fail
reason_class(int reason)
{
	switch (reason) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_VERSION_TOO_HIGH:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
		return TLS_FAIL_VERSION;
	case SSL_R_NO_SHARED_CIPHER:
	case SSL_R_NO_SHARED_GROUPS:
	case SSL_R_NO_SUITABLE_GROUPS:
	case SSL_R_NO_SUITABLE_KEY_SHARE:
	case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
	case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
	case SSL_R_NO_CIPHERS_SPECIFIED:
		return TLS_FAIL_CIPHER;
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
	case SSL_R_UNKNOWN_PROTOCOL:
	case SSL_R_BAD_RECORD_TYPE:
	case SSL_R_RECORD_TOO_SMALL:
		return TLS_FAIL_NOT_TLS;
	default:
		return TLS_FAIL_OTHER;
	}
}

/* A TLS peer's first record is an alert (0x15) or a handshake message (0x16), version 3.x. */
static bool
spoke_tls(const struct tls_conn *c)
{
	return c->nheard >= 2 && (c->heard[0] == 0x15 || c->heard[0] == 0x16) && c->heard[1] == 3;
}

static void
say_not_tls(struct tls_conn *c)
{
	char text[TLS_HEARD_BYTES + 1];

	tls_text_copy(text, sizeof text, span_of(c->heard, c->nheard));
	tls_conn_set_fail(c, TLS_FAIL_NOT_TLS, "%s does not speak TLS here: it sent \"%s\"",
	    c->server_side ? "server" : "client", text);
}

static void
say_error(struct tls_conn *c, unsigned long e)
{
	const char *who = c->server_side ? "server" : "client", *text = ERR_reason_error_string(e);
	int reason = ERR_GET_REASON(e);
	enum tls_fail f = reason_class(reason);

	if (ERR_GET_LIB(e) != ERR_LIB_SSL)
		f = reason == ERR_R_MALLOC_FAILURE ? TLS_FAIL_LOCAL : TLS_FAIL_OTHER;
	else if (f == TLS_FAIL_OTHER && ERR_FATAL_ERROR(e))
		f = TLS_FAIL_LOCAL;
	if (!c->done && c->nheard && !spoke_tls(c))
		say_not_tls(c);
	else if (f == TLS_FAIL_VERSION)
		tls_conn_set_fail(c, f, "%s offers no TLS version from 1.2 on", who);
	else if (f == TLS_FAIL_CIPHER)
		tls_conn_set_fail(c, f, "no cipher suite or group in common with the %s", who);
	else
		tls_conn_set_fail(c, f == TLS_FAIL_NOT_TLS ? TLS_FAIL_OTHER : f,
		    "TLS error with the %s: %s", who, text ? text : "unknown");
}

static void
say_alert(struct tls_conn *c, int code)
{
	enum tls_fail f = alert_class(c, code);

	tls_conn_set_fail(c, f, "%s alert %s (%d)%s", c->server_side ? "server" : "client",
	    alert_name(code), code,
	    f == TLS_FAIL_CLIENT_CERT ? ": it wants a client certificate" : "");
}

/* The first error is the cause; an alert of the peer, wherever it is in the queue, explains more.
 */
void
tls_classify(struct tls_conn *c)
{
	unsigned long e, first = ERR_peek_error();
	int alert = -1;

	while ((e = ERR_get_error())) {
		int n = ERR_GET_REASON(e) - SSL_AD_REASON_OFFSET;
		if (ERR_GET_LIB(e) == ERR_LIB_SSL && n > 0 && n <= 255)
			alert = n;
	}
	if (alert >= 0)
		say_alert(c, alert);
	else if (first)
		say_error(c, first);
	else
		tls_conn_set_fail(c, TLS_FAIL_OTHER, "the TLS library failed without a reason");
}

enum tls_fail
tls_conn_fail(const struct tls_conn *c, char *why, size_t size_bytes)
{
	if (size_bytes)
		snprintf(why, size_bytes, "%s", c->why ? c->why : "");
	return c->fail;
}
