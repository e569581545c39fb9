/* SPDX-License-Identifier: MIT
 * First bytes: a verdict once given stays when more bytes come, and agrees with the parsers. */
#include "tests/fuzz/fuzz.h"

#include "proto/h1_parse.h"
#include "proto/sniff.h"
#include "proto/tls_hello.h"
#include "proto/url.h"

static struct http_head head;

/* A good request that begins at once and is not too long for the sniffer must be known as one. */
static void
check_request(const char *p, size_t n, enum sniff whole)
{
	struct h1_fault f;
	struct url_target t;
	const char *why;
	size_t scan = 0;

	if (h1_parse_request(p, n, &scan, &head, &f) > 0 && head.method.n <= 32 &&
	    head.target.n < 8000 && url_parse_target(head.method, head.target, &t, &why) == 0)
		FUZZ_ASSERT(whole == SNIFF_HTTP1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	enum sniff whole = sniff_first_bytes(p, size);

	FUZZ_ASSERT(whole != SNIFF_MORE || size < 8192);
	for (size_t n = 0; n < size && n < 300; n++) {
		enum sniff v = sniff_first_bytes(p, n);
		FUZZ_ASSERT(v == SNIFF_MORE || v == whole);
	}
	FUZZ_ASSERT((whole == SNIFF_TLS) == (tls_hello_sniff(p, size) == 1));
	check_request(p, size, whole);
	return 0;
}
