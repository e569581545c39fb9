# SPDX-License-Identifier: MIT
"""The main job with real clients: what passes, what fails, and that each attempt is a row that says so."""
import hashlib
import os
import re
import signal
import socket
import subprocess
import threading

from support import (Mitmtop, Nginx, Origin, Reader, check, clean_env, deadline, dial, equal, exclusive, free_port, have_ipv6, lab, new_dir, noise,
                     ok, program, run, serve, sha256, sha256_file, smoke, until)

BIG = 100 << 20


def curl(m, *args, trust=True, timeout=30.0):
    return run(['curl', '-sS', '-x', m.url, '--max-time', '25'] + (['--cacert', m.ca_pem] if trust else []) + list(args),
               timeout=timeout)


def connect(m, target):
    """A socket behind a 200 to CONNECT."""
    s = dial(m.port)
    s.sendall(b'CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (target.encode(), target.encode()))
    head = b''
    while not head.endswith(b'\r\n\r\n'):
        c = s.recv(1)
        check(c, 'closed after', head)
        head += c
    equal(head, b'HTTP/1.1 200 Connection established\r\n\r\n')
    return s


def recv_all(s, limit=1 << 30):
    out = bytearray()
    while len(out) < limit:
        d = s.recv(65536)
        if not d:
            break
        out += d
    return bytes(out)


@smoke
def test_curl_http_https_and_rows():
    with Nginx({'a.txt': b'hello'}) as n, Mitmtop() as m:
        for base in ('http://127.0.0.1:%d' % n.port, 'https://localhost:%d' % n.tls_port):
            r = curl(m, base + '/a.txt', base + '/missing')
            check(r.stdout.startswith(b'hello'), r.stdout, r.stderr)
            row = m.wait_flow(lambda f: f.get('path') == '/a.txt' and f['tls'] == base.startswith('https'))
            equal((row['state'], row['method'], row['status'], row['response_bytes']), ('D', 'GET', 200, 5))
            row = m.wait_flow(lambda f: f.get('path') == '/missing' and f['tls'] == base.startswith('https'))
            equal(row['status'], 404)
        equal(curl(m, '-I', '-o', os.devnull, '-w', '%{http_code}', 'https://localhost:%d/a.txt' % n.tls_port).stdout, b'200')
        m.wait_flow(lambda f: f.get('method') == 'HEAD' and f['status'] == 200)


@smoke
def test_post_keep_alive_and_http_1_0():
    with Origin(serve(lambda q: ok(q.body[::-1])), tls=lab().server_ctx()) as o, Mitmtop() as m:
        url = 'https://' + o.authority
        equal(curl(m, '-d', 'abc', url + '/1').stdout, b'cba')
        equal(curl(m, '-H', 'Transfer-Encoding: chunked', '-d', 'chunked', url + '/2').stdout, b'deknuhc')
        equal(curl(m, '-0', '-d', 'old', url + '/3').stdout, b'dlo')
        before = len(o.conns)
        equal(curl(m, '-d', '1', url + '/4', '-d', '1', url + '/5').stdout, b'1&11&1')
        equal(len(o.conns) - before, 1, 'connections for two requests')
        m.wait_rows(lambda f: f.get('method') == 'POST' and f['state'] == 'D', 5)


@exclusive
@deadline(120)
def test_100_mb_down_and_up_with_equal_checksums():
    data = noise(BIG)
    with Nginx({'big': data}) as n, Mitmtop() as m:
        src, dst = n.file('big'), os.path.join(new_dir('down'), 'big')
        want = sha256_file(src)
        for base in ('http://127.0.0.1:%d' % n.port, 'https://localhost:%d' % n.tls_port):
            equal(curl(m, '-o', dst, base + '/big').returncode, 0)
            equal(sha256_file(dst), want, 'down ' + base)
        check(m.rss_kib() < 200 << 10, 'RSS is %d KiB' % m.rss_kib())
    got = []

    def answer(c):
        head = c.read_head()
        if b'100-continue' in head:
            c.send(b'HTTP/1.1 100 Continue\r\n\r\n')
        h = hashlib.sha256(bytes(c.data[c.used:]))
        n = len(c.data) - c.used
        while n < BIG:
            c.data.clear()
            d = c.recv(1 << 18)
            check(d, 'cut after %d bytes' % n)
            h.update(d)
            n += len(d)
        got.append(h.hexdigest())
        c.send(ok())

    with Origin(answer) as p, Origin(answer, tls=lab().server_ctx()) as t, Mitmtop() as m:
        with open(os.path.join(new_dir('up'), 'big'), 'wb') as f:
            f.write(data)
        for base in ('http://' + p.authority, 'https://' + t.authority):
            r = curl(m, '-o', os.devnull, '-T', f.name, base + '/up', timeout=60)
            equal(r.returncode, 0, r.stderr)
        equal(got, [want, want], 'up')


def test_server_certificates_are_verified():
    for name, word in (('expired', 'expired'), ('notyet', 'not valid before'), ('wrongname', 'name'), ('self', 'self'), ('unknown', 'issuer')):
        with Origin(tls=lab().server_ctx(name)) as o, Mitmtop() as m:
            r = curl(m, 'https://' + o.authority)
            check(r.returncode != 0, 'curl got through a bad certificate:', name)
            row = m.wait_flow(lambda f: True)
            equal(row['state'], 'F', name)
            check(word in row.why.lower() or word in row.fail_class, '%s: %s' % (name, row.text()))
            check(row['tls_server']['ok'] is False and row.remedy, row.text())
            equal(sum(len(c.data) for c in o.conns), 0, 'bytes the origin got')
        with Origin(tls=lab().server_ctx(name)) as o, Mitmtop('--insecure') as m:
            equal(curl(m, 'https://' + o.authority).returncode, 0, 'with --insecure: ' + name)


@smoke
def test_client_that_does_not_trust_the_ca():
    with Origin(tls=lab().server_ctx()) as o, Mitmtop() as m:
        check(curl(m, 'https://' + o.authority, trust=False).returncode != 0, 'curl trusted an unknown CA')
        row = m.wait_flow(lambda f: True)
        equal(row['state'], 'F')
        check('unknown_ca' in row.why and row['tls_client']['ok'] is False and row.remedy, row.text())


@smoke
def test_servers_that_cannot_be_reached():
    dead = free_port()
    with Mitmtop() as m:
        for args, status in ((['https://127.0.0.1:%d/' % dead], 502), (['http://127.0.0.1:%d/' % dead], 502),
                             (['http://no-such-host.invalid/'], 502), (['https://no-such-host.invalid/'], 502)):
            r = curl(m, '-o', os.devnull, '-w', '%{http_code} %{http_connect}', *args)
            check(str(status) in r.stdout.decode().split(), args, r.stdout)
        rows = m.wait_rows(lambda f: f['state'] == 'E', 4)
        check(all(r.why and r.remedy and r['status'] == 502 for r in rows), [r.text() for r in rows])
        check('refused' in rows[0].why and 'resolved' in rows[2].why, rows[0].why, rows[2].why)


def test_early_close_by_the_origin():
    cases = {b'/none': b'', b'/head': b'HTTP/1.1 200 OK\r\nContent-', b'/body': b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc',
             b'/chunk': b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'}

    def handler(c):
        q = c.read_request()
        if q:
            c.send(cases[q.target])

    with Origin(handler) as o, Origin(handler, tls=lab().server_ctx()) as t, Mitmtop() as m:
        for base in ('http://' + o.authority, 'https://' + t.authority):
            for path in cases:
                url = base + path.decode()
                r = curl(m, '-o', os.devnull, '-w', '%{http_code}', url)
                if path in (b'/none', b'/head'):
                    equal(r.stdout, b'502', url)
                else:
                    check(r.returncode != 0, 'a cut answer looked whole: ' + url)
                row = m.wait_flow(lambda f: f.get('path') == path.decode() and f['tls'] == base.startswith('https'))
                equal(row['state'], 'E', url)
                check('closed' in row.why, row.why)


def test_early_close_by_the_client():
    gate = threading.Event()

    def handler(c):
        c.read_request()
        gate.wait(10)
        c.send(ok(b'late' * 1000))

    with Origin(handler) as o, Mitmtop() as m:
        s = dial(m.port)
        s.sendall(b'POST http://%s/up HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc' % o.authority.encode())
        until(lambda: any(c.data for c in o.conns), 5, 'the head at the origin')
        s.close()
        row = m.wait_flow(lambda f: True)
        equal(row['state'], 'E')
        check('client' in row.why and 'request body' in row.why, row.why)
        gate.set()


@smoke
def test_server_first_protocol_in_a_tunnel():
    def handler(c):
        c.send(b'220 banner\r\n')
        while True:
            d = c.recv()
            if not d:
                return
            c.send(b'echo ' + d)

    with Origin(handler) as o, Mitmtop() as m:
        s = connect(m, o.authority)
        equal(s.recv(100), b'220 banner\r\n')
        s.sendall(b'NOOP\r\n')
        equal(s.recv(100), b'echo NOOP\r\n')
        s.close()
        row = m.wait_flow(lambda f: True)
        equal((row['state'], row['protocol']), ('D', 'raw'))
        equal((row['request_bytes'], row['response_bytes']), (6, 23))


def test_raw_bytes_both_ways_are_identical():
    data = noise(8 << 20)

    def handler(c):
        c.send(b'\x00go')
        while len(c.data) < len(data) and c.recv():
            pass
        c.send(data)

    with Origin(handler) as o, Mitmtop() as m:
        s = connect(m, o.authority)
        equal(s.recv(3), b'\x00go')
        s.sendall(data)
        equal(sha256(recv_all(s, len(data))), sha256(data), 'down')
        equal(sha256(bytes(o.conns[0].data)), sha256(data), 'up')
        s.close()
        m.wait_flow(lambda f: f['response_bytes'] == len(data) + 3)


def test_half_close_is_kept():
    reply = noise(10 << 20)

    def handler(c):
        while c.recv():
            pass
        c.send(reply)

    with Origin(handler) as o, Mitmtop() as m:
        s = connect(m, o.authority)
        s.sendall(b'\x01raw request')
        s.shutdown(socket.SHUT_WR)
        equal(sha256(recv_all(s)), sha256(reply), 'the reply after the client\'s FIN')
    with Origin(serve(lambda q: ok(reply))) as o, Mitmtop() as m:
        s = dial(m.port)
        s.sendall(b'GET http://%s/ HTTP/1.1\r\nHost: x\r\n\r\n' % o.authority.encode())
        s.shutdown(socket.SHUT_WR)
        check(recv_all(s).endswith(reply[-1000:]), 'HTTP answer after the client\'s FIN')


def test_half_close_before_the_server_speaks():
    gate = threading.Event()

    def handler(c):
        gate.wait(5)
        c.send(b'220 late banner\r\n')

    with Origin(handler) as o, Mitmtop() as m:
        s = connect(m, o.authority)
        s.shutdown(socket.SHUT_WR)
        until(lambda: any(c.end for c in o.conns) or o.accepted, 5, 'the connection')
        gate.set()
        equal(recv_all(s), b'220 late banner\r\n')


def test_final_answer_before_the_request_body():
    def handler(c):
        c.read_head()
        c.send(ok(b'no', status=b'401 Unauthorized'))
        while not c.data.endswith(b'z'):
            if not c.recv():
                return
        serve(lambda q: ok(b'second'))(c) if not c.data.endswith(b'second') else None

    with Origin(handler) as o, Mitmtop() as m:
        s = dial(m.port)
        f = s.makefile('rb')
        s.sendall(b'POST http://%s/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n' % o.authority.encode())
        check(b' 401 ' in f.readline(), 'the early answer')
        s.sendall(b'y' * 999 + b'z')
        row = m.wait_flow(lambda r: r.get('path') == '/1')
        equal((row['state'], row['status'], row['request_bytes']), ('D', 401, 1000))
        s.close()


@exclusive
def test_client_fin_during_the_dial_does_not_spin():
    slow = socket.socket()
    slow.bind(('127.0.0.1', 0))
    slow.listen(0)
    port = slow.getsockname()[1]
    fill = []
    for _ in range(4):  # the backlog is full: further connections are not answered
        x = socket.socket()
        x.setblocking(False)
        x.connect_ex(('127.0.0.1', port))
        fill.append(x)
    with Mitmtop() as m:
        s = dial(m.port)
        s.sendall(b'CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\nPOST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc' % port)
        s.shutdown(socket.SHUT_WR)
        from support import pause
        pause(0.3)
        cpu = m.cpu_s()
        for _ in range(6):
            slow.settimeout(1)
            try:
                fill.append(slow.accept()[0])
            except OSError:
                break
        row = m.wait_flow(lambda f: True, 10)
        check('client closed' in row.why and 'request body' in row.why, row.text())
        check(m.cpu_s() - cpu < 0.3, 'it spins: %.2f s' % (m.cpu_s() - cpu))
    for x in fill + [slow]:
        x.close()


@deadline(60)
def test_slow_readers_get_the_whole_answer_before_the_close():
    body = noise(6 << 20)
    with Origin(serve(lambda q: ok(body))) as o, Mitmtop() as m:
        socks = []
        for i in range(6):
            s = dial(m.port, rcvbuf=65536, timeout=30)
            s.sendall(b'GET http://%s/ HTTP/1.1\r\nHost: x\r\n%s\r\n' % (o.authority.encode(), b'Connection: close\r\n' if i % 2 else b''))
            if not i % 2:
                s.shutdown(socket.SHUT_WR)
            socks.append(s)
        from support import pause
        pause(4.0)  # longer than any linger
        for s in socks:
            got = recv_all(s)
            check(got.endswith(body[-1000:]) and len(got) > len(body), 'cut at %d of %d' % (len(got), len(body)))


def test_upgrade_is_relayed_raw():
    def handler(c):
        c.read_head()
        c.send(b'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi')
        while True:
            d = c.recv()
            if not d:
                return
            c.send(d[::-1])

    with Origin(handler) as o, Mitmtop() as m:
        s = dial(m.port)
        s.sendall(b'GET http://%s/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n' % o.authority.encode())
        r = Reader(type('S', (), dict(recv=lambda self, n=65536: s.recv(n), timeout=lambda self, t: s.settimeout(t)))())
        r.until(lambda x: x.data.endswith(b'\x81\x02hi'))
        s.sendall(b'abc')
        r.until(lambda x: x.data.endswith(b'cba'))
        check(r.data.endswith(b'cba'), bytes(r.data))
        s.close()
        row = m.wait_flow(lambda f: True)
        equal((row['state'], row['protocol'], row['status']), ('D', 'ws', 101))


@deadline(90)
def test_200_parallel_clients():
    with Nginx({'f': b'z' * 5000}) as n, Mitmtop() as m:
        procs = []
        for i in range(200):
            url = ('https://localhost:%d/f' % n.tls_port) if i % 2 else ('http://127.0.0.1:%d/f' % n.port)
            procs.append(subprocess.Popen(['curl', '-sS', '-x', m.url, '--cacert', m.ca_pem, '--max-time', '40', url],
                                          stdout=subprocess.PIPE, env=clean_env()))
        good = sum(p.communicate()[0] == b'z' * 5000 for p in procs)
        equal(good, 200, 'clients answered in full')
        m.wait_rows(lambda f: f['state'] == 'D' and f['status'] == 200, 200, 10)


def test_keep_alive_to_different_hosts():
    with Origin(serve(lambda q: ok(b'one'))) as a, Origin(serve(lambda q: ok(b'two'))) as b, Mitmtop() as m:
        s = dial(m.port)
        for o, want in ((a, b'one'), (b, b'two'), (a, b'one')):
            s.sendall(b'GET http://%s/ HTTP/1.1\r\nHost: wrong\r\n\r\n' % o.authority.encode())
            got = b''
            while not got.endswith(want):
                d = s.recv(4096)
                check(d, 'closed after', got)
                got += d
        for o in (a, b):
            head = bytes(o.conns[0].data)
            check(b'Host: ' + o.authority.encode() in head and b'wrong' not in head, head)
        s.close()


def test_loop_to_itself_is_refused():
    with Mitmtop() as m:
        before = m.fds()
        for target in ('127.0.0.1:%d' % m.port, 'localhost:%d' % m.port, '0.0.0.0:%d' % m.port, '[::ffff:127.0.0.1]:%d' % m.port):
            r = curl(m, '-o', os.devnull, '-w', '%{http_code}', 'http://%s/' % target)
            equal(r.stdout, b'508', target)
        rows = m.wait_rows(lambda f: 'loop' in f.why, 4)
        check(all(r['state'] == 'E' for r in rows), rows)
        until(lambda: m.fds() <= before + 2, 5, 'descriptors to come back')


def test_ipv6_origin():
    if not have_ipv6():
        from support import Skip
        raise Skip('no IPv6 loopback')
    with Origin(host='::1', tls=lab().server_ctx()) as o, Mitmtop() as m:
        equal(curl(m, 'https://[::1]:%d/' % o.port).stdout, b'ok')
        m.wait_flow(lambda f: f['status'] == 200)


def test_odd_first_bytes_are_rows():
    with Mitmtop() as m:
        for data, state, word in ((b'\x05\x01\x00', 'E', 'not an HTTP request'), (b'\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00', 'F', 'TLS to the proxy port'),
                                  (b'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'E', 'must name the server'),
                                  (b'CONNECT nohost HTTP/1.1\r\n\r\n', 'E', ''), (b'CONNECT h:0 HTTP/1.1\r\n\r\n', 'E', ''),
                                  (b'CONNECT h:99999 HTTP/1.1\r\n\r\n', 'E', ''), (b'', 'D', 'without sending')):
            n = len(m.rows)
            s = dial(m.port)
            s.sendall(data)
            if not data:
                s.close()
            else:
                recv_all(s)
                s.close()
            row = m.wait_flow(lambda f: True, start=n)
            equal(row['state'], state, row.text())
            check(word in row.why and row.why, row.text())


def test_timeouts_have_their_own_reasons():
    silent = socket.create_server(('127.0.0.1', 0))
    port = silent.getsockname()[1]
    opts = {'head_timeout': '300ms', 'handshake_timeout': '400ms', 'idle_timeout': '600ms'}
    with Mitmtop(opts=opts) as m:
        s = dial(m.port)
        row = m.wait_flow(lambda f: True)
        check('request head' in row.why, row.why)
        n = len(m.rows)
        s = dial(m.port)
        s.sendall(b'GET http://h/ HT')
        check(b' 408 ' in recv_all(s), 'no 408')
        check('request head' in m.wait_flow(lambda f: True, start=n).why, m.rows[-1].why)
        n = len(m.rows)
        check(curl(m, 'https://127.0.0.1:%d/' % port).returncode != 0, 'a silent TLS server')
        row = m.wait_flow(lambda f: True, start=n)
        check(row['state'] == 'F' and 'server did not finish' in row.why, row.text())
        n = len(m.rows)
        s = connect(m, '127.0.0.1:%d' % port)
        row = m.wait_flow(lambda f: True, start=n)
        check('idle' in row.why, row.text())
        n = len(m.rows)
        r = curl(m, '-o', os.devnull, '-w', '%{http_code}', 'http://127.0.0.1:%d/' % port)
        equal(r.stdout, b'504')
        check('idle' in m.wait_flow(lambda f: True, start=n).why, m.rows[-1].text())
    silent.close()


@deadline(60)
def test_a_slow_reader_holds_the_server_back():
    sent = [0]

    def handler(c):
        c.read_request()
        c.send(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % BIG)
        for _ in range(BIG >> 20):
            c.send(bytes(1 << 20))
            sent[0] += 1 << 20

    with Origin(handler) as o, Mitmtop() as m:
        s = dial(m.port, rcvbuf=65536)
        s.sendall(b'GET http://%s/ HTTP/1.1\r\nHost: x\r\n\r\n' % o.authority.encode())
        until(lambda: sent[0] > 0, 5, 'the beginning')
        stable = [0, 0]

        def still():
            stable[:] = [stable[1], sent[0]]
            return stable[0] == stable[1] and stable[0] > 0
        until(still, 10, 'the server to stop', step=0.5)
        check(sent[0] < BIG // 2, 'the server sent %d MB to a client that does not read' % (sent[0] >> 20))
        check(m.rss_kib() < 120 << 10, 'RSS %d KiB' % m.rss_kib())
        got = 0
        while got < BIG:
            d = s.recv(1 << 20)
            check(d, 'cut after %d bytes' % got)
            got += len(d)
        s.close()


@exclusive
def test_out_of_descriptors():
    with Origin() as o, Mitmtop(prefix=('prlimit', '--nofile=64:64'), threads=1) as m:
        socks = [dial(m.port) for _ in range(200)]
        cpu = m.cpu_s()
        from support import pause
        pause(1.0)
        check(m.cpu_s() - cpu < 0.2, 'it spins: %.2f s of CPU in a second' % (m.cpu_s() - cpu))
        for s in socks:
            s.close()
        until(lambda: curl(m, 'http://' + o.authority).stdout == b'ok', 10, 'service after the clients left')


@exclusive
@deadline(90)
def test_memory_is_bounded_and_descriptors_come_back():
    with Origin(serve(lambda q: ok(b'x' * 2000))) as o, Mitmtop(opts={'memory': '8M'}, threads=1) as m:
        before = m.fds()
        line = b'GET http://%s/ HTTP/1.1\r\nHost: x\r\n\r\n' % o.authority.encode()

        def batch(n):
            s = dial(m.port)
            f = s.makefile('rb')
            for _ in range(n):
                s.sendall(line)
                size = None
                for h in iter(f.readline, b'\r\n'):
                    check(h, 'closed')
                    if h.lower().startswith(b'content-length:'):
                        size = int(h[15:])
                f.read(size)
            s.close()
        batch(6000)
        first = m.rss_kib()
        batch(6000)
        check(m.rss_kib() < first + (4 << 10), 'RSS grew from %d to %d KiB' % (first, m.rss_kib()))
        until(lambda: m.fds() <= before + 2, 5, 'descriptors to come back')


@smoke
def test_orderly_end():
    with Origin() as o:
        for sig in (signal.SIGTERM, signal.SIGINT):
            m = Mitmtop()
            curl(m, 'http://' + o.authority)
            m.wait_flow(lambda f: True)
            m.stop(sig)
            check(re.search(r'mitmtop: 1 of 1 flows shown', m.stderr()), m.stderr())


def test_closed_standard_output_is_quiet():
    with Origin() as o:
        port = free_port()
        p = subprocess.Popen(['sh', '-c', '%s -n -l 127.0.0.1:%d --ca %s | head -1' % (program(), port, os.path.join(new_dir('ca'), 'ca'))],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_env())
        until(lambda: run(['curl', '-s', '-o', os.devnull, '-x', 'http://127.0.0.1:%d' % port, 'http://' + o.authority]).returncode == 0, 10, 'a request')
        for _ in range(3):
            run(['curl', '-s', '-o', os.devnull, '-x', 'http://127.0.0.1:%d' % port, 'http://' + o.authority])
        out, err = p.communicate(timeout=10)
        equal(out.count(b'\n'), 1)
        check(b'rror' not in err, err)


def test_full_disk_is_an_error():
    with Origin() as o, Mitmtop(stdout=open('/dev/full', 'wb')) as m:
        curl(m, 'http://' + o.authority)
        equal(m.wait(), 1, 'exit status')
        check('No space left on device' in m.stderr(), m.stderr())
        m.stopped = True


def test_refusals_before_the_start():
    ca = os.path.join(new_dir('ca'), 'ca')
    for args, word in ((['--no-such-option'], b'--help'), (['-l', 'nonsense:port'], b'listen'), (['-w', '/no/such/folder/x'], b'/no/such/folder/x'), (['-r', '/no/such/file'], b'/no/such/file'),
                       (['-r', '/dev/null'], b'not a'), (['-r', 'x', '-w', 'y'], b'-r and -w'),
                       (['-t', '-3'], b'threads'), (['--server-ca', '/dev/null'], b'server-ca')):
        r = run([program(), '-n', '--ca', ca] + args)
        equal(r.returncode, 2, args)
        check(word in r.stderr and r.stderr.startswith(b'mitmtop: ') and not r.stdout, args, r.stderr)
    os.makedirs(ca, exist_ok=True)
    run([program(), 'env', '--ca', ca])
    os.chmod(os.path.join(ca, 'ca.key'), 0o644)
    r = run([program(), '-n', '--ca', ca])
    equal(r.returncode, 2, 'a key that others can read')
    check(b'chmod 600' in r.stderr, r.stderr)


def test_env_makes_curl_work():
    with Origin(tls=lab().server_ctx()) as o:
        port = free_port()
        ca = os.path.join(new_dir('ca'), 'ca')
        with Mitmtop(ca_dir=ca, listen='127.0.0.1:%d' % port) as m:
            r = run(['sh', '-c', 'eval "$(%s env --ca %s -l 127.0.0.1:%d)"; curl -sS https://%s/' % (program(), ca, port, o.authority)])
            equal(r.stdout, b'ok', r.stderr)
            m.wait_flow(lambda f: f['status'] == 200)


def test_verbose_lines():
    with Origin(serve(lambda q: ok(b'body-\x1b[31m'))) as o, Mitmtop('-vv', json_out=False) as m:
        curl(m, 'http://' + o.authority + '/v')
        until(lambda: any('body-' in x for x in m.lines), 5, 'the body')
        text = '\n'.join(m.lines)
        check(re.search(r'^\d\d:\d\d:\d\d\.\d{3} +1 D h1 +GET +200', text, re.M), text)
        check('    X-Origin: 1' in text and '\\x1b[31m' in text and '\x1b' not in text, text)
