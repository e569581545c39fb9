/* SPDX-License-Identifier: MIT
 * Between flow_db.c, the door to SQLite, and flow_record.c, which knows how flows lie in the tables: statements being filled in
 * and rows being read. */
#ifndef FLOW_FLOW_DB_INTERNAL_H
#define FLOW_FLOW_DB_INTERNAL_H

#include "flow/flow_db.h"
#include "flow/flow_file.h"
#include "flow/flow_schema.h"

struct sqlite3;
struct sqlite3_stmt;

#define DB_NUMBER_MAX ((1ll << 53) - 1)
#define DB_TIME_MAX_US ((1ll << 53) - 1) /* so that nanoseconds fit 64 bits */

struct flow_db {
	struct sqlite3 *sqlite;
	char *name;       /* as it was given: for sentences */
	struct flow_file file;
	bool writer;
	int version;      /* of the file */
	int64_t steps;    /* that the opening may still take */
	struct sqlite3_stmt *stmt[FLOW_SQL_COUNT];
};

/* A statement being filled in, value by value. Bytes must stay until db_bind_run. */
struct db_bind {
	struct flow_db *db;
	struct sqlite3_stmt *st;
	int at;     /* values so far */
	int rc;     /* SQLite's */
	struct errmsg *why;
};

int db_bind_begin(struct db_bind *b, struct flow_db *db, enum flow_sql which, struct errmsg *why);
void db_bind_int(struct db_bind *b, uint64_t v); /* held to what 63 bits take */
void db_bind_known(struct db_bind *b, bool known, uint64_t v); /* NULL when not known */
/* Lengths are held to what the reader takes, so that the file can be read whatever passed. Absent is NULL. */
void db_bind_blob(struct db_bind *b, struct span s, size_t max);
void db_bind_text(struct db_bind *b, struct span s); /* as text when it is UTF-8 without NUL, else as bytes */
int db_bind_run(struct db_bind *b);

/* A row being read, column by column: the first value that is not as it should be makes rc negative and says so; the others
 * then read as the least they can be. */
struct db_row {
	struct flow_db *db;
	struct sqlite3_stmt *st;
	const char *table;
	uint64_t number; /* of the row, for the sentence */
	int at;          /* next column */
	int rc;
	struct errmsg *why;
};

/* Starts a query; values it has no place for are not used. Returns r->rc. */
int db_row_query(struct db_row *r, enum flow_sql which, uint64_t a, uint64_t b);
bool db_row_next(struct db_row *r); /* false at the end, and after an error */
int db_row_end(struct db_row *r);   /* returns r->rc */
void db_row_bad(struct db_row *r, int column, const char *what);
int64_t db_row_int(struct db_row *r, int64_t min, int64_t max);
bool db_row_bool(struct db_row *r);
bool db_row_null(struct db_row *r); /* passes over the column when it is NULL */
int64_t db_row_int_or_null(struct db_row *r, int64_t max); /* NULL reads as 0 */
struct span db_row_span(struct db_row *r, int max); /* text or bytes; valid until the statement's next step */
const char *db_row_words(struct db_row *r); /* text without NUL; NULL when absent; valid likewise */

/* Makes what is read until flow_db_rollback the file's state at one moment. 1; 0: it is one already; or negative. */
int db_begin_read(struct flow_db *db, struct errmsg *why);

#endif
