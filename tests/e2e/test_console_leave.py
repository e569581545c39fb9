# SPDX-License-Identifier: MIT
"""Leaving: the quit question and its ways out, draining, a lost terminal with held flows, detaching, and clearing the list.
Acceptance scenarios 27 and 30 (their parts about quitting)."""
import os
import re
import signal
import socket
import threading

import support
from support import Origin, check, equal, exclusive, new_dir, ok, serve, until
from test_console import Console
from test_console_break import Client, held, rule
from test_console_life import Pty, cpu_share, list_rows, request, total


class Stream:
    """An origin whose answer goes on until it is ended."""

    def __init__(self):
        self.over = threading.Event()

        def handle(c):
            if c.read_request() is None:
                return
            c.send(b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nbegin\n\r\n')
            self.over.wait(60)
            c.send(b'4\r\nend\n\r\n0\r\n\r\n')
        self.origin = Origin(handle)

    def __enter__(self):
        self.origin.__enter__()
        return self

    def __exit__(self, *exc):
        self.over.set()
        return self.origin.__exit__(*exc)


def echo_origin():
    return Origin(serve(lambda q: ok(b'got ' + q.method + b' ' + q.target)))


def listens(port):
    try:
        socket.create_connection(('127.0.0.1', port), 2).close()
        return True
    except (ConnectionRefusedError, ConnectionResetError): # reset: it stood in the queue of a socket that was just closed
        return False


def job_ended(c):
    return c.tmux.wait(lambda s: re.search(r'status=\d', s), 10, 'the end')


def test_scenario_30_quit_with_a_live_stream():
    with Stream() as stream, echo_origin() as o, Console() as c:
        url = 'http://%s/events' % stream.origin.authority
        curl = Client(c, url)
        idle = socket.create_connection(('127.0.0.1', c.port), 5)
        rule(c, 'path ~ held')
        waits = Client(c, 'http://%s/held' % o.authority)
        c.tmux.wait(lambda s: held(s) == 1 and '2 active' in s.replace('  ', ' '), 5, 'a stream and a held flow')
        c.tmux.keys('q')
        s = c.tmux.wait(lambda s: 'will be cut' in s, 5, 'the question')
        check('3 client connections will be cut' in s and '1 flow is HELD and will be killed' in s, s)
        check('2 flows are not saved' in s and 'y stop now   g drain, then stop   w save first   n stay' in s, s)
        c.tmux.keys('n')
        c.tmux.wait(lambda s: 'will be cut' not in s, 5, 'no question')
        check(listens(c.port), 'it listens on')
        c.tmux.keys('q')
        c.tmux.wait(lambda s: 'will be cut' in s, 5, 'the question')
        c.tmux.keys('g')
        c.tmux.wait(lambda s: 'no new clients' in s, 5, 'the toast')
        until(lambda: not listens(c.port), 5, 'new clients are refused')
        idle.settimeout(5)
        equal(idle.recv(1), b'', 'an idle client is let go')
        idle.close()
        c.tmux.keys('j')
        c.tmux.wait(lambda s: 'draining: 2 clients left, ^C stops now' in s, 5, 'the status')
        c.tmux.keys('A')
        c.tmux.wait(lambda s: 'HELD 1 oldest' not in s, 5, 'nothing held')
        check(b'got GET /held' in waits.answer(), 'the held flow went on')
        c.tmux.keys('j')
        c.tmux.wait(lambda s: 'draining: 1 client left' in s, 5, 'the last one')
        stream.over.set()
        check(curl.answer().endswith(b'begin\nend\n'), 'the stream came to its end')
        check('status=0' in job_ended(c), 'exit status')


def test_draining_stops_at_once_when_asked():
    for how in ('C-c', 'TERM'):
        with Stream() as stream, Console() as c:
            curl = Client(c, 'http://%s/events' % stream.origin.authority)
            c.tmux.wait(lambda s: total(s) == 1, 5, 'the stream')
            c.tmux.keys('q')
            c.tmux.wait(lambda s: 'will be cut' in s, 5, 'the question')
            c.tmux.keys('g')
            until(lambda: not listens(c.port), 5, 'new clients are refused')
            if how == 'TERM':
                os.kill(c.pid(), signal.SIGTERM)
            else:
                c.tmux.keys(how)
            check('status=0' in job_ended(c), 'exit status')
            curl.kill()


def test_save_first_then_stop():
    path = os.path.join(new_dir('save'), 'all.flows')
    with Stream() as stream, Console() as c:
        curl = Client(c, 'http://%s/events' % stream.origin.authority)
        c.tmux.wait(lambda s: total(s) == 1, 5, 'the stream')
        c.tmux.keys('q')
        c.tmux.wait(lambda s: 'will be cut' in s, 5, 'the question')
        c.tmux.keys('w')
        c.tmux.wait(lambda s: 'Save all 1 flow to' in s, 5, 'where to')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'will be cut' in s, 5, 'the question again')
        c.tmux.keys('w')
        c.tmux.wait(lambda s: 'Save all 1 flow to' in s, 5, 'where to')
        c.tmux.type(path)
        c.tmux.keys('Enter')
        check('status=0' in job_ended(c), 'exit status')
        check(os.path.getsize(path) > 0, 'the file')
        curl.kill()


@exclusive
def test_scenario_27_held_flows_are_let_go_when_the_terminal_is_lost():
    with echo_origin() as o, Pty('--keep') as p:
        for line in ('path ~ send', 'hold=1h then=kill path ~ kill'):
            os.write(p.fd, b':break %s\r' % line.encode())
        got = {}

        def shows(words):
            os.write(p.fd, b'\x0c')  # all of the screen, not only what has changed
            return words in p.out
        os.write(p.fd, b'i')
        until(lambda: shows(b'2 rules, 2 on'), 5, 'the rules', step=0.2)
        os.write(p.fd, b'q')

        def ask(name):
            try:
                got[name] = request(p.port, o.authority, '/' + name, timeout=20)
            except OSError as e:
                got[name] = str(e)
        threads = [threading.Thread(target=ask, args=(n,), daemon=True) for n in ('send', 'kill')]
        for t in threads:
            t.start()
        until(lambda: shows(b'HELD 2 oldest'), 10, lambda: 'two held flows: %r' % bytes(p.out[-400:]), step=0.2)
        p.lose()
        until(lambda: 'terminal lost' in p.stderr(), 5, lambda: 'the message: %r' % p.stderr())
        equal(p.stderr(), 'mitmtop: terminal lost, going on without it (pid %d); '
              '1 held flow went on, 1 was killed, breakpoints are off\n' % p.pid)
        for t in threads:
            t.join(10)
        equal(got.get('send'), 200, 'the one sent on')
        check(got.get('kill') != 200, 'the one killed', got)
        equal(request(p.port, o.authority, '/send/again'), 200, 'no breakpoint is left')
        share = cpu_share(p.pid)
        check(share < 0.05, 'CPU: %.0f %%' % (100 * share))
        os.kill(p.pid, signal.SIGTERM)
        until(p.ended, 5, 'the end by SIGTERM')
        equal(p.status, 0, 'exit status')


def test_scenario_27_the_tmux_session_is_killed():
    for keep in (False, True):
        with echo_origin() as o, Console(args='--keep' if keep else '') as c:
            pid, job = c.pid(), c.job()
            equal(request(c.port, o.authority, '/before'), 200)
            c.tmux('kill-session')
            if not keep:
                until(lambda: support.ended(pid) and support.ended(job), 2, 'the end of both processes')
                continue
            for i in range(20):
                equal(request(c.port, o.authority, '/%d' % i), 200, 'request %d' % i)
            os.kill(pid, signal.SIGTERM)
            until(lambda: support.ended(pid), 5, 'the end by SIGTERM')


def test_detach():
    with echo_origin() as o, Console() as c:
        pid, job = c.pid(), c.job()
        rule(c, 'path ~ held')
        waits = Client(c, 'http://%s/held' % o.authority)
        c.tmux.wait(lambda s: held(s) == 1, 5, 'a held flow')
        c.tmux.type(':detach')
        c.tmux.keys('Enter')
        s = c.tmux.wait(lambda s: 'detached, goes on as pid %d' % pid in s and 'status=0' in s, 5, 'the shell')
        check('1 held flow went on, breakpoints are off' in s.replace('\n', ''), s)
        equal(c.tmux.flags(), '0 1 0', 'terminal flags')
        check(b'got GET /held' in waits.answer(), 'the held flow went on')
        until(lambda: support.ended(job), 5, 'the end of the job')
        for i in range(20):
            equal(request(c.port, o.authority, '/held/%d' % i), 200, 'request %d' % i)
        share = cpu_share(pid)
        check(share < 0.05, 'CPU: %.0f %%' % (100 * share))
        os.kill(pid, signal.SIGTERM)
        until(lambda: support.ended(pid), 5, 'the end by SIGTERM')


def test_clear_and_undo():
    with Stream() as stream, echo_origin() as o, Console() as c:
        curl = Client(c, 'http://%s/events' % stream.origin.authority)
        c.tmux.wait(lambda s: total(s) == 1, 5, 'the stream')
        for i in range(5):
            equal(request(c.port, o.authority, '/%s/%d' % ('pair' if i % 2 == 0 else 'odd', i)), 200)
        c.tmux.wait(lambda s: total(s) == 6 and len(list_rows(s)) == 6, 5, 'six rows')
        c.tmux.type(':clear')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '5 flows cleared, u brings them back; 1 open one stays' in s, 5, 'the toast')
        equal(len(list_rows(c.tmux.screen())), 1, 'rows')
        c.tmux.keys('u')
        c.tmux.wait(lambda s: '5 flows are back' in s and len(list_rows(s)) == 6, 5, 'all rows')
        c.tmux.keys('f')
        c.tmux.wait(lambda s: 'Filter:' in s, 5, 'the prompt')
        c.tmux.type('path ~ pair')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: len(list_rows(s)) == 3, 5, 'three rows')
        c.tmux.type(':clear shown')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '3 flows cleared' in s and not list_rows(s), 5, 'no rows')
        c.tmux.keys('=')
        c.tmux.wait(lambda s: len(list_rows(s)) == 3, 5, 'the others')
        c.tmux.keys('u', 'u')
        c.tmux.wait(lambda s: '3 flows are back' in s and len(list_rows(s)) == 3, 5, 'those of the filter')
        stream.over.set()
        curl.answer()
        c.quit()


def test_mitm_keys_clear_with_a_question():
    with echo_origin() as o, Console(args='--keys mitm') as c:
        equal(request(c.port, o.authority, '/x'), 200)
        c.tmux.wait(lambda s: total(s) == 1 and len(list_rows(s)) == 1, 5, 'a row')
        c.tmux.keys('z')
        c.tmux.wait(lambda s: 'Clear all 1 flows off the list? y/n' in s, 5, 'the question')
        c.tmux.keys('n')
        c.tmux.wait(lambda s: 'Clear all' not in s and len(list_rows(s)) == 1, 5, 'the row')
        c.tmux.keys('z')
        c.tmux.wait(lambda s: 'Clear all' in s, 5, 'the question')
        c.tmux.keys('y')
        c.tmux.wait(lambda s: '1 flow cleared, u brings it back' in s and not list_rows(s), 5, 'no row')
        c.quit()
