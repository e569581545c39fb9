# SPDX-License-Identifier: MIT
"""The page of the proxy itself at http://ca.mitmtop/, as clients get it, and the console's self-test in a real tmux."""
import os
import re
import socket
import ssl

from support import Mitmtop, Origin, check, equal, lab, new_dir, ok, run, serve
from test_console import Console


def curl(m, *args):
    r = run(['curl', '-sS', '--max-time', '8', '-x', m.url] + list(args))
    return r.returncode, r.stdout, r.stderr


def fetch(m, *args):
    code, out, err = curl(m, *args)
    equal(code, 0, '%s: %s' % (args, err))
    return out


def test_the_certificate_is_fetched_and_trusted():
    """As on a new client: the page, the certificate from it, then TLS that is verified with what was fetched."""
    with Origin(serve(lambda q: ok(b'secret')), tls=lab().server_ctx()) as o, Mitmtop() as m:
        page = fetch(m, 'http://ca.mitmtop/').decode()
        info = run(['openssl', 'x509', '-in', m.ca_pem, '-noout', '-fingerprint', '-sha256']).stdout.decode()
        check(info.split('=')[1].strip() in page, 'the fingerprint', page)
        pem = os.path.join(new_dir('fetched'), 'ca.pem')
        fetch(m, '-o', pem, 'http://ca.mitmtop/ca.pem')
        equal(open(pem).read(), open(m.ca_pem).read())
        check('PRIVATE' not in page + open(pem).read(), 'no key')
        der = fetch(m, 'http://ca.mitmtop/ca.cer')
        equal(ssl.DER_cert_to_PEM_cert(der).split(), open(pem).read().split())
        equal(fetch(m, '--cacert', pem, 'https://localhost:%d/' % o.port), b'secret')
        for version in ('--http1.0', '--http1.1', '--http2'):
            line = fetch(m, version, '--cacert', pem, 'https://ca.mitmtop/selftest')
            check(line.startswith(b'mitmtop ') and line.count(b'\n') == 1, version, line)
        equal(fetch(m, '-p', 'http://ca.mitmtop:8000/selftest'), line, 'a tunnel without TLS')
        rows = m.wait_rows(lambda f: f['host'] == 'ca.mitmtop', 7)
        for row in rows:
            equal((row['state'], row['status']), ('D', 200), row)
            check('server' not in row, 'no server:', row)


def test_only_get_and_head():
    with Mitmtop() as m:
        head = fetch(m, '-I', 'http://ca.mitmtop/ca.pem')
        check(b'200 OK' in head and b'Content-Length: %d\r\n' % os.path.getsize(m.ca_pem) in head, head)
        for args in (['-d', 'x=1'], ['-X', 'DELETE'], ['-T', m.ca_pem]):
            got = fetch(m, '-i', *args, 'http://ca.mitmtop/ca.pem')
            check(b' 405 ' in got and b'Allow: GET, HEAD\r\n' in got, args, got)
        got = fetch(m, '-i', 'http://ca.mitmtop/../ca.key', '--path-as-is')
        check(b' 404 ' in got and b'no-store' in got, got)


def test_answers_wait_for_a_client_that_reads_nothing():
    """Else they would fill the memory. What was asked is answered once it reads."""
    ask = b'GET http://ca.mitmtop/selftest HTTP/1.1\r\nHost: ca.mitmtop\r\n\r\n'
    some, most = ask * 500, 64 << 20
    with Mitmtop('-f', 'host = none', json_out=False) as m, socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        s.connect(('127.0.0.1', m.port))
        s.settimeout(2)
        sent = 0
        try:
            while sent < most:
                sent += s.send(some[sent % len(ask):])
        except socket.timeout:
            pass
        check(sent < most, 'all of it was taken')
        count, rest = 0, b''
        while count < sent // len(ask):
            more = s.recv(1 << 20)
            check(more, 'the connection stays')
            rest += more
            count += rest.count(b'came through')
            rest = rest[rest.rfind(b'came through') + 12 if b'came through' in rest else 0:]
        m.alive()


def test_it_can_be_turned_off():
    with Mitmtop('--ca-page=no', opts={'dns_timeout': '2s'}) as m:
        equal(fetch(m, '-o', os.devnull, '-w', '%{http_code}', 'http://ca.mitmtop/')[:1], b'5')
        check(curl(m, '-k', 'https://ca.mitmtop/')[0] != 0, 'no tunnel either')
        m.wait_rows(lambda f: f['host'] == 'ca.mitmtop' and f['state'] == 'E', 2)


def test_selftest_in_the_console():
    with Console() as c:
        c.tmux.keys(':selftest', 'Enter')
        s = c.tmux.wait(lambda s: 'self-test ok' in s, 8, 'the outcome')
        check(re.search(r'self-test ok: HTTPS through the proxy in \d+ ms, flow 1\b', s), s)
        check(re.search(r'  1 D .* 200 ca\.mitmtop .*/selftest', s), 'its row', s)
        c.tmux.keys('E')
        c.tmux.wait(lambda s: 'self-test ok' in s, 5, 'the event log')
        c.tmux.keys('q', ':set ca-page=no', 'Enter', ':selftest', 'Enter')
        c.tmux.wait(lambda s: 'self-test: the page it asks for is off' in s, 5, 'the refusal')
        c.quit()
