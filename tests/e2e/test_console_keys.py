# SPDX-License-Identifier: MIT
"""The function keys, killing marked flows, and the grids of the edit screen up to the origin, in a real tmux."""
import re

from support import Origin, check, dial, equal, ok, serve, until
from test_console import Console
from test_console_break import Client, echo_origin, held, rule


def last(s):
    """The status line of a 24-line screen."""
    return s.split('\n')[22]


def test_function_keys():
    with Origin(serve(lambda q: ok(b'x' * (10 * len(q.target))))) as o, Console() as c:
        base = 'http://%s' % o.authority
        equal(c.curl(*['%s/%s' % (base, 'a' * (5 - i)) for i in range(5)]).returncode, 0)
        c.tmux.wait(lambda s: re.search(r' 5 D ', s), 5, 'five flows')
        c.tmux.keys('F1')
        c.tmux.wait(lambda s: 'Help: flow list' in s, 5, 'help')
        c.tmux.keys('q')
        c.tmux.wait(lambda s: 'Flows:' in s, 5, 'the list')
        c.tmux.keys('F2')
        c.tmux.wait(lambda s: re.search(r'option \d+/\d+', s), 5, 'options')
        c.tmux.keys('q')
        c.tmux.wait(lambda s: 'Flows:' in s, 5, 'the list')
        c.tmux.keys('g', 'F3')
        c.tmux.wait(lambda s: last(s).startswith('Find'), 5, 'the search prompt')
        c.tmux.type('/aa')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: re.search(r'\d of 4', last(s)), 5, 'matches')
        c.tmux.keys('F4')
        c.tmux.wait(lambda s: 'Filter' in last(s), 5, 'the filter prompt')
        c.tmux.type('path = /aaa')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '1/5' in s and len(c.rows()) == 1, 5, 'one row')
        c.tmux.keys('=')
        c.tmux.wait(lambda s: len(c.rows()) == 5, 5, 'all rows')
        c.tmux.keys('F5')
        c.tmux.wait(lambda s: '5 flows  0 failed' in s, 5, 'the tree')
        c.tmux.keys('F5', 'F5', 'F5')
        c.tmux.wait(lambda s: len(c.rows()) == 5 and '5 flows  0 failed' not in s, 5, 'the list again')
        c.tmux.keys('F6')
        c.tmux.wait(lambda s: re.search(r'\W(Sort|sort)\W', s) and 'Enter Choose' in s, 5, 'the sort menu')
        c.tmux.type('P')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'Enter Choose' not in s, 5, 'no menu')
        # In the detail, the options and the help they act too.
        c.tmux.keys('g', 'Enter')
        c.tmux.wait(lambda s: s.startswith('#'), 5, 'a flow')
        c.tmux.keys('F9')
        c.tmux.wait(lambda s: 'nothing to kill' in s, 5, 'why it is not killed')
        c.tmux.keys('F3')
        c.tmux.wait(lambda s: last(s).startswith('Find'), 5, 'the search prompt')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: not last(s).startswith('Find'), 5, 'no prompt')
        c.tmux.keys('F4')
        c.tmux.wait(lambda s: 'Filter' in last(s), 5, 'the filter prompt')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'Filter' not in last(s), 5, 'no prompt')
        c.tmux.keys('F2', 'F1')
        c.tmux.wait(lambda s: 'Help: options' in s, 5, 'the help of the options')
        c.tmux.keys('F10')
        s = c.tmux.wait(lambda s: 'status=' in s or 'Quit and stop' in s, 5, 'the end or the question')
        if 'Quit and stop' in s:
            c.tmux.keys('y')
        c.tmux.wait(lambda s: 'status=0' in s, 5, 'the end')


def test_f9_and_kill_marked_end_held_clients():
    with echo_origin() as o, Console() as c:
        rule(c, 'path ~ held')
        clients = []
        for i in range(5):
            clients.append(Client(c, 'http://%s/held/%d' % (o.authority, i)))
            c.tmux.wait(lambda s: held(s) == i + 1, 5, 'held')
        c.tmux.keys('g', 'F9')
        until(clients[0].done, 5, 'the client of the killed flow')
        c.tmux.wait(lambda s: held(s) == 4 and re.search(r' 1 K ', s), 5, 'one is killed')
        # F9 on what has ended says so.
        c.tmux.keys('g', 'F9')
        c.tmux.wait(lambda s: 'nothing to kill' in s, 5, 'why not')
        c.tmux.keys('j', 'm', 'j', 'm')
        c.tmux.wait(lambda s: len(re.findall(r'^.\*', s, re.M)) == 2, 5, 'two marks')
        for answer, left in (('n', 4), ('y', 2)):
            c.tmux.command(':kill marked')
            c.tmux.wait(lambda s: 'Kill 2 marked flows that are open? y/n' in s, 5, 'the question')
            c.tmux.keys(answer)
            c.tmux.wait(lambda s: held(s) == left and 'y/n' not in s, 5, 'what is held after ' + answer)
            equal(sum(x.done() for x in clients), 5 - left if answer == 'n' else sum(x.done() for x in clients))
        until(lambda: sum(x.done() for x in clients) == 3, 5, 'the clients of the killed flows')
        check('2 marked flows are killed' in c.tmux.screen(), c.tmux.screen())
        equal([x.done() for x in clients], [True, True, True, False, False])
        equal(o.got, [], 'requests that went on')
        c.tmux.keys('A')
        for x in clients[3:]:
            check(b'got GET /held/' in x.answer(), 'those that were not marked')
        c.quit()


def grid(c, key, what):
    c.tmux.keys(key)
    c.tmux.wait(lambda s: what in s.split('\n')[0] or any(what in line for line in s.split('\n')[:8]), 5, 'the grid of ' + what)


def row(c, key, text):
    """Adds or changes a row."""
    c.tmux.keys(key)
    c.tmux.wait(lambda s: re.match(r'(Field|Value):', last(s)), 5, 'the line of a row')
    c.tmux.keys('C-u')
    c.tmux.type(text)
    c.tmux.keys('Enter')
    c.tmux.wait(lambda s: not re.match(r'(Field|Value):', last(s)), 5, 'the row')


def test_rows_of_grids_are_doubled_moved_and_sent():
    with echo_origin() as o, Console() as c:
        rule(c, 'path ~ held')
        curl = Client(c, '-H', 'X-One: 1', '-H', 'X-Two: 2', '-H', 'Cookie: sid=1; theme=dark', 'http://%s/held?a=1&b=2&c=3' % o.authority)
        c.tmux.wait(lambda s: held(s) == 1)
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'HELD request' in s)
        grid(c, '4', 'query')
        c.tmux.keys('D')
        row(c, 'Enter', 'a=11')
        c.tmux.keys('G', 'K', 'K')
        c.tmux.wait(lambda s: re.search(r'2 of 4, changed', last(s)), 5, 'the moved row')
        c.tmux.keys('g', 'J')
        c.tmux.wait(lambda s: re.search(r'2 of 4', last(s)), 5, 'the other one')
        c.tmux.keys('q')
        c.tmux.wait(lambda s: '+ GET http://' in s or '+ GET /held' in s, 5, 'the changed line')
        check('/held?c=3&a=1&a=11&b=2' in c.tmux.screen(), c.tmux.screen())
        grid(c, '5', 'cookie')
        c.tmux.keys('D', 'g', 'd')
        row(c, 'a', 'extra=x y')
        c.tmux.keys('K', 'q')
        c.tmux.wait(lambda s: re.search(r'\+ +[Cc]ookie: +extra=x y; sid=1; theme=dark', s), 5, 'the cookies')
        grid(c, '2', 'fields')
        names = [re.match(r'[>▸ ] (\S+?):', line) for line in c.tmux.lines()]
        at = [m.group(1) for m in names if m].index('X-One')
        c.tmux.keys('g', *['j'] * at)
        c.tmux.keys('D')
        row(c, 'Enter', 'X-One: 1b')
        c.tmux.keys('J')
        # Given up, the rows stay as they were.
        c.tmux.keys('C-c')
        c.tmux.wait(lambda s: 'your edit' in s or 'HELD request' in s, 5, 'the edit screen')
        check('1b' not in c.tmux.screen(), 'a row that was given up', c.tmux.screen())
        grid(c, '2', 'fields')
        c.tmux.keys('g', *['j'] * at)
        c.tmux.keys('D')
        row(c, 'Enter', 'X-One: 1b')
        c.tmux.keys('J', 'q')
        c.tmux.wait(lambda s: '1b' in s and 'HELD request' in s, 5, 'the edited fields')
        c.tmux.keys('a')
        curl.answer()
        q = o.got[0]
        equal(q.target, b'/held?c=3&a=1&a=11&b=2', 'the query that the origin got')
        equal(q.all('cookie'), [b'extra=x y; sid=1; theme=dark'], 'cookies')
        equal([(k, v) for k, v in q.fields if k.lower().startswith(b'x-')], [(b'X-One', b'1'), (b'X-Two', b'2'), (b'X-One', b'1b')], 'fields')
        c.quit()


def test_trailers_are_edited_and_sent():
    with Origin(serve(lambda q: ok(b'plain'))) as p, Console() as c:
        rule(c, 'path ~ held')
        s = dial(c.port)
        s.sendall(b'POST http://%s/held HTTP/1.1\r\nHost: %s\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-Other\r\n\r\n'
                  b'5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n' % ((p.authority.encode(),) * 2))
        c.tmux.wait(lambda t: held(t) == 1)
        c.tmux.keys('e')
        c.tmux.wait(lambda t: 'HELD request' in t)
        grid(c, '6', 'trailers')
        c.tmux.wait(lambda t: 'X-Sum' in t and 'X-Other' in t, 5, 'the trailers')
        row(c, 'Enter', 'X-Sum: 99')
        c.tmux.keys('D')
        row(c, 'Enter', 'X-Third: 3')
        c.tmux.keys('J', 'q')
        c.tmux.wait(lambda t: 'HELD request' in t and '99' in t and 'X-Third' in t, 5, 'the edited trailers')
        check(not p.requests(), 'nothing went on')
        c.tmux.keys('a')
        until(p.requests, 5, 'the request')
        q = until(lambda: p.requests()[0] if p.requests()[0].complete else None, 5, 'all of it')
        equal((q.body, q.framing), (b'hello', 'chunked'))
        equal(q.trailers, [(b'X-Sum', b'99'), (b'X-Other', b'2'), (b'X-Third', b'3')], 'the trailers that the origin got')
        s.settimeout(5)
        check(b'plain' in s.recv(65536), 'the answer')
        s.close()
        c.quit()
