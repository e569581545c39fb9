# SPDX-License-Identifier: MIT
"""Session files for tests: mitmtop makes the empty file, so that its schema is the program's own; rows are added in bulk.

By hand: sessions.py MITMTOP FILE FLOWS"""
import os
import signal
import sqlite3
import subprocess
import sys
import time

HOSTS = ['api.example.test', 'cdn.example.test', 'img.example.test', 'www.example.test', 'auth.example.test']
CODES = [200, 200, 200, 304, 404, 200, 200, 500, 200, 302]
WALL_NS = 1795240000 * 10**9


def make_empty(mitmtop, path, ca):
    """An empty session file, as mitmtop leaves it."""
    p = subprocess.Popen([mitmtop, '-n', '-l', '127.0.0.1:0', '--ca', ca, '-w', path], stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True)
    line = p.stderr.readline()
    if 'listening' not in line:
        raise RuntimeError('mitmtop -w %s: %s' % (path, line + p.stderr.read()))
    p.send_signal(signal.SIGTERM)
    p.communicate(timeout=20)


def rows(first, last):
    """Summaries number first..last: every 997th is 503, the path ends in the number."""
    for n in range(first, last + 1):
        code = 503 if n % 997 == 0 else CODES[n % len(CODES)]
        yield (n, 5, 'h1', 1, 443, code, 1, WALL_NS + n * 10**6, 100, 900, 1000 + n % 7000, 0, n * 7919 % 1000003,
               'GET', HOSTS[n % len(HOSTS)], '/v1/items/%d' % n, 'application/json')


def fill(path, count, first=1):
    """Adds count flows and gives every 1000th of them details and a body."""
    db = sqlite3.connect(path)
    db.execute('PRAGMA synchronous=OFF')
    db.executemany('INSERT INTO flow(number, state, proto, tls, port, status, ended, wall_ns, begin_us, ttfb_us, duration_us,'
                   ' request_bytes, response_bytes, method, host, path, content_type, answered_here, marked, deleted)'
                   ' VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,0,0)', rows(first, first + count - 1))
    for n in range(first, first + count, 1000):
        head = 'GET /v1/items/%d HTTP/1.1\r\nHost: %s\r\n\r\n' % (n, HOSTS[n % len(HOSTS)])
        body = b'{"item": %d, "of": "a generated file"}' % n
        db.execute('INSERT INTO detail(flow, request_head, response_head, request_seen, request_kept, request_shed,'
                   ' response_seen, response_kept, response_shed) VALUES(?,?,?,0,0,0,?,?,0)',
                   (n, head.encode(), b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n', len(body), len(body)))
        db.execute('INSERT INTO body(flow, dir, seq, data) VALUES(?,1,0,?)', (n, body))
    db.commit()
    db.execute('PRAGMA journal_mode=DELETE')
    db.close()


def make(mitmtop, path, count, ca):
    make_empty(mitmtop, path, ca)
    fill(path, count)


if __name__ == '__main__':
    began = time.monotonic()
    make(sys.argv[1], sys.argv[2], int(sys.argv[3]), os.path.join(os.path.dirname(os.path.abspath(sys.argv[2])), 'ca'))
    print('%.1f s' % (time.monotonic() - began))
