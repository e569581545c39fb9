# SPDX-License-Identifier: MIT
"""Breakpoints, editing and sending again in a real tmux: acceptance scenarios 21, 22 and 23, answers, kills, replays, and
fifty held flows under load."""
import gzip
import os
import re
import subprocess
import threading
import time

from support import (Origin, SLOW, check, equal, exclusive, lab, new_dir, ok, run, serve, until)
from test_console import Console
from test_console_life import Flood, request, total


class Client:
    """A curl through the console's proxy, in the background."""

    def __init__(self, c, *args, timeout=60, trust=True):
        argv = ['curl', '-sS', '-i', '-x', 'http://127.0.0.1:%d' % c.port, '--max-time', str(timeout)]
        if trust:
            argv += ['--cacert', os.path.join(c.ca, 'ca.pem')]
        self.p = subprocess.Popen(argv + list(args), stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def done(self):
        return self.p.poll() is not None

    def answer(self, timeout=10):
        out, err = self.p.communicate(timeout=timeout)
        check(self.p.returncode == 0, 'curl:', self.p.returncode, err)
        return out

    def kill(self):
        self.p.kill()
        self.p.communicate()


def echo_origin(tls=None):
    """Answers with what it got, so that a client can tell; keeps requests for the test."""
    got = []

    def answer(q):
        got.append(q)
        return ok(b'got ' + q.method + b' ' + q.target + b' ' + q.body, extra=b'Content-Type: text/plain\r\n')
    o = Origin(serve(answer), tls=tls)
    o.got = got
    return o


def rule(c, text):
    c.tmux.keys('i')
    c.tmux.wait(lambda s: 'Hold:' in s or 'breakpoint rules' in s)
    if 'Hold:' not in c.tmux.screen():
        c.tmux.keys('i')
        c.tmux.wait(lambda s: 'Hold:' in s)
    c.tmux.type(text)
    c.tmux.keys('Enter')
    c.tmux.wait(lambda s: 'Hold:' not in s and text.split()[-1] in s, what='the rule')
    c.tmux.keys('q')
    c.tmux.wait(lambda s: 'breakpoint rules: what' not in s)


def held(s):
    m = re.search(r'HELD (\d+)', s.split('Flows:')[-1].split('\n', 1)[-1] if 'Flows:' in s else s)
    return int(m.group(1)) if m else 0


def editor(script):
    """An $EDITOR made of shell commands that change the file $1."""
    path = os.path.join(new_dir('editor'), 'edit')
    with open(path, 'w') as f:
        f.write('#!/bin/sh\n' + script + '\n')
    os.chmod(path, 0o755)
    return path


def test_scenario_21_a_held_request_waits_with_a_clock_on_every_screen():
    with echo_origin() as o, Console() as c:
        rule(c, 'path ~ held')
        curl = Client(c, 'http://%s/held/1' % o.authority)
        c.tmux.wait(lambda s: held(s) == 1, what='HELD')
        check(re.search(r'^[> ▸][* ]\s*1 H ', c.tmux.screen(), re.M), c.tmux.screen())
        check('1 HELD' in c.tmux.screen(), c.tmux.screen())
        first = re.search(r'oldest (\d+)s', c.tmux.screen()).group(1)
        c.tmux.wait(lambda s: re.search(r'oldest (\d+)s', s).group(1) != first, what='the clock')
        for keys in (['Right'], ['2'], ['3'], ['4'], ['5'], ['6'], ['q', 'h'], ['q', 'E'], ['q', 'i'], ['q', 'Enter'], ['q', 'e']):
            c.tmux.keys(*keys)
            c.tmux.wait(lambda s: 'HELD 1 oldest' in s, what='HELD after ' + ' '.join(keys))
        c.tmux.keys('q')
        c.tmux.wait(lambda s: 'Flows:' in s)
        check(not curl.done() and not o.got, 'it waits')
        c.tmux.keys('a')
        check(b'got GET /held/1' in curl.answer(), 'the answer')
        c.tmux.wait(lambda s: 'HELD 1' not in s and '0 HELD' in s, what='HELD gone')
        c.quit()


def test_time_held_is_a_step_of_its_own_also_in_the_file():
    session = os.path.join(new_dir('session'), 's')
    with echo_origin() as o, Console(120, 36, args='-w %s' % session) as c:
        rule(c, 'both hold=1s path ~ held')
        begin = time.monotonic()
        check(b'got GET /held/1' in Client(c, 'http://%s/held/1' % o.authority).answer(), 'the answer')
        took = time.monotonic() - begin
        check(took > 2, 'held twice', took)
        s = c.tmux.wait(lambda s: re.search(r' 1 D .*/held/1 .* 2\.\ds ', s), what='TIME, which counts it')
        ttfb = re.search(r'/held/1 .* (\S+) +2\.\ds ', s).group(1)
        check(ttfb.endswith('ms') and float(ttfb[:-2]) < 900, 'TTFB, which does not', ttfb, s)
        latency = r'ttfb +[\d.]+/ *[\d.]+/ *([\d.]+) +total +[\d.]+/ *[\d.]+/ *([\d.]+)'
        s = c.tmux.wait(lambda s: re.search(latency, s), what='latencies')
        check(all(float(ms) < 900 for ms in re.search(latency, s).groups()), 'latencies', s)
        c.quit()
    with Console(120, 36, args='-r %s' % session) as c:
        c.tmux.wait(lambda s: 'flow 1/1' in s and ttfb in s, what='the same TTFB')
        c.tmux.keys('Enter', '4')
        s = c.tmux.wait(lambda s: s.count('held at a breakpoint') == 2, what='both holds')
        check(len(re.findall(r'held at a breakpoint +│ +\+1\d{3}\.\d', s)) == 2, s)
        check(2000 <= float(re.search(r'held \S+ ([\d.]+)', s.split('phases')[1]).group(1)) < 1000 * took, s)
        c.quit()


def load(c, origin, n):
    """So many requests one after another; the time that 95 of 100 stay below, in seconds."""
    times = []
    for i in range(n):
        begin = time.monotonic()
        equal(request(c.port, origin.authority, '/other/%d' % i), 200)
        times.append(time.monotonic() - begin)
    return sorted(times)[n * 95 // 100]


@exclusive
def test_scenario_22_editing_in_an_editor_that_takes_its_time():
    path = editor('date +%s.%N > "$0.began"; sleep 10; date +%s.%N > "$0.slept"; sed -i "s/qty: 3/qty: 300/" "$1"')
    with echo_origin() as o, Console(env={'EDITOR': path}) as c:
        normal = load(c, o, 200)
        rule(c, 'path ~ held')
        curl = Client(c, '-d', 'order qty: 3 end', 'http://%s/held/1' % o.authority)
        c.tmux.wait(lambda s: held(s) == 1)
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'HELD request' in s)
        c.tmux.keys('e')
        until(lambda: os.path.exists(path + '.began'), 5, 'the editor')
        p95 = load(c, o, 200)  # each of which must be answered with 200
        check(not os.path.exists(path + '.slept'), '200 requests took longer than the editor')
        check(p95 < 3 * normal + 0.05, 'p95 %.1f ms with the editor open, before %.1f ms' % (1e3 * p95, 1e3 * normal))
        s = c.tmux.wait(lambda s: '+ order qty: 300 end' in s, 20, 'the edit')
        check('- order qty: 3 end' in s and '- Content-Length: 16' in s and '+ Content-Length: 18' in s, s)
        c.tmux.keys('a')
        check(curl.answer().endswith(b'order qty: 300 end'), 'the answer')
        c.tmux.wait(lambda s: total(s) == 401)
        c.tmux.keys('/')
        c.tmux.type('/held/1')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: re.search(r'^[> ▸] ?~ *201 D ', s, re.M), what='the row, marked as edited')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'qty: 300' in s)
        c.tmux.keys('R')
        c.tmux.wait(lambda s: 'qty: 3 ' in s, what='the original')
        c.tmux.keys('q')
        c.quit()


def test_scenario_23_the_client_leaves_and_a_hold_that_ends_by_itself():
    with echo_origin() as o, Console() as c:
        rule(c, 'path ~ held/1')
        curl = Client(c, 'http://%s/held/1' % o.authority)
        c.tmux.wait(lambda s: held(s) == 1)
        curl.kill()
        c.tmux.wait(lambda s: re.search(r'^[> ▸][* ]\s*1 E ', s, re.M), what='state E')
        c.tmux.keys('Enter', '2')
        s = c.tmux.wait(lambda s: re.search(r'client closed after', s), what='why')
        check(re.search(r'\br\b.* again', s), 'r is offered:', s)
        c.tmux.keys('q', 'r')
        c.tmux.wait(lambda s: re.search(r'@ *2 D ', s), what='the replay')
        equal([q.target for q in o.got], [b'/held/1'])
        rule(c, 'hold=5s then=send path ~ held/2')
        rule(c, 'hold=500ms then=kill path ~ held/3')
        begin = time.monotonic()
        check(b'got GET /held/2' in Client(c, 'http://%s/held/2' % o.authority).answer(20), 'goes on')
        took = time.monotonic() - begin
        check(5 <= took < 5 + 3 * SLOW, 'held for 5 s: answered after %.1f s' % took)
        curl = Client(c, 'http://%s/held/3' % o.authority)
        until(curl.done, 5, 'the end')
        check(curl.p.returncode != 0, 'killed')
        c.tmux.wait(lambda s: re.search(r' 4 K ', s), what='state K')
        c.tmux.keys('E')
        c.tmux.wait(lambda s: re.search(r'rule 2.*(sent|goes) on', s) and re.search(r'rule 3.*killed', s), what='events')
        c.tmux.keys('q')
        c.quit()


def test_a_held_request_is_answered_without_a_server():
    with echo_origin() as o, Console(width=120, height=36) as c:
        rule(c, 'path ~ held')
        curl = Client(c, 'http://%s/held/1' % o.authority)
        c.tmux.wait(lambda s: held(s) == 1)
        c.tmux.keys('e', 's')
        c.tmux.wait(lambda s: 'ANSWER' in s)
        c.tmux.keys('1', 'C-u')
        c.tmux.type('HTTP/1.1 418 Teapot')
        c.tmux.keys('Enter', '3')
        c.tmux.type('short and stout')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: '+ short and stout' in s)
        c.tmux.keys('a')
        answer = curl.answer()
        check(answer.startswith(b'HTTP/1.1 418 Teapot\r\n') and b'Content-Length: 15\r\n' in answer and
              answer.endswith(b'short and stout'), answer)
        equal(o.got, [])
        c.tmux.wait(lambda s: re.search(r' 418 ', s))
        c.quit()


def test_a_response_is_held_and_its_coded_body_edited():
    def answer(q):
        return ok(gzip.compress(b'{"total": 1}'), extra=b'Content-Encoding: gzip\r\nContent-Type: application/json\r\n')
    path = editor('sed -i "s/1}/2, \\"more\\": true}/" "$1"')
    with Origin(serve(answer), tls=lab().server_ctx()) as o, Console(env={'VISUAL': path}) as c:
        rule(c, 'response path ~ held')
        curl = Client(c, '--compressed', 'https://localhost:%s/held' % o.authority.split(':')[1])
        c.tmux.wait(lambda s: held(s) == 1)
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'HELD response' in s and '{"total": 1}' in s)
        c.tmux.keys('b')
        c.tmux.wait(lambda s: '+ {"total": 2, "more": true}' in s)
        check(not curl.done(), 'it waits')
        c.tmux.keys('a')
        out = curl.answer()
        check(out.endswith(b'{"total": 2, "more": true}') and b'ontent-Encoding: gzip' in out, out)
        c.quit()


def test_a_response_that_is_waited_for_is_held():
    go = threading.Event()

    def handler(conn):
        conn.read_request()
        go.wait(20)
        conn.send(ok(b'at last'))

    with Origin(handler) as o, Console() as c:
        curl = Client(c, 'http://%s/slow?a=b' % o.authority)
        c.tmux.wait(lambda s: re.search(r' 1 W ', s), what='the request')
        c.tmux.keys('Enter', '2')
        c.tmux.wait(lambda s: 'i holds it when it does' in s.replace('\n', ' '), what='the offer')
        c.tmux.keys('i')
        c.tmux.wait(lambda s: 'Hold: response host = 127.0.0.1 and path = "/slow?a=b"' in s.replace("'", '"') or
                    'Hold: response host = 127.0.0.1 and path = /slow?a=b' in s, what='the rule')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'holds what matches' in s)
        go.set()
        c.tmux.wait(lambda s: held(s) == 1, what='HELD')
        check(not curl.done(), 'it waits')
        c.tmux.keys('a')
        check(curl.answer().endswith(b'at last'), 'the answer')
        c.quit()


def test_an_edit_that_is_wrong_is_refused_and_kept():
    path = editor('[ -e "$1.two" ] || { printf "GET / HTTP/1.1\\nno field\\n\\n" > "$1"; exit 0; }')
    with echo_origin() as o, Console(env={'EDITOR': path}) as c:
        rule(c, 'path ~ held')
        curl = Client(c, 'http://%s/held/1' % o.authority)
        c.tmux.wait(lambda s: held(s) == 1)
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'HELD request' in s)
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'Line 2: a field is NAME: VALUE' in s and 'Edit it again' in s)
        c.tmux.keys('n')
        c.tmux.keys('1', 'C-u')
        c.tmux.type('GET  /two-blanks HTTP/1.1')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'cannot be sent' in s)
        c.tmux.keys('a')
        c.tmux.wait(lambda s: 'HELD request' in s and 'two-blanks' in s)
        check(not curl.done() and not o.got, 'nothing was sent')
        c.tmux.keys('u')
        c.tmux.wait(lambda s: 'as it came' in s)
        c.tmux.keys('a')
        check(b'got GET /held/1' in curl.answer(), 'the answer')
        c.quit()


def test_a_body_larger_than_what_is_recorded_otherwise_is_edited_whole():
    path = editor('printf " and more" >> "$1"')
    body = b'0123456789abcdef' * (2 << 16)
    with echo_origin() as o, Console(env={'EDITOR': path}) as c:
        rule(c, 'path ~ held')
        name = os.path.join(new_dir('body'), 'body')
        with open(name, 'wb') as f:
            f.write(body)
        curl = Client(c, '-H', 'Expect:', '--data-binary', '@' + name, 'http://%s/held/1' % o.authority)
        c.tmux.wait(lambda s: held(s) == 1)
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'HELD request' in s)
        c.tmux.keys('b')
        c.tmux.wait(lambda s: 'changed, u undo' in s)
        c.tmux.keys('a')
        check(curl.answer().endswith(body[-100:] + b' and more'), 'the answer')
        equal(len(o.got[0].body), len(body) + 9)
        rule(c, 'path ~ large')
        with open(name, 'wb') as f:
            f.write(body * 3)
        check(Client(c, '-H', 'Expect:', '--data-binary', '@' + name, 'http://%s/large' % o.authority).answer().endswith(body[-100:]), 'streams on')
        c.tmux.keys('E')
        c.tmux.wait(lambda s: 'rule 2 was not applied' in s and 'hold-max' in s)
        c.tmux.keys('q')
        c.quit()


def test_kill_and_resume_all():
    with echo_origin() as o, Console() as c:
        rule(c, 'path ~ held')
        curls = [Client(c, 'http://%s/held/%d' % (o.authority, i)) for i in range(12)]
        c.tmux.wait(lambda s: held(s) == 12)
        c.tmux.keys('g', 'X')
        until(lambda: sum(x.done() for x in curls) == 1, 5, 'one killed')
        c.tmux.wait(lambda s: held(s) == 11 and re.search(r'^[> ▸][* ]\s*1 K ', s, re.M))
        c.tmux.keys('A')
        c.tmux.wait(lambda s: 'Let all 11' in s)
        c.tmux.keys('y')
        until(lambda: all(x.done() for x in curls), 5, 'all went on')
        equal(sorted(x.p.returncode for x in curls)[:11], [0] * 11)
        equal(len(o.got), 11)
        c.quit()


def test_replay_over_tls_repeat_and_a_request_of_our_own():
    with echo_origin(tls=lab().server_ctx()) as o, Console() as c:
        port = o.authority.split(':')[1]
        Client(c, '-d', 'body', '-H', 'X-Mine: yes', 'https://localhost:%s/first' % port).answer()
        c.tmux.wait(lambda s: total(s) == 1 and ' D ' in s)
        c.tmux.keys('r')
        c.tmux.wait(lambda s: re.search(r'@ *2 D .* 200 ', s), what='the replay')
        equal([(q.method, q.target, q.body, q.get('x-mine')) for q in o.got], [(b'POST', b'/first', b'body', b'yes')] * 2)
        c.tmux.keys('r', 'r')
        c.tmux.wait(lambda s: re.search(r'@ *4 D .* 200 ', s), what='more')
        c.tmux.keys('e', '1', 'C-u')
        c.tmux.type('PUT /second HTTP/1.1')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '+ PUT /second' in s)
        c.tmux.keys('a')
        c.tmux.wait(lambda s: re.search(r'@ *5 D .*PUT .* 200 ', s), what='edited and sent')
        equal((o.got[-1].method, o.got[-1].target), (b'PUT', b'/second'))
        c.quit()


@exclusive
def test_fifty_held_flows_delay_nothing_else():
    """Two connections of requests without end beside fifty held ones; the slow tail is compared with a run without."""
    def run_for(c, o, seconds):
        times, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            begin = time.monotonic()
            equal(request(c.port, o.authority, '/free'), 200)
            times.append(time.monotonic() - begin)
        return sorted(times)[int(len(times) * 0.95)]

    with Origin(serve(lambda q: ok(b'flood\n'))) as o, Console() as c:
        rule(c, 'path ~ held')
        with Flood(c.port, o.authority):
            before = run_for(c, o, 3)
            curls = [Client(c, 'http://%s/held/%d' % (o.authority, i)) for i in range(50)]
            c.tmux.wait(lambda s: held(s) == 50, 20, '50 held')
            during = run_for(c, o, 3)
            check(not any(x.done() for x in curls), 'all wait')
            c.tmux.keys('A')
            c.tmux.wait(lambda s: 'Let all 50' in s)
            c.tmux.keys('y')
            until(lambda: all(x.done() for x in curls), 10, 'all went on')
        equal([x.p.returncode for x in curls], [0] * 50)
        check(during < before * 2 + 0.05, 'p95 before %.4f, during %.4f' % (before, during))
        c.tmux.wait(lambda s: held(s) == 0)
        c.quit()


def test_a_replay_offers_the_alpn_of_before():
    with echo_origin(tls=lab().server_ctx()) as o, Console() as c:
        url = 'https://localhost:%s/' % o.authority.split(':')[1]
        Client(c, '--http1.1', url + 'with').answer()
        Client(c, '--no-alpn', url + 'without').answer()
        c.tmux.wait(lambda s: ' 2 total' in s, what='two rows')
        for row in (1, 2):
            c.tmux.keys('g', *['j'] * (row - 1))
            until(lambda: c.selected() == row, 5, 'the row')
            c.tmux.keys('r')
            c.tmux.wait(lambda s: re.search(r'@ *%d D ' % (row + 2), s), what='the replay')
        agreed = {}
        for k in o.conns:
            for path in (b'/with', b'/without'):
                if b' %s ' % path in bytes(k.data):
                    agreed.setdefault(path, []).append(k.alpn)
        equal(agreed, {b'/with': ['http/1.1'] * 2, b'/without': [None] * 2})
        c.quit()


def test_a_length_of_the_users_ends_the_connection():
    """What goes out has the typed length, and the client's next request its own answer."""
    with echo_origin() as o, Console() as c:
        rule(c, 'request hold=60s path ~ held')
        url = 'http://%s' % o.authority
        curl = Client(c, '-d', 'abcdef', url + '/held', '--next', '-sS', '-x', 'http://127.0.0.1:%d' % c.port, url + '/next')
        c.tmux.wait(lambda s: held(s) == 1, what='HELD')
        c.tmux.keys('i', 'Tab')
        c.tmux.wait(lambda s: 'held now, Enter edits it' in s)
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: re.search(r'rule 1: path ~ held   held \S+   client timeout unknown   auto 60s then send', s), what='the heading')
        c.tmux.keys('1')
        c.tmux.type(' ')  # any change
        c.tmux.keys('BSpace', 'Enter', '3')
        c.tmux.wait(lambda s: 'Esc takes it over' in s)
        c.tmux.keys('End')
        c.tmux.type('GET /smuggled HTTP/1.1')
        c.tmux.keys('Enter')
        c.tmux.type('Host: h')
        c.tmux.keys('Enter', 'Enter', 'Escape')
        c.tmux.wait(lambda s: '(recomputed; :set fixlen off to keep)' in s, what='the note')
        c.tmux.type(':set fixlen off')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'Content-Length: 6   (kept; the body has 38: the connection ends after it)' in s, what='kept')
        c.tmux.keys('a')
        out = curl.answer()
        check(b'got POST /held abcdef' in out and b'got GET /next' in out and b'smuggled' not in out, out)
        by = {bytes(k.data).split(b' ')[1]: k for k in o.conns}
        check(by[b'/held'] is not by[b'/next'], 'connections of their own')
        c.quit()


def test_a_body_that_is_no_text_is_edited_in_hex():
    path = os.path.join(new_dir('body'), 'blob')
    with open(path, 'wb') as f:
        f.write(bytes(range(256)) * 200)
    with echo_origin() as o, Console() as c:
        rule(c, 'path ~ held')
        curl = Client(c, '-H', 'Content-Type: application/octet-stream', '--data-binary', '@' + path, 'http://%s/held/large' % o.authority)
        c.tmux.wait(lambda s: held(s) == 1, what='HELD')
        with open(path, 'wb') as f:
            f.write(b'\x00\x01small\xff')
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'body: 51200 bytes that are not text' in s)
        c.tmux.keys('3')
        c.tmux.wait(lambda s: 'Body from the file:' in s)
        c.tmux.type(path)
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '+ body: 8 bytes that are not text' in s)
        c.tmux.keys('3')
        c.tmux.wait(lambda s: '00000000: 00 01 73 6d 61 6c 6c ff' in s, what='digits')
        c.tmux.type('xy ')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'line 1, column 1: no hexadecimal digit' in s and 'xy 00000000: 00 01' in s, what='the refusal')
        c.tmux.keys('Home')
        c.tmux.keys('DC', 'DC', 'DC')
        c.tmux.type('FE ff ')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'line 1, column 15: no hexadecimal digit' in s, what='the colon')
        c.tmux.keys('Home', *['DC'] * 16)
        c.tmux.type('FE ff ')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: '+ body: 10 bytes that are not text' in s)
        c.tmux.keys('a')
        check(b'got POST /held/large \xfe\xff\x00\x01small\xff' in curl.answer(), 'the body')
        c.quit()
