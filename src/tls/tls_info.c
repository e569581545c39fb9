/* SPDX-License-Identifier: MIT
 * The facts of a handshake, for people. */
#include <stdio.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "tls/tls_internal.h"

static void
put_text(char *out, size_t size_bytes, const char *s)
{
	snprintf(out, size_bytes, "%s", s ? s : "");
}

static void
put_group(const struct tls_conn *c, struct tls_info *info)
{
	int nid = (int)SSL_get_negotiated_group(c->ssl);
	const char *nist = nid > 0 ? EC_curve_nid2nist(nid) : NULL;

	if (nid > 0 && !(nid & TLSEXT_nid_unknown))
		put_text(info->group, sizeof info->group, nist ? nist : OBJ_nid2sn(nid));
}

static void
put_session(const struct tls_conn *c, struct tls_info *info)
{
	const unsigned char *alpn;
	unsigned n;

	put_text(info->version, sizeof info->version, SSL_get_version(c->ssl));
	put_text(info->cipher, sizeof info->cipher, SSL_get_cipher_name(c->ssl));
	put_group(c, info);
	SSL_get0_alpn_selected(c->ssl, &alpn, &n);
	snprintf(info->alpn, sizeof info->alpn, "%.*s", (int)n, n ? (const char *)alpn : "");
	info->resumed = SSL_session_reused(c->ssl) == 1;
	info->ticket_offered = c->ticket_offered;
	info->ticket_kept = c->ticket_kept;
	info->verified = c->server_side && SSL_get_verify_result(c->ssl) == X509_V_OK;
}

static void
put_cert(const struct tls_conn *c, const X509 *x, struct tls_info *info)
{
	unsigned char d[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	tls_text_name(X509_get_subject_name(x), info->subject, sizeof info->subject);
	tls_text_name(X509_get_issuer_name(x), info->issuer, sizeof info->issuer);
	tls_text_date(X509_get0_notBefore(x), info->not_before, sizeof info->not_before);
	tls_text_date(X509_get0_notAfter(x), info->not_after, sizeof info->not_after);
	tls_text_alt_names(x, info->san, sizeof info->san);
	if (X509_digest(x, c->t->sha256, d, &n) == 1 && 2 * n < sizeof info->sha256)
		tls_text_hex(info->sha256, d, n);
}

static void
put_leaf_key(const struct tls_leaf *l, struct tls_info *info)
{
	int bits = EVP_PKEY_get_bits(l->key);

	if (EVP_PKEY_get_base_id(l->key) == EVP_PKEY_EC)
		snprintf(info->leaf_key, sizeof info->leaf_key, "EC P-%d", bits);
	else
		snprintf(info->leaf_key, sizeof info->leaf_key, "RSA %d", bits);
}

void
tls_conn_info(const struct tls_conn *c, struct tls_info *info)
{
	const X509 *x = c->leaf ? c->leaf->cert : SSL_get0_peer_certificate(c->ssl);

	memset(info, 0, sizeof *info);
	put_text(info->staple, sizeof info->staple, c->staple);
	if (c->done)
		put_session(c, info);
	if (c->server_side)
		put_text(info->alpn_offered, sizeof info->alpn_offered, c->alpn);
	if (!x)
		x = c->refused;
	if (x)
		put_cert(c, x, info);
	if (c->leaf)
		put_leaf_key(c->leaf, info);
	info->chain_len = c->leaf
			      ? 1u + (unsigned)(c->leaf->chain ? sk_X509_num(c->leaf->chain) : 0)
			  : x ? 1u
			      : 0u;
	const STACK_OF(X509) *sent = c->leaf ? NULL : SSL_get_peer_cert_chain(c->ssl);
	if (sent)
		info->chain_len = (unsigned)sk_X509_num(sent);
	ERR_clear_error();
}
