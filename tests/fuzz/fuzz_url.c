/* SPDX-License-Identifier: MIT
 * Targets ("METHOD target") and authorities: spans lie inside, hosts hold no byte they should not,
 * and an authority put together again is read the same. */
#include "tests/fuzz/fuzz.h"

#include "base/buf.h"
#include "proto/url.h"

static void
check_host(const struct url_authority *a, const char *p, size_t n)
{
	FUZZ_ASSERT(a->host.n > 0 && a->host.n <= URL_HOST_MAX_BYTES && fuzz_inside(a->host, p, n));
	FUZZ_ASSERT(a->has_port == (a->port > 0));
	for (size_t i = 0; i < a->host.n; i++) {
		char c = a->host.p[i];
		FUZZ_ASSERT((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			    c == '.' || (a->kind == URL_HOST_NAME && (c == '-' || c == '_')) ||
			    (a->kind == URL_HOST_IPV6 && c == ':'));
	}
}

static void
check_authority_again(const struct url_authority *a)
{
	bool v6 = a->kind == URL_HOST_IPV6;
	struct url_authority again;
	const char *why;
	struct buf b;

	buf_init(&b, 1000);
	buf_addf(&b, "%s%.*s%s", v6 ? "[" : "", (int)a->host.n, a->host.p, v6 ? "]" : "");
	if (a->has_port)
		buf_addf(&b, ":%u", a->port);
	FUZZ_ASSERT(url_parse_authority(buf_span(&b), &again, &why) == 0);
	FUZZ_ASSERT(span_eq(a->host, again.host) && a->kind == again.kind && a->port == again.port);
	buf_fini(&b);
}

static void
check_target(const struct url_target *t, const char *p, size_t n)
{
	bool any_8bit = false;

	FUZZ_ASSERT(fuzz_inside(t->path, p, n) && fuzz_inside(t->scheme, p, n));
	for (size_t i = 0; i < t->path.n; i++) {
		unsigned char c = (unsigned char)t->path.p[i];
		FUZZ_ASSERT(c > ' ' && c != 0x7f && c != '#');
		any_8bit |= c > 0x7f;
	}
	FUZZ_ASSERT(t->has_8bit == any_8bit);
	if (t->form == URL_ABSOLUTE || t->form == URL_AUTHORITY)
		check_host(&t->authority, p, n);
	FUZZ_ASSERT(t->form != URL_AUTHORITY || t->authority.has_port);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *why = NULL;
	const char *space = size ? memchr(p, ' ', size) : NULL;
	struct url_authority a;
	struct url_target t;

	if (url_parse_authority(span_of(p, size), &a, &why) == 0) {
		check_host(&a, p, size);
		check_authority_again(&a);
	} else {
		FUZZ_ASSERT(why);
	}
	if (!space)
		return 0;
	struct span method = span_of(p, (size_t)(space - p));
	struct span target = span_of(space + 1, size - method.n - 1);
	if (url_parse_target(method, target, &t, &why) == 0)
		check_target(&t, target.p, target.n);
	return 0;
}
