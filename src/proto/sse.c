/* SPDX-License-Identifier: MIT
 * Event streams. */
#include "proto/sse.h"

#include "proto/http_char.h"

enum { SSE_LOOK_BYTES = 256 };

/* What of a line is being read. */
enum {
	SSE_IN_FIELD = 0,
	SSE_IN_OTHER, /* a comment or the value of a field that is not known */
	SSE_IN_DATA,
	SSE_IN_TYPE,
	SSE_IN_ID,
	SSE_IN_RETRY
};

bool
sse_is_type(struct span content_type)
{
	return span_ieq(http_media_type(content_type), SPAN_LIT("text/event-stream"));
}

void
sse_reader_init(struct sse_reader *r, uint64_t at, size_t data_max)
{
	*r = (struct sse_reader){.at = at, .retry_ms = -1};
	buf_init(&r->data, data_max);
}

void
sse_reader_fini(struct sse_reader *r)
{
	buf_fini(&r->data);
}

bool
sse_reader_inside(const struct sse_reader *r)
{
	return r->begun;
}

static void
sse_data_add(struct sse_reader *r, const char *p, size_t n)
{
	size_t room = r->data.max - r->data.n, take = n < room ? n : room;

	r->data_n += n;
	r->cut |= take < n;
	if (take)
		buf_add(&r->data, p, take);
}

/* Adds to a text of limited length; true when it did not fit. */
static bool
sse_text_add(char *to, size_t max, size_t *n, const char *p, size_t p_n)
{
	size_t take = p_n < max - *n ? p_n : max - *n;

	memcpy(to + *n, p, take);
	*n += take;
	return take < p_n;
}

static void
sse_retry_add(struct sse_reader *r, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		r->retry_bad |= p[i] < '0' || p[i] > '9' || r->new_retry_digits == SSE_RETRY_DIGITS;
		if (r->retry_bad)
			return;
		r->new_retry = r->new_retry * 10 + (uint64_t)(p[i] - '0');
		r->new_retry_digits++;
	}
}

/* The name is complete. */
static void
sse_value_begin(struct sse_reader *r)
{
	struct span name = span_of(r->field, r->field_n);

	r->in = SSE_IN_OTHER;
	r->first = true;
	if (span_eq(name, SPAN_LIT("data"))) {
		r->in = SSE_IN_DATA;
		if (r->data_lines++)
			sse_data_add(r, "\n", 1);
	} else if (span_eq(name, SPAN_LIT("event"))) {
		r->in = SSE_IN_TYPE;
		r->type_n = 0;
	} else if (span_eq(name, SPAN_LIT("id"))) {
		r->in = SSE_IN_ID;
		r->new_id_n = 0;
		r->id_nul = r->new_id_cut = false;
	} else if (span_eq(name, SPAN_LIT("retry"))) {
		r->in = SSE_IN_RETRY;
		r->new_retry = r->new_retry_digits = 0;
		r->retry_bad = false;
	}
}

static void
sse_value_add(struct sse_reader *r, const char *p, size_t n)
{
	if (r->first && *p == ' ') { /* one space after the colon is not part of the value */
		p++;
		n--;
	}
	r->first = false;
	switch (r->in) {
	case SSE_IN_DATA:
		sse_data_add(r, p, n);
		break;
	case SSE_IN_TYPE:
		r->cut |= sse_text_add(r->type, sizeof r->type, &r->type_n, p, n);
		break;
	case SSE_IN_ID:
		r->id_nul |= n && memchr(p, '\0', n);
		r->new_id_cut |= sse_text_add(r->new_id, sizeof r->new_id, &r->new_id_n, p, n);
		break;
	case SSE_IN_RETRY:
		sse_retry_add(r, p, n);
		break;
	default:
		break;
	}
}

/* Takes bytes of a line that has no line end in them. */
static void
sse_line_add(struct sse_reader *r, const char *p, size_t n)
{
	const char *colon = r->in == SSE_IN_FIELD ? memchr(p, ':', n) : NULL;
	size_t name_n = r->in != SSE_IN_FIELD ? 0 : colon ? (size_t)(colon - p) : n;

	if (!r->line && !r->begun) {
		r->begun = true;
		r->begin = r->at;
	}
	r->line = true;
	r->at += n;
	sse_text_add(r->field, sizeof r->field, &r->field_n, p, name_n);
	p += name_n;
	n -= name_n;
	if (colon) {
		sse_value_begin(r);
		p++;
		n--;
	}
	if (n)
		sse_value_add(r, p, n);
}

/* A byte order mark at the beginning of the stream is none of the line's. */
static void
sse_skip_mark(struct sse_reader *r)
{
	if (r->at == 3 && r->in == SSE_IN_FIELD && span_eq(span_of(r->field, r->field_n), SPAN_LIT("\xef\xbb\xbf"))) {
		r->field_n = 0;
		r->line = r->begun = false;
	}
}

static void
sse_line_end(struct sse_reader *r)
{
	if (r->in == SSE_IN_FIELD)
		sse_value_begin(r);
	if (r->in == SSE_IN_ID && !r->id_nul) {
		memcpy(r->id, r->new_id, r->new_id_n);
		r->id_n = r->new_id_n;
		r->has_id = true;
		r->cut |= r->new_id_cut;
	}
	if (r->in == SSE_IN_RETRY && r->new_retry_digits && !r->retry_bad)
		r->retry_ms = (int64_t)r->new_retry;
	r->in = SSE_IN_FIELD;
	r->field_n = 0;
	r->line = false;
}

/* Forgets the event whose spans were lent, or one without data. */
static void
sse_forget(struct sse_reader *r)
{
	buf_clear(&r->data);
	r->data_n = r->data_lines = 0;
	r->type_n = r->id_n = 0;
	r->has_id = r->cut = r->begun = false;
	r->retry_ms = -1;
}

bool
sse_reader_open(const struct sse_reader *r, struct sse_event *out)
{
	if (!r->begun || !r->data_lines)
		return false;
	*out = (struct sse_event){.at = r->begin,
	    .n = r->at - r->begin,
	    .type = span_of(r->type, r->type_n),
	    .data = buf_span(&r->data),
	    .data_n = r->data_n,
	    .id = r->has_id ? span_of(r->id, r->id_n) : SPAN_NONE,
	    .retry_ms = r->retry_ms,
	    .cut = r->cut};
	return true;
}

/* A blank line; true when it dispatches an event. */
static bool
sse_dispatch(struct sse_reader *r, struct sse_event *out)
{
	if (!sse_reader_open(r, out)) {
		sse_forget(r);
		return false;
	}
	r->begun = false;
	return true;
}

/* How many bytes come before a line end, as far as is looked at once: where lines end with CR, the search for LF must not go far. */
static size_t
sse_run(const struct span *in)
{
	size_t look = in->n < SSE_LOOK_BYTES ? in->n : SSE_LOOK_BYTES;
	const char *lf = memchr(in->p, '\n', look);
	size_t n = lf ? (size_t)(lf - in->p) : look;
	const char *cr = n ? memchr(in->p, '\r', n) : NULL;

	return cr ? (size_t)(cr - in->p) : n;
}

bool
sse_reader_next(struct sse_reader *r, struct span *in, struct sse_event *out)
{
	if (!r->begun && r->data_lines)
		sse_forget(r);
	while (in->n) {
		char c = *in->p;
		size_t n = sse_run(in);
		if (r->at < 3 && n > 3 - r->at) /* where a byte order mark would end */
			n = (size_t)(3 - r->at);
		if (n) {
			sse_line_add(r, in->p, n);
			sse_skip_mark(r);
			r->after_cr = false;
			*in = span_of(in->p + n, in->n - n);
			continue;
		}
		*in = span_of(in->p + 1, in->n - 1);
		r->at++;
		bool second = c == '\n' && r->after_cr;
		r->after_cr = c == '\r';
		if (second)
			continue;
		if (r->line)
			sse_line_end(r);
		else if (sse_dispatch(r, out))
			return true;
	}
	return false;
}
