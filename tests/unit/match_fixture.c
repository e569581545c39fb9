/* SPDX-License-Identifier: MIT
 * The subjects. */
#include "tests/unit/match_fixture.h"

#include <string.h>

static const struct match_fact *
fact_of(void *arg, enum match_field f)
{
	const struct match_sample *s = arg;

	for (const struct match_fact *fact = s->facts; fact->field != MATCH_FIELD_COUNT; fact++)
		if (fact->field == f)
			return fact;
	return NULL;
}

static enum match_have
have_of(const struct match_fact *fact)
{
	if (!fact)
		return MATCH_ABSENT;
	return fact->have ? fact->have : MATCH_PRESENT;
}

static enum match_have
sample_number(void *arg, enum match_field f, int64_t *out)
{
	const struct match_fact *fact = fact_of(arg, f);

	if (have_of(fact) == MATCH_PRESENT)
		*out = fact->number;
	return have_of(fact);
}

static enum match_have
sample_text(void *arg, enum match_field f, struct span *out)
{
	const struct match_fact *fact = fact_of(arg, f);

	if (have_of(fact) == MATCH_PRESENT)
		*out = span_str(fact->text);
	return have_of(fact);
}

static enum match_have
sample_flag(void *arg, enum match_field f, bool *out)
{
	const struct match_fact *fact = fact_of(arg, f);

	if (have_of(fact) == MATCH_PRESENT)
		*out = fact->number;
	return have_of(fact);
}

static enum match_have
sample_header(void *arg, enum match_dir dir, unsigned i, struct span *name, struct span *value)
{
	const struct match_sample *s = arg;
	const struct match_lines *m = &s->message[dir];
	unsigned n = 0;

	if (m->have != MATCH_PRESENT)
		return m->have;
	while (m->line[n])
		n += 2;
	if (i * 2 >= n)
		return MATCH_ABSENT;
	*name = span_str(m->line[i * 2]);
	*value = span_str(m->line[i * 2 + 1]);
	return MATCH_PRESENT;
}

static enum match_have
sample_body(void *arg, enum match_dir dir, struct span *out)
{
	struct match_sample *s = arg;

	s->bodies_asked++;
	if (s->message[dir].body_have == MATCH_PRESENT)
		*out = span_str(s->message[dir].body);
	return s->message[dir].body_have;
}

const struct match_subject_ops match_sample_ops = {sample_number, sample_text, sample_flag, sample_header, sample_body};

#define TEXT(id, s) {.field = MATCH_F_##id, .text = s}
#define NUMBER(id, n) {.field = MATCH_F_##id, .number = n}
#define LATER(id) {.field = MATCH_F_##id, .have = MATCH_UNKNOWN}
#define END {.field = MATCH_FIELD_COUNT}

static const struct match_fact get_facts[] = {TEXT(HOST, "api.example.test"), NUMBER(PORT, 443), TEXT(PATH, "/v1/items?q=Tea&n=10"),
    TEXT(URL, "https://api.example.test/v1/items?q=Tea&n=10"), TEXT(SCHEME, "https"), TEXT(METHOD, "GET"), NUMBER(CODE, 200),
    TEXT(PROTO, "h1"), TEXT(STATE, "D"), TEXT(TYPE, "application/json; charset=utf-8"), NUMBER(SIZE, 1536), NUMBER(REQ_SIZE, 0),
    NUMBER(TIME, 250000), NUMBER(TTFB, 200000), NUMBER(AGE, 60000000), NUMBER(ID, 17), NUMBER(CONN, 4),
    TEXT(CLIENT, "127.0.0.1:50123"), TEXT(SERVER, "192.0.2.7:443"), TEXT(PROC, "curl"), NUMBER(PID, 4242),
    TEXT(SNI, "api.example.test"), TEXT(TLS_VERSION, "TLSv1.3"), TEXT(TLS_CIPHER, "TLS_AES_128_GCM_SHA256"),
    TEXT(TLS_ALPN, "http/1.1"), TEXT(TLS_JA4, "t13d1516h2_8daaf6152771_e5627efa2ab1"), TEXT(CERT_SUBJECT, "CN=api.example.test"), TEXT(CERT_ISSUER, "CN=Test Root"),
    NUMBER(CERT_EXPIRES, 1000000 + 20 * 86400), NUMBER(TLS, 1), NUMBER(MARKED, 1), NUMBER(HELD, 0), NUMBER(EDITED, 0),
    NUMBER(REPLAY, 0), NUMBER(ACTIVE, 0), NUMBER(ASSET, 0), END};
static const char *const get_request[] = {"Host", "api.example.test", "Authorization", "Basic dTpw", "Accept", "*/*", "Cookie",
    "a=1", "Cookie", "b=2", NULL};
static const char *const get_response[] = {"Content-Type", "application/json; charset=utf-8", "Server", "nginx/1.25", NULL};

static const struct match_fact post_facts[] = {TEXT(HOST, "www.example.org"), NUMBER(PORT, 80), TEXT(PATH, "/login(form)/API"),
    TEXT(URL, "http://www.example.org/login(form)/API"), TEXT(SCHEME, "http"), TEXT(METHOD, "POST"), NUMBER(CODE, 502),
    TEXT(PROTO, "h1"), TEXT(STATE, "E"), TEXT(TYPE, "text/html"), NUMBER(SIZE, 3 << 20), NUMBER(REQ_SIZE, 27),
    NUMBER(TIME, 30000000), NUMBER(TTFB, 29000000), NUMBER(AGE, 7200000000), TEXT(ERROR, "server did not answer in 30 s"),
    NUMBER(ID, 18), NUMBER(CONN, 5), TEXT(CLIENT, "[::1]:50200"), TEXT(SERVER, "198.51.100.9:80"), TEXT(PROC, "Firefox"),
    NUMBER(PID, 99), TEXT(COMMENT, "look at \"this\" again"), NUMBER(TLS, 0), NUMBER(MARKED, 0), NUMBER(HELD, 0),
    NUMBER(EDITED, 1), NUMBER(REPLAY, 1), NUMBER(ACTIVE, 0), NUMBER(ASSET, 0), END};
static const char *const post_request[] = {"Host", "www.example.org", "Content-Type", "application/x-www-form-urlencoded",
    "X-Empty", "", NULL};
static const char *const post_response[] = {"content-type", "text/html", "Set-Cookie", "sid=Zm9v; HttpOnly", NULL};

static const struct match_fact part_facts[] = {TEXT(HOST, "cdn.example.test"), NUMBER(PORT, 443), TEXT(PATH, "/app.js"),
    TEXT(URL, "https://cdn.example.test/app.js"), TEXT(SCHEME, "https"), TEXT(METHOD, "GET"), LATER(CODE), TEXT(PROTO, "h1"),
    TEXT(STATE, "H"), LATER(TYPE), LATER(SIZE), NUMBER(REQ_SIZE, 0), NUMBER(TIME, 5000), LATER(TTFB), NUMBER(AGE, 5000), LATER(ERROR),
    NUMBER(ID, 19), NUMBER(CONN, 6), TEXT(CLIENT, "127.0.0.1:50300"), TEXT(TLS_VERSION, "TLSv1.2"), NUMBER(TLS, 1),
    NUMBER(MARKED, 0), NUMBER(HELD, 1), NUMBER(EDITED, 0), NUMBER(REPLAY, 0), NUMBER(ACTIVE, 1), LATER(ASSET), END};
static const char *const part_request[] = {"Host", "cdn.example.test", NULL};

static const struct match_fact raw_facts[] = {TEXT(HOST, "db.example.test"), NUMBER(PORT, 5432), TEXT(PROTO, "raw"), TEXT(STATE, "K"),
    NUMBER(TIME, 60000000), NUMBER(AGE, 60000000), NUMBER(ID, 20), NUMBER(CONN, 7), TEXT(CLIENT, "127.0.0.1:50400"),
    TEXT(SERVER, "203.0.113.5:5432"), NUMBER(TLS, 0), NUMBER(MARKED, 0), NUMBER(ACTIVE, 0), END};

void
match_samples(struct match_sample out[MATCH_SAMPLES])
{
	const struct match_sample samples[MATCH_SAMPLES] = {
	    {"get", get_facts,
		{{MATCH_PRESENT, get_request, MATCH_PRESENT, ""}, {MATCH_PRESENT, get_response, MATCH_PRESENT, "{\"tea\":\n\"Gr\xc3\xbcn\"}"}}, 0},
	    {"post", post_facts,
		{{MATCH_PRESENT, post_request, MATCH_PRESENT, "user=ann&password=Secret+1"},
		    {MATCH_PRESENT, post_response, MATCH_PRESENT, "<html>\n<title>Bad gateway</title>"}},
		0},
	    {"part", part_facts, {{MATCH_PRESENT, part_request, MATCH_PRESENT, ""}, {MATCH_UNKNOWN, NULL, MATCH_UNKNOWN, NULL}}, 0},
	    {"raw", raw_facts, {{MATCH_ABSENT, NULL, MATCH_PRESENT, "SELECT 1"}, {MATCH_ABSENT, NULL, MATCH_PRESENT, "\001\002"}}, 0},
	};

	memcpy(out, samples, sizeof samples);
}
