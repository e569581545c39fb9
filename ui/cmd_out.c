/* SPDX-License-Identifier: MIT
 * Commands that get something out of flows. */
#include "ui/cmd_out.h"

#include "ui/copy.h"

void
cmd_copy(struct app *app, const char *arg)
{
	if (*arg)
		copy_what(app, arg);
	else
		copy_ask(app);
}
