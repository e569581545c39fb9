# SPDX-License-Identifier: MIT
"""The tab Messages in a real tmux: an event stream while it is open, gRPC-Web and gRPC by curl, and a body too large to be read at once."""
import base64
import gzip
import http.server
import os
import re
import struct
import subprocess
import threading

from support import Origin, check, deadline, equal, lab, new_dir, ok, serve, until
from test_console import Console
from test_console_flow import find, open_flow, tab, wait_rows

MESSAGE = b'\x08\x96\x01\x12\x07testing\x1a\x06\x08\x01\x12\x02ab'


class Events:
    """A web server that sends the pieces given to it as one chunked response to each GET, until None comes."""

    def __init__(self, fields=(), tls=None):
        outer = self
        self.pieces, self.more = [], threading.Condition()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_GET(self):
                self.send_response(200)
                for name, value in (('Content-Type', 'text/event-stream'), ('Transfer-Encoding', 'chunked')) + tuple(fields):
                    self.send_header(name, value)
                self.end_headers()
                n = 0
                while True:
                    with outer.more:
                        outer.more.wait_for(lambda: len(outer.pieces) > n)
                        piece = outer.pieces[n]
                    n += 1
                    self.wfile.write(b'%x\r\n%s\r\n' % (len(piece or b''), piece or b''))
                    if piece is None:
                        return

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.authority = '127.0.0.1:%d' % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def send(self, *pieces):
        with self.more:
            self.pieces.extend(pieces)
            self.more.notify_all()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.send(None)
        self.server.shutdown()
        self.server.server_close()


def frame(data, flags=0):
    return bytes([flags]) + struct.pack('!I', len(data)) + data


def file_of(data):
    path = os.path.join(new_dir('body'), 'body')
    with open(path, 'wb') as f:
        f.write(data)
    return path


def row(screen, number, arrow, kind, timed=True):
    """The line of a message, from its size on."""
    m = re.search(r'^ *%d  %s +(?:%s) +%s +(\S.*)$' % (number, arrow, r'\d\d:\d\d\.\d{3} +(?:-|\d+)' if timed else '- +-', kind), screen, re.M)
    check(m, 'no message', number, arrow, kind, 'in', screen)
    return ' '.join(m.group(1).split())


@deadline(60)
def test_events_of_an_open_stream():
    with Events(tls=lab().server_ctx()) as s, Origin(serve(lambda q: ok())) as plain, Console(80, 24) as c:
        got = os.path.join(new_dir('got'), 'events')
        curl = subprocess.Popen(['curl', '-sSN', '-o', got, '-x', 'http://127.0.0.1:%d' % c.port, '--cacert', os.path.join(c.ca, 'ca.pem'),
                                 'https://%s/feed' % s.authority])
        s.send(b': hello\n\nid: 1\ndata: {"t":"price",', b'"p":101.25}\n', b'\n')
        wait_rows(c, 1)
        c.tmux.wait(lambda t: re.search(r'^\W*1 S sse ', t, re.M), 5, 'an open stream')
        until(lambda: os.path.exists(got) and open(got, 'rb').read().endswith(b'101.25}\n\n'), 5, 'the event at the client')
        open_flow(c, 1)
        tab(c, '6', 'Messages')
        screen = c.tmux.wait(lambda t: '101.25' in t, 5, 'the first event')
        into = '←' if '←' in screen else '<-'
        check(re.search(r'1 event\b.* open ', screen), screen)
        equal(row(screen, 1, into, 'event'), '24 {"t":"price","p":101.25}')
        # What comes is shown, however its lines end and are cut.
        s.send(b'event: chat\rdata: one\r', b'data: needle \xe3\x81\x93\x1b]0;PWNED\x07\r\n\r', b'\nda')
        screen = c.tmux.wait(lambda t: '2 events' in t and 'still to come' in t, 5, 'the second event')
        check(row(screen, 2, into, 'chat').startswith('24 one'), screen)
        check('\none\nneedle こ\\x1b]0;PWNED\\x07\n' in screen, 'all of it below:', screen)
        c.tmux.keys('k')
        c.tmux.wait(lambda t: 'message 1/2 | follow off' in t and 'needle' not in t, 5, 'its first line')
        find(c, 'needle')
        screen = c.tmux.wait(lambda t: '1 of 1' in t and 'message 2  server -> client  chat 24 B' in t and '\none\n' in t, 5, 'the match')
        check('needle こ\\x1b]0;PWNED\\x07' in screen, screen)
        c.tmux.sane()
        c.tmux.keys('k')
        screen = c.tmux.wait(lambda t: 'id 1\n' in t, 5, 'the first event')
        check('\n  "t": "price",\n' in screen and 'view: json' in screen, screen)
        s.send(b'ta: bye\n\n', None)
        equal(curl.wait(10), 0)
        screen = c.tmux.wait(lambda t: re.search(r'3 events\b.* ended ', t), 5, 'the end')
        equal(row(screen, 3, into, 'event'), '3 bye')
        c.tmux.keys('q')
        c.tmux.wait(lambda t: re.search(r'^\W*1 D sse ', t, re.M), 5, 'the list')
        equal(c.curl('http://%s/' % plain.authority).returncode, 0)
        wait_rows(c, 2)
        c.tmux.keys('f')
        c.tmux.wait(lambda t: 'Filter' in t, 5, 'the prompt')
        c.tmux.type('proto = sse and state = D')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda t: '1/2 shown' in t and ' sse ' in t and ' h1 ' not in t, 5, 'the stream alone')
        c.quit()


@deadline(60)
def test_compressed_events():
    z = gzip.compress(b'data: zipped\n\nevent: last\ndata: bye\n\n')
    with Events((('Content-Encoding', 'gzip'),)) as s, Console(120, 36) as c:
        s.send(z[:15], z[15:], None)
        equal(c.curl('http://%s/' % s.authority).returncode, 0)
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '6', 'Messages')
        screen = c.tmux.wait(lambda t: '2 events' in t, 5, 'the events')
        into = '←' if '←' in screen else '<-'
        equal(row(screen, 1, into, 'event', timed=False), '6 zipped')
        equal(row(screen, 2, into, 'last', timed=False), '3 bye')
        c.tmux.sane()
        c.quit()


@deadline(60)
def test_grpc_web():
    answer = frame(MESSAGE) + frame(gzip.compress(b'\x0a\x03abc'), 1) + frame(b'grpc-status:5\r\ngrpc-message:no%20such%20thing\r\n', 0x80)

    def reply(q):
        kind = q.get('content-type')
        text = kind.startswith(b'application/grpc-web-text')
        body = base64.b64encode(answer[:20]) + base64.b64encode(answer[20:]) if text else answer
        return ok(body, extra=b'Content-Type: ' + kind + b'\r\ngrpc-encoding: gzip\r\n')

    sent = frame(MESSAGE) + frame(b'')
    with Origin(serve(reply)) as o, Console(120, 36) as c:
        for kind, body in (('application/grpc-web+proto', sent), ('application/grpc-web-text', base64.b64encode(sent))):
            r = c.curl('-H', 'Content-Type: ' + kind, '--data-binary', '@' + file_of(body), 'http://%s/shop.Cart/Add' % o.authority)
            equal(r.returncode, 0)
        wait_rows(c, 2)
        c.tmux.wait(lambda t: len(re.findall(r'D grpc ', t)) == 2, 5, 'two calls')
        open_flow(c, 1)
        for n in (1, 2):
            tab(c, '6', 'Messages')
            screen = c.tmux.wait(lambda t: '5 messages' in t and 'trailers' in t, 5, 'the messages')
            out, into = ('→', '←') if '←' in screen else ('->', '<-')
            check('grpc-status 5 NOT_FOUND: no such thing' in screen, screen)
            timed = n == 1  # when the parts of Base64 came is not known
            equal('not known' in screen, not timed)
            equal(row(screen, 1, out, 'message', timed), '20 1: 150 2: "testing" 3: {6 B}')
            equal(row(screen, 2, out, 'message', timed), '0')
            equal(row(screen, 3, into, 'message', timed), '20 1: 150 2: "testing" 3: {6 B}')
            check(row(screen, 4, into, 'message', timed).endswith('1: "abc" (gzip)'), screen)
            check('  2 len "ab"' in screen and '\n1 varint 150' in screen and 'message 1  client -> server  message 20 B' in screen, screen)
            c.tmux.keys('j', 'j', 'j')
            screen = c.tmux.wait(lambda t: '\n1 len "abc"' in t, 5, 'the one that was compressed')
            c.tmux.keys('j')
            screen = c.tmux.wait(lambda t: 'trailers 4' in t and 'grpc-status:5\n' in t, 5, 'the trailers')
            c.tmux.sane()
            if n == 1:
                c.tmux.keys('J')
                c.tmux.wait(lambda t: re.match(r'#2\b', t), 5, 'the other call')
        c.quit()


def test_grpc_and_its_trailers():
    """The framing and the fields of gRPC; its HTTP/2 is not relayed, so curl carries them over HTTP/1.1."""
    body = frame(MESSAGE)
    reply = (b'HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nTrailer: grpc-status\r\nTransfer-Encoding: chunked\r\n\r\n'
             b'%x\r\n%s\r\n0\r\ngrpc-status: 0\r\n\r\n' % (len(body), body))
    with Origin(serve(lambda q: reply)) as o, Console(80, 24) as c:
        equal(c.curl('-H', 'Content-Type: application/grpc', '-H', 'TE: trailers', '--data-binary', '@' + file_of(body),
                     'http://%s/shop.Cart/Add' % o.authority).returncode, 0)
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '6', 'Messages')
        c.tmux.wait(lambda t: '2 messages' in t and 'grpc-status 0 OK' in t, 5, 'the messages')
        c.quit()


def test_a_protobuf_body():
    with Origin(serve(lambda q: ok(MESSAGE, extra=b'Content-Type: application/x-protobuf\r\n'))) as o, Console(80, 24) as c:
        equal(c.curl('http://%s/' % o.authority).returncode, 0)
        wait_rows(c, 1)
        open_flow(c, 1)
        tab(c, '2', 'Response')
        screen = c.tmux.wait(lambda t: 'view: protobuf (auto)' in t, 5, 'the view')
        check('2 len "testing"' in screen and '  2 len "ab"' in screen, screen)
        c.quit()


@deadline(90)
def test_a_long_stream_does_not_hold_up_keys():
    piece = b''.join(b'id: %d\ndata: {"n":%d}\n\n' % (i, i) for i in range(40000))
    with Events() as s, Console(120, 36, '--body-max 200M --memory 500M') as c:
        s.send(*[piece] * 60, None)
        equal(c.curl('--max-time', '30', 'http://%s/' % s.authority).returncode, 0)
        c.tmux.wait(lambda t: re.search(r'^\W*1 D sse ', t, re.M), 10, 'the end of the stream')
        open_flow(c, 1)
        for digit, title in (('6', 'Messages'), ('5', 'Connection'), ('6', 'Messages')):
            tab(c, digit, title)
        screen = c.tmux.wait(lambda t: '2400000 events' in t, 20, 'all events')
        check('(the latest 20000 are listed, 2380000 came before them)' in screen, screen)
        c.tmux.keys('G')
        c.tmux.wait(lambda t: re.search(r'2400000 .*\{"n":39999\}', t), 5, 'the last one')
        c.quit()
