/* SPDX-License-Identifier: MIT
 * Start lines of requests and responses (RFC 9112 3, 4). */
#include "proto/h1_parse.h"

#include "proto/h1_lines.h"
#include "proto/http_char.h"

static const char why_no_method[] = "the request line does not begin with a method";
static const char why_no_status_line[] = "the response does not begin with an HTTP/1 status line";

/* HTTP-version is exactly eight bytes, case-sensitive (RFC 9112 2.3). */
static int
parse_version(struct span v, uint8_t *minor, struct h1_fault *fault)
{
	if (v.n != 8 || memcmp(v.p, "HTTP/", 5) != 0 || !http_char_is(v.p[5], HTTP_C_DIGIT) ||
	    v.p[6] != '.' || !http_char_is(v.p[7], HTTP_C_DIGIT))
		return h1_fail(
		    fault, ERR_SYNTAX, 400, "the request line does not end in an HTTP version");
	if (v.p[5] != '1' || v.p[7] > '1')
		return h1_fail(fault, ERR_SYNTAX, 505, "the HTTP version is neither 1.0 nor 1.1");
	*minor = v.p[7] == '1';
	return 0;
}

static int
check_target_bytes(struct span target, struct h1_fault *fault)
{
	if (target.n == 0)
		return h1_fail(fault, ERR_SYNTAX, 400, "more than one space follows the method");
	if (target.n > HTTP_TARGET_MAX_BYTES)
		return h1_fail(fault, ERR_LIMIT, 414, "the request target is too long");
	if (http_value_len(target) < target.n || memchr(target.p, '\t', target.n))
		return h1_fail(
		    fault, ERR_SYNTAX, 400, "a control byte stands in the request target");
	return 0;
}

static int
request_line(struct http_head *h, struct span line, struct h1_fault *fault)
{
	size_t n = http_char_run(line, HTTP_C_TOKEN);

	if (n == 0)
		return h1_fail(fault, ERR_SYNTAX, 400, why_no_method);
	if (n == line.n)
		return h1_fail(fault, ERR_SYNTAX, 400, "the request line has no target");
	if (line.p[n] != ' ')
		return h1_fail(
		    fault, ERR_SYNTAX, 400, "a byte that is not allowed stands in the method");
	struct span rest = span_of(line.p + n + 1, line.n - n - 1);
	const char *space = rest.n ? memchr(rest.p, ' ', rest.n) : NULL;
	if (!space)
		return h1_fail(fault, ERR_SYNTAX, 400, "the request line has no version");
	h->response = false;
	h->method = span_of(line.p, n);
	h->target = span_of(rest.p, (size_t)(space - rest.p));
	int rc = check_target_bytes(h->target, fault);
	if (rc < 0)
		return rc;
	return parse_version(span_of(space + 1, rest.n - h->target.n - 1), &h->minor, fault);
}

/* Three digits, the first not 0 (RFC 9110 15). */
static bool
parse_status(const char *p, uint16_t *status)
{
	if (http_char_run(span_of(p, 3), HTTP_C_DIGIT) < 3 || *p == '0')
		return false;
	*status = (uint16_t)((p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0'));
	return true;
}

/* The reason phrase may be missing, and with it the space before it: many servers leave it out. */
static int
status_line(struct http_head *h, struct span line, struct h1_fault *fault)
{
	if (line.n < 8 || memcmp(line.p, "HTTP/", 5) != 0)
		return h1_fail(fault, ERR_SYNTAX, 502, why_no_status_line);
	if (parse_version(span_of(line.p, 8), &h->minor, fault) < 0)
		return h1_fail(
		    fault, ERR_SYNTAX, 502, "the response is not of HTTP version 1.0 or 1.1");
	if (line.n < 12 || line.p[8] != ' ' || !parse_status(line.p + 9, &h->status) ||
	    (line.n > 12 && line.p[12] != ' '))
		return h1_fail(
		    fault, ERR_SYNTAX, 502, "the status is not a number from 100 to 999");
	h->response = true;
	h->reason = line.n > 13 ? span_of(line.p + 13, line.n - 13) : span_of(line.p + 12, 0);
	if (http_value_len(h->reason) < h->reason.n)
		return h1_fail(
		    fault, ERR_SYNTAX, 502, "a control byte stands in the reason phrase");
	return 0;
}

long
h1_parse_request(const char *p, size_t n, size_t *scan, struct http_head *h, struct h1_fault *fault)
{
	size_t first = n >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
	bool empty_line_begun = n == 1 && *p == '\r';

	if (n > first && !empty_line_begun && !http_char_is(p[first], HTTP_C_TOKEN))
		return h1_fail(fault, ERR_SYNTAX, 400, why_no_method);
	return h1_lines_read(&(struct h1_lines){p, n, first, request_line, h, fault}, scan);
}

long
h1_parse_response(
    const char *p, size_t n, size_t *scan, struct http_head *h, struct h1_fault *fault)
{
	if (n && memcmp(p, "HTTP/", n < 5 ? n : 5) != 0)
		return h1_fail(fault, ERR_SYNTAX, 502, why_no_status_line);
	long r = h1_lines_read(&(struct h1_lines){p, n, 0, status_line, h, fault}, scan);
	if (r < 0)
		fault->status = 502;
	return r;
}
