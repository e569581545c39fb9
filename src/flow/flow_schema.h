/* SPDX-License-Identifier: MIT
 * The tables of the session file and every statement that is used on them, as text; docs/session-file.md describes them.
 * A file of version v holds all objects with since <= v and not replaced by then, each with exactly this text; migrating to v runs `make`
 * of those with since == v. */
#ifndef FLOW_FLOW_SCHEMA_H
#define FLOW_FLOW_SCHEMA_H

#include <stdbool.h>

enum { FLOW_SCHEMA_APPLICATION_ID = 0x6d69746d }; /* "mitm" */

struct flow_schema_object {
	int since, until;  /* versions that have it; until 0: to this day */
	const char *type;  /* "table", "index" */
	const char *name;
	const char *sql;
	const char *make;  /* makes it of the one it replaces; NULL: sql does, as there was none */
};

enum { FLOW_SCHEMA_OBJECTS = 16 };
extern const struct flow_schema_object flow_schema[FLOW_SCHEMA_OBJECTS];

/* The object of that name in a file of that version, or NULL. */
const struct flow_schema_object *flow_schema_find(const char *name, int version);
static inline bool
flow_schema_has(const struct flow_schema_object *o, int version)
{
	return o->since <= version && (!o->until || version <= o->until);
}

enum flow_sql {
	FLOW_SQL_BEGIN,
	FLOW_SQL_BEGIN_READ,
	FLOW_SQL_COMMIT,
	FLOW_SQL_LAST,
	FLOW_SQL_PUT_CONN,
	FLOW_SQL_PUT_TLS,
	FLOW_SQL_PUT_HANDSHAKE,
	FLOW_SQL_PUT_FLOW,
	FLOW_SQL_PUT_DETAIL,
	FLOW_SQL_PUT_EDIT,
	FLOW_SQL_PUT_MESSAGE,
	FLOW_SQL_PUT_HOLD,
	FLOW_SQL_PUT_PIECE,
	FLOW_SQL_PUT_MARKS,
	FLOW_SQL_ROWS,
	FLOW_SQL_FLAGGED,
	FLOW_SQL_GET_FLOW,
	FLOW_SQL_GET_DETAIL,
	FLOW_SQL_GET_EDIT,
	FLOW_SQL_GET_MESSAGES,
	FLOW_SQL_GET_HOLD,
	FLOW_SQL_GET_BODY,
	FLOW_SQL_GET_BODY_LAST,
	FLOW_SQL_GET_CONN,
	FLOW_SQL_GET_TLS,
	FLOW_SQL_GET_HANDSHAKE,
	FLOW_SQL_COUNT
};
/* The statement for a file of that version. */
const char *flow_sql_text(enum flow_sql which, int version);
/* Takes the contents of deleted flows out of the file; a transaction of its own. */
extern const char flow_sql_blank[];

#endif
