/* SPDX-License-Identifier: MIT
 * Counting flows by a value. */
#include "ui/freq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "ui/flow_text.h"

enum { SLOTS = 32768, SLOT_MASK = SLOTS - 1 };

_Static_assert(FREQ_VALUES_MAX * 2 < SLOTS, "the table is never more than half full");

/* ---- values ---- */

static struct span
value_host(const struct flow *f, char *out)
{
	(void)out;
	return f->host;
}

static struct span
value_method(const struct flow *f, char *out)
{
	(void)out;
	return f->method;
}

static struct span
value_code(const struct flow *f, char *out)
{
	snprintf(out, FREQ_VALUE_BYTES_MAX, "%u", f->status);
	return f->status ? span_str(out) : SPAN_NONE;
}

/* "text/html" of "Text/HTML; charset=utf-8" */
static struct span
value_type(const struct flow *f, char *out)
{
	size_t n = 0;

	for (; n < f->content_type.n && n + 1 < FREQ_VALUE_BYTES_MAX; n++) {
		char c = f->content_type.p[n];
		if (c == ';' || c == ' ')
			break;
		out[n] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	return span_of(out, n);
}

static struct span
value_prot(const struct flow *f, char *out)
{
	(void)out;
	return span_str(flow_proto_name((enum flow_proto)f->proto));
}

static struct span
value_state(const struct flow *f, char *out)
{
	*out = flow_state_letter((enum flow_state)f->state);
	return span_of(out, 1);
}

static struct span
value_client(const struct flow *f, char *out)
{
	const struct flow_conn *c = flow_conn(f);

	(void)out;
	return c ? flow_text_address(c->client) : SPAN_NONE;
}

static struct span
value_server(const struct flow *f, char *out)
{
	const struct flow_conn *c = flow_conn(f);

	(void)out;
	return c ? span_str(c->server) : SPAN_NONE;
}

static struct span
value_process(const struct flow *f, char *out)
{
	const struct flow_conn *c = flow_conn(f);

	(void)out;
	return c ? span_str(c->process) : SPAN_NONE;
}

static struct span
value_tls(const struct flow *f, char *out)
{
	const struct flow_conn *c = flow_conn(f);
	const struct flow_tls *t = c ? c->tls[FLOW_CLIENT] : NULL;

	(void)out;
	if (!t)
		return SPAN_NONE;
	return span_str(strncmp(t->version, "TLSv", 4) == 0 ? t->version + 4 : t->version);
}

/* The value stands between before and after in a filter; regex: in a pattern there. */
static const struct freq_row {
	const char *title, *what, *before, *after;
	bool regex;
	struct span (*value)(const struct flow *f, char *out); /* lent by the flow, or in out */
} freq_rows[FREQ_BY_COUNT] = {
	[FREQ_HOST] = {"HOST", "server name", "host=", "", false, value_host},
	[FREQ_METHOD] = {"METHOD", "request method", "method=", "", false, value_method},
	[FREQ_CODE] = {"CODE", "status code", "code=", "", false, value_code},
	[FREQ_TYPE] = {"TYPE", "content type", "type~\"^", "\"", true, value_type},
	[FREQ_PROT] = {"PROT", "h1 ws tls tcp raw", "proto=", "", false, value_prot},
	[FREQ_STATE] = {"STATE", "state letter", "state=", "", false, value_state},
	[FREQ_CLIENT] = {"CLIENT", "client address", "client~\"^[[]?", "[]]?:\"", true, value_client},
	[FREQ_SERVER] = {"SERVER", "server address and port", "server=", "", false, value_server},
	[FREQ_PROCESS] = {"PROCESS", "local client process", "proc=", "", false, value_process},
	[FREQ_TLS] = {"TLS", "TLS version with the client", "tls.version=", "", false, value_tls},
};

const char *
freq_title(enum freq_by by)
{
	return freq_rows[by].title;
}

const char *
freq_what(enum freq_by by)
{
	return freq_rows[by].what;
}

/* ---- counting ---- */

void
freq_init(struct freq *f, enum freq_by by, size_t most)
{
	CHECK(most <= FREQ_VALUES_MAX);
	*f = (struct freq){.by = by, .most = most};
	f->value = mem_zalloc((most + 1) * sizeof *f->value);
	f->slot = mem_zalloc(SLOTS * sizeof *f->slot);
}

void
freq_fini(struct freq *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->value[i].text);
	free(f->value);
	free(f->slot);
	*f = (struct freq){.n = 0};
}

static uint32_t
value_hash(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h ^ h >> 15;
}

static bool
value_is(const struct freq_value *v, struct span s)
{
	return v->text && strlen(v->text) == s.n && (!s.n || memcmp(v->text, s.p, s.n) == 0);
}

/* All that there is no room for, counted together: the last of all. */
static struct freq_value *
freq_others(struct freq *f)
{
	if (f->n == f->most)
		f->n++;
	return &f->value[f->most];
}

static struct freq_value *
freq_find(struct freq *f, struct span s)
{
	uint32_t at = value_hash(s) & SLOT_MASK;

	for (; f->slot[at]; at = (at + 1) & SLOT_MASK)
		if (value_is(&f->value[f->slot[at] - 1], s))
			return &f->value[f->slot[at] - 1];
	if (f->n >= f->most)
		return freq_others(f);
	struct freq_value *v = &f->value[f->n++];
	v->text = mem_zalloc(s.n + 1);
	if (s.n)
		memcpy(v->text, s.p, s.n);
	f->slot[at] = (uint32_t)f->n;
	return v;
}

void
freq_add(struct freq *f, const struct flow *flow)
{
	char out[FREQ_VALUE_BYTES_MAX];
	struct span s = freq_rows[f->by].value(flow, out);

	if (s.n >= FREQ_VALUE_BYTES_MAX)
		s.n = FREQ_VALUE_BYTES_MAX - 1;
	if (s.n && memchr(s.p, '\0', s.n)) /* such a one has no filter */
		s.n = strlen(s.p);
	struct freq_value *v = freq_find(f, s);
	v->flows++;
	v->bytes += flow->bytes[FLOW_REQUEST] + flow->bytes[FLOW_RESPONSE];
	f->flows++;
}

static int
value_compare(const void *a, const void *b)
{
	const struct freq_value *x = a, *y = b;

	if (!x->text != !y->text)
		return x->text ? -1 : 1;
	if (x->flows != y->flows)
		return x->flows > y->flows ? -1 : 1;
	return x->text ? strcmp(x->text, y->text) : 0;
}

void
freq_sort(struct freq *f)
{
	qsort(f->value, f->n, sizeof *f->value, value_compare);
	free(f->slot);
	f->slot = NULL;
}

/* ---- as a filter ---- */

static bool
term_is_plain(const char *s)
{
	for (; *s; s++)
		if (!((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z') && !(*s >= '0' && *s <= '9') && !strchr("._/-:", *s))
			return false;
	return true;
}

/* One character of a pattern stands for itself in a class of its own. */
static const char *
term_regex(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text && n + 4 < size; text++) {
		bool plain = !strchr(".+*?()[]{}$|", *text);
		n += (size_t)snprintf(out + n, size - n, "%s%c%s", plain ? "" : "[", *text, plain ? "" : "]");
	}
	out[n] = '\0';
	return *text ? NULL : out;
}

static const char *
term_quoted(const char *text, char *out, size_t size)
{
	size_t n = 0;

	if (term_is_plain(text))
		return text;
	out[n++] = '"';
	for (; *text && n + 3 < size; text++) {
		if (*text == '"' || *text == '\\')
			out[n++] = '\\';
		out[n++] = *text;
	}
	out[n++] = '"';
	out[n] = '\0';
	return *text ? NULL : out;
}

bool
freq_term(enum freq_by by, const char *text, char out[FREQ_TERM_MAX], const char **why)
{
	const struct freq_row *row = &freq_rows[by];
	char value[FREQ_TERM_MAX];
	const char *put = NULL;

	*why = NULL;
	if (!text)
		*why = "these are many values: none of them can be filtered by here";
	else if (!*text)
		*why = "these flows have no value to filter by";
	for (const char *p = text; p && *p && !*why; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || (row->regex && strchr("^\\\"", *p)))
			*why = "this value cannot be written as a filter";
	if (!*why) {
		put = row->regex ? term_regex(text, value, sizeof value) : term_quoted(text, value, sizeof value);
		size_t n = put ? (size_t)snprintf(out, FREQ_TERM_MAX, "%s%s%s", row->before, put, row->after) : FREQ_TERM_MAX;
		if (n >= FREQ_TERM_MAX)
			*why = "this value is too long for a filter";
	}
	return !*why;
}
