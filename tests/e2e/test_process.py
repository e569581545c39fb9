# SPDX-License-Identifier: MIT
"""Which process of this machine a client is: the filter, JSON, the session file, and the console in a real tmux."""
import os
import re
import signal
import socket
import subprocess
import sys

from support import Mitmtop, Skip, check, equal, new_dir, ok, program, run, serve, until, Origin
from test_console import Console
from test_console_life import list_rows

FETCH = '''
import sys, urllib.request
u = urllib.request.build_opener(urllib.request.ProxyHandler({'http': sys.argv[1]}))
for url in sys.argv[2:]:
    u.open(url, timeout=20).read()
'''


def origin():
    return Origin(serve(lambda q: ok(b'x')))


def curl(proxy, *urls, prefix=()):
    r = run([*prefix, 'curl', '-sS', '-o', os.devnull, '-x', proxy, '--max-time', '10', *urls])
    equal(r.returncode, 0, r.stderr)


def python(proxy, *urls):
    r = run([sys.executable, '-c', FETCH, proxy, *urls])
    equal(r.returncode, 0, r.stderr)


def end(m):
    """The rows of all it has printed."""
    m.proc.send_signal(signal.SIGTERM)
    m.proc.wait(20)
    for t in m.threads:
        t.join(20)
    return m.rows


def test_a_filter_shows_the_flows_of_one_program():
    with origin() as o, Mitmtop('-f', 'proc = curl') as m:
        base = 'http://' + o.authority
        for i in range(4):
            curl(m.url, '%s/curl%d' % (base, i))
            python(m.url, '%s/python%d' % (base, i))
        # A client that is the child of another process; one connection with several requests.
        run(['sh', '-c', 'curl -sS -o /dev/null -o /dev/null -x %s %s/child1 %s/child2; true' % (m.url, base, base)])
        rows = end(m)
        equal(sorted(r['path'] for r in rows), ['/child1', '/child2'] + ['/curl%d' % i for i in range(4)])
        equal({r['process'] for r in rows}, {'curl'})
        check(all(r['pid'] > 1 for r in rows), rows)
        equal(len({r['pid'] for r in rows}), 5, 'processes')
        check('6 of 10 flows shown' in '\n'.join(m.err), m.err)


def test_not_asked_not_told():
    with origin() as o, Mitmtop() as m:
        curl(m.url, 'http://%s/a' % o.authority)
        row = m.wait_flow(lambda f: f.get('path') == '/a')
        check('process' not in row and 'pid' not in row, row)
        equal(len(os.listdir('/proc/%d/task' % m.proc.pid)), 3, 'threads')
    with origin() as o, Mitmtop('--process=no', '-f', 'not proc = curl') as m:
        curl(m.url, 'http://%s/a' % o.authority)
        check('process' not in m.wait_flow(lambda f: f.get('path') == '/a'), m.rows)


def test_a_client_that_is_gone_and_one_that_stays():
    with origin() as o, Mitmtop('--process') as m:
        for _ in range(50):
            s = socket.create_connection(('127.0.0.1', m.port), 10)
            s.close()
        with socket.create_connection(('127.0.0.1', m.port), 10) as s:
            for i in range(2):
                s.sendall(b'GET http://%s/here%d HTTP/1.1\r\nHost: x\r\n\r\n' % (o.authority.encode(), i))
                row = m.wait_flow(lambda f: f.get('path') == '/here%d' % i)
                equal(row['pid'], os.getpid())
                check(row['process'].startswith('python'), row)
        rows = end(m)
        equal(len(rows), 52, 'each connection is a row')


def test_another_user():
    if os.geteuid() != 0:
        raise Skip('only root sees the processes of others')
    with origin() as o, Mitmtop('-f', 'proc = curl') as m:
        curl(m.url, 'http://%s/other' % o.authority, prefix=('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'))
        equal(m.wait_flow(lambda f: f.get('path') == '/other')['process'], 'curl')


def test_it_is_in_the_session_file():
    path = os.path.join(new_dir('session'), 's.mitm')
    with origin() as o, Mitmtop('-w', path, '-f', 'proc ~ /./') as m:
        curl(m.url, 'http://%s/curl' % o.authority)
        python(m.url, 'http://%s/python' % o.authority)
        equal(len(end(m)), 2)
    r = run([program(), '-n', '--json', '-r', path, '-f', 'proc = curl and pid > 1'])
    equal(r.returncode, 0, r.stderr)
    check(b'"process":"curl"' in r.stdout and b'/curl' in r.stdout and b'/python' not in r.stdout, r.stdout)


# Its connections stay open until its input ends, so that they are surely seen.
KEEP = '''
import socket, sys
from urllib.parse import urlsplit
proxy = urlsplit(sys.argv[1])
kept = []
for url in sys.argv[2:]:
    s = socket.create_connection((proxy.hostname, proxy.port))
    s.sendall(('GET %s HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' % url).encode())
    s.recv(4096)
    kept.append(s)
sys.stdin.read()
'''


def test_console():
    with origin() as o, Console(120, 30, args='--columns id,s,host,path,+process') as c:
        proxy, base = 'http://127.0.0.1:%d' % c.port, 'http://' + o.authority
        hold = subprocess.Popen([sys.executable, '-c', KEEP, proxy, base + '/p1', base + '/p2'],
                                stdin=subprocess.PIPE)
        try:
            c.tmux.wait(lambda s: len(re.findall(r'/p[12] +python', s)) == 2, 20, 'the column')
        finally:
            hold.communicate()
        # A curl that is in no hurry, so that it is surely seen.
        slow = ['--max-time', '10', '--limit-rate', '1k', '--data-binary', 'x' * 3000]
        equal(run(['curl', '-sS', '-o', os.devnull, '-x', proxy, *slow, base + '/c1'], timeout=20).returncode, 0)
        c.tmux.wait(lambda s: re.search(r'/c1 +curl', s), 10, 'curl')
        c.tmux.keys('V', 'V', 'V')
        s = c.tmux.wait(lambda s: re.search(r'python\S*  2 flows', s) and re.search(r'curl  1 flow', s), 10, 'the tree by process')
        c.tmux.keys('V')
        c.tmux.wait(lambda s: 'flows' not in '\n'.join(list_rows(s)) and len(list_rows(s)) == 3, 10, 'the list')
        c.tmux.keys('#')
        c.tmux.wait(lambda s: 'Count by' in s and 'local client process' in s, 5, 'the menu')
        c.tmux.keys('o')
        c.tmux.wait(lambda s: re.search(r'curl', s) and re.search(r'python', s) and 'PROCESS' in s, 5, 'counts')
        c.tmux.keys('q')
        c.tmux.keys('f')
        c.tmux.type('proc = curl')
        c.tmux.keys('Enter')
        s = c.tmux.wait(lambda s: len(list_rows(s)) == 1, 10, 'the filter')
        check('/c1' in list_rows(s)[0], s)
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'Connection' in s, 5, 'the flow')
        for _ in range(8):
            if re.search(r'process +curl \(\d+\)', c.tmux.screen()):
                break
            before = c.tmux.screen()
            c.tmux.keys('Tab')
            until(lambda: c.tmux.screen() != before, 5, 'the next tab')
        check(re.search(r'process +curl \(\d+\)', c.tmux.screen()), c.tmux.screen())
        c.tmux.keys('q')
        c.quit()
