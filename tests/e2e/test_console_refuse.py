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
