# SPDX-License-Identifier: MIT
"""Expressions in a real tmux: acceptance scenarios 9, 10 and 11, marks, search, bodies, time; and what -n and the command line make of
them."""
import gzip
import os
import re
import tempfile

import sessions
import support
from support import Origin, check, equal, ok, program, run, serve
from test_console import Console, own_namespace


def answer(q):
    target = q.target.decode()
    if '404' in target:
        return (b'HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\ngone')
    body = gzip.compress(b'a secret of ' + q.target)
    return (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n' % len(body)) + body


def ask(c, key, text, label='Filter:'):
    c.tmux.keys(key)
    c.tmux.wait(lambda s: label in s, 5, 'the prompt')
    c.tmux.keys('C-u')
    c.tmux.type(text)
    c.tmux.wait(lambda s: text in s, 5, 'the text')
    c.tmux.keys('Enter')


def fill(c, o, paths):
    for p in paths:
        c.curl('http://%s%s' % (o.authority, p))
    c.tmux.wait(lambda s: 'flow %d/%d' % (len(paths), len(paths)) in s, 5, 'the rows')


PATHS = ['/api/1', '/api/404', '/web/1', '/web/404', '/api/2', '/api/404/2']


def test_scenario_9_a_filter_cleared_and_brought_back():
    support.need('ip')
    own_namespace('127.0.0.1 localhost api.example.org www.example.org my-api.test\n')
    with Origin(serve(answer)) as o, Console(80, 24) as c:
        # The paths say the opposite of the hosts, so that only the host can have chosen.
        urls = ['http://%s:%d%s' % (host, o.port, path) for host, path in (
            ('api.example.org', '/web/1'), ('api.example.org', '/web/404'), ('www.example.org', '/api/1'),
            ('www.example.org', '/api/404'), ('my-api.test', '/2'), ('my-api.test', '/404/2'))]
        for url in urls:
            equal(c.curl(url).returncode, 0, url)
        c.tmux.wait(lambda s: 'flow 6/6' in s, 5, 'the rows')
        c.tmux.keys('k', 'k', 'k', 'k')  # the second one, a 404 of an api host
        c.tmux.wait(lambda s: 'flow 2/6' in s, 5, 'the selection')
        ask(c, 'f', 'code >= 400 and host ~ api')
        s = c.tmux.wait(lambda s: '2/6 sho' in s, 5, 'the filter')
        check('flow 1/2' in s, 'the selection is kept:', s)
        equal(sorted(c.rows()), [2, 6], 'rows')
        c.tmux.keys('=')
        c.tmux.wait(lambda s: 'no filter' in s and 'flow 2/6' in s, 5, 'all rows, the same one selected')
        c.tmux.keys('u')
        c.tmux.wait(lambda s: 'is back' in s, 5, 'the filter is back')
        c.tmux.keys('C-o')
        c.tmux.wait(lambda s: 'filter code >= 400 and host ~ api: 2 of 6 shown' in s, 5, 'what is in force')
        # One term more, in parentheses when it must be.
        ask(c, 'o', 'path ~ /2 or host ~ www', 'And:')
        c.tmux.wait(lambda s: 'flow 1/1' in s, 5, 'both')
        c.tmux.sane()
        c.quit()


def test_scenario_10_a_filter_that_cannot_be_meant():
    with Origin(serve(lambda q: ok(b'x'))) as o, Console(80, 24) as c:
        fill(c, o, ['/0', '/1', '/2'])
        ask(c, 'f', 'path ~ "^/[12]"')
        c.tmux.wait(lambda s: '2/3 shown' in s, 5, 'the filter before')
        rows = c.rows()
        equal(sorted(rows), [2, 3], 'its rows')
        ask(c, 'f', 'code >> 400')
        s = c.tmux.wait(lambda s: 'expected a number here' in s, 5, 'the caret')
        lines = s.rstrip('\n').split('\n')
        typed = next(x for x in lines if x.startswith('Filter:'))
        caret = lines[lines.index(typed) + 1]
        equal(caret.index('^'), typed.index('>>') + 1, 'column of the caret')
        check("expected a number here, got '>'" in caret and 'Try: code > 400' in caret, caret)
        check('the list still shows the last good filter: path ~ "^/[12]" (2 flows)' in s and 'Tab Fix it' in s, s)
        equal(c.rows(), rows, 'the list')
        c.tmux.sane()
        c.tmux.keys('Escape')
        s = c.tmux.wait(lambda s: 'Filter:' not in s, 5, 'the end of the prompt')
        check('2/3 shown' in s, s)
        equal(c.rows(), rows, 'the list after Esc')
        c.curl('http://%s/4' % o.authority)
        c.curl('http://%s/2/again' % o.authority)
        c.tmux.wait(lambda s: '3/5 shown' in s, 5, 'the old filter, which new flows pass or not')
        equal(sorted(c.rows()), [2, 3, 5], 'rows of the old filter')
        c.tmux.keys('f')
        c.tmux.wait(lambda s: 'Filter:' in s, 5, 'the prompt')
        c.tmux.keys('Up')
        c.tmux.wait(lambda s: 'code >> 400' in s, 5, 'the failed text')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'Tab Fix it' in s, 5, 'refused again')
        c.tmux.keys('Tab')
        c.tmux.wait(lambda s: 'Filter: code > 400 ' in s and '0 of 5 match' in s, 5, 'the proposal')
        c.tmux.keys('Enter')
        s = c.tmux.wait(lambda s: 'No flow matches:  code > 400' in s, 5, 'the empty list')
        check('(5 hidden)' in s and '= clears' in s and 'f edits' in s, s)
        ask(c, 'f', 'code=200 /1')
        c.tmux.wait(lambda s: '1/5 shown' in s, 5, 'the filter')
        c.quit()


def test_scenario_11_completion_and_words():
    with Origin(serve(answer)) as o, Console(80, 24) as c:
        fill(c, o, PATHS)
        c.tmux.keys('f')
        c.tmux.wait(lambda s: 'Filter:' in s, 5, 'the prompt')
        c.tmux.type('co')
        s = c.tmux.wait(lambda s: 'completing: co' in s and 'example:' in s and ' 6 ' in s, 5, 'the list')
        code = next(x for x in s.split('\n') if 'status code' in x)
        check(code.split()[-2] == '6', 'flows that have a code:', code)
        check('comment' in s and 'conn' in s and '= != < <= > >= in' in s, s)
        c.tmux.keys('Tab')
        c.tmux.wait(lambda s: 'Filter: code ' in s and 'completing' not in s, 5, 'the field')
        c.tmux.type('= 4')
        s = c.tmux.wait(lambda s: 'completing: 4' in s, 5, 'the values')
        check(any(x.split()[1:3] == ['404', '3'] for x in s.split('\n')), 'seen and counted:', s)
        c.tmux.sane()
        c.tmux.keys('Tab')
        c.tmux.wait(lambda s: 'Filter: code = 404' in s and '3 of 6 match' in s, 5, 'the value')
        c.tmux.keys('C-u')
        c.tmux.type('zzz')
        c.tmux.wait(lambda s: '0 of 6 match' in s and 'word = host or path contains' in s, 5, 'what a word means')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'No flow matches:  zzz' in s and '(6 hidden)' in s, 5, 'the empty list')
        ask(c, 'f', 'path ~ wbe')
        c.tmux.wait(lambda s: 'did you mean  path ~ web ?' in s, 5, 'what was meant')
        c.quit()


def test_header_fields_are_completed():
    def complete(c, key, label, before, word, item):
        c.tmux.keys(key)
        c.tmux.wait(lambda s: label in s, 5, 'the prompt')
        c.tmux.type(before + word)
        c.tmux.wait(lambda s: 'completing: ' + word in s and any(x.split()[1:2] == [item] for x in s.split('\n')), 5, item)
        c.tmux.keys('Tab')

    with Origin(serve(answer)) as o, Console(80, 24) as c:
        fill(c, o, PATHS)
        complete(c, 'f', 'Filter:', 'req.header[', 'User', 'user-agent]')
        c.tmux.wait(lambda s: 'Filter: req.header[user-agent] ' in s, 5, 'the name')
        c.tmux.type('~ c')
        s = c.tmux.wait(lambda s: 'completing: c' in s and 'curl/' in s, 5, 'the values')
        check(any(x.split()[1].startswith('curl/') and x.split()[2] == '6' for x in s.split('\n') if 'curl/' in x), 'seen and counted:', s)
        c.tmux.keys('Tab')
        c.tmux.wait(lambda s: '6 of 6 match' in s and 'user-agent] ~ curl/' in s, 5, 'the value')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: re.search(r'filter req.header\[user-agent\] ~ curl/[0-9.]+, 6/6', s), 5, 'the filter, and no blank behind it')
        c.tmux.keys('=')
        c.tmux.wait(lambda s: 'no filter' in s, 5, 'all rows')
        for key, label in (('/', 'Find:'), ('i', 'Hold:')):
            complete(c, key, label, 'header[', 'user', 'user-agent]')
            c.tmux.wait(lambda s: 'header[user-agent]' in s and 'completing' not in s, 5, 'the name')
            c.tmux.keys('Escape')
            c.tmux.wait(lambda s: label not in s, 5, 'no prompt')
        c.quit()


def test_bodies_heads_marks_and_search():
    with Origin(serve(answer)) as o, Console(80, 24) as c:
        fill(c, o, PATHS)
        for text, n in (('res.body ~ "secret of /web"', 1), ('res.header[content-encoding]', 3), ('client ~ 127. and type ~ html', 3),
                        ('not asset and ~c 200', 3), ('age < 1h', 6), ('tls', 0)):
            ask(c, 'f', text)
            c.tmux.wait(lambda s: '%d/6 shown' % n in s, 5, text)
        c.tmux.keys('=')
        c.tmux.wait(lambda s: 'no filter' in s, 5, 'all')
        ask(c, 'T', 'code = 404', 'Mark what matches:')
        c.tmux.wait(lambda s: '3 marked, u takes it back' in s, 5, 'marks')
        c.tmux.keys('M')
        c.tmux.wait(lambda s: '3/6 shown' in s, 5, 'the marked ones')
        c.tmux.keys('M', 'u')
        c.tmux.wait(lambda s: '3 unmarked, as before' in s, 5, 'undone')
        c.tmux.keys('k')
        s = c.tmux.wait(lambda s: 'flow ' in s, 5, 'the status')
        check('MARK' not in s, s)
        c.tmux.keys('g')
        ask(c, '/', 'path ~ web and code = 404', 'Find:')
        c.tmux.wait(lambda s: '1 of 1: path' in s, 5, 'found')
        ask(c, '/', 'web', 'Find:')
        c.tmux.wait(lambda s: 'of 2: web' in s, 5, 'text is text')
        c.quit()


def test_what_the_clock_decides_leaves_the_list():
    with Origin(serve(answer)) as o, Console(80, 24, '-d 0.1') as c:
        fill(c, o, ['/1', '/2'])
        ask(c, 'f', 'age < 6s')
        c.tmux.wait(lambda s: '2/2 shown' in s, 5, 'young rows')
        c.tmux.wait(lambda s: '0/2 shown' in s, 30, 'they have grown old')
        c.quit()


def session(d, count):
    path = os.path.join(d, 's')
    sessions.make_empty(program(), path, d)
    sessions.fill(path, count)
    return path


def test_headless():
    with tempfile.TemporaryDirectory() as d:
        path = session(d, 3000)
        for args, n in ((['code = 503'], 3), (['-f', 'code = 503', 'id < 1000'], 1), (['code', '>=', '500', 'and', 'id <= 100'], 10),
                        (['req.header[host] and not body ~ zzz'], 3), (['nothing'], 0)):
            r = run([program(), '-n', '-r', path] + args)
            equal(r.returncode, 0, args)
            equal(r.stdout.count(b'\n'), n, args)


def test_the_command_line_refuses_it_too():
    for args in (['-n', 'code', '>>', '400'], ['-n', '-f', 'a or'], ['hst', '=', 'b']):
        r = run([program(), '-l', '127.0.0.1:0'] + args)
        equal(r.returncode, 2, args)
        check(r.stderr.startswith(b'mitmtop: filter: at character') and r.stderr.count(b'\n') == 1, r.stderr)
    r = run([program(), '-n', 'code >> 400'])
    check(b"at character 7: expected a number here, got '>'. Try: code > 400" in r.stderr, r.stderr)


def test_the_language_and_what_is_recent_leave_the_line_alone():
    with Origin(serve(answer)) as o, Console(80, 24) as c:
        fill(c, o, PATHS)
        ask(c, 'f', 'path ~ api')
        c.tmux.wait(lambda s: 'flow' in s and '4/6' in s, 5, 'the filter')
        ask(c, 'f', 'code = 404')
        c.tmux.wait(lambda s: '3/6' in s, 5, 'another')
        c.tmux.keys('f')
        c.tmux.wait(lambda s: '^R Recent' in s and 'F1 Language' in s, 5, 'the key bar')
        c.tmux.keys('C-u')
        c.tmux.type('host ~ zzz')
        c.tmux.keys('F1')
        c.tmux.wait(lambda s: 'Help: expressions' in s and 'Filter: host ~ zzz' in s, 5, 'the language')
        c.tmux.keys('End')
        c.tmux.wait(lambda s: '~websocket' in s and 'Filter: host ~ zzz' in s, 5, 'its end')
        c.tmux.keys('F1')
        c.tmux.wait(lambda s: 'Help:' not in s and 'Filter: host ~ zzz' in s, 5, 'the line')
        c.tmux.keys('C-r')
        s = c.tmux.wait(lambda s: ' recent ' in s, 5, 'the list')
        check(s.index('code = 404') < s.index('path ~ api'), 'the newest first', s)
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: ' recent ' not in s and 'Filter: host ~ zzz' in s, 5, 'the line')
        c.tmux.keys('C-r')
        c.tmux.wait(lambda s: ' recent ' in s)
        c.tmux.keys('Down', 'Enter')
        c.tmux.wait(lambda s: 'Filter: path ~ api' in s and '4 of 6 match' in s, 5, 'taken')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'Filter:' not in s and '4/6' in s, 5, 'in force')
        c.tmux.sane()
        c.quit()
