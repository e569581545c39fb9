# SPDX-License-Identifier: MIT
"""The tab TLS in a real tmux, with openssl s_client, curl and openssl s_server: JA4, groups, the leaf, tickets, stapled OCSP responses."""
import hashlib
import os
import re
import subprocess

import support
from support import (Mitmtop, Origin, check, clean_env, equal, free_port, lab, need, new_dir, ok, run, serve, until)
from test_console import Console
from test_console_flow import open_flow, tab, wait_rows


class SServer:
    """openssl s_server, which answers a request with a page of its own."""

    def __init__(self, *args):
        self.port = free_port()
        self.p = subprocess.Popen([need('openssl'), 's_server', '-accept', '127.0.0.1:%d' % self.port, '-cert', lab().path + '/leaf.crt',
                                   '-key', lab().path + '/leaf.key', '-cert_chain', lab().ca_pem, '-www', '-quiet'] + list(args),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_env())
        until(self._up, 5, 's_server')

    def _up(self):
        try:
            support.dial(self.port).close()
            return True
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.p.kill()
        self.p.wait()


def s_client(port, server, *args):
    """One exchange through the proxy; returns what it printed."""
    r = run([need('openssl'), 's_client', '-proxy', '127.0.0.1:%d' % port, '-connect', 'localhost:%d' % server, '-servername',
             'localhost', '-ign_eof'] + list(args), input=b'GET / HTTP/1.0\r\n\r\n')
    return (r.stdout + r.stderr).decode('latin-1')


def ocsp_response(status):
    """A response of the lab's CA about its leaf, made by openssl ocsp: good or revoked."""
    where = new_dir('ocsp')
    serial = run(['openssl', 'x509', '-in', lab().path + '/leaf.crt', '-noout', '-serial']).stdout.decode().strip().split('=')[1]
    with open(os.path.join(where, 'index.txt'), 'w') as f:
        f.write('%s\t400101000000Z\t%s\t%s\tunknown\t/CN=localhost\n' % (
            'V' if status == 'good' else 'R', '' if status == 'good' else '260101000000Z', serial))
    der = os.path.join(where, 'response.der')
    r = run(['openssl', 'ocsp', '-index', os.path.join(where, 'index.txt'), '-CA', lab().ca_pem, '-rsigner', lab().ca_pem, '-rkey',
             lab().path + '/ca.key', '-issuer', lab().ca_pem, '-cert', lab().path + '/leaf.crt', '-ndays', '1', '-respout', der])
    check(os.path.exists(der), r.stdout, r.stderr)
    return der


def ja4(hello):
    """Of a ClientHello in one record, written down here a second time."""
    def number(at, n):
        return int.from_bytes(hello[at:at + n], 'big')

    def values(data):
        return [v for v in (int.from_bytes(data[i:i + 2], 'big') for i in range(0, len(data), 2)) if v & 0x0f0f != 0x0a0a]

    def digest(text):
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    suites = values(hello[at + 2:at + 2 + number(at, 2)])
    at += 2 + number(at, 2)
    at += 1 + hello[at] + 2
    found = {}
    while at < len(hello):
        found[number(at, 2)] = hello[at + 4:at + 4 + number(at + 2, 2)]
        at += 4 + number(at + 2, 2)
    version = max(values(found[43][1:])) if 43 in found else number(9, 2)
    alpn = found[16][3:3 + found[16][2]].decode() if 16 in found else '00'
    front = 't1%d%s%02d%02d%s' % ((version & 255) - 1, 'd' if 0 in found else 'i', len(suites), len(found), alpn[0] + alpn[-1])
    back = ','.join('%04x' % x for x in sorted(found) if x not in (0, 16))
    if 13 in found:
        back += '_' + ','.join('%04x' % x for x in values(found[13][2:]))
    return '%s_%s_%s' % (front, digest(','.join('%04x' % x for x in sorted(suites))), digest(back))


def test_ja4_of_real_hellos():
    with Origin(serve(lambda q: ok()), tls=lab().server_ctx()) as o, Mitmtop() as m:
        for alpn, name in ((('http/1.1',), 'localhost'), (('h2', 'http/1.1'), 'localhost'), ((), None)):
            sent = bytearray()
            t = m.tls(o.authority, m.ctx(alpn=alpn, verify=False), name=name, send_hello=lambda s, d: (sent.extend(d), s.sendall(d)))
            t.send(b'GET /%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n' % (alpn[0][:1].encode() if alpn else b'x'))
            support.Reader(t).finals(1, 5)
            t.close()
            want = ja4(bytes(sent))
            row = m.wait_flow(lambda f: f.get('ja4') == want, 5, want)
            equal(row['status'], 200)


def test_a_filter_by_ja4():
    with SServer() as o, Mitmtop('-f', 'tls.ja4 ~ "^t12d"') as m:
        s_client(m.port, o.port)
        s_client(m.port, o.port, '-tls1_2')
        row = m.wait_flow(lambda f: True, 5, 'a client that offers TLS 1.2 alone')
        check(row['ja4'].startswith('t12d'), row)
        equal(row['tls_client']['version'], 'TLSv1.2')


def side(screen, which):
    """One column of the tab, its lines joined: client 0, server 1."""
    lines = [line.split('│') for line in screen.split('\n') if '│' in line]
    return re.sub(r'\s+', ' ', ' '.join(parts[which].strip() for parts in lines))


def look(c, n, want, which):
    """Opens the flow and waits until its tab TLS says all of it."""
    open_flow(c, n)
    c.tmux.keys('3')
    text = c.tmux.wait(lambda s: '[3 TLS]' in s and all(w in side(s, which) for w in want), 5, 'the tab TLS with %r' % (want,))
    c.tmux.sane()
    c.tmux.keys('q')
    wait_rows(c, n)
    return text


REFUSED = ('result FAILED verify_revoked', 'why certificate was revoked, says the stapled OCSP response (CN localhost)',
           'verify OCSP staple revoked', 'subject CN=localhost')


def staples(width, height, status, options, want):
    with SServer('-status_file', ocsp_response(status)) as o, Console(width, height, options) as c:
        trust = ('-CAfile', os.path.join(c.ca, 'ca.pem'))
        text = s_client(c.port, o.port, '-status', *trust)
        wait_rows(c, 1)
        client = side(look(c, 1, want, 1), 0)
        check(('result ClientHello not answered' if want is REFUSED else 'leaf minted') in client and 'JA4 t13d' in client, client)
        # Another client does not ask, so the server is not asked either.
        s_client(c.port, o.port, *trust)
        wait_rows(c, 2)
        check('staple' not in look(c, 2, ('verify ok, chain 2',), 1), c.tmux.screen())
        c.quit()
    return text


def test_stapled_responses_at_80x24():
    staples(80, 24, 'good', '', ('verify ok, chain 2, OCSP staple good',))


def test_stapled_responses_at_120x36():
    staples(120, 36, 'good', '', ('verify ok, chain 2, OCSP staple good',))


def test_a_revoked_certificate_is_refused_at_80x24():
    check('access denied' in staples(80, 24, 'revoked', '', REFUSED), 'the client gets an alert')


def test_a_revoked_certificate_is_refused_at_120x36():
    staples(120, 36, 'revoked', '', REFUSED)


def test_a_revoked_certificate_is_borne_with_when_insecure():
    text = staples(120, 36, 'revoked', '--insecure', ('result ok', 'verify not verified, chain 2, OCSP staple revoked'))
    check('200 ok' in text, text)


def test_the_row_of_a_revoked_certificate():
    with SServer('-status_file', ocsp_response('revoked')) as o, Mitmtop() as m:
        s_client(m.port, o.port, '-status')
        row = m.wait_flow(lambda f: True, 5, 'the connection')
        equal((row['state'], row['tls_server']['ok'], row['tls_server']['error']), ('F', False, 'verify_revoked'))
        check(row.why.startswith('certificate was revoked') and '--insecure' in row.remedy, row.text())


def test_a_server_that_staples_nothing():
    with SServer() as o, Console(120, 36) as c:
        s_client(c.port, o.port, '-status')
        wait_rows(c, 1)
        look(c, 1, ('OCSP staple none',), 1)
        c.quit()


def test_leaf_groups_and_tickets():
    with SServer() as o, Console(120, 36) as c:
        ticket = os.path.join(new_dir('ticket'), 'session.pem')
        s_client(c.port, o.port, '-sess_out', ticket, '-groups', 'P-256:X25519')
        wait_rows(c, 1)
        look(c, 1, ('leaf minted ', 'EC P-256, CA CN=mitmtop CA', 'groups offered P-256 X25519, chosen', 'resume no ticket offered',
                    'JA4 t13d'), 0)
        look(c, 1, ('resume ticket stored',), 1)
        check(os.path.exists(ticket), 's_client got no ticket')
        s_client(c.port, o.port, '-sess_in', ticket)
        wait_rows(c, 2)
        look(c, 2, ('leaf cached, EC P-256', 'resume ticket offered, resumed'), 0)
        look(c, 2, ('verify ok when the session began', 'resume resumed'), 1)
        c.quit()


def test_the_session_file_has_it_all():
    where = os.path.join(new_dir('file'), 'a.db')
    with SServer('-status_file', ocsp_response('good')) as o:
        with Console(120, 36, '-w ' + where) as c:
            s_client(c.port, o.port, '-status')
            wait_rows(c, 1)
            open_flow(c, 1)
            c.tmux.keys('3')
            whole = re.compile('SHA256 [0-9a-f]{48} [0-9a-f]{16}')
            first = c.tmux.wait(lambda s: whole.search(side(s, 0)) and whole.search(side(s, 1)) and 'OCSP staple good' in side(s, 1) and
                                'resume ticket stored' in side(s, 1), 5, 'the tab TLS')
            c.tmux.keys('q')
            wait_rows(c, 1)
            c.quit()
    with Console(120, 36, '-r ' + where) as c:
        wait_rows(c, 1)
        open_flow(c, 1)
        c.tmux.keys('3')
        c.tmux.wait(lambda s: all(side(s, i) == side(first, i) for i in range(2)), 5, 'the same as before:\n' + first)
        c.tmux.keys('q')
        wait_rows(c, 1)
        c.quit()
