/* SPDX-License-Identifier: MIT
 * Session files: what goes in comes out, whatever happens to the writer, and whatever somebody did to the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/mem.h"
#include "flow/flow_db.h"

enum { SMALL_FLOWS = 40, PAGE = 16384, FLIPS = 3000, MS = 1000000 };

static char folder[256];

static void
remove_files(void)
{
	DIR *d = opendir(folder);

	for (struct dirent *e; d && (e = readdir(d));)
		unlinkat(dirfd(d), e->d_name, e->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	closedir(d);
}

static int
setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof folder, "%s/mitmtop-flow-db-XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(folder) ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	remove_files();
	return rmdir(folder);
}

/* A path in the test's folder; valid for the next few calls. */
static const char *
at(const char *name)
{
	static char path[4][300];
	static unsigned next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

static unsigned
count_files(void)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static char *
slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	struct stat st;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	char *p = mem_alloc((size_t)st.st_size + 1);
	*n = fread(p, 1, (size_t)st.st_size, f);
	assert_int_equal(*n, st.st_size);
	fclose(f);
	return p;
}

static void
spit(const char *path, const char *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

static struct flow_db *
reader(const char *path)
{
	struct errmsg why = {""};
	struct flow_db *db = flow_db_open_read(path, &why);

	if (!db)
		fail_msg("%s", why.text);
	return db;
}

static struct flow_db *
writer(const char *path)
{
	struct errmsg why = {""};
	struct flow_db *db = flow_db_open_write(path, &why);

	if (!db)
		fail_msg("%s", why.text);
	return db;
}

static void
check_refused(const char *path, bool write, const char *part)
{
	struct errmsg why = {""};
	struct flow_db *db = write ? flow_db_open_write(path, &why) : flow_db_open_read(path, &why);

	assert_null(db);
	if (!strstr(why.text, part) || !strstr(why.text, path))
		fail_msg("\"%s\" is not in \"%s\"", part, why.text);
}

/* What somebody with the sqlite3 shell would do. */
static void
tamper(const char *path, const char *sql)
{
	sqlite3 *s;
	char *err = NULL;

	assert_int_equal(sqlite3_open(path, &s), SQLITE_OK);
	if (sqlite3_exec(s, sql, NULL, NULL, &err) != SQLITE_OK)
		fail_msg("%s: %s", sql, err);
	sqlite3_close(s);
}

static int64_t
ask(const char *path, const char *sql)
{
	sqlite3 *s;
	sqlite3_stmt *st;

	assert_int_equal(sqlite3_open(path, &s), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(s, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(s);
	return v;
}

static void
good(int rc, const struct errmsg *why)
{
	if (rc)
		fail_msg("%d: %s", rc, why->text);
}

/* A plain exchange with one piece of body. */
static int
put_exchange(struct flow_db *db, uint64_t number, struct errmsg *why)
{
	struct flow_detail d = {0};
	struct flow f = {.number = number, .detail = &d, .state = FLOW_S_DONE, .proto = FLOW_H1,
	    .ended = true, .status = 200, .port = 80, .mono_ns = 5 * MS, .end_ns = 9 * MS,
	    .wall_ns = 1700000000000000000};
	char path[40];

	snprintf(path, sizeof path, "/item/%d", (int)number);
	f.method = SPAN_LIT("GET");
	f.host = SPAN_LIT("h.test");
	f.path = span_str(path);
	d.head[0] = SPAN_LIT("GET / HTTP/1.1\r\n\r\n");
	d.body[1].seen = d.body[1].kept = 100;
	int rc = flow_db_put_flow(db, &f, 1, why);
	return rc ? rc : flow_db_put_piece(db, number, FLOW_RESPONSE, 0, span_of(folder, 100), why);
}

static void
put_batch(struct flow_db *db, uint64_t first, uint64_t last)
{
	struct errmsg why = {""};

	good(flow_db_begin(db, &why), &why);
	for (uint64_t n = first; n <= last; n++)
		good(put_exchange(db, n, &why), &why);
	good(flow_db_commit(db, &why), &why);
}

static void
fill_conn(struct flow_conn *c, struct flow_tls *t)
{
	*c = (struct flow_conn){.number = 1, .wall_ns = 77, .mono_ns = 2 * MS, .dns_us = 1,
	    .connect_us = 2, .hello_us = 3, .server_us = 4, .tls = {NULL, t}};
	snprintf(c->client, sizeof c->client, "127.0.0.1:5");
	snprintf(c->sni, sizeof c->sni, "s\xff.test");
	c->pid = UINT32_MAX;
	memset(c->process, '\xfe', sizeof c->process - 1);
	snprintf(c->client_alpn, sizeof c->client_alpn, "h2,http/1.1");
	snprintf(c->client_groups, sizeof c->client_groups, "X25519");
	snprintf(c->ja4, sizeof c->ja4, "t13d");
	c->client_ech = c->client_ticket = true;
	c->hello_held_us = UINT32_MAX;
	*t = (struct flow_tls){.done = true, .verified = true, .chain_len = 3, .handshake_us = 9,
	    .at_us = UINT32_MAX, .why = (char *)(uintptr_t)"because", .remedy = (char *)(uintptr_t)""};
	snprintf(t->group, sizeof t->group, "x25519");
	snprintf(t->staple, sizeof t->staple, "good");
	t->ticket_offered = t->ticket_kept = true;
	snprintf(t->alpn_offered, sizeof t->alpn_offered, "http/1.1");
	memset(t->san, 'a', sizeof t->san - 1);
}

static void
make_small(const char *path)
{
	struct flow_db *db = writer(path);
	struct errmsg why = {""};
	struct flow_conn c;
	struct flow_tls t;

	fill_conn(&c, &t);
	good(flow_db_begin(db, &why), &why);
	good(flow_db_put_conn(db, &c, &why), &why);
	good(flow_db_commit(db, &why), &why);
	put_batch(db, 1, SMALL_FLOWS);
	flow_db_close(db);
}

static bool
count_row(void *arg, const struct flow *f)
{
	unsigned *n = arg;

	assert_true(f->number && f->ended && f->mono_ns >= FLOW_DB_MONO_NS);
	return ++*n > 0;
}

static unsigned
count_rows(struct flow_db *db)
{
	struct errmsg why = {""};
	unsigned n = 0;

	good(flow_db_rows(db, 0, UINT64_MAX, count_row, &n, &why), &why);
	return n;
}

static struct flow *
load(struct flow_db *db, uint64_t number, uint64_t max)
{
	struct errmsg why = {""};
	struct flow *f = NULL;

	good(flow_db_load(db, number, max, &f, &why), &why);
	return f;
}

/* ---- what goes in comes out ---- */

static void
check_spans(const struct flow *f)
{
	assert_true(span_eq(f->method, SPAN_LIT("G\0T")));
	assert_true(span_eq(f->host, SPAN_LIT("h\xff.test")));
	assert_true(f->path.p && f->path.n == 0);
	assert_null(f->content_type.p);
	assert_string_equal(f->why, "se\xc3\xa9 \x80");
}

static void
test_everything_comes_back(void **state)
{
	(void)state;
	struct flow_conn c;
	struct flow_tls t;
	struct errmsg why = {""};
	char *big = mem_alloc(300 << 10);
	memset(big, 'B', 300 << 10);
	fill_conn(&c, &t);
	struct flow_detail d = {.conn = &c, .sent_ns = 6 * MS, .held_us = {2, 300}, .conn_use = 5, .server_conn = 2, .server_use = UINT32_MAX, .remedy = (char *)(uintptr_t)"do"};
	struct flow f = {.number = 7, .detail = &d, .state = FLOW_S_ERROR, .proto = FLOW_WS, .tls = true,
	    .port = 65535, .status = 599, .answered_here = true, .marked = true, .ended = true,
	    .wall_ns = 1700000000123456789, .mono_ns = 5 * MS, .first_byte_ns = 8 * MS,
	    .end_ns = 9 * MS, .bytes = {INT64_MAX, 12}, .why = (char *)(uintptr_t)"se\xc3\xa9 \x80"};
	f.method = SPAN_LIT("G\0T");
	f.host = SPAN_LIT("h\xff.test");
	f.path = SPAN_LIT("");
	d.head[0] = span_of(big, 300 << 10);
	d.head[1] = SPAN_LIT("");
	d.trailer[1] = SPAN_LIT("X: \0\r\n");
	d.body[0] = (struct flow_body){.seen = 20, .kept = 9, .shed = true};
	struct flow_db *db = writer(at("all"));
	good(flow_db_begin(db, &why), &why);
	good(flow_db_put_conn(db, &c, &why), &why);
	good(flow_db_put_flow(db, &f, 1, &why), &why);
	/* In any order, and the second of two stays. */
	good(flow_db_put_piece(db, 7, FLOW_REQUEST, 1, SPAN_LIT("45"), &why), &why);
	good(flow_db_put_piece(db, 7, FLOW_REQUEST, 0, SPAN_LIT("wrong"), &why), &why);
	good(flow_db_put_piece(db, 7, FLOW_REQUEST, 300, SPAN_LIT("\0789"), &why), &why);
	good(flow_db_put_piece(db, 7, FLOW_REQUEST, 0, SPAN_LIT("0123"), &why), &why);
	good(flow_db_commit(db, &why), &why);
	flow_db_close(db);

	db = reader(at("all"));
	struct flow *g = load(db, 7, 1 << 20);
	check_spans(g);
	assert_true(g->state == FLOW_S_ERROR && g->proto == FLOW_WS && g->tls && g->port == 65535);
	assert_true(g->status == 599 && g->answered_here && g->marked && !g->deleted && g->ended);
	assert_true(g->wall_ns == f.wall_ns && g->bytes[0] == INT64_MAX && g->bytes[1] == 12);
	assert_int_equal(g->mono_ns, FLOW_DB_MONO_NS + 3 * MS);
	assert_int_equal(flow_duration_us(g, 0), 4000);
	assert_int_equal(flow_ttfb_us(g), 3000);
	assert_int_equal(g->detail->sent_ns, g->mono_ns + MS);
	assert_true(g->detail->conn_use == 5 && g->detail->server_conn == 2 && g->detail->server_use == UINT32_MAX);
	assert_true(g->detail->held_us[0] == 2 && g->detail->held_us[1] == 300);
	assert_string_equal(flow_remedy(g), "do");
	assert_true(span_eq(flow_head(g, FLOW_REQUEST), d.head[0]));
	assert_true(flow_head(g, FLOW_RESPONSE).p && flow_head(g, FLOW_RESPONSE).n == 0);
	assert_null(flow_trailer(g, FLOW_REQUEST).p);
	assert_true(span_eq(flow_trailer(g, FLOW_RESPONSE), d.trailer[1]));
	const struct flow_body *b = flow_body(g, FLOW_REQUEST);
	char out[32];
	assert_int_equal(flow_body_copy(b, out, sizeof out), 9);
	assert_memory_equal(out, "012345\07" "89", 9);
	assert_true(b->seen == 20 && b->kept == 9 && b->shed && b->npieces == 3);
	assert_true(b->saved == 3 && b->next_seq == 301 && flow_is_whole(g));
	const struct flow_conn *k = flow_conn(g);
	assert_true(k->refs == 1 && k->number == 1 && k->wall_ns == 77 && k->server_us == 4);
	assert_int_equal(k->mono_ns, FLOW_DB_MONO_NS);
	assert_string_equal(k->client, c.client);
	assert_string_equal(k->sni, c.sni);
	assert_true(k->pid == UINT32_MAX && !k->process_due);
	assert_string_equal(k->process, c.process);
	assert_string_equal(k->client_alpn, c.client_alpn);
	assert_null(k->tls[0]);
	assert_true(k->tls[1]->done && !k->tls[1]->failed && k->tls[1]->verified);
	assert_true(k->tls[1]->chain_len == 3 && k->tls[1]->at_us == UINT32_MAX);
	assert_string_equal(k->tls[1]->group, "x25519");
	assert_string_equal(k->tls[1]->san, t.san);
	assert_string_equal(k->tls[1]->staple, "good");
	assert_true(k->tls[1]->ticket_offered && k->tls[1]->ticket_kept && k->client_ech && k->client_ticket && k->hello_held_us == UINT32_MAX);
	assert_string_equal(k->tls[1]->alpn_offered, "http/1.1");
	assert_string_equal(k->client_groups, "X25519");
	assert_string_equal(k->ja4, "t13d");
	assert_string_equal(k->tls[1]->why, "because");
	assert_string_equal(k->tls[1]->remedy, "");
	flow_free_loaded(g);
	/* As much as was asked for. */
	g = load(db, 7, 5);
	assert_int_equal(flow_body_copy(flow_body(g, FLOW_REQUEST), out, sizeof out), 5);
	assert_memory_equal(out, "01234", 5);
	assert_int_equal(flow_body(g, FLOW_REQUEST)->kept, 9);
	assert_false(flow_is_whole(g));
	flow_free_loaded(g);
	g = load(db, 7, 0);
	assert_int_equal(flow_body(g, FLOW_REQUEST)->npieces, 0);
	flow_free_loaded(g);
	uint64_t flow, conn;
	good(flow_db_last(db, &flow, &conn, &why), &why);
	assert_true(flow == 7 && conn == 1);
	assert_int_equal(flow_db_load(db, 8, 1, &g, &why), ERR_NOTFOUND);
	assert_non_null(strstr(why.text, "has no flow 8"));
	flow_db_close(db);
	free(big);
}

static bool
check_open_row(void *arg, const struct flow *f)
{
	*(struct flow **)arg = flow_copy_summary(f);
	return false;
}

static void
test_open_flow_ends_with_the_recording(void **state)
{
	(void)state;
	struct errmsg why = {""};
	struct flow_detail d = {.sent_ns = 6 * MS};
	struct flow f = {.number = 1, .detail = &d, .state = FLOW_S_WAIT, .mono_ns = 5 * MS};
	struct flow_db *db = writer(at("open"));
	good(flow_db_begin(db, &why), &why);
	good(flow_db_put_flow(db, &f, 0, &why), &why);
	f.number = 2;
	good(flow_db_put_flow(db, &f, 0, &why), &why);
	good(flow_db_commit(db, &why), &why);
	struct flow *row = NULL;
	good(flow_db_rows(db, 1, 9, check_open_row, &row, &why), &why);
	assert_true(row->number == 1 && row->ended && row->state == FLOW_S_WAIT && !row->first_byte_ns);
	assert_string_equal(row->why, "the recording ended before this flow did");
	assert_int_equal(row->end_ns - row->mono_ns, MS);
	assert_null(row->method.p);
	flow_free_loaded(row);
	flow_db_close(db);
}

static void
test_written_again(void **state)
{
	(void)state;
	struct errmsg why = {""};
	make_small(at("again"));
	tamper(at("again"), "UPDATE flow SET comment = 'mine' WHERE number = 3");
	struct flow_db *db = writer(at("again"));
	uint64_t flow, conn;
	good(flow_db_last(db, &flow, &conn, &why), &why);
	assert_true(flow == SMALL_FLOWS && conn == 1);
	/* The heads have left memory; then all of the details. */
	struct flow_detail d = {.body[1].seen = 500};
	struct flow f = {.number = 3, .detail = &d, .state = FLOW_S_DONE, .ended = true, .marked = true};
	f.host = SPAN_LIT("new.test");
	good(flow_db_begin(db, &why), &why);
	good(flow_db_put_flow(db, &f, 0, &why), &why);
	f.detail = NULL;
	good(flow_db_put_flow(db, &f, 0, &why), &why);
	good(flow_db_commit(db, &why), &why);
	struct flow *g = load(db, 3, 1000);
	assert_true(g->marked && span_eq(g->host, SPAN_LIT("new.test")));
	assert_true(flow_head(g, FLOW_REQUEST).n > 0 && flow_body(g, FLOW_RESPONSE)->seen == 500);
	assert_non_null(flow_conn(g));
	flow_free_loaded(g);
	flow_db_close(db);
	assert_int_equal(ask(at("again"), "SELECT count(*) FROM flow WHERE comment = 'mine'"), 1);
	assert_int_equal(count_files(), 1);
}

static void
add_flag(void *arg, uint64_t number, bool marked, bool deleted)
{
	*(uint64_t *)arg = *(uint64_t *)arg * 1000 + number * 10 + marked * 2 + deleted;
}

static void
test_deleted_flows_are_blanked_at_the_end(void **state)
{
	(void)state;
	struct errmsg why = {""};
	uint64_t flags = 0;
	size_t n;
	make_small(at("del"));
	struct flow_db *db = writer(at("del"));
	good(flow_db_begin(db, &why), &why);
	good(flow_db_put_marks(db, 17, false, true, NULL, &why), &why);
	good(flow_db_put_marks(db, 20, true, false, NULL, &why), &why);
	good(flow_db_put_marks(db, 21, true, true, "", &why), &why);
	good(flow_db_put_marks(db, 999, true, true, "c", &why), &why);
	good(flow_db_commit(db, &why), &why);
	good(flow_db_flagged(db, add_flag, &flags, &why), &why);
	assert_int_equal(flags, 171202213);
	struct flow *g = load(db, 17, 1000);
	assert_true(g->deleted && g->path.n > 0);
	flow_free_loaded(g);
	flow_db_close(db);
	char *p = slurp(at("del"), &n);
	assert_null(memmem(p, n, "/item/17", 8));
	assert_null(memmem(p, n, "/item/21", 8));
	assert_non_null(memmem(p, n, "/item/20", 8));
	free(p);
	db = reader(at("del"));
	assert_int_equal(count_rows(db), SMALL_FLOWS);
	g = load(db, 17, 1000);
	assert_true(g->deleted && !g->path.p && !flow_head(g, FLOW_REQUEST).p && !flow_conn(g));
	assert_int_equal(flow_body(g, FLOW_RESPONSE)->npieces, 0);
	flow_free_loaded(g);
	g = load(db, 16, 1000);
	assert_non_null(flow_conn(g));
	flow_free_loaded(g);
	flow_db_close(db);
}

/* ---- versions and kinds of files ---- */

#define FROM_6 "ALTER TABLE handshake DROP COLUMN alpn_offered; ALTER TABLE handshake DROP COLUMN hello_held_us;"
#define FROM_5                                                                                     \
	"DROP TABLE handshake; ALTER TABLE detail DROP COLUMN server_use;"                         \
	"ALTER TABLE detail DROP COLUMN server_conn; ALTER TABLE detail DROP COLUMN conn_use;"

/* What versions 3 to 6 brought is taken away again: ALTER TABLE leaves the text of the table as it was before. */
static void
to_version_2(const char *path)
{
	tamper(path,
	    FROM_5 "DROP TABLE hold; DROP TABLE message; CREATE TABLE message (\n  flow INTEGER,\n  seq INTEGER,\n  dir INTEGER,\n  wall_ns INTEGER,\n"
	    "  type INTEGER,\n  data BLOB,\n  PRIMARY KEY (flow, seq)\n);"
	    "ALTER TABLE flow DROP COLUMN replay_of; ALTER TABLE flow DROP COLUMN replay;"
	    "ALTER TABLE flow DROP COLUMN edited; DROP TABLE edit;"
	    "CREATE TABLE edit (\n  flow INTEGER,\n  dir INTEGER,\n  original_head BLOB,\n"
	    "  original_body BLOB,\n  PRIMARY KEY (flow, dir)\n) WITHOUT ROWID;"
	    "ALTER TABLE conn DROP COLUMN process; ALTER TABLE conn DROP COLUMN pid;"
	    "PRAGMA user_version = 2");
}

static void
test_version_2(void **state)
{
	(void)state;
	make_small(at("two"));
	tamper(at("two"), "UPDATE flow SET comment = 'old words' WHERE number = 5");
	to_version_2(at("two"));
	struct flow_db *db = reader(at("two"));
	assert_int_equal(count_rows(db), SMALL_FLOWS);
	struct flow *f = load(db, 5, 100);
	assert_true(!f->edited && !f->replay && !f->detail->replay_of && !flow_original(f, FLOW_REQUEST));
	assert_string_equal(f->comment, "old words");
	flow_free_loaded(f);
	flow_db_close(db);
	assert_int_equal(ask(at("two"), "PRAGMA user_version"), 2);
	db = writer(at("two"));
	put_batch(db, SMALL_FLOWS + 1, SMALL_FLOWS + 2);
	f = load(db, 5, 100);
	assert_true(!f->edited && flow_body(f, FLOW_RESPONSE)->npieces == 1);
	assert_string_equal(f->comment, "old words");
	flow_free_loaded(f);
	flow_db_close(db);
	assert_int_equal(ask(at("two"), "PRAGMA user_version"), FLOW_DB_VERSION);
	/* A migrated file and a new one are the same. */
	make_small(at("new"));
	tamper(at("two"), "PRAGMA journal_mode = DELETE");
	char sql[400];
	snprintf(sql, sizeof sql,
	    "ATTACH '%s' AS n; CREATE TEMP TABLE t AS SELECT sql FROM main.sqlite_schema WHERE sql NOTNULL"
	    " EXCEPT SELECT sql FROM n.sqlite_schema; CREATE TEMP TABLE u (x CHECK (x = 0));"
	    " INSERT INTO u SELECT count(*) FROM t", at("new"));
	tamper(at("two"), sql);
	db = writer(at("two"));
	flow_db_close(db);
}

static void
test_version_4(void **state)
{
	(void)state;
	make_small(at("four"));
	tamper(at("four"), FROM_5 "PRAGMA user_version = 4");
	struct flow_db *db = reader(at("four"));
	struct flow *f = load(db, 5, 100);
	const struct flow_conn *c = flow_conn(f);
	assert_true(flow_head(f, FLOW_REQUEST).n > 0 && !f->detail->conn_use && !f->detail->server_conn);
	assert_true(c && c->tls[1] && !c->ja4[0] && !c->tls[1]->staple[0]);
	flow_free_loaded(f);
	flow_db_close(db);
	db = writer(at("four"));
	assert_int_equal(count_rows(db), SMALL_FLOWS);
	f = load(db, 5, 100);
	assert_true(!f->detail->conn_use && !flow_conn(f)->ja4[0]);
	flow_free_loaded(f);
	flow_db_close(db);
	assert_int_equal(ask(at("four"), "PRAGMA user_version"), FLOW_DB_VERSION);
}

static void
test_version_5(void **state)
{
	(void)state;
	make_small(at("five"));
	tamper(at("five"), FROM_6 "PRAGMA user_version = 5");
	/* As files of that version have it: whatever is added later needs another number. */
	assert_int_equal(ask(at("five"),
			     "SELECT sql = 'CREATE TABLE handshake (\n  conn INTEGER PRIMARY KEY,\n  client_groups TEXT,\n  ja4 TEXT,\n"
			     "  client_ech INTEGER,\n  client_ticket INTEGER,\n  leaf_key TEXT,\n  leaf_minted INTEGER,\n  ocsp_staple TEXT,\n"
			     "  ticket_offered INTEGER,\n  ticket_kept INTEGER\n)' FROM sqlite_master WHERE name = 'handshake'"),
	    1);
	for (int writes = 0; writes < 2; writes++) {
		struct flow_db *db = writes ? writer(at("five")) : reader(at("five"));
		assert_int_equal(count_rows(db), SMALL_FLOWS);
		struct flow *f = load(db, 5, 100);
		const struct flow_conn *c = flow_conn(f);
		assert_true(c && c->tls[1] && c->ja4[0] && c->tls[1]->ticket_kept && !c->tls[1]->alpn_offered[0] && !c->hello_held_us);
		flow_free_loaded(f);
		flow_db_close(db);
		assert_int_equal(ask(at("five"), "PRAGMA user_version"), writes ? FLOW_DB_VERSION : 5);
	}
}

static void
test_originals(void **state)
{
	struct errmsg why = {""};
	struct flow_version v = {.head = SPAN_LIT("GET /old HTTP/1.1\r\n\r\n"),
	    .trailer = SPAN_LIT("X: 1\r\n"), .end_seq = 2, .body = {.seen = 9, .kept = 6, .shed = true}};
	struct flow_detail d = {.original = {&v, NULL}, .replay_of = 4, .body[0] = {.first_seq = 3, .seen = 2, .kept = 2}};
	struct flow f = {.number = 8, .detail = &d, .state = FLOW_S_DONE, .ended = true, .edited = true, .replay = true};
	(void)state;
	struct flow_db *db = writer(at("orig"));
	good(flow_db_begin(db, &why), &why);
	good(flow_db_put_flow(db, &f, 0, &why), &why);
	const char *piece[] = {"abc", "def", "gone", "gh"};
	for (uint32_t i = 0; i < 4; i++)
		good(flow_db_put_piece(db, 8, FLOW_REQUEST, i, span_str(piece[i]), &why), &why);
	good(flow_db_put_marks(db, 8, false, false, "mine", &why), &why);
	/* Again when the details have left memory: what is there stays. */
	f.detail = NULL;
	good(flow_db_put_flow(db, &f, 0, &why), &why);
	good(flow_db_put_marks(db, 8, true, false, NULL, &why), &why);
	good(flow_db_commit(db, &why), &why);
	flow_db_close(db);
	db = reader(at("orig"));
	struct flow *g = load(db, 8, 1 << 20);
	char out[32];
	assert_true(g->edited && g->replay && g->marked && g->detail->replay_of == 4);
	assert_string_equal(g->comment, "mine");
	const struct flow_version *w = flow_original(g, FLOW_REQUEST);
	assert_true(w && span_eq(w->head, v.head) && span_eq(w->trailer, v.trailer) && w->end_seq == 2);
	assert_int_equal(flow_body_copy(&w->body, out, sizeof out), 6);
	assert_memory_equal(out, "abcdef", 6);
	assert_true(w->body.seen == 9 && w->body.kept == 6 && w->body.shed);
	const struct flow_body *b = flow_body(g, FLOW_REQUEST);
	assert_int_equal(flow_body_copy(b, out, sizeof out), 2);
	assert_memory_equal(out, "gh", 2);
	assert_true(b->kept == 2 && b->first_seq == 3 && b->next_seq == 4 && flow_is_whole(g));
	assert_null(flow_original(g, FLOW_RESPONSE));
	flow_free_loaded(g);
	flow_db_close(db);
	static const char *const bad[] = {"UPDATE edit SET original_shed = 2", "UPDATE edit SET body_from = 1",
	    "UPDATE edit SET original_pieces = -1", "UPDATE edit SET original_head = 7",
	    "UPDATE edit SET original_seen = NULL", "INSERT INTO hold VALUES (8, -1, 0)", "UPDATE flow SET edited = 2", "UPDATE flow SET replay_of = 0",
	    "UPDATE flow SET comment = 'a' || char(0)"};
	size_t n;
	char *whole = slurp(at("orig"), &n);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		spit(at("bad"), whole, n);
		tamper(at("bad"), bad[i]);
		db = reader(at("bad"));
		assert_int_equal(flow_db_load(db, 8, 100, &g, &why), ERR_SYNTAX);
		assert_non_null(strstr(why.text, "is damaged"));
		flow_db_close(db);
		unlink(at("bad"));
	}
	free(whole);
}

static void
test_version_1(void **state)
{
	(void)state;
	size_t n, m;
	make_small(at("old"));
	to_version_2(at("old"));
	tamper(at("old"), "DROP TABLE message; DROP TABLE edit; PRAGMA user_version = 1");
	char *before = slurp(at("old"), &n);
	struct flow_db *db = reader(at("old"));
	assert_int_equal(count_rows(db), SMALL_FLOWS);
	flow_free_loaded(load(db, 5, 100));
	flow_db_close(db);
	char *after = slurp(at("old"), &m);
	assert_true(n == m && memcmp(before, after, n) == 0 && count_files() == 1);
	free(before);
	free(after);
	db = writer(at("old"));
	put_batch(db, SMALL_FLOWS + 1, SMALL_FLOWS + 2);
	flow_db_close(db);
	assert_int_equal(ask(at("old"), "PRAGMA user_version"), FLOW_DB_VERSION);
	assert_int_equal(ask(at("old"), "SELECT count(*) FROM message, edit"), 0);
	db = reader(at("old"));
	assert_int_equal(count_rows(db), SMALL_FLOWS + 2);
	flow_db_close(db);
	tamper(at("old"), "PRAGMA user_version = 9");
	for (int write = 0; write < 2; write++)
		check_refused(at("old"), write,
		    "is of version 9, this mitmtop reads up to 6: use a newer mitmtop");
	tamper(at("old"), "PRAGMA user_version = 6; PRAGMA application_id = 7");
	check_refused(at("old"), false, "a database of another program");
}

static void
test_what_is_no_session_file(void **state)
{
	(void)state;
	spit(at("text"), "This is not a database, it is a text of some length\n", 52);
	spit(at("empty"), "", 0);
	assert_int_equal(mkdir(at("sub"), 0700), 0);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	for (int write = 0; write < 2; write++) {
		check_refused(at("text"), write, "is not a session file");
		check_refused(at("sub"), write, "is a folder");
		check_refused(at("fifo"), write, "is a named pipe");
		check_refused("/dev/null", write, "is a device");
	}
	check_refused(at("gone"), false, "is not there");
	check_refused(at("gone/x"), true, "No such file or directory");
	check_refused(at("empty"), false, "is empty");
	make_small(at("real"));
	assert_int_equal(symlink("real", at("link")), 0);
	check_refused(at("link"), true, "is a symbolic link");
	flow_db_close(reader(at("link")));
	assert_int_equal(symlink("nowhere", at("dangling")), 0);
	check_refused(at("dangling"), true, "is a symbolic link");
	assert_int_equal(mkfifo(at("real-wal"), 0600), 0);
	struct errmsg why;
	for (int write = 0; write < 2; write++)
		assert_null(write ? flow_db_open_write(at("real"), &why)
				  : flow_db_open_read(at("real"), &why));
	assert_non_null(strstr(why.text, "real-wal is a named pipe"));
	flow_db_close(writer(at("empty")));
	flow_db_close(reader(at("empty")));
}

static void
test_nobody_else_may_read_it(void **state)
{
	(void)state;
	struct stat st;
	static const mode_t masks[] = {0, 0777};
	for (int i = 0; i < 2; i++) {
		mode_t old = umask(masks[i]);
		struct flow_db *db = writer(at(i ? "b" : "a"));
		put_batch(db, 1, 2);
		umask(old);
		assert_int_equal(stat(at(i ? "b" : "a"), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(stat(at(i ? "b-wal" : "a-wal"), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		flow_db_close(db);
	}
	assert_int_equal(count_files(), 2);
}

/* ---- damage ---- */

/* Whatever is in the file: it can be read, or there is a sentence. True when all could be read. */
static bool
read_all(const char *path)
{
	struct errmsg why = {""};
	struct flow_db *db = flow_db_open_read(path, &why);
	unsigned n = 0;
	bool all = db != NULL;

	assert_true(all || why.text[0]);
	if (db && flow_db_rows(db, 0, UINT64_MAX, count_row, &n, &why)) {
		assert_true(why.text[0]);
		all = false;
	}
	for (uint64_t i = 1; db && i <= SMALL_FLOWS; i += 3) {
		struct flow *f = NULL;
		why.text[0] = '\0';
		if (flow_db_load(db, i, 1000, &f, &why)) {
			assert_true(why.text[0] && !f);
			all = false;
		}
		flow_free_loaded(f);
	}
	flow_db_close(db);
	return all;
}

static void
test_cut_anywhere(void **state)
{
	(void)state;
	size_t n;
	make_small(at("whole"));
	char *p = slurp(at("whole"), &n);
	for (size_t cut = 1; cut < n; cut += cut < 120 ? 7 : 1024 - 512 * (cut % 3)) {
		spit(at("cut"), p, cut);
		check_refused(at("cut"), false, cut < 15 ? "is not a session file" : "is cut short");
	}
	for (size_t cut = PAGE; cut < n; cut += PAGE) {
		spit(at("cut"), p, cut);
		check_refused(at("cut"), true, "is cut short: ");
		/* With a count of pages that agrees SQLite has to find out. */
		char count[4];
		memcpy(count, p + 28, 4);
		p[28] = p[29] = p[30] = 0;
		p[31] = (char)(cut / PAGE);
		spit(at("cut"), p, cut);
		assert_false(read_all(at("cut")));
		memcpy(p + 28, count, 4);
	}
	free(p);
}

static void
test_flipped_bits(void **state)
{
	(void)state;
	size_t n;
	unsigned readable = 0;
	uint32_t seed = 12345;
	make_small(at("whole"));
	tamper(at("whole"), "PRAGMA page_size = 1024; VACUUM");
	char *p = slurp(at("whole"), &n);
	for (int i = 0; i < FLIPS; i++) {
		seed = seed * 1664525 + 1013904223;
		size_t where = seed / 8 % n;
		p[where] ^= (char)(1 << (seed >> 29));
		spit(at("flip"), p, n);
		readable += read_all(at("flip"));
		p[where] ^= (char)(1 << (seed >> 29));
		unlink(at("flip-wal"));
		unlink(at("flip-shm"));
		unlink(at("flip-journal"));
	}
	assert_in_range(readable, 1, FLIPS - 1);
	free(p);
}

static void
test_foreign_objects(void **state)
{
	(void)state;
	static const struct {
		const char *sql, *part;
	} bad[] = {
	    {"CREATE TRIGGER t AFTER INSERT ON flow BEGIN DELETE FROM body; END", "it holds t, which"},
	    {"CREATE VIEW v AS SELECT * FROM flow", "it holds v, which"},
	    {"CREATE VIRTUAL TABLE f USING fts5(x)", "it holds f, which"},
	    {"ALTER TABLE flow ADD COLUMN more", "table flow is another"},
	    {"DROP TABLE detail; CREATE VIEW detail AS SELECT * FROM flow", "table detail is another"},
	    {"DROP TABLE edit", "it has no table edit"},
	    {"DROP INDEX flow_flagged", "it has no index flow_flagged"},
	    {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET type = 'table', name = 'x',"
	     " sql = 'CREATE TRIGGER x AFTER INSERT ON flow BEGIN SELECT 1; END'"
	     " WHERE name = 'edit'", ""},
	    {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'tls'", ""},
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		make_small(at("f"));
		tamper(at("f"), bad[i].sql);
		if (bad[i].part[0])
			for (int write = 0; write < 2; write++)
				check_refused(at("f"), write, bad[i].part);
		else
			assert_false(read_all(at("f")));
		unlink(at("f"));
	}
	make_small(at("f"));
	tamper(at("f"), "CREATE TABLE notes(x); CREATE INDEX by_host ON flow(host); ANALYZE");
	assert_true(read_all(at("f")));
	check_refused(at("f"), true, "has an index by_host that mitmtop did not make");
	tamper(at("f"), "DROP INDEX by_host");
	flow_db_close(writer(at("f")));
}

static void
test_wrong_values(void **state)
{
	(void)state;
	static const struct {
		const char *sql, *part;
	} bad[] = {
	    {"UPDATE flow SET state = 11 WHERE number = 4", "flow 4: state is out of range"},
	    {"UPDATE flow SET state = 'x' WHERE number = 4", "flow 4: state is not a number"},
	    {"UPDATE flow SET proto = 'h9' WHERE number = 4", "flow 4: proto is no protocol"},
	    {"UPDATE flow SET tls = 2 WHERE number = 4", "flow 4: tls is out of range"},
	    {"UPDATE flow SET port = 65536 WHERE number = 4", "flow 4: port is out of range"},
	    {"UPDATE flow SET port = NULL WHERE number = 4", "flow 4: port is not a number"},
	    {"UPDATE flow SET begin_us = -1 WHERE number = 4", "begin_us is out of range"},
	    {"UPDATE flow SET duration_us = 1.5 WHERE number = 4", "duration_us is not a number"},
	    {"UPDATE flow SET duration_us = 9223372036854775807 WHERE number = 4", "duration_us is out"},
	    {"UPDATE flow SET host = zeroblob(1048577) WHERE number = 4", "host is too long"},
	    {"UPDATE flow SET why = x'6100' WHERE number = 4", "why holds a NUL"},
	    {"UPDATE flow SET conn = 'a' WHERE number = 4", "flow 4: conn is not a number"},
	    {"UPDATE detail SET request_kept = -1 WHERE flow = 4", "detail 4: request_kept is out"},
	    {"UPDATE detail SET request_head = 5 WHERE flow = 4", "request_head is neither text nor"},
	    {"UPDATE detail SET request_head = zeroblob(16777217) WHERE flow = 4", "request_head is too"},
	    {"UPDATE body SET data = NULL WHERE flow = 4", "body of flow 4: data is not there"},
	    {"UPDATE body SET seq = 4294967296 WHERE flow = 4", "body of flow 4: seq is out"},
	    {"UPDATE body SET data = zeroblob(4194305) WHERE flow = 4", "body of flow 4: data is too"},
	    {"UPDATE conn SET client = zeroblob(100)", "conn 1: client holds a NUL"},
	    {"UPDATE conn SET client = printf('%64d', 1)", "conn 1: client is too long"},
	    {"UPDATE conn SET process = printf('%32d', 1)", "conn 1: process is too long"},
	    {"UPDATE conn SET pid = NULL", "conn 1: pid is not a number"},
	    {"UPDATE conn SET dns_us = 4294967296", "conn 1: dns_us is out of range"},
	    {"UPDATE tls SET done = 'yes'", "tls of conn 1: done is not a number"},
	};
	struct errmsg why;
	struct flow *f;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		make_small(at("w"));
		tamper(at("w"), bad[i].sql);
		struct flow_db *db = reader(at("w"));
		assert_int_equal(flow_db_load(db, 4, 8 << 20, &f, &why), ERR_SYNTAX);
		if (!strstr(why.text, bad[i].part))
			fail_msg("\"%s\" is not in \"%s\"", bad[i].part, why.text);
		flow_db_close(db);
		unlink(at("w"));
	}
}

/* Rows about messages that nobody wrote. */
static void
test_wrong_messages(void **state)
{
	(void)state;
	static const char make[] = "UPDATE flow SET proto = 'ws' WHERE number = 4;"
	    "INSERT INTO message(flow, seq, dir, number, wall_ns, opcode, what, sent) VALUES(4, 0, 0, 1, 5, 1, 0, NULL), (4, 7, 1, 9, 0, 15, 2, NULL)";
	static const struct {
		const char *sql, *part;
	} bad[] = {
	    {"UPDATE message SET dir = 2", "messages of flow 4: dir is out of range"},
	    {"UPDATE message SET number = -1", "messages of flow 4: number is out of range"},
	    {"UPDATE message SET number = 4294967296", "messages of flow 4: number is out of range"},
	    {"UPDATE message SET wall_ns = 'now'", "messages of flow 4: wall_ns is not a number"},
	    {"UPDATE message SET opcode = 16", "messages of flow 4: opcode is out of range"},
	    {"UPDATE message SET what = 5", "messages of flow 4: what is out of range"},
	    {"UPDATE message SET seq = seq + 100000", "messages of flow 4: seq is out of range"},
	    {"UPDATE message SET sent = zeroblob(16777217)", "messages of flow 4: sent is too long"},
	};
	struct errmsg why;
	struct flow *f;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		make_small(at("m"));
		tamper(at("m"), make);
		tamper(at("m"), bad[i].sql);
		struct flow_db *db = reader(at("m"));
		assert_int_equal(flow_db_load(db, 4, 8 << 20, &f, &why), ERR_SYNTAX);
		if (!strstr(why.text, bad[i].part))
			fail_msg("\"%s\" is not in \"%s\"", bad[i].part, why.text);
		flow_db_close(db);
		unlink(at("m"));
	}
	/* Gaps are none of our business, and of what is too much the first is read. */
	make_small(at("m"));
	tamper(at("m"), make);
	tamper(at("m"), "UPDATE message SET sent = zeroblob(16777216);"
			"INSERT INTO message SELECT flow, seq + 1, dir, number, wall_ns, opcode, what, sent FROM message");
	struct flow_db *db = reader(at("m"));
	good(flow_db_load(db, 4, 1 << 20, &f, &why), &why);
	assert_int_equal(f->detail->messages->n, 2);
	flow_free_loaded(f);
	flow_db_close(db);
	unlink(at("m"));
}

enum { BOMB_PAGE = 512, BOMB_LEVELS = 9, BOMB_EACH = 60 };

static void
put16(unsigned char *p, size_t v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

/* A leaf with one row of the list of tables of a real file. */
static void
put_leaf(unsigned char *page, const unsigned char *real, int row)
{
	const unsigned char *cell = real + (real[108 + 2 * row] << 8) + real[109 + 2 * row];
	size_t n = cell[0] + 2u;

	page[0] = 13;
	put16(page + 3, 1);
	put16(page + 5, BOMB_PAGE - n);
	put16(page + 8, BOMB_PAGE - n);
	memcpy(page + BOMB_PAGE - n, cell, n);
}

/* An inner page whose branches all lead to one page, but for the first, which leads to another. */
static void
put_inner(unsigned char *page, size_t header, unsigned cells, unsigned first, unsigned others)
{
	unsigned char *h = page + header;

	memset(h, 0, BOMB_PAGE - header);
	h[0] = 5;
	put16(h + 3, cells);
	put16(h + 5, BOMB_PAGE - cells * 5);
	h[11] = (unsigned char)others;
	for (unsigned i = 0; i < cells; i++) {
		size_t where = BOMB_PAGE - (i + 1) * 5;
		put16(h + 12 + (size_t)2 * i, where);
		page[where + 3] = (unsigned char)(i ? others : first);
		page[where + 4] = 1;
	}
}

/* A list of tables whose branches join again, so that it says the same index 60 to the ninth times. */
static void
test_list_of_tables_without_end(void **state)
{
	(void)state;
	static unsigned char file[BOMB_PAGE * (BOMB_LEVELS + 4)];
	size_t n;
	tamper(at("seed"), "PRAGMA page_size = 512; CREATE TABLE a(x PRIMARY KEY)");
	unsigned char *real = (unsigned char *)slurp(at("seed"), &n);
	memcpy(file, real, BOMB_PAGE);
	put_inner(file, 100, 40, 2, 3);
	put_leaf(file + BOMB_PAGE, real, 0);
	for (unsigned level = 3; level < BOMB_LEVELS + 3; level++)
		put_inner(file + (size_t)BOMB_PAGE * (level - 1), 0, BOMB_EACH, level + 1, level + 1);
	put_leaf(file + (size_t)BOMB_PAGE * (BOMB_LEVELS + 2), real, 1);
	file[31] = BOMB_LEVELS + 3;
	spit(at("bomb"), (char *)file, sizeof file);
	for (int write = 0; write < 2; write++)
		check_refused(at("bomb"), write, "is damaged: its list of tables has no end");
	free(real);
}

/* ---- two programs ---- */

static void
test_second_writer_is_refused(void **state)
{
	(void)state;
	struct flow_db *db = writer(at("two"));
	char want[80];
	put_batch(db, 1, 5);
	snprintf(want, sizeof want, "is being written by another mitmtop (process %ld)", (long)getpid());
	pid_t child = fork();
	if (child == 0) {
		struct errmsg why = {""};
		struct flow_db *d = flow_db_open_write(at("two"), &why);
		_exit(d ? 1 : strstr(why.text, want) ? 0 : 2);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	/* Our own second try does not take SQLite's locks away. */
	check_refused(at("two"), true, want);
	put_batch(db, 6, 9);
	flow_db_close(db);
	db = writer(at("two"));
	assert_int_equal(count_rows(db), 9);
	flow_db_close(db);
}

static void
test_reader_sees_what_was_committed(void **state)
{
	(void)state;
	struct errmsg why = {""};
	struct flow_db *w = writer(at("rw"));
	put_batch(w, 1, 100);
	struct flow_db *r = reader(at("rw"));
	assert_int_equal(count_rows(r), 100);
	good(flow_db_begin(w, &why), &why);
	good(put_exchange(w, 101, &why), &why);
	assert_int_equal(count_rows(r), 100);
	assert_int_equal(count_rows(w), 101);
	flow_free_loaded(load(w, 101, 10));
	good(flow_db_commit(w, &why), &why);
	assert_int_equal(count_rows(r), 101);
	put_batch(w, 102, 5000);
	assert_int_equal(count_rows(r), 5000);
	flow_db_close(r);
	flow_db_close(w);
	assert_int_equal(count_files(), 1);
}

static void
test_killed_in_the_middle(void **state)
{
	(void)state;
	struct errmsg why = {""};
	int pipes[2], status;
	uint64_t told = 0, n;
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	if (child == 0) {
		struct flow_db *db = flow_db_open_write(at("kill"), &why);
		for (n = 1;; n++) {
			int rc = n % 10 == 1 ? flow_db_begin(db, &why) : 0;
			rc = rc ? rc : put_exchange(db, n, &why);
			if (!rc && n % 10 == 0)
				rc = flow_db_commit(db, &why);
			if (rc || (n % 10 == 0 && write(pipes[1], &n, sizeof n) != sizeof n))
				_exit(1);
		}
	}
	close(pipes[1]);
	while (told < 9000)
		assert_int_equal(read(pipes[0], &told, sizeof told), sizeof told);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while (read(pipes[0], &n, sizeof n) == sizeof n)
		told = n;
	close(pipes[0]);
	struct flow_db *db = reader(at("kill"));
	unsigned rows = count_rows(db);
	assert_true(rows % 10 == 0 && rows >= told);
	flow_free_loaded(load(db, rows, 10));
	flow_db_close(db);
	db = writer(at("kill"));
	put_batch(db, rows + 1, rows + 1);
	assert_int_equal(count_rows(db), rows + 1);
	flow_db_close(db);
	assert_int_equal(count_files(), 1);
}

static void
test_disk_full_and_free_again(void **state)
{
	(void)state;
	struct errmsg why = {""};
	struct rlimit old, small;
	struct flow_db *db = writer(at("full"));
	put_batch(db, 1, 100);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 512 << 10;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int again = 0; again < 3; again++) {
		int rc = flow_db_begin(db, &why);
		for (uint64_t n = 101; !rc && n <= 8000; n++)
			rc = put_exchange(db, n, &why);
		rc = rc ? rc : flow_db_commit(db, &why);
		assert_int_equal(rc, ERR_SYSTEM);
		if (!strstr(why.text, "File too large"))
			fail_msg("%s", why.text);
		flow_db_rollback(db);
		assert_int_equal(count_rows(db), 100);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	put_batch(db, 101, 3000);
	flow_db_close(db);
	db = reader(at("full"));
	assert_int_equal(count_rows(db), 3000);
	flow_db_close(db);
	assert_int_equal(ask(at("full"), "SELECT count(*) FROM pragma_integrity_check"
					 " WHERE integrity_check = 'ok'"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_everything_comes_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_open_flow_ends_with_the_recording, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_written_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_deleted_flows_are_blanked_at_the_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_version_1, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_version_2, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_version_4, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_version_5, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_originals, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_is_no_session_file, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_nobody_else_may_read_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cut_anywhere, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_flipped_bits, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_foreign_objects, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wrong_values, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wrong_messages, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_list_of_tables_without_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_second_writer_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_reader_sees_what_was_committed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_killed_in_the_middle, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_disk_full_and_free_again, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
