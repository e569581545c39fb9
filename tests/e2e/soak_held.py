# SPDX-License-Identifier: MIT
"""A minute with fifty held flows among 2,000 requests a second: what they cost the others, and what stays in memory."""
import multiprocessing
import re
import socket
import time

from support import Nginx, check, deadline, equal, until
from test_console import Console
from test_console_break import Client, held, rule
from test_console_life import rss_kib
from test_console_list import figure

PER_SECOND, CONNECTIONS, HELD, BEFORE_S, DURING_S = 2000, 8, 50, 20, 60
MEMORY_MIB = 32
ROOM_MIB = 96     # what the process takes besides the flows
STEADY_KIB = 8 << 10


def connection(port, target, seconds, pipe):
    """Requests at their times on one connection; milliseconds from each to its whole answer, and how many came too late to begin."""
    line = ('GET %s HTTP/1.1\r\nHost: x\r\n\r\n' % target).encode()
    every, times, late = CONNECTIONS / PER_SECOND, [], 0
    with socket.create_connection(('127.0.0.1', port), 10) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = time.monotonic()
        for i in range(int(seconds / every)):
            wait = start + i * every - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            late += wait < -every
            begin = time.monotonic()
            s.sendall(line)
            data = s.recv(65536)
            while data and not data.endswith(b'.\n'):
                more = s.recv(65536)
                data = data + more if more else b''
            if not data.startswith(b'HTTP/1.1 200 '):
                break
            times.append((time.monotonic() - begin) * 1000)
    pipe.send((times, late))


class Load:
    """All connections, each in a process of its own."""

    def __init__(self, port, target, seconds):
        self.start, self.parts = time.monotonic(), []
        for _ in range(CONNECTIONS):
            ours, theirs = multiprocessing.Pipe()
            p = multiprocessing.Process(target=connection, args=(port, target, seconds, theirs), daemon=True)
            p.start()
            self.parts.append((p, ours))

    def end(self, what):
        """The times in order, after they were told."""
        times, late = [], 0
        for p, pipe in self.parts:
            check(pipe.poll(120), 'a connection that does not end')
            part, n = pipe.recv()
            p.join(10)
            times += part
            late += n
        seconds = time.monotonic() - self.start
        times.sort()
        figure('%s: %d requests, %.0f/s, %d began late; ms p50 %.2f p95 %.2f p99 %.2f max %.1f' % (
            what, len(times), len(times) / seconds, late, *(times[int(len(times) * q)] for q in (0.5, 0.95, 0.99)), times[-1]))
        return times


@deadline(300)
def soak_a_minute_with_fifty_held_flows():
    with Nginx({'free': b'x' * 999 + b'.\n', 'held': b'after all\n'}) as n, Console(120, 36, args='--memory %dM' % MEMORY_MIB) as c:
        base = 'http://127.0.0.1:%d' % n.port
        pid = c.pid()
        rule(c, 'path ~ held')
        before = Load(c.port, base + '/free', BEFORE_S).end('without held flows')
        clients = [Client(c, '%s/held?%d' % (base, i), timeout=DURING_S + 120) for i in range(HELD)]
        c.tmux.wait(lambda s: held(s) == HELD, 20, 'all are held')
        load, rss = Load(c.port, base + '/free', DURING_S), []
        while any(p.is_alive() for p, _ in load.parts) and time.monotonic() - load.start < DURING_S + 30:
            rss.append(rss_kib(pid))
            time.sleep(1)
        during = load.end('beside %d held flows' % HELD)
        figure('p99 %.2f ms without, %.2f ms beside them; RSS MiB: first %.1f, half-time %.1f, last %.1f, most %.1f' % (
            before[int(len(before) * 0.99)], during[int(len(during) * 0.99)], rss[0] / 1024, rss[len(rss) // 2] / 1024, rss[-1] / 1024,
            max(rss) / 1024))
        equal(len(during), PER_SECOND * DURING_S, 'requests that were answered')
        check(not any(x.done() for x in clients), 'a held client got an answer')
        check(re.search('HELD %d oldest' % HELD, c.tmux.screen()), c.tmux.screen())
        c.tmux.keys('A')
        c.tmux.wait(lambda s: 'Let all %d' % HELD in s, 5, 'the question')
        c.tmux.keys('y')
        until(lambda: all(x.done() for x in clients), 20, lambda: '%d of %d resumed' % (sum(x.done() for x in clients), HELD))
        answers = [x.answer() for x in clients]
        equal(sum(a.startswith(b'HTTP/1.1 200 ') and a.endswith(b'after all\n') for a in answers), HELD, 'held flows that went on')
        figure('%d of %d held flows went on' % (HELD, HELD))
        check(max(rss) < (MEMORY_MIB + ROOM_MIB) << 10, 'RSS is %d KiB with a budget of %d MiB' % (max(rss), MEMORY_MIB))
        check(rss[-1] < rss[len(rss) // 2] + STEADY_KIB, 'RSS grew in the second half from %d to %d KiB' % (rss[len(rss) // 2], rss[-1]))
        c.quit()
