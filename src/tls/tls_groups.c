/* SPDX-License-Identifier: MIT
 * The groups of a ClientHello by name. */
#include <stdio.h>
#include <string.h>

#include "proto/tls_hello.h"
#include "tls/tls.h"

/* As OpenSSL and IANA's list of TLS supported groups call them. */
static const char *
group_name(unsigned group)
{
	static const struct {
		uint16_t group;
		const char *name;
	} known[] = {{0x0017, "P-256"}, {0x0018, "P-384"}, {0x0019, "P-521"}, {0x001a, "brainpoolP256r1"},
	    {0x001b, "brainpoolP384r1"}, {0x001c, "brainpoolP512r1"}, {0x001d, "X25519"}, {0x001e, "X448"},
	    {0x0100, "ffdhe2048"}, {0x0101, "ffdhe3072"}, {0x0102, "ffdhe4096"}, {0x0103, "ffdhe6144"},
	    {0x0104, "ffdhe8192"}, {0x0200, "MLKEM512"}, {0x0201, "MLKEM768"}, {0x0202, "MLKEM1024"},
	    {0x11eb, "SecP256r1MLKEM768"}, {0x11ec, "X25519MLKEM768"}, {0x11ed, "SecP384r1MLKEM1024"},
	    {0x6399, "X25519Kyber768Draft00"}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].group == group)
			return known[i].name;
	return NULL;
}

void
tls_groups_text(const struct tls_hello *h, char *out, size_t size_bytes)
{
	enum { MORE_BYTES = sizeof " +65535" };
	unsigned group, left = 0;
	char number[8];
	size_t n = 0;

	for (size_t at = 0; tls_hello_next(h->groups, &at, &group);) {
		const char *name = group_name(group);
		if (!name) {
			snprintf(number, sizeof number, "0x%04x", group & 0xffff);
			name = number;
		}
		size_t len = strlen(name);
		if (left || n + 1 + len + MORE_BYTES > size_bytes) {
			left++;
			continue;
		}
		if (n)
			out[n++] = ' ';
		memcpy(out + n, name, len);
		n += len;
	}
	out[n] = '\0';
	if (left)
		snprintf(out + n, size_bytes - n, " +%u", left);
}
