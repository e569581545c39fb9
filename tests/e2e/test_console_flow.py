# SPDX-License-Identifier: MIT
"""The detail screen in a real tmux: acceptance scenarios 12 (bodies), 15, 16, 17 and 18, coded bodies, and the external viewer
(T72)."""
import glob
import gzip
import hashlib
import json
import os
import re
import signal
import stat
import time
import zlib

import support
from support import (Nginx, Origin, Plain, Skip, check, deadline, dial, display_width, ended, equal, new_dir, ok, run, serve, until)
from test_console import Console

TEXT = b'Content-Type: text/plain\r\n'
JSON = b'Content-Type: application/json\r\n'


def raw_request(c, origin, target=b'/', fields=b'', timeout=10.0):
    """One request sent byte by byte as given; returns what came back."""
    s = Plain(dial(c.port), timeout)
    a = origin.authority.encode()
    s.send(b'GET http://' + a + target + b' HTTP/1.1\r\nHost: ' + a + b'\r\n' + fields + b'Connection: close\r\n\r\n')
    data = bytearray()
    try:
        while True:
            more = s.recv()
            if not more:
                break
            data += more
    except OSError:
        pass
    s.close()
    return data


def wait_rows(c, n):
    c.tmux.wait(lambda s: re.search(r'flow \d+/%d\b' % n, s), 8, '%d rows' % n)


def open_flow(c, n):
    """Opens flow n from the list, however many rows there are."""
    c.tmux.keys('g')
    for _ in range(n - 1):
        c.tmux.keys('j')
    c.tmux.keys('Enter')
    c.tmux.wait(lambda s: re.match(r'#%d\b' % n, s), 5, 'flow %d' % n)


def tab(c, digit, title):
    c.tmux.keys(digit)
    return c.tmux.wait(lambda s: '[%s %s]' % (digit, title) in s, 5, 'tab %s' % title)


def show_body(c, o):
    """The first flow, with its response open."""
    equal(c.curl('http://%s/' % o.authority).returncode, 0)
    wait_rows(c, 1)
    open_flow(c, 1)
    tab(c, '2', 'Response')


def find(c, text):
    c.tmux.keys('/')
    c.tmux.wait(lambda s: 'Find:' in s, 5, 'the prompt')
    c.tmux.type(text)
    c.tmux.keys('Enter')


def test_scenario_12_search_in_a_body_of_1_mb():
    line = b'%06d this is a line of the body and nothing else is in it\n'
    body = b''.join((line % i) + (b'here is the Foo\n' if i % 1000 == 500 else b'') for i in range(17000))
    check(len(body) > 1000000, len(body))
    with Origin(serve(lambda q: ok(body[:1 << 20], extra=TEXT))) as o, Console(100, 30) as c:
        show_body(c, o)
        find(c, 'foo')
        c.tmux.wait(lambda s: re.search(r'^1 of 17', s, re.M) and 'here is the Foo' in s, 3, '1 of 17')
        for key, want in (('n', '2 of 17'), ('n', '3 of 17'), ('N', '2 of 17'), ('N', '1 of 17'), ('N', 'search wrapped: 17 of 17'),
                          ('n', 'search wrapped: 1 of 17')):
            c.tmux.keys(key)
            s = c.tmux.wait(lambda s: want in s, 3, want)
            check('here is the Foo' in s, s)
        find(c, 'zzz')
        c.tmux.wait(lambda s: 'No match for zzz' in s, 3, 'no match')
        c.tmux.keys('3')
        s = c.tmux.wait(lambda s: 'No match' not in s, 3, 'the message is over')
        check('[3 TLS]' in s, 'the key that ended the message did not act:', s)
        tab(c, '7', 'Hex')
        find(c, 'hex:466f6f0a')
        c.tmux.wait(lambda s: '1 of 17' in s and '46 6f 6f' in s.replace('  ', ' '), 3, '1 of 17 by bytes')
        c.tmux.sane()
        c.quit()


def test_scenario_15_tabs():
    with Origin(serve(lambda q: ok(b'{"a": 1}', extra=JSON)), tls=support.lab().server_ctx()) as o, Console(80, 24) as c:
        for i in range(3):
            equal(c.curl('https://%s/%d' % (o.authority, i)).returncode, 0)
        wait_rows(c, 3)
        open_flow(c, 2)
        wanted = (('1', 'Request', 'headers'), ('2', 'Response', '"a": 1'), ('3', 'TLS', 'client <-> proxy'),
                  ('4', 'Timing', 'phases'), ('5', 'Connection', 'proxy <-> server'), ('6', 'Messages', 'Messages: none'),
                  ('7', 'Hex', '00000000'))
        for digit, title, word in wanted:
            s = tab(c, digit, title)
            check(word in s, word, 'is not in', s)
            c.tmux.sane()
        c.tmux.keys('J')
        s = c.tmux.wait(lambda s: re.match(r'#3\b', s), 5, 'the next flow')
        check('[7 Hex]' in s, s)
        c.tmux.keys('K')
        c.tmux.keys('K')
        s = c.tmux.wait(lambda s: re.match(r'#1\b', s), 5, 'the flow before')
        check('[7 Hex]' in s, s)
        c.tmux.keys('q')
        wait_rows(c, 3)
        equal(c.selected(), 1, 'selected row')
        # Tabs with nothing in them explain themselves.
        dead = support.free_port()
        c.curl('http://127.0.0.1:%d/' % dead)
        wait_rows(c, 4)
        open_flow(c, 4)
        for digit, title, word in (('2', 'Response', 'Response: none'), ('3', 'TLS', 'TLS: none'), ('4', 'Timing', 'TCP accept'),
                                   ('5', 'Connection', 'No server was reached'), ('7', 'Hex', 'none')):
            check(word in tab(c, digit, title), word, 'is not in', c.tmux.screen())
        c.quit()


def test_a_step_of_timing_opens_what_it_is_about():
    with Origin(serve(lambda q: ok(b'{"a": 1}', extra=JSON)), tls=support.lab().server_ctx()) as o, Console(80, 24) as c:
        equal(c.curl('https://%s/f' % o.authority).returncode, 0)
        wait_rows(c, 1)
        open_flow(c, 1)
        steps = (('TCP accept', '[5 Connection]'), ('ClientHello', '[3 TLS]'), ('ClientHello http/1.1', 'proxy <-> server'), ('Finished', '[3 TLS]'), ('GET /f', 'GET /f HTTP/1.1.'),
                 ('first byte', 'HTTP/1.1 200 OK.'), ('last byte', '{"a": 1}'))
        for words, shows in steps:
            s = tab(c, '4', 'Timing').split('\n')
            row = next(i for i, line in enumerate(s) if words in line)
            c.tmux.keys('g', *['j'] * (row - 5))
            until(lambda: c.tmux.display('#{cursor_y}') == str(row), 5, 'the cursor on ' + words)
            raw = c.tmux.screen(escapes=True).split('\n')
            check(re.search(r'\x1b\[(?:\d+;)*7(?:;\d+)*m', raw[row]), 'the step does not stand out:', raw[row])
            c.tmux.keys('Enter')
            c.tmux.wait(lambda s: shows in s, 5, shows)
        c.quit()


def test_timing_says_which_use_of_its_connections_it_was():
    where = os.path.join(new_dir('file'), 'a.db')
    wanted = ((1, 'client #1 (1st use)  server #1.1 (new)'), (2, 'client #1 (2nd use)  server #1.1 (2nd use)'),
              (3, 'client #1 (3rd use)  server #1.2 (new)'), (4, 'client #2 (1st use)  server #2.1 (new)'))

    def titles(c):
        wait_rows(c, 4)
        open_flow(c, 1)
        tab(c, '4', 'Timing')
        for n, words in wanted:
            c.tmux.wait(lambda s: re.match(r'#%d\b' % n, s) and words in s.split('\n')[1], 5, words)
            c.tmux.keys('J')
        c.tmux.keys('q')
        wait_rows(c, 4)
        c.quit()

    with Origin(serve(lambda q: ok())) as a, Origin(serve(lambda q: ok())) as b:
        with Console(80, 24, '-w ' + where) as c:
            first, other = ('http://%s/' % o.authority for o in (a, b))
            equal(c.curl(first + '1', '-o', os.devnull, first + '2', '-o', os.devnull, other).returncode, 0)
            equal(c.curl(first).returncode, 0)
            titles(c)
    with Console(80, 24, '-r ' + where) as c:
        titles(c)


def no_escapes(c, title):
    """What holds on every screen, whatever the peer sent."""
    c.tmux.sane()
    raw = c.tmux.screen(escapes=True)
    rest = re.sub('\x1b\\[[0-9;:]*m', '', raw)
    check(not re.search('[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]', rest), 'more than SGR:', repr(rest[:2000]))
    check(not re.search('[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufe0f]', rest), 'an invisible character:', repr(rest[:2000]))
    equal(c.tmux.display('#{pane_title}'), title, 'title of the terminal')
    return rest


@deadline(90)
def test_scenario_16_hostile_text():
    evil = (b'\x1b]0;PWNED\x07 \x1b[2J\x1b[H \xc2\x9b31m \x9b31m \xe2\x80\xaetxt.exe\xe2\x80\xac '
            b'\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9 \xff\xfe \x00 end')
    field = b'X-Evil: a \x9b31m \xe2\x80\xaeb \xff end\r\nSet-Cookie: s=\xc2\x9b31m\xe2\x80\x8d; Path=/\r\n'
    answers = {b'/body': ok(evil, extra=TEXT + field), b'/status': ok(b'x', status=b'200 \xe2\x80\xae\x9b31m OK'),
               b'/control': ok(b'x', extra=b'X-Esc: \x1b]0;PWNED\x07\r\n'),
               b'/type': ok(b'x', extra=b'Content-Type: a\xe2\x80\xaeb/c\x9bd\r\n'),
               b'/coding': ok(b'x', extra=b'Content-Encoding: \xe2\x80\xae\x9b\r\n')}

    def handler(conn):
        head = conn.read_head()
        for path, answer in answers.items():
            if head and path in head.split(b'\r\n')[0]:
                conn.send(answer)
                return
        if head:
            conn.send(ok(b'ok'))

    with Origin(handler) as o, Console(80, 24) as c:
        title = c.tmux.display('#{pane_title}')
        for path in answers:
            raw_request(c, o, path)
        targets = [b'/u?t=\xe2\x80\xaegnp\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9', b'/u?c=\xc2\x9b31m\xff', b'/esc?\x1b]0;PWNED\x07']
        for t in targets:
            raw_request(c, o, t, b'Cookie: a=\x9b31m\xe2\x80\xae\r\n')
        n = len(answers) + len(targets)
        wait_rows(c, n)
        no_escapes(c, title)
        open_flow(c, 1)
        for i in range(1, n + 1):
            c.tmux.wait(lambda s: re.match(r'#%d\b' % i, s), 5, 'flow %d' % i)
            for digit, name in (('1', 'Request'), ('2', 'Response'), ('3', 'TLS'), ('4', 'Timing'), ('5', 'Connection'), ('7', 'Hex')):
                tab(c, digit, name)
                no_escapes(c, title)
            if i == 1:
                s = tab(c, '2', 'Response')
                for word in ('\\x1b]0;PWNED\\x07', '\\x1b[2J', '\\u{009b}31m', '\\x9b31m', '\\u{202e}txt.exe', '\\u{200d}', '\\xff\\xfe',
                             '\\x00'):
                    check(word in s.replace('\n', ''), word, 'is not in', s)
            c.tmux.keys('J')
        # The words of a toast are the user's, and may hold anything that a terminal can send.
        find(c, 'e\u0301\u200d\u202e\U0001f468\u200d\U0001f469')
        c.tmux.wait(lambda s: 'No match for' in s, 5, 'the toast')
        no_escapes(c, title)
        c.tmux.keys('q', 'f')
        c.tmux.type('\u202eabc\u200d')
        no_escapes(c, title)
        c.tmux.keys('Escape')
        c.quit()


def test_scenario_17_wide_text_keeps_the_columns():
    targets = ['/plain', '/日本語/検索?q=テスト', '/e/😀😀😀', '/flag/🇩🇪🇫🇷', '/family/👨‍👩‍👧‍👦', '/marks/a' + '\u0301' * 10, '/cut/' + '日' * 60,
               '/cut/x' + '日' * 60]
    for locale in ('C.UTF-8', 'C'):
        with Origin(serve(lambda q: ok(b'x'))) as o, Console(80, 24, env=dict(LC_ALL=locale, LANG=locale)) as c:
            for t in targets:
                raw_request(c, o, t.encode())
            raw_request(c, o, b'/tab/a\tb')
            wait_rows(c, len(targets) + 1)
            text = c.tmux.sane()
            at = {}
            for line in text.split('\n'):
                m = re.match(r'[> ][* ]\s*(\d+) [A-Z] .*? (\d{3}) ', line)
                if m:
                    at[int(m.group(1))] = display_width(line[:m.start(2)])
            equal(sorted(at), list(range(1, len(targets) + 2)), 'rows')
            equal(len(set(at.values())), 1, 'columns in which CODE begins: %s in\n%s' % (at, text))
            if locale == 'C':
                check('\\u{65e5}\\u{672c}' in text, 'no escapes for CJK in', text)
                check(not re.search('[^\x00-\x7f]', text), 'not ASCII:', text)
            else:
                check('日本語' in text, text)
            c.quit()


@deadline(120)
def test_scenario_18_very_long_things():
    mib = 1 << 20
    lines = b''.join(b'%07d of many lines, all of them much alike\n' % i for i in range(30000))[:mib]
    many = b''.join(b'X-H-%d: value %d\r\n' % (i, i) for i in range(300))

    def handler(conn):
        while True:
            head = conn.read_head()
            if not head:
                return
            line = head.split(b'\r\n')[0]
            if b'/header' in line:
                conn.send(ok(b'x', extra=b'X-Long: ' + b'h' * 60000 + b'end\r\n'))
            elif b'/toolong' in line:
                conn.send(ok(b'x', extra=b'X-Long: ' + b'h' * 300000 + b'\r\n'))
            elif b'/many' in line:
                conn.send(ok(b'x', extra=many))
            elif b'/big' in line:
                conn.send(b'HTTP/1.1 200 OK\r\n' + TEXT + b'Content-Length: %d\r\n\r\n' % (50 * mib))
                for _ in range(50):
                    conn.send(lines)
            else:
                conn.send(ok(b'ok'))

    with Origin(handler) as o, Console(100, 30, args='--body-max 60M') as c:
        raw_request(c, o, b'/' + b'u' * 32000)
        for path in (b'/header', b'/toolong', b'/many', b'/big'):
            raw_request(c, o, path, timeout=40.0)
        raw_request(c, o, b'/' + b'w' * 60000)
        wait_rows(c, 6)
        rows = [x for x in c.tmux.sane().split('\n') if 'uuuu' in x]
        equal(len(rows), 1, 'rows of the long URL in\n%s' % c.tmux.screen())
        check('…' in rows[0], rows[0])
        c.tmux.keys('g')
        start = time.monotonic()
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: re.match(r'#1\b', s), 5, 'the flow')
        took = time.monotonic() - start
        check(took < 0.4 * support.SLOW, 'Enter took %.2f s' % took)  # 0.2 with the machine to itself
        tab(c, '1', 'Request')
        c.tmux.sane()
        c.tmux.keys('J')
        c.tmux.wait(lambda s: re.match(r'#2\b', s), 5, 'the long header')
        tab(c, '2', 'Response')
        c.tmux.wait(lambda s: 'Enter unfolds' in s, 5, 'the long header, folded')
        c.tmux.keys('Enter', 'G')
        c.tmux.wait(lambda s: 'hhhend' in s, 5, 'the end of the long header')
        c.tmux.sane()
        c.tmux.keys('J')
        c.tmux.wait(lambda s: re.match(r'#3\b', s) and 'ERROR' in s, 5, 'the header that is too long')
        c.tmux.wait(lambda s: 'too many bytes' in s, 5, 'why it was refused')
        c.tmux.keys('J')
        s = c.tmux.wait(lambda s: re.match(r'#4\b', s), 5, '300 headers')
        if 'ERROR' not in s:
            c.tmux.keys('G')
            c.tmux.wait(lambda s: 'X-H-299:' in s, 5, 'the last header')
            c.tmux.keys('g')
            c.tmux.wait(lambda s: re.search(r'headers 30\d', s), 5, 'their number')
        c.tmux.keys('J')
        c.tmux.wait(lambda s: re.match(r'#5\b', s) and 'body  50.0 MiB' in s, 5, 'the body of 50 MiB')
        c.tmux.keys('G')
        s = c.tmux.wait(lambda s: 'shown 1.0 MiB of 50.0 MiB' in s, 5, 'shown in part')
        check('v opens all' in s and 'w saves it' in s, s)
        start = time.monotonic()
        for _ in range(20):
            c.tmux.keys('k')
        c.tmux.keys('g')
        c.tmux.wait(lambda s: 'body  50.0 MiB' in s, 5, 'the top again')
        check(time.monotonic() - start < 3 * support.SLOW, 'scrolling took %.2f s' % (time.monotonic() - start))
        c.tmux.sane()
        # A target that is too long is refused, and that is what is shown.
        c.tmux.keys('J', '2')
        c.tmux.wait(lambda s: re.match(r'#6\b', s) and '414' in s, 5, 'the refusal')
        c.quit()


def coded_bodies(plain):
    """Content-Encoding -> the body; without what this machine has no encoder for."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    out = {b'gzip': gzip.compress(plain), b'deflate': zlib.compress(plain)}
    out[b'deflate, gzip'] = gzip.compress(deflate.compress(plain) + deflate.flush())
    try:
        import brotli
        out[b'br'] = brotli.compress(plain)
    except ImportError:
        pass
    zstd = run(['zstd', '-q', '-c'], input=plain) if support.shutil.which('zstd') else None
    if zstd and zstd.returncode == 0:
        out[b'zstd'] = zstd.stdout
    return out


def test_coded_bodies_are_shown_decoded():
    plain = json.dumps({'hello': 'world', 'list': list(range(50))}).encode()
    coded = coded_bodies(plain)
    names = list(coded)
    broken = gzip.compress(plain * 20)
    broken = broken[:40] + b'\xff\xff\xff\xff' + broken[44:]

    def answer(q):
        if q.target == b'/broken':
            return ok(broken, extra=JSON + b'Content-Encoding: gzip\r\n')
        name = names[int(q.target[1:])]
        return ok(coded[name], extra=JSON + b'Content-Encoding: ' + name + b'\r\n')

    with Origin(serve(answer)) as o, Console(100, 40) as c:
        for i in range(len(names)):
            equal(c.curl('http://%s/%d' % (o.authority, i)).returncode, 0)
        c.curl('http://%s/broken' % o.authority)
        wait_rows(c, len(names) + 1)
        open_flow(c, 1)
        tab(c, '2', 'Response')
        for i, name in enumerate(names, 1):
            s = c.tmux.wait(lambda s: re.match(r'#%d\b' % i, s) and '"hello": "world"' in s, 5, '%s decoded' % name)
            check(re.search(r'body  %d B, %s %d B on wire' % (len(plain), re.escape(name.decode()), len(coded[name])), s), name, s)
            check('view: json (auto)' in s, s)
            c.tmux.sane()
            c.tmux.keys('J')
        s = c.tmux.wait(lambda s: re.match(r'#%d\b' % (len(names) + 1), s), 5, 'the broken one')
        check(re.search(r'gzip.*\b(byte|offset|after)\b', s), 'where it is broken is not said:', s)
        # The way to show it is kept for the next flow.
        c.tmux.keys('t')
        c.tmux.wait(lambda s: 'response bodies as json' in s, 5, 'the toast')
        for _ in range(12):
            before = re.search('view: ([a-z]+)', c.tmux.screen()).group(1)
            if before == 'hex':
                break
            c.tmux.keys('t')
            c.tmux.wait(lambda s: re.search('view: ([a-z]+)', s).group(1) != before, 5, 'another view than ' + before)
        c.tmux.wait(lambda s: 'view: hex  t cycles' in s, 5, 'hex')
        c.tmux.keys('K')
        c.tmux.wait(lambda s: 'view: hex  t cycles' in s and re.match(r'#%d\b' % len(names), s), 5, 'hex for the flow before')
        c.quit()


def test_a_body_gzipped_by_nginx():
    text = b''.join(b'line %d of the text\n' % i for i in range(3000))
    with Nginx(files={'a.txt': text}, more='gzip on; gzip_types text/plain; gzip_min_length 1;') as n, Console(100, 30) as c:
        r = c.curl('-H', 'Accept-Encoding: gzip', 'http://127.0.0.1:%d/a.txt' % n.port)
        equal(r.returncode, 0, r.stderr)
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '2', 'Response')
        s = c.tmux.wait(lambda s: 'line 0 of the text' in s, 5, 'the text')
        if 'Content-Encoding' not in s:
            raise Skip('this nginx does not compress')
        check(re.search(r'body  [0-9.]+ KiB, gzip [0-9.]+ (KiB|B) on wire', s), s)
        c.quit()


def pager(name, text):
    path = os.path.join(new_dir('pager'), name)
    with open(path, 'w') as f:
        f.write('#!/bin/sh\n' + text)
    os.chmod(path, 0o755)
    return path


@deadline(90)
def test_viewer_while_the_traffic_goes_on():
    where = new_dir('where')
    tmp = new_dir('tmp')
    # It says what it was given, and stays until it is told to go.
    script = pager('view', 'for i in "$@"; do p=$i; done\n{ echo "$#"; echo "$1"; stat -c "%%a" "$p" "$(dirname "$p")"; cat "$p"; } > %s/said\n'
                   'echo VIEWER-RUNS\nread line\necho "$line" > %s/line\n' % (where, where))
    body = json.dumps({'secret': 'in the body'}).encode()
    with Origin(serve(lambda q: ok(gzip.compress(body), extra=JSON + b'Content-Encoding: gzip\r\n'))) as o, \
            Console(80, 24, env=dict(PAGER=script + ' one  two', TMPDIR=tmp)) as c:
        show_body(c, o)
        c.tmux.keys('v')
        c.tmux.wait(lambda s: 'VIEWER-RUNS' in s, 5, 'the viewer')
        said = until(lambda: open(os.path.join(where, 'said')).read() if os.path.exists(os.path.join(where, 'said')) else '', 5, 'its words')
        lines = said.split('\n')
        equal(lines[:4], ['3', 'one', '600', '700'], 'arguments and modes')
        equal(lines[4], body.decode(), 'the file')
        equal(c.tmux.display('#{alternate_on}'), '0', 'alternate screen while the viewer runs')
        files = glob.glob(os.path.join(tmp, 'mitmtop-*', '*'))
        equal(len(files), 1, files)
        check(stat.S_ISREG(os.lstat(files[0]).st_mode), files[0])
        for i in range(50):
            r = c.curl('http://%s/%d' % (o.authority, i))
            equal(r.returncode, 0, 'curl %d: %s' % (i, r.stderr))
        check('VIEWER-RUNS' in c.tmux.screen() and 'Response' not in c.tmux.screen(), c.tmux.screen())
        # A resize meanwhile is seen afterwards; keys are the viewer's.
        c.tmux.resize(100, 30)
        c.tmux.type('Qq')
        c.tmux.keys('Enter')
        s = c.tmux.wait(lambda s: '[2 Response]' in s and '"secret"' in s, 5, 'the screen again')
        check('VIEWER-RUNS' not in s, s)
        equal(open(os.path.join(where, 'line')).read(), 'Qq\n', 'what the viewer read')
        equal(c.tmux.flags().split()[0], '1', 'alternate screen')
        equal(os.listdir(tmp), [], 'what is left in TMPDIR')
        c.tmux.sane()
        c.tmux.keys('q')
        wait_rows(c, 51)
        tty = c.tmux.display('#{pane_tty}')
        check('-icanon' in run(['stty', '-a', '-F', tty]).stdout.decode(), 'not in raw mode')
        c.quit()


def test_viewer_less():
    support.need('less')
    with Origin(serve(lambda q: ok(b'first line\n' + b'a\x1b[31mred\n' * 100 + b'last line\n', extra=TEXT))) as o, \
            Console(80, 24, env=dict(TMPDIR=new_dir('tmp'))) as c:
        title = c.tmux.display('#{pane_title}')
        show_body(c, o)
        c.tmux.keys('v')
        # It takes escapes for a sign of a binary file, and shows them as text.
        if 'binary' in c.tmux.wait(lambda s: '[2 Response]' not in s and ('first line' in s or 'binary' in s), 5, 'less'):
            c.tmux.keys('y')
        c.tmux.wait(lambda s: s.startswith('first line') and 'Response' not in s, 5, 'the text in less')
        no_escapes(c, title)
        c.tmux.keys('G')
        c.tmux.wait(lambda s: 'last line' in s, 5, 'the end in less')
        # What ends a program elsewhere ends neither of them here: less takes ^C, and ^Z brings it back.
        c.tmux.keys('C-c')
        c.tmux.keys('C-z')

        def at_top():
            c.tmux.keys('g')  # what was typed while it stood still is lost
            s = c.tmux.screen()
            return 'first line' in s and '[2 Response]' not in s
        until(at_top, 8, 'less goes on', step=0.1)
        c.tmux.keys('q')
        c.tmux.wait(lambda s: '[2 Response]' in s, 5, 'the screen again')
        # There is no body in the head of a request.
        tab(c, '1', 'Request')
        c.tmux.keys('v')
        c.tmux.wait(lambda s: 'there is no body' in s, 5, 'the toast')
        c.quit()


def test_viewer_that_cannot_be_run():
    tmp = new_dir('tmp')
    with Origin(serve(lambda q: ok(b'x', extra=TEXT))) as o, Console(80, 24, env=dict(PAGER='/no/such/pager', TMPDIR=tmp)) as c:
        show_body(c, o)
        c.tmux.keys('v')
        c.tmux.wait(lambda s: 'cannot run /no/such/pager' in s, 5, 'the toast')
        equal(os.listdir(tmp), [], 'what is left in TMPDIR')
        c.quit()


def test_what_is_looked_at_stays_though_memory_gives_it_up():
    with Origin(serve(lambda q: ok(b'Needle ' * 30, extra=TEXT))) as o, Console(80, 24, args='--memory 1M') as c:
        show_body(c, o)
        many = 'http://%s/[1-400]' % o.authority
        for _ in range(20):
            equal(c.curl('-o', '/dev/null', many).returncode, 0)
            if 'no longer kept' in c.tmux.screen():
                break
        s = c.tmux.wait(lambda s: 'Flow 1 is no longer kept' in s, 5, 'flow 1 to be given up')
        check('Content-Type' in s and 'Needle' in s, s)
        find(c, 'Needle')
        c.tmux.wait(lambda s: '1 of 30' in s, 5, 'the search in what is shown')
        tab_gone = lambda s: 'no longer kept' in s and 'Needle' not in s
        c.tmux.keys('1')
        c.tmux.wait(tab_gone, 5, 'nothing of the request')
        c.quit()


def test_what_a_viewer_leaves_beside_the_file():
    script = pager('copies', 'cp "$1" "${1%/*}/.copy.swp"\n')
    tmp = new_dir('tmp')
    with Origin(serve(lambda q: ok(b'x', extra=TEXT))) as o, Console(80, 24, env=dict(PAGER=script, TMPDIR=tmp)) as c:
        show_body(c, o)
        started = os.stat(tmp).st_mtime_ns
        c.tmux.keys('v')
        until(lambda: os.stat(tmp).st_mtime_ns != started and os.listdir(tmp) == [], 5, lambda: 'an empty TMPDIR: %s' % os.listdir(tmp))
        c.quit()


def start_viewer(c, shows=lambda s: 'VIEWER-RUNS' in s):
    """Numbers of the console's process and of the viewer's, which shows that."""
    pid = c.pid()
    c.tmux.keys('v')
    c.tmux.wait(shows, 5, 'the viewer')
    return pid, int(run(['pgrep', '-P', str(pid)]).stdout.split()[0])


@deadline(60)
def test_a_crash_while_less_runs_leaves_a_sane_terminal():
    support.need('less')
    for sig in ('SEGV', 'ABRT', 'KILL'):
        tmp = new_dir('tmp')
        with Origin(serve(lambda q: ok(b'first line\n' * 100, extra=TEXT))) as o, Console(80, 24, env=dict(TMPDIR=tmp)) as c:
            show_body(c, o)
            pid, viewer = start_viewer(c, lambda s: s.startswith('first line'))
            equal(c.tmux.display('#{alternate_on}'), '1', 'alternate screen of less')
            os.kill(pid, getattr(signal, 'SIG' + sig))
            c.tmux.wait(lambda s: re.search(r'status=\d', s), 5, 'the end by SIG' + sig)
            until(lambda: c.tmux.flags() == '0 1 0', 5, lambda: 'terminal flags after SIG%s: %s' % (sig, c.tmux.flags()))
            until(lambda: 'icanon' in run(['stty', '-a', '-F', c.tmux.display('#{pane_tty}')]).stdout.decode().replace('-icanon', ''), 5,
                  'line editing after SIG' + sig)
            until(lambda: ended(viewer), 5, 'the end of less after SIG' + sig)


def test_what_a_killed_console_leaves_is_removed_at_the_next_start():
    script = pager('view', 'echo VIEWER-RUNS\nexec sleep 1000\n')
    tmp = new_dir('tmp')
    with Origin(serve(lambda q: ok(b'x', extra=TEXT))) as o, Console(80, 24, env=dict(PAGER=script, TMPDIR=tmp)) as c:
        show_body(c, o)
        pid, viewer = start_viewer(c)
        # While it lives another console leaves its file alone.
        with Console(80, 24, env=dict(TMPDIR=tmp)) as other:
            other.quit()
        equal(len(glob.glob(os.path.join(tmp, 'mitmtop-shown-%d-??????' % pid, '*'))), 1, 'files while it lives')
        os.kill(pid, signal.SIGKILL)
        c.tmux.wait(lambda s: re.search(r'status=\d', s), 5, 'the end')
        os.kill(viewer, signal.SIGKILL) if not ended(viewer) else None
    equal(len(os.listdir(tmp)), 1, 'what is left')
    # What looks like it and is not: a link, a directory for others, one of a process that lives, names of other kinds.
    mine = new_dir('mine')
    dead = pid
    kept = ['mitmtop-shown-%d-aaaaaa' % dead, 'mitmtop-shown-%d-bbbbbb' % dead, 'mitmtop-shown-%d-cccccc' % os.getpid(),
            'mitmtop-shown-%d-ddddd' % dead, 'mitmtop-shown-x%d-eeeeee' % dead, 'mitmtop-ffffff']
    os.symlink(mine, os.path.join(tmp, kept[0]))
    for name in kept[1:]:
        os.mkdir(os.path.join(tmp, name), 0o700)
    os.chmod(os.path.join(tmp, kept[1]), 0o755)
    for name in kept:
        with open(os.path.join(tmp, name, 'file'), 'w') as f:
            f.write('mine')
    with Console(80, 24, env=dict(TMPDIR=tmp)) as c:
        equal(sorted(os.listdir(tmp)), sorted(kept), 'what the next start leaves')
        for name in kept:
            check(os.path.exists(os.path.join(tmp, name, 'file')), name)
        c.quit()


@deadline(90)
def test_viewer_ends_with_the_program():
    script = pager('view', 'echo VIEWER-RUNS\nexec sleep 1000\n')
    for sig in ('TERM', 'HUP', 'ABRT'):
        tmp = new_dir('tmp')
        with Origin(serve(lambda q: ok(b'x', extra=TEXT))) as o, Console(80, 24, env=dict(PAGER=script, TMPDIR=tmp)) as c:
            show_body(c, o)
            pid, viewer = start_viewer(c)
            os.kill(pid, getattr(signal, 'SIG' + sig))
            c.tmux.wait(lambda s: re.search(r'status=\d', s), 5, 'the end by SIG' + sig)
            equal(os.listdir(tmp), [], 'what SIG%s leaves in TMPDIR' % sig)
            equal(c.tmux.flags(), '0 1 0', 'terminal flags after SIG' + sig)
            until(lambda: ended(viewer), 5, 'the end of the viewer after SIG' + sig)


def test_hex_has_the_sum_of_what_it_shows():
    small, large = bytes(range(256)) * 2, support.noise((4 << 20) + 1)
    bodies = {b'/small': small, b'/edge': large[:-1], b'/large': large}

    def answer(q):
        return ok(bodies[q.target], extra=b'Content-Type: application/octet-stream\r\n')

    with Origin(serve(answer)) as o, Console(120, 36, '--body-max 8M') as c:
        for target in bodies:
            equal(c.curl('http://%s%s' % (o.authority, target.decode())).returncode, 0)
        wait_rows(c, 3)
        open_flow(c, 1)
        tab(c, '7', 'Hex')
        want = hashlib.sha256(small).hexdigest()
        s = c.tmux.wait(lambda s: '512 B  sha256 %s..%s' % (want[:4], want[-2:]) in s, 5, 'the sum in the status line')
        check(' 00000020  20212223 24252627 ' in s and 'sha256 ' + want in s, '32 bytes a line, and the sum in full:', s)
        # Bytes are found in the packed lines too.
        c.tmux.keys('/')
        c.tmux.type('hex:3f4041')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '1 of 2' in s, 5, 'the first of two')
        raw = c.tmux.screen(escapes=True)
        check(re.search(r'\x1b\[[\d;]*m3f\x1b\[[\d;]*m', raw), 'the byte at the end of a line stands out:', raw)
        # As many as are summed at once.
        c.tmux.keys('J')
        want = hashlib.sha256(large[:-1]).hexdigest()
        c.tmux.wait(lambda s: '4.0 MiB  sha256 %s..%s' % (want[:4], want[-2:]) in s, 5, 'the sum of 4 MiB')
        c.tmux.keys('J')
        c.tmux.wait(lambda s: re.match(r'#3\b', s), 5, 'the third')
        c.tmux.keys('G')
        s = c.tmux.wait(lambda s: 'sha256 is worked out up to 4 MiB' in s, 5, 'that it is not')
        check('  sha256 ' not in s.rstrip().split('\n')[-2], s)
        c.quit()
