# SPDX-License-Identifier: MIT
"""Loading a session file into a running console (key L, command load), with real traffic beside it in a real tmux."""
import os
import re
import sqlite3
import threading

import sessions
from support import Mitmtop, Origin, check, equal, lab, new_dir, ok, program, run, serve
from test_console import Console
from test_console_messages import TEXT, Server, frame, upgrade


def record(path):
    """Three flows over TLS, one of them with a body both ways, and one that failed."""
    def answer(q):
        return ok(b'{"seen": "%s"}' % q.target, extra=b'Content-Type: application/json\r\n')
    with Origin(serve(answer), tls=lab().server_ctx()) as o, Mitmtop('-w', path) as m:
        base = 'https://localhost:%d' % o.port
        for args in ([base + '/one'], ['-d', 'words=of+the+request', base + '/two'], [base + '/three'], ['http://127.0.0.1:1/dead']):
            run(['curl', '-sS', '-x', m.url, '--cacert', m.ca_pem, '--max-time', '8'] + args)
        m.wait_rows(lambda f: True, 4)
    return path


def load(c, path, what):
    """Presses L, types the path; returns the screen with what."""
    c.tmux.keys('L')
    c.tmux.wait(lambda s: re.search(r'^: load $', s, re.M) or ': load' in s, 5, 'the prompt')
    c.tmux.type(path)
    c.tmux.keys('Enter')
    return c.tmux.wait(lambda s: re.search(what, s), 15, what)


def test_loaded_beside_live_traffic():
    path = record(os.path.join(new_dir('s'), 'old.mitm'))
    stop = threading.Event()
    with Origin(serve(lambda q: ok(b'live'))) as o, Console(100, 30) as c:
        def traffic():
            while not stop.is_set():
                c.curl('http://%s/live' % o.authority)
        c.curl('http://%s/first' % o.authority)
        c.tmux.wait(lambda s: re.search(r'  1 D .*/first', s), 5, 'the first live flow')
        t = threading.Thread(target=traffic)
        t.start()
        try:
            s = load(c, path, r'4 flows loaded \(\d+-\d+\)')
        finally:
            stop.set()
            t.join()
        first = int(re.search(r'loaded \((\d+)-', s).group(1))
        check(first > 1, s)
        c.tmux.keys(':filter host = localhost or host = 127.0.0.1 and port = 1', 'Enter')
        c.tmux.wait(lambda s: '/three' in s and '/live' not in s, 5, 'the loaded ones alone')
        c.tmux.keys('g', 'j', 'Enter')
        c.tmux.wait(lambda s: 'words=of+the+request' in s or 'words' in s and 'of the request' in s, 5, 'the request and its body')
        c.tmux.keys('2')
        c.tmux.wait(lambda s: '"seen"' in s and '/two' in s, 5, 'the response and its body')
        c.tmux.keys('3')
        c.tmux.wait(lambda s: 'TLSv1.3' in s and 'e2e origin CA' in s, 5, 'the handshakes')
        c.tmux.keys('q', ':filter none', 'Enter', 'E')
        c.tmux.wait(lambda s: re.search(r'4 flows loaded .*, from .*old\.mitm', s), 5, 'the event log')
        c.tmux.keys('q', 'q')
        s = c.tmux.wait(lambda s: 'not saved' in s, 5, 'the question')
        total = int(re.search(r'Flows: +(\d+) total', s).group(1))
        check(re.search(r'\b%d flows (are )?not saved' % (total - 4), s), 'loaded ones are in a file: %d' % total, s)
        c.tmux.keys('y')
        c.tmux.wait(lambda s: 'status=0' in s, 5, 'the end')


def test_names_are_completed_and_errors_named():
    folder = new_dir('s')
    path = record(os.path.join(folder, 'session-one.mitm'))
    with open(os.path.join(folder, 'text'), 'w') as f:
        f.write('no session file, though it is long enough to have a header of one' * 20)
    with open(path, 'rb') as f, open(os.path.join(folder, 'cut'), 'wb') as out:
        out.write(f.read()[:30000])
    newer = os.path.join(folder, 'newer')
    with open(path, 'rb') as f, open(newer, 'wb') as out:
        out.write(f.read())
    db = sqlite3.connect(newer)
    db.execute('PRAGMA user_version = 99')
    db.close()
    with Console(120, 36) as c:
        for name, words in (('absent', 'is not there'), ('text', 'is not a session file'), ('cut', 'is cut short'),
                            ('newer', 'is of version 99'), ('', 'is a folder')):
            s = load(c, os.path.join(folder, name), 'not loaded: .*%s' % words)
            c.tmux.keys('Escape')
        c.tmux.keys('L')
        c.tmux.type(os.path.join(folder, 'sess'))
        c.tmux.keys('Tab')
        c.tmux.wait(lambda s: 'session-one.mitm' in s, 5, 'the whole name')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '4 flows loaded' in s, 8, 'the flows')
        c.tmux.sane()
        c.quit()  # without a question: nothing is lost


def test_given_up_and_memory():
    path = os.path.join(new_dir('s'), 'many')
    sessions.make(program(), path, 60000, os.path.join(new_dir('ca'), 'ca'))
    with Console(80, 24) as c:
        load(c, path, r'loading, \^C stops: [1-9]\d* flows, \d+ %')
        c.tmux.keys('C-c')
        s = c.tmux.wait(lambda s: 'the rest was given up' in s, 5, 'the end of it')
        n = int(re.search(r'(\d+) flows? loaded', s).group(1))
        check(0 < n < 60000, n)
        c.tmux.keys(':set memory=8M', 'Enter')
        load(c, path, 'memory is full')
        c.quit()


def test_into_the_session_file_that_is_written():
    folder = new_dir('s')
    path, mine = record(os.path.join(folder, 'old.mitm')), os.path.join(folder, 'mine.mitm')
    with Origin(serve(lambda q: ok(b'live'))) as o, Console(80, 24, args='-w ' + mine) as c:
        c.curl('http://%s/live' % o.authority)
        load(c, path, '4 flows loaded')
        load(c, mine, 'that is the session file that is open here')
        c.quit()
    db = sqlite3.connect(mine)
    equal([r[0] for r in db.execute('SELECT path FROM flow ORDER BY number')], ['/live', '/one', '/two', '/three', '/dead'])
    equal(db.execute('SELECT data FROM body JOIN flow ON flow.number = body.flow WHERE path = "/two" AND dir = 0').fetchone()[0],
          b'words=of+the+request')
    equal(db.execute('SELECT count(*) FROM tls JOIN flow ON flow.conn = tls.conn WHERE path = "/two" AND done').fetchone()[0], 2)
    db.close()


def test_messages_of_a_loaded_websocket():
    path = os.path.join(new_dir('s'), 'ws.mitm')
    with Origin(Server([frame(TEXT, b'from the server')])) as o, Mitmtop('-w', path) as m:
        s, _ = upgrade(m, o)
        s.send(frame(TEXT, b'from the client', mask=b'abcd'))
        s.close()
        m.wait_rows(lambda f: True, 1)
    with Console(80, 24) as c:
        load(c, path, '1 flow loaded')
        c.tmux.keys('Enter', '6')
        c.tmux.wait(lambda s: 'from the server' in s and 'from the client' in s, 5, 'its messages')
        c.quit()
