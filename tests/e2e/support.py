#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the end-to-end tests are made of: certificates, mitmtop, origins, clients, a terminal.

Everything listens on loopback on free ports, lives in the test's own directory and is waited for with
a deadline; nothing sleeps for a fixed time.
"""
import base64
import hashlib
import ipaddress
import json
import os
import re
import shutil
import signal
from signal import SIGTERM
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
SLOW = float(os.environ.get('E2E_SLOW', '1'))  # every deadline is multiplied by it (sanitizer builds)
MARK = 'E2E_TEST'                              # environment variable by which the runner knows its children


class Skip(Exception):
    """The test cannot run here; the message says why."""


class Failure(AssertionError):
    """What was expected and what happened."""


def smoke(fn):
    """Marks a test for run.py --smoke."""
    fn.smoke = True
    return fn


def deadline(seconds):
    """Gives a test another deadline than the runner's."""
    def mark(fn):
        fn.deadline = seconds
        return fn
    return mark


def exclusive(fn):
    """Marks a test that measures time or CPU: the runner runs it with nothing beside it."""
    fn.exclusive = True
    return fn


def check(condition, *what):
    if not condition:
        raise Failure(' '.join(show(w) if isinstance(w, (bytes, bytearray)) else str(w) for w in what))


def equal(got, want, what=''):
    if got != want:
        raise Failure('%s: got %s, want %s' % (what or 'values differ', show(got), show(want)))


def show(value, limit=600):
    """Short printable form of bytes or anything else."""
    if isinstance(value, (bytes, bytearray)):
        text = bytes(value[:limit]).decode('latin-1').encode('unicode_escape').decode('ascii')
        return "'%s'%s" % (text, '' if len(value) <= limit else ' ... (%d bytes)' % len(value))
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + ' ...'


_tick = threading.Event()


def pause(seconds):
    """One step of a polling loop."""
    _tick.wait(seconds)


def until(fn, timeout=5.0, what='condition', step=0.01):
    """Polls fn until it returns something true and returns that."""
    end = time.monotonic() + timeout * SLOW
    while True:
        value = fn()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure('not within %.1f s: %s' % (timeout * SLOW, what() if callable(what) else what))
        pause(step)


def work_dir():
    """The test's own directory (made by the runner; removed by it)."""
    d = os.environ.get('E2E_DIR')
    if not d:
        d = tempfile.mkdtemp(prefix='mitmtop-e2e-')
        os.environ['E2E_DIR'] = d
    return d


def new_dir(name):
    return tempfile.mkdtemp(prefix=name + '-', dir=work_dir())


def clean_env(**extra):
    """An environment without preset CA or proxy variables."""
    keep = ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'TSAN_OPTIONS', 'LD_LIBRARY_PATH', 'LD_PRELOAD',
            'GCOV_PREFIX', 'GCOV_PREFIX_STRIP', 'LLVM_PROFILE_FILE', MARK)
    env = {k: os.environ[k] for k in keep if k in os.environ}
    path = os.environ.get('PATH', '/usr/bin:/bin')
    for d in ('/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'):
        if d not in path.split(':'):
            path += ':' + d
    env.update(PATH=path, HOME=work_dir(), LC_ALL='C.UTF-8', LANG='C.UTF-8', TMPDIR=work_dir())
    env.update(extra)
    return {k: v for k, v in env.items() if v is not None}


def run(argv, timeout=20.0, **kw):
    """subprocess.run with a cleaned environment, captured output and a deadline."""
    kw.setdefault('env', clean_env())
    kw.setdefault('stdout', subprocess.PIPE)
    kw.setdefault('stderr', subprocess.PIPE)
    if 'input' not in kw:
        kw.setdefault('stdin', subprocess.DEVNULL)
    try:
        return subprocess.run(argv, timeout=timeout * SLOW, **kw)
    except subprocess.TimeoutExpired as e:
        raise Failure('%s: no end within %.0f s; output %s %s' % (
            ' '.join(argv)[:300], timeout * SLOW, show(e.stdout or b''), show(e.stderr or b''))) from None


def need(program):
    path = shutil.which(program, path=clean_env()['PATH'])
    if not path:
        raise Skip('%s is not installed' % program)
    return path


def free_port(host='127.0.0.1'):
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


def have_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as s:
            s.bind(('::1', 0))
        return True
    except OSError:
        return False


# ---------------------------------------------------------------------------------------------------------------
# Certificates

class Lab:
    """Certificates of the origins, made once for a run."""

    def __init__(self, path):
        self.path = path

    def __getattr__(self, name):
        return os.path.join(self.path, name.replace('_', '.'))  # lab.leaf_pem -> .../leaf.pem

    def server_ctx(self, name='leaf', alpn=('http/1.1',), low=None, high=None):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ctx.load_cert_chain(os.path.join(self.path, name + '.pem'), os.path.join(self.path, name + '.key'))
        if alpn:
            ctx.set_alpn_protocols(list(alpn))
        if low:
            ctx.minimum_version = low
        if high:
            ctx.maximum_version = high
        return ctx


CA_CONF = '''
[ca]
default_ca = c
[c]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = p
unique_subject = no
copy_extensions = none
[p]
commonName = supplied
'''


def make_lab(path):
    """Makes the origin CA and the servers' certificates with the openssl command."""
    os.makedirs(path, exist_ok=True)

    def openssl(*args):
        r = run(['openssl'] + list(args), cwd=path)
        if r.returncode != 0:
            raise Failure('openssl %s: %s' % (' '.join(args), show(r.stderr)))

    def key(name):
        openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', name + '.key')

    def ca(name, cn):
        key(name)
        openssl('req', '-x509', '-new', '-key', name + '.key', '-subj', '/CN=' + cn, '-days', '3650', '-sha256',
                '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-out', name + '.pem')

    def leaf(name, san, cn, signer='ca', start=None, end=None):
        key(name)
        openssl('req', '-new', '-key', name + '.key', '-subj', '/CN=' + cn, '-out', name + '.csr')
        with open(os.path.join(path, name + '.ext'), 'w') as f:
            f.write('basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n'
                    'extendedKeyUsage=serverAuth\nsubjectAltName=%s\n' % san)
        now = time.time()
        day = lambda d: time.strftime('%y%m%d%H%M%SZ', time.gmtime(now + d * 86400))
        openssl('ca', '-batch', '-notext', '-config', 'ca.conf', '-cert', signer + '.pem', '-keyfile',
                signer + '.key', '-in', name + '.csr', '-out', name + '.crt', '-extfile', name + '.ext',
                '-startdate', day(start if start is not None else -3), '-enddate', day(end if end is not None else 300))
        with open(os.path.join(path, name + '.pem'), 'w') as out:
            for part in (name + '.crt', signer + '.pem'):
                with open(os.path.join(path, part)) as f:
                    out.write(f.read())

    with open(os.path.join(path, 'ca.conf'), 'w') as f:
        f.write(CA_CONF)
    open(os.path.join(path, 'index.txt'), 'w').close()
    with open(os.path.join(path, 'serial'), 'w') as f:
        f.write('1000\n')
    ca('ca', 'e2e origin CA')
    ca('rogue', 'e2e rogue CA')
    good = 'DNS:localhost,DNS:example.org,DNS:origin.test,DNS:*.origin.test,IP:127.0.0.1,IP:127.0.0.2,IP:::1'
    leaf('leaf', good, 'localhost')
    leaf('expired', good, 'expired.example', start=-40, end=-10)
    leaf('notyet', good, 'localhost', start=20, end=90)
    leaf('wrongname', 'DNS:wrong.test', 'wrong.test')
    leaf('unknown', good, 'localhost', signer='rogue')
    key('self')
    openssl('req', '-x509', '-new', '-key', 'self.key', '-subj', '/CN=localhost', '-days', '300', '-sha256',
            '-addext', 'subjectAltName=' + good, '-out', 'self.pem')
    return Lab(path)


_lab = None


def lab():
    global _lab
    if _lab is None:
        path = os.environ.get('E2E_LAB')
        _lab = Lab(path) if path else make_lab(os.path.join(work_dir(), 'lab'))
    return _lab


# ---------------------------------------------------------------------------------------------------------------
# HTTP/1 as the tests read it: strict, so that what the proxy sends is held to the grammar

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb'(' + TOKEN + rb') ([\x21-\x7e]+) (HTTP/1\.[01])\Z')
STATUS_LINE = re.compile(rb'(HTTP/1\.[01]) ([0-9]{3})(?: ([\t\x20-\x7e\x80-\xff]*))?\Z')
FIELD_LINE = re.compile(rb'(' + TOKEN + rb'):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*\Z')
# For heads in which a test let control bytes pass (R-C13).
LOOSE_FIELD_LINE = re.compile(rb'(' + TOKEN + rb'):[ \t]*([^\x00\r\n]*?)[ \t]*\Z', re.S)


class Bad(Exception):
    """Bytes that are not valid HTTP/1."""


class Message:
    def __init__(self):
        self.fields, self.trailers, self.body = [], [], b''
        self.complete = False
        self.framing = 'none'
        self.raw_head = b''

    def all(self, name):
        n = name.lower().encode() if isinstance(name, str) else name.lower()
        return [v for k, v in self.fields if k.lower() == n]

    def get(self, name):
        v = self.all(name)
        return v[0] if v else None


class Request(Message):
    method = target = version = b''

    def __repr__(self):
        return 'Request(%s %s, %s body %d %s)' % (
            self.method.decode('latin-1'), show(self.target, 80), self.framing, len(self.body),
            'complete' if self.complete else 'INCOMPLETE')


class Response(Message):
    status = 0
    version = reason = b''

    def __repr__(self):
        return 'Response(%d, %s body %d %s)' % (
            self.status, self.framing, len(self.body), 'complete' if self.complete else 'INCOMPLETE')


def parse_fields(block, loose=False):
    out = []
    for line in block.split(b'\r\n') if block else []:
        m = (LOOSE_FIELD_LINE if loose else FIELD_LINE).match(line)
        if not m:
            raise Bad('field line %s' % show(line, 120))
        out.append((m.group(1), m.group(2)))
    return out


def parse_chunked(data):
    """(body, trailers, bytes used) or None while incomplete; Bad when it is not chunked coding."""
    pos, body = 0, []
    while True:
        end = data.find(b'\r\n', pos)
        if end < 0:
            if not re.match(rb'[0-9A-Fa-f]{0,16}(;[^\r\n]*)?\r?\Z', bytes(data[pos:pos + 200])):
                raise Bad('chunk size %s' % show(bytes(data[pos:pos + 40])))
            return None
        m = re.match(rb'([0-9A-Fa-f]{1,16})[ \t]*(;[^\r\n]*)?\Z', bytes(data[pos:end]))
        if not m:
            raise Bad('chunk size %s' % show(bytes(data[pos:end])[:60]))
        size = int(m.group(1), 16)
        pos = end + 2
        if size == 0:
            if data[pos:pos + 2] == b'\r\n':
                return b''.join(body), [], pos + 2
            end = data.find(b'\r\n\r\n', pos)
            if end < 0:
                return None
            return b''.join(body), parse_fields(bytes(data[pos:end])), end + 4
        if len(data) < pos + size + 2:
            if len(data) > pos + size and data[pos + size:pos + size + 1] != b'\r':
                raise Bad('no CRLF after chunk data')
            return None
        body.append(bytes(data[pos:pos + size]))
        if data[pos + size:pos + size + 2] != b'\r\n':
            raise Bad('no CRLF after chunk data')
        pos += size + 2


def read_body(msg, data, pos, close_ok, eof):
    """Fills in body and complete; returns the position after it."""
    te, cl = msg.all('transfer-encoding'), msg.all('content-length')
    if te:
        if cl:
            raise Bad('Transfer-Encoding and Content-Length together')
        if [v.lower() for v in te] != [b'chunked']:
            raise Bad('Transfer-Encoding %s' % show(te))
        msg.framing = 'chunked'
        got = parse_chunked(data[pos:])
        if got is None:
            msg.body = bytes(data[pos:])
            return len(data)
        msg.body, msg.trailers, used = got
        msg.complete = True
        return pos + used
    if cl:
        if len(cl) != 1 or not re.match(rb'[0-9]{1,18}\Z', cl[0]):
            raise Bad('Content-Length %s' % show(cl))
        msg.framing = 'length'
        n = int(cl[0])
        msg.body = bytes(data[pos:pos + n])
        msg.complete = len(msg.body) == n
        return pos + len(msg.body)
    if close_ok:
        msg.framing = 'close'
        msg.body = bytes(data[pos:])
        msg.complete = eof
        return len(data)
    msg.complete = True
    return pos


def parse_requests(data, loose=False):
    """(requests, rest, error text or None) of the bytes an origin received."""
    data, pos, out = bytes(data), 0, []
    while pos < len(data):
        end = data.find(b'\r\n\r\n', pos)
        if end < 0:
            return out, data[pos:], None
        line, _, block = data[pos:end].partition(b'\r\n')
        m = REQUEST_LINE.match(line)
        if not m:
            return out, data[pos:], 'request line %s' % show(line, 120)
        r = Request()
        r.method, r.target, r.version = m.groups()
        r.raw_head = data[pos:end + 4]
        try:
            r.fields = parse_fields(block, loose)
            pos = read_body(r, data, end + 4, False, False)
        except Bad as e:
            return out, data[pos:], str(e)
        out.append(r)
        if not r.complete:
            return out, b'', None
    return out, b'', None


def parse_responses(data, heads=(), eof=False):
    """(responses incl. 1xx, rest, error text or None). heads: numbers of the final responses that answer a HEAD."""
    data, pos, out, final = bytes(data), 0, [], 0
    while pos < len(data):
        end = data.find(b'\r\n\r\n', pos)
        if end < 0:
            return out, data[pos:], None
        line, _, block = data[pos:end].partition(b'\r\n')
        m = STATUS_LINE.match(line)
        if not m:
            return out, data[pos:], 'status line %s' % show(line, 120)
        r = Response()
        r.version, r.status, r.reason = m.group(1), int(m.group(2)), m.group(3) or b''
        r.raw_head = data[pos:end + 4]
        try:
            r.fields = parse_fields(block)
            if r.status < 200 or r.status in (204, 304) or final in heads:
                r.complete, pos = True, end + 4
            else:
                pos = read_body(r, data, end + 4, True, eof)
        except Bad as e:
            return out, data[pos:], str(e)
        out.append(r)
        if r.status == 101:
            return out, data[pos:], None
        if r.status >= 200:
            final += 1
        if not r.complete:
            return out, b'', None
    return out, b'', None


# ---------------------------------------------------------------------------------------------------------------
# Sockets

class Plain:
    """A socket with recv, send, half-close and reset."""

    def __init__(self, sock, timeout=10.0):
        self.sock = sock
        self.alpn = None
        sock.settimeout(timeout * SLOW)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            pass

    def recv(self, n=65536):
        return self.sock.recv(n)

    def send(self, data):
        self.sock.sendall(data)

    def shut(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()

    def timeout(self, seconds):
        self.sock.settimeout(seconds)

    def name(self):
        a = self.sock.getsockname()
        return '[%s]:%d' % a[:2] if ':' in a[0] else '%s:%d' % a[:2]


class Tls:
    """TLS over a socket with everything in the test's hands: what is sent when, half-close, cuts."""

    def __init__(self, sock, ctx, server_side=False, name=None, timeout=10.0, send_hello=None, early=b''):
        self.sock = sock
        sock.settimeout(timeout * SLOW)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            pass
        self.inp, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.obj = ctx.wrap_bio(self.inp, self.out, server_side=server_side, server_hostname=name)
        self.eof = False
        self.truncated = False
        if early:
            self.inp.write(early)
        self._send_hello = send_hello

    def handshake(self):
        while True:
            try:
                self.obj.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
                continue
            except ssl.SSLError:
                self._flush(quiet=True)
                raise
            self._flush()
            return self

    @property
    def alpn(self):
        return self.obj.selected_alpn_protocol()

    def _flush(self, quiet=False):
        data = self.out.read()
        if not data:
            return
        try:
            if self._send_hello:
                fn, self._send_hello = self._send_hello, None
                fn(self.sock, data)
            else:
                self.sock.sendall(data)
        except OSError:
            if not quiet:
                raise

    def _fill(self):
        data = self.sock.recv(65536)
        if not data:
            if self.eof:
                raise ssl.SSLEOFError('end of stream')
            self.eof = True
            self.inp.write_eof()
        else:
            self.inp.write(data)

    def recv(self, n=65536):
        while True:
            try:
                data = self.obj.read(n)
                self._flush(quiet=True)
                return data
            except ssl.SSLWantReadError:
                self._flush(quiet=True)
                self._fill()
            except ssl.SSLZeroReturnError:
                return b''
            except (ssl.SSLEOFError, ssl.SSLSyscallError):
                self.truncated = True
                return b''

    def send(self, data):
        view = memoryview(data)
        pos = 0
        while pos < len(view):
            pos += self.obj.write(view[pos:pos + 16384])
            if self.out.pending > 262144:
                self._flush()
        self._flush()

    def shut(self):
        """Sends close_notify and FIN; goes on reading."""
        self.notify()
        self.sock.shutdown(socket.SHUT_WR)

    def notify(self):
        try:
            self.obj.unwrap()
        except ssl.SSLError:
            pass
        self._flush(quiet=True)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.sock.close()

    def cut(self):
        """FIN without close_notify."""
        self.sock.close()

    def close(self):
        try:
            self.notify()
        except OSError:
            pass
        self.sock.close()

    def timeout(self, seconds):
        self.sock.settimeout(seconds)

    def name(self):
        return Plain.name(self)


RECV_ERRORS = (ConnectionError, socket.timeout, TimeoutError, ssl.SSLError, OSError)


class Reader:
    """Reads a stream in the caller's thread until something has arrived."""

    def __init__(self, stream):
        self.stream = stream
        self.data = bytearray()
        self.end = None  # None, 'eof', 'reset', 'truncated'

    def more(self, timeout):
        """One read; False on timeout or end."""
        if self.end:
            return False
        self.stream.timeout(max(timeout, 0.001))
        try:
            data = self.stream.recv()
        except (socket.timeout, TimeoutError):
            return False
        except ConnectionError:
            self.end = 'reset'
            return False
        except (ssl.SSLError, OSError):
            self.end = 'reset'
            return False
        if not data:
            self.end = 'truncated' if getattr(self.stream, 'truncated', False) else 'eof'
            return False
        self.data += data
        return True

    def until(self, fn, timeout=5.0):
        """Reads until fn(reader) is true; returns whether it became so."""
        end = time.monotonic() + timeout * SLOW
        while not fn(self):
            left = end - time.monotonic()
            if left <= 0 or self.end:
                return bool(fn(self))
            self.more(left)
        return True

    def to_end(self, timeout=5.0):
        self.until(lambda r: r.end, timeout)
        return bytes(self.data)

    def responses(self, heads=()):
        return parse_responses(self.data, heads, eof=self.end == 'eof')

    def finals(self, n, timeout=5.0, heads=()):
        """The n final responses, or fewer when the stream ended or time ran out."""
        def enough(_):
            rs, _rest, err = self.responses(heads)
            return err or len([r for r in rs if r.status >= 200 and r.complete or r.status == 101]) >= n
        self.until(enough, timeout)
        return [r for r in self.responses(heads)[0] if r.status >= 200 or r.status == 101]

    def exactly(self, n, timeout=10.0):
        self.until(lambda r: len(r.data) >= n, timeout)
        return bytes(self.data)


def dial(port, host='127.0.0.1', timeout=10.0, rcvbuf=None):
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM)
    if rcvbuf:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    s.settimeout(timeout * SLOW)
    s.connect((host, port))
    return s


# ---------------------------------------------------------------------------------------------------------------
# Origins

class Conn:
    """A connection as the origin sees it."""

    def __init__(self, stream, peer):
        self.stream, self.peer = stream, peer
        self.data = bytearray()   # every byte received (decrypted)
        self.end = None           # None, 'fin', 'reset', 'truncated', 'error'
        self.alpn = stream.alpn
        self.sni = None
        self.used = 0             # bytes of data taken by read_request
        self.version = None

    def recv(self, n=65536):
        try:
            data = self.stream.recv(n)
        except (socket.timeout, TimeoutError):
            raise
        except (ConnectionError, ssl.SSLError, OSError):
            self.end = 'reset'
            return b''
        if not data:
            self.end = 'truncated' if getattr(self.stream, 'truncated', False) else 'fin'
        self.data += data
        return data

    def send(self, data):
        self.stream.send(data)

    def read_head(self):
        """The next head's bytes, None at the end."""
        while True:
            end = self.data.find(b'\r\n\r\n', self.used)
            if end >= 0:
                head = bytes(self.data[self.used:end + 4])
                self.used = end + 4
                return head
            if not self.recv():
                return None

    def read_request(self):
        """The next complete request; None when the connection ends; Bad when it is not HTTP."""
        while True:
            rs, _rest, err = parse_requests(self.data[self.used:])
            if rs and rs[0].complete:
                r = rs[0]
                self.used += len(self.data) - self.used - self._left(r)
                return r
            if err:
                raise Bad(err)
            if not self.recv():
                return None

    def _left(self, r):
        rest = self.data[self.used:]
        start = len(r.raw_head)
        m = Request()
        m.fields = r.fields
        return len(rest) - read_body(m, rest, start, False, False)


class Origin:
    """A server on loopback that runs handler(conn) in a thread for each connection and records what it gets."""

    def __init__(self, handler=None, tls=None, host='127.0.0.1', port=0, timeout=20.0, rcvbuf=None):
        self.handler = handler or serve(lambda req: ok())
        self.tls, self.host, self.timeout = tls, host, timeout
        self.conns, self.errors = [], []
        self.accepted = 0
        self.lock = threading.Lock()
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if rcvbuf:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.sock.bind((host, port))
        self.sock.listen(512)
        self.port = self.sock.getsockname()[1]
        self.closing = False
        self.live = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def authority(self):
        return '%s:%d' % ('[%s]' % self.host if ':' in self.host else self.host, self.port)

    def _accept(self):
        while True:
            try:
                s, peer = self.sock.accept()
            except OSError:
                return
            if self.closing:
                s.close()
                return
            with self.lock:
                self.accepted += 1
                self.live.add(s)
            threading.Thread(target=self._one, args=(s, peer), daemon=True).start()

    def _one(self, s, peer):
        stream = None
        try:
            if self.tls:
                stream = Tls(s, self.tls, server_side=True, timeout=self.timeout)
                try:
                    stream.handshake()
                except (ssl.SSLError, OSError) as e:
                    self.errors.append(str(e))
                    return
            else:
                stream = Plain(s, self.timeout)
            c = Conn(stream, peer)
            if self.tls:
                c.version = stream.obj.version()
            with self.lock:
                self.conns.append(c)
            try:
                self.handler(c)
            except Bad as e:
                self.errors.append('not HTTP: %s' % e)
                try:
                    c.send(b'HTTP/1.1 400 Origin-Bad\r\nX-Origin: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
                except OSError:
                    pass
            except (OSError, ssl.SSLError) as e:
                self.errors.append('%s: %s' % (type(e).__name__, e))
        finally:
            with self.lock:
                self.live.discard(s)
            try:
                if stream:
                    stream.close()
                else:
                    s.close()
            except (OSError, ssl.SSLError):
                pass

    def requests(self, loose=False):
        """Every request received, over all connections."""
        out = []
        for c in list(self.conns):
            out += parse_requests(c.data, loose)[0]
        return out

    def bytes(self):
        return b''.join(bytes(c.data) for c in list(self.conns))

    def stop(self):
        self.closing = True
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        with self.lock:
            live = list(self.live)
        for s in live:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()


def ok(body=b'ok', status=b'200 OK', extra=b''):
    return (b'HTTP/1.1 ' + status + b'\r\nX-Origin: 1\r\n' + extra +
            b'Content-Length: %d\r\n\r\n' % len(body) + body)


def serve(answer):
    """A handler that answers every request with answer(request); None closes, a list sends its pieces."""
    def handler(c):
        while True:
            req = c.read_request()
            if req is None:
                return
            a = answer(req)
            if a is None:
                return
            if req.method == b'HEAD' and isinstance(a, bytes):
                a = a[:a.index(b'\r\n\r\n') + 4]
            for piece in [a] if isinstance(a, (bytes, bytearray)) else a:
                c.send(piece)
            if (req.get('connection') or b'').lower() == b'close':
                return
    return handler


# ---------------------------------------------------------------------------------------------------------------
# mitmtop

def program():
    path = os.environ.get('MITMTOP')
    if not path:
        raise Failure('no program: give --mitmtop PATH or set MITMTOP')
    return path


_san = None


def sanitizer():
    """Name of the sanitizer the program was built with, or ''."""
    global _san
    if _san is None:
        with open(program(), 'rb') as f:
            data = f.read()
        _san = 'tsan' if b'__tsan_init' in data else 'asan' if b'__asan_init' in data else ''
    return _san


SANITIZER_WORDS = ('AddressSanitizer', 'ThreadSanitizer', 'LeakSanitizer', 'runtime error:', 'UndefinedBehaviorSanitizer')


class Row(dict):
    """One JSON line of -n --json."""

    @property
    def client(self):
        return self.get('client') or ''

    @property
    def why(self):
        e = self.get('error')
        return (e.get('why') if isinstance(e, dict) else e) or ''

    @property
    def fail_class(self):
        e = self.get('error')
        return (e.get('class') if isinstance(e, dict) else None) or ''

    @property
    def remedy(self):
        e = self.get('error')
        return (e.get('remedy') if isinstance(e, dict) else None) or ''

    def text(self):
        return json.dumps(self, ensure_ascii=False)


class Mitmtop:
    """mitmtop -n on a free port, with its own CA directory; a context manager."""

    def __init__(self, *args, opts=None, threads=2, json_out=True, trust=True, ca_dir=None, prefix=(),
                 listen='127.0.0.1:0', stdout=subprocess.PIPE, env=None, quiet=False):
        self.ca_dir = ca_dir or os.path.join(new_dir('ca'), 'ca')
        argv = list(prefix) + [program(), '-n', '-t', str(threads), '-l', listen, '--ca', self.ca_dir]
        if trust:
            argv += ['--server-ca', lab().ca_pem]
        if json_out:
            argv += ['--json']
        for k, v in (opts or {}).items():
            argv += ['-o', '%s=%s' % (k.replace('_', '-'), v)]
        self.argv = argv + list(args)
        self.quiet = quiet
        self.lines, self.rows, self.err = [], [], []
        self.bad_lines = []
        self.json_out = json_out
        self.cond = threading.Condition()
        self.stopped = False
        self.proc = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                                     env=env or clean_env())
        self.threads = []
        if self.proc.stdout is not None:
            self._reader(self.proc.stdout, self._line)
        self._reader(self.proc.stderr, self._errline)
        self.port = 0
        self.addr = ''
        try:
            self.wait_listening()
        except BaseException:
            self.kill()
            raise

    def _reader(self, f, fn):
        def go():
            for line in iter(f.readline, b''):
                with self.cond:
                    fn(line.rstrip(b'\n').decode('utf-8', 'surrogateescape'))
                    self.cond.notify_all()
            with self.cond:
                self.cond.notify_all()
        t = threading.Thread(target=go, daemon=True)
        t.start()
        self.threads.append(t)

    def _line(self, line):
        self.lines.append(line)
        if self.json_out:
            try:
                self.rows.append(Row(json.loads(line)))
            except (ValueError, TypeError):
                self.bad_lines.append(line)

    def _errline(self, line):
        self.err.append(line)

    def wait_listening(self):
        def found():
            for line in self.err:
                m = re.search(r'listening on (\[.*\]|[^\s:]+):(\d+)', line)
                if m:
                    self.addr, self.port = m.group(1).strip('[]'), int(m.group(2))
                    return True
            if self.proc.poll() is not None:
                for t in self.threads:
                    t.join(1)
                raise Failure('mitmtop ended with %d before it listened: %s' % (self.proc.returncode, self.stderr()))
            return False
        until(found, 10, lambda: 'no "listening on" line; stderr: %s' % self.stderr())

    @property
    def pid(self):
        return self.proc.pid

    @property
    def ca_pem(self):
        return os.path.join(self.ca_dir, 'ca.pem')

    @property
    def url(self):
        return 'http://127.0.0.1:%d' % self.port

    def stderr(self):
        return '\n'.join(self.err)

    def alive(self):
        if self.proc.poll() is not None:
            for t in self.threads:
                t.join(2)
            raise Failure('mitmtop died (status %d): %s' % (self.proc.returncode, self.stderr()[-3000:]))

    def wait_flow(self, pred, timeout=5.0, what='', start=0):
        """The first row from number start on for which pred(row) is true."""
        end = time.monotonic() + timeout * SLOW
        seen = start
        with self.cond:
            while True:
                while seen < len(self.rows):
                    r = self.rows[seen]
                    seen += 1
                    if pred(r):
                        return r
                left = end - time.monotonic()
                if left <= 0 or self.proc.poll() is not None:
                    break
                self.cond.wait(min(left, 0.25))
        self.alive()
        raise Failure('no row %s within %.1f s; last rows: %s' % (
            what, timeout * SLOW, [r.text()[:400] for r in self.rows[-4:]]))

    def row_of(self, stream_or_name, timeout=5.0, what=''):
        """The (first) row of a client connection."""
        name = stream_or_name if isinstance(stream_or_name, str) else stream_or_name.name()
        return self.wait_flow(lambda r: r.client == name, timeout, what or 'of client ' + name)

    def rows_where(self, pred):
        with self.cond:
            return [r for r in self.rows if pred(r)]

    def wait_rows(self, pred, n, timeout=5.0, what=''):
        return until(lambda: (lambda rs: rs if len(rs) >= n else None)(self.rows_where(pred)), timeout,
                     lambda: '%d rows %s (there are %d); last: %s' % (
                         n, what, len(self.rows_where(pred)), [r.text()[:300] for r in self.rows[-3:]]))

    # What the kernel says of the process.
    def fds(self):
        return len(os.listdir('/proc/%d/fd' % self.pid))

    def sockets(self):
        n = 0
        for f in os.listdir('/proc/%d/fd' % self.pid):
            try:
                if os.readlink('/proc/%d/fd/%s' % (self.pid, f)).startswith('socket:'):
                    n += 1
            except OSError:
                pass
        return n

    def rss_kib(self):
        with open('/proc/%d/status' % self.pid) as f:
            return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))

    def cpu_s(self):
        with open('/proc/%d/stat' % self.pid) as f:
            parts = f.read().rsplit(')', 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf('SC_CLK_TCK')

    def signal(self, sig):
        self.proc.send_signal(sig)

    def wait(self, timeout=10.0):
        try:
            rc = self.proc.wait(timeout * SLOW)
        except subprocess.TimeoutExpired:
            raise Failure('mitmtop did not end within %.0f s; stderr: %s' % (timeout * SLOW, self.stderr()[-2000:])) from None
        for t in self.threads:
            t.join(5)
        return rc

    def stop(self, sig=SIGTERM):
        """Ends it; the exit status must be 0 and no sanitizer may have spoken."""
        if self.stopped:
            return
        self.stopped = True
        if self.proc.poll() is None:
            self.signal(sig)
        try:
            rc = self.wait()
        except Failure:
            self.kill()
            raise
        self.check_stderr()
        check(not self.bad_lines, 'lines on stdout that are not JSON:', self.bad_lines[:3])
        check(rc == 0, 'mitmtop ended with status %d, stderr: %s' % (rc, self.stderr()[-3000:]))

    def check_stderr(self):
        text = self.stderr()
        for word in SANITIZER_WORDS:
            if word in text:
                raise Failure('sanitizer: ' + text[max(0, text.index(word) - 200):][:6000])

    def kill(self):
        self.stopped = True
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
        for t in self.threads:
            t.join(2)

    def __enter__(self):
        return self

    def __exit__(self, kind, exc, tb):
        if kind is None:
            self.stop()
            return
        died = self.proc.poll()
        self.kill()
        text = self.stderr()
        if died is not None or any(w in text for w in SANITIZER_WORDS):
            raise Failure('%s: %s; and mitmtop ended with %s: %s' % (kind.__name__, exc, died, text[-4000:])) from exc

    # Clients.
    def ctx(self, alpn=('http/1.1',), low=None, high=None, verify=True):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if verify:
            ctx.load_verify_locations(self.ca_pem)
        else:
            ctx.check_hostname = False
            ctx.verify_mode = ssl.CERT_NONE
        if alpn:
            ctx.set_alpn_protocols(list(alpn))
        if low:
            ctx.minimum_version = low
        if high:
            ctx.maximum_version = high
        return ctx

    def plain(self, timeout=10.0, rcvbuf=None):
        return Plain(dial(self.port, self.addr or '127.0.0.1', timeout, rcvbuf), timeout)

    def connect(self, authority, timeout=10.0, extra=b'', rcvbuf=None):
        """A CONNECT tunnel: (stream, status, head, bytes behind the head)."""
        p = self.plain(timeout, rcvbuf)
        p.send(b'CONNECT ' + authority.encode() + b' HTTP/1.1\r\nHost: ' + authority.encode() + b'\r\n' + extra + b'\r\n')
        rd = Reader(p)
        rd.until(lambda r: b'\r\n\r\n' in r.data, timeout)
        head, _, rest = bytes(rd.data).partition(b'\r\n\r\n')
        m = STATUS_LINE.match(head.partition(b'\r\n')[0])
        p.timeout(timeout * SLOW)
        return p, int(m.group(2)) if m else 0, head, rest

    def tunnel(self, authority, timeout=10.0, rcvbuf=None):
        p, status, head, rest = self.connect(authority, timeout, rcvbuf=rcvbuf)
        if status != 200:
            p.close()
            raise Failure('CONNECT %s was answered %s' % (authority, show(head)))
        equal(rest, b'', 'bytes behind the answer to CONNECT')
        return p

    def tls(self, authority, ctx=None, timeout=10.0, name=None, **kw):
        """CONNECT and a finished TLS handshake inside."""
        p = self.tunnel(authority, timeout, rcvbuf=kw.pop('rcvbuf', None))
        host = name or authority.rpartition(':')[0].strip('[]')
        return Tls(p.sock, ctx or self.ctx(), name=host, timeout=timeout, **kw).handshake()

    def curl(self, *args, ca=True, timeout=20.0, **kw):
        """curl through the proxy: the finished process."""
        argv = [need('curl'), '-sS', '-x', self.url, '--noproxy', '', '--max-time', '%d' % (timeout * SLOW)]
        if ca:
            argv += ['--cacert', self.ca_pem]
        return run(argv + list(args), timeout=timeout + 5, **kw)


# ---------------------------------------------------------------------------------------------------------------
# nginx

NGINX_CONF = '''
%(user)sworker_processes 1;
daemon off;
master_process off;
pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  types { text/html html; text/css css; application/javascript js; image/svg+xml svg; text/plain txt; }
  default_type application/octet-stream;
  client_body_temp_path %(dir)s/body; proxy_temp_path %(dir)s/p; fastcgi_temp_path %(dir)s/f;
  uwsgi_temp_path %(dir)s/u; scgi_temp_path %(dir)s/s;
  client_max_body_size 0;
  keepalive_requests 100000;
  server {
    listen 127.0.0.1:%(port)d;
    listen 127.0.0.1:%(tls_port)d ssl;
    %(v6)s
    server_name localhost;
    ssl_certificate %(lab)s/leaf.pem;
    ssl_certificate_key %(lab)s/leaf.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    root %(dir)s/root;
    location = /echo-host { return 200 "$host $scheme\\n"; }
    location = /redirect { return 302 /hello.txt; }
    location = /teapot { return 418 "short and stout\\n"; }
    location = /500 { return 500 "broken\\n"; }
    location = /post { return 200 "posted\\n"; }
    location = /h { return 200 "hello\\n"; }
    location /put/ { dav_methods PUT; create_full_put_path on; }
%(more)s
  }
}
'''


class Nginx:
    """nginx in the foreground with its own configuration: plain on port, TLS 1.2 and 1.3 on tls_port."""

    def __init__(self, files=None, more='', v6=False):
        exe = need('nginx')
        self.dir = new_dir('nginx')
        os.mkdir(os.path.join(self.dir, 'root'))
        self.port, self.tls_port = free_port(), free_port()
        for name, data in dict({'hello.txt': b'hello from nginx\n', 'empty.txt': b''}, **(files or {})).items():
            self.put(name, data)
        six = 'listen [::1]:%d; listen [::1]:%d ssl;' % (self.port, self.tls_port) if v6 else ''
        conf = os.path.join(self.dir, 'nginx.conf')
        with open(conf, 'w') as f:
            f.write(NGINX_CONF % dict(dir=self.dir, port=self.port, tls_port=self.tls_port, lab=lab().path, more=more,
                                      v6=six, user='user root;\n' if os.getuid() == 0 else ''))
        self.log = open(os.path.join(self.dir, 'out.log'), 'wb')
        self.proc = subprocess.Popen([exe, '-p', self.dir, '-e', os.path.join(self.dir, 'error.log'), '-c', conf],
                                     stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=clean_env())
        try:
            for port in (self.port, self.tls_port):
                until(lambda p=port: self._up(p), 10, lambda: 'nginx listening: %s' % open(self.log.name, 'rb').read())
        except BaseException:
            self.stop()
            raise

    def _up(self, port):
        if self.proc.poll() is not None:
            raise Failure('nginx ended: %s' % open(self.log.name, 'rb').read().decode('latin-1'))
        try:
            dial(port).close()
            return True
        except OSError:
            return False

    def put(self, name, data):
        with open(os.path.join(self.dir, 'root', name), 'wb') as f:
            f.write(data)

    def file(self, name):
        return os.path.join(self.dir, 'root', name)

    def stop(self):
        if self.proc.poll() is None:
            self.proc.terminate()
            try:
                self.proc.wait(5)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()


# ---------------------------------------------------------------------------------------------------------------
# A terminal

def display_width(text):
    n = 0
    for ch in text:
        if unicodedata.combining(ch) or unicodedata.category(ch) in ('Mn', 'Me', 'Cf'):
            continue
        n += 2 if unicodedata.east_asian_width(ch) in 'WF' else 1
    return n


class Tmux:
    """A tmux server of its own, with one window that runs a shell."""

    def __init__(self, width=80, height=24, env=None):
        self.exe = need('tmux')
        self.dir = new_dir('tmux')
        self.socket = 'e2e'
        self.width, self.height = width, height
        inner = clean_env(TERM='xterm-256color', PS1='ready$ ', HISTFILE=None, **(env or {}))
        if 'TMPDIR' not in (env or {}):
            inner.pop('TMPDIR', None)
        self.env = dict(inner, TMUX_TMPDIR=self.dir, TERM='xterm-256color')
        argv = ['env', '-i'] + ['%s=%s' % kv for kv in sorted(inner.items())] + ['sh']
        quoted = ' '.join(quote(a) for a in argv)
        self('start-server', ';', 'set-option', '-g', 'status', 'off', ';', 'set-option', '-g', 'escape-time', '10', ';',
             'set-option', '-g', 'default-terminal', 'xterm-256color', ';',
             'new-session', '-d', '-x', str(width), '-y', str(height), quoted)
        self.wait(lambda s: 'ready$' in s, what='the shell')

    def __call__(self, *args, check_status=True):
        r = run([self.exe, '-L', self.socket, '-f', '/dev/null', '-u'] + list(args), env=self.env)
        if check_status and r.returncode != 0:
            raise Failure('tmux %s: %s' % (' '.join(args), show(r.stderr)))
        return r.stdout

    def keys(self, *keys):
        self('send-keys', *keys)

    def type(self, text):
        self('send-keys', '-l', text)

    def command(self, line):
        self.type(line)
        self.keys('Enter')

    def screen(self, escapes=False):
        return self('capture-pane', '-p', *(['-e'] if escapes else [])).decode('utf-8', 'surrogateescape')

    def lines(self):
        return self.screen().split('\n')

    def display(self, form):
        return self('display-message', '-p', form).decode().strip()

    def flags(self):
        return self.display('#{alternate_on} #{cursor_flag} #{mouse_any_flag}')

    def resize(self, width, height):
        self.width, self.height = width, height
        self('resize-window', '-x', str(width), '-y', str(height))

    def wait(self, pred, timeout=5.0, what='the screen'):
        """Polls the screen until pred(text) is true; returns the text."""
        last = ['']

        def look():
            last[0] = self.screen()
            return last[0] if pred(last[0]) else None
        return until(look, timeout, lambda: '%s; the screen is:\n%s' % (what, last[0]), step=0.03)

    def sane(self):
        """The assertions that hold on every screen."""
        text = self.screen()
        for line in text.split('\n'):
            check(display_width(line) <= self.width, 'line wider than the pane: %r' % line)
            check('lqqk' not in line, 'ACS letters on the screen: %r' % line)
            check(not re.search('[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]', line), 'raw control byte: %r' % line)
        return text

    def stop(self):
        pid = self('display-message', '-p', '#{pid}', check_status=False).decode().strip()
        self('kill-server', check_status=False)
        if pid:
            until(lambda: ended(int(pid)), 5, 'the end of tmux')

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()


def ended(pid):
    """True when the process is gone, or waits to be reaped."""
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rpartition(')')[2].split()[0] == 'Z'
    except OSError:
        return True


def quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


# ---------------------------------------------------------------------------------------------------------------
# Small things

def noise(n, seed=b'mitmtop'):
    """n reproducible bytes that do not compress."""
    block = b''.join(hashlib.sha256(seed + struct.pack('>I', i)).digest() for i in range(2048))  # 64 KiB
    out = bytearray()
    i = 0
    while len(out) < n:
        out += struct.pack('>Q', i) + block
        i += 1
    return bytes(out[:n])


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def sha256_file(path):
    h = hashlib.sha256()
    with open(path, 'rb') as f:
        for piece in iter(lambda: f.read(1 << 20), b''):
            h.update(piece)
    return h.hexdigest()


def spki_pin(pem):
    """base64 of the SHA-256 of a certificate's public key, as Chromium wants it."""
    pub = run(['openssl', 'x509', '-in', pem, '-noout', '-pubkey']).stdout
    der = run(['openssl', 'pkey', '-pubin', '-outform', 'DER'], input=pub).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def is_ip(host):
    try:
        ipaddress.ip_address(host.strip('[]'))
        return True
    except ValueError:
        return False
