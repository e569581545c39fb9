/* SPDX-License-Identifier: MIT
 * A flow store with ready-made flows and all that a front end reads, without an engine. */
#ifndef TESTS_UNIT_UI_FIXTURE_H
#define TESTS_UNIT_UI_FIXTURE_H

#include "flow/flow_store.h"
#include "ui/frontend.h"

#define FIXTURE_WALL_NS 1795269807000000000ull /* 2026-11-21 14:03:27 UTC */
#define FIXTURE_MONO_NS 7860000000000ull

struct fixture {
	struct flow_store *store;
	struct options *options;
	struct figures figures;
	struct frontend_source source;
	uint64_t keys; /* flow keys given out */
};

/* One flow as a test writes it. */
struct fixture_flow {
	enum flow_proto proto;
	enum flow_state state;
	bool plain;              /* no TLS */
	const char *method, *host, *path;
	unsigned status;
	const char *type;        /* content type of the response */
	const char *fields;      /* more response fields, each ending in CRLF */
	const char *asked;       /* more request fields, likewise */
	const char *sent;        /* body of the request */
	const char *body;        /* of the response */
	uint64_t body_bytes;     /* that passed; 0: as many as body has */
	unsigned ttfb_ms, time_ms;
	const char *why, *remedy;
	const char *client_fail; /* class of a failed handshake with the client */
	const char *server_fail; /* with the server */
};

void fixture_init(struct fixture *fx);
void fixture_fini(struct fixture *fx);
void fixture_add(struct fixture *fx, const struct fixture_flow *row);
/* Many small GETs. */
void fixture_add_many(struct fixture *fx, unsigned n);
/* The rows of the pictures in the design: every state, wide and hostile text. */
void fixture_add_gallery(struct fixture *fx);
/* Figures of an engine that has been busy. */
void fixture_busy(struct fixture *fx);

#endif
