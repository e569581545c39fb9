# SPDX-License-Identifier: MIT
"""What the list, a flow and the help look like by options, and keys of the list in a flow."""
import os
import re
import socket

from support import Origin, Skip, check, equal, ok, run, serve
from test_console import Console
from test_console_flow import wait_rows
from test_console_out import Clipped, copy

TEXT = b'Content-Type: text/html\r\n'


def fill(c, o, n):
    for i in range(1, n + 1):
        equal(c.curl('http://%s/flow/%d' % (o.authority, i)).returncode, 0)
    wait_rows(c, n)


def command(c, text, words):
    c.tmux.keys(':')
    c.tmux.wait(lambda s: 'Enter Run' in s, 5, 'the prompt')
    c.tmux('send-keys', '-l', text)
    c.tmux.keys('Enter')
    c.tmux.wait(lambda s: words in s, 5, words)


def test_keys_of_the_list_in_a_flow():
    with Origin(serve(lambda q: ok(b'x', extra=TEXT))) as o, Console() as c:
        fill(c, o, 4)
        c.tmux.keys('g', 'j', 'Enter')
        c.tmux.wait(lambda s: s.startswith('#2 '), 5, 'the second flow')
        c.tmux.keys('d')
        c.tmux.wait(lambda s: s.startswith('#3 ') and 'flow 2 deleted, u brings it back' in s, 5, 'the next flow')
        c.tmux.keys('u')
        c.tmux.wait(lambda s: s.startswith('#2 ') and 'flow 2 is back' in s, 5, 'the flow again')
        c.tmux.keys('f')
        c.tmux('send-keys', '-l', 'path ~ 4')
        c.tmux.wait(lambda s: '1 of 4 match' in s, 5, 'the count')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'J and K go through that' in s and s.startswith('#2 '), 5, 'what has changed')
        c.tmux.keys('J')
        c.tmux.wait(lambda s: s.startswith('#4 ') and 'flow 1/1 shown' in s, 5, 'the only one that is listed')
        c.tmux.keys('=')
        c.tmux.wait(lambda s: 'go through all flows' in s, 5, 'no filter')
        c.tmux.keys('x')
        c.tmux.keys('T')
        c.tmux.wait(lambda s: 'Mark what matches' in s, 5, 'the question')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'Mark what' not in s, 5, 'no question')
        c.tmux.keys('C')
        c.tmux.wait(lambda s: 'Columns' in s and 'Flows:' in s, 5, 'the columns over the list')
        c.tmux.keys('q')
        c.quit()


def test_the_help_is_searched_and_run():
    with Origin(serve(lambda q: ok(b'x', extra=TEXT))) as o, Console() as c:
        fill(c, o, 2)
        c.tmux.keys('g', 'Enter')
        c.tmux.wait(lambda s: s.startswith('#1 '), 5, 'the flow')
        c.tmux.keys('h')
        c.tmux.wait(lambda s: 'type to search' in s, 5, 'the help')
        c.tmux('send-keys', '-l', 'in hex')
        c.tmux.wait(lambda s: 'in hex_' in s, 5, 'the word')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'type to search' in s, 5, 'all of it')
        c.tmux('send-keys', '-l', 'next flow')
        c.tmux.wait(lambda s: 'next flow_' in s and 'J: next flow, same tab' in s, 5, 'the key')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: s.startswith('#2 ') and 'Help' not in s.split('\n')[1], 5, 'the next flow')
        c.tmux.keys('h', 'q')
        c.tmux.wait(lambda s: s.startswith('#2 ') and 'Help:' not in s, 5, 'the help is closed')
        c.tmux.keys('q')
        c.quit()


def test_secrets_are_masked_on_the_screen_alone():
    with Origin(serve(lambda q: ok(b'{"token": "hunter2", "n": 7}', extra=b'Content-Type: application/json\r\n'
                                   b'Set-Cookie: sid=hunter2; Path=/\r\n'))) as o, Clipped(100, 30) as c:
        equal(c.curl('-H', 'Authorization: Bearer hunter2', '-H', 'Cookie: a=hunter2', '-d', 'user=anna&password=hunter2',
                     'http://%s/?token=hunter2' % o.authority).returncode, 0)
        wait_rows(c, 1)
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: s.count('hunter2') >= 4, 5, 'the secrets')
        command(c, 'set mask on', 'mask yes')
        for key, words in (('1', 'password: *******'), ('2', '"token": "*******"'), ('7', 'offset'), ('4', 'POST')):
            c.tmux.keys(key)
            c.tmux.wait(lambda s: words in s and 'MASK | ' in s and 'hunter2' not in s, 5, words)
        c.tmux.keys('q')
        copy(c, 'c', 'curl line of flow 1 copied')
        check(c.copied().count(b'hunter2') == 4, 'what is copied:', c.copied())
        command(c, 'set mask off', 'mask no')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: s.count('hunter2') >= 4, 5, 'the secrets again')
        c.tmux.keys('q')
        c.quit()


def test_cut_and_rows():
    with Origin(serve(lambda q: ok(b'x', extra=TEXT))) as o, Console() as c:
        for i in range(1, 9):
            equal(c.curl('http://%s/v1/accounts/12345/orders/items?id=%d' % (o.authority, i)).returncode, 0)
        wait_rows(c, 8)
        command(c, 'set cut middle', 'cut middle')
        c.tmux.wait(lambda s: re.search(r' /v1/\S{1,3}/items\?id=8 ', s), 5, 'both ends')
        command(c, 'set rows 3', 'rows 3')
        c.tmux.wait(lambda s: len(re.findall(r'items\?id=', s)) == 3 and 'items?id=8' in s, 5, 'three rows')
        c.quit()


def test_where_other_machines_connect():
    addresses = [a for a in run(['hostname', '-I']).stdout.decode().split() if '.' in a and not a.startswith('169.254.')]
    if not addresses:
        raise Skip('this machine has no address but loopback')
    with Origin(serve(lambda q: ok(b'x'))) as o, Clipped(80, 24, listen='0.0.0.0') as c:
        s = c.tmux.wait(lambda s: 'this host: ' in s, 5, 'the addresses')
        m = re.search(r'export https_proxy=(http://([0-9.]+):%d)' % c.port, s)
        check(m and m.group(2) in addresses and m.group(2) in s.split('this host: ')[1], s)
        check('nc -z %s %d' % (m.group(2), c.port) in s and '0 TCP connects on %d' % c.port in s, s)
        with socket.create_connection((m.group(2), c.port), 5): # as nc -z does
            c.tmux.wait(lambda s: '1 TCP connect on %d' % c.port in s and 'nc -z' not in s, 5, 'the connect')
        c.tmux.keys('y')
        c.tmux.wait(lambda s: 'curl line copied' in s, 5, 'the toast')
        line = c.copied().decode()
        check(line.startswith('curl -x http://127.0.0.1:%d ' % c.port), line)
        equal(run(['curl', '-sS', '-o', os.devnull, '-x', m.group(1), '--max-time', '5', 'http://%s/' % o.authority]).returncode, 0)
        wait_rows(c, 2) # a connection that brought nothing is one, too
        c.quit()
