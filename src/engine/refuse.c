/* SPDX-License-Identifier: MIT
 * What a failed dial is to the client and to the row. */
#include "engine/refuse.h"

#include <stddef.h>

#include "engine/dial.h"

int
refuse_dial_status(const struct dial_result *r)
{
	return r->failure == DIAL_TIMEOUT ? 504 : r->failure == DIAL_LOOP ? 508 : 502;
}

const char *
refuse_dial_remedy(const struct dial_result *r)
{
	switch (r->failure) {
	case DIAL_NAME:
		return "Check the spelling, or the name server this machine uses";
	case DIAL_REFUSED:
		return "Check that the server runs and that this machine can reach it";
	case DIAL_TIMEOUT:
		return "Option connect-timeout or dns-timeout sets this limit";
	case DIAL_LOOP:
		return "The client must not ask the proxy for the proxy's own address";
	case DIAL_LOCAL:
		return "This machine is out of descriptors, ports or memory: see ulimit -n";
	default:
		return NULL;
	}
}
