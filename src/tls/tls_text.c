/* SPDX-License-Identifier: MIT
 * Certificates as text. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "tls/tls_internal.h"

/* Appends raw bytes to the string in out, cut to its size; NULs become dots, they would end it. */
static void
append(char *out, size_t size_bytes, const char *p, size_t n)
{
	size_t at = strlen(out);

	for (size_t i = 0; i < n && at + 1 < size_bytes; i++)
		out[at++] = p[i] ? p[i] : '.';
	out[at] = '\0';
}

void
tls_text_copy(char *out, size_t size_bytes, struct span s)
{
	*out = '\0';
	append(out, size_bytes, s.p, s.n);
}

static void
append_value(char *out, size_t size_bytes, const ASN1_STRING *v)
{
	unsigned char *p = NULL;
	int n = ASN1_STRING_to_UTF8(&p, v);

	if (n >= 0)
		append(out, size_bytes, (char *)p, (size_t)n);
	else
		append(out, size_bytes, (const char *)ASN1_STRING_get0_data(v),
		    (size_t)ASN1_STRING_length(v));
	OPENSSL_free(p);
}

void
tls_text_hex(char *out, const unsigned char *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		out[2 * i] = "0123456789abcdef"[p[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
	}
	out[2 * n] = '\0';
}

bool
tls_sha256(struct span data, char out[TLS_SHA256_BYTES])
{
	unsigned char d[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	ERR_clear_error();
	bool ok = EVP_Digest(data.n ? data.p : "", data.n, d, &n, EVP_sha256(), NULL) == 1 && 2 * n + 1 == TLS_SHA256_BYTES;
	if (ok)
		tls_text_hex(out, d, n);
	ERR_clear_error();
	return ok;
}

void
tls_text_name(const X509_NAME *name, char *out, size_t size_bytes)
{
	*out = '\0';
	for (int i = 0; i < X509_NAME_entry_count(name); i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
		const char *sn = OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(e)));
		append(out, size_bytes, ", ", i ? 2 : 0);
		append(out, size_bytes, sn, strlen(sn));
		append(out, size_bytes, "=", 1);
		append_value(out, size_bytes, X509_NAME_ENTRY_get_data(e));
	}
}

static void
append_alt_name(char *out, size_t size_bytes, const GENERAL_NAME *g)
{
	char ip[INET6_ADDRSTRLEN] = "";
	int type;
	const ASN1_STRING *v = GENERAL_NAME_get0_value(g, &type);

	if (type == GEN_DNS)
		append(out, size_bytes, (const char *)ASN1_STRING_get0_data(v),
		    (size_t)ASN1_STRING_length(v));
	else if (ASN1_STRING_length(v) == 4)
		inet_ntop(AF_INET, ASN1_STRING_get0_data(v), ip, sizeof ip);
	else if (ASN1_STRING_length(v) == 16)
		inet_ntop(AF_INET6, ASN1_STRING_get0_data(v), ip, sizeof ip);
	append(out, size_bytes, ip, strlen(ip));
}

void
tls_text_alt_names(const X509 *x, char *out, size_t size_bytes)
{
	enum { ROOM = 80 }; /* kept free for a last name and "+N" */
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	int left = 0, shown = 0;

	*out = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		if (g->type != GEN_DNS && g->type != GEN_IPADD)
			continue;
		if (left || (shown && strlen(out) + ROOM > size_bytes)) {
			left++;
			continue;
		}
		append(out, size_bytes - 16, ", ", shown++ ? 2 : 0);
		append_alt_name(out, size_bytes - 16, g);
	}
	if (left)
		snprintf(out + strlen(out), size_bytes - strlen(out), " +%d", left);
	GENERAL_NAMES_free(names);
}

/* The entry of a name that tells most. */
static void
text_main(const X509_NAME *name, char *out, size_t size_bytes)
{
	static const int nids[] = {
	    NID_commonName, NID_organizationalUnitName, NID_organizationName};
	char raw[128] = "";

	for (size_t k = 0; k < sizeof nids / sizeof nids[0]; k++) {
		int i = X509_NAME_get_index_by_NID(name, nids[k], -1);
		if (i < 0)
			continue;
		const char *sn = OBJ_nid2sn(nids[k]);
		append(raw, sizeof raw, sn, strlen(sn));
		append(raw, sizeof raw, " ", 1);
		append_value(
		    raw, sizeof raw, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
		break;
	}
	tls_text_copy(out, size_bytes, span_str(raw));
}

void
tls_text_who(const X509 *x, char *out, size_t size_bytes)
{
	char raw[128];

	text_main(X509_get_subject_name(x), out, size_bytes);
	if (*out)
		return;
	tls_text_alt_names(x, raw, sizeof raw);
	tls_text_copy(out, size_bytes, *raw ? span_str(raw) : SPAN_LIT("no name"));
}

void
tls_text_issuer(const X509 *x, char *out, size_t size_bytes)
{
	text_main(X509_get_issuer_name(x), out, size_bytes);
	if (!*out)
		tls_text_copy(out, size_bytes, SPAN_LIT("no name"));
}

void
tls_text_date(const ASN1_TIME *t, char *out, size_t size_bytes)
{
	struct tm tm;

	*out = '\0';
	if (ASN1_TIME_to_tm(t, &tm) == 1)
		strftime(out, size_bytes, "%Y-%m-%d", &tm);
}

time_t
tls_time_of(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? timegm(&tm) : -1;
}
