# SPDX-License-Identifier: MIT
"""Threats to the terminal, T01 and T03 to T11, each by name (T02, T10, T12 and T13 are in test_console_life)."""
import re
import time

import support
from support import Origin, check, deadline, display_width, equal, ok, serve, until
from test_console import Console
from test_console_flow import open_flow, raw_request, tab, wait_rows

TEXT = b'Content-Type: text/plain\r\n'

# What a terminal obeys: title, clipboard, screens, mouse, colours, cursor, modes, status line, DCS, 8-bit forms.
SEQUENCES = [b'\x1b]0;PWNED\x07', b'\x1b]2;PWNED\x1b\\', b'\x1b]52;c;UFdORUQ=\x07', b'\x1b[?1049l', b'\x1b[?1049h', b'\x1b[?1002h',
             b'\x1b[?1006h', b'\x1b[31mred', b'\x1b[2J\x1b[H', b'\x1b[99;99Hx', b'\x1b[?25l', b'\x1bc', b'\x1bP$qm\x1b\\', b'\x1b_x\x1b\\',
             b'\x1b#8', b'\x1b(0abc', b'\x9b31m', b'\x9d0;PWNED\x9c', b'\xc2\x9b31m', b'\xc2\x9d0;PWNED\xc2\x9c', b'\x0e\x0f', b'\x08\x08\x7f',
             b'\x05', b'\x1b[6n', b'\x1b[c', b'\x1b]10;?\x07']


def sequences_shown(text):
    return re.findall('[\x00-\x09\x0b-\x1f\x7f\x80-\x9f]', re.sub('\x1b\\[[0-9;:]*m', '', text))


def unmoved(c, title):
    """Nothing but the cells has changed: title, screen, cursor, mouse, clipboard."""
    c.tmux.sane()
    check(not sequences_shown(c.tmux.screen(escapes=True)), 'a control byte on the screen', c.tmux.screen(escapes=True))
    equal(c.tmux.display('#{pane_title}'), title, 'title')
    equal(c.tmux.flags().split()[0], '1', 'alternate screen')
    check('PWNED' not in c.tmux('show-buffer', check_status=False).decode('utf-8', 'replace'), 'the clipboard was written')


def test_t01_escape_sequences_everywhere():
    """In URL, request and response fields, status text, body, trailer: what is refused shows why, also escaped."""
    def handler(conn):
        head = conn.read_head()
        if not head:
            return
        n = int(re.search(rb'/s(\d+)', head).group(1))
        evil = SEQUENCES[n % len(SEQUENCES)]
        safe = bytes(b for b in evil if b >= 0x80 or 0x20 <= b < 0x7f)
        conn.send(b'HTTP/1.1 200 ' + safe + b'\r\nX-A: ' + safe + b'\r\n' + TEXT + b'Content-Length: %d\r\n\r\n' % len(evil) + evil)

    with Origin(handler) as o, Console(120, 36) as c:
        c.tmux('set-option', '-g', 'set-clipboard', 'on')
        title = c.tmux.display('#{pane_title}')
        for n, evil in enumerate(SEQUENCES):
            raw_request(c, o, b'/s%d' % n, b'X-Q: ' + bytes(b for b in evil if b >= 0x80) + b'\r\n')
        for evil in SEQUENCES[:4]:
            raw_request(c, o, b'/s0?' + evil)
        n = len(SEQUENCES) + 4
        wait_rows(c, n)
        unmoved(c, title)
        open_flow(c, 1)
        for i in range(1, n + 1):
            c.tmux.wait(lambda s: re.match(r'#%d\b' % i, s), 5, 'flow %d' % i)
            for digit, name in (('1', 'Request'), ('2', 'Response'), ('7', 'Hex')):
                tab(c, digit, name)
                unmoved(c, title)
            c.tmux.keys('J')
        c.quit()


def test_t03_one_flow_is_one_row():
    forged = [b'/a%0d%0b', b'/b\xe2\x80\xa8 9 D h1 GET 200 forged'.replace(b' ', b'\xc2\xa0'), b'/c\xe2\x80\xa9x', b'/d\xc2\x85x',
              b'/e\xe2\x80\xae\xe2\x80\xa8x', b'/f']
    with Origin(serve(lambda q: ok(b'x'))) as o, Console(80, 24) as c:
        for t in forged:
            raw_request(c, o, t)
        wait_rows(c, len(forged))
        rows = [x for x in c.tmux.sane().split('\n')[7:-3] if x.strip()]
        equal(len(rows), len(forged), 'rows on the screen')
        equal(sorted(c.rows()), list(range(1, len(forged) + 1)))
        c.quit()


def test_t04_bidi_controls_are_escapes():
    controls = ['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069', '\u200e', '\u200f', '\u061c']
    body = ''.join('moc.knab%s!\n' % x for x in controls).encode()
    with Origin(serve(lambda q: ok(body, extra=TEXT))) as o, Console(120, 36) as c:
        for x in controls:
            raw_request(c, o, ('/' + x + 'gnp.exe').encode())
        wait_rows(c, len(controls))
        text = c.tmux.sane()
        open_flow(c, 1)
        text += tab(c, '2', 'Response')
        for x in controls:
            check(x not in text, 'U+%04X is on the screen' % ord(x))
            check(text.count('\\u{%04x}' % ord(x)) >= 2, 'escapes of U+%04X in' % ord(x), text)
        c.quit()


def test_t05_and_t06_width_and_broken_utf_8():
    targets = [b'/' + t for t in (
        '日本語'.encode(), '😀'.encode() * 8, 'e\u0301\u0302\u0303\u0304'.encode() * 5, '\u200b\u200c\u200d\ufeff'.encode(), '\u2764\ufe0f'.encode(),
        '🇩🇪🇫🇷'.encode(), 'ﷺ'.encode() * 6, '\u1160\u1161'.encode(), b'\xff\xfe', b'\xc0\x9b', b'\xe0\x80\x9b', b'\xed\xa0\x80', b'\xf4\x90\x80\x80',
        b'\xe6\x97', b'\xf0\x9f\x98', b'\x80\x81', b'\xc3')]
    with Origin(serve(lambda q: ok(b'x'))) as o, Console(80, 36) as c:
        for t in targets:
            raw_request(c, o, t)
        wait_rows(c, len(targets))
        text = c.tmux.sane()
        at = {}
        for line in text.split('\n'):
            m = re.match(r'[> ][* ]\s*(\d+) [A-Z] .*?\s(\S+)\s+(\S+)$', line)
            if m:
                at[int(m.group(1))] = display_width(line.rstrip())
        equal(sorted(at), list(range(1, len(targets) + 1)), 'rows')
        equal(len(set(at.values())), 1, 'columns in which the rows end: %s in\n%s' % (at, text))
        for word in ('\\xff\\xfe', '\\xc0\\x9b', '\\xed\\xa0\\x80', '\\xe6\\x97', '\\u{200b}', '\\xc3'):
            check(word in text, word, 'is not in', text)
        c.quit()


@deadline(150)
def test_t07_size_does_not_slow_the_screen():
    bodies = {b'/field': (b'{"a": "' + b'x' * 1000000 + b'"}', b'Content-Type: application/json\r\n'),
              b'/lines': (b'line\n' * 200000, TEXT),
              b'/deep': (b'[' * 100000 + b']' * 100000, b'Content-Type: application/json\r\n'),
              b'/tabs': (b'\t' * 1000000, TEXT)}
    with Origin(serve(lambda q: ok(bodies[q.target.split(b'?')[0]][0], extra=bodies[q.target.split(b'?')[0]][1]))) as o, \
            Console(120, 36, args='--body-max 4M') as c:
        for path in bodies:
            raw_request(c, o, path)
        wait_rows(c, len(bodies))
        open_flow(c, 1)
        for i in range(1, len(bodies) + 1):
            c.tmux.wait(lambda s: re.match(r'#%d\b' % i, s), 5, 'flow %d' % i)
            tab(c, '2', 'Response')
            until(lambda: re.search(r'lines \d+-\d+/\d+', c.tmux.screen()), 5, 'the lines')
            slowest = 0.0
            for key in ('G', 'g', 'NPage', 'j', 'j', 'k', 'G', 'g'):
                before = c.tmux.screen()
                began = time.monotonic()
                c.tmux.keys(key)
                c.tmux.wait(lambda s: s != before or key in 'g', 5, 'the echo of %s in flow %d' % (key, i))
                slowest = max(slowest, time.monotonic() - began)
            # Starting two programs of tmux takes most of this.
            check(slowest < 0.5 * support.SLOW, 'a key took %.2f s in flow %d' % (slowest, i))
            c.tmux.sane()
            c.tmux.keys('J')
        c.quit()


def test_t08_percent_signs_are_only_text():
    fmt = '%n%s%x%p%hhn%1$n%9999999d%%'
    body = (fmt + '\n').encode()
    with Origin(serve(lambda q: ok(body, extra=TEXT + b'X-Fmt: ' + fmt.encode() + b'\r\n'))) as o, Console(120, 36) as c:
        raw_request(c, o, ('/' + fmt.replace('%', '%25')).encode())
        raw_request(c, o, b'/q?' + fmt.encode())
        wait_rows(c, 2)
        check('%25n%25s%25x%25p' in c.tmux.sane(), c.tmux.screen())
        open_flow(c, 2)
        s = tab(c, '2', 'Response')
        check(s.count(fmt) >= 2, s)
        c.tmux.keys('/')
        c.tmux.type('%n%s')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: re.search(r'1 of 2', s), 5, 'the matches')
        c.tmux.keys('q', '/')
        c.tmux.type('%s%n%s')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'No match for %s%n%s' in s, 5, 'the toast')
        c.quit()


def test_t09_questions_hold_only_our_own_words():
    """What looks like a question of ours in the data stands in the list, not where we ask."""
    with Origin(serve(lambda q: ok(b'Quit and stop the proxy? y/n', extra=TEXT))) as o, Console(80, 24) as c:
        raw_request(c, o, '/\u00a0Quit\u00a0and\u00a0stop\u00a0the\u00a0proxy?\u00a0y/n'.encode())
        wait_rows(c, 1)
        s = c.tmux.sane()
        check('Quit' in s.split('\n')[7], s)
        c.tmux.keys('y', 'Y', 'Escape')  # y asks what to copy, which is no answer
        equal(c.curl('http://%s/after' % o.authority).returncode, 0, 'it goes on')
        wait_rows(c, 2)
        c.quit()


@deadline(120)
def test_t11_sizes_from_1x1_to_500x500():
    with Origin(serve(lambda q: ok(b'x'))) as o, Console(120, 36) as c:
        for i in range(30):
            c.curl('http://%s/%d' % (o.authority, i))
        for keys in ((), ('Enter',), ('q', 'h'), ('q', 'S'), ('Escape', 'f')):
            c.tmux.keys(*keys) if keys else None
            for w, h in ((1, 1), (2, 2), (500, 500), (1, 50), (200, 1), (19, 4), (20, 5), (40, 8), (120, 36)):
                c.tmux.resize(w, h)
                until(lambda: c.tmux.display('#{window_width}x#{window_height}') == '%dx%d' % (w, h), 5, 'the size')
                equal(c.curl('http://%s/at' % o.authority).returncode, 0, 'curl at %dx%d' % (w, h))
                c.tmux.sane()
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'Flows:' in s, 5, 'the list again')
        c.quit()
