# SPDX-License-Identifier: MIT
"""The session file: what survives kill -9 and a full disk, what is refused, what comes back."""
import base64
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import threading
import time

import sessions
import support
from support import (Mitmtop, Nginx, Origin, Skip, Tmux, check, equal, exclusive, free_port, lab, new_dir, ok, program, run, serve,
                     smoke, until)


def session_path(name='session'):
    return os.path.join(new_dir('session'), name)


def read(path, *args):
    """Rows of the file as -r prints them."""
    r = run([program(), '-n', '--json', '-r', path] + list(args), timeout=60)
    equal(r.returncode, 0, 'exit status of -r: %s' % r.stderr)
    return [json.loads(x) for x in r.stdout.splitlines()]


def refused(path, *words, write=False):
    ca = os.path.join(new_dir('ca'), 'ca')
    r = run([program(), '-n', '--ca', ca, '-l', '127.0.0.1:0', '-w' if write else '-r', path])
    equal(r.returncode, 2, 'exit status: %s' % r.stderr)
    check(r.stderr.startswith(b'mitmtop: ') and r.stderr.count(b'\n') == 1 and not r.stdout, r.stderr, r.stdout)
    for w in words:
        check(w.encode() in r.stderr, w, 'is not in', r.stderr)


class Load(threading.Thread):
    """A keep-alive client that pipelines GET /1, /2, ... until it is cut; knows when each was answered."""

    def __init__(self, port, authority, batch=40):
        super().__init__(daemon=True)
        self.sock = socket.create_connection(('127.0.0.1', port), 10)
        self.authority, self.batch = authority, batch
        self.answered = {}
        self.stopping = False
        self.start()

    def run(self):
        n, data = 0, b''
        try:
            while not self.stopping:
                want = range(n + 1, n + 1 + self.batch)
                self.sock.sendall(b''.join(b'GET http://%s/f?%d HTTP/1.1\r\nHost: %s\r\n\r\n' % (
                    self.authority.encode(), i, self.authority.encode()) for i in want))
                for i in want:
                    while True:
                        end = data.find(b'\r\n\r\n')
                        if end >= 0:
                            length = int(re.search(rb'content-length: *(\d+)', data[:end], re.I).group(1))
                            if len(data) >= end + 4 + length:
                                break
                        more = self.sock.recv(262144)
                        if not more:
                            return
                        data += more
                    data = data[end + 4 + length:]
                    self.answered[i] = time.monotonic()
                n += self.batch
        except OSError:
            pass

    def stop(self):
        self.stopping = True
        self.sock.close()
        self.join(5)


@smoke
def test_everything_of_a_flow_is_in_the_file():
    path = session_path()
    body = b'{"name": "\xff\x00 raw", "n": 1}'
    with Origin(serve(lambda q: ok(body, extra=b'Content-Type: application/json\r\nX-Odd: a\x80b\r\n')),
                tls=lab().server_ctx()) as o, Mitmtop('-w', path) as m:
        equal(m.curl('-d', 'what=posted', 'https://%s/p?q=1' % o.authority).returncode, 0)
        m.curl('https://%s/' % o.authority, ca=False)
        m.wait_rows(lambda r: True, 2)
    equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, 'mode')
    equal(sorted(os.listdir(os.path.dirname(path))), ['session'], 'what is left in the folder')
    rows = read(path, '-vv')
    equal(len(rows), 2)
    good, bad = rows
    equal((good['number'], good['state'], good['method'], good['path'], good['status'], good['tls']),
          (1, 'D', 'POST', '/p?q=1', 200, True))
    check(b'what=posted' == base64.b64decode(good['request_body_b64']), good)
    equal(base64.b64decode(good['response_body_b64']), body)
    check(b'X-Odd: a\x80b\r\n' in base64.b64decode(good['response_head_b64']), good)
    equal((good['tls_client']['ok'], good['tls_server']['ok'], good['tls_server']['version']), (True, True, 'TLSv1.3'))
    check(good['client'].startswith('127.0.0.1:') and good['server'] == '127.0.0.1:%d' % o.port, good)
    check(good['duration_us'] >= good['ttfb_us'] > 0, good)
    equal((bad['state'], bad['tls_client']['ok'], 'unknown_ca' in bad['error']['why']), ('F', False, True))
    check(bad['error']['remedy'], bad)
    # The shell of SQLite can ask too.
    db = sqlite3.connect(path)
    equal(db.execute('SELECT method, status FROM flow WHERE number=1').fetchone(), ('POST', 200))
    db.close()


@exclusive
def test_kill_9_in_the_middle_of_traffic():
    path = session_path()
    with Nginx(files={'f': b'x' * 200}) as n, Mitmtop('-w', path, json_out=False, stdout=subprocess.DEVNULL) as m:
        began = time.monotonic()
        load = Load(m.port, '127.0.0.1:%d' % n.port)
        until(lambda: time.monotonic() - began > 3, 10)
        killed = time.monotonic()
        m.proc.kill()
        m.proc.wait()
        m.stopped = True
        load.stop()
    rate = len(load.answered) / (killed - began)
    print('%.0f flows/s' % rate, end=' ')
    check(rate > 2000 / support.SLOW, 'only %.0f flows/s: no test of 2000' % rate)
    rows = {r['path']: r for r in read(path)}
    wanted = ['/f?%d' % i for i, at in load.answered.items() if at < killed - 1]
    missing = [w for w in wanted if w not in rows or rows[w]['state'] != 'D']
    check(not missing, '%d of %d flows older than a second are missing' % (len(missing), len(wanted)), missing[:5])
    newest = max((load.answered.get(int(p.split('?')[1]), 0) for p in rows), default=0)
    check(killed - newest < 1, 'the newest flow in the file is %.1f s old' % (killed - newest))
    # And it is continued.
    with Origin(serve(lambda q: ok())) as o, Mitmtop('-w', path) as m:
        m.curl('http://%s/after' % o.authority)
        row = m.wait_flow(lambda r: r['path'] == '/after')
        equal(row['number'], len(rows) + 1)
    equal(len(read(path)), len(rows) + 1)


def small_disk(kib):
    """A tmpfs of that size in a mount namespace of this test."""
    import ctypes
    if ctypes.CDLL(None, use_errno=True).unshare(0x00020000) != 0:
        raise Skip('namespaces need privileges')
    path = new_dir('disk')
    for argv in (['mount', '--make-rprivate', '/'], ['mount', '-t', 'tmpfs', '-o', 'size=%dk' % kib, 'none', path]):
        r = run(argv)
        if r.returncode:
            raise Skip('%s: %s' % (' '.join(argv), r.stderr.decode()))
    return path


def test_disk_full_stops_no_traffic():
    disk = small_disk(1024)
    path = os.path.join(disk, 's')
    with Nginx(files={'f': os.urandom(100000)}) as n, Mitmtop('-w', path) as m:
        m.quiet = True
        until(lambda: [m.curl('http://127.0.0.1:%d/f' % n.port)] and 'SAVE STOPPED' in m.stderr(), 30, 'the message')
        check(re.search(r'SAVE STOPPED: .*full|SAVE STOPPED: .*No space', m.stderr()), m.stderr())
        for i in range(20):
            equal(m.curl('http://127.0.0.1:%d/f?after%d' % (n.port, i)).returncode, 0, 'curl on a full disk')
        m.wait_rows(lambda r: 'after' in r['path'], 20)
        m.signal(signal.SIGTERM)
        equal(m.wait(20), 1, 'exit status')
        m.stopped = True
        check('not in the session file' in m.stderr(), m.stderr())
    rows = read(path)
    # The last one may have been open when the disk was full.
    check(rows and all(r.get('status') == 200 for r in rows[:-1]), 'what had been saved is whole', rows[-3:])


def test_saving_goes_on_when_there_is_room_again():
    disk = small_disk(2048)
    path = os.path.join(disk, 's')
    filler = os.path.join(disk, 'filler')
    with open(filler, 'wb') as f:
        f.write(b'x' * (1500 << 10))
    with Nginx(files={'f': os.urandom(50000)}) as n, Mitmtop('-w', path, opts={'memory': '64M'}) as m:
        m.quiet = True
        until(lambda: [m.curl('http://127.0.0.1:%d/f' % n.port)] and 'SAVE STOPPED' in m.stderr(), 30, 'the message')
        os.remove(filler)
        until(lambda: 'saving goes on' in m.stderr(), 15, lambda: 'saving to go on: ' + m.stderr())
        equal(m.curl('http://127.0.0.1:%d/f?last' % n.port).returncode, 0)
        total = len(m.wait_rows(lambda r: 'last' in r['path'], 1)) and len(m.rows)
        m.signal(signal.SIGTERM)
        equal(m.wait(20), 0, 'exit status')
        m.stopped = True
    equal(len(read(path)), total, 'flows in the file')


def test_a_file_that_is_removed_or_emptied_is_told():
    for act, words in ((os.remove, 'was removed'), (lambda p: os.truncate(p, 0), 'was emptied')):
        path = session_path()
        with Origin(serve(lambda q: ok())) as o, Mitmtop('-w', path) as m:
            m.curl('http://%s/before' % o.authority)
            until(lambda: '/before' in str(read(path)), 10)
            act(path)
            m.curl('http://%s/after' % o.authority)
            until(lambda: words in m.stderr(), 10, m.stderr)
            equal(m.curl('http://%s/on' % o.authority).returncode, 0)
            m.signal(signal.SIGTERM)
            equal(m.wait(20), 1, 'exit status')
            m.stopped = True
    # One that is renamed and put back misses nothing.
    path = session_path()
    with Origin(serve(lambda q: ok())) as o, Mitmtop('-w', path) as m:
        os.rename(path, path + '.away')
        m.curl('http://%s/away' % o.authority)
        until(lambda: 'was removed' in m.stderr(), 10, m.stderr)
        os.rename(path + '.away', path)
        until(lambda: 'saving goes on' in m.stderr(), 10, m.stderr)
        m.signal(signal.SIGTERM)
        equal(m.wait(20), 0, 'exit status')
        m.stopped = True
    equal([r['path'] for r in read(path)], ['/away'])


def threads(m):
    return len(os.listdir('/proc/%d/task' % m.pid))


def stop_heard(m):
    """Sends SIGTERM and waits until the workers have ended for it."""
    before = threads(m)
    m.signal(signal.SIGTERM)
    until(lambda: threads(m) < before, 5, 'the workers to end')


def test_signals_while_the_file_is_slow():
    # The writer waits for the lock, memory is spent, facts wait in the rings: each is a line all the same.
    path = session_path()
    with Nginx(files={'f': b'x' * 200}) as n, Mitmtop('-w', path, opts={'memory': '1'}) as m:
        url = 'http://127.0.0.1:%d/f' % n.port
        m.curl(url)
        until(lambda: read(path), 10)
        db = sqlite3.connect(path, isolation_level=None)
        db.execute('BEGIN IMMEDIATE')
        for i in range(20):
            equal(m.curl('%s?%d' % (url, i)).returncode, 0)
        stop_heard(m)
        db.execute('COMMIT')
        equal(m.wait(20), 0, 'exit status')
        m.stopped = True
        equal(len(m.wait_rows(lambda r: '/f' in r['path'], 21)), 21)
        equal(len(read(path)), 21)
    # A second signal is not kept waiting.
    with Nginx(files={'f': b'x' * 200}) as n, Mitmtop('-w', path, opts={'memory': '1'}) as m:
        db.execute('BEGIN IMMEDIATE')
        for i in range(5):
            equal(m.curl('http://127.0.0.1:%d/f' % n.port).returncode, 0)
        stop_heard(m)
        m.signal(signal.SIGTERM)
        equal(m.wait(0.7), -signal.SIGTERM, 'exit status')
        m.stopped = True
        db.close()


def test_what_cannot_be_written_is_refused():
    folder = new_dir('locked')
    if os.geteuid():
        os.chmod(folder, 0o500)
        refused(os.path.join(folder, 's'), 'Permission denied', write=True)
    refused('/proc/mitmtop-session', '/proc/mitmtop-session', write=True)
    refused(os.path.join(folder, 'no', 's'), 'No such file', write=True)
    refused(folder, 'folder', write=True)
    refused('/dev/null', 'device', write=True)
    os.chmod(folder, 0o700)
    link = os.path.join(folder, 'link')
    os.symlink(os.path.join(folder, 'elsewhere'), link)
    refused(link, 'link', write=True)
    check(not os.path.exists(os.path.join(folder, 'elsewhere')), 'a link was followed')
    other = os.path.join(folder, 'other')
    with open(other, 'wb') as f:
        f.write(b'something else that must stay as it is')
    refused(other, 'not a session file', write=True)
    with open(other, 'rb') as f:
        equal(f.read(), b'something else that must stay as it is')
    fifo = os.path.join(folder, 'fifo')
    os.mkfifo(fifo)
    refused(fifo, 'not a session file', write=True)
    refused(fifo, 'not a session file')


def test_files_that_are_cut_damaged_or_hostile():
    path = session_path('whole')
    sessions.make(program(), path, 3000, os.path.join(new_dir('ca'), 'ca'))
    with open(path, 'rb') as f:
        whole = f.read()
    other = session_path('broken')

    def write(data):
        with open(other, 'wb') as f:
            f.write(data)
    write(whole[:len(whole) * 2 // 3])
    refused(other, 'cut short')
    refused(other, 'cut short', write=True)
    for n in (1, 50, 99, 100, 4096, 8191, len(whole) - 1):
        write(whole[:n])
        refused(other, other)
    write(b'SQLite format 3\0' + os.urandom(20000))
    refused(other, other)
    write(b'{"not": "a session"}')
    refused(other, 'not a session file')
    for n, sql in enumerate(('CREATE VIEW v AS SELECT 1', 'CREATE TRIGGER t AFTER INSERT ON flow BEGIN SELECT 1; END',
                             'ALTER TABLE flow ADD COLUMN extra', 'DROP TABLE detail', 'PRAGMA user_version=99',
                             'PRAGMA application_id=5')):
        write(whole)
        db = sqlite3.connect(other)
        db.execute(sql)
        db.commit()
        db.close()
        refused(other, other)
    # Values no mitmtop writes: the rows before them are there, then a sentence.
    for sql in ("UPDATE flow SET state=77 WHERE number=2000", "UPDATE flow SET status='abc' WHERE number=2000",
                "UPDATE flow SET proto='smtp' WHERE number=2000", "UPDATE flow SET wall_ns=-1 WHERE number=2000",
                "UPDATE flow SET path=zeroblob(2000000) WHERE number=2000"):
        write(whole)
        db = sqlite3.connect(other)
        db.execute(sql)
        db.commit()
        db.close()
        r = run([program(), '-n', '-r', other])
        check(r.returncode not in (0, 134, 139) and r.returncode > 0, sql, 'exit status', r.returncode)
        check(b'2000' in r.stderr and r.stderr.startswith(b'mitmtop: '), sql, r.stderr)


def test_one_damaged_flow_does_not_hide_the_others():
    path = session_path()
    sessions.make(program(), path, 5000, os.path.join(new_dir('ca'), 'ca'))
    db = sqlite3.connect(path)
    db.execute('UPDATE flow SET port = 99999 WHERE number = 50')
    db.execute("UPDATE detail SET request_seen = 'x' WHERE flow = 1001")
    db.commit()
    db.close()
    r = run([program(), '-n', '-r', path], timeout=60)
    equal(r.returncode, 2, 'exit status: %s' % r.stderr)
    equal(r.stdout.count(b'\n'), 4999)
    check(b'flow 50: port is out of range' in r.stderr, r.stderr)
    # With details: the flow is told by what there is of it, and not left out in silence.
    r = run([program(), '-n', '--json', '-r', path], timeout=60)
    equal(r.returncode, 2, 'exit status: %s' % r.stderr)
    equal([json.loads(x)['number'] for x in r.stdout.splitlines()], [i for i in range(1, 5001) if i != 50])
    check(b'detail 1001: request_seen is not a number' in r.stderr, r.stderr)


def test_two_instances_on_one_file():
    path = session_path()
    with Origin(serve(lambda q: ok())) as o, Mitmtop('-w', path) as m:
        m.curl('http://' + o.authority)
        refused(path, 'being written', write=True)
        # Reading what another writes is fine.
        until(lambda: len(read(path)) == 1, 5, 'the flow in the file')
        equal(m.curl('http://' + o.authority).returncode, 0)
    equal(len(read(path)), 2)


def test_open_flows_are_in_the_file_too():
    path = session_path()
    hold = threading.Event()

    def slow(conn):
        conn.read_request()
        conn.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n' + b'y' * 50000)
        hold.wait(20)
    with Origin(slow) as o, Mitmtop('-w', path) as m:
        c = m.plain()
        c.send(b'GET http://%s/big HTTP/1.1\r\nHost: x\r\n\r\n' % o.authority.encode())
        until(lambda: [r for r in read(path) if r['response_bytes'] == 50000], 5, 'the open flow in the file')
        m.proc.kill()
        m.proc.wait()
        m.stopped = True
        hold.set()
        c.close()
    row = read(path, '-vv')[0]
    equal((row['path'], row['status'], row['response_bytes'], row['state']), ('/big', 200, 50000, 'B'))
    equal(len(base64.b64decode(row['response_body_b64'])), 50000)


def test_filter_and_plain_lines_from_a_file():
    path = session_path()
    sessions.make(program(), path, 5000, os.path.join(new_dir('ca'), 'ca'))
    r = run([program(), '-n', '-r', path, 'code=503'])
    equal(len(r.stdout.splitlines()), 5)
    check(b'5 of 5000 flows shown' in r.stderr, r.stderr)
    r = run([program(), '-n', '-v', '-r', path, 'items/2001'])
    check(b'    GET /v1/items/2001 HTTP/1.1' in r.stdout, r.stdout)
    p = subprocess.Popen([program(), '-n', '-r', path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdout.readline()
    p.stdout.close()
    equal(p.wait(10), 0, 'head')
    p.stderr.close()
    r = run([program(), '-r', path, '-w', path + '2'])
    equal(r.returncode, 2)


def test_more_flows_than_memory_are_all_in_the_list():
    path = session_path()
    with Nginx(files={'f': b'x' * 3000}) as n, \
            Mitmtop('-w', path, json_out=False, stdout=subprocess.DEVNULL, opts={'memory': '4M'}) as m:
        load = Load(m.port, '127.0.0.1:%d' % n.port)
        until(lambda: len(load.answered) >= 20000, 60, '20000 flows')
        rss = m.rss_kib()
        load.stop()
    print('%d flows, RSS %d KiB' % (len(load.answered), rss), end=' ')
    if not support.sanitizer():
        check(rss < 80000, 'RSS is %d KiB' % rss)
    check(len(read(path)) >= 20000, 'flows in the file')


def test_session_in_the_console():
    path = session_path()
    with Origin(serve(lambda q: ok(b'{"hello": ["from", "the file"]}', extra=b'Content-Type: application/json\r\n'))) as o, \
            Mitmtop('-w', path) as m:
        for i in range(5):
            m.curl('http://%s/%d' % (o.authority, i))
    with Tmux(80, 24) as t:
        t.command('%s -r %s; echo "status=$?"' % (program(), path))
        t.wait(lambda s: 'flow 5/5' in s and '/4' in s, 10, 'the list')
        t.keys('k', 'Enter', '2')
        s = t.wait(lambda s: '"from"' in s and '/3' in s, 10, 'the body from the file')
        t.keys('q', 'q')
        t.wait(lambda s: 'status=0' in s, 5, 'the end')


def test_disk_full_in_the_console():
    disk = small_disk(1024)
    port = free_port()
    ca = os.path.join(new_dir('ca'), 'ca')
    with Nginx(files={'f': os.urandom(100000)}) as n, Tmux(80, 24) as t:
        t.command('%s -l 127.0.0.1:%d --ca %s -w %s/s; echo "status=$?"' % (program(), port, ca, disk))
        t.wait(lambda s: 'Nothing has arrived yet' in s, 10, 'the console')

        def curl():
            return run(['curl', '-s', '-o', os.devnull, '--max-time', '5', '-x', 'http://127.0.0.1:%d' % port,
                        'http://127.0.0.1:%d/f' % n.port]).returncode
        until(lambda: curl() == 0 and 'SAVE STOPPED' in t.screen(), 30, 'the message on the screen')
        equal(curl(), 0, 'curl after it')
        t.sane()
        t.keys('q')
        t.wait(lambda s: re.search(r'\d flows? (are|is) not saved', s), 10, 'the question')
        t.keys('y')
        s = t.wait(lambda s: re.search(r'status=\d', s), 10, 'the end')
        check('status=1' in s and 'not in the session file' in s, s)
