# SPDX-License-Identifier: MIT
"""What the flow list shows, in a real tmux: columns and their chooser (acceptance scenario 14), whole URLs, only active flows, the
column of the order, the frequency table, the tree, and the mouse."""
import os
import re
import socket
import threading

from support import Origin, Tmux, check, display_width, equal, free_port, new_dir, program, until
from test_console import Console
from test_console_life import list_rows
from test_console_list import fill, look, sized_origin, wait_selected


def heading(screen):
    return next((x for x in screen.split('\n') if re.match(r' +ID', x)), '')


def titles(screen):
    return re.sub('[▼▲v^]', ' ', heading(screen)).split()


def choose(c, *names):
    """Opens the chooser and switches each of them."""
    c.tmux.keys('C')
    c.tmux.wait(lambda s: 'Columns ' in s, 5, 'the chooser')
    for name in names:
        c.tmux.keys('g')
        for _ in range(30):
            y = int(c.tmux.display('#{cursor_y}'))
            line = c.tmux.lines()[y]
            if re.search(r'\] %s ' % re.escape(name), line):
                break
            c.tmux.keys('j')
            until(lambda: c.tmux.lines()[int(c.tmux.display('#{cursor_y}'))] != line, 5, 'the next row')
        c.tmux.keys('Space')
        c.tmux.wait(lambda s: re.search(r'\[\*\] %s ' % re.escape(name), s), 5, '%s is on' % name)
    c.tmux.keys('q')
    c.tmux.wait(lambda s: 'Columns ' not in s, 5, 'the list')


def path_width(screen):
    """Columns from the title of PATH to the next one."""
    m = re.search(r'(HOST\+PATH|PATH|URL|HOST)[ ▼▲]+(?=\S|$)', heading(screen))
    return len(m.group(0)) - 1


def test_scenario_14_columns_are_chosen_kept_and_dropped():
    home = new_dir('config')
    env = {'XDG_CONFIG_HOME': home}
    with sized_origin() as o, Console(80, 24, env=env) as c:
        fill(c, o, ['/one?size=10', '/two?size=20'])
        equal(titles(c.tmux.screen()), ['ID', 'S', 'PROT', 'METHOD', 'CODE', 'HOST', 'PATH', 'SIZE', 'TIME'], 'columns at first')
        choose(c, 'TYPE', 'CLIENT')
        s = c.tmux.wait(lambda s: 'CLIENT' in heading(s), 5, 'the columns')
        want = ['ID', 'S', 'PROT', 'METHOD', 'CODE', 'HOST+PATH', 'TYPE', 'CLIENT']
        equal(titles(s), want, 'what there is room for')
        check(path_width(s) >= 10, 'PATH has', path_width(s))
        check(all(re.search(r' 127\.0\.0\.1$', x.rstrip()) for x in list_rows(s)), 'client addresses in', s)
        c.tmux.keys('W')
        s = c.tmux.wait(lambda s: 'written to' in s, 5, 'the toast')
        path = os.path.join(home, 'mitmtop', 'config')
        check(path[:40] in s, 'the path in', s)
        with open(path) as f:
            check('set columns id,s,prot,start,method,code,host,path,+type,size,ttfb,time,activity,client\n' in f.read(), 'columns')
        equal(os.stat(path).st_mode & 0o7777, 0o600, 'mode')
        c.quit()
    with sized_origin() as o, Console(80, 24, env=env) as c:
        fill(c, o, ['/three?size=10'])
        equal(titles(c.tmux.screen()), want, 'columns after a restart')
        c.tmux.resize(60, 24)
        s = c.tmux.wait(lambda s: 'METHOD' not in heading(s) and 'CLIENT' in heading(s), 5, 'a narrow screen')
        equal(titles(s), ['ID', 'S', 'CODE', 'HOST+PATH', 'TYPE', 'TIME', 'CLIENT'], 'columns of a narrow screen')
        check(path_width(s) >= 10, 'PATH has', path_width(s), s)
        c.tmux.sane()
        c.quit()


def test_columns_that_cannot_be():
    for value, word in (('id,s,path,nonesuch', "no column 'nonesuch'"), ('s,path', 'ID has to be the first'), ('id,path,s:0', 'from 1 to 200'),
                        ('id,path,s,s', 'twice')):
        with Tmux(80, 24) as t:
            t.command('%s -l 127.0.0.1:%d --ca %s --columns %s; echo "status=$?"' % (program(), free_port(), new_dir('ca'), value))
            s = t.wait(lambda s: re.search(r'status=\d', s), 10, 'the end')
            check('status=2' in s and word in s.replace('\n', ''), word, 'is not in', s)


def test_columns_move_widen_and_come_back():
    with sized_origin() as o, Console(80, 24) as c:
        fill(c, o, ['/one?size=10'])
        c.tmux.keys('C')
        c.tmux.wait(lambda s: 'Columns ' in s, 5, 'the chooser')
        c.tmux.keys('j', 'K')
        c.tmux.wait(lambda s: 'ID stays the first' in s, 5, 'why ID cannot move')
        c.tmux.keys('j', 'K', '+', '+', 'q')
        s = c.tmux.wait(lambda s: 'Columns ' not in s and re.search(r'ID. ?PROT   S ', heading(s)), 5, 'PROT before S, wider')
        c.tmux.keys('C', 'r', 'q')
        c.tmux.wait(lambda s: re.search('ID.S PROT METHOD', heading(s)), 5, 'as it was')
        c.tmux.keys('C', 's', 'q')
        c.tmux.wait(lambda s: 'sort ID falling' in s, 5, 'the order turned')
        c.quit()


def test_whole_urls_and_the_column_of_the_order():
    with sized_origin() as o, Console(100, 24) as c:
        fill(c, o, ['/one?size=10'])
        c.tmux.keys('c')
        c.tmux.wait(lambda s: 'URL' in heading(s) and re.search(r'http://127\.0\.', s), 5, 'the URL')
        c.tmux.keys('c')
        c.tmux.wait(lambda s: 'PATH' in heading(s) and '/one' in s, 5, 'the path')
        before = c.tmux.screen(escapes=True)
        c.tmux.keys('x')
        c.tmux.wait(lambda s: 'stands out' in s, 5, 'the toast')
        check(list_rows(c.tmux.screen()), 'rows')
        check(c.tmux.screen(escapes=True) != before, 'nothing stands out')
        c.quit()


def test_counts_by_column_and_enter_filters():
    with sized_origin() as o, Console(80, 24) as c:
        fill(c, o, ['/a?size=10'] * 12 + ['/b?code=404'] * 5 + ['/c?code=503'] * 3)
        c.tmux.keys('#')
        c.tmux.wait(lambda s: 'Count by' in s, 5, 'what to count by')
        c.tmux.keys('c')
        s = c.tmux.wait(lambda s: '20 flows by CODE' in s, 5, 'the table')
        got = [re.match(r'. *(\d+) +(\d+) +([\d.]+)', x) for x in s.split('\n')]
        equal([m.groups() for m in got if m], [('200', '12', '60.0'), ('404', '5', '25.0'), ('503', '3', '15.0')], 'counts')
        c.tmux.sane()
        c.tmux.keys('j', 'Enter')
        s = c.tmux.wait(lambda s: 'filter code=404' in s and '5/20 shown' in s, 5, 'the filter')
        equal(len(list_rows(s)), 5, 'rows')
        c.tmux.keys('#', 'c')
        c.tmux.wait(lambda s: '5 flows by CODE' in s and 'of the flows shown' in s, 5, 'counts of what is shown')
        c.tmux.keys('q', '=')
        c.tmux.wait(lambda s: 'no filter' in s, 5, 'the list')
        c.quit()


def press(c, y, x, button=0):
    """A click on the screen's line y and column x, from 0, as a terminal reports it."""
    c.tmux.type('\x1b[<%d;%d;%dM' % (button, x + 1, y + 1))
    if button == 0:
        c.tmux.type('\x1b[<0;%d;%dm' % (x + 1, y + 1))


def press_on(c, pattern):
    """A click on the first text of the screen that matches."""
    for y, line in enumerate(c.tmux.lines()):
        m = re.search(pattern, line)
        if m:
            press(c, y, display_width(line[:m.start()]))
            return
    check(False, pattern, 'is not on', c.tmux.screen())


def test_mouse():
    with sized_origin() as o, Console(80, 24) as c:
        c.tmux.wait(lambda s: c.tmux.flags().split()[2] == '1', 5, 'reports of the mouse are asked for')
        fill(c, o, ['/n/%d?size=%d' % (i, 1000 + i % 7) for i in range(1, 101)])
        # A click selects, the second one opens, a tab and a word of the key bar act as their keys.
        press_on(c, '/n/95')
        wait_selected(c, 95)
        check('follow off' in c.tmux.screen(), 'still followed')
        press_on(c, '/n/95')
        c.tmux.wait(lambda s: '#95 ' in s and '[1 Request]' in s, 5, 'the flow')
        press_on(c, '4 Timing')
        c.tmux.wait(lambda s: '[4 Timing]' in s, 5, 'the tab')
        press_on(c, 'Back')
        c.tmux.wait(lambda s: 'flow 95/100' in s, 5, 'the list')
        # The wheel moves what is seen, not the selection.
        first = list_rows(c.tmux.screen())[0]
        press(c, 12, 10, 64)
        c.tmux.wait(lambda s: list_rows(s)[3] == first, 5, 'three rows up')
        for _ in range(10):
            press(c, 12, 10, 64)
        s = c.tmux.wait(lambda s: '/n/95' not in s, 5, 'the selection has left the screen')
        check('flow 95/100' in s, 'the selection moved', s)
        c.tmux.keys('j')
        wait_selected(c, 96)
        # Headings sort, and turn the order round.
        press_on(c, 'SIZE')
        c.tmux.wait(lambda s: 'sort SIZE falling' in s, 5, 'by size')
        press_on(c, 'SIZE')
        c.tmux.wait(lambda s: 'sort SIZE |' in s or re.search('sort SIZE$', s, re.M), 5, 'smallest first')
        # Menus.
        press_on(c, 'Sort ')
        c.tmux.wait(lambda s: 'Sort by' in s, 5, 'the menu')
        press_on(c, 'METHOD +request')
        c.tmux.wait(lambda s: 'Sort by' not in s and 'sort METHOD' in s, 5, 'by method')
        c.tmux.keys('C')
        c.tmux.wait(lambda s: 'Columns ' in s, 5, 'the chooser')
        press_on(c, 'TTFB +time')
        press_on(c, 'TTFB +time')
        c.tmux.wait(lambda s: re.search(r'\[\*\] TTFB', s), 5, 'TTFB is on')
        press_on(c, 'Done')
        c.tmux.wait(lambda s: 'Columns ' not in s and 'TTFB' in heading(s), 5, 'the list')
        # Nothing of what is broken, released, moved or held acts, nor is it a key.
        before = c.tmux.screen()
        for r in ('\x1b[<0;5;12m', '\x1b[<32;5;12M', '\x1b[<4;5;12M', '\x1b[<2;5;12M', '\x1b[<0;0;0M', '\x1b[<0;999999999999;5M', '\x1b[<0;5M',
                  '\x1b[<;;M', '\x1b[<0;5;5q', '\x1b[<0;1;1;1;1;99M'):
            c.tmux.type(r)
        c.tmux.keys('k', 'j')
        equal(list_rows(c.tmux.screen()), list_rows(before), 'the list')
        c.quit()
        equal(c.tmux.flags(), '0 1 0', 'terminal flags after the end')


def test_tree_by_connection_and_host():
    with sized_origin() as o, Console(100, 24) as c:
        fill(c, o, ['/a?size=100'] * 3 + ['/b?code=404'])
        fill(c, o, ['/c?size=100'] * 2)
        c.tmux.keys('V')
        s = c.tmux.wait(lambda s: 'tree by CONN' in s or 'tree by connection' in s, 5, 'the tree')
        s = c.tmux.wait(lambda s: '  4 flows' in s and '  2 flows' in s, 5, 'two connections')
        equal(len(list_rows(s)), 6, 'flows below their headings')
        c.tmux.keys('g', 'Left')
        s = c.tmux.wait(lambda s: len(list_rows(s)) == 2, 5, 'the first group folded')
        c.tmux.keys('m')
        c.tmux.wait(lambda s: 'that is a heading' in s, 5, 'why it cannot be marked')
        c.tmux.keys('Right')
        c.tmux.wait(lambda s: len(list_rows(s)) == 6, 5, 'unfolded')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: len(list_rows(s)) == 2, 5, 'folded again')
        c.tmux.keys('Enter', 'j', 'j')
        wait_selected(c, 2)
        # New flows of a group that is there, and of one that is not, come in; the selection stays.
        fill(c, o, ['/d?size=100'])
        s = c.tmux.wait(lambda s: len(list_rows(s)) == 7, 5, 'one more')
        equal(look(c)[0], 2, 'selection')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '#2 ' in s, 5, 'the flow')
        c.tmux.keys('J', 'J', 'J')
        c.tmux.wait(lambda s: '#5 ' in s, 5, 'past the heading')
        c.tmux.keys('q', 'V')
        s = c.tmux.wait(lambda s: '127.0.0.1  7 flows' in s, 5, 'by host')
        equal(look(c)[0], 5, 'selection')
        c.tmux.keys('V')
        c.tmux.wait(lambda s: 'sort PROCESS' in s or 'tree by PROCESS' in s or 'tree by process' in s, 5, 'by process')
        c.tmux.keys('V')
        s = c.tmux.wait(lambda s: 'flow 5/7' in s and 'sort ID' in s, 5, 'the list')
        c.tmux.sane()
        c.quit()


def test_only_active_flows():
    hold = threading.Event()

    def handler(conn):
        q = conn.read_request()
        if b'slow' in q.target:
            conn.send(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345')
            hold.wait(30)
            conn.send(b'67890')
        else:
            conn.send(b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nend\n')

    with Origin(handler) as o, Console(80, 24) as c:
        fill(c, o, ['/one'])
        s = socket.create_connection(('127.0.0.1', c.port), 10)
        s.sendall(('GET http://%s/slow HTTP/1.1\r\nHost: %s\r\n\r\n' % (o.authority, o.authority)).encode())
        c.tmux.wait(lambda s: re.search(r'\b2 B ', s), 5, 'an open flow')
        c.tmux.keys('I')
        t = c.tmux.wait(lambda s: 'only active' in s and '1/2 shown' in s, 5, 'the open one alone')
        check('/slow' in t and '/one' not in t, t)
        hold.set()
        c.tmux.wait(lambda s: '0/2 shown' in s, 5, 'nothing: it has ended')
        c.tmux.keys('I')
        c.tmux.wait(lambda s: 'no filter' in s and 'flow 2/2' in s or 'flow 1/2' in s, 5, 'all')
        s.close()
        c.quit()
