/* SPDX-License-Identifier: MIT
 * The expression language: view filter, search, breakpoint rules and -n all use it. An expression is compiled once and then
 * evaluated over subjects, which know nothing of it but the fields of match_field.h.
 *
 *   expr  := term | expr "and" expr | expr "or" expr | "not" expr | "(" expr ")"       also & | !, and nothing between two terms: and
 *   term  := FIELD OP VALUE | FIELD | ~x [VALUE] | "text" | word                        not binds closer than and, and closer than or
 *   OP    := = != < <= > >= ~ !~ in     and "not in"
 *
 * A bare VALUE after ~ is looked for as it stands; "..." and /.../ after it, and every value of a ~x, are patterns. Case counts in
 * /.../c and after (?-i) only. What is absent fits no comparison, so it does fit != !~ and not in. ~q is true of HTTP whose
 * response is not known yet: there is none.
 *
 * A compiled expression belongs to one thread at a time. */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "match/match_field.h"

enum {
	MATCH_TEXT_MAX = 1024,        /* bytes of an expression */
	MATCH_TERMS_MAX = 64,
	MATCH_DEPTH_MAX = 32,         /* of parentheses and nots */
	MATCH_REGEX_STEPS_MAX = 100000, /* pcre2 match limit; beyond it the term does not match */
	MATCH_REGEX_DEPTH_MAX = 1000,
	MATCH_REGEX_HEAP_KB = 1024
};

/* Whether a subject has something: a message that is still coming in does not know its body yet. */
enum match_have { MATCH_ABSENT = 0, MATCH_PRESENT, MATCH_UNKNOWN };

enum match_result { MATCH_NO = 0, MATCH_YES, MATCH_MAYBE };

enum match_dir { MATCH_REQUEST = 0, MATCH_RESPONSE = 1, MATCH_EITHER = 2 };

/* How an expression sees what it is evaluated over. No operation is NULL. What is lent stays valid until the next call of the same
 * operation. */
struct match_subject_ops {
	enum match_have (*number)(void *arg, enum match_field f, int64_t *out); /* units: match_field.h */
	enum match_have (*text)(void *arg, enum match_field f, struct span *out);
	enum match_have (*flag)(void *arg, enum match_field f, bool *out);
	/* Field line i (from 0) of a message's head; MATCH_ABSENT past the last one or without a head. */
	enum match_have (*header)(void *arg, enum match_dir dir, unsigned i, struct span *name, struct span *value);
	/* The body, content codings undone. dir is never MATCH_EITHER. */
	enum match_have (*body)(void *arg, enum match_dir dir, struct span *out);
};

struct match_subject {
	const struct match_subject_ops *ops;
	void *arg;
};

/* Why an expression is refused. */
struct match_error {
	size_t at;           /* byte of the expression it is about, may be its end */
	char why[128];       /* "expected a number here, got '>'": printable ASCII, untrusted text escaped */
	char proposal[128];  /* the whole expression mended: what Tab puts in its place; "" when there is none */
};

struct match;

/* "" gives an expression that matches everything. NULL with *e (may be NULL) when it is refused. */
struct match *match_new(const char *text, struct match_error *e);
void match_free(struct match *m); /* NULL is allowed */

/* MAYBE when it depends on what the subject says it does not know yet, and on nothing else. */
enum match_result match_eval(struct match *m, const struct match_subject *s);

/* What a subject has to know beyond a flow's summary for this expression: set of enum match_need. */
enum match_need {
	MATCH_NEEDS_HEADS = 1,  /* fields of heads */
	MATCH_NEEDS_BODIES = 2,
	MATCH_NEEDS_CONN = 4,   /* of the connection: addresses, TLS, process */
	MATCH_NEEDS_RESPONSE = 8, /* looks at the response as well */
	MATCH_NEEDS_TIME = 16,  /* changes with the clock (age; duration of an open flow) */
	MATCH_NEEDS_PROCESS = 32 /* which process the client is */
};
unsigned match_needs(const struct match *m);

/* Whether it is true of no request that has no response yet, whatever the request is. */
bool match_takes_response(const struct match *m);
/* Whether it is true of nothing that has a response, whatever that is: ~q. */
bool match_takes_no_response(const struct match *m);

/* The first field it looks at that is not in the set known (bit 1 << enum match_field); MATCH_FIELD_COUNT: there is none. A bare word looks at
 * the host, and at what else there is. */
enum match_field match_field_beyond(const struct match *m, uint64_t known);

/* The message that a header field or a body is of. */
enum match_dir match_field_dir(enum match_field f);

/* ---- completion ---- */

enum match_expect { MATCH_EXPECT_TERM, MATCH_EXPECT_NAME, MATCH_EXPECT_OPERATOR, MATCH_EXPECT_VALUE, MATCH_EXPECT_JOINER };

/* What a value is where it stands. */
enum match_form {
	MATCH_FORM_TEXT = 0, /* compared with, quoted or not */
	MATCH_FORM_LIKE,     /* after ~: a word, or in quotes a regular expression */
	MATCH_FORM_REGEX     /* after ~u and its like: always a regular expression */
};

/* Where the cursor (a byte offset) stands in an expression that need not be complete or right. NAME: between the brackets of header[NAME];
 * the word goes on through the closing one. */
struct match_context {
	enum match_expect expect;
	size_t from, to;               /* bytes of the word at the cursor: what a completion replaces; from <= cursor <= to */
	const struct match_field_info *field; /* NAME, OPERATOR, VALUE: of this field; else NULL */
	enum match_form form;                 /* VALUE: how it has to stand there */
	struct span name;                     /* OPERATOR, VALUE: of the header field, in the text; SPAN_NONE when it has none */
};
void match_context(const char *text, size_t cursor, struct match_context *c);

/* The value as it has to stand in an expression to be found there: quoted when it has to be, and then escaped where quotes hold a regular
 * expression. Returns the bytes written without the final NUL, or 0 when it does not fit. */
size_t match_quote(struct span value, enum match_form form, char *out, size_t size);

#endif
