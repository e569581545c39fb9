/* SPDX-License-Identifier: MIT
 * The session file: an SQLite database of flows (docs/session-file.md). The one door to SQLite. A handle is used by one
 * thread at a time; several handles may be open on one file, one of them for writing. Calls may block on the disk: never call
 * them from the main thread while it serves facts.
 *
 * What is read is checked as a peer's bytes are: every value is of its type and in its range, or the call fails with a
 * sentence; nothing in the file is ever executed (no triggers, views, functions or extensions). */
#ifndef FLOW_FLOW_DB_H
#define FLOW_FLOW_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow.h"

struct flow_db;

enum {
	FLOW_DB_VERSION = 6,            /* written; older ones are read, and migrated when opened for writing */
	FLOW_DB_TEXT_MAX = 1 << 20,     /* bytes of one method, host, path ... accepted when read */
	FLOW_DB_HEAD_MAX = 16 << 20,    /* of one head or trailer */
	FLOW_DB_PIECE_MAX = 4 << 20     /* of one piece of a body */
};

/* Opens an existing file for reading. Refused with a sentence that names the file: missing, not a regular file, unreadable, not a
 * session file, of a newer version, cut short, damaged, its tables not as we make them. A file that another mitmtop is
 * writing may be read; what it holds then is what was committed when the call began. */
struct flow_db *flow_db_open_read(const char *path, struct errmsg *why);
/* Makes the file (0600, never through a symbolic link), or continues one that is there, migrating it; an empty one counts as new.
 * Refused likewise, when it is another user's, and when a process has it open for writing ("is being written by another mitmtop
 * (process 4711)"). One process must not try to open two writers on a file (flow_file.h). */
struct flow_db *flow_db_open_write(const char *path, struct errmsg *why);
/* A writer leaves one plain file behind (no -wal, no -shm) unless somebody still reads it: close the reading handles first. It
 * blanks the flows that are marked as deleted: number, figures and marks stay. NULL is allowed. */
void flow_db_close(struct flow_db *db);
/* "SQLite 3.40.1" */
const char *flow_db_library(void);

/* Largest numbers in the file; 0 when empty. */
int flow_db_last(struct flow_db *db, uint64_t *flow, uint64_t *conn, struct errmsg *why);

/* ---- writing: between begin and commit; after an error only rollback ---- */

int flow_db_begin(struct flow_db *db, struct errmsg *why);
/* On an error everything since begin is rolled back, the handle can be used on, and `why` says what the disk said ("No space left on device", "database or disk is full"). */
int flow_db_commit(struct flow_db *db, struct errmsg *why);
void flow_db_rollback(struct flow_db *db);
/* Bytes that it takes on the disk. */
uint64_t flow_db_bytes(const struct flow_db *db);
/* Writes or replaces a connection with its TLS facts, by c->number. */
int flow_db_put_conn(struct flow_db *db, const struct flow_conn *c, struct errmsg *why);
/* Writes or replaces summary and details of a flow, its originals included, not its bodies nor its comment. conn: number of its connection, 0: none; f->detail->conn is used for
 * begin_us only when it is not NULL. What is absent now but was there when it was last written stays in the file: all details when
 * f->detail is NULL, each head, trailer and remedy, the connection. */
int flow_db_put_flow(struct flow_db *db, const struct flow *f, uint64_t conn, struct errmsg *why);
/* Writes or replaces a message of a WebSocket, the seq-th of the flow, counted from 0; wall_ns: when it came. */
int flow_db_put_message(struct flow_db *db, uint64_t number, uint32_t seq, const struct flow_message *m, uint64_t wall_ns, struct errmsg *why);
/* Writes a piece of a body; seq counts from 0 for each flow and direction. */
int flow_db_put_piece(struct flow_db *db, uint64_t number, enum flow_dir dir, uint32_t seq, struct span data, struct errmsg *why);
/* Only the marks and, when it is not NULL, the comment ("" takes it away) of a flow that is in the file; another number changes nothing. */
int flow_db_put_marks(struct flow_db *db, uint64_t number, bool marked, bool deleted, const char *comment, struct errmsg *why);

/* ---- reading ---- */

/* Calls each() with the summaries of flows first..last in order (details NULL, spans valid during the call, summary_bytes 0) until it returns
 * false. Numbers that are not in the file are passed over; so is a row that cannot be read, but the call fails in the end. f->ended is always set, times are as flow.h says with
 * mono_ns = FLOW_DB_MONO_NS + begin_us; a flow that had not ended when it was last written has why = "the recording ended before this flow did". */
int flow_db_rows(struct flow_db *db, uint64_t first, uint64_t last, bool (*each)(void *arg, const struct flow *f), void *arg,
    struct errmsg *why);
/* Calls each() with the numbers of all flows that are marked or deleted, ascending. */
int flow_db_flagged(struct flow_db *db, void (*each)(void *arg, uint64_t number, bool marked, bool deleted), void *arg,
    struct errmsg *why);
/* One flow with details, its connection (c->refs == 1, unshared), its bodies, up to body_max_bytes of each, and its messages until the texts in them are more than
 * that and FLOW_DB_HEAD_MAX; allocated, for flow_free_loaded.
 * ERR_NOTFOUND: no such number. body.kept is all that is in the file, pieces what was loaded, from the first on; f->spilled: of
 * a body not all was loaded. */
int flow_db_load(struct flow_db *db, uint64_t number, uint64_t body_max_bytes, struct flow **out, struct errmsg *why);
void flow_free_loaded(struct flow *f); /* NULL is allowed */
void flow_conn_free_loaded(struct flow_conn *c); /* drops a reference to the connection of one; NULL is allowed */
/* A copy of a summary (without details), all its text in f->text, f->why and f->comment; for flow_free_loaded. */
struct flow *flow_copy_summary(const struct flow *f);

#define FLOW_DB_MONO_NS 1000000000ull

#endif
