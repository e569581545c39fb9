# SPDX-License-Identifier: MIT
"""The plain output (-n): lines at the beginning and at the end, blocks of figures, the summary and the exit status."""
import json
import os
import re
import signal
import subprocess
import threading

from support import (Mitmtop, Origin, Tmux, check, clean_env, equal, free_port, lab, new_dir, ok, program, quote, run, serve, smoke, until)

END = re.compile(r'^\d\d:\d\d:\d\d\.\d{3} +(\d+) [DFEKP] (h1|tls|tcp|raw|ws|sse|grpc) +(\S+) +(\d{3}|-) +(\S+) +(\S+) \S')


def get(m, url):
    r = run(['curl', '-sS', '-o', os.devnull, '-x', m.url, '--cacert', m.ca_pem, '--max-time', '10', url])
    equal(r.returncode, 0, r.stderr)


def origin(**kw):
    return Origin(serve(lambda q: ok(b'hello')), **kw)


@smoke
def test_a_line_tells_when_a_flow_begins():
    gate = threading.Event()

    def slow(q):
        check(gate.wait(20), 'never let go')
        return ok(b'hello')

    with Origin(serve(slow), tls=lab().server_ctx()) as o, Mitmtop('--start', 'path != /hidden', json_out=False) as m:
        url = 'https://' + o.authority
        t = threading.Thread(target=get, args=(m, url + '/shown'))
        t.start()
        until(lambda: m.lines, 5, 'the line of the beginning')
        check(re.match(r'^[\d:.]+ +1 \+ h1   GET  -     -         - \S+ /shown$', m.lines[0]), m.lines)
        equal(len(m.lines), 1)
        gate.set()
        t.join(10)
        get(m, url + '/hidden')
        get(m, url + '/last')
        until(lambda: len(m.lines) >= 4, 5, 'all lines')
        m.stop()
        equal([re.split(' +', line)[1:3] for line in m.lines], [['1', '+'], ['1', 'D'], ['3', '+'], ['3', 'D']])
        check(END.match(m.lines[1]), m.lines[1])
    with origin() as o, Mitmtop('--start') as m:
        get(m, 'http://' + o.authority + '/a')
        until(lambda: len(m.lines) == 2, 5, 'both objects')
        first, second = (json.loads(line) for line in m.lines)
        equal((first['event'], first['number'], first['path'], first['method']), ('start', 1, '/a', 'GET'))
        check('status' not in first and 'state' not in first, first)
        equal((second['number'], second['status'], second['state']), (1, 200, 'D'))


def test_a_failed_handshake_begins_too():
    with Origin(tls=lab().server_ctx()) as o, Mitmtop('--start', json_out=False) as m:
        check(run(['curl', '-sS', '-x', m.url, '--max-time', '10', 'https://' + o.authority]).returncode != 0, 'curl trusted an unknown CA')
        until(lambda: len(m.lines) == 2, 5, 'both lines')
        check(re.match(r'^[\d:.]+ +1 \+ tls  -    -     -         - \S+$', m.lines[0]), m.lines)
        check(re.match(r'^[\d:.]+ +1 F tls  -    -     - +\S+ \S+ client alert unknown_ca \(48\)', m.lines[1]), m.lines)
        m.stop()
        check(re.search(r'^mitmtop: 1 of 1 flows shown, 1 handshake failed, [\d.]+ (B|KiB) in \d+ s$', m.stderr(), re.M), m.stderr())


@smoke
def test_exit_status_of_a_signal():
    for args, sig, status in (([], signal.SIGINT, 0), ([], signal.SIGTERM, 0), (['--strict'], signal.SIGINT, 130),
                              (['--strict'], signal.SIGTERM, 143)):
        m = Mitmtop(*args)
        m.proc.send_signal(sig)
        equal(m.proc.wait(10), status, (args, sig))
        for t in m.threads:
            t.join(10)
        check('mitmtop: 0 of 0 flows shown, 0 handshakes failed, 0 B in 0 s' in m.stderr(), m.stderr())
        m.stopped = True


def blocks(text):
    """The blocks of figures, each a list of its lines, and what else there is."""
    found, other = [], []
    for line in text:
        if 'mitmtop - ' in line:
            found.append([])
        if line and (found and len(found[-1]) < 6):
            found[-1].append(line)
        elif line:
            other.append(line)
    return found, other


@smoke
def test_blocks_of_figures_and_then_the_end():
    with origin() as o, Mitmtop('-b', '3', '-d', '0.5', json_out=False) as m:
        get(m, 'http://' + o.authority + '/a')
        equal(m.proc.wait(20), 0)
        for t in m.threads:
            t.join(10)
        m.stopped = True
        got, other = blocks(m.lines)
        equal(len(got), 3, m.lines)
        for b in got:
            equal([line[:8] for line in b], [' mitmtop', ' Flows: ', ' Net  : ', ' TLS  : ', ' Certs: ', ' Lat  : '])
        check('127.0.0.1:%d' % m.port in got[0][0], got[0])
        check(re.search(r'Flows: +1 total, +0 active', got[-1][1]), got[-1])
        check(any(re.search(r'Net  : +[1-9][\d.]* req/s', b[2]) for b in got), got)
        check(not any(c in line for b in got for line in b for c in '\x01\x02▁#'), got)
        equal(len(other), 1)
        check(END.match(other[0]), other)
    # A narrow terminal gets narrow lines.
    with Tmux(80, 24) as t:
        t.command('%s -n -b 2 -d 0.2 -p 0 --ca %s; echo "status=$?"' % (quote(program()), quote(os.path.join(new_dir('ca'), 'ca'))))
        s = t.wait(lambda s: 'status=0' in s, 10, 'the end')
        got, _ = blocks(s.split('\n'))
        equal([len(b) for b in got], [6, 6], s)
        equal([line[:6] for line in got[1]], ['mitmto', 'Flows:', 'Net  :', 'TLS  :', 'Certs:', 'Lat  :'], s)
    # Alone it prints no flows.
    r = run([program(), '-b', '2', '-d', '0.2', '-p', '0', '--ca', os.path.join(new_dir('ca'), 'ca')], timeout=20)
    equal(r.returncode, 0, r.stderr)
    lines = r.stdout.decode().split('\n')
    equal([line[:5] for line in lines], ['mitmt', 'Flows', 'Net  ', 'TLS  ', 'Certs', 'Lat  ', ''] * 2)


def test_a_port():
    port = free_port()
    p = subprocess.Popen([program(), '-n', '-p', str(port), '--ca', os.path.join(new_dir('ca'), 'ca')], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         env=clean_env())
    with origin() as o:
        until(lambda: run(['curl', '-s', '-o', os.devnull, '-x', 'http://127.0.0.1:%d' % port, 'http://' + o.authority]).returncode == 0, 10, 'a request')
    p.send_signal(signal.SIGTERM)
    out, err = p.communicate(timeout=10)
    equal(p.returncode, 0)
    check(b'listening on 127.0.0.1:%d\n' % port in err, err)
    check(END.match(out.decode()), out)


def refused(*args):
    r = run([program(), '--ca', os.path.join(new_dir('ca'), 'ca'), *args])
    equal((r.returncode, r.stdout, r.stderr.count(b'\n')), (2, b'', 1), (args, r.stderr))
    return r.stderr.decode()


@smoke
def test_what_cannot_be_is_one_sentence():
    equal(refused('-n', '-p', '1', '-l', '2'), 'mitmtop: port and listen (-p and -l) both say where to listen: leave one out\n')
    equal(refused('-n', '-l', '9', '-l', '127.0.0.1:9'), 'mitmtop: listen: 127.0.0.1:9 is given twice\n')
    equal(refused('-n', 'code >> 400'), "mitmtop: filter: at character 7: expected a number here, got '>'. Try: code > 400\n")
    equal(refused('-n', '-r', '/no/such'), 'mitmtop: /no/such is not there\n')
    check('leave one out' in refused('-b', '2', '--json'), '-b --json')
    check('leave one out' in refused('-b', '2', '-r', 'x'), '-b -r')
    check('leave one out' in refused('-b', '2', '--script', 'x'), '-b --script')


def test_standard_files_that_are_closed():
    """Nothing that is opened later takes their numbers: no line goes into a socket or a file."""
    ca = os.path.join(new_dir('ca'), 'ca')
    for fd in (1, 2):
        p = subprocess.Popen([program(), '-n', '-b', '2', '-d', '0.2', '-p', '0', '--ca', ca], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=clean_env(), preexec_fn=lambda: os.close(fd))
        out, err = p.communicate(timeout=20)
        equal(p.returncode, 1 if fd == 1 else 0, err)
        if fd == 1:
            check(b'cannot write to standard output: Bad file descriptor' in err, err)
        else:
            check(out.count(b'mitmtop - ') == 2 and not err, out)


def test_colour_on_a_terminal_only():
    """The state and the code of a failed request, as the terminal has them."""
    dead = free_port()
    for env, want in ((None, True), ({'NO_COLOR': '1'}, False), ({'NO_COLOR': ''}, True)):
        with Tmux(100, 12, env=env) as t:
            port = free_port()
            t.command('%s -n -p %d --ca %s' % (quote(program()), port, quote(os.path.join(new_dir('ca'), 'ca'))))
            t.wait(lambda s: 'listening on' in s, 10)
            run(['curl', '-s', '-o', os.devnull, '-x', 'http://127.0.0.1:%d' % port, 'http://127.0.0.1:%d/' % dead])
            t.wait(lambda s: ' 502 ' in s, 5, 'the line')
            line = next(x for x in t.screen(escapes=True).split('\n') if '502' in x)
            equal('\x1b[31' in line or '\x1b[1m\x1b[31m' in line or '\x1b[1;31m' in line, want, (env, line))
            t.keys('C-c')
            t.wait(lambda s: 'flows shown' in s, 5, 'the summary')
    with Mitmtop(json_out=False) as m:
        run(['curl', '-s', '-o', os.devnull, '-x', m.url, 'http://127.0.0.1:%d/' % dead])
        until(lambda: m.lines, 5, 'the line')
        check('\x1b' not in m.lines[0], m.lines)
