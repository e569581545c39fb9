/* SPDX-License-Identifier: MIT
 * Prints the manual page's OPTIONS from the option table; with --help, the text of --help. */
#include <string.h>

#include "conf/usage.h"

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		usage_print(stdout);
	else
		usage_mdoc(stdout);
	return 0;
}
