/* SPDX-License-Identifier: MIT
 * The tables of the session file and the statements. */
#include "flow/flow_schema.h"

#include <stddef.h>
#include <string.h>

/* What the rows of the list show, and nothing large: a scan over a million flows reads this table only. The columns of version 3 stand
 * as ALTER TABLE puts them, so that a migrated file and a new one are the same. */
#define FLOW_COLUMNS                                                                               \
	"CREATE TABLE flow (\n"                                                                    \
	"  number INTEGER PRIMARY KEY,\n"                                                          \
	"  conn INTEGER,\n"                                                                        \
	"  state INTEGER,\n"                                                                       \
	"  proto TEXT,\n"                                                                          \
	"  tls INTEGER,\n"                                                                         \
	"  port INTEGER,\n"                                                                        \
	"  status INTEGER,\n"                                                                      \
	"  answered_here INTEGER,\n"                                                               \
	"  marked INTEGER,\n"                                                                      \
	"  deleted INTEGER,\n"                                                                     \
	"  ended INTEGER,\n"                                                                       \
	"  wall_ns INTEGER,\n"                                                                     \
	"  begin_us INTEGER,\n"                                                                    \
	"  sent_us INTEGER,\n"                                                                     \
	"  ttfb_us INTEGER,\n"                                                                     \
	"  duration_us INTEGER,\n"                                                                 \
	"  request_bytes INTEGER,\n"                                                               \
	"  response_bytes INTEGER,\n"                                                              \
	"  method TEXT,\n"                                                                         \
	"  host TEXT,\n"                                                                           \
	"  path TEXT,\n"                                                                           \
	"  content_type TEXT,\n"                                                                   \
	"  why TEXT,\n"                                                                            \
	"  comment TEXT\n"                                                                         

static const char flow_table_1[] = FLOW_COLUMNS ")";
static const char flow_table[] = FLOW_COLUMNS ", edited INTEGER, replay INTEGER, replay_of INTEGER)";
static const char flow_table_make[] =
    "ALTER TABLE flow ADD COLUMN edited INTEGER;"
    "ALTER TABLE flow ADD COLUMN replay INTEGER;"
    "ALTER TABLE flow ADD COLUMN replay_of INTEGER";

/* The counters first, so that they are read without the heads. */
#define DETAIL_COLUMNS                                                                             \
	"CREATE TABLE detail (\n"                                                                  \
	"  flow INTEGER PRIMARY KEY,\n"                                                            \
	"  request_seen INTEGER,\n"                                                                \
	"  request_kept INTEGER,\n"                                                                \
	"  request_shed INTEGER,\n"                                                                \
	"  response_seen INTEGER,\n"                                                               \
	"  response_kept INTEGER,\n"                                                               \
	"  response_shed INTEGER,\n"                                                               \
	"  remedy TEXT,\n"                                                                         \
	"  request_head BLOB,\n"                                                                   \
	"  request_trailer BLOB,\n"                                                                \
	"  response_head BLOB,\n"                                                                  \
	"  response_trailer BLOB\n"

static const char detail_table_1[] = DETAIL_COLUMNS ")";
static const char detail_table[] = DETAIL_COLUMNS ", conn_use INTEGER, server_conn INTEGER, server_use INTEGER)";
static const char detail_table_make[] =
    "ALTER TABLE detail ADD COLUMN conn_use INTEGER;"
    "ALTER TABLE detail ADD COLUMN server_conn INTEGER;"
    "ALTER TABLE detail ADD COLUMN server_use INTEGER";

/* With an index beside it, which costs a small piece half a microsecond more than WITHOUT ROWID does: that would give each
 * piece above an eighth of a page a page of its own. */
static const char body_table[] =
    "CREATE TABLE body (\n"
    "  flow INTEGER,\n"
    "  dir INTEGER,\n"
    "  seq INTEGER,\n"
    "  data BLOB,\n"
    "  PRIMARY KEY (flow, dir, seq)\n"
    ")";

#define CONN_COLUMNS                                                                       \
	"CREATE TABLE conn (\n"                                                                    \
	"  id INTEGER PRIMARY KEY,\n"                                                              \
	"  wall_ns INTEGER,\n"                                                                     \
	"  client TEXT,\n"                                                                         \
	"  listener TEXT,\n"                                                                       \
	"  server TEXT,\n"                                                                         \
	"  local TEXT,\n"                                                                          \
	"  dns_us INTEGER,\n"                                                                      \
	"  connect_us INTEGER,\n"                                                                  \
	"  hello_us INTEGER,\n"                                                                    \
	"  server_us INTEGER,\n"                                                                   \
	"  sni TEXT,\n"                                                                            \
	"  client_alpn TEXT,\n"                                                                    \
	"  client_versions TEXT\n"

static const char conn_table_1[] = CONN_COLUMNS ")";
static const char conn_table[] = CONN_COLUMNS ", pid INTEGER, process TEXT)";
static const char conn_table_make[] =
    "ALTER TABLE conn ADD COLUMN pid INTEGER;"
    "ALTER TABLE conn ADD COLUMN process TEXT;"
    "UPDATE conn SET pid = 0";

static const char tls_table[] =
    "CREATE TABLE tls (\n"
    "  conn INTEGER,\n"
    "  side INTEGER,\n"
    "  done INTEGER,\n"
    "  failed INTEGER,\n"
    "  resumed INTEGER,\n"
    "  verified INTEGER,\n"
    "  version TEXT,\n"
    "  cipher TEXT,\n"
    "  key_group TEXT,\n"
    "  alpn TEXT,\n"
    "  subject TEXT,\n"
    "  issuer TEXT,\n"
    "  not_before TEXT,\n"
    "  not_after TEXT,\n"
    "  san TEXT,\n"
    "  sha256 TEXT,\n"
    "  chain_len INTEGER,\n"
    "  handshake_us INTEGER,\n"
    "  at_us INTEGER,\n"
    "  fail_class TEXT,\n"
    "  why TEXT,\n"
    "  remedy TEXT,\n"
    "  PRIMARY KEY (conn, side)\n"
    ") WITHOUT ROWID";

/* More of a connection's TLS, both sides; of those that have any. */
#define HANDSHAKE_COLUMNS                                                                          \
	"CREATE TABLE handshake (\n"                                                               \
	"  conn INTEGER PRIMARY KEY,\n"                                                            \
	"  client_groups TEXT,\n"                                                                  \
	"  ja4 TEXT,\n"                                                                            \
	"  client_ech INTEGER,\n"                                                                  \
	"  client_ticket INTEGER,\n"                                                               \
	"  leaf_key TEXT,\n"                                                                       \
	"  leaf_minted INTEGER,\n"                                                                 \
	"  ocsp_staple TEXT,\n"                                                                    \
	"  ticket_offered INTEGER,\n"                                                              \
	"  ticket_kept INTEGER\n"

static const char handshake_table_5[] = HANDSHAKE_COLUMNS ")";
static const char handshake_table[] = HANDSHAKE_COLUMNS ", hello_held_us INTEGER DEFAULT 0, alpn_offered TEXT)";
static const char handshake_table_make[] = "ALTER TABLE handshake ADD COLUMN hello_held_us INTEGER DEFAULT 0;"
					   "ALTER TABLE handshake ADD COLUMN alpn_offered TEXT";

static const char message_table_2[] =
    "CREATE TABLE message (\n"
    "  flow INTEGER,\n"
    "  seq INTEGER,\n"
    "  dir INTEGER,\n"
    "  wall_ns INTEGER,\n"
    "  type INTEGER,\n"
    "  data BLOB,\n"
    "  PRIMARY KEY (flow, seq)\n"
    ")";

/* Nothing wrote the one before. */
#define MESSAGE_TABLE                                                                              \
	"CREATE TABLE message (\n"                                                                 \
	"  flow INTEGER,\n"                                                                        \
	"  seq INTEGER,\n"                                                                         \
	"  dir INTEGER,\n"                                                                         \
	"  number INTEGER,\n"                                                                      \
	"  wall_ns INTEGER,\n"                                                                     \
	"  opcode INTEGER,\n"                                                                      \
	"  what INTEGER,\n"                                                                        \
	"  sent BLOB,\n"                                                                           \
	"  PRIMARY KEY (flow, seq)\n"                                                              \
	")"
static const char message_table[] = MESSAGE_TABLE;
static const char message_table_make[] = "DROP TABLE message;" MESSAGE_TABLE;

static const char edit_table_2[] =
    "CREATE TABLE edit (\n"
    "  flow INTEGER,\n"
    "  dir INTEGER,\n"
    "  original_head BLOB,\n"
    "  original_body BLOB,\n"
    "  PRIMARY KEY (flow, dir)\n"
    ") WITHOUT ROWID";

/* Nothing wrote the one before. Pieces of the body numbered below original_pieces are the original's, from body_from on those of
 * the message that was sent on. */
#define EDIT_TABLE                                                                                 \
	"CREATE TABLE edit (\n"                                                                    \
	"  flow INTEGER,\n"                                                                        \
	"  dir INTEGER,\n"                                                                         \
	"  original_seen INTEGER,\n"                                                               \
	"  original_kept INTEGER,\n"                                                               \
	"  original_shed INTEGER,\n"                                                               \
	"  original_pieces INTEGER,\n"                                                             \
	"  body_from INTEGER,\n"                                                                   \
	"  original_head BLOB,\n"                                                                  \
	"  original_trailer BLOB,\n"                                                               \
	"  PRIMARY KEY (flow, dir)\n"                                                              \
	") WITHOUT ROWID"
static const char edit_table[] = EDIT_TABLE;
static const char edit_table_make[] = "DROP TABLE edit;" EDIT_TABLE;

/* Of flows that a breakpoint held. */
static const char hold_table[] =
    "CREATE TABLE hold (\n"
    "  flow INTEGER PRIMARY KEY,\n"
    "  before_us INTEGER,\n"
    "  after_us INTEGER\n"
    ")";

/* It holds few rows, so it costs an insert next to nothing. */
static const char flagged_index[] =
    "CREATE INDEX flow_flagged ON flow(number, marked, deleted) WHERE marked OR deleted";

/* An index stands after its table. */
const struct flow_schema_object flow_schema[FLOW_SCHEMA_OBJECTS] = {
    {1, 2, "table", "flow", flow_table_1, NULL},
    {3, 0, "table", "flow", flow_table, flow_table_make},
    {1, 4, "table", "detail", detail_table_1, NULL},
    {5, 0, "table", "detail", detail_table, detail_table_make},
    {1, 0, "table", "body", body_table, NULL},
    {1, 2, "table", "conn", conn_table_1, NULL},
    {3, 0, "table", "conn", conn_table, conn_table_make},
    {1, 0, "table", "tls", tls_table, NULL},
    {1, 0, "index", "flow_flagged", flagged_index, NULL},
    {2, 3, "table", "message", message_table_2, NULL},
    {4, 0, "table", "message", message_table, message_table_make},
    {2, 2, "table", "edit", edit_table_2, NULL},
    {3, 0, "table", "edit", edit_table, edit_table_make},
    {4, 0, "table", "hold", hold_table, NULL},
    {5, 5, "table", "handshake", handshake_table_5, NULL},
    {6, 0, "table", "handshake", handshake_table, handshake_table_make},
};

const struct flow_schema_object *
flow_schema_find(const char *name, int version)
{
	for (unsigned i = 0; i < FLOW_SCHEMA_OBJECTS; i++)
		if (flow_schema_has(&flow_schema[i], version) && strcmp(flow_schema[i].name, name) == 0)
			return &flow_schema[i];
	return NULL;
}

#define SUMMARY                                                                                    \
	"number, state, proto, tls, port, status, answered_here, marked, deleted, ended, wall_ns," \
	" begin_us, ttfb_us, duration_us, request_bytes, response_bytes,"                          \
	" method, host, path, content_type, why"
#define EDIT                                                                                       \
	"original_seen, original_kept, original_shed, original_pieces, body_from, original_head,"  \
	" original_trailer"
#define MESSAGE "seq, dir, number, wall_ns, opcode, what, sent"
#define CONN                                                                                       \
	"id, wall_ns, client, listener, server, local, dns_us, connect_us, hello_us, server_us,"   \
	" sni, client_alpn, client_versions"
#define TLS                                                                                        \
	"conn, side, done, failed, resumed, verified, version, cipher, key_group, alpn, subject,"  \
	" issuer, not_before, not_after, san, sha256, chain_len, handshake_us, at_us, fail_class," \
	" why, remedy"
/* held: the column, or what stands for it. */
#define HANDSHAKE(held)                                                                            \
	"client_groups, ja4, client_ech, client_ticket, " held ", leaf_key, leaf_minted,"          \
	" ocsp_staple, ticket_offered, ticket_kept"

/* NOT INDEXED: an index that somebody else made is never believed. What a flow once had, it keeps: heads that have left
 * memory are given as absent when the flow is written again. */
static const char *const flow_sql[FLOW_SQL_COUNT] = {
    [FLOW_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [FLOW_SQL_BEGIN_READ] = "BEGIN",
    [FLOW_SQL_COMMIT] = "COMMIT",
    [FLOW_SQL_LAST] = "SELECT (SELECT max(number) FROM flow NOT INDEXED) AS flow,"
		 " (SELECT max(id) FROM conn NOT INDEXED) AS conn",
    [FLOW_SQL_PUT_CONN] = "REPLACE INTO conn (" CONN ", pid, process) VALUES"
		     " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [FLOW_SQL_PUT_TLS] = "REPLACE INTO tls (" TLS ") VALUES"
		    " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [FLOW_SQL_PUT_HANDSHAKE] = "REPLACE INTO handshake (conn, " HANDSHAKE("hello_held_us") ", alpn_offered) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
    [FLOW_SQL_PUT_FLOW] = "INSERT INTO flow (" SUMMARY ", edited, replay, conn, sent_us, replay_of) VALUES"
		     " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
		     " ON CONFLICT (number) DO UPDATE SET state = excluded.state,"
		     " proto = excluded.proto, tls = excluded.tls, port = excluded.port,"
		     " status = excluded.status, answered_here = excluded.answered_here,"
		     " marked = excluded.marked, deleted = excluded.deleted,"
		     " ended = excluded.ended, wall_ns = excluded.wall_ns,"
		     " begin_us = coalesce(excluded.begin_us, begin_us),"
		     " ttfb_us = excluded.ttfb_us, duration_us = excluded.duration_us,"
		     " request_bytes = excluded.request_bytes,"
		     " response_bytes = excluded.response_bytes, method = excluded.method,"
		     " host = excluded.host, path = excluded.path,"
		     " content_type = excluded.content_type, why = excluded.why,"
		     " edited = excluded.edited, replay = excluded.replay,"
		     " conn = coalesce(excluded.conn, conn),"
		     " sent_us = coalesce(excluded.sent_us, sent_us),"
		     " replay_of = coalesce(excluded.replay_of, replay_of)",
    [FLOW_SQL_PUT_DETAIL] = "INSERT INTO detail (flow, request_seen, request_kept, request_shed,"
		       " response_seen, response_kept, response_shed, remedy, request_head,"
		       " request_trailer, response_head, response_trailer, conn_use, server_conn, server_use)"
		       " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
		       " ON CONFLICT (flow) DO UPDATE SET request_seen = excluded.request_seen,"
		       " request_kept = excluded.request_kept,"
		       " request_shed = excluded.request_shed,"
		       " response_seen = excluded.response_seen,"
		       " response_kept = excluded.response_kept,"
		       " response_shed = excluded.response_shed,"
		       " remedy = coalesce(excluded.remedy, remedy),"
		       " request_head = coalesce(excluded.request_head, request_head),"
		       " request_trailer = coalesce(excluded.request_trailer, request_trailer),"
		       " response_head = coalesce(excluded.response_head, response_head),"
		       " response_trailer = coalesce(excluded.response_trailer, response_trailer),"
		       " conn_use = excluded.conn_use, server_conn = excluded.server_conn,"
		       " server_use = excluded.server_use",
    [FLOW_SQL_PUT_EDIT] = "INSERT INTO edit (flow, dir, " EDIT ") VALUES (?,?,?,?,?,?,?,?,?)"
		     " ON CONFLICT (flow, dir) DO UPDATE SET original_seen = excluded.original_seen,"
		     " original_kept = excluded.original_kept,"
		     " original_shed = excluded.original_shed,"
		     " original_pieces = excluded.original_pieces, body_from = excluded.body_from,"
		     " original_head = coalesce(excluded.original_head, original_head),"
		     " original_trailer = coalesce(excluded.original_trailer, original_trailer)",
    [FLOW_SQL_PUT_MESSAGE] = "INSERT INTO message (flow, " MESSAGE ") VALUES (?,?,?,?,?,?,?,?)"
			" ON CONFLICT (flow, seq) DO UPDATE SET what = excluded.what, sent = excluded.sent",
    [FLOW_SQL_PUT_HOLD] = "REPLACE INTO hold (flow, before_us, after_us) VALUES (?,?,?)",
    [FLOW_SQL_PUT_PIECE] = "INSERT INTO body (flow, dir, seq, data) VALUES (?,?,?,?)"
		      " ON CONFLICT (flow, dir, seq) DO UPDATE SET data = excluded.data",
    [FLOW_SQL_PUT_MARKS] = "UPDATE flow SET marked = ?, deleted = ?,"
		      " comment = nullif(coalesce(?, comment), '') WHERE number = ?",
    [FLOW_SQL_ROWS] = "SELECT " SUMMARY ", comment, edited, replay FROM flow NOT INDEXED"
		 " WHERE number BETWEEN ? AND ? ORDER BY number",
    [FLOW_SQL_FLAGGED] = "SELECT number, marked, deleted FROM flow INDEXED BY flow_flagged"
			 " WHERE marked OR deleted ORDER BY number",
    [FLOW_SQL_GET_FLOW] = "SELECT " SUMMARY ", comment, edited, replay, conn, sent_us, replay_of"
		     " FROM flow NOT INDEXED WHERE number = ?",
    [FLOW_SQL_GET_DETAIL] = "SELECT request_seen, request_kept, request_shed, response_seen,"
		       " response_kept, response_shed, remedy, request_head, request_trailer,"
		       " response_head, response_trailer, conn_use, server_conn, server_use"
		       " FROM detail NOT INDEXED WHERE flow = ?",
    [FLOW_SQL_GET_EDIT] = "SELECT " EDIT " FROM edit NOT INDEXED WHERE flow = ? AND dir = ?",
    [FLOW_SQL_GET_MESSAGES] = "SELECT " MESSAGE " FROM message INDEXED BY sqlite_autoindex_message_1"
			 " WHERE flow = ? ORDER BY seq",
    [FLOW_SQL_GET_HOLD] = "SELECT before_us, after_us FROM hold NOT INDEXED WHERE flow = ?",
    [FLOW_SQL_GET_BODY] = "SELECT seq, data FROM body INDEXED BY sqlite_autoindex_body_1"
		     " WHERE flow = ? AND dir = ? ORDER BY seq",
    [FLOW_SQL_GET_BODY_LAST] = "SELECT max(seq) AS seq FROM body INDEXED BY sqlite_autoindex_body_1"
			  " WHERE flow = ? AND dir = ?",
    [FLOW_SQL_GET_CONN] = "SELECT " CONN ", pid, process FROM conn NOT INDEXED WHERE id = ?",
    [FLOW_SQL_GET_TLS] = "SELECT " TLS " FROM tls NOT INDEXED WHERE conn = ? AND side = ?",
    [FLOW_SQL_GET_HANDSHAKE] = "SELECT " HANDSHAKE("hello_held_us") ", alpn_offered FROM handshake NOT INDEXED WHERE conn = ?",
};

/* Files from before it was known how long a ClientHello was held, and what was offered to servers. */
static const char *const flow_sql_5[FLOW_SQL_COUNT] = {
    [FLOW_SQL_GET_HANDSHAKE] = "SELECT " HANDSHAKE("0") ", NULL FROM handshake NOT INDEXED WHERE conn = ?",
};

/* Files from before it was known how often connections were used. */
static const char *const flow_sql_4[FLOW_SQL_COUNT] = {
    [FLOW_SQL_GET_DETAIL] = "SELECT request_seen, request_kept, request_shed, response_seen,"
		       " response_kept, response_shed, remedy, request_head, request_trailer,"
		       " response_head, response_trailer, 0, 0, 0 FROM detail NOT INDEXED WHERE flow = ?",
};

/* Files from before there were edits, replays and processes. */
static const char *const flow_sql_2[FLOW_SQL_COUNT] = {
    [FLOW_SQL_ROWS] = "SELECT " SUMMARY ", comment, 0, 0 FROM flow NOT INDEXED"
		 " WHERE number BETWEEN ? AND ? ORDER BY number",
    [FLOW_SQL_GET_FLOW] = "SELECT " SUMMARY ", comment, 0, 0, conn, sent_us, NULL"
		     " FROM flow NOT INDEXED WHERE number = ?",
    [FLOW_SQL_GET_CONN] = "SELECT " CONN ", 0, NULL FROM conn NOT INDEXED WHERE id = ?",
};

const char *
flow_sql_text(enum flow_sql which, int version)
{
	if (version < 3 && flow_sql_2[which])
		return flow_sql_2[which];
	if (version < 5 && flow_sql_4[which])
		return flow_sql_4[which];
	return version < 6 && flow_sql_5[which] ? flow_sql_5[which] : flow_sql[which];
}

#define DELETED "FROM flow WHERE (marked OR deleted) AND deleted"
#define OTHERS "(SELECT conn FROM flow WHERE NOT deleted AND conn IS NOT NULL)"

const char flow_sql_blank[] =
    "PRAGMA secure_delete = ON;"
    "BEGIN IMMEDIATE;"
    "DELETE FROM detail WHERE flow IN (SELECT number " DELETED ");"
    "DELETE FROM body WHERE flow IN (SELECT number " DELETED ");"
    "DELETE FROM message WHERE flow IN (SELECT number " DELETED ");"
    "DELETE FROM edit WHERE flow IN (SELECT number " DELETED ");"
    "DELETE FROM hold WHERE flow IN (SELECT number " DELETED ");"
    "DELETE FROM tls WHERE conn IN (SELECT conn " DELETED ") AND conn NOT IN " OTHERS ";"
    "DELETE FROM handshake WHERE conn IN (SELECT conn " DELETED ") AND conn NOT IN " OTHERS ";"
    "DELETE FROM conn WHERE id IN (SELECT conn " DELETED ") AND id NOT IN " OTHERS ";"
    "UPDATE flow SET conn = NULL, method = NULL, host = NULL, path = NULL,"
    " content_type = NULL, why = NULL, comment = NULL WHERE (marked OR deleted) AND deleted;"
    "COMMIT";
