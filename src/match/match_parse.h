/* SPDX-License-Identifier: MIT
 * The parser of match_parse.c (what joins terms) and match_term.c (terms). What fails sets the error once and gives MATCH_NO_NODE. */
#ifndef MATCH_MATCH_PARSE_H
#define MATCH_MATCH_PARSE_H

#include "base/attr.h"
#include "match/match_internal.h"

struct match_parse {
	struct span text;
	size_t at;
	size_t last, last_end; /* the joiner, not or parenthesis before the place */
	int depth;
	struct match *m;
	bool failed;
	struct match_error e;
	char shown[64];
};

void match_parse(struct match_parse *p); /* all of the text, into p->m */

unsigned match_parse_plain(struct match_parse *p); /* a term that is no ~ operator */
unsigned match_parse_tilde(struct match_parse *p); /* a ~ operator, or what looks like one */

/* A new term and its node; NULL when there are too many. */
struct match_term *match_parse_term(struct match_parse *p, size_t at, unsigned *node);

unsigned match_parse_fail(struct match_parse *p, size_t at, const char *fmt, ...) ATTR_PRINTF(3, 4);
/* The bytes from..to of the expression replaced; the first proposal stays. */
void match_parse_propose(struct match_parse *p, size_t from, size_t to, const char *fmt, ...) ATTR_PRINTF(4, 5);
/* Bytes of the expression for an error text; valid until the next call. */
const char *match_parse_shown(struct match_parse *p, size_t from, size_t to);
/* The operator is none of the field's. */
void match_parse_misfit(struct match_parse *p, const struct match_field_info *f, enum match_op op, size_t from, size_t to);
/* A value that would do in the place of a word that does not. */
void match_parse_propose_value(struct match_parse *p, const struct match_field_info *f, const struct match_word *w);
void match_parse_passed(struct match_parse *p, size_t n); /* n bytes of a joiner are behind */
size_t match_parse_trim(const struct match_parse *p, size_t at); /* the place before blanks that end at the place */

#endif
