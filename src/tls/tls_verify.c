/* SPDX-License-Identifier: MIT
 * Verification of servers: the first failure becomes a class and a sentence while the certificate
 * it is about is at hand. */
#include <openssl/err.h>

#include "tls/tls_internal.h"

enum { WHO_BYTES = 96, DATE_BYTES = 16 };

static enum tls_fail
class_of(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
		return TLS_FAIL_VERIFY_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
		return TLS_FAIL_VERIFY_NOT_YET;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return TLS_FAIL_VERIFY_NAME;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return TLS_FAIL_VERIFY_SELF_SIGNED;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return TLS_FAIL_VERIFY_ISSUER;
	case X509_V_ERR_CERT_REVOKED:
		return TLS_FAIL_VERIFY_REVOKED;
	default:
		return TLS_FAIL_VERIFY_OTHER;
	}
}

static void
say_name(struct tls_conn *c, const X509 *x)
{
	char raw[256], names[256], host[160];

	tls_text_alt_names(x, raw, sizeof raw);
	tls_text_copy(names, sizeof names, span_str(raw));
	tls_text_copy(host, sizeof host, span_str(c->verify_host));
	if (*names)
		tls_conn_set_fail(
		    c, TLS_FAIL_VERIFY_NAME, "certificate is for %s, not for %s", names, host);
	else
		tls_conn_set_fail(
		    c, TLS_FAIL_VERIFY_NAME, "certificate names no host, so not %s", host);
}

static void
say(struct tls_conn *c, int error, int depth, const X509 *x)
{
	enum tls_fail f = class_of(error);
	char who[WHO_BYTES], date[DATE_BYTES];
	const char *kind = depth ? "issuer's certificate" : "certificate";

	tls_text_who(x, who, sizeof who);
	switch (f) {
	case TLS_FAIL_VERIFY_EXPIRED:
		tls_text_date(X509_get0_notAfter(x), date, sizeof date);
		tls_conn_set_fail(c, f, "%s expired %s (%s)", kind, date, who);
		break;
	case TLS_FAIL_VERIFY_NOT_YET:
		tls_text_date(X509_get0_notBefore(x), date, sizeof date);
		tls_conn_set_fail(c, f, "%s not valid before %s (%s)", kind, date, who);
		break;
	case TLS_FAIL_VERIFY_NAME:
		say_name(c, x);
		break;
	case TLS_FAIL_VERIFY_SELF_SIGNED:
		tls_conn_set_fail(c, f, "self-signed certificate (%s)", who);
		break;
	case TLS_FAIL_VERIFY_ISSUER:
		if (error != X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN)
			tls_text_issuer(x, who, sizeof who);
		tls_conn_set_fail(c, f, "unknown issuer (%s)", who);
		break;
	case TLS_FAIL_VERIFY_REVOKED:
		tls_conn_set_fail(c, f, "%s was revoked, says the stapled OCSP response (%s)", kind, who);
		break;
	default:
		tls_conn_set_fail(
		    c, f, "%s refused: %s (%s)", kind, X509_verify_cert_error_string(error), who);
	}
}

/* A check failed. True: it is to be borne with. */
static bool
bear(struct tls_conn *c, int error)
{
	if (c->verify_error == X509_V_OK)
		c->verify_error = error;
	return c->t->insecure && !c->own_ca;
}

static void
keep_refused(struct tls_conn *c, X509 *leaf)
{
	if (leaf && !c->refused && X509_up_ref(leaf))
		c->refused = leaf;
}

/* Called by OpenSSL for each certificate that passed and each check that failed. */
int
tls_verify_cb(int ok, X509_STORE_CTX *x)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(x, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_conn *c = SSL_get_app_data(ssl);

	if (ok)
		return 1;
	int error = X509_STORE_CTX_get_error(x);
	if (bear(c, error))
		return 1; /* the error stays in the context and so in the session: verified is
			     honest */
	X509 *about = X509_STORE_CTX_get_current_cert(x), *leaf = X509_STORE_CTX_get0_cert(x);
	if (!about)
		about = leaf;
	if (about)
		say(c, error, X509_STORE_CTX_get_error_depth(x), about);
	keep_refused(c, leaf);
	return 0;
}

bool
tls_verify_revoked(struct tls_conn *c)
{
	X509 *leaf = SSL_get0_peer_certificate(c->ssl);

	SSL_set_verify_result(c->ssl, X509_V_ERR_CERT_REVOKED);
	if (bear(c, X509_V_ERR_CERT_REVOKED))
		return true;
	say(c, X509_V_ERR_CERT_REVOKED, 0, leaf);
	keep_refused(c, leaf);
	return false;
}
