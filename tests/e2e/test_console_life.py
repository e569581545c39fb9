# SPDX-License-Identifier: MIT
"""The console and its terminal: a stopped, a lost, a resized and a lying one. Acceptance scenarios 7, 20, 25, 27, 28
and 29, the output budget, and the threats T02 and T10 to T13."""
import fcntl
import os
import pty
import random
import re
import signal
import socket
import struct
import termios
import threading
import time

import support
from support import Origin, SLOW, Tmux, check, deadline, equal, exclusive, free_port, new_dir, ok, pause, program, run, serve, until
from test_console import Console


def request(port, authority, path='/', timeout=5.0):
    """One request on a connection of its own through the proxy; returns its status."""
    with socket.create_connection(('127.0.0.1', port), timeout * SLOW) as s:
        s.sendall(('GET http://%s%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' % (authority, path, authority)).encode())
        data = b''
        while True:
            more = s.recv(65536)
            if not more:
                break
            data += more
    m = re.match(rb'HTTP/1\.1 (\d+)', data)
    return int(m.group(1)) if m else 0


class Flood:
    """Requests without end on a few connections, until the block ends."""

    def __init__(self, port, authority, threads=2):
        self.port, self.authority = port, authority
        self.done, self.count, self.errors = threading.Event(), 0, []
        self.threads = [threading.Thread(target=self._run, args=(i,), daemon=True) for i in range(threads)]

    def _run(self, number):
        n = 0
        try:
            with socket.create_connection(('127.0.0.1', self.port), 10) as s:
                while not self.done.is_set():
                    n += 1
                    s.sendall(('GET http://%s/flood/%d/%d?q=%x HTTP/1.1\r\nHost: %s\r\n\r\n' % (
                        self.authority, number, n, n * 2654435761 & 0xffffffff, self.authority)).encode())
                    data = b''
                    while not data.endswith(b'flood\n'):
                        more = s.recv(65536)
                        check(more, 'the proxy closed the connection')
                        data += more
                    self.count += 1
        except Exception as e:
            self.errors.append(repr(e))

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, kind, exc, tb):
        self.done.set()
        for t in self.threads:
            t.join(10)
        if kind is None:
            check(not self.errors, self.errors)


def flood_origin():
    return Origin(serve(lambda q: ok(b'flood\n')))


def rss_kib(pid):
    with open('/proc/%d/status' % pid) as f:
        return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))


def cpu_s(pid):
    with open('/proc/%d/stat' % pid) as f:
        parts = f.read().rsplit(')', 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf('SC_CLK_TCK')


def cpu_share(pid, seconds=1.5):
    """Share of one processor that it takes while nothing happens."""
    start, before = time.monotonic(), cpu_s(pid)
    until(lambda: time.monotonic() - start >= seconds, seconds + 5, 'time to pass', step=0.1)
    return (cpu_s(pid) - before) / (time.monotonic() - start)


def total(text):
    m = re.search(r'Flows: *(\d+) total', text)
    return int(m.group(1)) if m else -1


def list_rows(text):
    return [x for x in text.split('\n') if re.match(r'[> ▸][* ]\s*\d+ [A-Z] ', x)]


# ---- a terminal of our own ----

class Pty:
    """mitmtop on a terminal whose other end is in our hands: it can be closed at any time."""

    def __init__(self, *args, ignore_hup=False, env=None):
        self.port, self.out = free_port(), bytearray()
        self.ca = os.path.join(new_dir('ca'), 'ca')
        self.errors = os.path.join(new_dir('err'), 'stderr')
        argv = [program(), '-l', '127.0.0.1:%d' % self.port, '--ca', self.ca] + list(args)
        full = support.clean_env(TERM='xterm-256color', **(env or {}))
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.dup2(os.open(self.errors, os.O_WRONLY | os.O_CREAT, 0o600), 2)
                if ignore_hup:
                    signal.signal(signal.SIGHUP, signal.SIG_IGN)
                os.execve(argv[0], argv, full)
            finally:
                os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
        self.status = None
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.closing = False
        self.reader.start()
        until(lambda: b'Nothing has' in self.out, 10, lambda: 'the screen: %r %s' % (bytes(self.out[-500:]), self.stderr()))

    def _read(self):
        try:
            while not self.closing:
                self.out += os.read(self.fd, 65536)
        except OSError:
            pass

    def stderr(self):
        with open(self.errors) as f:
            return f.read()

    def lose(self):
        """The terminal goes away. The reader holds the descriptor in a read that a key press ends."""
        self.closing = True
        os.write(self.fd, b'j')
        self.reader.join(5)
        os.close(self.fd)

    def ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def test_scenario_27_a_lost_terminal_ends_it():
    for how in ('with HUP', 'without HUP'):
        with Pty(ignore_hup=how == 'without HUP') as p:
            p.lose()
            until(p.ended, 2, 'the end ' + how)
            equal(p.status, 128 + signal.SIGHUP, 'exit status ' + how)
            equal(p.stderr(), '', 'standard error ' + how)


@exclusive
def test_scenario_27_with_keep_it_serves_on():
    for how in ('with HUP', 'without HUP'):
        with flood_origin() as o, Pty('--keep', ignore_hup=how == 'without HUP') as p:
            equal(request(p.port, o.authority, '/before'), 200, 'before')
            p.lose()
            until(lambda: 'terminal lost' in p.stderr(), 2, lambda: 'the message %s: %r' % (how, p.stderr()))
            equal(p.stderr(), 'mitmtop: terminal lost, going on without it (pid %d)\n' % p.pid)
            for i in range(50):
                equal(request(p.port, o.authority, '/%d' % i), 200, 'request %d %s' % (i, how))
            check(not p.ended(), 'it ended with', p.status)
            share = cpu_share(p.pid)
            check(share < 0.05, 'CPU %s: %.0f %%' % (how, 100 * share))
            os.kill(p.pid, signal.SIGHUP)
            equal(request(p.port, o.authority, '/after'), 200, 'after another HUP')
            os.kill(p.pid, signal.SIGTERM)
            until(p.ended, 2, 'the end by SIGTERM')
            equal(p.status, 0, 'exit status')


def test_signals_and_a_terminal_that_takes_nothing():
    """Neither SIGTERM nor SIGHUP waits for a terminal that is stopped and full."""
    for sig, status in ((signal.SIGTERM, 0), (signal.SIGHUP, 129)):
        with flood_origin() as o, Pty('--delay', '0.1') as p:
            p.closing = True  # the reader stops after the next frame, and nobody reads the rest
            with Flood(p.port, o.authority):
                until(lambda: not p.reader.is_alive(), 5, 'the reader')
                before = cpu_s(p.pid)
                until(lambda: cpu_s(p.pid) > before + 0.2, 20, 'some work')
            os.kill(p.pid, sig)
            until(p.ended, 3, 'the end by %s' % sig.name)
            equal(p.status, status, 'exit status after %s' % sig.name)


# ---- scenario 28, T12, T13 ----

def test_scenario_28_the_terminal_is_sane_afterwards():
    for sig in ('SEGV', 'BUS', 'TERM', 'HUP', 'INT', 'ABRT'):
        with Console() as c:
            tty = c.tmux.display('#{pane_tty}')
            os.kill(c.job(), getattr(signal, 'SIG' + sig))
            c.tmux.wait(lambda s: re.search(r'status=\d', s), 10, 'the end by SIG' + sig)
            equal(c.tmux.flags(), '0 1 0', 'terminal flags after SIG' + sig)
            stty = run(['stty', '-a', '-F', tty]).stdout.decode().replace(';', ' ').split()
            for word in ('icanon', 'echo', 'isig', 'icrnl', 'opost', 'onlcr'):
                check(word in stty, word, 'is off after SIG' + sig)
            c.tmux.command('echo typ"e"d')
            s = c.tmux.wait(lambda s: '\ntyped\n' in s, 5, 'what is typed after SIG' + sig)
            check(re.search(r'^ready\$ echo', s, re.M), 'the prompt is not at column 0:', s)


def test_scenario_28_refusals():
    ca = os.path.join(new_dir('ca'), 'ca')
    start = '%s -l 127.0.0.1:0 --ca %s' % (program(), ca)
    for line, word in (('%s < /dev/null; echo "status=$?"', 'standard input'), ('(%s; echo "status=$?") | cat', 'standard output'),
                       ('%s --theme pink; echo "status=$?"', 'deuter')):
        with Tmux(100, 24) as t:
            t.command(line % start)
            s = t.wait(lambda s: re.search(r'status=\d', s), 5, line)
            check('status=2' in s, line, s)
            equal(len(re.findall(r'^mitmtop: ', s, re.M)), 1, 'sentences')
            check(word in s.replace('\n', ''), word, 'is not in', s)
            equal(t.flags(), '0 1 0', 'terminal flags')


def test_reports_of_the_terminal_are_no_keys():
    reports = ['\x1b[24;80R', '\x1b[?62;22c', '\x1b[>0;276;0c', '\x1b[0n', '\x1b[?1;2$y', '\x1b]10;rgb:ffff/ffff/ffff\x07',
               '\x1b]11;rgb:0000/qqqq/SZW\x1b\\', '\x1b]52;c;cXFxcQ==\x07', '\x1bP1$r0mq\x1b\\', '\x1b_Gi=31;qOK\x1b\\',
               '\x1b[200~', '\x1b[M qq', '\x1b[<0;10;10M', '\x1b[I', '\x1b[8;24;80t', '\x1b[99;9u']
    with flood_origin() as o, Console(args='--mouse=no') as c:
        for i in range(5):
            equal(request(c.port, o.authority, '/%d' % i), 200)
        c.tmux.wait(lambda s: 'flow 5/5' in s, 5, 'five rows')
        equal(c.tmux.flags(), '1 1 0', 'terminal flags without the mouse')
        c.tmux.keys('k')
        until(lambda: c.selected() == 4, 5, 'the selection')
        quiet = list_rows(c.tmux.screen())
        for r in reports:
            c.tmux.type(r)
            equal(c.selected(), 4, 'selection after %r' % r)
        c.tmux.type(''.join(reports))
        c.tmux.keys('k')
        until(lambda: c.selected() == 3, 5, lambda: 'a key after the reports: %d\n%s' % (c.selected(), c.tmux.screen()))
        text = c.tmux.sane()
        equal(list_rows(text), quiet, 'the list')
        check('follow off' in text and 'sort ID' in text and 'theme' not in text, text)
        # Escape alone is a key still.
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '#3 ' in s, 5, 'the detail')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'flow 3/5' in s, 5, 'the list')
        c.quit()


# ---- a stopped terminal, a flood, resizes ----

@exclusive
@deadline(90)
def test_scenario_25_a_terminal_stopped_for_20_seconds_stops_nothing():
    with flood_origin() as o, Console(120, 36) as c:
        def load(n):
            took = []
            for i in range(n):
                start = time.monotonic()
                equal(request(c.port, o.authority, '/load/%d' % i), 200, 'request %d' % i)
                took.append(time.monotonic() - start)
            return sorted(took)[n * 95 // 100]
        normal = load(200)
        c.tmux.wait(lambda s: total(s) == 200, 5, '200 flows')
        pid, server = c.pid(), int(c.tmux.display('#{pid}'))
        raw = os.path.join(new_dir('pipe'), 'raw')
        c.tmux('pipe-pane', 'cat > %s' % raw)
        until(lambda: os.path.exists(raw), 5, 'the pipe')
        before, written = rss_kib(pid), os.path.getsize(raw)
        os.kill(server, signal.SIGSTOP)
        stopped = time.monotonic()
        try:
            p95 = load(500)
            # Time for frames to pile up, if they did.
            until(lambda: time.monotonic() - stopped > 20, 25, 'twenty seconds', step=0.1)
        finally:
            os.kill(server, signal.SIGCONT)
        c.tmux.wait(lambda s: total(s) == 700, 1, 'a current screen')
        check(p95 < 3 * normal + 0.05, 'p95 %.1f ms, before %.1f ms' % (1e3 * p95, 1e3 * normal))
        grown, backlog = rss_kib(pid) - before, os.path.getsize(raw) - written
        check(grown < 5 << 10, 'memory grew by %d KiB' % grown)
        check(backlog < 200000, 'backlog of %d bytes' % backlog)
        c.quit()


@exclusive
@deadline(60)
def test_output_stays_within_the_budget_under_flood():
    with flood_origin() as o, Console(120, 36) as c:
        raw = os.path.join(new_dir('pipe'), 'raw')
        c.tmux('pipe-pane', 'cat > %s' % raw)
        with Flood(c.port, o.authority) as flood:
            until(lambda: flood.count > 200, 10, 'the flood')
            start, bytes_before, count = time.monotonic(), os.path.getsize(raw), flood.count
            until(lambda: time.monotonic() - start > 8, 20, 'eight seconds', step=0.1)
            seconds = time.monotonic() - start
            rate = (os.path.getsize(raw) - bytes_before) / seconds
            check(rate < 30000, '%.0f bytes/s of output at %.0f requests/s' % (rate, (flood.count - count) / seconds))
            # A key is answered at once all the same.
            c.tmux.keys('g')
            c.tmux.wait(lambda s: re.search(r'^[> ▸][* ] +1 D', s, re.M), 1, 'the first row')
        c.quit()


def test_scenario_7_pause():
    with flood_origin() as o, Console(120, 36) as c, Flood(c.port, o.authority, 1) as flood:
        until(lambda: flood.count > 100, 10, 'the flood')
        c.tmux.keys('p')
        text = c.tmux.wait(lambda s: 'PAUSED' in s, 5, 'the badge')
        rows = list_rows(text)
        check(len(rows) > 20, text)
        count = flood.count
        until(lambda: flood.count > count + 300 and total(c.tmux.screen()) > total(text), 15, 'the counters go on')
        equal(list_rows(c.tmux.screen()), rows, 'rows while paused')
        c.tmux.keys('p')
        c.tmux.wait(lambda s: 'PAUSED' not in s and list_rows(s) and list_rows(s) != rows, 5, 'current rows')
        flood.done.set()
        for t in flood.threads:
            t.join(5)
        c.tmux.wait(lambda s: total(s) == flood.count, 5, lambda: 'all %d flows in the counters' % flood.count)
        c.quit()


@exclusive
@deadline(60)
def test_scenario_20_resizes_under_flood():
    dice = random.Random(20)
    with flood_origin() as o, Console(120, 36) as c:
        with Flood(c.port, o.authority) as flood:
            until(lambda: flood.count > 100, 10, 'the flood')
            for i in range(50):
                c.tmux.resize(dice.randint(1, 200), dice.randint(1, 60))
                count = flood.count
                until(lambda: flood.count > count, 5, 'the flood goes on')
        c.tmux.resize(500, 100)
        c.tmux.resize(80, 24)

        def still(text):
            return [x for x in text.split('\n') if not x.startswith(('mitmtop', 'Net', 'TLS', 'Certs', 'Lat'))]
        c.tmux.wait(lambda s: total(s) == flood.count and len(list_rows(s)) == 15, 5, 'the list at 80x24')
        c.tmux.sane()
        first = []

        def settled():
            now = still(c.tmux.screen())
            same = first == [now]
            first[:] = [now]
            return same
        until(settled, 5, 'a screen that stands still', step=0.2)
        c.tmux.keys('C-l')
        until(lambda: still(c.tmux.screen()) == first[0], 5,
              lambda: 'the same after ^L:\n%s\nnot\n%s' % ('\n'.join(first[0]), c.tmux.screen()))
        c.quit()


# ---- scenario 29 ----

COLOUR = re.compile(r'\x1b\[[0-9;]*?(?:\b3[0-7]|\b4[0-7]|\b9[0-7]|\b10[0-7]|38;|48;)')


def test_scenario_29_no_color_and_plain_terminals():
    for env, prefix in (({'NO_COLOR': '1'}, ''), ({'LC_ALL': 'C', 'LANG': 'C'}, ''), ({}, 'TERM=vt100 ')):
        with flood_origin() as o, Tmux(80, 24, env=env) as t:
            port = free_port()
            t.command('%s%s -l 127.0.0.1:%d --ca %s; echo "status=$?"' % (prefix, program(), port, os.path.join(new_dir('ca'), 'ca')))
            t.wait(lambda s: 'Nothing has arrived' in s, 10, 'the console')
            equal(request(port, o.authority, '/x'), 200)
            equal(request(port, '127.0.0.1:%d' % free_port(), '/refused'), 502)
            t.wait(lambda s: ' 2 total' in s, 5, 'two rows')
            raw = t.screen(escapes=True)
            if 'LC_ALL' in env or prefix:
                check(all(ord(ch) < 128 for ch in t.sane()), 'glyphs beyond ASCII', t.screen())
            if 'LC_ALL' not in env:
                check(not COLOUR.search(raw), 'colours in', raw)
                t.keys('Z')
                t.wait(lambda s: 'NO_COLOR is set' in s or 'has no colours' in s, 5, 'the toast')
            check(re.search(r' 1 D ', t.screen()) and re.search(r' 2 E ', t.screen()), raw)
            t.keys('q')
            t.wait(lambda s: '2 flows are not saved' in s, 5, 'the question')
            t.keys('y')
            t.wait(lambda s: 'status=0' in s, 5, 'the end')


def test_scenario_29_themes_change_colours_only():
    with flood_origin() as o, Console() as c:
        equal(request(c.port, o.authority, '/x'), 200)
        equal(request(c.port, '127.0.0.1:%d' % free_port(), '/refused'), 502)
        c.tmux.wait(lambda s: ' 2 total' in s, 5, 'two rows')
        seen = {}
        for name in ('light', 'high', 'deuter', 'mono', '16', 'dark'):
            c.tmux.keys('Z')
            c.tmux.wait(lambda s: 'theme ' + name in s, 5, 'the toast of ' + name)
            seen[name] = [[x for x in c.tmux.screen(escapes).split('\n')[6:9]] for escapes in (False, True)]
        plain = {name: v[0] for name, v in seen.items() if name != 'mono'}
        equal(len({'\n'.join(v) for v in plain.values()}), 1, 'texts of the themes')
        coloured = ['\n'.join(v[1]) for v in seen.values()]
        equal(len(set(coloured)), len(coloured), 'themes that look different')
        check(not COLOUR.search('\n'.join(seen['mono'][1])), 'colours in mono')
        check(any(re.match('[>▸]', x) for x in seen['mono'][0]), 'no mark at the selected row in mono')
        # z takes the colours away, and gives them back.
        for coloured in (False, True):
            c.tmux.keys('z')
            until(lambda: bool(COLOUR.search(c.tmux.screen(escapes=True))) == coloured, 5, 'colours after z')
            check(re.search(r' 1 D ', c.tmux.screen()) and re.search(r' 2 E ', c.tmux.screen()), c.tmux.screen())
        c.quit()


def test_settings_are_written_and_read_again():
    home = new_dir('config')
    env = {'XDG_CONFIG_HOME': home}
    with Console(env=env) as c:
        c.tmux.keys('Z', 's')
        c.tmux.wait(lambda s: 'Change delay' in s, 5, 'the question')
        c.tmux.type('0.5')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'delay 0.5' in s, 5, 'the toast')
        c.tmux.keys('W')
        path = os.path.join(home, 'mitmtop', 'config')
        c.tmux.wait(lambda s: 'written to' in s, 5, 'the toast')
        with open(path) as f:
            equal(f.read(), 'set delay 500ms\nset theme light\n')
        equal(os.stat(path).st_mode & 0o7777, 0o600, 'mode')
        c.quit()
    with Console(env=env) as c:
        c.tmux.keys('s')
        c.tmux.wait(lambda s: 'from 0.5' in s, 5, 'the delay as it was')
        c.tmux.keys('Escape')
        pause(0.05)  # or the next key makes it Alt
        c.tmux.keys('Z')
        c.tmux.wait(lambda s: 'theme high' in s, 5, 'the theme behind light')
        c.quit()


def test_scenario_26_suspended_the_traffic_goes_on_and_fg_comes_back():
    with flood_origin() as o, Console() as c:
        authority = '127.0.0.1:%d' % o.port
        for i in range(30):
            equal(request(c.port, authority, '/%d' % i), 200)
        c.tmux.wait(lambda s: total(s) == 30)
        c.tmux.keys('g')
        c.tmux.keys('Down', 'Down', 'Down')
        c.tmux.wait(lambda s: c.selected() == 4)
        for size, how in (((100, 30), 'C-z'), ((80, 24), 'kill')):
            before = total(c.tmux.screen())
            if how == 'C-z':
                c.tmux.keys('C-z')
            else:
                os.kill(c.job(), signal.SIGTSTP)
            c.tmux.wait(lambda s: 'Flows:' not in s and re.search(r'ready\$ *$', s.rstrip()), what='the shell')
            until(lambda: c.tmux.flags() == '0 1 0', 5, lambda: 'terminal flags: ' + c.tmux.flags())
            for i in range(20):
                equal(request(c.port, authority, '/while/%d' % i), 200)
            c.tmux.resize(*size)
            c.tmux.command('fg')
            c.tmux.wait(lambda s: total(s) == before + 20 and c.selected() == 4, what='the console')
            c.tmux.wait(lambda s: 'back: the traffic went on' in s)
            c.tmux.sane()
        c.tmux.keys('Q')
        c.tmux.wait(lambda s: '70 flows are not saved' in s)
        c.tmux.keys('y')
        c.tmux.wait(lambda s: 'mitmtop: 70 flows' in s)


def test_a_suspended_console_ends_when_asked_and_leaves_the_terminal_to_the_shell():
    with flood_origin() as o, Console() as c:
        equal(request(c.port, '127.0.0.1:%d' % o.port), 200)
        job, pid = c.job(), c.pid()
        c.tmux.keys('C-z')
        c.tmux.wait(lambda s: re.search(r'ready\$ *$', s.rstrip()), what='the shell')
        os.kill(pid, signal.SIGTERM)
        until(lambda: support.ended(pid), 5, 'the end')
        c.tmux.command('fg')
        until(lambda: support.ended(job), 5, 'the end of the job')
        c.tmux.command('stty -a | tr " ;" "\\n\\n" | grep -x -e icanon -e -icanon; echo over')
        c.tmux.wait(lambda s: re.search(r'^icanon\s+over', s, re.M))


def test_the_parent_killed_takes_the_console_along():
    with Console() as c:
        job, pid = c.job(), c.pid()
        os.kill(job, signal.SIGKILL)
        until(lambda: support.ended(pid), 5, 'the end of the console')
        until(lambda: c.tmux.flags() == '0 1 0', 5, lambda: 'terminal flags: ' + c.tmux.flags())


def test_the_console_killed_outright_leaves_a_sane_terminal():
    with Console() as c:
        pid = c.pid()
        os.kill(pid, signal.SIGKILL)
        until(lambda: c.tmux.flags() == '0 1 0', 5, lambda: 'terminal flags: ' + c.tmux.flags())
        c.tmux.command('stty -a | tr " ;" "\\n\\n" | grep -x -e icanon -e -icanon; echo over')
        c.tmux.wait(lambda s: re.search(r'^icanon\s+over', s, re.M))


def test_started_in_the_background_it_waits_for_the_terminal():
    port = free_port()
    with Tmux() as t:
        t.command('%s -l 127.0.0.1:%d --ca %s &' % (program(), port, os.path.join(new_dir('ca'), 'ca')))
        t.wait(lambda s: re.search(r'ready\$ *$', s.rstrip()), what='the prompt')
        t.command('jobs')
        t.wait(lambda s: 'Stopped' in s)
        t.command('fg')
        t.wait(lambda s: 'Nothing has arrived yet' in s, 10)
        t.keys('q')
        t.wait(lambda s: 'mitmtop: 0 flows' in s)
