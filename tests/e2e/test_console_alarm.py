# SPDX-License-Identifier: MIT
"""What goes wrong many times is one line: in the status line, and in the event log."""
import re

from support import check, equal, exclusive, free_port, noise, ok, Origin, run, serve
from test_console import Console
from test_console_break import Client


@exclusive
def test_refused_servers_are_one_line():
    dead = free_port()
    with Console(120, 36) as c:
        for _ in range(12):
            run(['curl', '-s', '-o', '/dev/null', '-x', 'http://127.0.0.1:%d' % c.port, 'http://127.0.0.1:%d/' % dead])
        want = r'server not reached: 127\.0\.0\.1:%d \(127\.0\.0\.1:%d\): Connection refused, 12 flows in \d+ s' % (dead, dead)
        s = c.tmux.wait(lambda s: re.search(want, s), 15, 'the line')
        check(re.search(want, s.split('\n')[-3]) or re.search(want, s.split('\n')[-2]), s)
        c.tmux.keys('E')
        s = c.tmux.wait(lambda s: 'Event log' in s and re.search('warning +' + want, s), 5, 'the event')
        equal(len(re.findall(want, s)), 1, 'lines of it')
        c.tmux.keys('q')
        c.quit()


@exclusive
def test_flows_that_leave_memory_are_one_line():
    with Origin(serve(lambda q: ok(noise(2000)))) as o, Console(120, 36, args='--memory 100k') as c:
        curl = Client(c, '-o', '/dev/null', 'http://%s/[1-900]' % o.authority)
        want = r'FLOWS EVICTED \d+: memory limit 100\.0K, :set memory'
        c.tmux.wait(lambda s: re.search(want, s), 20, 'the line')
        curl.answer(30)
        c.tmux.keys('E')
        s = c.tmux.wait(lambda s: 'Event log' in s and re.search(want, s), 5, 'the event')
        check(len(re.findall(want, s)) == 1, s)
        c.tmux.keys('q')
        c.tmux.command(':set memory 10M')
        c.tmux.wait(lambda s: 'memory' in s.split('\n')[-3] + s.split('\n')[-2], 5, 'the remedy works')
        c.quit()
