# SPDX-License-Identifier: MIT
"""Acceptance scenarios 16, 18, 19, 28 and 29 in a real tmux: what no test of one view proves."""
import os
import re
import sqlite3
import ssl
import subprocess
import sys

import sessions
from support import (Origin, Plain, Reader, Tmux, check, dial, equal, lab, new_dir, ok, program, run, serve, until)
from test_console import Console
from test_console_flow import no_escapes, open_flow, raw_request, tab, wait_rows
from test_console_out import Clipped, copy, save, toast

TEXT = b'Content-Type: text/plain\r\n'
EVIL = (b'\x1b]0;PWNED\x07 \x1b[2J\x1b[H \xc2\x9b31m \x9b31m \xe2\x80\xaetxt.exe\xe2\x80\xac '
        b'\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9 \xff\xfe \x00 end')
SHOWN = ('\\x1b]0;PWNED\\x07', '\\x1b[2J', '\\u{009b}31m', '\\x9b31m', '\\u{202e}txt.exe', '\\u{200d}', '\\xff\\xfe', '\\x00')


def evil_origin(tls=None):
    fields = TEXT.replace(b'plain', b'pla\xe2\x80\xaein\xc2\x9b') + b'X-Evil: a \x9b31m \xe2\x80\xaeb \xff end\r\n'
    return Origin(serve(lambda q: ok(EVIL, status=b'200 \xe2\x80\xae\x9b31m', extra=fields)), tls=tls)


def test_scenario_16_copies_and_files_hold_the_true_bytes():
    session = os.path.join(new_dir('session'), 's')
    with evil_origin() as o, Clipped(100, 30, args='-w %s' % session) as c:
        title = c.tmux.display('#{pane_title}')
        target = b'/u?t=\xe2\x80\xaegnp\xc2\x9b\xff'
        raw_request(c, o, target, b'Cookie: a=\x9b31m\xe2\x80\xae\r\n')
        wait_rows(c, 1)
        no_escapes(c, title)
        copy(c, 'u', 'URL')
        equal(c.copied(), b'http://' + o.authority.encode() + target)
        no_escapes(c, title)
        copy(c, 'B', 'response body of flow 1')
        equal(c.copied(), EVIL)
        save(c, '2', '~/body')
        toast(c, 'saved to ~/body')
        with open(os.path.join(c.home, 'body'), 'rb') as f:
            equal(f.read(), EVIL)
        # The name of a file is text as well, in the question and in the answer.
        save(c, '2', '~/n\u202e\u200d.txt', enter=False)
        no_escapes(c, title)
        c.tmux.keys('Enter')
        toast(c, 'saved to ~/n\\u{202e}\\u{200d}.txt')
        no_escapes(c, title)
        check('n\u202e\u200d.txt' in os.listdir(c.home), os.listdir(c.home))
        c.quit()
    # The same flow in lines.
    r = run([program(), '-n', '-vv', '-r', session])
    equal(r.returncode, 0, r.stderr)
    text = r.stdout.decode('utf-8', 'surrogateescape')
    check(not re.search('[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\udc80-\udcff]', text), 'raw characters in', text)
    for word in SHOWN:
        check(word in text, word, 'is not in', text)
    equal(len(re.findall('^[^ ]', text, re.M)), 1, 'lines that could be those of a flow: ' + text)


def client_hello(name):
    """A ClientHello with those bytes as its server name."""
    stand_in = 'a' * (len(name) - 5) + '.test'
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    out = ssl.MemoryBIO()
    obj = ctx.wrap_bio(ssl.MemoryBIO(), out, server_hostname=stand_in)
    try:
        obj.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read().replace(stand_in.encode(), name)


def test_scenario_16_hostile_names_popups_and_events():
    with evil_origin() as plain, evil_origin(lab().server_ctx()) as o, Console(100, 30) as c:
        title = c.tmux.display('#{pane_title}')
        for name in (b'\x1b]0;PWNED\x07.example.test', b'\xe2\x80\xaegnp\xc2\x9b31m.example.test', b'a\nb\x00c.example.test'):
            s, head = hello_through(c, o, client_hello(name))
            check(b' 200 ' in head, head)
            s.close()
        raw_request(c, plain, b'/body')
        wait_rows(c, 4)
        no_escapes(c, title)
        open_flow(c, 1)
        for _ in range(3):
            for digit, words in (('1', 'Request'), ('2', 'Response'), ('3', 'TLS'), ('5', 'Connection')):
                tab(c, digit, words)
                no_escapes(c, title)
            c.tmux.keys('J')
        c.tmux.keys('q')
        wait_rows(c, 4)
        # Values that were seen are offered, without what they would do.
        c.tmux.keys('f')
        c.tmux.wait(lambda s: 'Filter:' in s, 5, 'the prompt')
        c.tmux.type('type = t')
        c.tmux.wait(lambda s: 'completing' in s and 'pla\\u{202e}in\\u{009b}' in s, 5, 'the values')
        no_escapes(c, title)
        c.tmux.keys('Tab')
        c.tmux.wait(lambda s: 'completing' not in s and '1 of 4 match' in s, 5, 'the value')
        no_escapes(c, title)
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '1/4 shown' in s, 5, 'the filter')
        no_escapes(c, title)
        c.tmux.keys('E')
        c.tmux.wait(lambda s: 'Event log' in s, 5, 'the event log')
        no_escapes(c, title)
        c.tmux.keys('q')
        c.quit()


# A client whose process has that name; its connection stays open until its input ends.
NAMED = '''
import ctypes, socket, sys
ctypes.CDLL(None).prctl(15, bytes.fromhex(sys.argv[1]))
s = socket.create_connection(('127.0.0.1', int(sys.argv[2])))
s.sendall(('GET http://%s/named HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' % sys.argv[3]).encode())
s.recv(4096)
sys.stdin.read()
'''


def test_scenario_16_hostile_process_names():
    with evil_origin() as o, Console(120, 30, args='--columns id,s,method,code,path,+process') as c:
        title = c.tmux.display('#{pane_title}')
        names = ((b'\x1b]0;PWNED\x07', '\\x1b]0;PWNED\\x07'), (b'\xe2\x80\xaegnp\xc2\x9b31m', '\\u{202e}gnp\\u{009b}31m'), (b'a\nb\xff\x9bc', 'a\\x0ab\\xff\\x9bc'))
        clients = [subprocess.Popen([sys.executable, '-c', NAMED, name.hex(), str(c.port), o.authority], stdin=subprocess.PIPE)
                   for name, _ in names]
        try:
            for n, (_, shown) in enumerate(names):
                c.tmux.wait(lambda s: shown[:8] in s, 20, 'the process name ' + shown)
        finally:
            for p in clients:
                p.communicate()
        no_escapes(c, title)
        # As headings of the tree, as values offered, as counts, and in full in the flow.
        c.tmux.keys('V', 'V', 'V')
        c.tmux.wait(lambda s: len(re.findall(r'  1 flow  ', s)) == 3, 10, 'the tree by process')
        no_escapes(c, title)
        c.tmux.keys('V', 'f')
        c.tmux.wait(lambda s: 'Filter:' in s, 5, 'the prompt')
        c.tmux.type('proc = a')
        c.tmux.wait(lambda s: 'completing' in s and 'a\\x0ab' in s.split('Filter:')[0].split('PROCESS')[-1], 5, 'the values')
        no_escapes(c, title)
        c.tmux.keys('C-c', '#')
        c.tmux.wait(lambda s: 'Count by' in s, 5, 'the menu')
        c.tmux.keys('o')
        c.tmux.wait(lambda s: 'PROCESS' in s and 'PWNED' in s, 5, 'counts')
        no_escapes(c, title)
        c.tmux.keys('q', 'g', 'Enter')
        tab(c, '5', 'Connection')
        seen = ''
        for n in range(1, 4):
            seen += c.tmux.wait(lambda s: '#%d ' % n in s and 'process' in s, 5, 'flow %d' % n)
            no_escapes(c, title)
            c.tmux.keys('J')
        for _, shown in names:
            check(shown in seen, shown, 'is not in', seen)
        c.quit()


def hello_through(c, origin, hello):
    """Sends it through a tunnel to the origin; returns the socket and the head of the answer to CONNECT."""
    s = Plain(dial(c.port))
    a = origin.authority.encode()
    s.send(b'CONNECT ' + a + b' HTTP/1.1\r\nHost: ' + a + b'\r\n\r\n')
    rd = Reader(s)
    rd.until(lambda r: b'\r\n\r\n' in r.data, 5)
    s.send(hello)
    try:
        s.recv()
    except OSError:
        pass
    return s, bytes(rd.data)


def test_scenario_18_a_long_url_is_copied_whole():
    with Origin(serve(lambda q: ok(b'x'))) as o, Clipped(100, 30) as c:
        target = b'/' + b''.join(b'%05d/' % i for i in range(5000))
        raw_request(c, o, target)
        wait_rows(c, 1)
        rows = [x for x in c.tmux.sane().split('\n') if '/00000/' in x]
        equal(len(rows), 1, 'rows of the long URL')
        check('…' in rows[0], rows[0])
        copy(c, 'c', 'curl line of flow 1 copied')
        line = until(c.copied, 5, 'the buffer')
        check(target in line, len(line), line[:200], line[-200:])
        before = len(o.requests())
        script = os.path.join(c.home, 'line')
        with open(script, 'wb') as f:
            f.write(line)
        equal(run(['sh', script]).returncode, 0, 'exit status of the line')
        until(lambda: len(o.requests()) > before, 5, 'the request')
        equal(o.requests()[-1].target, target)
        # More than 32 KiB is refused, and the row says so.
        raw_request(c, o, b'/' + b'w' * 65000)
        wait_rows(c, 2)
        c.tmux.wait(lambda s: re.search(r' 2 E .* 414 .*the request t', s), 5, 'the refusal in the row')
        c.quit()


def test_scenario_18_more_fields_than_are_taken():
    many = b''.join(b'X-H-%d: value %d\r\n' % (i, i) for i in range(300))
    with Origin(serve(lambda q: ok(b'x', extra=many))) as o, Console(100, 30) as c:
        raw_request(c, o, b'/many')
        raw_request(c, o, b'/asked', many)
        wait_rows(c, 2)
        for n, side in ((1, '2'), (2, '2')):
            open_flow(c, n)
            c.tmux.keys(side)
            c.tmux.wait(lambda s: 'ERROR' in s and re.search(r'more than \d+|too many', s), 5, 'why flow %d was refused' % n)
            c.tmux.sane()
            c.tmux.keys('q')
            wait_rows(c, 2)
        c.quit()


def test_scenario_19_resizes_with_something_open():
    """A popup, a menu, a box: at every size something true, and then the same as before."""
    with Origin(serve(lambda q: ok(b'x'))) as o, Console(120, 36) as c:
        for i in range(40):
            equal(c.curl('http://%s/%d' % (o.authority, i)).returncode, 0)
        c.tmux.wait(lambda s: 'flow 40/40' in s, 5, 'all rows')
        c.tmux.keys('k', 'k', 'k')
        until(lambda: c.selected() == 37, 5, 'the selection')

        def still(text):
            """The screen below the meters, without what the clock moves."""
            return [x.rstrip() for x in text.split('\n')[6:]]
        for keys, word in ((['f', 'c', 'o'], 'completing: co'), (['S'], 'Sort by'), (['C'], '┌─ Columns '), (['y'], '┌─ Copy'), (['w'], '┌─ Save'),
                           (['Enter'], '#37')):
            c.tmux.keys(*keys)
            before = still(c.tmux.wait(lambda s: word in s and ('completing' not in word or ' 40 ' in s), 5, word))
            for w, h in ((20, 5), (10, 3)):
                c.tmux.resize(w, h)
                until(lambda: c.tmux.display('#{window_width}x#{window_height}') == '%dx%d' % (w, h), 5, 'the size')
                c.tmux.wait(lambda s: s.strip() != '', 5, 'something true')
                c.tmux.sane()
            c.tmux.resize(120, 36)
            until(lambda: still(c.tmux.screen()) == before, 5,
                  lambda: 'the same as before with %s:\n%s\nnot\n%s' % (word, '\n'.join(before), c.tmux.screen()))
            c.tmux.sane()
            c.tmux.keys('Escape')
            c.tmux.wait(lambda s: word not in s and 'flow 37/40' in s, 5, 'the list')
            equal(c.selected(), 37, 'selection after resizes with ' + word)
        c.quit()


def test_scenario_28_an_authority_that_cannot_be_read():
    ca = os.path.join(new_dir('ca'), 'ca')
    equal(run([program(), '-n', '-l', '127.0.0.1:0', '--ca', ca, '--server-ca', '/dev/null']).returncode, 2)
    os.makedirs(ca, 0o700, exist_ok=True)
    for name in ('ca.key', 'ca.pem'):
        path = os.path.join(ca, name)
        if os.path.exists(path):
            os.unlink(path)
        os.mkdir(path)
    with Tmux(100, 24) as t:
        t.command('%s -l 127.0.0.1:0 --ca %s; echo "status=$?"' % (program(), ca))
        s = t.wait(lambda s: re.search(r'status=\d', s), 5, 'the refusal')
        check('status=2' in s, s)
        equal(len(re.findall(r'^mitmtop: ', s, re.M)), 1, 'sentences')
        check('ca.' in s.replace('\n', '').split('mitmtop: ')[-1], s)
        equal(t.flags(), '0 1 0', 'terminal flags')


def test_scenario_29_states_are_letters():
    """All states at once, of a file: without colours, in ASCII, and in every theme a row tells its state by a letter of its own."""
    path = os.path.join(new_dir('states'), 'session')
    sessions.make(program(), path, 11, os.path.join(new_dir('ca'), 'ca'))
    db = sqlite3.connect(path)
    for number in range(1, 12):
        db.execute('UPDATE flow SET state = ?, ended = ? WHERE number = ?', (number - 1, 4 < number - 1 < 9 or number == 11, number))
    db.commit()
    db.execute('PRAGMA journal_mode = DELETE')
    db.close()
    for env in ({'NO_COLOR': '1'}, {'LC_ALL': 'C', 'LANG': 'C'}, {}):
        with Console(80, 24, args='-r %s' % path, env=env) as c:
            def letters(s):
                return ''.join(re.findall(r'^[> ▸][* ] +\d+ ([A-Z]) ', s, re.M))
            c.tmux.wait(lambda s: len(letters(s)) == 11, 5, 'the rows')
            for _ in range(1 if env else 6):
                got = letters(c.tmux.sane())
                equal(got, 'WRWBSDFEKHP', 'states')
                if not env:
                    before = c.tmux.screen(escapes=True)
                    c.tmux.keys('Z')
                    until(lambda: c.tmux.screen(escapes=True) != before, 5, 'another theme')
            c.quit()
