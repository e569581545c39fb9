/* SPDX-License-Identifier: MIT
 * The addresses of this machine, whichever it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "engine/host_addresses.h"

enum { MANY = 64 };

static void
test_addresses(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		char all[MANY][HOST_ADDRESS_MAX], some[MANY][HOST_ADDRESS_MAX];
		unsigned n = host_addresses(v6, all, MANY);
		assert_in_range(n, 0, MANY);
		assert_int_equal(host_addresses(v6, some, 0), 0);
		assert_int_equal(host_addresses(v6, some, 1), n > 0);
		for (unsigned i = 0; i < n; i++) {
			unsigned char binary[16];
			assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, all[i], binary), 1);
			assert_true(v6 ? !(binary[0] == 0xfe && (binary[1] & 0xc0) == 0x80) && strcmp(all[i], "::1") != 0
				       : binary[0] != 127 && !(binary[0] == 169 && binary[1] == 254));
			for (unsigned k = 0; k < i; k++)
				assert_string_not_equal(all[i], all[k]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
