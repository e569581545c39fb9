/* SPDX-License-Identifier: MIT
 * Names of states and protocols. */
#include "flow/flow_id.h"

char
flow_state_letter(enum flow_state s)
{
	static const char letter[] = "WRWBSDFEKHP";

	return (unsigned)s < FLOW_STATE_COUNT ? letter[s] : '?';
}

const char *
flow_proto_name(enum flow_proto p)
{
	static const char *const name[] = {"tcp", "tls", "raw", "h1", "ws", "sse", "grpc"};

	return (unsigned)p < FLOW_PROTO_COUNT ? name[p] : "?";
}
