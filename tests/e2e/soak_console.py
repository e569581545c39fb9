# SPDX-License-Identifier: MIT
"""What the console costs beside -n, and what it does with a million flows, at 120x36 in a real tmux: figures and their limits.

A figure beyond its limit is named; the run fails when it is beyond the room for noise as well, which other work on the machine takes.
CPU is measured with mitmtop on the last processor and clients, servers and terminal on the first, alternately with the console and without."""
import multiprocessing
import os
import re
import select
import socket
import ssl
import statistics
import time

import sessions
from support import Mitmtop, Nginx, Tmux, check, deadline, ended, exclusive, new_dir, pause, program, until
from test_console import Console
from test_console_life import cpu_s, rss_kib
from test_console_list import LOADED, Work, column_time, figure, p95, position, timed, wait_selected

SIZE = 120, 36
FLOWS_PER_SECOND, FLOW_CONNECTIONS, FLOW_SECONDS, FLOW_ROUNDS = 5000, 64, 10, 2
TLS_CONNECTIONS, TLS_SECONDS, TLS_ROUNDS = 64, 6, 3
WARM_SECONDS = 1
REACHED = 0.9                            # of the rate; below it nothing was measured
CORE_LIMIT, CORE_ROOM = 5, 3             # percent of a processor more than -n
REQUEST_LIMIT, REQUEST_ROOM = 10, 10     # percent of CPU a request more than with -n
MILLION = 1000000
END = b'.\n'


class Table:
    """Figures, each with its limit and how far beyond it noise may carry it."""

    def __init__(self, title):
        self.broken = []
        figure('\n%-54s %10s %-13s %6s %6s  %s' % (title, '', '', 'limit', 'fails', ''))

    def add(self, what, value, unit, limit=None, fails_at=None, undisturbed=None):
        """undisturbed is what value would have been on a machine of its own, where that is known: by it the limit is broken."""
        sure = value if undisturbed is None else undisturbed
        said = '' if limit is None else 'holds' if value <= limit else 'beyond, within the noise' if sure <= fails_at else 'BROKEN'
        bounds = ('', '') if limit is None else ('%g' % limit, '%g' % fails_at)
        figure('%-54s %10.1f %-13s %6s %6s  %s' % (what, value, unit, *bounds, said))
        if said == 'BROKEN':
            self.broken.append('%s: %.1f %s, limit %g' % (what, value, unit, limit))

    def end(self):
        check(not self.broken, '; '.join(self.broken))


# ---- load ----

def processors():
    """Of the load, and of mitmtop."""
    all_of_them = sorted(os.sched_getaffinity(0))
    return {all_of_them[0]}, {all_of_them[-1]}


def pin(pid):
    for task in os.listdir('/proc/%d/task' % pid):
        os.sched_setaffinity(int(task), processors()[1])


class Connection:
    """A kept-alive connection through the proxy with at most one request under way."""

    def __init__(self, port, authority, ca):
        self.sock = socket.create_connection(('127.0.0.1', port), 20)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        base = ''
        if ca:
            self.sock.sendall(('CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (authority, authority)).encode())
            check(b' 200 ' in self.sock.recv(4096), 'CONNECT is refused')
            self.sock = ssl.create_default_context(cafile=ca).wrap_socket(self.sock, server_hostname='localhost')
        else:
            base = 'http://' + authority
        self.line = ('GET %s/1k HTTP/1.1\r\nHost: %s\r\n\r\n' % (base, authority)).encode()
        self.sock.setblocking(False)
        self.tail = b''

    def ask(self):
        self.sock.send(self.line)

    def answered(self):
        """Reads what has come; true when the answer is whole."""
        while not self.tail.endswith(END):
            try:
                data = self.sock.recv(65536)
            except (BlockingIOError, ssl.SSLWantReadError):
                return False
            if not data:
                raise ConnectionError('the proxy closed a connection')
            self.tail = data[-len(END):]
        self.tail = b''
        return True


def load(port, authority, ca, rate, connections, count):
    """Requests until the process is ended: rate a second, or each as soon as the one before it is answered. Adds to count."""
    poll, all_of_them = select.epoll(), {}
    for _ in range(connections):
        c = Connection(port, authority, ca)
        all_of_them[c.sock.fileno()] = c
        poll.register(c.sock, select.EPOLLIN)
    free, start, sent = list(all_of_them.values()), time.monotonic(), 0
    while True:
        due = int((time.monotonic() - start) * rate) - sent if rate else len(free)
        for _ in range(min(due, len(free))):
            free.pop(0).ask()
            sent += 1
        for fd, _ in poll.poll(0.001 if rate else 1):
            if all_of_them[fd].answered():
                free.append(all_of_them[fd])
                count.value += 1


class Load:
    def __init__(self, *how):
        self.count = multiprocessing.Value('L', 0, lock=False)
        self.process = multiprocessing.Process(target=load, args=how + (self.count,), daemon=True)

    def __enter__(self):
        self.process.start()
        until(lambda: self.count.value > 100, 30, 'the first answers')
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.join(10)


class Headless:
    """mitmtop -n, its lines thrown away."""

    def __init__(self):
        self.m = Mitmtop(json_out=False, stdout=open(os.devnull, 'wb'))
        self.port, self.ca, self.pids = self.m.port, self.m.ca_pem, [self.m.pid]

    def terminal_bytes(self):
        return 0

    def end(self):
        self.m.kill()


class Screen:
    """mitmtop's console, following the newest flow, and what it writes to the terminal."""

    def __init__(self):
        self.c = Console(*SIZE, args='-t 2')
        self.port, self.ca, self.pids = self.c.port, os.path.join(self.c.ca, 'ca.pem'), [self.c.pid(), self.c.job()]
        self.raw = os.path.join(new_dir('pipe'), 'raw')
        self.c.tmux('pipe-pane', 'cat > %s' % self.raw)

    def terminal_bytes(self):
        return os.path.getsize(self.raw) if os.path.exists(self.raw) else 0

    def end(self):
        self.c.tmux.wait(lambda s: re.search(r'\d D h1 .* GET +200 ', s), 10, 'rows of the load')
        self.c.tmux.sane()
        self.c.tmux.stop()
        until(lambda: all(ended(p) for p in self.pids), 20, 'the end of the console')


def window(front, authority, tls, rate, seconds):
    """(seconds of CPU, requests, seconds, bytes to the terminal) of so many seconds under load."""
    m = front()
    try:
        for pid in m.pids:
            pin(pid)
        with Load(m.port, authority, m.ca if tls else None, rate, TLS_CONNECTIONS if tls else FLOW_CONNECTIONS) as one:
            pause(WARM_SECONDS)
            now = lambda: (sum(cpu_s(p) for p in m.pids), one.count.value, time.monotonic(), m.terminal_bytes())
            before = now()
            until(lambda: time.monotonic() - before[2] >= seconds, seconds + 20, 'the time to pass', step=0.2)
            check(one.process.is_alive(), 'the load ended')
            return [b - a for a, b in zip(before, now())]
    finally:
        m.end()


def measured(front, authority, tls, rate, seconds):
    """A window; again, twice at most, when other work on the machine kept the load below its rate."""
    for _ in range(3):
        w = window(front, authority, tls, rate, seconds)
        if w[1] / w[2] >= REACHED * rate:
            break
    return w


def alternating(rounds, *how):
    """Windows with the console and with -n, in turn, so that the machine's moods hit both: two lists."""
    out = {Screen: [], Headless: []}
    os.sched_setaffinity(0, processors()[0])
    for i in range(rounds):
        for front in ((Screen, Headless) if i % 2 else (Headless, Screen)):
            out[front].append(measured(front, *how))
    return out[Screen], out[Headless]


@exclusive
@deadline(240)
def soak_cpu_at_5000_flows_a_second():
    with Nginx({'1k': b'x' * 1022 + END}) as n:
        screen, headless = alternating(FLOW_ROUNDS, '127.0.0.1:%d' % n.port, False, FLOWS_PER_SECOND, FLOW_SECONDS)
    t = Table('CPU at %d flows/s, console 120x36 and -n' % FLOWS_PER_SECOND)
    per_window = lambda w: w[0] / w[2] * 1000 * FLOW_SECONDS
    for i, (s, h) in enumerate(zip(screen, headless), 1):
        t.add('round %d: console' % i, per_window(s), 'ms in %d s' % FLOW_SECONDS)
        t.add('round %d: -n' % i, per_window(h), 'ms in %d s' % FLOW_SECONDS)
    more = statistics.mean(map(per_window, screen)) - statistics.mean(map(per_window, headless))
    t.add('console more than -n', more / FLOW_SECONDS / 10, '% of a core', CORE_LIMIT, CORE_LIMIT + CORE_ROOM)
    t.add('to the terminal', max(w[3] / w[2] for w in screen), 'bytes/s')
    slowest = min(w[1] / w[2] for w in screen + headless)
    t.add('slowest window', slowest, 'flows/s')
    check(slowest >= REACHED * FLOWS_PER_SECOND, 'this machine did not reach the load: %.0f flows/s' % slowest)
    t.end()


@exclusive
@deadline(240)
def soak_cpu_of_an_https_request():
    with Nginx({'1k': b'x' * 1022 + END}) as n:
        screen, headless = alternating(TLS_ROUNDS, 'localhost:%d' % n.tls_port, True, 0, TLS_SECONDS)
    t = Table('CPU of an HTTPS request (1 KiB, %d connections)' % TLS_CONNECTIONS)
    cost = lambda w: w[0] / w[1] * 1e6
    for i, (s, h) in enumerate(zip(screen, headless), 1):
        t.add('round %d: console' % i, cost(s), 'us')
        t.add('round %d: -n' % i, cost(h), 'us')
        t.add('round %d: console, -n a second' % i, s[1] / s[2], 'and %.1f' % (h[1] / h[2]))
    more = statistics.median(map(cost, screen)) / statistics.median(map(cost, headless)) - 1
    t.add('console more than -n, medians', more * 100, '%', REQUEST_LIMIT, REQUEST_LIMIT + REQUEST_ROOM)
    t.end()


# ---- a file of a million flows ----

def waited_s(pid):
    """Seconds for which threads of the process could run and had no processor; 0 where the kernel does not say."""
    out = 0
    for task in os.listdir('/proc/%d/task' % pid):
        try:
            with open('/proc/%d/task/%s/schedstat' % (pid, task)) as f:
                out += int(f.read().split()[1])
        except OSError:
            pass
    return out / 1e9


def open_time(path):
    """Milliseconds from Enter in the shell to the list of all flows."""
    with Tmux(*SIZE) as t:
        t.type('%s -r %s' % (program(), path))
        start = time.monotonic()
        t.keys('Enter')
        until(lambda: position(t.screen())[1] == MILLION, 30, 'the file', step=0.001)
        return (time.monotonic() - start) * 1000


class Bench:
    """One console with the file; each step puts its figures into the table."""

    def __init__(self, c, table):
        self.c, self.t, self.pid = c, table, c.pid()

    def quick(self, what, ms, limit):
        self.t.add(what, ms, 'ms', limit, limit * LOADED)

    def rss(self, what, limit):
        self.t.add('RSS ' + what, rss_kib(self.pid) / 1024, 'MiB', limit, limit)

    def work(self, what, done, key, limit):
        cpu, waited = cpu_s(self.pid), waited_s(self.pid)
        w = Work(self.c, what, done, [key])
        cpu, waited = cpu_s(self.pid) - cpu, waited_s(self.pid) - waited
        own = max(w.seconds - waited, cpu)
        self.t.add(what, w.seconds, 's', limit, limit * LOADED, own)
        self.t.add('  of it not waiting for a processor; CPU %.1f s' % cpu, own, 's')
        check(w.progress and w.times, what, 'showed no progress, or took no key meanwhile')
        self.quick('  key echo meanwhile p50 (n=%d)' % len(w.times), statistics.median(w.times), 100)
        self.quick('  key echo meanwhile p95', p95(sorted(w.times)), 100)

    def top(self):
        self.c.tmux.keys('g')
        self.c.tmux.wait(lambda s: position(s)[0] == 1, 8, 'the first row')


@exclusive
@deadline(300)
def soak_a_file_of_a_million_flows():
    path = os.path.join(new_dir('session'), 's')
    sessions.make(program(), path, MILLION, os.path.join(new_dir('ca'), 'ca'))
    t = Table('A session file of a million flows, %.0f MiB' % (os.path.getsize(path) / (1 << 20)))
    t.add('open', open_time(path), 'ms', 1000, 1000 * LOADED)
    with Console(*SIZE, args='-r %s' % path) as c:
        c.tmux.wait(lambda s: position(s)[1] == MILLION, 20, 'all flows')
        b, tmux = Bench(c, t), c.tmux
        wait_selected(c, MILLION)
        b.quick('g', timed(c, 'g', 1), 200)
        b.quick('G', timed(c, 'G', MILLION), 200)
        b.rss('opened', 64)
        b.top()
        tmux.keys('/')
        tmux.type('/v1/items/%d' % MILLION)
        b.work('search for the last path', lambda s: position(s) == (MILLION, MILLION), 'Enter', 5)
        b.rss('searched', 64)
        b.top()
        tmux.keys('f')
        tmux.type('code=503')
        b.work('filter code=503', lambda s: '%d/%d shown' % (MILLION // 997, MILLION) in s, 'Enter', 3)
        b.rss('filtered', 64)
        tmux.keys('=')
        tmux.wait(lambda s: 'no filter' in s and position(s)[1] == MILLION, 8, 'all again')
        b.top()
        tmux.keys('S')
        tmux.wait(lambda s: 'Sort by' in s, 5, 'the menu')
        b.work('sort by SIZE', lambda s: 'sort SIZE' in s and '%' not in s.split('flow ')[-1].split('\n')[0], 'z', 3)
        b.rss('sorted', 128)
        b.top()
        b.quick('a column off', column_time(c, False), 200)
        b.quick('a column on', column_time(c, True), 200)
        c.quit()
    t.end()
