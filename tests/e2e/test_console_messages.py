# SPDX-License-Identifier: MIT
"""The tab Messages in a real tmux: a WebSocket exchange, plain and compressed; flows that have no messages; a replay and what it repeats."""
import base64
import hashlib
import os
import re
import struct
import threading
import zlib

import support
from support import Origin, Plain, check, deadline, dial, equal, new_dir, ok, serve, until
from test_console import Console
from test_console_columns import press
from test_console_flow import find, no_escapes, open_flow, pager, tab, wait_rows
from test_console_out import Clipped

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GUID = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'


def frame(opcode, data=b'', fin=True, mask=None, rsv1=False):
    head = bytes([(0x80 if fin else 0) | (0x40 if rsv1 else 0) | opcode])
    bit = 0x80 if mask else 0
    if len(data) < 126:
        head += bytes([bit | len(data)])
    elif len(data) < 65536:
        head += bytes([bit | 126]) + struct.pack('!H', len(data))
    else:
        head += bytes([bit | 127]) + struct.pack('!Q', len(data))
    if mask:
        data = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
    return head + (mask or b'') + data


class Deflate:
    """A sender of permessage-deflate that keeps its window."""

    def __init__(self):
        self.z = zlib.compressobj(9, zlib.DEFLATED, -15)

    def __call__(self, data):
        return (self.z.compress(data) + self.z.flush(zlib.Z_SYNC_FLUSH))[:-4]


class Server:
    """Answers the upgrade, sends `frames` and keeps the stream until the client closes."""

    def __init__(self, frames, extensions=b''):
        self.frames, self.extensions, self.got, self.go = frames, extensions, b'', threading.Event()

    def __call__(self, conn):
        head = conn.read_head()
        key = re.search(rb'(?i)sec-websocket-key: *(\S+)', head).group(1)
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        conn.send(b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ' + accept +
                  b'\r\n' + (b'Sec-WebSocket-Extensions: ' + self.extensions + b'\r\n' if self.extensions else b'') + b'\r\n')
        for f in self.frames:
            conn.send(f)
        while True:
            more = conn.recv()
            if not more:
                return
            self.got += more


def upgrade(c, origin, deflate=False):
    """A client's stream after the 101, and what of the server's bytes came with it."""
    s = Plain(dial(c.port), 10)
    a = origin.authority.encode()
    s.send(b'GET http://' + a + b'/feed?room=42 HTTP/1.1\r\nHost: ' + a + b'\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
           b'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ' + base64.b64encode(os.urandom(16)) + b'\r\n' +
           (b'Sec-WebSocket-Extensions: permessage-deflate\r\n' if deflate else b'') + b'\r\n')
    data = b''
    while b'\r\n\r\n' not in data:
        data += s.recv()
    head, _, rest = data.partition(b'\r\n\r\n')
    check(head.startswith(b'HTTP/1.1 101 '), head)
    return s, rest


def row(screen, number, arrow, kind):
    """Size and data of a message: that many, counted from 1, of those with that arrow."""
    lines = re.findall(r'^ *\d+  %s +(?:\d\d:\d\d\.\d{3}|-) +\S+ +(\S+) +(.*)$' % re.escape(arrow), screen, re.M)
    check(len(lines) >= number and lines[number - 1][0] == kind, 'no message', number, arrow, kind, 'in', screen)
    return lines[number - 1][1]


def arrows(screen):
    return ('→', '←') if '→' in screen or '←' in screen else ('->', '<-')


@deadline(60)
def test_scenario_15_messages_of_a_websocket():
    server = Server([frame(TEXT, '{"m":"こんにちは"}'.encode()), frame(BINARY, b'\x08\x96\x01'), frame(PING, b'are you'),
                     frame(TEXT, b'x' * 300 + b'needle'), frame(TEXT, b'\x1b]0;PWNED\x07')])
    with Origin(server) as o, Console(80, 24) as c:
        s, _ = upgrade(c, o)
        s.send(frame(TEXT, b'{"sub":', fin=False, mask=b'abcd') + frame(PONG, b'are you', mask=b'1234') +
               frame(0, b'"news"}', mask=b'\0\1\2\3'))
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '6', 'Messages')
        screen = c.tmux.wait(lambda t: 'PWNED' in t and '"news"' in t, 5, 'the messages')
        out, into = arrows(screen)
        check('are you' in row(screen, 1, out, 'pong'), screen)
        check('{"sub":"news"}  (2 fragments)' in row(screen, 2, out, 'text'), screen)
        check('{"m":"こんにちは"}' in row(screen, 1, into, 'text'), screen)
        check(row(screen, 2, into, 'bin').endswith('08 96 01'), screen)
        check('\\x1b]0;PWNED\\x07' in row(screen, 5, into, 'text'), screen)
        check('needle' not in screen, 'a long message is cut:', screen)
        check(re.search(r'message 7  \w+ -> \w+  text ', screen) and 'follow on' in screen and 'FOLLOW' in screen, 'the newest below:', screen)
        c.tmux.sane()
        # It is open, and what comes is shown.
        s.send(frame(TEXT, b'one more', mask=b'wxyz'))
        c.tmux.wait(lambda t: 'one more' in t, 5, 'the next message')
        # A search looks into what is cut as well.
        find(c, 'needle')
        c.tmux.wait(lambda t: '1 of 1' in t and 'xneedle' in t and 'server -> client  text 306 B' in t, 5, 'the match')
        c.tmux.keys('Enter')
        screen = c.tmux.wait(lambda t: ' DIR ' not in t and 'xneedle' in t, 5, 'the message alone')
        check('lines 1-4/4 ALL' in screen, screen)
        c.tmux.keys('q')
        c.tmux.wait(lambda t: ' DIR ' in t and 'follow off' in t, 5, 'the list')
        c.tmux.keys('G')
        c.tmux.wait(lambda t: 'follow on' in t and 'one more' in t, 5, 'the newest')
        s.send(frame(CLOSE, struct.pack('!H', 1001) + b'bye', mask=b'wxyz'))
        screen = c.tmux.wait(lambda t: 'going away' in t, 5, 'the close')
        check('1001 going away: bye' in row(screen, 4, out, 'close'), screen)
        until(lambda: server.got.endswith(frame(CLOSE, b'\x03\xe9bye', mask=b'wxyz')), 5, 'what the server got')
        s.close()
        c.tmux.resize(120, 36)
        c.tmux.wait(lambda t: re.search(r'^flow 1/1 \| message 9/9', t, re.M), 5, 'the wide screen')
        c.tmux.sane()
        c.quit()


@deadline(60)
def test_scenario_16_hostile_text_of_a_websocket():
    evil = b'\x1b]0;PWNED\x07 \x1b[2J \xc2\x9b31m \xe2\x80\xaetxt \xf0\x9f\x91\xa8\xe2\x80\x8d \xff \x00 end'
    with Origin(Server([frame(TEXT, evil), frame(PING, evil), frame(CLOSE, b'\x03\xe8' + evil)])) as o, Console(80, 24) as c:
        title = c.tmux.display('#{pane_title}')
        s, _ = upgrade(c, o)
        s.send(frame(TEXT, evil, mask=b'abcd') + frame(PONG, evil, mask=b'abcd'))
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '6', 'Messages')
        c.tmux.wait(lambda t: t.count('PWNED') >= 5, 5, 'the messages')
        no_escapes(c, title)
        c.tmux.keys('Enter')  # in full
        screen = c.tmux.wait(lambda t: '\\xff' in t, 5, 'the message in full')
        for word in ('\\x1b]0;PWNED\\x07', '\\x1b[2J', '\\u{009b}31m', '\\u{202e}txt', '\\u{200d}', '\\x00'):
            check(word in screen.replace('\n', ''), word, 'is not in', screen)
        no_escapes(c, title)
        s.close()
        c.quit()


@deadline(60)
def test_a_message_is_selected_and_followed():
    server = Server([frame(TEXT, b'{"n":%d,"deep":{"m":%d}}' % (i, i)) for i in range(1, 31)] + [frame(BINARY, b'\x08\x96\x01')])
    with Origin(server) as o, Console(80, 24) as c:
        s, _ = upgrade(c, o)
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '6', 'Messages')
        screen = c.tmux.wait(lambda t: 'message 31/31 | follow on' in t, 5, 'the last one')
        check('message 31  server -> client  bin 3 B' in screen and re.search(r'^ *0+ +08 96 01', screen, re.M), 'bytes as hex:', screen)
        # Up ends it, and what comes leaves the selection where it is.
        c.tmux.keys('Up', 'k')
        screen = c.tmux.wait(lambda t: 'message 29/31 | follow off' in t, 5, 'two above')
        check('\n  "n": 29,\n' in screen and '\n    "m": 29\n' in screen and 'view: json' in screen, screen)
        s.send(frame(TEXT, b'from below', mask=b'abcd'))
        screen = c.tmux.wait(lambda t: 'message 29/32 | follow off' in t, 5, 'one more')
        check('from below' not in screen and '\n  "n": 29,\n' in screen, screen)
        # A click selects, a second one opens; the wheel goes from one to the next.
        y = next(y for y, line in enumerate(c.tmux.lines()) if re.match(r' +27 ', line))
        press(c, y, 40)
        c.tmux.wait(lambda t: 'message 27/32' in t and '\n  "n": 27,\n' in t, 5, 'the one clicked')
        press(c, y, 40, 65)
        c.tmux.wait(lambda t: 'message 30/32' in t, 5, 'three below')
        press(c, y, 40)
        press(c, y, 40)
        c.tmux.wait(lambda t: ' DIR ' not in t and 'message 27/32 | lines' in t, 5, 'it alone')
        c.tmux.keys('q', 'j', 'j')
        c.tmux.wait(lambda t: 'message 29/32 | follow off' in t, 5, 'the one from before')
        # So does another view of it, and the list comes back where it was.
        c.tmux.keys('t')
        c.tmux.wait(lambda t: 'messages as ' in t and 'view: json' in t, 5, 'a view of one name')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda t: ' DIR ' not in t and 'message 29/32 | lines' in t, 5, 'it alone')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda t: ' DIR ' in t and 'message 29/32 | follow off' in t, 5, 'the list')
        c.tmux.keys('g')
        c.tmux.wait(lambda t: 'message 1/32' in t and '\n  "n": 1,\n' in t, 5, 'the first one')
        c.tmux.keys('PageDown')
        page = c.tmux.wait(lambda t: re.search(r'message (9|1\d)/32', t), 5, 'a page below')
        number = int(re.search(r'message (\d+)/32', page).group(1))
        check('\n  "n": %d,\n' % number in page, page)
        c.tmux.keys('F')
        c.tmux.wait(lambda t: 'follow on' in t and 'message 32  client -> server  text 10 B' in t, 5, 'the newest')
        s.send(frame(TEXT, b'the last', mask=b'abcd'))
        c.tmux.wait(lambda t: 'message 33  client -> server  text 8 B' in t and '\nthe last' in t, 5, 'the newest again')
        c.tmux.keys('F')
        c.tmux.wait(lambda t: 'follow off' in t, 5, 'no longer')
        # A small screen has the list, and Enter the message.
        c.tmux.resize(40, 10)
        c.tmux.wait(lambda t: ' 33 text  the last' in ' '.join(t.split('\n')) and 'client ->' not in t, 5, 'the list alone')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda t: 'message 33  client -> server' in t and '\nthe last' in t, 5, 'the message')
        c.tmux.sane()
        c.tmux.resize(20, 5)
        c.tmux.wait(lambda t: 'message 33/33' in t and 'message 33  c' in t, 5, 'what fits')
        c.tmux.sane()
        s.close()
        c.quit()


@deadline(60)
def test_the_selected_message_goes_out():
    server = Server([frame(TEXT, b'first'), frame(TEXT, b'{"second":2}'), frame(TEXT, b'third')])
    where = new_dir('where')
    script = pager('view', 'cat "$1" > %s/said\necho VIEWER-RUNS\nread line\n' % where)
    with Origin(server) as o, Clipped(120, 36, env=dict(PAGER=script)) as c:
        s, _ = upgrade(c, o)
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '6', 'Messages')
        c.tmux.wait(lambda t: 'message 3/3' in t, 5, 'the messages')
        c.tmux.keys('k')
        c.tmux.wait(lambda t: 'message 2/3' in t, 5, 'the second')
        c.tmux.keys('|')
        c.tmux.wait(lambda t: 'message |' in t, 5, 'the prompt')
        c.tmux.type('rev; echo')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda t: '}2:"dnoces"{' in t, 5, 'what came of it')
        c.tmux.keys('q', 'y')
        c.tmux.wait(lambda t: 'the one that is selected' in t, 5, 'the menu')
        c.tmux.keys('m')
        equal(until(c.copied, 5, 'the buffer'), b'{"second":2}')
        c.tmux.wait(lambda t: 'message of flow 1 copied' in t, 5, 'the toast')
        c.tmux.keys('v')
        c.tmux.wait(lambda t: 'VIEWER-RUNS' in t, 5, 'the viewer')
        equal(open(os.path.join(where, 'said'), 'rb').read(), b'{"second":2}')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda t: '[6 Messages]' in t, 5, 'the console')
        s.close()
        c.quit()


def filter_by(c, words):
    c.tmux.keys('f')
    c.tmux.wait(lambda t: 'Messages:' in t and 'dir=in type=text' in t, 5, 'the prompt')
    c.tmux.keys('C-u')
    c.tmux.type(words)
    c.tmux.keys('Enter')


@deadline(60)
def test_messages_are_filtered():
    server = Server([frame(TEXT, b'the Price is 1'), frame(TEXT, b'other words'), frame(BINARY, b'price' * 300), frame(PING)])
    with Origin(server) as o, Console(120, 36) as c:
        s, _ = upgrade(c, o)
        s.send(frame(TEXT, b'price?', mask=b'abcd'))
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '6', 'Messages')
        screen = c.tmux.wait(lambda t: 'message 5/5' in t, 5, 'the messages')
        check('filter none (f: dir=in size>1k data~price)' in screen, screen)
        for words, n in (('data~price', 3), ('data~Price', 1), ('dir=in data~price', 2), ('dir=out', 1), ('size>1k', 1), ('type=ping', 1), ('SIZE<7 type=TEXT', 1),
                         ('data~"other w"', 1), ('size=0', 1)):
            filter_by(c, words)
            screen = c.tmux.wait(lambda t: '| %d shown, filter %s' % (n, words) in t, 5, words)
            check('5 messages' in screen, screen)
        # What comes is listed when it matches.
        filter_by(c, 'dir=out data~price')
        c.tmux.wait(lambda t: '| 1 shown, filter' in t, 5, 'one')
        s.send(frame(TEXT, b'no', mask=b'abcd') + frame(TEXT, b'price again', mask=b'abcd'))
        screen = c.tmux.wait(lambda t: '| 2 shown, filter' in t and '7 messages' in t, 5, 'two of seven')
        check('price again' in screen and 'other words' not in screen and 'message 7/7' in screen, screen)
        # Words that are wrong are refused with the reason, and stay.
        filter_by(c, 'dir=up')
        screen = c.tmux.wait(lambda t: 'a direction is in (from the server) or out' in t, 5, 'the reason')
        check('Messages: dir=up' in screen, screen)
        c.tmux.keys('Escape')
        c.tmux.wait(lambda t: '| 2 shown, filter dir=out data~price' in t, 5, 'the filter from before')
        filter_by(c, 'data~nowhere')
        screen = c.tmux.wait(lambda t: 'None of them is what the filter asks for' in t and '| 0 shown' in t, 5, 'none')
        c.tmux.keys('j', 'F', 'Enter', 'Enter')
        c.tmux.sane()
        c.tmux.keys('Escape')
        c.tmux.wait(lambda t: 'other words' in t and 'filter none' in t, 10, 'all of them')
        check('[6 Messages]' in c.tmux.screen(), c.tmux.screen())
        s.close()
        c.quit()


@deadline(60)
def test_messages_inflated():
    deflate, up = Deflate(), Deflate()
    words = [b'the price of ABC is 101.25', b'the price of ABC is 101.27', b'the price of XYZ is 88.10']
    server = Server([frame(TEXT, deflate(w), rsv1=True) for w in words] + [frame(TEXT, b'not compressed')],
                    b'permessage-deflate; server_max_window_bits=15')
    with Origin(server) as o, Console(80, 24) as c:
        s, _ = upgrade(c, o, deflate=True)
        first = up(b'subscribe ABC')
        s.send(frame(TEXT, first[:4], fin=False, mask=b'abcd', rsv1=True) + frame(PING, mask=b'abcd') + frame(0, first[4:], mask=b'dcba') +
               frame(TEXT, up(b'subscribe ABC, XYZ'), mask=b'abcd', rsv1=True))
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '6', 'Messages')
        screen = c.tmux.wait(lambda t: 'not compressed' in t and 'ABC, XYZ' in t, 5, 'the messages')
        out, into = arrows(screen)
        equal(screen.count('permessage-deflate'), 1)
        for i, w in enumerate(words):
            check(w.decode() in row(screen, i + 1, into, 'text'), screen)
        check('subscribe ABC  (2 fragments)' in row(screen, 2, out, 'text'), screen)
        check('subscribe ABC, XYZ' in row(screen, 3, out, 'text'), screen)
        # What cannot be inflated says so; what comes after it is still told apart.
        s.send(frame(TEXT, b'\x06\xff\xff', mask=b'abcd', rsv1=True) + frame(TEXT, b'after', mask=b'abcd'))
        screen = c.tmux.wait(lambda t: 'after' in t, 5, 'the message after')
        check('compressed data is broken' in row(screen, 4, out, 'text'), screen)
        s.close()
        c.quit()


def test_flows_without_messages():
    def greet(conn):
        conn.send(b'hello')
        conn.recv()

    with Origin(serve(lambda q: ok(b'x'))) as o, Origin(greet) as raw, Console(80, 24) as c:
        equal(c.curl('http://%s/' % o.authority).returncode, 0)
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '6', 'Messages')
        c.tmux.wait(lambda t: 'Messages: none.  This is a plain HTTP flow (h1 GET).' in t, 5, 'the words')
        s = Plain(dial(c.port), 10)
        a = raw.authority.encode()
        s.send(b'CONNECT ' + a + b' HTTP/1.1\r\nHost: ' + a + b'\r\n\r\n')
        data = b''
        while b'hello' not in data:
            data += s.recv()
        c.tmux.wait(lambda t: 'flow 1/2' in t, 5, 'the raw flow in the list')
        c.tmux.keys('J')
        c.tmux.wait(lambda t: re.match(r'#2\b', t) and '5 B from the server' in ' '.join(t.split()), 5, 'the raw flow')
        s.close()
        c.quit()


@deadline(60)
def test_a_replay_and_its_flow():
    n = [0]

    def answer(q):
        n[0] += 1
        return ok(b'answer %d' % n[0], extra=b'Content-Type: text/plain\r\n')

    with Origin(serve(answer)) as o, Console(80, 24) as c:
        for i in range(3):
            equal(c.curl('http://%s/%d' % (o.authority, i)).returncode, 0)
        wait_rows(c, 3)
        c.tmux.keys('g', 'r')
        c.tmux.wait(lambda t: re.search(r'@ *4 D ', t), 5, 'the replay')
        c.tmux.keys(':')
        c.tmux.wait(lambda t: 'Command' in t or re.search(r'^:', t, re.M), 5, 'the prompt')
        c.tmux.type('goto 4')
        c.tmux.keys('Enter')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda t: re.match(r'#4\b', t) and 'replay of 1' in t, 5, 'the replay')
        c.tmux.keys('&')
        c.tmux.wait(lambda t: 'answer 1' in t and 'answer 4' in t, 5, 'the comparison')
        c.tmux.keys('q', ':')
        c.tmux.type('goto 1')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda t: re.match(r'#1\b', t), 5, 'the flow it repeats')
        c.quit()
