# SPDX-License-Identifier: MIT
"""Getting things out of flows in a real tmux: copying, piping, saving; acceptance scenario 30 but for quitting."""
import base64
import json
import os
import re

import support
from support import Origin, check, equal, new_dir, ok, run, serve, until
from test_console import Console
from test_console_flow import no_escapes, open_flow, tab, wait_rows
from test_session import small_disk

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


def test_the_first_curl_line_is_copied():
    with Origin(serve(lambda q: ok(b'x'))) as o, Clipped(80, 24) as c:
        s = c.tmux.wait(lambda s: 'y Copy curl line' in s, 5, 'the empty list')
        check('/ Find' not in s and ': Command' in s, 'keys of a list that is empty:', s)
        c.tmux.keys('y')
        toast(c, 'curl line copied')
        line = until(c.copied, 5, 'the buffer').decode()
        check(line.startswith('curl -x http://127.0.0.1:%d --cacert ' % c.port) and line.endswith(' https://example.org/'), line)
        equal(run(['sh', '-c', line.replace('https://example.org/', 'http://%s/' % o.authority)]).returncode, 0)
        c.tmux.wait(lambda s: 'y Copy curl' not in s and '/ Find' in s, 5, 'the row')
        copy(c, 'u', 'URL of flow 1 copied')
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
        # Decoded, and all of the message.
        c.tmux.keys('t')
        c.tmux.wait(lambda s: 'response body decoded' in s and '  3.1.2.3.' in s, 5, 'the body decoded')
        pipe(c, 'wc -c', 'decoded response body')
        c.tmux.wait(lambda s: 'exit status 0' in s and re.search(r'^%d\b' % len(plain), s, re.M), 5, 'the bytes decoded')
        c.tmux.keys('q', 't', 't')
        c.tmux.wait(lambda s: 'response raw, as recorded' in s and 'HTTP/1.1 200' in s, 5, 'the message')
        pipe(c, "sed '1,/^.$/d' | gzip -dc | wc -c", 'response')
        c.tmux.wait(lambda s: 'exit status 0' in s and re.search(r'^%d\b' % len(plain), s, re.M), 5, 'head and body')
        c.tmux.keys('q', 't', 't', 't')
        c.tmux.wait(lambda s: 'request headers' in s and 'GET http://127.0' in s, 5, 'the head of the request')
        c.tmux.keys('t', 't')
        c.tmux.wait(lambda s: 'response body as received' in s, 5, 'the beginning again')
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


def save(c, key, path, enter=True):
    c.tmux.keys('w')
    c.tmux.wait(lambda s: 'to a session file' in s, 5, 'the menu')
    c.tmux.sane()
    c.tmux.keys(key)
    c.tmux.wait(lambda s: re.search(r'^Save .* to:', s, re.M), 5, 'the prompt')
    c.tmux.type(path)
    if enter:
        c.tmux.keys('Enter')


def saved(path):
    """The flows of a session file, as -r tells of them."""
    r = run([support.program(), '-n', '-v', '-r', path, '--json'])
    equal(r.returncode, 0, r.stderr)
    return [json.loads(line) for line in r.stdout.splitlines()]


def test_scenario_30_marks_undo_and_a_save_onto_an_existing_file():
    with Origin(serve(lambda q: ok(b'body of ' + q.target, extra=TEXT))) as o, Clipped(100, 30) as c:
        for i in range(5):
            equal(c.curl('http://%s/%d' % (o.authority, i)).returncode, 0)
        wait_rows(c, 5)
        before = [re.sub(r'^[> ]', ' ', x) for x in c.rows().values()]
        c.tmux.keys('g', 'Space', 'Space', 'j', 'Space', 'k')
        c.tmux.wait(lambda s: 'MARK 3' in s, 5, 'three marks')
        c.tmux.keys('d')
        toast(c, 'deleted')
        c.tmux.keys('u')
        toast(c, 'is back')
        after = list(c.rows().values())
        equal([x.replace('*', ' ')[1:] for x in after], [x[1:] for x in before], 'rows')
        equal([x[1] for x in after], ['*', '*', ' ', '*', ' '], 'marks')
        path = os.path.join(c.home, 'some flows')
        save(c, '1', '~/some flows')
        toast(c, '3 flows saved to ~/some flows')
        equal([(r['number'], r['path']) for r in saved(path)], [(1, '/0'), (2, '/1'), (3, '/3')])
        equal(os.stat(path).st_mode & 0o777, 0o600)
        # Append, replace, or neither.
        for key, words, want in (('Escape', None, 3), ('a', '3 flows saved', 6), ('r', '3 flows saved', 3)):
            save(c, '1', path)
            c.tmux.wait(lambda s: 'is there' in s and 'append' in s and 'replace' in s, 5, 'the question')
            c.tmux.sane()
            c.tmux.keys(key)
            if words:
                toast(c, words)
            c.tmux.wait(lambda s: 'append' not in s, 5, 'the end of the question')
            rows = saved(path)
            equal([r['number'] for r in rows], list(range(1, want + 1)))
        save(c, 'a', '~/all')
        toast(c, '5 flows saved to ~/all')
        equal([r['path'] for r in saved(os.path.join(c.home, 'all'))], ['/%d' % i for i in range(5)])
        # What cannot be: the reason stands under the text, which stays.
        for name, why in (('~', 'that is a directory'), ('~/none/x', 'No such file'), ('/dev/null', 'no regular file')):
            save(c, '1', name)
            c.tmux.wait(lambda s: why in s and 'Save 3 marked flows to: ' + name in s, 5, why)
            c.tmux.keys('Escape')
        # A body, and a name that a terminal would obey.
        c.tmux.keys('U', 'g')
        save(c, '2', '~/b\u202ey')
        title = c.tmux.display('#{pane_title}')
        toast(c, '10 B saved to ~/b\\u{202e}y')
        no_escapes(c, title)
        with open(os.path.join(c.home, 'b\u202ey'), 'rb') as f:
            equal(f.read(), b'body of /0')
        save(c, '3', '~/none')
        c.tmux.wait(lambda s: 'the request of flow 1 has no body' in s, 5, 'the reason')
        c.tmux.keys('Escape')
        open_flow(c, 2)
        save(c, '4', '~/raw')
        toast(c, 'saved to ~/raw')
        with open(os.path.join(c.home, 'raw'), 'rb') as f:
            check(re.match(rb'HTTP/1.1 200 OK\r\n.*\r\n\r\nbody of /1$', f.read(), re.S), 'head and body')
        equal(sorted(x for x in os.listdir(c.home) if not x.startswith('.')), ['all', 'b\u202ey', 'raw', 'some flows'])
        c.quit()


def test_save_elsewhere_when_the_session_file_is_full():
    disk = small_disk(1024)
    with Origin(serve(lambda q: ok(os.urandom(100000)))) as o, Clipped(args='-w ' + os.path.join(disk, 's')) as c:
        n = 0
        while 'SAVE STOPPED' not in c.tmux.screen():
            equal(c.curl('http://%s/%d' % (o.authority, n)).returncode, 0)
            n += 1
            check(n < 100, c.tmux.screen())
        c.tmux.wait(lambda s: 'Enter Details  w Save elsewhere  Esc Hide' in s, 5, 'its keys')
        c.tmux.wait(lambda s: re.search(r'after\s+(\d+\.\d|\d+) [KM]iB,\s+\d+\s+flow', s), 5, 'how far it got')
        c.tmux.keys('q')
        c.tmux.wait(lambda s: re.search(r'\d+ flows? (are|is) not saved', s), 5, 'the question')
        c.tmux.keys('n')
        c.tmux.wait(lambda s: 'not saved' not in s, 5, 'the list')
        c.tmux.keys('w')
        c.tmux.wait(lambda s: re.search(r'Save all \d+ flows to:', s), 5, 'the question')
        c.tmux.type('~/elsewhere')
        c.tmux.keys('Enter')
        toast(c, 'flows saved to ~/elsewhere')
        equal(len(saved(os.path.join(c.home, 'elsewhere'))), n)
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'Event log' in s and re.search('error .*(full|No space)', s.replace('\n', ' ')) and 'problem' not in s, 5, 'the event')
        c.tmux.keys('q', 'q')
        c.tmux.wait(lambda s: 'Quit' in s or 'status=' in s, 5, 'the end')
        c.tmux.keys('y')


def test_scenario_30_a_save_onto_a_full_disk():
    disk = small_disk(1024)
    with Origin(serve(lambda q: ok(os.urandom(100000)))) as o, Clipped(100, 30) as c:
        for i in range(30):
            equal(c.curl('http://%s/%d' % (o.authority, i)).returncode, 0)
        wait_rows(c, 30)
        first = os.path.join(disk, 'flows')
        c.tmux.keys('g', 'm')
        save(c, '1', first)
        toast(c, '1 flow saved')
        c.tmux.keys('U')
        for key in ('r', 'a'):
            save(c, '1', first)
            c.tmux.wait(lambda s: 'is there' in s, 5, 'the question')
            c.tmux.keys(key)
            c.tmux.wait(lambda s: re.search('disk is full|No space left', s) and 'Save 30 shown flows to: ' + first in s, 15, 'the refusal')
            c.tmux.sane()
            equal(len(saved(first)), 1, 'flows in the file that was there')
            c.tmux.keys('Escape')
            c.tmux.wait(lambda s: 'shown flows' not in s, 5, 'no prompt')
        save(c, '1', os.path.join(disk, 'other'))
        c.tmux.wait(lambda s: re.search('disk is full|No space left', s), 15, 'the refusal')
        equal(os.listdir(disk), ['flows'], 'what is left on the disk')
        # Somewhere else, in the same prompt.
        c.tmux.keys('C-u')
        c.tmux.type('~/elsewhere')
        c.tmux.keys('Enter')
        toast(c, '30 flows saved to ~/elsewhere')
        equal(len(saved(os.path.join(c.home, 'elsewhere'))), 30)
        equal(c.curl('http://%s/last' % o.authority).returncode, 0)
        wait_rows(c, 31)
        c.quit()


def test_save_what_only_the_session_file_has():
    """Flows that have left memory are read back for it, and the file that is being written is not written to."""
    path = os.path.join(new_dir('session'), 's')
    with Origin(serve(lambda q: ok(support.noise(60000, q.target)))) as o, Clipped(100, 30, args='-w %s --memory 1M' % path) as c:
        for i in range(60):
            equal(c.curl('http://%s/%d' % (o.authority, i)).returncode, 0)
        wait_rows(c, 60)
        save(c, '1', '~/copy')
        toast(c, '60 flows saved to ~/copy')
        for key in ('a', 'r'):
            save(c, '1', path)
            c.tmux.wait(lambda s: 'is there' in s, 5, 'the question')
            c.tmux.keys(key)
            c.tmux.wait(lambda s: 'that is the session file that is open here' in s, 5, 'the refusal')
            c.tmux.keys('Escape')
        c.quit()
        r = run([support.program(), '-n', '-vv', '-r', os.path.join(c.home, 'copy'), '--json'])
        rows = [json.loads(line) for line in r.stdout.splitlines()]
        equal(len(rows), 60)
        for i, row in enumerate(rows):
            got = base64.b64decode(row['response_body_b64'])
            check(got == support.noise(60000, b'/%d' % i), 'body of', i, len(got))


def test_folds_long_fields_and_nested_values():
    deep = json.dumps({'a': {'b': {'c': [1, 2, 3]}}, 'd': [{'needle': 1}, 2], 'e': {}}).encode()
    long = b'x' * 400 + b'the-end'
    with Origin(serve(lambda q: ok(deep, extra=b'Content-Type: application/json\r\nX-Long: ' + long + b'\r\n'))) as o, Clipped(80, 30) as c:
        equal(c.curl('http://%s/' % o.authority).returncode, 0)
        wait_rows(c, 1)
        open_flow(c, 1)
        s = tab(c, '2', 'Response')
        check(re.search(r'^x-long: +x+\u2026 \(407 B, Enter unfolds\)$', s, re.M | re.I), s)
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'the-end' in s.replace('\n', '') and 'unfolds' not in s, 5, 'the whole field')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '407 B, Enter unfolds' in s, 5, 'it is folded again')
        c.tmux.keys('{')
        s = c.tmux.wait(lambda s: '"a": {\u20261},' in s, 5, 'one level')
        check('"d": [\u20262],' in s and '"e": {}' in s and 'needle' not in s, s)
        c.tmux.keys('}')
        c.tmux.wait(lambda s: '"b": {\u20261}' in s and '{\u20261},\n    2' in s, 5, 'two levels')
        c.tmux.keys('/')
        c.tmux.type('needle')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '1 of 1' in s and '"needle": 1' in s and '"c": [' in s, 5, 'what was folded is found')
        tab(c, '3', 'TLS')
        c.tmux.keys('Enter')
        toast(c, 'nothing is folded here')
        c.quit()


def test_compare_two_marked_flows():
    def answer(q):
        n = int(q.target[1:])
        doc = dict([('same%02d' % i, i) for i in range(20)] + [('value', 'v%d' % n), ('\x1b]0;PWNED\x07', n)])
        extra = b'Content-Type: application/json\r\n' + (b'X-Only: 1\r\n' if n == 1 else b'X-Other: \x9b31m\r\n')
        return ok(json.dumps(doc).encode(), extra=extra)

    for width in (80, 120):
        with Origin(serve(answer)) as o, Clipped(width, 36) as c:
            for i in range(3):
                equal(c.curl('http://%s/%d' % (o.authority, i)).returncode, 0)
            wait_rows(c, 3)
            title = c.tmux.display('#{pane_title}')
            c.tmux.keys('g', '&')
            toast(c, 'compare wants two marked flows, 0 are')
            c.tmux.keys('j', 'm', 'j', 'm', '&')
            s = c.tmux.wait(lambda s: 'compare  - #2  + #3' in s and '[2 Response]' in s, 5, 'the comparison')
            no_escapes(c, title)
            for want in (r'"value": "v1"', r'"value": "v2"', r'- x-only: 1', r'\+ x-other: \\x9b31m', r'\(\d+ equal lines\)'):
                check(re.search(want, s, re.I), want, 'is not in', s)
            equal(bool(re.search(r'"v1".*"v2"', s)), width >= 100, 'side by side')
            check('same05' not in s and 'same19' in s, s)
            n = int(re.search(r'(\d+) places differ', s).group(1))
            check(n >= 2, s)
            c.tmux.keys('n')
            toast(c, 'difference 1 of %d' % n)
            c.tmux.keys('N')
            toast(c, 'difference %d of %d' % (n, n))
            c.tmux.keys('1')
            s = c.tmux.wait(lambda s: '[1 Request]' in s and 'Neither has a body' in s, 5, 'the requests')
            check(re.search('^- GET .*/1 ', s, re.M) and '+ GET ' in s and re.search('^  User-Agent: ', s, re.M), s)
            no_escapes(c, title)
            c.tmux.keys('q')
            wait_rows(c, 3)
            c.quit()
