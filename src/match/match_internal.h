/* SPDX-License-Identifier: MIT
 * Inside of a compiled expression: a tree of and, or and not over terms. Everything stands in arrays that grow while it is compiled and
 * rest afterwards. */
#ifndef MATCH_MATCH_INTERNAL_H
#define MATCH_MATCH_INTERNAL_H

#include "match/match.h"
#include "match/match_regex.h"

enum match_op {
	MATCH_O_EQ = 0, MATCH_O_NE, MATCH_O_LT, MATCH_O_LE, MATCH_O_GT, MATCH_O_GE, MATCH_O_LIKE, MATCH_O_UNLIKE, MATCH_O_IN,
	MATCH_O_NOT_IN,
	MATCH_O_HAS /* the field alone: it is there */
};

/* What a term looks at. */
enum match_kind {
	MATCH_K_NEVER = 0, MATCH_K_ALWAYS,
	MATCH_K_FIELD,
	MATCH_K_WORD,       /* host or path contains; with a colon in it, the URL as well */
	MATCH_K_HEADERS,    /* any whole line of the heads of dir */
	MATCH_K_TYPE,       /* content type of the messages of dir */
	MATCH_K_DEST,       /* the field (an address or the host), or "host:port" */
	MATCH_K_HTTP, MATCH_K_TCP, MATCH_K_WEBSOCKET,
	MATCH_K_NO_RESPONSE, MATCH_K_HAS_RESPONSE
};

/* What a value is compared with: numbers lo..hi, or a text (of a name or a pattern in lower case), or a pattern. */
struct match_value {
	int64_t lo, hi;
	size_t text, n;            /* in match.chars */
	struct match_regex *regex; /* when it is a pattern */
};

struct match_term {
	enum match_kind kind;
	enum match_field field;
	enum match_op op;
	enum match_dir dir;
	unsigned value, values;    /* first and number of them, in match.values */
	size_t name, name_n;       /* of a header field, in match.chars */
};

enum match_node_kind { MATCH_N_TERM = 0, MATCH_N_AND, MATCH_N_OR, MATCH_N_NOT };

enum { MATCH_NO_NODE = 0xffff, MATCH_NODES_MAX = 4 * MATCH_TERMS_MAX + 4 * MATCH_DEPTH_MAX, MATCH_LINE_MAX = 16384 };

struct match_node {
	enum match_node_kind kind;
	unsigned short child, next; /* first of its parts, the next part of the same parent; or MATCH_NO_NODE */
	unsigned short term;
	unsigned short cost;        /* what it takes to evaluate: cheap parts go first */
};

struct match {
	struct match_node nodes[MATCH_NODES_MAX];
	struct match_term terms[MATCH_TERMS_MAX];
	struct match_value *values;
	char chars[MATCH_TEXT_MAX + 1]; /* all texts */
	char *line;                     /* MATCH_LINE_MAX bytes for a line that is put together, when a term needs it */
	size_t chars_n;
	unsigned nodes_n, terms_n, values_n, values_cap, root, needs;
};

/* What the ~ operators look at, in the order of match_tildes. */
struct match_tilde {
	enum match_kind kind;
	enum match_field field;
	enum match_dir dir;
};
extern const struct match_tilde match_tilde_kinds[];

/* ---- match_lex.c: places in the text of an expression ---- */

struct match_word {
	size_t from, to;       /* all of it, with quotes or slashes */
	struct span body;      /* what is between them */
	char quote;            /* its quote, or '/'; 0 of a bare word */
	bool keep_case;        /* /re/c */
	bool open;             /* the closing quote is missing */
};

/* What ends a bare word, and whether slashes make a pattern. */
enum match_stop { MATCH_STOP_TERM, MATCH_STOP_PATTERN, MATCH_STOP_LIST, MATCH_STOP_TILDE };

size_t match_lex_blanks(struct span text, size_t at);
/* The value at the place: quoted, between slashes (PATTERN), or bare up to what ends it; empty when nothing such is there. */
struct match_word match_lex_value(struct span text, size_t at, enum match_stop stop);
/* Bytes of the operator at the place, 0 when there is none. Aliases: == =~. */
size_t match_lex_operator(struct span text, size_t at, enum match_op *op);
/* Index in match_tildes of the ~ operator at the place, or -1; *to is its end, also of one that is not known. */
int match_lex_tilde(struct span text, size_t at, size_t *to);
/* Bytes of "and" or "&" (or_too: also of "or", "|") at the place, else 0. */
size_t match_lex_and(struct span text, size_t at);
size_t match_lex_or(struct span text, size_t at);
size_t match_lex_not(struct span text, size_t at);
/* A name, perhaps with [NAME] after it: where a field may stand. 0 when none is there. */
size_t match_lex_name(struct span text, size_t at, struct span *bracket);
/* The field of that name or NULL. */
const struct match_field_info *match_lex_field(struct span name);
/* Whether the name that ends at the place is followed by an operator on it, at *op_at; the answer depends on what it names (NULL:
 * nothing known), because "error ~q" are two terms. */
bool match_lex_operated(struct span text, size_t at, const struct match_field_info *f, size_t *op_at);

/* Unquoted copy of the word into out, which has room for all of it. */
size_t match_lex_unquote(const struct match_word *w, bool pattern, char *out);

/* ---- match_value.c ---- */

/* The value of a number field as a range of its units; 0, or why it is none. */
const char *match_value_range(enum match_type t, struct span text, struct match_value *v);
/* "TLSv1.2", "1.2": major * 65536 + minor; false when it is none. */
bool match_value_version(struct span text, int64_t *out);
/* A value that would do, for a proposal. */
const char *match_value_sample(const struct match_field_info *f);

#endif
