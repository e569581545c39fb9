/* SPDX-License-Identifier: MIT
 * Messages that are edited. */
#include "proto/h1_message.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "proto/coding.h"
#include "proto/h1_forward.h"
#include "proto/h1_parse.h"
#include "proto/url.h"

enum { MESSAGE_FIELDS_STEP = 16, MESSAGE_NUMBER_MAX = 24 };

/* ---- fields ---- */

static char *
line_dup(const char *text, size_t n)
{
	size_t k = 0;

	while (k < n && text[k] != '\r' && text[k] != '\n' && text[k] != '\0')
		k++;
	return mem_dup(text, k);
}

static void
fields_insert_n(struct h1_message_fields *f, unsigned i, struct span name, struct span value)
{
	if (f->n == f->cap) {
		f->cap += MESSAGE_FIELDS_STEP;
		f->field = mem_resize(f->field, f->cap, sizeof *f->field);
	}
	memmove(f->field + i + 1, f->field + i, (f->n - i) * sizeof *f->field);
	f->field[i] = (struct h1_message_field){line_dup(name.p, name.n), line_dup(value.p, value.n)};
	f->n++;
}

void
h1_fields_insert(struct h1_message_fields *f, unsigned i, const char *name, const char *value)
{
	fields_insert_n(f, i, span_str(name), span_str(value));
}

void
h1_fields_remove(struct h1_message_fields *f, unsigned i)
{
	free(f->field[i].name);
	free(f->field[i].value);
	f->n--;
	memmove(f->field + i, f->field + i + 1, (f->n - i) * sizeof *f->field);
}

void
h1_fields_set(struct h1_message_fields *f, unsigned i, const char *name, const char *value)
{
	struct h1_message_field old = f->field[i];

	f->field[i] = (struct h1_message_field){line_dup(name, strlen(name)), line_dup(value, strlen(value))};
	free(old.name);
	free(old.value);
}

static void
fields_set_n(struct h1_message_fields *f, unsigned i, struct span value)
{
	free(f->field[i].value);
	f->field[i].value = line_dup(value.p, value.n);
}

void
h1_fields_move(struct h1_message_fields *f, unsigned i, unsigned j)
{
	struct h1_message_field moved = f->field[i];

	if (i < j)
		memmove(f->field + i, f->field + i + 1, (j - i) * sizeof *f->field);
	else
		memmove(f->field + j + 1, f->field + j, (i - j) * sizeof *f->field);
	f->field[j] = moved;
}

unsigned
h1_fields_find(const struct h1_message_fields *f, const char *name)
{
	unsigned i = 0;

	while (i < f->n && strcasecmp(f->field[i].name, name) != 0)
		i++;
	return i;
}

void
h1_fields_fini(struct h1_message_fields *f)
{
	while (f->n)
		h1_fields_remove(f, f->n - 1);
	free(f->field);
	*f = (struct h1_message_fields){0};
}

void
h1_fields_copy(struct h1_message_fields *to, const struct h1_message_fields *from)
{
	h1_fields_fini(to);
	for (unsigned i = 0; i < from->n; i++)
		h1_fields_insert(to, i, from->field[i].name, from->field[i].value);
}

static void
fields_take(struct h1_message_fields *f, const struct http_head *h)
{
	h1_fields_fini(f);
	for (unsigned i = 0; i < h->nfields; i++)
		fields_insert_n(f, i, h->field[i].name, h->field[i].value);
}

static bool
fields_equal(const struct h1_message_fields *a, const struct h1_message_fields *b)
{
	for (unsigned i = 0; a->n == b->n && i < a->n; i++)
		if (strcmp(a->field[i].name, b->field[i].name) != 0 ||
		    strcmp(a->field[i].value, b->field[i].value) != 0)
			return false;
	return a->n == b->n;
}

/* Removes every field of that name but the first `keep` ones. */
static void
fields_drop(struct h1_message_fields *f, const char *name, unsigned keep)
{
	for (unsigned i = 0; i < f->n;) {
		if (strcasecmp(f->field[i].name, name) != 0)
			i++;
		else if (keep)
			keep--, i++;
		else
			h1_fields_remove(f, i);
	}
}

/* 0, or ERR_LIMIT when it does not fit. */
static int
fields_write(const struct h1_message_fields *f, const char *eol, struct buf *out)
{
	int bad = 0;

	for (unsigned i = 0; i < f->n && !bad; i++)
		bad = buf_add_str(out, f->field[i].name) || buf_add_str(out, f->field[i].value[0] ? ": " : ":") ||
		      buf_add_str(out, f->field[i].value) || buf_add_str(out, eol);
	return bad ? ERR_LIMIT : 0;
}

/* ---- the message ---- */

void
h1_message_init(struct h1_message *m, bool response)
{
	*m = (struct h1_message){.response = response, .start = mem_strdup("")};
	buf_init(&m->body, H1_MESSAGE_BODY_MAX_BYTES);
}

void
h1_message_fini(struct h1_message *m)
{
	free(m->start);
	m->start = NULL;
	h1_fields_fini(&m->fields);
	h1_fields_fini(&m->trailers);
	buf_fini(&m->body);
}

void
h1_message_copy(struct h1_message *to, const struct h1_message *from)
{
	free(to->start);
	to->start = mem_strdup(from->start);
	to->response = from->response;
	to->decoded = from->decoded;
	to->keep_length = from->keep_length;
	h1_fields_copy(&to->fields, &from->fields);
	h1_fields_copy(&to->trailers, &from->trailers);
	buf_clear(&to->body);
	buf_add_span(&to->body, buf_span(&from->body));
}

bool
h1_message_equal(const struct h1_message *a, const struct h1_message *b)
{
	return strcmp(a->start, b->start) == 0 && fields_equal(&a->fields, &b->fields) &&
	       fields_equal(&a->trailers, &b->trailers) && span_eq(buf_span(&a->body), buf_span(&b->body));
}

/* All values of a field, joined by commas. */
static void
fields_list(const struct h1_message_fields *f, const char *name, struct buf *out)
{
	for (unsigned i = 0; i < f->n; i++) {
		if (strcasecmp(f->field[i].name, name) != 0)
			continue;
		buf_add_str(out, out->n ? "," : "");
		buf_add_str(out, f->field[i].value);
	}
}

static int
message_take_body(struct h1_message *m, struct span body, struct errmsg *why)
{
	struct coding_limits limits = coding_limits_default;
	struct coding_result r = {.end = CODING_WHOLE};
	struct buf list, out;

	buf_clear(&m->body);
	m->decoded = false;
	buf_init(&list, HTTP_HEAD_MAX_BYTES);
	buf_init(&out, H1_MESSAGE_BODY_MAX_BYTES);
	fields_list(&m->fields, "content-encoding", &list);
	limits.out_max_bytes = H1_MESSAGE_BODY_MAX_BYTES;
	/* A coding that an edit adds is applied too. */
	m->decoded = coding_undo(buf_span(&list), body, &limits, &out, &r) == 0;
	int bad = buf_add_span(&m->body, m->decoded && r.changed ? buf_span(&out) : body);
	buf_fini(&list);
	buf_fini(&out);
	return bad ? err_set(why, ERR_LIMIT, "the body is too large to be edited: the most is %d MiB",
	                 H1_MESSAGE_BODY_MAX_BYTES >> 20)
		   : 0;
}

static void
message_take_head(struct h1_message *m, const struct http_head *h)
{
	const char *eol = memchr(h->raw.p, '\r', h->raw.n);

	free(m->start);
	m->start = line_dup(h->raw.p, eol ? (size_t)(eol - h->raw.p) : h->raw.n);
	fields_take(&m->fields, h);
}

static long
message_parse(bool response, struct span head, struct http_head *h, struct h1_fault *fault)
{
	size_t scan = 0;

	return response ? h1_parse_response(head.p, head.n, &scan, h, fault)
			: h1_parse_request(head.p, head.n, &scan, h, fault);
}

int
h1_message_set(struct h1_message *m, struct span head, struct span trailers, struct span body, struct errmsg *why)
{
	struct http_head *h = mem_alloc(sizeof *h);
	struct h1_fault fault = {.why = "it is not complete"};
	struct h1_body b;
	size_t scan = 0;
	int bad = 0;

	if (message_parse(m->response, head, h, &fault) <= 0) {
		bad = err_set(why, ERR_SYNTAX, "the recorded head cannot be edited: %s", fault.why);
	} else {
		message_take_head(m, h);
		h1_fields_fini(&m->trailers);
		h1_body_init(&b, H1_BODY_CHUNKED, 0);
		b.trailers = true;
		if (trailers.n && h1_parse_trailers(&b, trailers.p, trailers.n, &scan, h, &fault) > 0)
			fields_take(&m->trailers, h);
		bad = message_take_body(m, body, why);
	}
	free(h);
	return bad;
}

/* ---- as text ---- */

void
h1_message_text(const struct h1_message *m, bool body, struct buf *out)
{
	buf_add_str(out, m->start);
	buf_add_str(out, "\n");
	fields_write(&m->fields, "\n", out);
	buf_add_str(out, "\n");
	if (body)
		buf_add_span(out, buf_span(&m->body));
}

/* The next line without its end; false at the end of the text. */
static bool
text_line(struct span *text, struct span *line)
{
	const char *eol = text->n ? memchr(text->p, '\n', text->n) : NULL;
	size_t n = eol ? (size_t)(eol - text->p) : text->n;

	if (!text->n)
		return false;
	*line = span_of(text->p, n && text->p[n - 1] == '\r' ? n - 1 : n);
	*text = span_of(text->p + n + (eol != NULL), text->n - n - (eol != NULL));
	return true;
}

static int
text_field(struct h1_message_fields *f, struct span line, struct errmsg *why)
{
	const char *colon = memchr(line.p, ':', line.n);

	if (memchr(line.p, '\0', line.n) || memchr(line.p, '\r', line.n))
		return err_set(why, ERR_SYNTAX, "a NUL or CR cannot stand in a field");
	if (!colon || colon == line.p || line.p[0] == ' ' || line.p[0] == '\t')
		return err_set(why, ERR_SYNTAX, "a field is NAME: VALUE; an empty line ends them");
	if (f->n == HTTP_FIELDS_MAX)
		return err_set(why, ERR_LIMIT, "more than %d fields", HTTP_FIELDS_MAX);
	size_t n = (size_t)(colon - line.p), v = n + 1;
	while (v < line.n && (line.p[v] == ' ' || line.p[v] == '\t'))
		v++;
	fields_insert_n(f, f->n, span_of(line.p, n), span_of(line.p + v, line.n - v));
	return 0;
}

int
h1_message_from_text(struct h1_message *m, struct span text, bool body, unsigned *line, struct errmsg *why)
{
	struct h1_message_fields fields = {0};
	struct span start = SPAN_NONE, one;
	int bad = 0;

	*line = 1;
	if (!text_line(&text, &start) || !start.n || memchr(start.p, '\0', start.n))
		return err_set(why, ERR_SYNTAX, "the first line is the %s",
		    m->response ? "status line, such as HTTP/1.1 200 OK" : "request line, such as GET / HTTP/1.1");
	while (!bad && text_line(&text, &one) && one.n) {
		++*line;
		bad = text_field(&fields, one, why);
	}
	if (!bad && body && text.n > H1_MESSAGE_BODY_MAX_BYTES)
		bad = err_set(why, ERR_LIMIT, "the body is larger than %d MiB", H1_MESSAGE_BODY_MAX_BYTES >> 20);
	if (bad) {
		h1_fields_fini(&fields);
		return bad;
	}
	free(m->start);
	m->start = line_dup(start.p, start.n);
	h1_fields_fini(&m->fields);
	m->fields = fields;
	if (body) {
		buf_clear(&m->body);
		buf_add_span(&m->body, text);
	}
	return 0;
}

/* ---- written ---- */

void
h1_message_wire_init(struct h1_message_wire *w)
{
	buf_init(&w->head, HTTP_HEAD_MAX_BYTES);
	buf_init(&w->body, H1_MESSAGE_BODY_MAX_BYTES);
	buf_init(&w->trailers, HTTP_HEAD_MAX_BYTES);
}

void
h1_message_wire_fini(struct h1_message_wire *w)
{
	buf_fini(&w->head);
	buf_fini(&w->body);
	buf_fini(&w->trailers);
}

static bool
fields_say_chunked(const struct h1_message_fields *f)
{
	unsigned i = h1_fields_find(f, "transfer-encoding");

	return i < f->n && strcasecmp(f->field[i].value, "chunked") == 0;
}

/* The status of a response's start line; 0 for a request. */
static int
message_status(const struct h1_message *m)
{
	const char *blank = m->response ? strchr(m->start, ' ') : NULL;

	int status = 0;

	for (const char *p = blank ? blank + 1 : ""; *p >= '0' && *p <= '9' && status < 1000; p++)
		status = status * 10 + (*p - '0');
	return status;
}

/* Requests of these methods mean a body even when it is empty (RFC 9110 8.6). */
static bool
message_expects_body(const struct h1_message *m)
{
	static const char *const method[] = {"POST ", "PUT ", "PATCH "};

	for (size_t i = 0; !m->response && i < sizeof method / sizeof *method; i++)
		if (strncmp(m->start, method[i], strlen(method[i])) == 0)
			return true;
	return m->response;
}

static void
frame_set_length(struct h1_message_fields *f, size_t n)
{
	struct buf number;
	unsigned i = h1_fields_find(f, "content-length");

	buf_init(&number, MESSAGE_NUMBER_MAX);
	buf_addf(&number, "%zu", n);
	if (i < f->n)
		fields_set_n(f, i, buf_span(&number));
	else
		fields_insert_n(f, f->n, SPAN_LIT("Content-Length"), buf_span(&number));
	buf_fini(&number);
	fields_drop(f, "content-length", 1);
}

/* Makes the framing fields say what the body is (RFC 9112 6). */
static int
message_frame(const struct h1_message *m, bool to_head, size_t body_n, struct h1_message_fields *f, struct errmsg *why)
{
	int status = message_status(m);
	bool bodiless = m->response && (to_head || status / 100 == 1 || status == 204 || status == 304);
	bool old = strstr(m->start, "HTTP/1.0") != NULL;
	bool chunked = !old && (m->trailers.n || fields_say_chunked(f));

	if (bodiless && body_n)
		return err_set(why, ERR_SYNTAX, to_head ? "an answer to HEAD has no body" : "a response with status %d has no body",
		    status);
	if (m->keep_length || (bodiless && (to_head || status == 304)))
		return 0;
	fields_drop(f, "transfer-encoding", chunked ? 1 : 0);
	if (chunked) {
		unsigned i = h1_fields_find(f, "transfer-encoding");
		if (i == f->n)
			h1_fields_insert(f, f->n, "Transfer-Encoding", "chunked");
		else
			h1_fields_set(f, i, f->field[i].name, "chunked");
		fields_drop(f, "content-length", 0);
	} else if (bodiless) {
		fields_drop(f, "content-length", 0);
	} else if (body_n || message_expects_body(m) || h1_fields_find(f, "content-length") < f->n) {
		frame_set_length(f, body_n);
	}
	return 0;
}

bool
h1_message_target_host(const struct h1_message *m, struct buf *out)
{
	const size_t method_n = strcspn(m->start, " ");
	const char *target = m->start + method_n + strspn(m->start + method_n, " "), *why;
	struct url_target t;

	if (m->response || url_parse_target(span_of(m->start, method_n), span_of(target, strcspn(target, " ")), &t, &why) ||
	    t.form != URL_ABSOLUTE)
		return false;
	url_authority_add(&t.authority, out);
	return true;
}

static void
message_set_host(const struct h1_message *m, struct h1_message_fields *f)
{
	unsigned i = h1_fields_find(f, "host");
	struct buf host;

	buf_init(&host, URL_AUTHORITY_MAX_BYTES);
	if (!h1_message_target_host(m, &host))
		; /* Host stands as it is */
	else if (i < f->n)
		fields_set_n(f, i, buf_span(&host));
	else
		fields_insert_n(f, 0, SPAN_LIT("Host"), buf_span(&host));
	buf_fini(&host);
}

static int
wire_check(const struct h1_message *m, bool to_head, const struct h1_message_wire *w, struct errmsg *why)
{
	struct http_head *h = mem_alloc(sizeof *h);
	struct h1_fault fault = {.why = "the head is not complete"};
	struct h1_request q = {.is_head = to_head};
	struct h1_response r;
	size_t left = w->head.n;
	long n = message_parse(m->response, buf_span(&w->head), h, &fault);
	int bad = n <= 0 ? ERR_SYNTAX : 0;

	left -= n > 0 ? (size_t)n : 0;
	if (!bad)
		bad = m->response ? h1_check_response(h, &q, &r, &fault) : h1_check_request(h, &q, &fault);
	if (!bad && left)
		bad = err_set(why, ERR_SYNTAX, "an empty line ends the head too early");
	else if (bad)
		bad = err_set(why, ERR_SYNTAX, "%s", fault.why);
	free(h);
	return bad;
}

static int
wire_trailers(const struct h1_message *m, struct h1_message_wire *w, struct errmsg *why)
{
	struct http_head *h = mem_alloc(sizeof *h);
	struct h1_fault fault = {.why = "they are not complete"};
	struct h1_body b;
	size_t scan = 0, n;

	if (fields_write(&m->trailers, "\r\n", &w->trailers)) {
		free(h);
		return err_set(why, ERR_LIMIT, "the trailers are larger than %d KiB", HTTP_HEAD_MAX_BYTES >> 10);
	}
	n = w->trailers.n;
	h1_body_init(&b, H1_BODY_CHUNKED, 0);
	b.trailers = true;
	buf_add_str(&w->trailers, "\r\n");
	bool bad = n && h1_parse_trailers(&b, w->trailers.p, w->trailers.n, &scan, h, &fault) <= 0;
	w->trailers.n = n;
	free(h);
	return bad ? err_set(why, ERR_SYNTAX, "trailers: %s", fault.why) : 0;
}

static int
wire_body(const struct h1_message *m, struct h1_message_wire *w, struct errmsg *why)
{
	struct buf list;

	if (!m->decoded || !m->body.n)
		return buf_add_span(&w->body, buf_span(&m->body))
			   ? err_set(why, ERR_LIMIT, "the body is too large")
			   : 0;
	buf_init(&list, HTTP_HEAD_MAX_BYTES);
	fields_list(&m->fields, "content-encoding", &list);
	int bad = coding_apply(buf_span(&list), buf_span(&m->body), H1_MESSAGE_BODY_MAX_BYTES, &w->body, why);
	buf_fini(&list);
	return bad;
}

int
h1_message_write(const struct h1_message *m, bool to_head, struct h1_message_wire *w, struct errmsg *why)
{
	struct h1_message_fields f = {0};

	buf_clear(&w->head);
	buf_clear(&w->body);
	buf_clear(&w->trailers);
	int bad = wire_body(m, w, why);
	if (bad)
		return bad;
	h1_fields_copy(&f, &m->fields);
	message_set_host(m, &f);
	bad = message_frame(m, to_head, w->body.n, &f, why);
	if (!bad && (buf_add_str(&w->head, m->start) || buf_add_str(&w->head, "\r\n") ||
	                fields_write(&f, "\r\n", &w->head) || buf_add_str(&w->head, "\r\n")))
		bad = err_set(why, ERR_LIMIT, "the head is larger than %d KiB", HTTP_HEAD_MAX_BYTES >> 10);
	h1_fields_fini(&f);
	if (!bad)
		bad = wire_check(m, to_head, w, why);
	return bad ? bad : wire_trailers(m, w, why);
}
