# SPDX-License-Identifier: MIT
"""TLS through mitmtop: hellos of every size and split, versions, ALPN, resumption, what a client is shown."""
import ssl

from support import Mitmtop, Origin, Reader, Tls, check, dial, equal, lab, ok, run, serve, smoke


def exchange(stream):
    stream.send(b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    r = Reader(stream)
    finals = r.finals(1, 5)
    check(finals and finals[0].status == 200, 'no answer:', bytes(r.data))
    stream.close()


def records(data, size):
    """The same handshake bytes in records of at most size bytes."""
    body = data[5:]
    return b''.join(data[:3] + len(body[i:i + size]).to_bytes(2, 'big') + body[i:i + size] for i in range(0, len(body), size))


def byte_by_byte(sock, data):
    for i in range(len(data)):
        sock.sendall(data[i:i + 1])


SPLITS = {
    'whole': lambda s, d: s.sendall(d),
    'bytes': byte_by_byte,
    'halves': lambda s, d: (s.sendall(d[:len(d) // 2]), s.sendall(d[len(d) // 2:])),
    'records of 100': lambda s, d: s.sendall(records(d, 100)),
    'first byte alone': lambda s, d: (s.sendall(d[:1]), s.sendall(d[1:])),
}


def hello_context(m, size):
    """A client whose hello is about size bytes: a long list of ALPN names."""
    names = ['http/1.1'] + ['x%03d-%s' % (i, 'p' * 240) for i in range(size // 246)]
    return m.ctx(alpn=names)


def test_hellos_of_every_size_and_split(report):
    with Origin(serve(lambda q: ok()), tls=lab().server_ctx()) as o, Mitmtop() as m:
        for size in (500, 1200, 4000, 14000):
            for name, split in SPLITS.items():
                try:
                    exchange(m.tls(o.authority, hello_context(m, size), name='localhost', send_hello=split))
                    report('%d bytes, %s' % (size, name), True)
                except (OSError, AssertionError) as e:
                    report('%d bytes, %s' % (size, name), False, repr(e))
        rows = m.wait_rows(lambda f: f['status'] == 200, 4 * len(SPLITS))
        check(all(r.get('sni') == 'localhost' for r in rows), 'SNI of', [r.get('sni') for r in rows])


@smoke
def test_hello_glued_to_connect():
    with Origin(serve(lambda q: ok()), tls=lab().server_ctx()) as o, Mitmtop() as m:
        s = dial(m.port)
        head = b'CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n' % o.authority.encode()
        t = Tls(s, m.ctx(), name='localhost', send_hello=lambda sock, d: sock.sendall(head + d))
        try:
            t.obj.do_handshake()
        except ssl.SSLWantReadError:
            t._flush()
        answer = b''
        while not answer.endswith(b'\r\n\r\n'):
            answer += s.recv(1)
        check(answer.startswith(b'HTTP/1.1 200 '), answer)
        exchange(t.handshake())


def test_versions_on_both_sides():
    v12, v13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
    for server in (v12, v13):
        with Origin(serve(lambda q: ok()), tls=lab().server_ctx(low=server, high=server)) as o, Mitmtop() as m:
            for client in (v12, v13):
                exchange(m.tls(o.authority, m.ctx(low=client, high=client), name='localhost'))
                row = m.wait_flow(lambda f: f['tls_client']['version'] == client.name.replace('_', '.'), 5, client.name)
                equal(row['tls_server']['version'], server.name.replace('_', '.'))


def test_alpn_is_what_the_server_chose():
    with Origin(serve(lambda q: ok()), tls=lab().server_ctx(alpn=('http/1.1',))) as o, Mitmtop() as m:
        for offer, want in ((('h2', 'http/1.1'), 'http/1.1'), (('http/1.1',), 'http/1.1'), ((), None), (('h2',), None)):
            t = m.tls(o.authority, m.ctx(alpn=offer), name='localhost')
            equal(t.alpn, want, 'ALPN for the offer %s' % (offer,))
            exchange(t)


def test_sessions_are_resumed_with_the_server():
    with Origin(serve(lambda q: ok()), tls=lab().server_ctx()) as o, Mitmtop(threads=1) as m:
        for _ in range(4):
            exchange(m.tls(o.authority, name='localhost'))
        rows = m.wait_rows(lambda f: f['status'] == 200, 4)
        check(not rows[0]['tls_server']['resumed'] and rows[-1]['tls_server']['resumed'], [r['tls_server'] for r in rows])


def test_the_forged_certificate():
    with Origin(serve(lambda q: ok()), tls=lab().server_ctx()) as o, Mitmtop() as m:
        t = m.tls(o.authority, name='localhost')
        der = t.obj.getpeercert(True)
        text = run(['openssl', 'x509', '-inform', 'DER', '-noout', '-text'], input=der).stdout.decode()
        for part in ('DNS:localhost', 'CA:FALSE', 'TLS Web Server Authentication', 'Issuer: CN = mitmtop CA', 'ecdsa-with-SHA256',
                     'X509v3 Authority Key Identifier'):
            check(part in text, part, 'is not in', text)
        t.close()


def test_a_client_that_leaves_in_its_hello_is_a_row():
    with Origin(serve(lambda q: ok()), tls=lab().server_ctx()) as o, Mitmtop() as m:
        p = m.tunnel(o.authority)
        p.send(b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')
        p.close()
        row = m.wait_flow(lambda f: True)
        equal(row['state'], 'F')
        check('ClientHello' in row.why, row.why)


def test_a_server_that_does_not_speak_tls():
    def handler(c):
        c.recv()
        c.send(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')

    with Origin(handler) as o, Mitmtop() as m:
        r = m.curl('https://' + o.authority)
        check(r.returncode != 0, r.stdout)
        row = m.wait_flow(lambda f: True)
        equal((row['state'], row.fail_class), ('F', 'not_tls'))
