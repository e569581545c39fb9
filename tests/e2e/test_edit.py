# SPDX-License-Identifier: MIT
"""Comments, copies, the event log, and edited flows of a session file, in a real tmux."""
import os
import re
import sqlite3

import sessions
from support import Origin, check, equal, new_dir, ok, program, serve
from test_console import Console
from test_session import read

ORIGINAL = b'POST /v1/orders HTTP/1.1\r\nHost: api.example.test\r\nX-Old: 1\r\n\r\n'
EDITED = b'POST /v2/orders HTTP/1.1\r\nHost: api.example.test\r\nX-New: 2\r\n\r\n'


class Reading(Console):
    """The console over a session file."""

    def __init__(self, path, width=80, height=24):
        super().__init__(width, height, '-r %s' % path)


def edited_file():
    """Three flows: the first was edited, the second repeats it, the third was held when the recording ended."""
    path = os.path.join(new_dir('edited'), 'session')
    sessions.make(program(), path, 3, os.path.join(new_dir('ca'), 'ca'))
    db = sqlite3.connect(path)
    equal(db.execute('PRAGMA user_version').fetchone()[0], 6, 'version of the file')
    db.execute('UPDATE flow SET edited = 1, method = ?, path = ? WHERE number = 1', ('POST', '/v2/orders'))
    db.execute('UPDATE flow SET replay = 1, replay_of = 1, comment = ? WHERE number = 2', ('again, with \x1b[2J',))
    db.execute('UPDATE flow SET state = 9, ended = 0 WHERE number = 3')
    db.execute('UPDATE detail SET request_head = ?, request_seen = 5, request_kept = 5 WHERE flow = 1', (EDITED,))
    db.executemany('INSERT INTO body(flow, dir, seq, data) VALUES (1, 0, ?, ?)', [(0, b'it was this'), (1, b'it is')])
    db.execute('INSERT INTO edit(flow, dir, original_seen, original_kept, original_shed, original_pieces, body_from,'
               ' original_head) VALUES (1, 0, 11, 11, 0, 1, 1, ?)', (ORIGINAL,))
    db.commit()
    db.execute('PRAGMA journal_mode = DELETE')
    db.close()
    return path


def test_edited_flows_come_back_from_the_file():
    path = edited_file()
    flows = {f['number']: f for f in read(path, '-vv')}
    check(flows[1]['edited'] and 'replay' not in flows[1] and 'comment' not in flows[1], flows[1])
    check(flows[1]['original_request_body_b64'] == 'aXQgd2FzIHRoaXM=' and flows[1]['request_body_b64'] == 'aXQgaXM=', flows[1])
    check(flows[2]['replay'] and flows[2]['replay_of'] == 1 and flows[2]['comment'] == 'again, with \x1b[2J', flows[2])
    equal(flows[3]['state'], 'H', 'state of the flow that was held')
    with Reading(path) as c:
        c.tmux.wait(lambda s: re.search(r'~ +1 D .*/v2/orders', s) and re.search(r'@ +2 D', s) and re.search(r' 3 H ', s), 5,
                    'marks and states in the list')
        check('HELD 0' not in c.tmux.screen() and 'oldest' not in c.tmux.screen(), 'nothing is held now:', c.tmux.screen())
        c.tmux.keys('g', 'Enter', '1')
        c.tmux.wait(lambda s: '#1 ~ POST' in s and 'headers 2, edited' in s and 'X-New' in s and 'it is' in s, 5, 'the edited one')
        c.tmux.keys('R')
        c.tmux.wait(lambda s: 'headers 2, original' in s and 'POST /v1/orders' in s and 'it was this' in s and 'X-New' not in s, 5,
                    'the original')
        c.tmux.keys('R')
        s = c.tmux.wait(lambda s: 'original -> edited' in s, 5, 'what differs')
        for line in ('- POST /v1/orders HTTP/1.1', '+ POST /v2/orders HTTP/1.1', '  Host: api.example.test', '- X-Old: 1', '+ X-New: 2',
                     '- it was this', '+ it is'):
            check(line in s.split('\n') or line in [x.rstrip() for x in s.split('\n')], line, 'is not in', s)
        c.tmux.keys('/', 'x', '-', 'Enter')
        c.tmux.wait(lambda s: '1 of 2' in s, 5, 'a search in what differs')
        c.tmux.keys('2', 'R')
        c.tmux.wait(lambda s: 'the response was not edited' in s, 5, 'why R does nothing')
        c.tmux.keys('J', '5')
        s = c.tmux.wait(lambda s: 'replay of flow 1' in s and 'again, with \\x1b[2J' in s, 5, 'the second flow')
        c.tmux.sane()


def test_comments_and_copies_persist():
    path = os.path.join(new_dir('notes'), 'session')
    with Origin(serve(lambda q: ok(b'the answer'))) as o, Console(args='-w %s' % path) as c:
        for name in ('one', 'two'):
            equal(c.curl('http://%s/%s' % (o.authority, name)).returncode, 0, 'curl')
        c.tmux.wait(lambda s: re.search(r' 2 D .*/two', s), 5, 'both flows')
        c.tmux.keys('g', '\\;')
        c.tmux.wait(lambda s: 'Comment on #1:' in s, 5, 'the prompt')
        c.tmux.type('look: caf\u00e9')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'comment on flow 1' in s, 5, 'the comment')
        # It begins with what is there; in the detail too, where the title has it.
        c.tmux.keys('Enter', '\\;')
        c.tmux.wait(lambda s: 'Comment on #1: look: caf\u00e9' in s, 5, 'the comment to be changed')
        c.tmux.type('!')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: '; look: caf\u00e9!' in s.split('\n')[0], 5, 'the title')
        c.tmux.keys('D')
        c.tmux.wait(lambda s: 'flow 3 is a copy of flow 1' in s, 5, 'the copy')
        c.tmux.keys('q', 'G')
        c.tmux.wait(lambda s: re.search(r' 3 D .*/one', s), 5, 'the copy in the list')
        c.quit()
    flows = {f['number']: f for f in read(path, '-vv')}
    equal(sorted(flows), [1, 2, 3], 'flows of the file')
    equal([flows[n].get('comment') for n in (1, 2, 3)], ['look: caf\u00e9!', None, 'look: caf\u00e9!'], 'comments')
    for key in ('path', 'status', 'request_head_b64', 'response_body_b64', 'client', 'start'):
        equal(flows[3][key], flows[1][key], key)
    check('replay' not in flows[3], flows[3])
    # Of a file that is continued: the flow is not in memory.
    with Console(args='-w %s' % path) as c:
        c.tmux.wait(lambda s: re.search(r' 3 D .*/one', s), 5, 'the flows of the file')
        c.tmux.keys('g', 'j', 'D')
        c.tmux.wait(lambda s: 'flow 4 is a copy of flow 2' in s, 5, 'the copy of what was not in memory')
        c.tmux.keys('g', '\\;', 'C-u', 'Enter')
        c.tmux.wait(lambda s: 'no comment on flow 1 any more' in s, 5, 'the comment is gone')
        c.quit()
    flows = {f['number']: f for f in read(path, '-vv')}
    equal([flows[n].get('comment') for n in (1, 3)], [None, 'look: caf\u00e9!'], 'comments')
    equal(flows[4]['response_body_b64'], flows[2]['response_body_b64'], 'the body of the copy')
    # A file that is only read keeps nothing, and that is said.
    with Reading(path) as c:
        c.tmux.keys('g', '\\;', 'x', 'Enter')
        c.tmux.wait(lambda s: 'comment on flow 1; not kept: the file is only read' in s, 5, 'what is not kept')
        c.tmux.keys('D')
        c.tmux.wait(lambda s: 'flow 5 is a copy of flow 1; not kept' in s, 5, 'the copy that is not kept')
        c.quit()
    equal(len(read(path)), 4, 'flows of the file that was only read')


def test_the_event_log():
    with Console(env={'XDG_CONFIG_HOME': '/dev/null/none'}) as c:
        c.tmux.keys('E')
        c.tmux.wait(lambda s: 'Nothing has happened yet' in s and 'event 0/0 | follow on' in s, 5, 'the empty log')
        c.tmux.keys('q', 'W')
        c.tmux.wait(lambda s: '/dev/null' in s.split('\n')[-3] or '/dev/null' in s, 5, 'why the settings are not written')
        c.tmux.keys('E')
        c.tmux.wait(lambda s: re.search(r'\d\d:\d\d:\d\d error +.*/dev/null', s), 5, 'the event')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: 'event 1/1' in s, 5, 'the error gone, the event still there')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'this event is not about one flow' in s, 5, 'why nothing is opened')
        c.tmux.keys('W')
        c.tmux.wait(lambda s: len(re.findall(r'\d error +', s)) == 2, 5, 'another event while the log is open')
        c.tmux.keys('/', 'D', 'E', 'V', 'Enter')
        c.tmux.wait(lambda s: 'No match for DEV' in s, 5, 'a search with capitals')
        c.tmux.sane()
        c.tmux.keys('q', 'Q')
        c.tmux.wait(lambda s: 'status=0' in s, 5, 'the end')
