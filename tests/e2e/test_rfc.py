# SPDX-License-Identifier: MIT
"""Every row of rfc_cases.py through the running proxy: absolute-form to a plain origin, and through TLS."""
import re

import support
from rfc_cases import REQUESTS, RESPONSES, get
from support import Mitmtop, Origin, Reader, check, deadline, lab, ok, parse_requests, parse_responses, serve, show, until

# Rows that the program does not meet: id -> reason. A row that passes although it stands here is a failure too.
ROWS_NOT_MET = {}

WAIT = 0.3  # how long "the origin never sees it" is watched


def words(expect):
    return [w.replace('_', ' ') if ':' in w else w for w in expect.split(' ')]


def argument(ws, name):
    return [w[len(name) + 1:].encode('latin-1') for w in ws if w.startswith(name + ':')]


class Case:
    """One exchange: what the client got and what the origin got."""

    def __init__(self, m, tunnel, data, handler, ws):
        self.ws = ws
        with Origin(handler, tls=lab().server_ctx() if tunnel else None) as o:
            prefix = b'' if tunnel else b'http://' + o.authority.encode()
            data = data.replace(b'%T', prefix).replace(b'%A', b'http://' + o.authority.encode()).replace(b'%H', o.authority.encode())
            s = m.tls(o.authority) if tunnel else m.plain()
            self.reader = Reader(s)
            try:
                s.send(data)
                if 'fin' in ws:
                    s.shut()
            except OSError:
                pass  # refused while we were still sending
            self.finish(o, s)
            s.close()
            self.origin = o.bytes()
            self.closed = self.reader.end

    def finish(self, o, s):
        ws, heads = self.ws, range(30) if 'head' in self.ws else ()
        if 'wait' in ws:
            self.reader.until(lambda r: False, WAIT)
        elif 'continue' in ws:
            self.reader.until(lambda r: b'\r\n\r\n' in r.data, 3)
            if b' 100 ' in self.reader.data:
                s.send(b'hello')
            self.reader.finals(1, 5)
        else:
            want = [int(w[8:]) for w in ws if w.startswith('forward=')] or [2 if argument(ws, 'first') else 1]
            self.reader.finals(want[0], 5, heads)
            refused = any(r.status >= 400 and not r.get('x-origin') for r in self.reader.responses(heads)[0])
            if refused or 'closes' in ws or ws[0] == 'short' or ws[0].startswith(('reject', 'bad')):
                self.reader.to_end(5)
            elif 'Transfer' in self.reader.data.decode('latin-1') or argument(ws, 'cnot'):
                self.reader.until(lambda r: r.end, 0.05)
        self.responses, _, self.error = self.reader.responses(heads)
        self.finals = [r for r in self.responses if r.status >= 200]

    def ours(self):
        """Final responses that the proxy made itself."""
        return [r for r in self.finals if not r.get('x-origin') and r.status >= 400]


def requests_of(case):
    rs, rest, err = parse_requests(case.origin)
    check(err is None, 'the origin got something that is not clean HTTP:', err)
    return rs, rest


def expect_reject(case, statuses=()):
    # A body may have begun before its fault was seen; a head that is refused sends nothing.
    check(case.origin == b'', 'bytes reached the origin:', case.origin)
    check(case.reader.end, 'the connection stays open after', bytes(case.reader.data))
    if case.finals:
        check(len(case.ours()) == len(case.finals) and (not statuses or case.finals[0].status in statuses),
              'answered', case.finals)


def expect_forward(case, n=1):
    rs, rest = requests_of(case)
    check(len([r for r in rs if r.complete]) == n and not rest, '%d requests reached the origin:' % len(rs), case.origin)
    good = [r for r in case.finals if r.get('x-origin') and r.complete]
    check(len(good) == n and not case.error, 'answers:', case.finals, case.error, bytes(case.reader.data[:300]))


def expect_badbody(case):
    """The head may have gone on before the fault; the origin never gets a whole message nor what stands behind it."""
    rs, _rest, _err = parse_requests(case.origin)
    check(len(rs) <= 1 and not any(r.complete for r in rs), 'a complete request reached the origin:', case.origin)
    check(b'/smuggled' not in case.origin, 'smuggled:', case.origin)
    check(case.reader.end, 'the connection stays open after', bytes(case.reader.data))
    check(all(not r.get('x-origin') for r in case.finals), 'answered by the origin', case.finals)


def expect_text(case):
    low = case.origin.lower()
    for t in argument(case.ws, 'not'):
        check(t.lower() not in low, '%r reached the origin:' % t, case.origin)
    if not case.origin:
        return
    for t in argument(case.ws, 'has'):
        check(t.lower() in low, '%r did not reach the origin:' % t, case.origin)
    for t in argument(case.ws, 'exact'):
        check(t in case.origin, '%r did not reach the origin:' % t, case.origin)
    rs, _, _ = parse_requests(case.origin)
    for t in argument(case.ws, 'body'):
        if rs and rs[0].complete:
            check(rs[0].body == t, 'body', rs[0].body, 'wanted', t)
    for t in argument(case.ws, 'nohead'):
        check(t.lower() not in rs[0].raw_head.lower(), '%r in the head:' % t, rs[0].raw_head)
    for t in argument(case.ws, 'order'):
        name, _, values = t.partition(b'=')
        check(rs[0].all(name) == values.split(b','), 'order', rs[0].all(name))
    if 'needs-host' in case.ws:
        check(rs[0].get('host'), 'no Host reached the origin:', case.origin)
    if 'te-rule' in case.ws:
        check(not rs[0].get('te') or b'te' in (rs[0].get('connection') or b'').lower(), case.origin)


def judge_request(case):
    ws = case.ws
    first = ws[0]
    if first.startswith('reject'):
        expect_reject(case, [int(x) for x in first.partition('=')[2].split(',') if x])
    elif first == 'forward' or first.startswith('forward='):
        expect_forward(case, int(first.partition('=')[2] or 1))
    elif first == 'either':
        if case.origin:
            expect_forward(case)
        else:
            expect_reject(case)
    elif first == 'either-body':
        if case.ours() or not case.finals:
            expect_badbody(case)
        else:
            expect_forward(case)
    elif first == 'badbody':
        expect_badbody(case)
    elif first == 'wait':
        rs, _, _ = parse_requests(case.origin)
        check(not any(r.complete for r in rs), 'the origin saw a complete request:', case.origin)
    elif first == 'continue':
        expect_forward(case)
    elif first == 'answered':
        check(case.origin == b'' and case.finals, 'forwarded:', case.origin)
    elif first.startswith('first:'):
        check(len(case.finals) == 2 and case.finals[0].status == 200 and case.finals[1].status == 400, case.finals)
        check(case.reader.end, 'stays open')
    else:
        raise AssertionError('unknown expectation ' + first)
    expect_text(case)
    if 'closes' in ws:
        check(case.reader.end, 'the connection stays open')
    if 'no100' in ws:
        check(all(r.status != 100 for r in case.responses), '100 to an HTTP/1.0 client')


def judge_response(case):
    ws = case.ws
    first, data = ws[0], bytes(case.reader.data)
    refused = [r for r in case.finals if r.status == 502]
    complete = [r for r in case.finals if r.complete and not case.error]
    if first == 'bad':
        check(refused or not complete, 'relayed:', data[:300])
    elif first == 'short':
        check(refused or not complete, 'a cut answer looks complete:', data[:300])
        check(case.reader.end, 'stays open')
    elif first.startswith('bad-or-cbody:'):
        check(refused or [r for r in complete if r.body == first[13:].encode()], data[:300])
    elif first.startswith('relay-status:'):
        check(case.finals and case.finals[0].status == int(first[13:]), case.finals, data[:300])
    else:
        check(complete and complete[0].status == 200, case.finals, case.error, data[:300])
    for t in argument(ws, 'cbody'):
        check(case.finals[0].body == t, 'body', case.finals[0].body)
    if not refused:
        for t in argument(ws, 'chas'):
            check(t.lower() in data.lower(), '%r did not reach the client:' % t, data[:400])
        for t in argument(ws, 'cnot'):
            check(t.lower() not in data.lower(), '%r reached the client:' % t, data[:400])
    for t in argument(ws, 'interim'):
        check(any(r.status == int(t) for r in case.responses), case.responses)
    if 'closes' in ws:
        check(case.reader.end, 'the connection stays open')


def scripted(answer, close):
    def handler(c):
        if c.read_head() is None:
            return
        c.send(answer)
        if not close:
            while c.recv():
                pass
    return handler


def one(m, tunnel, row, case, judge, report):
    name = 'R-%s.%s' % (row, 'tls' if tunnel else 'plain')
    try:
        judge(case())
        m.alive()
        if row in ROWS_NOT_MET:
            report(name, False, 'passes although it stands in ROWS_NOT_MET')
        else:
            report(name, True)
    except support.Failure as e:
        report(name, row in ROWS_NOT_MET, str(e))


def run_all(report, tunnel):
    with Mitmtop() as plain, Mitmtop(opts={'via': 'yes'}) as via:
        for row, data, expect in REQUESTS:
            ws = words(expect)
            if ('tunnel-only' in ws and not tunnel) or ('proxy-only' in ws and tunnel):
                continue
            m = via if 'via' in ws else plain
            handler = serve(lambda q: ok() if not q.get('expect') or len(q.body) else ok())
            if ws[0] == 'continue':
                def handler(c):
                    c.read_head()
                    c.send(b'HTTP/1.1 100 Continue\r\n\r\n')
                    until(lambda: c.data.endswith(b'hello') or not c.recv(), 5)
                    c.send(ok())
            one(m, tunnel, row, lambda: Case(m, tunnel, data, handler, ws), judge_request, report)
        for row, request, answer, close, expect in RESPONSES:
            ws = words(expect)
            m = via if 'via' in ws else plain
            one(m, tunnel, row, lambda: Case(m, tunnel, request or get(), scripted(answer, close), ws), judge_response, report)


@deadline(240)
def test_absolute_form(report):
    run_all(report, False)


@deadline(240)
def test_through_tls(report):
    run_all(report, True)


def test_every_row_is_there():
    ids = {r[0] for r in REQUESTS} | {r[0] for r in RESPONSES}
    for letter, last in (('A', 32), ('B', 9), ('C', 24), ('D', 34), ('E', 34), ('F', 17), ('G', 13), ('H', 8), ('P', 40)):
        for i in range(1, last + 1):
            check('%s%02d' % (letter, i) in ids, 'no case for R-%s%02d' % (letter, i))
    check(all(re.match(r'[A-HP]\d\d$', i) for i in ids) and not set(ROWS_NOT_MET) - ids, show(sorted(ids)))
