/* SPDX-License-Identifier: MIT
 * How flows and connections lie in the tables of the session file. */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "flow/flow_db_internal.h"
#include "flow/flow_message.h"

enum {
	PIECES_MIN = 65536,  /* of one body are always read ... */
	PIECE_MIN_BYTES = 64 /* ... and more when they are as large as this on average */
};

static const char unended_why[] = "the recording ended before this flow did";

/* ---- fields of the connection and its TLS sides, in the order of their columns ---- */

enum field_kind { FIELD_BOOL, FIELD_U32, FIELD_TEXT };

struct field {
	enum field_kind kind;
	size_t at, size;
};

#define FIELD(kind, type, member) {kind, offsetof(struct type, member), sizeof((struct type *)0)->member}

static const struct field conn_fields[] = {
    FIELD(FIELD_TEXT, flow_conn, client),
    FIELD(FIELD_TEXT, flow_conn, listener),
    FIELD(FIELD_TEXT, flow_conn, server),
    FIELD(FIELD_TEXT, flow_conn, local),
    FIELD(FIELD_U32, flow_conn, dns_us),
    FIELD(FIELD_U32, flow_conn, connect_us),
    FIELD(FIELD_U32, flow_conn, hello_us),
    FIELD(FIELD_U32, flow_conn, server_us),
    FIELD(FIELD_TEXT, flow_conn, sni),
    FIELD(FIELD_TEXT, flow_conn, client_alpn),
    FIELD(FIELD_TEXT, flow_conn, client_versions),
    FIELD(FIELD_U32, flow_conn, pid),
    FIELD(FIELD_TEXT, flow_conn, process),
};

static const struct field tls_fields[] = {
    FIELD(FIELD_BOOL, flow_tls, done),
    FIELD(FIELD_BOOL, flow_tls, failed),
    FIELD(FIELD_BOOL, flow_tls, resumed),
    FIELD(FIELD_BOOL, flow_tls, verified),
    FIELD(FIELD_TEXT, flow_tls, version),
    FIELD(FIELD_TEXT, flow_tls, cipher),
    FIELD(FIELD_TEXT, flow_tls, group),
    FIELD(FIELD_TEXT, flow_tls, alpn),
    FIELD(FIELD_TEXT, flow_tls, subject),
    FIELD(FIELD_TEXT, flow_tls, issuer),
    FIELD(FIELD_TEXT, flow_tls, not_before),
    FIELD(FIELD_TEXT, flow_tls, not_after),
    FIELD(FIELD_TEXT, flow_tls, san),
    FIELD(FIELD_TEXT, flow_tls, sha256),
    FIELD(FIELD_U32, flow_tls, chain_len),
    FIELD(FIELD_U32, flow_tls, handshake_us),
    FIELD(FIELD_U32, flow_tls, at_us),
    FIELD(FIELD_TEXT, flow_tls, fail_class),
};

/* Columns of the table handshake: of the connection, of its client's side, of its server's. */
static const struct field hello_fields[] = {
    FIELD(FIELD_TEXT, flow_conn, client_groups),
    FIELD(FIELD_TEXT, flow_conn, ja4),
    FIELD(FIELD_BOOL, flow_conn, client_ech),
    FIELD(FIELD_BOOL, flow_conn, client_ticket),
    FIELD(FIELD_U32, flow_conn, hello_held_us),
};

static const struct field leaf_fields[] = {
    FIELD(FIELD_TEXT, flow_tls, leaf_key),
    FIELD(FIELD_BOOL, flow_tls, leaf_minted),
};

static const struct field server_fields[] = {
    FIELD(FIELD_TEXT, flow_tls, staple),
    FIELD(FIELD_BOOL, flow_tls, ticket_offered),
    FIELD(FIELD_BOOL, flow_tls, ticket_kept),
    FIELD(FIELD_TEXT, flow_tls, alpn_offered),
};

enum {
	HELLO_FIELDS = sizeof hello_fields / sizeof hello_fields[0],
	LEAF_FIELDS = sizeof leaf_fields / sizeof leaf_fields[0],
	SERVER_FIELDS = sizeof server_fields / sizeof server_fields[0],
	CONN_FIELDS = sizeof conn_fields / sizeof conn_fields[0],
	TLS_FIELDS = sizeof tls_fields / sizeof tls_fields[0]
};

static void
bind_fields(struct db_bind *b, const struct field *field, unsigned n, const void *from)
{
	for (unsigned i = 0; i < n; i++) {
		const char *p = (const char *)from + field[i].at;
		uint32_t v;
		switch (field[i].kind) {
		case FIELD_BOOL:
			db_bind_int(b, *(const bool *)p);
			break;
		case FIELD_U32:
			memcpy(&v, p, sizeof v);
			db_bind_int(b, v);
			break;
		case FIELD_TEXT:
			db_bind_text(b, span_of(p, strnlen(p, field[i].size)));
			break;
		}
	}
}

static void
row_fields(struct db_row *r, const struct field *field, unsigned n, void *to)
{
	for (unsigned i = 0; i < n; i++) {
		char *p = (char *)to + field[i].at;
		int column = r->at;
		uint32_t v;
		const char *s;
		switch (field[i].kind) {
		case FIELD_BOOL:
			*(bool *)p = db_row_bool(r);
			break;
		case FIELD_U32:
			v = (uint32_t)db_row_int(r, 0, UINT32_MAX);
			memcpy(p, &v, sizeof v);
			break;
		case FIELD_TEXT:
			s = db_row_words(r);
			if (s && strlen(s) >= field[i].size)
				db_row_bad(r, column, "is too long");
			else if (s)
				memcpy(p, s, strlen(s) + 1);
			break;
		}
	}
}

/* ---- writing ---- */

static int
put_tls(struct flow_db *db, uint64_t conn, int side, const struct flow_tls *t, struct errmsg *why)
{
	struct db_bind b;

	if (db_bind_begin(&b, db, FLOW_SQL_PUT_TLS, why))
		return ERR_SYSTEM;
	db_bind_int(&b, conn);
	db_bind_int(&b, (uint64_t)side);
	bind_fields(&b, tls_fields, TLS_FIELDS, t);
	db_bind_text(&b, span_str(t->why));
	db_bind_text(&b, span_str(t->remedy));
	return db_bind_run(&b);
}

static int
put_handshake(struct flow_db *db, const struct flow_conn *c, struct errmsg *why)
{
	static const struct flow_tls none;
	const struct flow_tls *client = c->tls[FLOW_CLIENT], *server = c->tls[FLOW_SERVER];
	struct db_bind b;

	if (!c->ja4[0] && !client && !server)
		return 0;
	if (db_bind_begin(&b, db, FLOW_SQL_PUT_HANDSHAKE, why))
		return ERR_SYSTEM;
	db_bind_int(&b, c->number);
	bind_fields(&b, hello_fields, HELLO_FIELDS, c);
	bind_fields(&b, leaf_fields, LEAF_FIELDS, client ? client : &none);
	bind_fields(&b, server_fields, SERVER_FIELDS, server ? server : &none);
	return db_bind_run(&b);
}

int
flow_db_put_conn(struct flow_db *db, const struct flow_conn *c, struct errmsg *why)
{
	struct db_bind b;
	int rc;

	if (db_bind_begin(&b, db, FLOW_SQL_PUT_CONN, why))
		return ERR_SYSTEM;
	db_bind_int(&b, c->number);
	db_bind_int(&b, c->wall_ns);
	bind_fields(&b, conn_fields, CONN_FIELDS, c);
	rc = db_bind_run(&b);
	for (int side = 0; !rc && side < 2; side++)
		if (c->tls[side])
			rc = put_tls(db, c->number, side, c->tls[side], why);
	return rc ? rc : put_handshake(db, c, why);
}

static uint64_t
us_between(uint64_t from_ns, uint64_t to_ns)
{
	uint64_t us = to_ns > from_ns ? (to_ns - from_ns) / 1000 : 0;

	return us < DB_TIME_MAX_US ? us : DB_TIME_MAX_US;
}

/* The end, or the last that is known of an open flow. */
static uint64_t
flow_known_until(const struct flow *f, uint64_t sent_ns)
{
	if (f->end_ns)
		return f->end_ns;
	uint64_t response_ns = flow_response_ns(f);
	return response_ns > sent_ns ? response_ns : sent_ns;
}

static int
put_summary(struct flow_db *db, const struct flow *f, uint64_t conn, struct errmsg *why)
{
	struct db_bind b;
	const struct flow_conn *c = flow_conn(f);
	uint64_t sent_ns = f->detail ? f->detail->sent_ns : 0;
	uint64_t replay_of = f->detail ? f->detail->replay_of : 0;

	if (db_bind_begin(&b, db, FLOW_SQL_PUT_FLOW, why))
		return ERR_SYSTEM;
	db_bind_int(&b, f->number);
	db_bind_int(&b, f->state);
	db_bind_text(&b, span_str(flow_proto_name(f->proto)));
	db_bind_int(&b, f->tls);
	db_bind_int(&b, f->port);
	db_bind_known(&b, f->status, f->status);
	db_bind_int(&b, f->answered_here);
	db_bind_int(&b, f->marked);
	db_bind_int(&b, f->deleted);
	db_bind_int(&b, f->ended);
	db_bind_int(&b, f->wall_ns);
	db_bind_known(&b, c, c ? us_between(c->mono_ns, f->mono_ns) : 0);
	db_bind_known(&b, f->first_byte_ns, us_between(f->mono_ns, f->first_byte_ns));
	db_bind_int(&b, us_between(f->mono_ns, flow_known_until(f, sent_ns)));
	db_bind_int(&b, f->bytes[FLOW_REQUEST]);
	db_bind_int(&b, f->bytes[FLOW_RESPONSE]);
	db_bind_text(&b, f->method);
	db_bind_text(&b, f->host);
	db_bind_text(&b, f->path);
	db_bind_text(&b, f->content_type);
	db_bind_text(&b, span_str(f->why));
	db_bind_int(&b, f->edited);
	db_bind_int(&b, f->replay);
	db_bind_known(&b, conn, conn);
	db_bind_known(&b, sent_ns, us_between(f->mono_ns, sent_ns));
	db_bind_known(&b, replay_of, replay_of);
	return db_bind_run(&b);
}

static int
put_edit(struct flow_db *db, const struct flow *f, enum flow_dir dir, struct errmsg *why)
{
	const struct flow_version *v = f->detail->original[dir];
	struct db_bind b;

	if (db_bind_begin(&b, db, FLOW_SQL_PUT_EDIT, why))
		return ERR_SYSTEM;
	db_bind_int(&b, f->number);
	db_bind_int(&b, dir);
	db_bind_int(&b, v->body.seen);
	db_bind_int(&b, v->body.kept);
	db_bind_int(&b, v->body.shed);
	db_bind_int(&b, v->end_seq);
	db_bind_int(&b, f->detail->body[dir].first_seq);
	db_bind_blob(&b, v->head, FLOW_DB_HEAD_MAX);
	db_bind_blob(&b, v->trailer, FLOW_DB_HEAD_MAX);
	return db_bind_run(&b);
}

static int
put_hold(struct flow_db *db, const struct flow *f, struct errmsg *why)
{
	const uint64_t *us = f->detail->held_us;
	struct db_bind b;

	if (!us[0] && !us[1])
		return 0;
	if (db_bind_begin(&b, db, FLOW_SQL_PUT_HOLD, why))
		return ERR_SYSTEM;
	db_bind_int(&b, f->number);
	for (int i = 0; i < 2; i++)
		db_bind_int(&b, us[i] < DB_TIME_MAX_US ? us[i] : DB_TIME_MAX_US);
	return db_bind_run(&b);
}

int
flow_db_put_flow(struct flow_db *db, const struct flow *f, uint64_t conn, struct errmsg *why)
{
	int rc = put_summary(db, f, conn, why);
	const struct flow_detail *d = f->detail;
	struct db_bind b;

	for (int dir = 0; !rc && d && dir < 2; dir++)
		if (d->original[dir])
			rc = put_edit(db, f, (enum flow_dir)dir, why);
	if (!rc && d)
		rc = put_hold(db, f, why);
	if (rc || !d)
		return rc;
	if (db_bind_begin(&b, db, FLOW_SQL_PUT_DETAIL, why))
		return ERR_SYSTEM;
	db_bind_int(&b, f->number);
	for (int dir = 0; dir < 2; dir++) {
		db_bind_int(&b, d->body[dir].seen);
		db_bind_int(&b, d->body[dir].kept);
		db_bind_int(&b, d->body[dir].shed);
	}
	db_bind_text(&b, span_str(d->remedy));
	for (int dir = 0; dir < 2; dir++) {
		db_bind_blob(&b, d->head[dir], FLOW_DB_HEAD_MAX);
		db_bind_blob(&b, d->trailer[dir], FLOW_DB_HEAD_MAX);
	}
	db_bind_int(&b, d->conn_use);
	db_bind_int(&b, d->server_conn);
	db_bind_int(&b, d->server_use);
	return db_bind_run(&b);
}

int
flow_db_put_piece(struct flow_db *db, uint64_t number, enum flow_dir dir, uint32_t seq,
    struct span data, struct errmsg *why)
{
	struct db_bind b;

	if (db_bind_begin(&b, db, FLOW_SQL_PUT_PIECE, why))
		return ERR_SYSTEM;
	if (data.n > FLOW_DB_PIECE_MAX)
		return err_set(why, ERR_LIMIT, "a piece of a body is larger than %d MiB",
		    FLOW_DB_PIECE_MAX >> 20);
	db_bind_int(&b, number);
	db_bind_int(&b, dir);
	db_bind_int(&b, seq);
	db_bind_blob(&b, span_of(data.p ? data.p : "", data.n), FLOW_DB_PIECE_MAX);
	return db_bind_run(&b);
}

int
flow_db_put_message(
    struct flow_db *db, uint64_t number, uint32_t seq, const struct flow_message *m, uint64_t wall_ns, struct errmsg *why)
{
	struct db_bind b;

	if (db_bind_begin(&b, db, FLOW_SQL_PUT_MESSAGE, why))
		return ERR_SYSTEM;
	db_bind_int(&b, number);
	db_bind_int(&b, seq);
	db_bind_int(&b, m->dir);
	db_bind_int(&b, m->number);
	db_bind_int(&b, wall_ns);
	db_bind_int(&b, m->opcode);
	db_bind_int(&b, m->what);
	db_bind_blob(&b, m->sent, FLOW_DB_HEAD_MAX);
	return db_bind_run(&b);
}

int
flow_db_put_marks(struct flow_db *db, uint64_t number, bool marked, bool deleted, const char *comment, struct errmsg *why)
{
	struct db_bind b;

	if (db_bind_begin(&b, db, FLOW_SQL_PUT_MARKS, why))
		return ERR_SYSTEM;
	db_bind_int(&b, marked);
	db_bind_int(&b, deleted);
	db_bind_text(&b, span_str(comment));
	db_bind_int(&b, number);
	return db_bind_run(&b);
}

/* ---- reading ---- */

int
flow_db_last(struct flow_db *db, uint64_t *flow, uint64_t *conn, struct errmsg *why)
{
	struct db_row r = {.db = db, .table = "largest number", .why = why};

	*flow = *conn = 0;
	if (!db_row_query(&r, FLOW_SQL_LAST, 0, 0) && db_row_next(&r)) {
		*flow = db_row_null(&r) ? 0 : (uint64_t)db_row_int(&r, 0, DB_NUMBER_MAX);
		*conn = db_row_null(&r) ? 0 : (uint64_t)db_row_int(&r, 0, DB_NUMBER_MAX);
	}
	return db_row_end(&r);
}

static enum flow_proto
row_proto(struct db_row *r)
{
	int column = r->at;
	struct span s = db_row_span(r, FLOW_DB_TEXT_MAX);

	for (unsigned i = 0; i < FLOW_PROTO_COUNT; i++)
		if (s.p && span_eq(s, span_str(flow_proto_name(i))))
			return i;
	db_row_bad(r, column, "is no protocol");
	return FLOW_TCP;
}

/* The columns SUMMARY and the three after them. */
static void
row_summary(struct db_row *r, struct flow *f)
{
	*f = (struct flow){.ended = true};
	f->number = r->number = (uint64_t)db_row_int(r, 1, DB_NUMBER_MAX);
	f->state = (uint8_t)db_row_int(r, 0, FLOW_STATE_COUNT - 1);
	f->proto = (uint8_t)row_proto(r);
	f->tls = db_row_bool(r);
	f->port = (uint16_t)db_row_int(r, 0, UINT16_MAX);
	f->status = (uint16_t)db_row_int_or_null(r, UINT16_MAX);
	f->answered_here = db_row_bool(r);
	f->marked = db_row_bool(r);
	f->deleted = db_row_bool(r);
	bool ended = db_row_bool(r);
	f->wall_ns = (uint64_t)db_row_int(r, 0, INT64_MAX);
	f->mono_ns = FLOW_DB_MONO_NS + (uint64_t)db_row_int_or_null(r, DB_TIME_MAX_US) * 1000;
	if (!db_row_null(r))
		f->first_byte_ns = f->mono_ns + (uint64_t)db_row_int(r, 0, DB_TIME_MAX_US) * 1000;
	f->end_ns = f->mono_ns + (uint64_t)db_row_int(r, 0, DB_TIME_MAX_US) * 1000;
	f->bytes[FLOW_REQUEST] = (uint64_t)db_row_int(r, 0, INT64_MAX);
	f->bytes[FLOW_RESPONSE] = (uint64_t)db_row_int(r, 0, INT64_MAX);
	f->method = db_row_span(r, FLOW_DB_TEXT_MAX);
	f->host = db_row_span(r, FLOW_DB_TEXT_MAX);
	f->path = db_row_span(r, FLOW_DB_TEXT_MAX);
	f->content_type = db_row_span(r, FLOW_DB_TEXT_MAX);
	f->why = (char *)(uintptr_t)db_row_words(r);
	f->comment = (char *)(uintptr_t)db_row_words(r);
	/* NULL in what was written before there were any. */
	f->edited = db_row_int_or_null(r, 1) == 1;
	f->replay = db_row_int_or_null(r, 1) == 1;
	if (!ended)
		f->why = (char *)(uintptr_t)unended_why;
}

int
flow_db_rows(struct flow_db *db, uint64_t first, uint64_t last,
    bool (*each)(void *arg, const struct flow *f), void *arg, struct errmsg *why)
{
	struct db_row r = {.db = db, .table = "flow", .why = why};
	struct errmsg rest;
	struct flow f;
	uint64_t at = first ? first : 1;
	int bad = 0;

	if (last > DB_NUMBER_MAX)
		last = DB_NUMBER_MAX;
	if (at > last || db_row_query(&r, FLOW_SQL_ROWS, at, last))
		return r.rc;
	while (db_row_next(&r)) {
		row_summary(&r, &f);
		/* A tree whose branches join again would be walked for ever. */
		if (f.number < at || f.number > last) {
			db_row_bad(&r, 0, "is out of order");
			break;
		}
		at = f.number + 1;
		if (!r.rc && !each(arg, &f))
			break;
		/* One that cannot be read does not take the others with it. */
		if (r.rc) {
			bad = bad ? bad : r.rc;
			r.why = &rest;
			r.rc = 0;
		}
	}
	db_row_end(&r);
	return bad ? bad : r.rc;
}

int
flow_db_flagged(struct flow_db *db,
    void (*each)(void *arg, uint64_t number, bool marked, bool deleted), void *arg,
    struct errmsg *why)
{
	struct db_row r = {.db = db, .table = "flow", .why = why};

	if (db_row_query(&r, FLOW_SQL_FLAGGED, 0, 0))
		return r.rc;
	while (db_row_next(&r)) {
		/* As in flow_db_rows. */
		r.number = (uint64_t)db_row_int(&r, (int64_t)r.number + 1, DB_NUMBER_MAX);
		bool marked = db_row_bool(&r), deleted = db_row_bool(&r);
		if (r.rc)
			break;
		each(arg, r.number, marked, deleted);
	}
	return db_row_end(&r);
}

static struct span
row_owned(struct db_row *r)
{
	struct span s = db_row_span(r, FLOW_DB_HEAD_MAX);

	return s.p ? span_of(mem_dup(s.p, s.n), s.n) : s;
}

static void
load_detail(struct db_row *r, struct flow_detail *d)
{
	r->table = "detail";
	if (db_row_query(r, FLOW_SQL_GET_DETAIL, r->number, 0) || !db_row_next(r)) {
		db_row_end(r);
		return;
	}
	for (int dir = 0; dir < 2; dir++) {
		d->body[dir].seen = (uint64_t)db_row_int(r, 0, INT64_MAX);
		d->body[dir].kept = (uint64_t)db_row_int(r, 0, INT64_MAX);
		d->body[dir].shed = db_row_bool(r);
	}
	d->remedy = mem_strdup(db_row_words(r));
	for (int dir = 0; dir < 2; dir++) {
		d->head[dir] = row_owned(r);
		d->trailer[dir] = row_owned(r);
	}
	d->conn_use = (uint32_t)db_row_int_or_null(r, UINT32_MAX);
	d->server_conn = (uint32_t)db_row_int_or_null(r, UINT32_MAX);
	d->server_use = (uint32_t)db_row_int_or_null(r, UINT32_MAX);
	db_row_end(r);
}

static void
load_hold(struct db_row *r, struct flow_detail *d)
{
	r->table = "hold of flow";
	if (r->db->version >= 4 && !db_row_query(r, FLOW_SQL_GET_HOLD, r->number, 0) && db_row_next(r))
		for (int i = 0; i < 2; i++)
			d->held_us[i] = (uint64_t)db_row_int(r, 0, DB_TIME_MAX_US);
	db_row_end(r);
}

static void
body_add(struct flow_body *b, struct span s)
{
	if (b->npieces == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 4;
		b->piece = mem_resize(b->piece, b->cap, sizeof *b->piece);
	}
	b->piece[b->npieces++] =
	    (struct flow_piece){.p = mem_dup(s.p, s.n), .n = (uint32_t)s.n};
}

/* Pieces numbered from..end-1. Returns true when all that the file has of them was taken. */
static bool
load_pieces(struct db_row *r, enum flow_dir dir, uint32_t from, uint32_t end, uint64_t max, struct flow_body *b)
{
	uint64_t pieces_max = PIECES_MIN + max / PIECE_MIN_BYTES, sum = 0;
	int64_t seq = -1;
	bool whole = true;

	r->table = "body of flow";
	if (db_row_query(r, FLOW_SQL_GET_BODY, r->number, dir))
		return false;
	while (whole && db_row_next(r)) {
		/* Each after the one before, or a tree whose branches join again would be walked for ever. */
		seq = db_row_int(r, seq + 1, UINT32_MAX - 1);
		if (!r->rc && seq < from)
			continue;
		if (seq >= end)
			break;
		struct span s = db_row_span(r, FLOW_DB_PIECE_MAX);
		if (!s.p)
			db_row_bad(r, 1, "is not there");
		if (r->rc)
			break;
		whole = s.n <= max - sum && b->npieces < pieces_max;
		if (b->npieces < pieces_max && s.n > max - sum)
			s.n = (size_t)(max - sum);
		if (s.n && b->npieces < pieces_max)
			body_add(b, s);
		sum += s.n;
	}
	db_row_end(r);
	/* The counter was written at another time than the pieces, perhaps. */
	if (whole || b->kept < sum)
		b->kept = sum;
	return whole;
}

static void
load_some(struct db_row *r, enum flow_dir dir, uint32_t end, uint64_t max, struct flow_body *b, struct flow *f)
{
	if (!load_pieces(r, dir, b->first_seq, end, max, b))
		f->spilled = true;
	if (b->seen < b->kept)
		b->seen = b->kept;
	b->saved = b->npieces;
	b->next_seq = end;
}

static void
load_original(struct db_row *r, enum flow_dir dir, uint64_t max, struct flow *f)
{
	r->table = "edit of flow";
	if (r->db->version < 3 || db_row_query(r, FLOW_SQL_GET_EDIT, r->number, dir) || !db_row_next(r)) {
		db_row_end(r);
		return;
	}
	struct flow_version *v = f->detail->original[dir] = mem_zalloc(sizeof *v);
	v->body.seen = (uint64_t)db_row_int(r, 0, INT64_MAX);
	v->body.kept = (uint64_t)db_row_int(r, 0, INT64_MAX);
	v->body.shed = db_row_bool(r);
	v->end_seq = (uint32_t)db_row_int(r, 0, UINT32_MAX - 1);
	f->detail->body[dir].first_seq = (uint32_t)db_row_int(r, v->end_seq, UINT32_MAX - 1);
	v->head = row_owned(r);
	v->trailer = row_owned(r);
	if (!db_row_end(r))
		load_some(r, dir, v->end_seq, max, &v->body, f);
}

static void
load_body(struct db_row *r, enum flow_dir dir, uint64_t max, struct flow *f)
{
	struct flow_body *b = &f->detail->body[dir];

	load_some(r, dir, UINT32_MAX, max, b, f);
	b->next_seq = b->first_seq;
	if (!r->rc && !db_row_query(r, FLOW_SQL_GET_BODY_LAST, r->number, dir) && db_row_next(r))
		b->next_seq = db_row_null(r) ? 0 : (uint32_t)db_row_int(r, 0, UINT32_MAX - 1) + 1;
	b->next_seq = b->next_seq > b->first_seq ? b->next_seq : b->first_seq;
	db_row_end(r);
}

static void
load_message(struct db_row *r, const struct flow *f, struct flow_message *m)
{
	m->dir = (uint8_t)db_row_int(r, 0, 1);
	m->number = (uint32_t)db_row_int(r, 0, UINT32_MAX);
	uint64_t wall_ns = (uint64_t)db_row_int(r, 0, INT64_MAX);
	m->mono_ns = f->mono_ns + (wall_ns > f->wall_ns ? wall_ns - f->wall_ns : 0);
	m->opcode = (uint8_t)db_row_int(r, 0, 15);
	m->what = (uint8_t)db_row_int(r, 0, FLOW_MESSAGE_WHATS - 1);
	m->sent = row_owned(r);
}

/* max: of what was sent in place of messages; rows of a file that someone made may share their pages. */
static void
load_messages(struct db_row *r, uint64_t max, struct flow *f)
{
	int64_t seq = -1;
	uint64_t sum = 0;

	r->table = "messages of flow";
	if (r->db->version < 4 || f->proto != FLOW_WS || db_row_query(r, FLOW_SQL_GET_MESSAGES, r->number, 0)) {
		db_row_end(r);
		return;
	}
	while (sum <= max && db_row_next(r)) {
		/* As in load_pieces. */
		seq = db_row_int(r, seq + 1, FLOW_MESSAGES_MAX - 1);
		if (r->rc)
			break;
		struct flow_message *m = flow_messages_add(&f->detail->messages);
		load_message(r, f, m);
		sum += m->sent.n;
	}
	db_row_end(r);
	if (f->detail->messages)
		f->detail->messages->saved = f->detail->messages->n;
}

/* Owned unless "", as struct flow_tls says. */
static char *
row_tls_words(struct db_row *r)
{
	static char none[1];
	const char *s = db_row_words(r);

	return s && *s ? mem_strdup(s) : none;
}

static void
load_tls(struct db_row *r, int side, struct flow_conn *c)
{
	r->table = "tls of conn";
	if (!db_row_query(r, FLOW_SQL_GET_TLS, c->number, (uint64_t)side) && db_row_next(r)) {
		struct flow_tls *t = c->tls[side] = mem_zalloc(sizeof *t);
		r->at = 2;
		row_fields(r, tls_fields, TLS_FIELDS, t);
		t->why = row_tls_words(r);
		t->remedy = row_tls_words(r);
	}
	db_row_end(r);
}

static void
load_handshake(struct db_row *r, struct flow_conn *c)
{
	struct flow_tls none[2] = {{.done = false}};
	struct flow_tls *client = c->tls[FLOW_CLIENT], *server = c->tls[FLOW_SERVER];

	r->table = "handshake of conn";
	if (r->db->version >= 5 && !db_row_query(r, FLOW_SQL_GET_HANDSHAKE, c->number, 0) && db_row_next(r)) {
		row_fields(r, hello_fields, HELLO_FIELDS, c);
		row_fields(r, leaf_fields, LEAF_FIELDS, client ? client : &none[0]);
		row_fields(r, server_fields, SERVER_FIELDS, server ? server : &none[1]);
	}
	db_row_end(r);
}

static struct flow_conn *
load_conn(struct db_row *r, uint64_t number)
{
	struct flow_conn *c = NULL;

	r->table = "conn";
	r->number = number;
	if (number && !db_row_query(r, FLOW_SQL_GET_CONN, number, 0) && db_row_next(r)) {
		c = mem_zalloc(sizeof *c);
		c->number = number;
		c->refs = 1;
		c->mono_ns = FLOW_DB_MONO_NS;
		r->at = 1;
		c->wall_ns = (uint64_t)db_row_int(r, 0, INT64_MAX);
		row_fields(r, conn_fields, CONN_FIELDS, c);
	}
	db_row_end(r);
	for (int side = 0; c && !r->rc && side < 2; side++)
		load_tls(r, side, c);
	if (c && !r->rc)
		load_handshake(r, c);
	return c;
}

static int
load_flow(struct db_row *r, uint64_t body_max_bytes, struct flow **out)
{
	uint64_t number = r->number, conn, replay_of, sent_us = 0;
	bool sent = false;
	struct flow f;

	if (db_row_query(r, FLOW_SQL_GET_FLOW, number, 0) || !db_row_next(r)) {
		db_row_end(r);
		return r->rc ? r->rc
			     : err_set(r->why, ERR_NOTFOUND, "%s has no flow %" PRIu64, r->db->name,
				   number);
	}
	row_summary(r, &f);
	conn = db_row_null(r) ? 0 : (uint64_t)db_row_int(r, 1, DB_NUMBER_MAX);
	sent = !db_row_null(r);
	if (sent)
		sent_us = (uint64_t)db_row_int(r, 0, DB_TIME_MAX_US);
	replay_of = db_row_null(r) ? 0 : (uint64_t)db_row_int(r, 1, DB_NUMBER_MAX);
	struct flow *c = r->rc ? NULL : flow_copy_summary(&f);
	if (db_row_end(r))
		return r->rc;
	c->detail = mem_zalloc(sizeof *c->detail);
	c->detail->sent_ns = sent ? c->mono_ns + sent_us * 1000 : 0;
	c->detail->replay_of = replay_of;
	load_detail(r, c->detail);
	if (!r->rc)
		load_hold(r, c->detail);
	for (int dir = 0; !r->rc && dir < 2; dir++)
		load_original(r, (enum flow_dir)dir, body_max_bytes, c);
	for (int dir = 0; !r->rc && dir < 2; dir++)
		load_body(r, dir, body_max_bytes, c);
	if (!r->rc)
		load_messages(r, body_max_bytes > FLOW_DB_HEAD_MAX ? body_max_bytes : FLOW_DB_HEAD_MAX, c);
	if (!r->rc)
		c->detail->conn = load_conn(r, conn);
	if (r->rc)
		flow_free_loaded(c);
	else
		*out = c;
	return r->rc;
}

int
flow_db_load(struct flow_db *db, uint64_t number, uint64_t body_max_bytes, struct flow **out,
    struct errmsg *why)
{
	struct db_row r = {.db = db, .table = "flow", .number = number, .why = why};
	/* Its tables as they were at one moment. */
	int begun = db_begin_read(db, why), rc;

	*out = NULL;
	if (begun < 0)
		return begun;
	rc = load_flow(&r, body_max_bytes, out);
	if (begun)
		flow_db_rollback(db);
	return rc;
}
