# SPDX-License-Identifier: MIT
"""The filter prompt in a real tmux: acceptance scenario 10, and what the command line refuses likewise."""
from support import Origin, check, equal, ok, program, run, serve
from test_console import Console


def test_scenario_10_a_filter_that_cannot_be_meant():
    with Origin(serve(lambda q: ok(b'x'))) as o, Console(80, 24) as c:
        for i in range(3):
            c.curl('http://%s/%d' % (o.authority, i))
        c.tmux.wait(lambda s: 'flow 3/3' in s, 5, 'the rows')
        rows = c.rows()
        c.tmux.keys('f')
        c.tmux.wait(lambda s: 'Filter:' in s, 5, 'the prompt')
        c.tmux.type('code >> 400')
        c.tmux.keys('Enter')
        s = c.tmux.wait(lambda s: '^' in s, 5, 'the caret')
        lines = s.rstrip('\n').split('\n')
        typed = next(x for x in lines if x.startswith('Filter:'))
        caret = lines[lines.index(typed) + 1]
        equal(caret.index('^'), typed.index('>>') + 1, 'column of the caret')
        check("expected a word here, got '>'" in caret and 'Try: code=400' in caret, caret)
        equal(c.rows(), rows, 'the list')
        c.tmux.sane()
        c.tmux.keys('Escape')
        s = c.tmux.wait(lambda s: 'Filter:' not in s, 5, 'the end of the prompt')
        check('no filter' in s, s)
        c.tmux.keys('f')
        c.tmux.wait(lambda s: 'Filter:' in s, 5, 'the prompt')
        c.tmux.keys('Up')
        c.tmux.wait(lambda s: 'code >> 400' in s, 5, 'the failed text')
        for _ in range(4):
            c.tmux.keys('BSpace')
        # What is mended is taken.
        c.tmux.keys('C-u')
        c.tmux.type('code=200 /1')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '1/3 shown' in s, 5, 'the filter')
        c.quit()


def test_the_command_line_refuses_it_too():
    for args in (['-n', 'code', '>=', '400'], ['-n', '-f', 'a | b'], ['a', '&', 'b']):
        r = run([program(), '-l', '127.0.0.1:0'] + args)
        equal(r.returncode, 2, args)
        check(r.stderr.startswith(b'mitmtop: filter: at character') and r.stderr.count(b'\n') == 1, r.stderr)
