/* SPDX-License-Identifier: MIT
 * Fixed subjects for expressions, as rows of names and values. */
#ifndef TESTS_UNIT_MATCH_FIXTURE_H
#define TESTS_UNIT_MATCH_FIXTURE_H

#include "match/match.h"

struct match_fact {
	enum match_field field;
	enum match_have have; /* 0 stands for MATCH_PRESENT */
	const char *text;
	int64_t number;
};

struct match_lines {
	enum match_have have; /* of the head: MATCH_ABSENT none, MATCH_UNKNOWN not there yet */
	const char *const *line; /* name, value, ... NULL */
	enum match_have body_have;
	const char *body;
};

struct match_sample {
	const char *name;
	const struct match_fact *facts; /* ends with a row of MATCH_FIELD_COUNT */
	struct match_lines message[2];  /* by enum match_dir */
	unsigned bodies_asked;          /* how often a body was asked for */
};

extern const struct match_subject_ops match_sample_ops;

enum { MATCH_SAMPLES = 4 };
/* Fresh copies: get, a GET that went well; post, a POST that failed; part, a request without its response yet; raw, a TCP connection. */
void match_samples(struct match_sample out[MATCH_SAMPLES]);

#endif
