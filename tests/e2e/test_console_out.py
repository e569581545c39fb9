# SPDX-License-Identifier: MIT
"""Getting things out of flows in a real tmux: copying, piping, saving; acceptance scenario 30 but for quitting."""
import os
import re

import support
from support import Origin, check, equal, new_dir, ok, run, serve, until
from test_console import Console
from test_console_flow import no_escapes, open_flow, raw_request, tab, wait_rows

TEXT = b'Content-Type: text/plain\r\n'


class Clipped(Console):
    """A console whose terminal keeps what is copied, and files in a home of its own."""

    def __init__(self, *args, **kw):
        self.home = new_dir('home')
        super().__init__(*args, env=dict(HOME=self.home, **kw.pop('env', {})), **kw)
        self.tmux('set-option', '-s', 'set-clipboard', 'on')

    def copied(self):
        return self.tmux('show-buffer', check_status=False)


def toast(c, words):
    return c.tmux.wait(lambda s: words in s.replace('\n', ' '), 5, words)


def copy(c, key, words):
    c.tmux.keys('y')
    c.tmux.wait(lambda s: 'sends the request again' in s, 5, 'the menu')
    c.tmux.sane()
    c.tmux.keys(key)
    toast(c, words)


def test_scenario_30_a_copied_curl_line_repeats_the_request():
    """Every byte that reaches the origin is the same; through sh, which is what /bin/sh is."""
    bodies = [b'', b'a=b&c=%20d', b"it's \"$HOME\" `id`\n\\n", bytes(range(256)), b'@/etc/passwd']
    with Origin(serve(lambda q: ok(b'x'))) as o, Clipped(100, 30) as c:
        n = 0
        for body in bodies:
            for target in ("/p?a=b&c='d'%20$(id)", '/a/../b'):
                args = ['--path-as-is', '-H', 'X-It: "its" $x', '-H', 'X-Empty;', '-H', 'User-Agent:']
                args += ['--data-binary', '@-'] if body else []
                if body:
                    name = os.path.join(c.home, 'body')
                    with open(name, 'wb') as f:
                        f.write(body)
                    args[-1] = '@' + name
                n += 1
                equal(c.curl(*args, 'http://%s%s' % (o.authority, target)).returncode, 0)
        wait_rows(c, n)
        c.tmux.keys('g')
        for i in range(1, n + 1):
            before = len(o.requests())
            if i == 1:
                copy(c, 'c', 'curl line of flow 1 copied')
            else:
                c.tmux.keys('j', 'Y')
                toast(c, 'curl line of flow %d copied' % i)
            line = until(c.copied, 5, 'the buffer')
            check(line.startswith(b'curl ') or line.startswith(b'printf '), line)
            r = run(['sh', '-c', line])
            equal(r.returncode, 0, (line, r.stderr))
            until(lambda: len(o.requests()) > before, 5, 'the request')
            was, now = o.requests()[i - 1], o.requests()[-1]
            equal((now.method, now.target, sorted(now.fields), now.body), (was.method, was.target, sorted(was.fields), was.body), line)
        c.tmux.sane()
        c.quit()


def test_copy_marked_flows_bodies_and_what_is_large():
    big = os.urandom(150000)
    with Origin(serve(lambda q: ok(big if q.target == b'/big' else b'\x00\xff body', extra=TEXT))) as o, Clipped(80, 24) as c:
        for path in ('a', 'big', 'c'):
            equal(c.curl('http://%s/%s' % (o.authority, path)).returncode, 0)
        wait_rows(c, 3)
        c.tmux.keys('Y')
        toast(c, 'nothing was copied yet')
        c.tmux.keys('g', 'm', 'G', 'm', 'k')
        copy(c, 'u', '2 URLs copied')
        equal(c.copied(), b'http://%s/a\nhttp://%s/c' % (o.authority.encode(), o.authority.encode()))
        # What is asked of one flow is asked of the selected one.
        copy(c, 'B', 'response body of flow 2')
        path = os.path.join(c.home, '.cache/mitmtop/copied')
        toast(c, 'response body of flow 2 is in ~/.cache/mitmtop/copied')
        with open(path, 'rb') as f:
            check(f.read() == big, 'the file is not the body')
        equal(os.stat(path).st_mode & 0o777, 0o600)
        c.tmux.keys('U')
        open_flow(c, 1)
        copy(c, 'B', 'response body of flow 1 copied')
        equal(c.copied(), b'\x00\xff body')
        copy(c, 'b', 'the request of flow 1 has no body')
        c.tmux.keys('Y')
        toast(c, 'the request of flow 1 has no body')
        copy(c, 'h', 'request head of flow 1 copied')
        check(c.copied().startswith(b'GET ') and c.copied().endswith(b'\r\n\r\n'), c.copied())
        c.tmux.keys('y')
        c.tmux.wait(lambda s: 'Copy' in s, 5, 'the menu')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'sends the request again' not in s, 5, 'no menu')
        c.quit()


def pipe(c, command, what='body'):
    c.tmux.keys('|')
    c.tmux.wait(lambda s: what in s and '|' in s, 5, 'the prompt')
    c.tmux.type(command)
    c.tmux.keys('Enter')


def test_pipe_shows_what_a_command_says():
    import gzip
    plain = b'3\n1\n2\n' * 20000
    with Origin(serve(lambda q: ok(gzip.compress(plain), extra=b'Content-Encoding: gzip\r\n'))) as o, Clipped(90, 24) as c:
        for i in range(3):
            equal(c.curl('http://%s/%d' % (o.authority, i)).returncode, 0)
        wait_rows(c, 3)
        open_flow(c, 2)
        tab(c, '2', 'Response')
        pipe(c, 'sort -u; echo to stderr >&2; exit 3', 'response body')
        s = c.tmux.wait(lambda s: 'exit status 3, 16 B' in s, 5, 'the output')
        equal([x.strip() for x in s.split('\n')[1:5]], ['1', '2', '3', 'to stderr'])
        c.tmux.sane()
        c.tmux.keys('q')
        # As received in Hex; a command that reads nothing; one that says things a terminal would obey.
        tab(c, '7', 'Hex')
        title = c.tmux.display('#{pane_title}')
        pipe(c, 'wc -c', 'response body')
        c.tmux.wait(lambda s: 'exit status 0' in s and re.search(r'^%d\b' % len(gzip.compress(plain)), s, re.M), 5, 'the bytes received')
        c.tmux.keys('q')
        pipe(c, "printf '\\033]0;PWNED\\007\\033[2J'; tty", 'response body')
        c.tmux.wait(lambda s: '\\x1b]0;PWNED' in s and 'not a tty' in s, 5, 'escaped output')
        no_escapes(c, title)
        c.tmux.keys('h')
        c.tmux.wait(lambda s: 'Help: output' in s, 5, 'its help')
        c.tmux.keys('q', 'q', 'q')
        # From the list: the bodies of all that are marked.
        wait_rows(c, 3)
        c.tmux.keys('g', 'Space', 'Space')
        pipe(c, 'wc -l', '2 response bodies')
        c.tmux.wait(lambda s: 'from 2 bodies' in s and re.search(r'^120000\b', s, re.M), 5, 'both bodies')
        c.tmux.keys('q')
        c.quit()


def test_pipe_waits_for_nobody_and_is_bounded():
    with Origin(serve(lambda q: ok(b'x'))) as o, Clipped(90, 24) as c:
        equal(c.curl('http://%s/' % o.authority).returncode, 0)
        wait_rows(c, 1)
        mark = os.path.join(c.home, 'mark')
        pipe(c, 'trap "" TERM; sleep 1000 & echo $! > %s; wait; wait; sleep 1000' % mark)
        c.tmux.wait(lambda s: 'running for' in s, 5, 'what is going on')
        equal(c.curl('http://%s/' % o.authority).returncode, 0)
        c.tmux.wait(lambda s: re.search(r'2 total', s), 5, 'the list goes on')
        c.tmux.keys('|')
        toast(c, 'not done yet')
        pid = int(until(lambda: os.path.exists(mark) and open(mark).read().strip(), 5, 'the pid'))
        c.tmux.keys('C-c')
        c.tmux.keys('C-c')
        c.tmux.wait(lambda s: 'ended by ^C' in s, 5, 'the end')
        until(lambda: support.ended(pid), 5, 'the end of what it had started')
        c.tmux.keys('q')
        pipe(c, 'yes')
        c.tmux.wait(lambda s: 'ended: it said more than 1 MiB' in s, 5, 'the end')
        c.tmux.keys('q')
        pipe(c, 'no-such-command-at-all')
        c.tmux.wait(lambda s: 'exit status 127' in s and 'not found' in s, 5, 'the refusal')
        c.tmux.keys('q')
        pipe(c, 'cat > /dev/null')
        c.tmux.wait(lambda s: 'The command said nothing.' in s, 5, 'nothing')
        c.tmux.keys('q')
        c.quit()


def test_shell_on_the_terminal():
    with Origin(serve(lambda q: ok(b'x'))) as o, Clipped(80, 24) as c:
        c.tmux.keys('!')
        c.tmux.wait(lambda s: re.search(r'^!', s, re.M), 5, 'the prompt')
        c.tmux.type('echo here $((40+2)); (exit 7)')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'here 42' in s and '[exit status 7, Enter goes back]' in s, 5, 'the output')
        equal(c.curl('http://%s/' % o.authority).returncode, 0, 'traffic while the shell has the terminal')
        c.tmux.keys('Enter')
        wait_rows(c, 1)
        c.tmux.keys('!', 'Enter')
        c.tmux.wait(lambda s: s.rstrip().endswith('$') or s.rstrip().endswith('#'), 5, 'a shell')
        c.tmux.command('exit 3')
        wait_rows(c, 1)
        c.tmux.keys('!')
        c.tmux.type('echo st"art"ed; sleep 1000')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'Flows:' not in s and 'started' in s, 5, 'the command')
        c.tmux.keys('C-c')
        c.tmux.wait(lambda s: '[exit status 130' in s, 5, 'the end of the command alone')
        c.tmux.keys('Enter')
        wait_rows(c, 1)
        c.quit()
