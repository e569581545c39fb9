/* SPDX-License-Identifier: MIT
 * The session file through SQLite. The statements stand in one table; a struct db_bind fills one in, a struct db_row reads and checks
 * what one returns. */
#include "flow/flow_db_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/escape.h"
#include "base/mem.h"

enum {
	DB_BUSY_MS = 2000,           /* waited for another program's lock */
	DB_OPEN_STEPS = 20000000,    /* of SQLite's machine while a file is opened: a schema without end is given up */
	DB_STEPS_EACH = 10000,
	DB_SQL_MAX = 8192            /* of one statement, the file's own included */
};

/* ---- errors and statements ---- */

/* What the last call that failed has to say; `what` is what was tried: "read", "write". */
static int
db_error(struct flow_db *db, const char *what, struct errmsg *why)
{
	/* SQLite's own record of errno is not always kept. */
	int last = errno;
	int rc = db->sqlite ? sqlite3_extended_errcode(db->sqlite) : SQLITE_NOMEM;
	int e = db->sqlite ? sqlite3_system_errno(db->sqlite) : 0;
	char text[200];

	escape_text(text, sizeof text,
	    span_str(db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(rc)), ESCAPE_UTF8);
	if (rc == SQLITE_IOERR_SHORT_READ)
		return err_set(why, ERR_SYNTAX, "%s is damaged: it ends early", db->name);
	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		return err_set(why, ERR_REFUSED, "%s is not a session file", db->name);
	case SQLITE_INTERRUPT:
		return err_set(
		    why, ERR_SYNTAX, "%s is damaged: its list of tables has no end", db->name);
	case SQLITE_FULL:
		e = ENOSPC;
		break;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		e = e ? e : rc == SQLITE_IOERR_NOMEM ? ENOMEM : last;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_ERROR:
	case SQLITE_TOOBIG:
		return err_set(why, ERR_SYNTAX, "%s is damaged: %s", db->name, text);
	default:
		e = 0;
	}
	return err_set(why, ERR_SYSTEM, "cannot %s %s: %s", what, db->name, e ? strerror(e) : text);
}

static int
db_exec(struct flow_db *db, const char *sql, struct errmsg *why)
{
	int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_error(db, db->writer ? "write" : "read", why);
}

/* Statements are prepared when first used and kept for the handle's life. */
static sqlite3_stmt *
db_stmt(struct flow_db *db, enum flow_sql which, struct errmsg *why)
{
	if (!db->stmt[which] &&
	    sqlite3_prepare_v3(db->sqlite, flow_sql_text(which, db->version), -1, SQLITE_PREPARE_PERSISTENT,
		&db->stmt[which], NULL) != SQLITE_OK)
		db_error(db, "use", why);
	return db->stmt[which];
}

/* Runs a statement that returns nothing. */
static int
db_run(struct flow_db *db, sqlite3_stmt *st, struct errmsg *why)
{
	int rc = sqlite3_step(st);

	if (rc != SQLITE_DONE)
		rc = db_error(db, "write", why);
	else
		rc = 0;
	sqlite3_reset(st);
	return rc;
}

static int
db_do(struct flow_db *db, enum flow_sql which, struct errmsg *why)
{
	sqlite3_stmt *st = db_stmt(db, which, why);

	return st ? db_run(db, st, why) : ERR_SYSTEM;
}

/* ---- values out ---- */

static void
bind_rc(struct db_bind *b, int rc)
{
	if (rc != SQLITE_OK && b->rc == SQLITE_OK)
		b->rc = rc;
}

void
db_bind_int(struct db_bind *b, uint64_t v)
{
	bind_rc(b, sqlite3_bind_int64(b->st, ++b->at,
		       v > INT64_MAX ? INT64_MAX : (sqlite3_int64)v));
}

static void
db_bind_null(struct db_bind *b)
{
	bind_rc(b, sqlite3_bind_null(b->st, ++b->at));
}

void
db_bind_known(struct db_bind *b, bool known, uint64_t v)
{
	if (known)
		db_bind_int(b, v);
	else
		db_bind_null(b);
}

/* Valid UTF-8 without NUL: what the sqlite3 shell can show and compare as text. */
static bool
is_text(struct span s)
{
	for (size_t i = 0; i < s.n;) {
		unsigned cp;
		size_t k = (signed char)s.p[i] > 0 ? 1 : escape_utf8_decode(s.p + i, s.n - i, &cp);
		if (!k || !s.p[i])
			return false;
		i += k;
	}
	return true;
}

void
db_bind_blob(struct db_bind *b, struct span s, size_t max)
{
	size_t n = s.n < max ? s.n : max;

	if (s.p)
		bind_rc(b, sqlite3_bind_blob64(b->st, ++b->at, s.p, n, SQLITE_STATIC));
	else
		db_bind_null(b);
}

void
db_bind_text(struct db_bind *b, struct span s)
{
	if (s.n > FLOW_DB_TEXT_MAX)
		s.n = FLOW_DB_TEXT_MAX;
	if (s.p && is_text(s))
		bind_rc(b, sqlite3_bind_text64(
			       b->st, ++b->at, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8));
	else
		db_bind_blob(b, s, FLOW_DB_TEXT_MAX);
}

int
db_bind_begin(struct db_bind *b, struct flow_db *db, enum flow_sql which, struct errmsg *why)
{
	*b = (struct db_bind){.db = db, .st = db_stmt(db, which, why), .why = why};
	return b->st ? 0 : ERR_SYSTEM;
}

int
db_bind_run(struct db_bind *b)
{
	return b->rc == SQLITE_OK ? db_run(b->db, b->st, b->why)
				  : db_error(b->db, "write", b->why);
}

/* ---- values in ---- */

void
db_row_bad(struct db_row *r, int column, const char *what)
{
	if (!r->rc)
		r->rc = err_set(r->why, ERR_SYNTAX, "%s is damaged: %s %" PRIu64 ": %s %s",
		    r->db->name, r->table, r->number, sqlite3_column_name(r->st, column), what);
}

int64_t
db_row_int(struct db_row *r, int64_t min, int64_t max)
{
	int column = r->at++;
	int64_t v;

	if (sqlite3_column_type(r->st, column) != SQLITE_INTEGER) {
		db_row_bad(r, column, "is not a number");
		return min;
	}
	v = sqlite3_column_int64(r->st, column);
	if (v >= min && v <= max)
		return v;
	db_row_bad(r, column, "is out of range");
	return min;
}

bool
db_row_bool(struct db_row *r)
{
	return db_row_int(r, 0, 1) == 1;
}

bool
db_row_null(struct db_row *r)
{
	bool null = sqlite3_column_type(r->st, r->at) == SQLITE_NULL;

	r->at += null;
	return null;
}

int64_t
db_row_int_or_null(struct db_row *r, int64_t max)
{
	return db_row_null(r) ? 0 : db_row_int(r, 0, max);
}

struct span
db_row_span(struct db_row *r, int max)
{
	int column = r->at++, type = sqlite3_column_type(r->st, column);
	const char *p;
	int n;

	if (type == SQLITE_NULL)
		return SPAN_NONE;
	if (type != SQLITE_TEXT && type != SQLITE_BLOB) {
		db_row_bad(r, column, "is neither text nor bytes");
		return SPAN_NONE;
	}
	p = sqlite3_column_blob(r->st, column);
	n = sqlite3_column_bytes(r->st, column);
	if (n > max)
		db_row_bad(r, column, "is too long");
	else if (n > 0 && !p)
		db_row_bad(r, column, "could not be read");
	else
		return span_of(n ? p : "", (size_t)n);
	return SPAN_NONE;
}

const char *
db_row_words(struct db_row *r)
{
	int column = r->at;
	struct span s = db_row_span(r, FLOW_DB_TEXT_MAX);

	if (!s.p)
		return NULL;
	if (s.n && memchr(s.p, '\0', s.n)) {
		db_row_bad(r, column, "holds a NUL");
		return NULL;
	}
	/* Bytes become text here, which ends in a NUL. */
	return (const char *)sqlite3_column_text(r->st, column);
}

int
db_row_query(struct db_row *r, enum flow_sql which, uint64_t a, uint64_t b)
{
	r->st = db_stmt(r->db, which, r->why);
	r->at = 0;
	if (!r->st)
		return r->rc = ERR_SYSTEM;
	if (sqlite3_bind_parameter_count(r->st) > 0)
		sqlite3_bind_int64(r->st, 1, (sqlite3_int64)a);
	if (sqlite3_bind_parameter_count(r->st) > 1)
		sqlite3_bind_int64(r->st, 2, (sqlite3_int64)b);
	return 0;
}

bool
db_row_next(struct db_row *r)
{
	int rc = r->rc ? SQLITE_DONE : sqlite3_step(r->st);

	r->at = 0;
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		r->rc = db_error(r->db, "read", r->why);
	return false;
}

int
db_row_end(struct db_row *r)
{
	if (r->st)
		sqlite3_reset(r->st);
	r->st = NULL;
	return r->rc;
}

/* ---- opening ---- */

static int
db_steps(void *arg)
{
	struct flow_db *db = arg;

	db->steps -= DB_STEPS_EACH;
	return db->steps <= 0;
}

/* Nothing in a file may act: it is data that somebody may have made to harm us (threat T70). */
static void
db_harden(struct flow_db *db)
{
	static const struct {
		int what, on;
	} config[] = {
	    {SQLITE_DBCONFIG_DEFENSIVE, 1},
	    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
	    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
	    {SQLITE_DBCONFIG_ENABLE_FKEY, 0},
	    {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
	    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	    {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
	};
	static const struct {
		int what, max;
	} limit[] = {
	    {SQLITE_LIMIT_LENGTH, 4 * FLOW_DB_HEAD_MAX + 2 * FLOW_DB_TEXT_MAX},
	    {SQLITE_LIMIT_SQL_LENGTH, DB_SQL_MAX},
	    {SQLITE_LIMIT_COLUMN, 100},
	    {SQLITE_LIMIT_EXPR_DEPTH, 50},
	    {SQLITE_LIMIT_COMPOUND_SELECT, 4},
	    {SQLITE_LIMIT_ATTACHED, 0},
	    {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
	    {SQLITE_LIMIT_WORKER_THREADS, 0},
	};

	for (size_t i = 0; i < sizeof config / sizeof config[0]; i++)
		sqlite3_db_config(db->sqlite, config[i].what, config[i].on, NULL);
	for (size_t i = 0; i < sizeof limit / sizeof limit[0]; i++)
		sqlite3_limit(db->sqlite, limit[i].what, limit[i].max);
	sqlite3_extended_result_codes(db->sqlite, 1);
	sqlite3_busy_timeout(db->sqlite, DB_BUSY_MS);
	db->steps = DB_OPEN_STEPS;
	sqlite3_progress_handler(db->sqlite, DB_STEPS_EACH, db_steps, db);
}

/* path is a file: URI when flags say so. */
static int
db_connect(struct flow_db *db, const char *path, int flags, struct errmsg *why)
{
	flags |= SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
	if (sqlite3_open_v2(path, &db->sqlite, flags, NULL) != SQLITE_OK)
		return db_error(db, "open", why);
	db_harden(db);
	return 0;
}

/* A file that is mapped kills the process when somebody cuts it: mmap_size = 0. */
static int
db_settle(struct flow_db *db, struct errmsg *why)
{
	return db_exec(db,
	    "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
	    "PRAGMA cache_size = -8192; PRAGMA synchronous = NORMAL",
	    why);
}

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int
db_cut_short(const struct flow_db *db, uint64_t have, uint64_t want, struct errmsg *why)
{
	static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB"};
	const uint64_t size[] = {have, want};
	char text[2][32];

	for (int i = 0; i < 2; i++) {
		unsigned u = size[i] < 1024 ? 0 : size[i] < 1 << 20 ? 1 : size[i] < 1 << 30 ? 2 : 3;
		double v = (double)size[i] / (double)(1ull << 10 * u);
		snprintf(text[i], sizeof text[i], u && v < 10 ? "%.1f %s" : "%.0f %s", v, unit[u]);
	}
	return err_set(
	    why, ERR_SYNTAX, "%s is cut short: %s of %s", db->name, text[0], text[1]);
}

/* The first bytes, read through SQLite's own descriptor (flow_file.h says why). What a journal or -wal has to add makes the size
 * meaningless; the -wal is looked for first, since its writer may be about to fold it into the file. */
static int
db_check_size(struct flow_db *db, struct errmsg *why)
{
	bool journal = flow_file_has(&db->file, "-wal") || flow_file_has(&db->file, "-journal");
	unsigned char h[100] = {0};
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;

	sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (!file || !file->pMethods || file->pMethods->xFileSize(file, &size) != SQLITE_OK)
		return err_set(why, ERR_SYSTEM, "cannot read %s", db->name);
	if (size == 0 && db->writer)
		return 0;
	int rc = file->pMethods->xRead(file, h, sizeof h, 0);
	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		return err_set(why, ERR_SYSTEM, "cannot read %s: %s", db->name, strerror(errno));
	if (memcmp(h, "SQLite format 3", 16) != 0)
		return err_set(why, ERR_REFUSED, "%s is not a session file", db->name);
	uint64_t page = (uint64_t)h[16] << 8 | h[17];
	uint64_t want = (page == 1 ? 65536 : page) * be32(h + 28);
	/* The count of pages holds when it was written along with the counter of changes. */
	if (want < sizeof h || be32(h + 24) != be32(h + 92))
		want = sizeof h;
	if (!journal && want > (uint64_t)size)
		return db_cut_short(db, (uint64_t)size, want, why);
	return 0;
}

static int
db_pragma(struct flow_db *db, const char *sql, char out[32], struct errmsg *why)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &st, NULL);
	const char *text = NULL;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(st, 0);
	if (text)
		snprintf(out, 32, "%s", text);
	else
		rc = db_error(db, "read", why);
	sqlite3_finalize(st);
	return text ? 0 : rc;
}

static int
db_check_version(struct flow_db *db, struct errmsg *why)
{
	char id[32], version[32], encoding[32];
	long v;
	int rc = db_pragma(db, "PRAGMA application_id", id, why);

	if (!rc)
		rc = db_pragma(db, "PRAGMA user_version", version, why);
	if (!rc)
		rc = db_pragma(db, "PRAGMA encoding", encoding, why);
	if (rc)
		return rc;
	v = strtol(version, NULL, 10);
	if (strtol(id, NULL, 10) != FLOW_SCHEMA_APPLICATION_ID)
		return err_set(why, ERR_REFUSED,
		    "%s is not a session file but a database of another program", db->name);
	if (v > FLOW_DB_VERSION)
		return err_set(why, ERR_RANGE,
		    "%s is of version %ld, this mitmtop reads up to %d: use a newer mitmtop",
		    db->name, v, FLOW_DB_VERSION);
	if (v < 1 || strcmp(encoding, "UTF-8") != 0)
		return err_set(why, ERR_SYNTAX, "%s is damaged: its version is %ld, its text %s",
		    db->name, v, encoding);
	db->version = (int)v;
	return 0;
}

static bool
begins_with(const char *s, const char *what)
{
	return s && strncmp(s, what, strlen(what)) == 0;
}

/* One row of the list of tables: what it says must be ours to the letter, or a plain table or index of the user's own. SQLite goes
 * by the text, whatever the column type says. */
static int
db_check_object(struct flow_db *db, sqlite3_stmt *st, unsigned *seen, struct errmsg *why)
{
	const char *type = (const char *)sqlite3_column_text(st, 0);
	const char *name = (const char *)sqlite3_column_text(st, 1);
	const char *table = (const char *)sqlite3_column_text(st, 2);
	const char *sql = (const char *)sqlite3_column_text(st, 3);
	const struct flow_schema_object *o = name ? flow_schema_find(name, db->version) : NULL;
	bool index = begins_with(sql, "CREATE INDEX ") || begins_with(sql, "CREATE UNIQUE INDEX ");
	char shown[80];

	escape_text(shown, sizeof shown, span_str(name ? name : "?"), ESCAPE_UTF8);
	if (o && type && sql && strcmp(type, o->type) == 0 && strcmp(sql, o->sql) == 0) {
		*seen |= 1u << (o - flow_schema);
		return 0;
	}
	if (o)
		return err_set(why, ERR_REFUSED,
		    "%s is not a session file as mitmtop makes it: %s %s is another", db->name,
		    o->type, o->name);
	if (sql && !index && !begins_with(sql, "CREATE TABLE "))
		return err_set(why, ERR_REFUSED,
		    "%s is not a session file as mitmtop makes it: it holds %s, which is no plain"
		    " table",
		    db->name, shown);
	/* Reading passes over indexes; writing would have to fill them. */
	o = table ? flow_schema_find(table, db->version) : NULL;
	if (db->writer && index && o)
		return err_set(why, ERR_REFUSED,
		    "%s has an index %s that mitmtop did not make: drop it to continue the session",
		    db->name, shown);
	return 0;
}

static int
db_check_schema(struct flow_db *db, struct errmsg *why)
{
	sqlite3_stmt *st = NULL;
	unsigned seen = 0;
	int rc = sqlite3_prepare_v2(db->sqlite,
	    "SELECT type, name, tbl_name, sql FROM sqlite_schema", -1, &st, NULL);

	if (rc != SQLITE_OK)
		return db_error(db, "read", why);
	for (rc = 0; !rc;) {
		int step = sqlite3_step(st);
		if (step == SQLITE_DONE)
			break;
		rc = step == SQLITE_ROW ? db_check_object(db, st, &seen, why)
					: db_error(db, "read", why);
	}
	sqlite3_finalize(st);
	for (unsigned i = 0; !rc && i < FLOW_SCHEMA_OBJECTS; i++)
		if (flow_schema_has(&flow_schema[i], db->version) && !(seen >> i & 1))
			rc = err_set(why, ERR_REFUSED,
			    "%s is not a session file as mitmtop makes it: it has no %s %s",
			    db->name, flow_schema[i].type, flow_schema[i].name);
	return rc;
}

static int
db_check(struct flow_db *db, struct errmsg *why)
{
	int rc = db_check_version(db, why);

	return rc ? rc : db_check_schema(db, why);
}

/* Makes what the versions after the file's have brought; from 0 it makes all. */
static int
db_migrate(struct flow_db *db, struct errmsg *why)
{
	char text[96];
	int rc = db_exec(db, "BEGIN IMMEDIATE", why);

	for (unsigned i = 0; !rc && i < FLOW_SCHEMA_OBJECTS; i++) {
		const struct flow_schema_object *o = &flow_schema[i];
		if (o->since <= db->version || !flow_schema_has(o, FLOW_DB_VERSION))
			continue;
		bool replaces = o->make && flow_schema_find(o->name, db->version);
		rc = db_exec(db, replaces ? o->make : o->sql, why);
	}
	snprintf(text, sizeof text, "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    FLOW_SCHEMA_APPLICATION_ID, FLOW_DB_VERSION);
	if (!rc)
		rc = db_exec(db, text, why);
	if (!rc)
		rc = db_exec(db, "COMMIT", why);
	if (rc)
		flow_db_rollback(db);
	else
		db->version = FLOW_DB_VERSION;
	return rc;
}

static struct flow_db *
db_new(const char *name, bool writer)
{
	struct flow_db *db = mem_zalloc(sizeof *db);

	db->name = mem_strdup(name);
	db->writer = writer;
	return db;
}

static void
db_disconnect(struct flow_db *db)
{
	for (unsigned i = 0; i < FLOW_SQL_COUNT; i++)
		sqlite3_finalize(db->stmt[i]);
	memset(db->stmt, 0, sizeof db->stmt);
	sqlite3_close(db->sqlite);
	db->sqlite = NULL;
}

static struct flow_db *
db_opened(struct flow_db *db, int rc)
{
	if (rc) {
		db->writer = false;
		flow_db_close(db);
		return NULL;
	}
	sqlite3_progress_handler(db->sqlite, 0, NULL, NULL);
	return db;
}

/* SQLite then takes no locks and makes no files. */
static int
db_connect_immutable(struct flow_db *db, struct errmsg *why)
{
	struct buf uri;
	int rc;

	buf_init(&uri, 1 << 16);
	buf_add_str(&uri, "file:");
	for (const char *p = db->file.path; *p; p++)
		buf_addf(&uri, strchr("%?#", *p) ? "%%%02x" : "%c", (unsigned char)*p);
	buf_add_str(&uri, "?immutable=1");
	buf_add(&uri, "", 1);
	db_disconnect(db);
	rc = db_connect(db, uri.p, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, why);
	buf_fini(&uri);
	return rc;
}

static int
db_start_read(struct flow_db *db, struct errmsg *why)
{
	int rc = db_settle(db, why);

	return rc ? rc : db_check(db, why);
}

/* True when the last call failed because there is no -shm and none can be made. */
static bool
db_wants_shm(const struct flow_db *db)
{
	int rc = db->sqlite ? sqlite3_errcode(db->sqlite) & 0xff : SQLITE_OK;

	return rc == SQLITE_CANTOPEN || rc == SQLITE_READONLY;
}

struct flow_db *
flow_db_open_read(const char *path, struct errmsg *why)
{
	struct flow_db *db = db_new(path, false);
	struct errmsg first;
	int rc = flow_file_open_read(&db->file, path, why);

	if (!rc)
		rc = db_connect(db, db->file.path, SQLITE_OPEN_READONLY, why);
	if (!rc)
		rc = db_check_size(db, why);
	if (rc)
		return db_opened(db, rc);
	rc = db_start_read(db, &first);
	if (rc == ERR_SYSTEM && db_wants_shm(db)) {
		if (flow_file_has(&db->file, "-wal") || flow_file_has(&db->file, "-journal"))
			rc = err_set(&first, rc,
			    "cannot read %s in a folder that cannot be written: copy it, with its"
			    " -wal, to another", path);
		else if (!(rc = db_connect_immutable(db, &first)))
			rc = db_start_read(db, &first);
	}
	if (rc)
		err_set(why, rc, "%s", first.text);
	return db_opened(db, rc);
}

/* A new file gets its tables in one transaction with a journal, and only then its -wal: a crash in between leaves an empty
 * file or a whole one. */
static int
db_prepare_write(struct flow_db *db, struct errmsg *why)
{
	char pages[32];
	int rc = db_check_size(db, why);

	if (!rc)
		rc = db_settle(db, why);
	if (!rc)
		rc = db_pragma(db, "PRAGMA page_count", pages, why);
	if (!rc && strcmp(pages, "0") == 0)
		rc = db_exec(db, "PRAGMA page_size = 16384", why);
	else if (!rc)
		rc = db_check(db, why);
	if (!rc && db->version < FLOW_DB_VERSION)
		rc = db_migrate(db, why);
	if (!rc)
		rc = db_exec(db,
		    "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 2000;"
		    "PRAGMA journal_size_limit = 67108864",
		    why);
	return rc;
}

struct flow_db *
flow_db_open_write(const char *path, struct errmsg *why)
{
	struct flow_db *db = db_new(path, true);
	int rc = flow_file_open_write(&db->file, path, why);

	if (!rc)
		rc = db_connect(db, db->file.path, SQLITE_OPEN_READWRITE, why);
	if (!rc)
		rc = db_prepare_write(db, why);
	if (rc && db->file.created)
		unlink(db->file.path);
	return db_opened(db, rc);
}

/* What the user deleted leaves the file, bytes and all; the number stays, so that no other flow gets it. */
static void
db_blank_deleted(struct flow_db *db)
{
	if (db_exec(db, flow_sql_blank, NULL))
		flow_db_rollback(db);
}

void
flow_db_close(struct flow_db *db)
{
	if (!db)
		return;
	if (db->writer) {
		flow_db_rollback(db);
		db_blank_deleted(db);
		/* Folds the -wal into the file. While somebody reads it stays: nobody waits for that. */
		sqlite3_busy_timeout(db->sqlite, 0);
		db_exec(db, "PRAGMA journal_mode = DELETE", NULL);
	}
	db_disconnect(db);
	flow_file_close(&db->file);
	free(db->name);
	free(db);
}

const char *
flow_db_library(void)
{
	static char text[32];

	if (!text[0])
		snprintf(text, sizeof text, "SQLite %s", sqlite3_libversion());
	return text;
}

/* ---- transactions ---- */

int
flow_db_begin(struct flow_db *db, struct errmsg *why)
{
	/* SQLite would write on into what nobody can open any more. */
	int rc = flow_file_still_there(&db->file, db->name, why);

	return rc ? rc : db_do(db, FLOW_SQL_BEGIN, why);
}

int
flow_db_commit(struct flow_db *db, struct errmsg *why)
{
	int rc = db_do(db, FLOW_SQL_COMMIT, why);

	if (rc)
		flow_db_rollback(db);
	return rc;
}

/* SQLite has already done so itself after some errors. */
uint64_t
flow_db_bytes(const struct flow_db *db)
{
	return flow_file_bytes(&db->file);
}

void
flow_db_rollback(struct flow_db *db)
{
	if (!sqlite3_get_autocommit(db->sqlite))
		sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

int
db_begin_read(struct flow_db *db, struct errmsg *why)
{
	int rc;

	if (!sqlite3_get_autocommit(db->sqlite))
		return 0;
	rc = db_do(db, FLOW_SQL_BEGIN_READ, why);
	return rc ? rc : 1;
}
