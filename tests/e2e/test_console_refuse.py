# SPDX-License-Identifier: MIT
"""What cannot be done says why, in a real tmux: an empty list, the end of a list, a session file that is only read."""
import os

from support import Origin, check, new_dir
from test_console import Console
from test_console_prompt import home_env


def says(c, keys, words):
    c.tmux.keys(*keys)
    c.tmux.wait(lambda s: words in s, 5, 'what %s says' % (keys,))


def test_an_empty_list_says_why():
    with Console(env=home_env('refuse')) as c:
        for keys in (['Enter'], ['m'], ['d'], ['e'], ['w'], ['r']):
            says(c, keys, 'no flow is selected')
        says(c, ['U'], 'no flow is marked: m marks one')
        says(c, ['a'], 'nothing is held: i sets a breakpoint')
        c.tmux.type(':layout sideways')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'layout takes list, below, right, detail' in s, 5, 'the refusal')
        c.tmux.keys('Escape')
        c.quit()


def test_an_error_stays_until_esc():
    env = home_env('refuse-error')
    script = os.path.join(new_dir('refuse-error-script'), 'start')
    with open(script, 'w') as f:
        f.write('goto soon\n')
    words = 'goto N: the number of a flow'
    with Origin() as o, Console(env=env) as c:
        c.tmux.type(':source ' + script)
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: words in s, 5, 'the error')
        c.curl('http://%s/1k' % o.authority)
        c.curl('http://%s/2k' % o.authority)
        c.tmux.wait(lambda s: '/2k' in s and ' 200 ' in s, 5, 'the flows')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '1 Request' in s and words in s, 5, 'Enter opens the flow under the error')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: '1 Request' in s and words not in s, 5, 'Esc takes the error away, and only that')
        c.tmux.keys('q')
        says(c, ['u'], 'there is nothing to undo')
        c.tmux.keys('g')
        c.tmux.wait(lambda s: 'there is nothing to undo' not in s, 5, 'a toast goes with the next key')
        c.tmux.keys('E')
        c.tmux.wait(lambda s: 'error' in s and words in s and 'nothing to undo' not in s, 5, 'the event log')
        c.tmux.keys('q')
        c.quit()


def test_a_file_that_is_read_holds_nothing():
    path = os.path.join(new_dir('refuse-read'), 'day.mitmtop')
    with Origin() as o, Console(args='-w ' + path, env=home_env('refuse-w')) as c:
        c.curl('http://%s/1k' % o.authority)
        c.tmux.wait(lambda s: '/1k' in s and ' 200 ' in s, 5, 'the flow')
        c.quit()
    with Console(args='-r ' + path, env=home_env('refuse-r')) as c:
        c.tmux.wait(lambda s: '/1k' in s, 5, 'the flow')
        says(c, ['i'], 'nothing passes that could be held')
        says(c, ['X'], 'its flows have ended')
        says(c, ['Enter', 'J'], 'this is the last flow')
        check('/1k' in c.tmux.sane(), 'the flow is still shown')
        c.quit()
