/* SPDX-License-Identifier: MIT
 * Character sets, by iconv(3). */
#include "text/text_charset.h"

#include <errno.h>
#include <iconv.h>

#include "text/text_type.h"

enum { CHARSET_STEP_BYTES = 4096 };

/* The character sets of the web (WHATWG Encoding) and the code pages of terminals. The C library
 * knows many more, some with a history of converters that loop or abort: a peer must not be able to
 * name those. */
struct charset {
	const char *name;  /* "*" at its end: any digits */
	const char *iconv; /* NULL: the same; "": UTF-8 or a part of it */
	unsigned unit;	   /* bytes to pass over when they do not convert */
};

static const struct charset charsets[] = {
    {"utf-8", "", 1},
    {"utf8", "", 1},
    {"us-ascii", "", 1},
    {"ascii", "", 1},
    {"iso-8859-*", NULL, 1},
    {"iso8859-*", NULL, 1},
    {"latin1", "ISO-8859-1", 1},
    {"windows-125*", NULL, 1},
    {"cp125*", NULL, 1},
    {"windows-874", "CP874", 1},
    {"windows-31j", "CP932", 1},
    {"ibm866", NULL, 1},
    {"cp866", NULL, 1},
    {"cp437", NULL, 1},
    {"cp850", NULL, 1},
    {"cp932", NULL, 1},
    {"cp936", NULL, 1},
    {"cp949", NULL, 1},
    {"koi8-r", NULL, 1},
    {"koi8-u", NULL, 1},
    {"macintosh", NULL, 1},
    {"x-mac-cyrillic", "MAC-CYRILLIC", 1},
    {"tis-620", NULL, 1},
    {"shift_jis", "CP932", 1},
    {"shift-jis", "CP932", 1},
    {"sjis", "CP932", 1},
    {"x-sjis", "CP932", 1},
    {"euc-jp", NULL, 1},
    {"iso-2022-jp", NULL, 1},
    {"euc-kr", "CP949", 1},
    {"ks_c_5601-1987", "CP949", 1},
    {"gb2312", "GB18030", 1},
    {"gbk", "GB18030", 1},
    {"gb18030", NULL, 1},
    {"big5", NULL, 1},
    {"big5-hkscs", NULL, 1},
    {"euc-tw", NULL, 1},
    {"utf-16", "UTF-16LE", 2}, /* without a mark: what the web takes it for */
    {"utf-16le", NULL, 2},
    {"utf-16be", NULL, 2},
    {"utf-32", "UTF-32LE", 4},
    {"utf-32le", NULL, 4},
    {"utf-32be", NULL, 4},
};

static bool
charset_fits(const char *pattern, const char *name)
{
	struct span p = span_str(pattern), s = span_str(name);

	if (p.p[p.n - 1] != '*')
		return span_ieq(p, s);
	p.n--;
	if (s.n <= p.n || s.n > p.n + 2 || !span_ieq(p, span_of(s.p, p.n)))
		return false;
	return strspn(name + p.n, "0123456789") == s.n - p.n;
}

static const struct charset *
charset_find(const char *name)
{
	for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++)
		if (charset_fits(charsets[i].name, name))
			return &charsets[i];
	return NULL;
}

/* The character set that a byte order mark tells, and the length of the mark. */
static const char *
charset_by_mark(struct span body, size_t *mark_n)
{
	static const struct {
		struct span mark;
		const char *name;
	} marks[] = {
	    {SPAN_LIT("\xef\xbb\xbf"), "utf-8"},
	    {SPAN_LIT("\xff\xfe"), "utf-16le"},
	    {SPAN_LIT("\xfe\xff"), "utf-16be"},
	};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		*mark_n = marks[i].mark.n;
		if (body.n >= *mark_n && memcmp(body.p, marks[i].mark.p, *mark_n) == 0)
			return marks[i].name;
	}
	*mark_n = 0;
	return NULL;
}

/* Passes over what iconv refuses: one unit, or the rest when it is less. */
static bool
charset_pass(struct span *in, size_t unit, struct buf *out)
{
	size_t n = in->n < unit ? in->n : unit;
	bool fits = buf_add(out, in->p, n) == 0;

	*in = span_of(in->p + n, in->n - n);
	return fits;
}

/* One call of iconv, or a flush of what it keeps when in is NULL. Returns errno or 0; ENOBUFS when
 * out is full. */
static int
charset_step(iconv_t cd, struct span *in, struct buf *out)
{
	size_t room = out->max - out->n;
	room = room < CHARSET_STEP_BYTES ? room : CHARSET_STEP_BYTES;
	char *to = buf_reserve(out, room), *from = in ? (char *)in->p : NULL; /* only read */
	size_t in_n = in && in->n < CHARSET_STEP_BYTES ? in->n : CHARSET_STEP_BYTES, given = in_n;
	size_t left = room;
	int got = iconv(cd, in ? &from : NULL, &in_n, &to, &left) == (size_t)-1 ? errno : 0;

	out->n += room - left;
	if (in)
		*in = span_of(from, in->n - (given - in_n));
	if (got == E2BIG)
		return left < room ? 0 : ENOBUFS;
	/* A character that the step has cut comes first in the next one. */
	return got == EINVAL && in_n < given ? 0 : got;
}

/* Returns the units that did not convert. */
static size_t
charset_convert(iconv_t cd, size_t unit, struct span body, struct buf *out)
{
	size_t bad = 0;

	while (body.n) {
		int got = charset_step(cd, &body, out);
		if (got == ENOBUFS || (got && !charset_pass(&body, unit, out)))
			return bad;
		bad += got != 0;
	}
	charset_step(cd, NULL, out);
	return bad;
}

static void
charset_note_unknown(struct errmsg *note, const char *name)
{
	bool plain = !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					"0123456789_.:+-")];

	err_set(note, 0, "charset %s is not known: shown as UTF-8",
	    plain ? name : "with a strange name");
}

struct span
text_charset_utf8(struct span content_type, struct span body, struct buf *out, struct errmsg *note)
{
	char given[TEXT_CHARSET_NAME_MAX + 1];
	size_t mark_n, given_n = text_type_param(content_type, "charset", given, sizeof given);
	const char *mark = charset_by_mark(body, &mark_n), *name = mark ? mark : given;
	const struct charset *c = charset_find(name);

	note->text[0] = '\0';
	body = mark_n ? span_of(body.p + mark_n, body.n - mark_n) : body;
	if ((!mark && !given_n) || (c && c->iconv && !*c->iconv))
		return body;
	iconv_t cd = (iconv_t)-1;
	if (c)
		cd = iconv_open("UTF-8", c->iconv ? c->iconv : name);
	if (cd == (iconv_t)-1) {
		charset_note_unknown(note, name);
		return body;
	}
	size_t bad = charset_convert(cd, c->unit, body, out);
	iconv_close(cd);
	if (bad)
		err_set(note, 0, "%zu place%s not valid in charset %s: shown as %s", bad,
		    bad == 1 ? " is" : "s are", name, bad == 1 ? "it is" : "they are");
	return buf_span(out);
}
