/* SPDX-License-Identifier: MIT
 * What a forged leaf is called. The names the client asked for come first; of the server's
 * certificate only names that are plain DNS names or addresses are copied, so that no text of a
 * hostile server gets into a certificate of ours (threat T25). */
#include <arpa/inet.h>
#include <string.h>

#include "base/escape.h"
#include "tls/tls_internal.h"

enum {
	COPY_MAX = 100,	       /* names copied of the server's certificate */
	COPY_MAX_BYTES = 8192, /* and their bytes */
	SUBJECT_MAX_BYTES = 256,
	CN_MAX_BYTES = 64, /* ub-common-name */
	NAME_MAX_BYTES = 253,
	LABEL_MAX_BYTES = 63
};

static bool
is_label_byte(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
	       c == '_';
}

/* Letters, digits, '-' and '_' in labels of 1..63; the first label of a longer name may be "*"
 * alone. */
static bool
is_dns_name(struct span s)
{
	size_t label = 0, dots = 0;
	bool wild = s.n > 2 && s.p[0] == '*' && s.p[1] == '.';

	if (s.n == 0 || s.n > NAME_MAX_BYTES)
		return false;
	for (size_t i = wild ? 2 : 0; i < s.n; i++) {
		if (s.p[i] == '.' && label > 0) {
			dots++;
			label = 0;
		} else if (!is_label_byte((unsigned char)s.p[i]) || ++label > LABEL_MAX_BYTES) {
			return false;
		}
	}
	return label > 0 && (!wild || dots > 0);
}

static bool
has_name(const GENERAL_NAMES *names, int type, const void *p, size_t n)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int is;
		const ASN1_STRING *v =
		    GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &is);
		struct span a =
		    span_of((const char *)ASN1_STRING_get0_data(v), (size_t)ASN1_STRING_length(v));
		if (is == type &&
		    (type == GEN_DNS ? span_ieq(a, span_of(p, n)) : span_eq(a, span_of(p, n))))
			return true;
	}
	return false;
}

static bool
add_name(GENERAL_NAMES *names, int type, const void *p, size_t n)
{
	if (has_name(names, type, p, n))
		return true;
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_STRING *v =
	    ASN1_STRING_type_new(type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
	if (g && v && ASN1_STRING_set(v, p, (int)n) == 1) {
		GENERAL_NAME_set0_value(g, type, v);
		v = NULL;
		if (sk_GENERAL_NAME_push(names, g) > 0)
			return true;
	}
	ASN1_STRING_free(v);
	GENERAL_NAME_free(g);
	return false;
}

/* A name or an IP literal as the client gave it; anything else is left out. */
static bool
add_wanted(GENERAL_NAMES *names, const char *host)
{
	unsigned char ip[16];
	struct span s = span_str(host ? host : "");

	if (s.n && inet_pton(AF_INET, s.p, ip) == 1)
		return add_name(names, GEN_IPADD, ip, 4);
	if (s.n && inet_pton(AF_INET6, s.p, ip) == 1)
		return add_name(names, GEN_IPADD, ip, 16);
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return !is_dns_name(s) || add_name(names, GEN_DNS, s.p, s.n);
}

static bool
copy_names(GENERAL_NAMES *names, const GENERAL_NAMES *from)
{
	size_t bytes = 0;
	int copied = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(from) && copied < COPY_MAX; i++) {
		int type;
		const ASN1_STRING *v =
		    GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(from, i), &type);
		if (type != GEN_DNS && type != GEN_IPADD)
			continue;
		struct span s =
		    span_of((const char *)ASN1_STRING_get0_data(v), (size_t)ASN1_STRING_length(v));
		if (type == GEN_DNS ? !is_dns_name(s) : s.n != 4 && s.n != 16)
			continue;
		copied++;
		bytes += s.n;
		if (bytes > COPY_MAX_BYTES)
			break;
		if (!add_name(names, type, s.p, s.n))
			return false;
	}
	return true;
}

GENERAL_NAMES *
tls_leaf_alt_names(const X509 *server, const char *host, const char *sni)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAMES *theirs =
	    server ? X509_get_ext_d2i(server, NID_subject_alt_name, NULL, NULL) : NULL;
	bool ok = names && add_wanted(names, host) && add_wanted(names, sni) &&
		  copy_names(names, theirs) && sk_GENERAL_NAME_num(names) > 0;

	GENERAL_NAMES_free(theirs);
	if (ok)
		return names;
	GENERAL_NAMES_free(names);
	return NULL;
}

/* Valid UTF-8 in which every character can be shown: no controls, no bidi tricks. */
static bool
is_fair_text(const ASN1_STRING *v, size_t *total)
{
	unsigned char *p = NULL;
	int n = ASN1_STRING_to_UTF8(&p, v);
	bool ok = n >= 0;

	for (int i = 0; ok && i < n;) {
		unsigned cp;
		size_t k = escape_utf8_decode((char *)p + i, (size_t)(n - i), &cp);
		ok = k > 0 && cp != 0 && escape_width(cp) >= 0;
		i += (int)k;
	}
	OPENSSL_free(p);
	*total += n > 0 ? (size_t)n : 0;
	return ok && *total <= SUBJECT_MAX_BYTES;
}

static bool
is_fair_subject(const X509_NAME *name)
{
	size_t total = 0;
	int n = X509_NAME_entry_count(name);

	for (int i = 0; i < n; i++)
		if (!is_fair_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)), &total))
			return false;
	return n > 0;
}

X509_NAME *
tls_leaf_subject(const X509 *server, const char *host)
{
	const X509_NAME *theirs = server ? X509_get_subject_name(server) : NULL;
	struct span cn = span_str(host);

	if (theirs && is_fair_subject(theirs))
		return X509_NAME_dup(theirs);
	/* Clients look at the alternative names only; a cut name would be a wrong one. */
	if (cn.n == 0 || cn.n > CN_MAX_BYTES)
		cn = SPAN_LIT("mitmtop leaf");
	X509_NAME *name = X509_NAME_new();
	if (name && X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
			(const unsigned char *)cn.p, (int)cn.n, -1, 0) == 1)
		return name;
	X509_NAME_free(name);
	return NULL;
}
