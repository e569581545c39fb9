# SPDX-License-Identifier: MIT
"""Connections held after their ClientHello, in a real tmux, with curl and openssl s_client."""
import os
import re
import signal
import subprocess

from support import check, ended, equal, lab, need, until
from test_console import Console
from test_console_break import Client, echo_origin, held, rule


def tls_origin():
    return echo_origin(tls=lab().server_ctx())


def url_of(o, path=''):
    return 'https://localhost:%s/%s' % (o.authority.split(':')[1], path)


class SClient:
    """openssl s_client through a CONNECT: it waits for the ServerHello."""

    def __init__(self, c, o, sni, ca):
        need('openssl')
        self.p = subprocess.Popen(['openssl', 's_client', '-proxy', '127.0.0.1:%d' % c.port, '-connect', 'localhost:' + o.authority.split(':')[1],
                                   '-servername', sni, '-verify_return_error', '-CAfile', ca],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def finish(self, data=b''):
        return self.p.communicate(data, timeout=10)[0]

    def kill(self):
        self.p.kill()
        self.p.communicate()


def test_a_hello_waits_and_goes_on():
    with tls_origin() as o, Console() as c:
        rule(c, 'hello host ~ local')
        curl = Client(c, url_of(o, 'one'))
        c.tmux.wait(lambda s: held(s) == 1 and re.search(r' 1 H tls  - +- localhost:', s), what='the row')
        c.tmux.keys('Enter', '3')
        s = c.tmux.wait(lambda s: 'ClientHello held by rule 1' in s, what='the tab TLS')
        check('http/1.1' in s and '1.3' in s, s)
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'a lets it go on, P passes it undecrypted, X kills it' in s)
        c.tmux.keys('q', 'i')
        c.tmux.wait(lambda s: re.search(r'1 +\d+ms|1 +[\d.]+s', s) and re.search(r' hello +localhost', s), what='the queue')
        c.tmux.keys('q')
        c.tmux.wait(lambda s: 'Flows:' in s)
        check(not curl.done() and not o.got, 'it waits')
        c.tmux.keys('a')
        check(b'got GET /one' in curl.answer(), 'decrypted: curl trusts our CA alone')
        c.tmux.wait(lambda s: held(s) == 0 and re.search(r' 1 D h1 +GET +200 localhost', s), what="the request's row")
        c.quit()


def test_a_hello_passes_or_dies():
    with tls_origin() as o, Console() as c:
        rule(c, 'hello sni = localhost')
        direct = SClient(c, o, 'localhost', lab().ca_pem)
        c.tmux.wait(lambda s: held(s) == 1, what='HELD')
        c.tmux.keys('P')
        c.tmux.wait(lambda s: 'Let this one connection pass undecrypted? y/n' in s)
        c.tmux.keys('y')
        c.tmux.wait(lambda s: re.search(r' 1 P tls ', s), what='passed')
        until(lambda: o.conns, 5, 'a connection')
        out = direct.finish(b'GET /two HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
        check(b'CN = e2e origin CA' in out or b'CN=e2e origin CA' in out, "the origin's own certificate", out)
        killed = SClient(c, o, 'localhost', lab().ca_pem)
        c.tmux.wait(lambda s: held(s) == 1, what='HELD')
        c.tmux.keys('G', 'X')
        c.tmux.wait(lambda s: re.search(r' 2 K tls ', s), what='killed')
        check(b'no peer certificate available' in killed.finish(), 'no handshake')
        gone = SClient(c, o, 'localhost', lab().ca_pem)
        c.tmux.wait(lambda s: held(s) == 1, what='HELD')
        gone.kill()
        c.tmux.wait(lambda s: re.search(r' 3 E tls +- +- localhost:\d+ +client', s), what='an error row')
        c.tmux.keys('G', 'Enter', '2')
        c.tmux.wait(lambda s: re.search(r'client closed after \d+ s while its ClientHello was held', s), what='why')
        c.quit()


def test_a_client_is_known_by_its_ja4():
    with tls_origin() as o, Console() as c:
        check(b'got GET /one' in Client(c, url_of(o, 'one')).answer(), 'an answer')
        c.tmux.wait(lambda s: re.search(r' 1 D h1 ', s), what='the row')
        c.tmux.keys('Enter', '3')
        s = c.tmux.wait(lambda s: re.search(r'JA4 +t1[23]\w+_\w{12}', s), what='its JA4')
        ja4 = re.search(r'JA4 +(\w+_\w{12})', s).group(1)
        c.tmux.keys('q')
        rule(c, 'hello tls.ja4 ~ ' + ja4)
        check(b'got GET /two' in Client(c, '--no-alpn', url_of(o, 'two')).answer(), 'another client goes on')
        curl = Client(c, url_of(o, 'three'))
        c.tmux.wait(lambda s: held(s) == 1 and re.search(r' 3 H tls ', s), what='HELD')
        c.tmux.keys('a')
        check(b'got GET /three' in curl.answer(), 'let go')
        c.tmux.wait(lambda s: re.search(r' 3 D h1 ', s), what='its row')
        c.tmux.keys('G', 'Enter', '4')
        c.tmux.wait(lambda s: 'held at a breakpoint' in s and re.search(r'held [\d.]+ \| wait', s), what='the time it was held')
        c.quit()


def test_a_failed_handshake_is_watched_at_its_next_try():
    with tls_origin() as o, Console() as c:
        curl = ['curl', '-sS', '-x', 'http://127.0.0.1:%d' % c.port, '--cacert', lab().ca_pem, url_of(o)]
        equal(subprocess.run(curl, capture_output=True, timeout=20).returncode, 60, 'curl does not trust us')
        c.tmux.wait(lambda s: re.search(r' 1 F tls ', s), what='the failure')
        c.tmux.keys('Enter', '3', 'G')
        c.tmux.wait(lambda s: 'Retry and watch:  i  breakpoint on ClientHello for this SNI' in s)
        c.tmux.keys('i')
        c.tmux.wait(lambda s: 'Hold: hello sni = localhost' in s)
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'rule 1 holds what matches' in s)
        c.tmux.keys('q')
        again = subprocess.Popen(curl, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        c.tmux.wait(lambda s: held(s) == 1 and re.search(r' 2 H tls ', s), what='HELD')
        c.tmux.keys('G', 'P')
        c.tmux.wait(lambda s: 'y/n' in s)
        c.tmux.keys('y')
        check(b'got GET /' in again.communicate(timeout=10)[0], 'the answer, undecrypted')
        c.quit()


def test_a_rule_that_cannot_be_about_a_hello_is_refused():
    with Console() as c:
        c.tmux.keys('i')
        c.tmux.wait(lambda s: 'Hold:' in s)
        c.tmux.type('hello path ~ x')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'path is not known yet at a ClientHello' in s and 'Hold: hello path ~ x' in s)
        c.tmux.keys('Escape', 'q')
        c.quit()


def test_held_hellos_go_on_when_the_screen_is_left():
    with tls_origin() as o, Console() as c:
        rule(c, 'hello localhost')
        curl = Client(c, url_of(o, 'left'))
        c.tmux.wait(lambda s: held(s) == 1, what='HELD')
        pid = c.pid()
        c.tmux.type(':detach')
        c.tmux.keys('Enter')
        check(b'got GET /left' in curl.answer(), 'it went on')
        check(b'got GET /more' in Client(c, url_of(o, 'more')).answer(), 'rules are off')
        os.kill(pid, signal.SIGTERM)
        until(lambda: ended(pid), 5, 'the end')
