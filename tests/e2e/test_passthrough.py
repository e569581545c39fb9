# SPDX-License-Identifier: MIT
"""TLS that is not decrypted: what a client sees, which hosts a rule means, bytes and half-closes, and the key P in a real tmux."""
import os
import re
import socket
import sqlite3
import ssl
import struct

from support import (Mitmtop, Origin, Reader, Row, check, equal, lab, new_dir, noise, ok, program, run, serve, spki_pin, until)
from test_console import Console


def own_curl(port, *args):
    """A curl that trusts the origin's own CA and nothing else."""
    return run(['curl', '-sS', '-x', 'http://127.0.0.1:%d' % port, '--max-time', '8', '--cacert', lab().ca_pem] + list(args))


def secure():
    return Origin(serve(lambda q: ok(b'own words')), tls=lab().server_ctx())


def https(o, host='localhost'):
    return 'https://%s:%d/' % (host, o.port)


def test_the_client_sees_the_real_certificate():
    with secure() as o:
        with Mitmtop() as m:
            r = own_curl(m.port, https(o))
            check(r.returncode == 60, 'without a rule the client refuses ours:', r.returncode, r.stderr)
        with Mitmtop('--passthrough', 'localhost') as m:
            r = own_curl(m.port, https(o))
            equal((r.returncode, r.stdout), (0, b'own words'), 'with it')
            pin = ['--pinnedpubkey', 'sha256//' + spki_pin(lab().leaf_pem)]
            equal(own_curl(m.port, *pin, https(o)).returncode, 0, 'a pinned key')
            rows = m.wait_rows(lambda f: f['state'] == 'P', 2)
            for row in rows:
                equal((row['protocol'], row['host'], row['passthrough']), ('tls', 'localhost', 'localhost'))
                equal(row['sni'], 'localhost')
                check(row['response_bytes'] > 500 and row['request_bytes'] > 200, row)
                check('error' not in row and 'tls_client' not in row, row)
            wrong = ['--pinnedpubkey', 'sha256//' + 'A' * 43 + '=']
            equal(own_curl(m.port, *wrong, https(o)).returncode, 90, 'a pinned key that is another')


def test_which_hosts_a_rule_means():
    cases = [  # rule, CONNECT host, name in the hello (None: none), passed
        ('LOCALHOST', 'localhost', 'localhost', True),
        ('localhost', 'LocalHost', 'LOCALHOST', True),
        ('localhost.', 'localhost', 'localhost', True),
        ('*.origin.test', '127.0.0.1', 'a.Origin.test', True),
        ('*.origin.test', '127.0.0.1', 'b.a.origin.test', True),
        ('*.origin.test', '127.0.0.1', 'origin.test', False),
        ('*.origin.test', '127.0.0.1', 'xorigin.test', False),
        ('origin.test', '127.0.0.1', 'a.origin.test', False),
        ('origin.test', '127.0.0.1', None, False),
        ('127.0.0.1', '127.0.0.1', None, True),
        ('127.0.0.1', '127.0.0.1', 'origin.test', True),
        ('127.0.0.1', 'localhost', 'localhost', False),
        ('localhost:PORT', 'localhost', 'localhost', True),
        ('localhost:1', 'localhost', 'localhost', False),
    ]
    with secure() as o:
        for rule, host, sni, passed in cases:
            with Mitmtop('--passthrough', rule.replace('PORT', str(o.port)), '-o', 'insecure=yes', threads=1) as m:
                ctx = ssl._create_unverified_context()
                t = m.tls('%s:%d' % (host, o.port), ctx, name=sni)
                issuer = run(['openssl', 'x509', '-inform', 'DER', '-noout', '-issuer'], input=t.obj.getpeercert(True)).stdout
                equal(b'e2e origin CA' in issuer, passed, '%s for %s with SNI %s (%s)' % (rule, host, sni, issuer))
                t.close()


def test_refused_rules():
    for bad, part in (('*', 'every host'), ('a b', 'is no host name'), ('x:0', 'does not end with a port'), ('1.2.3', 'IPv4')):
        r = run([program(), '-n', '-l', '127.0.0.1:0', '--ca', os.path.join(new_dir('ca'), 'ca'), '--passthrough', bad])
        check(r.returncode == 2 and b'mitmtop: passthrough: ' in r.stderr and part.encode() in r.stderr, bad, r.returncode, r.stderr)
    many = [x for i in range(65) for x in ('--passthrough', 'h%d.test' % i)]
    r = run([program(), '-n', '-l', '127.0.0.1:0'] + many)
    check(r.returncode == 2 and b'passthrough: more than 64 values' in r.stderr, r.stderr)


def hello(name):
    """A ClientHello for that name, as a TLS library writes it."""
    obj_in, obj_out = ssl.MemoryBIO(), ssl.MemoryBIO()
    obj = ssl._create_unverified_context().wrap_bio(obj_in, obj_out, server_hostname=name)
    try:
        obj.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return obj_out.read()


def collect_all(got):
    """An origin without TLS of its own: keeps every byte until the end, then answers and closes its half."""
    answer = noise(700000, b'answer')

    def handler(c):
        data = bytearray()
        while True:
            piece = c.recv()
            if not piece:
                break
            data += piece
        got.append(bytes(data))
        c.send(answer)
    return handler, answer


def test_bytes_and_half_closes_pass_as_they_are(report):
    """The hello in every split, then what no TLS would say: nothing is looked at."""
    h = hello('pinned.test')
    tail = noise(500000, b'tail')
    splits = {'whole': [h + tail], 'hello first': [h, tail], 'bytes': [h[i:i + 1] for i in range(len(h))] + [tail],
              'middle': [h[:99], h[99:] + tail]}
    for name, parts in splits.items():
        got = []
        handler, answer = collect_all(got)
        with Origin(handler) as o, Mitmtop('--passthrough', 'pinned.test') as m:
            p = m.tunnel(o.authority)
            for part in parts:
                p.send(part)
            p.shut()
            r = Reader(p)
            r.to_end(10)
            report('%s: the answer' % name, bytes(r.data) == answer, '%d bytes' % len(r.data))
            until(lambda: got, 5)
            report('%s: the request' % name, got[0] == h + tail, '%d bytes' % len(got[0]))
            row = m.wait_flow(lambda f: f['state'] == 'P')
            equal((row['request_bytes'], row['response_bytes']), (len(h) + len(tail), len(answer)), name)


def test_a_hello_that_cannot_be_read_passes_by_the_host():
    got = []
    handler, answer = collect_all(got)
    bad = b'\x16\x03\x01\x00\x20\x01\x00\x00\x1c' + b'\xff' * 28
    with Origin(handler) as o, Mitmtop('--passthrough', '127.0.0.1') as m:
        p = m.tunnel(o.authority)
        p.send(bad)
        p.shut()
        r = Reader(p)
        r.to_end(10)
        equal((got[0], bytes(r.data)), (bad, answer))
        equal(m.wait_flow(lambda f: True)['state'], 'P')


def test_line_session_file_and_an_end_that_is_an_error():
    path = os.path.join(new_dir('session'), 's.db')

    def handler(c):
        c.recv()
        c.stream.reset()
    with secure() as o, Origin(handler) as broken:
        with Mitmtop('--passthrough', 'localhost', '--passthrough', '127.0.0.1', '-w', path, json_out=False) as m:
            equal(own_curl(m.port, https(o)).returncode, 0)
            line = until(lambda: [x for x in m.lines if 'localhost' in x], 5)[0]
            check(re.search(r' 1 P tls +- +- .* localhost:%d \(passthrough localhost\)$' % o.port, line), line)
            p = m.tunnel(broken.authority)
            p.send(hello('pinned.test'))
            line = until(lambda: [x for x in m.lines if ':%d' % broken.port in x], 5)[0]
            check(re.search(r' 2 E tls .*reset.*\(passthrough 127.0.0.1\)$', line), line)
            p.close()
        db = sqlite3.connect(path)
        equal(db.execute('SELECT state, why FROM flow WHERE number = 1').fetchall(), [(10, '(passthrough localhost)')])
        equal(db.execute('SELECT count(*) FROM body').fetchone()[0], 0, 'bodies kept')
        r = run([program(), '-n', '-r', path])
        check(b'(passthrough localhost)' in r.stdout and b' 1 P tls' in r.stdout, r.stdout)


def row(s, number):
    m = re.search(r'^[>▸ ].\s*%d ([A-Z]) .*$' % number, s, re.M)
    return m.group(0) if m else ''


def test_the_key_p_in_the_console():
    conf = os.path.join(new_dir('conf'), 'config')
    open(conf, 'w').close()
    with secure() as o:
        with Console(120, 36, '--config ' + conf) as c:
            check(own_curl(c.port, https(o)).returncode == 60, 'refused at first')
            c.tmux.wait(lambda s: ' F tls' in row(s, 1), what='the failure')
            c.tmux.keys('Enter', '3')
            s = c.tmux.wait(lambda s: 'Stop decrypting this host' in s, what='the advice')
            check('P  adds  passthrough localhost' in s and 'later version' not in s, s)
            c.tmux.keys('P')
            c.tmux.wait(lambda s: 'Stop decrypting localhost? New connections pass through unread. y/n' in s)
            c.tmux.keys('n')
            c.tmux.wait(lambda s: 'Stop decrypting localhost?' not in s)
            check(own_curl(c.port, https(o)).returncode == 60, 'n changes nothing')
            c.tmux.keys('P')
            c.tmux.wait(lambda s: 'y/n' in s)
            c.tmux.keys('y')
            c.tmux.wait(lambda s: 'localhost: new connections pass through unread' in s, what='the toast')
            until(lambda: own_curl(c.port, https(o)).returncode == 0, 5, 'passed through')
            c.tmux.keys('q')
            s = c.tmux.wait(lambda s: re.search(r'^.. +\d+ P tls .*localhost:.*\(passthrough loc', s, re.M), what='the row P')
            c.tmux.wait(lambda s: re.search(r'fail, +[0-9.]+ pass', s), 5, 'the share in the header')
            c.tmux.keys('G', 'Enter', '3')
            s = c.tmux.wait(lambda s: 'not decrypted: passthrough localhost' in s and 'client <-> server' in s)
            c.tmux.keys('1')
            c.tmux.wait(lambda s: 'went through unread' in s)
            c.tmux.keys('q', 'E')
            c.tmux.wait(lambda s: 'passthrough localhost: not decrypted any more' in s, what='the event')
            c.tmux.keys('q')
            c.tmux.keys('W')
            c.tmux.wait(lambda s: 'settings written' in s)
            c.quit()
        check('set passthrough localhost' in open(conf).read(), open(conf).read())
        with Console(80, 24, '--config ' + conf) as c:
            equal(own_curl(c.port, https(o)).returncode, 0, 'after a restart')
            c.tmux.wait(lambda s: ' P tls' in row(s, 1), what='the row')
            c.tmux.keys('f')
            c.tmux.type('state = P')
            c.tmux.keys('Enter')
            c.tmux.wait(lambda s: ' P tls' in row(s, 1) and 'state = P' in s)
            c.tmux.keys('P')
            c.tmux.wait(lambda s: 'Decrypt localhost again? New connections are read. y/n' in s)
            c.tmux.keys('y')
            c.tmux.wait(lambda s: 'localhost: new connections are decrypted again' in s)
            until(lambda: own_curl(c.port, https(o)).returncode == 60, 5, 'decrypted again')
            c.tmux.keys('W')
            c.tmux.wait(lambda s: 'settings written' in s)
            c.quit()
        check('passthrough' not in open(conf).read(), open(conf).read())


def command(c, text):
    c.tmux.keys(':')
    c.tmux.wait(lambda s: s.rstrip().split('\n')[-2:][0].startswith(':') or '\n:' in s)
    c.tmux.type(text)
    c.tmux.keys('Enter')


def test_the_command_and_what_it_refuses():
    with secure() as o, Origin(serve(lambda q: ok())) as plain, Console(100, 30) as c:
        command(c, 'passthrough')
        c.tmux.wait(lambda s: 'everything is decrypted' in s)
        command(c, 'passthrough *.Example.test')
        c.tmux.wait(lambda s: '*.example.test: new connections pass through' in s)
        command(c, 'passthrough localhost')
        c.tmux.wait(lambda s: 'localhost: new connections pass through' in s)
        until(lambda: own_curl(c.port, https(o)).returncode == 0, 5, 'passed through')
        command(c, 'passthrough')
        c.tmux.wait(lambda s: 'passthrough (2): *.example.test localhost' in s)
        command(c, 'passthrough LOCALHOST')
        c.tmux.wait(lambda s: 'passthrough localhost is there already' in s)
        command(c, 'passthrough -localhost')
        c.tmux.wait(lambda s: 'localhost: new connections are decrypted again' in s)
        until(lambda: own_curl(c.port, https(o)).returncode == 60, 5, 'decrypted again')
        command(c, 'passthrough -localhost')
        c.tmux.wait(lambda s: 'there is no passthrough localhost' in s)
        command(c, 'set passthrough=localhost:%d' % o.port)
        until(lambda: own_curl(c.port, https(o)).returncode == 0, 5, 'set passes it through')
        command(c, 'set passthrough&')
        until(lambda: own_curl(c.port, https(o)).returncode == 60, 5, 'the default decrypts')
        command(c, 'events')
        c.tmux.wait(lambda s: 'passthrough is now *.example.test localhost:%d' % o.port in s and 'passthrough is empty' in s, what='events')
        c.tmux.keys('q')
        c.tmux.wait(lambda s: 'Flows:' in s)
        command(c, 'passthrough *')
        c.tmux.wait(lambda s: 'would be every host' in s)
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'would be every host' not in s)
        equal(c.curl('http://' + plain.authority + '/').returncode, 0)
        c.tmux.wait(lambda s: re.search(r' D h1 ', s))
        c.tmux.keys('G', 'P')
        c.tmux.wait(lambda s: 'this connection is not encrypted' in s)
        c.quit()
