# SPDX-License-Identifier: MIT
"""The header's forms and the split screen in a real tmux."""
import os
import re
import threading

import support
from support import Origin, check, deadline, equal, free_port, new_dir, ok, serve, until
from test_console import Console

FOCUS = re.compile(r'^[─-]{2} #(\d+) .* (list|detail) focused, Tab [─-]{2}$', re.M)


def page(q):
    return ok(b'body of %s\n' % q.target, extra=b'Content-Type: text/plain\r\n')


def fill(c, origin, n):
    for i in range(n):
        equal(c.curl('http://%s/%d' % (origin.authority, i)).returncode, 0)
    c.tmux.wait(lambda s: re.search(r'flow \d+/%d\b' % n, s), 5, '%d rows' % n)


def panes(s):
    """Number of the flow in the detail and which pane has the keys; None without a split."""
    m = FOCUS.search(s)
    return (int(m.group(1)), m.group(2)) if m else None


def wait_panes(c, flow, focus):
    return c.tmux.wait(lambda s: panes(s) == (flow, focus), 5, 'flow %d, %s focused' % (flow, focus))


def still(s):
    """A screen without what goes on by itself."""
    lines = s.split('\n')
    return '\n'.join(x for x in lines if not re.match(r'mitmtop|Flows:|Net  :|TLS  :|Certs:|Lat  :', x))


class Traffic:
    """Requests one after another until the end."""

    def __init__(self, c, origin):
        self.c, self.url, self.end, self.done = c, 'http://%s/x' % origin.authority, threading.Event(), 0
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while not self.end.is_set():
            equal(self.c.curl(self.url).returncode, 0)
            self.done += 1

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.end.set()
        self.thread.join()


def test_split_follows_the_selection():
    with Origin(serve(page)) as o, Console(120, 36) as c:
        fill(c, o, 6)
        c.tmux.keys('g')
        c.tmux.keys('-')
        s = wait_panes(c, 1, 'list')
        check(re.search(r'^Lat  :', s, re.M), 'the header is whole at 36 rows', s)
        check('Tab Pane' in s and 'q Close' in s, 'key bar', s)
        c.tmux.keys('2')  # a header block in the list
        c.tmux.wait(lambda s: 'failed client' in s, 5, 'TLS exploded')
        c.tmux.keys('2')
        c.tmux.keys('2')
        for n in (2, 3):
            c.tmux.keys('j')
            wait_panes(c, n, 'list')
        c.tmux.keys('Tab')
        wait_panes(c, 3, 'detail')
        c.tmux.keys('2')  # a tab in the detail
        s = c.tmux.wait(lambda s: '[2 Response]' in s and 'body of /2' in s, 5, 'the response of flow 3')
        c.tmux.keys('J')
        s = c.tmux.wait(lambda s: panes(s) == (4, 'detail') and 'body of /3' in s, 5, 'the next flow, same tab')
        check('flow 4/6' in s, 'the list did not come along:', s)
        c.tmux.keys('K')
        c.tmux.keys('K')
        c.tmux.wait(lambda s: panes(s) == (2, 'detail') and 'flow 2/6' in s and 'body of /1' in s, 5, 'flow 2')
        c.tmux.keys('\\')
        s = c.tmux.wait(lambda s: s.startswith('#2 '), 5, 'the detail on the whole screen')
        check('[2 Response]' in s, s)
        c.tmux.keys('Tab')
        c.tmux.wait(lambda s: re.search(r'^Net  :', s, re.M) and not panes(s) and 'Both' in s, 5, 'the list on the whole screen')
        c.tmux.keys('\\')
        before = wait_panes(c, 2, 'list')
        c.tmux.keys(']')
        c.tmux.wait(lambda s: FOCUS.search(s) and FOCUS.search(s).start() > FOCUS.search(before).start(), 5, 'a larger list')
        c.tmux.sane()
        c.tmux.keys('Enter')
        wait_panes(c, 2, 'detail')
        c.tmux.keys('q')
        c.tmux.wait(lambda s: not panes(s) and 'flow 2/6' in s, 5, 'the list alone')
        # From the detail that covers the list the list comes back with `-`.
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: s.startswith('#2 '), 5, 'the detail')
        c.tmux.keys('-')
        wait_panes(c, 2, 'detail')
        c.tmux.keys('h')
        c.tmux.wait(lambda s: 'Help: flow ' in s, 5, 'help over the split')
        c.tmux.keys('q')
        wait_panes(c, 2, 'detail')
        c.quit()


@deadline(60)
def test_layouts_under_traffic():
    with Origin(serve(page)) as o, Console(160, 40) as c:
        fill(c, o, 3)
        with Traffic(c, o) as t:
            c.tmux.keys('-')
            c.tmux.wait(lambda s: re.search(r'TIME *│── #\d+ ', s), 5, 'the detail at the right first')
            c.tmux.keys('-')
            s = c.tmux.wait(panes, 5, 'the detail below')
            first = panes(s)[0]
            c.tmux.wait(lambda s: panes(s) and panes(s)[0] > first, 5, 'the detail follows the newest')
            c.tmux.keys('Tab')
            held = panes(c.tmux.wait(lambda s: panes(s) and panes(s)[1] == 'detail', 5, 'the detail has the keys'))[0]
            n = t.done
            until(lambda: t.done > n + 10, 10, 'ten more flows')
            s = c.tmux.wait(lambda s: re.search(r'follow off, \d+ new', s), 5, 'the list has stopped')
            equal(panes(s)[0], held, 'the flow that is being read')
            for what in ('detail', 'list', 'right', 'below') * 2:
                c.tmux.keys('-')
                c.tmux.wait({'detail': lambda s: s.startswith('#'), 'list': lambda s: 'sort ID' in s and 'Tab Pane' not in s,
                             'right': lambda s: re.search(r'TIME *│── #\d+ ', s), 'below': panes}[what], 5, what)
            c.tmux.sane()
        c.quit()


def test_split_survives_a_small_screen():
    with Origin(serve(page)) as o, Console(120, 36) as c:
        fill(c, o, 8)
        c.tmux.keys('g')
        c.tmux.keys('j')
        c.tmux.keys('-')
        c.tmux.keys('Tab')
        c.tmux.keys('2')
        c.tmux.wait(lambda s: panes(s) == (2, 'detail') and 'body of /1' in s, 5, 'the split')
        before = still(c.tmux.screen())
        c.tmux.resize(20, 5)
        c.tmux.wait(lambda s: 'the screen is too' in s, 5, 'the reason')
        c.tmux.resize(120, 36)
        c.tmux.wait(lambda s: still(s) == before, 8, 'the same screen')
        c.tmux.resize(80, 24)
        s = c.tmux.wait(lambda s: panes(s) == (2, 'detail') and re.match(r'mitmtop \d\d:', s), 5, 'a header of one line')
        check(not re.search(r'^(Flows|Net  ):', s, re.M), s)
        c.tmux.keys('q')
        c.tmux.wait(lambda s: re.search(r'^Lat  :', s, re.M), 5, 'the header is whole again')
        c.quit()


def test_exploded_blocks_tell_who_did_what():
    other = free_port()
    with Origin(serve(page), tls=support.lab().server_ctx()) as o, Console(120, 36, args='-l 127.0.0.1:%d' % other) as c:
        fill_url = 'https://%s/' % o.authority
        equal(c.curl(fill_url).returncode, 0)
        for i in range(2):
            r = support.run(['curl', '-sS', '-o', os.devnull, '-x', 'http://127.0.0.1:%d' % other, '--max-time', '5',
                             '--cacert', os.path.join(c.ca, 'ca.pem'), fill_url])
            equal(r.returncode, 0, r.stderr)
        check(c.curl(fill_url, trust=False).returncode != 0, 'a client that trusts nobody')
        c.tmux.keys('1')
        c.tmux.keys('2')
        c.tmux.wait(lambda s: re.search(r'^ +127\.0\.0\.1:%d .* 0 client +2 ever$' % c.port, s, re.M) and
                    re.search(r'^ +127\.0\.0\.1:%d .* 0 client +2 ever$' % other, s, re.M), 5, 'connections of each listener')
        s = c.tmux.wait(lambda s: 'failed client: peer_untrusted 1' in s, 5, 'the cause of a failure')
        check(re.search(r'done   client: TLSv1.3 3  server: TLSv1.3 4$', s, re.M), s)
        check('failed server: none' in s, s)
        ever = [int(n) for n in re.findall(r'worker \d .* (\d+) ever', s)]
        equal(sum(ever), 4, s)
        c.quit()


def test_header_is_kept_by_the_configuration():
    config = os.path.join(new_dir('config'), 'config')
    open(config, 'w').close()
    with Origin(serve(page)) as o:
        with Console(120, 36, args='--config %s' % config) as c:
            fill(c, o, 2)
            c.tmux.keys('4')
            c.tmux.wait(lambda s: re.search(r'ttfb p50 .*127\.0\.0\.1', s), 5, 'the slowest hosts')
            c.tmux.keys('1')
            c.tmux.wait(lambda s: re.search(r'^ +worker 1 ', s, re.M), 5, 'a line for each worker')
            c.tmux.keys('3')
            c.tmux.keys('3')
            c.tmux.wait(lambda s: 'Certs:' not in s, 5, 'no certificates')
            c.tmux.keys('t')
            c.tmux.wait(lambda s: re.search(r'^Net  :.*\[[█| ]+\]', s, re.M), 5, 'bars')
            c.tmux.keys('H')
            c.tmux.wait(lambda s: re.match(r'mitmtop \d\d:\d\d:\d\d .*req/s', s) and 'Flows:' not in s, 5, 'one line')
            c.tmux.keys('H')
            c.tmux.wait(lambda s: 'mitmtop' not in s and re.match(r' +ID', s), 5, 'no header')
            c.tmux.keys('H')
            c.tmux.wait(lambda s: 'Flows:' in s, 5, 'the header')
            c.tmux.keys('W')
            c.tmux.wait(lambda s: 'settings written' in s, 5, 'the file')
            c.quit()
        with open(config) as f:
            check('set header full net=exploded certs=off lat=exploded graph=bars\n' in f.read(), config)
        with Console(120, 36, args='--config %s' % config) as c:
            s = c.tmux.wait(lambda s: 'worker 1' in s, 5, 'what was kept')
            check('Certs:' not in s and re.search(r'^Net  :.*\[ +\]', s, re.M), s)
            c.quit()
    r = support.run([support.program(), '--header', 'full net=big', '-l', '127.0.0.1:0'])
    equal(r.returncode, 2, r.stderr)


def test_head_and_body_beside_each_other():
    body = b'{"lines": [%s], "last": "marker"}' % b', '.join(b'%d' % i for i in range(40))
    with Origin(serve(lambda q: ok(body, extra=b'Content-Type: application/json\r\nX-Marker: marker\r\n'))) as o, Console(120, 36) as c:
        fill(c, o, 1)
        c.tmux.keys('-')
        wait_panes(c, 1, 'list')
        c.tmux.keys('Tab')
        wait_panes(c, 1, 'detail')
        c.tmux.keys('2')
        both = re.compile(r'^headers \d.* │ body +\d+ B .*view: json', re.M)
        c.tmux.wait(lambda s: both.search(s) and re.search(r'^Content-Type: +application/json +│ ', s, re.M), 5, 'two columns')
        # The body goes on below the pane: keys move it, and the head stays as all of it is there.
        c.tmux.keys('C-f')
        c.tmux.wait(lambda s: not both.search(s) and re.search(r'^X-Marker: +marker +│ +\d', s, re.M), 5, 'the body further down')
        c.tmux.keys('Home')
        c.tmux.wait(both.search, 5, 'both at the top')
        # The wheel moves what is under the pointer.
        y = next(i for i, x in enumerate(c.tmux.lines()) if x.startswith('X-Marker'))
        c.tmux.type('\x1b[<65;100;%dM' % y)
        c.tmux.wait(lambda s: re.search(r'^headers \d.* │ +\d', s, re.M), 5, 'the body alone')
        c.tmux.type('\x1b[<65;10;%dM' % y)
        c.tmux.type('\x1b[<64;100;%dM' % y)
        c.tmux.wait(both.search, 5, 'the body back')
        # A search finds in the head, then in the body.
        c.tmux.keys('/')
        c.tmux.wait(lambda s: 'Find:' in s, 5, 'the prompt')
        c.tmux.type('marker')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '1 of 3' in s, 5, 'the name')
        c.tmux.keys('n', 'n')
        c.tmux.wait(lambda s: '3 of 3' in s and re.search(r'│ +"last": "marker"', s), 5, 'the last line of the body')
        # Not beside each other: in the whole screen, on request, and where there is no room.
        c.tmux.keys('\\')
        c.tmux.wait(lambda s: '"last"' in s and '│' not in s, 5, 'the whole screen')
        c.tmux.keys('\\')
        c.tmux.wait(lambda s: panes(s) == (1, 'detail') and '│' in s, 5, 'both panes')
        c.tmux.keys(':')
        c.tmux.type('set body-beside=no')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: panes(s) == (1, 'detail') and '│' not in s, 5, 'below each other')
        c.tmux.keys(':')
        c.tmux.type('set body-beside=yes')
        c.tmux.keys('Enter', 'Home')
        c.tmux.wait(both.search, 5, 'beside each other')
        c.tmux.resize(119, 36)
        c.tmux.wait(lambda s: panes(s) == (1, 'detail') and '│' not in s, 5, 'too narrow')
        c.tmux.resize(120, 36)
        c.tmux.wait(both.search, 5, 'wide enough')
        c.quit()
