/* SPDX-License-Identifier: MIT
 * A stapled OCSP response (RFC 6066 8, RFC 6960): what it says is believed only when its signature and its time hold; a
 * certificate that is revoked then is refused as one that has expired is. */
#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "tls/tls_internal.h"

enum {
	STAPLE_MAX_BYTES = 16384, /* as in TLS 1.2; in TLS 1.3 64 KiB would fit */
	STAPLE_ANSWERS_MAX = 16, /* looked at in one response; servers staple one */
	STAPLE_SKEW_S = 300
};

static const char not_verified[] = "not verified", revoked[] = "revoked";

/* The answer is about this certificate. */
static bool
is_about(OCSP_SINGLERESP *one, const X509 *cert, const X509 *issuer)
{
	const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(one);
	ASN1_OBJECT *hash;

	OCSP_id_get0_info(NULL, &hash, NULL, NULL, (OCSP_CERTID *)(uintptr_t)id);
	const EVP_MD *md = EVP_get_digestbyobj(hash);
	OCSP_CERTID *want = md ? OCSP_cert_to_id(md, cert, issuer) : NULL;
	bool same = want && OCSP_id_cmp(want, id) == 0;
	OCSP_CERTID_free(want);
	return same;
}

static const char *
word_of(OCSP_SINGLERESP *one)
{
	ASN1_GENERALIZEDTIME *from, *until;
	int status = OCSP_single_get0_status(one, NULL, NULL, &from, &until);

	if (OCSP_check_validity(from, until, STAPLE_SKEW_S, -1) != 1)
		return not_verified;
	return status == V_OCSP_CERTSTATUS_GOOD ? "good" : status == V_OCSP_CERTSTATUS_REVOKED ? revoked : "unknown";
}

/* chain: the server's, verified; its issuer, or who it delegated this to, has to have signed. */
static const char *
judge(SSL *ssl, OCSP_BASICRESP *b, STACK_OF(X509) * chain)
{
	X509_STORE *store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));

	if (sk_X509_num(chain) < 2 || OCSP_basic_verify(b, chain, store, 0) != 1)
		return not_verified;
	for (int i = 0; i < OCSP_resp_count(b) && i < STAPLE_ANSWERS_MAX; i++) {
		OCSP_SINGLERESP *one = OCSP_resp_get0(b, i);
		if (is_about(one, sk_X509_value(chain, 0), sk_X509_value(chain, 1)))
			return word_of(one);
	}
	return not_verified;
}

static const char *
read_staple(SSL *ssl, const unsigned char *der, long n)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	const unsigned char *end = der + n;
	OCSP_RESPONSE *r = n <= STAPLE_MAX_BYTES ? d2i_OCSP_RESPONSE(NULL, &der, n) : NULL;
	bool sound = r && der == end && OCSP_response_status(r) == OCSP_RESPONSE_STATUS_SUCCESSFUL;
	OCSP_BASICRESP *b = sound ? OCSP_response_get1_basic(r) : NULL;
	const char *word = b && chain && SSL_get_verify_result(ssl) == X509_V_OK ? judge(ssl, b, chain) : not_verified;

	OCSP_BASICRESP_free(b);
	OCSP_RESPONSE_free(r);
	return word;
}

int
tls_staple_cb(SSL *ssl, void *arg)
{
	struct tls_conn *c = SSL_get_app_data(ssl);
	const unsigned char *der = NULL;
	long n = SSL_get_tlsext_status_ocsp_resp(ssl, &der);

	(void)arg;
	if (SSL_session_reused(ssl)) /* without a certificate, so without a staple (RFC 8446 4.4.2.1) */
		return 1;
	c->staple = n > 0 && der ? read_staple(ssl, der, n) : "none";
	bool goes_on = c->staple != revoked || tls_verify_revoked(c);
	ERR_clear_error(); /* what does not hold is no error */
	return goes_on;
}
