# SPDX-License-Identifier: MIT
"""The console in a real tmux: acceptance scenarios 1, 2, 3, 19 and 24, and the refusals before the screen starts."""
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import support
from support import (Origin, Skip, Tmux, check, equal, exclusive, free_port, lab, new_dir, ok, program, run, serve,
                     until)

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000


class Console:
    """mitmtop's console in a tmux pane."""

    def __init__(self, width=80, height=24, args='', env=None, listen='127.0.0.1'):
        self.port = free_port()
        self.ca = os.path.join(new_dir('ca'), 'ca')
        self.tmux = Tmux(width, height, env=env)
        self.tmux.command('%s -l %s:%d --ca %s --server-ca %s %s; echo "status=$?"' % (
            program(), listen, self.port, self.ca, lab().ca_pem, args))
        self.tmux.wait(lambda s: 'Nothing has arrived yet' in s or 'mitmtop' in s and 'Flows' in s, 10, 'the console')

    def curl(self, *args, trust=True):
        return run(['curl', '-sS', '-o', os.devnull, '-x', 'http://127.0.0.1:%d' % self.port, '--max-time', '5'] +
                   (['--cacert', os.path.join(self.ca, 'ca.pem')] if trust else []) + list(args))

    def rows(self):
        """The list's rows: number -> line."""
        out = {}
        for line in self.tmux.lines():
            m = re.match(r'[> ][* ]\s*(\d+) ([A-Z])', line)
            if m:
                out[int(m.group(1))] = line
        return out

    def job(self):
        """The process that the shell has started: the parent, which owns the job."""
        pane = int(self.tmux.display('#{pane_pid}'))
        return until(lambda: int((run(['pgrep', '-P', str(pane), '-x', 'mitmtop']).stdout.split() or [0])[0]), 5, 'the job')

    def pid(self):
        """The process with the console and the engine: its child."""
        job = self.job()
        return until(lambda: int((run(['pgrep', '-P', str(job), '-x', 'mitmtop']).stdout.split() or [0])[0]), 5, 'the process')

    def selected(self):
        y = int(self.tmux.display('#{cursor_y}'))
        m = re.match(r'[> ][* ]\s*(\d+) ', self.tmux.lines()[y])
        return int(m.group(1)) if m else 0

    def quit(self):
        self.tmux.sane()
        self.tmux.keys('Q')
        s = self.tmux.wait(lambda s: re.search(r'status=\d', s) or 'Quit' in s, 5, 'the end')
        if not re.search(r'status=\d', s):
            self.tmux.keys('y')
            s = self.tmux.wait(lambda s: re.search(r'status=\d', s), 5, 'the end')
        check('status=0' in s, 'exit status:', s)
        equal(self.tmux.flags().split()[0], '0', 'alternate screen after the end')

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.tmux.stop()


def own_namespace(hosts):
    """This test's process and its children get a network and an /etc/hosts of their own."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise Skip('namespaces need privileges')
    path = os.path.join(new_dir('hosts'), 'hosts')
    with open(path, 'w') as f:
        f.write(hosts)
    for argv in (['ip', 'link', 'set', 'lo', 'up'], ['mount', '--make-rprivate', '/'], ['mount', '--bind', path, '/etc/hosts']):
        r = run(argv)
        if r.returncode:
            raise Skip('%s: %s' % (' '.join(argv), r.stderr.decode()))


def test_scenario_1_first_start_and_the_printed_curl_line():
    support.need('ip')
    own_namespace('127.0.0.1 localhost example.org\n')
    ctx = lab().server_ctx()
    with Origin(serve(lambda q: ok(b'hello')), tls=ctx, port=443), Console() as c:
        text = c.tmux.sane()
        check('Nothing has arrived yet' in text and '127.0.0.1:%d' % c.port in text, text)
        lines = [x.strip() for x in text.split('\n')]
        at = next((i for i, x in enumerate(lines) if x.startswith('curl ')), None)
        check(at is not None, 'no curl line in', text)
        line = lines[at]
        while line.endswith('\\'):
            at += 1
            line = line[:-1] + lines[at]
        fingerprint = run(['openssl', 'x509', '-in', os.path.join(c.ca, 'ca.pem'), '-noout', '-fingerprint', '-sha256']).stdout.decode()
        want = fingerprint.strip().split('=')[1]
        shown = ''.join(re.findall(r'(?:[0-9A-F]{2}:){7,}[0-9A-F]{0,2}', text))
        equal(shown, want, 'fingerprint')
        check(os.path.join(c.ca, 'ca.pem').replace(support.work_dir(), '~') in line, 'the path of the CA in', line)
        r = run(['sh', '-c', line + ' --max-time 5'])
        equal(r.returncode, 0, 'exit status of: %s: %s' % (line, r.stderr))
        s = c.tmux.wait(lambda s: re.search(r' 1 D h1 +GET +200 example.org', s), 1.5, 'the row')
        check('Nothing has arrived' not in s, s)
        c.quit()


def test_scenario_2_twenty_requests_of_a_client_that_offers_http2():
    answers = {b'/ok': ok(b'x' * 100), b'/304': b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
               b'/404': ok(b'gone', status=b'404 Not Found'), b'/500': ok(b'oops', status=b'500 Internal Server Error'),
               b'/redirect': ok(b'', status=b'302 Found', extra=b'Location: /ok\r\n'), b'/big': ok(b'y' * 3000000)}

    def handler(conn):
        while True:
            q = conn.read_request()
            if q is None:
                return
            conn.send(answers[q.target.split(b'?')[0]])

    with Origin(handler, tls=lab().server_ctx()) as tls, Origin(handler) as plain, Console(100, 36) as c:
        t, p = 'https://' + tls.authority, 'http://' + plain.authority
        wanted = []
        for base in (t, p):
            for method, path, code, size in (('GET', '/ok', 200, '100'), ('POST', '/ok', 200, '100'), ('GET', '/304', 304, '0'),
                                             ('GET', '/404', 404, '4'), ('GET', '/500', 500, '4'), ('GET', '/redirect', 302, '0'),
                                             ('GET', '/big', 200, '2.9M'), ('HEAD', '/ok', 200, '0'), ('GET', '/ok', 200, '100'),
                                             ('PUT', '/ok', 200, '100')):
                extra = {'POST': ['-d', 'a=b'], 'HEAD': ['-I'], 'PUT': ['-X', 'PUT', '-d', 'z']}.get(method, [])
                r = c.curl('--http2', *extra, base + path)  # offered; the proxy speaks 1.1
                equal(r.returncode, 0, 'curl %s: %s' % (path, r.stderr))
                wanted.append((method, path, code, size))
        c.tmux.wait(lambda s: re.search(r'Flows: +20 total', s), 5, '20 flows in the header')
        c.tmux.sane()
        for n, (method, path, code, size) in enumerate(wanted, 1):
            row = c.rows().get(n, '')
            check(re.search(r'%d D h1 .*%s +%d .*%s +.*%s ' % (n, method, code, re.escape(path), re.escape(size)), row),
                  'row %d is %r, wanted %s %s %d %s' % (n, row, method, path, code, size))
        c.tmux.wait(lambda s: any(x.startswith('Net') and len(set(re.findall('[▁▂▃▄▅▆▇█]', x))) > 1 for x in s.split('\n')), 3,
                    'a sparkline that is not flat')
        c.quit()


def test_scenario_3_five_failures_each_a_row():
    def close_after_request(conn):
        conn.read_request()

    dead = free_port()
    with Origin(serve(lambda q: ok()), tls=lab().server_ctx()) as good, Origin(close_after_request) as closer, \
            Origin(serve(lambda q: ok()), tls=lab().server_ctx('expired')) as expired, Console(120, 36) as c:
        c.curl('https://' + good.authority, trust=False)
        c.curl('https://127.0.0.1:%d/' % dead)
        c.curl('http://no-such-host.invalid/')
        c.curl('http://' + closer.authority + '/x')
        c.curl('https://' + expired.authority)
        text = c.tmux.wait(lambda s: re.search(r' 5 failed', s), 8, '5 failed')
        rows = c.rows()
        for n, state, word in ((1, 'F', 'unknown_ca'), (2, 'E', 'refused'), (3, 'E', 'no-such-host'), (4, 'E', 'closed'),
                               (5, 'F', 'expired')):
            line = rows.get(n, '')
            check(re.search(r' %d %s ' % (n, state), line), 'row %d is %r, wanted state %s' % (n, line, state))
        # What does not fit the row stands in full in the detail.
        c.tmux.keys('g', 'Enter')
        for n, (side, word) in enumerate((('client', 'unknown_ca'), (None, 'efused'), (None, 'resolved'), (None, 'closed'), ('server', 'expired')), 1):
            s = c.tmux.wait(lambda s: re.search(r'#%d\b' % n, s), 5, 'detail of flow %d' % n)
            c.tmux.keys('3' if side else '2')
            s = c.tmux.wait(lambda s: word in s, 5, '%r in the detail of flow %d' % (word, n))
            if side:
                check('FAILED on the %s side' % side in s, s)
            if n == 1:
                c.tmux.keys('G')
                s += c.tmux.wait(lambda s: 'passthrough' in s.lower() or 'Passthrough' in s, 5, 'the remedies')
                for w in ('trust', 'passthrough', 'breakpoint'):
                    check(w in s.lower(), w, 'is not named in', s)
            c.tmux.keys('J')
        check('5 failed' in text, text)
        c.quit()


def test_scenario_19_resizes_keep_selection_and_screen():
    with Origin(serve(lambda q: ok(b'x'))) as o, Console(120, 36) as c:
        for i in range(40):
            equal(c.curl('http://%s/%d' % (o.authority, i)).returncode, 0)
        c.tmux.wait(lambda s: 'flow 40/40' in s, 5, 'all rows')
        c.tmux.keys('k', 'k', 'k', 'k', 'k')
        until(lambda: c.selected() == 35, 5, lambda: 'selected is %d' % c.selected())

        def still(s):
            """The list without what time alone changes."""
            return [x for x in s.split('\n') if re.match(r'[> ][* ]\s*\d+ [A-Z] ', x)]
        before = still(c.tmux.sane())
        c.tmux.resize(20, 5)
        s = c.tmux.wait(lambda s: re.search(r'\b35\b', s) and '35/40' in s and re.match(r'\S*\d.*/s', s), 5,
                        'header, selected row and status at 20x5')
        c.tmux.sane()
        check(s.strip(), 'nothing at 20x5')
        c.tmux.resize(10, 3)
        c.tmux.wait(lambda s: s.strip() != '', 5, 'something true at 10x3')
        c.tmux.sane()
        c.tmux.resize(120, 36)
        until(lambda: still(c.tmux.screen()) == before, 5,
              lambda: 'the same list as before:\n%s\nnot\n%s' % ('\n'.join(before), c.tmux.screen()))
        equal(c.selected(), 35, 'selection after resizes')
        c.quit()


@exclusive
def test_scenario_24_ctrl_s_stops_nothing():
    with Origin(serve(lambda q: ok(b'x'))) as o, Console() as c:
        c.curl('http://%s/first' % o.authority)
        c.tmux.wait(lambda s: '/first' in s, 5, 'the first row')
        c.tmux.keys('C-s')
        c.tmux.wait(lambda s: 'terminal flow control is off' in s, 5, 'the toast')
        for i in range(100):
            equal(c.curl('http://%s/%d' % (o.authority, i)).returncode, 0, 'curl %d after ^S' % i)
        c.tmux.keys('j')
        c.tmux.wait(lambda s: re.search(r'101 total', s), 5, 'the screen goes on')
        tty = c.tmux.display('#{pane_tty}')
        check('-ixon' in run(['stty', '-a', '-F', tty]).stdout.decode(), 'ixon is on')
        c.tmux.keys('C-q')
        c.tmux.wait(lambda s: 'terminal flow control is off' in s, 5, 'the toast of ^Q')
        c.quit()


def test_no_screen_without_a_terminal_that_can():
    ca = os.path.join(new_dir('ca'), 'ca')
    r = run([program(), '-l', '127.0.0.1:0', '--ca', ca])
    equal(r.returncode, 2, 'exit status without a terminal')
    check(b'-n' in r.stderr and r.stderr.count(b'\n') == 1 and not r.stdout, r.stderr, r.stdout)
    for term in ('dumb', 'nonesuch'):
        with Tmux() as t:
            t.command('TERM=%s %s -l 127.0.0.1:0 --ca %s; echo "status=$?"' % (term, program(), ca))
            s = t.wait(lambda s: re.search(r'status=\d', s), 5, 'the refusal of TERM=' + term)
            check('status=2' in s and 'mitmtop: ' in s and '-n' in s, s)
            equal(t.flags().split()[0], '0', 'alternate screen')


def test_port_in_use_is_one_sentence():
    with socket.create_server(('127.0.0.1', 0)) as s:
        port = s.getsockname()[1]
        r = run([program(), '-n', '-l', '127.0.0.1:%d' % port, '--ca', os.path.join(new_dir('ca'), 'ca')])
        equal(r.returncode, 2)
        m = re.fullmatch(r'mitmtop: cannot listen on 127\.0\.0\.1:%d: Address already in use \(held by pid %d \S+\)\. Try -p (\d+)\n'
                         % (port, os.getpid()), r.stderr.decode())
        check(m, r.stderr)
        # It proposes none that is wanted anyway.
        r = run([program(), '-n', '-l', str(port), '-l', str(int(m.group(1))), '--ca', os.path.join(new_dir('ca'), 'ca')])
        check(re.search(r'Try -l 127\.0\.0\.1:(?!%s\n)\d+\n$' % m.group(1), r.stderr.decode()), r.stderr)
        # What it proposes is free.
        p = subprocess.Popen([program(), '-n', '-p', m.group(1), '--ca', os.path.join(new_dir('ca'), 'ca')], stderr=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, env=support.clean_env())
        check(b'listening on 127.0.0.1:%s\n' % m.group(1).encode() in p.stderr.readline(), 'the proposed port')
        p.terminate()
        equal(p.wait(10), 0)
        p.stderr.close()
    with socket.create_server(('0.0.0.0', 0)) as s:
        port = s.getsockname()[1]
        r = run([program(), '-n', '-l', '0.0.0.0:%d' % port, '--ca', os.path.join(new_dir('ca'), 'ca')])
        check(re.search(r'0\.0\.0\.0:%d: .*held by pid %d .*Try -l 0\.0\.0\.0:\d+\n$' % (port, os.getpid()), r.stderr.decode()), r.stderr)


def as_nobody(argv):
    """Runs it as another user, with a home of its own."""
    if os.geteuid() != 0:
        raise Skip('only root becomes another user')
    home = tempfile.mkdtemp(prefix='mitmtop-nobody.')
    os.chown(home, 65534, 65534)
    prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    env = dict(support.clean_env(), HOME=home)
    for name in ('XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME'):
        env.pop(name, None)
    try:
        if run(prefix + ['test', '-x', program()], env=env).returncode:
            raise Skip('another user cannot run the program')
        return run(prefix + [a.replace('HOME', home) for a in argv], env=env)
    finally:
        shutil.rmtree(home)


def test_the_holder_of_a_port_that_may_not_be_seen():
    with socket.create_server(('127.0.0.1', 0)) as s:
        r = as_nobody([program(), '-n', '-p', str(s.getsockname()[1]), '--ca', 'HOME/ca'])
        equal(r.returncode, 2)
        check(re.fullmatch(r'mitmtop: cannot listen on \S+ Address already in use\. Try -p \d+\n', r.stderr.decode()), r.stderr)


def test_a_ca_key_that_may_not_be_read():
    r = as_nobody(['sh', '-c', '"$0" env --ca HOME/ca >&2 && chmod 000 HOME/ca/ca.key && exec "$0" -n -p 0 --ca HOME/ca', program()])
    equal(r.returncode, 2)
    check(re.search(r'\nmitmtop: cannot read the CA key \S+/ca/ca\.key: Permission denied\. '
                    r'Run as its owner, or name another folder with --ca DIR\n$', r.stderr.decode()), r.stderr)


def test_signals_leave_a_sane_terminal():
    for sig in ('TERM', 'HUP', 'INT', 'ABRT'):
        with Console() as c:
            pid = c.pid()
            os.kill(pid, getattr(signal, 'SIG' + sig))
            c.tmux.wait(lambda s: re.search(r'status=\d', s), 5, 'the end by SIG' + sig)
            equal(c.tmux.flags(), '0 1 0', 'terminal flags after SIG' + sig)
