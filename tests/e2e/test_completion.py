# SPDX-License-Identifier: MIT
"""Tab on mitmtop's command line: the completion in a real bash, on a real terminal."""
import os

from support import Tmux, check, equal, need, new_dir, program, run

COMPLETION = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'share', 'completions', 'mitmtop')


class Bash:
    def __init__(self, folder):
        need('bash')
        self.tmux = Tmux(120, 30)
        self.tmux.command('cd %s && PS1="> " exec bash --norc --noprofile' % folder)
        self.tmux.command('bind "set bell-style none"; bind "set completion-query-items 0"; bind "set page-completions off"; . %s' % COMPLETION)
        self.tmux.command('clear; echo rea""dy')
        self.tmux.wait(lambda s: s.startswith('ready') or '\nready' in s, 5, 'the shell')

    def lines(self):
        return [x for x in self.tmux.screen().split('\n') if x.startswith('> mitmtop')]

    def becomes(self, typed, line):
        """Tab completes it to that line; a mark that is typed then shows where the cursor is."""
        self.tmux.type('mitmtop ' + typed)
        self.tmux.keys('Tab')
        self.tmux.type('|')
        self.tmux.wait(lambda s: (self.lines() or [''])[-1].rstrip() == '> mitmtop %s|' % line, 5, '%r completed to %r' % (typed, line))
        self.clear()

    def offers(self, typed, words):
        """Tab twice lists these words."""
        self.tmux.type('mitmtop ' + typed)
        self.tmux.keys('Tab', 'Tab')
        self.tmux.wait(lambda s: len(self.lines()) > 1, 5, 'the words for %r' % typed)
        text = self.tmux.screen().split('\n')
        first = next(i for i, x in enumerate(text) if x.startswith('> mitmtop'))
        last = max(i for i, x in enumerate(text) if x.startswith('> mitmtop'))
        got = ' '.join(text[first + 1:last]).split()
        if words is not None:
            equal(sorted(got), sorted(words), typed)
        self.clear()
        return got

    def clear(self):
        self.tmux.keys('C-u')
        self.tmux.keys('C-l')
        self.tmux.wait(lambda s: s.strip() == '>', 5, 'an empty line')


def test_tab_completes_options_values_and_files():
    folder = new_dir('files')
    os.mkdir(os.path.join(folder, 'deep'))
    for name in ('day one.mitmtop', 'notes'):
        open(os.path.join(folder, name), 'w').close()
    b = Bash(folder)
    try:
        b.becomes('--the', '--theme ')
        b.becomes('--theme hi', '--theme high ')
        b.becomes('--theme=de', '--theme=deuter ')
        b.becomes('-n --mou', '-n --mouse=')
        b.becomes('--mouse=n', '--mouse=no ')
        b.becomes('-o the', '-o theme=')
        b.becomes('-o theme=li', '-o theme=light ')
        b.becomes('--set=keys=v', '--set=keys=vi ')
        b.becomes('-o via=y', '-o via=yes ')
        b.becomes('--columns host,co', '--columns host,co')
        b.becomes('--columns HOST,+TT', '--columns HOST,+TTFB')
        b.becomes('-w da', '-w day\\ one.mitmtop ')
        b.becomes('-nr no', '-nr notes ')
        b.becomes('--write=da', '--write=day\\ one.mitmtop ')
        b.becomes('-o script=no', '-o script=notes ')
        b.becomes('--ca d', '--ca deep/')
        b.becomes('en', 'env ')
        b.becomes('-l no', '-l no')       # no file is meant
        b.becomes('--delay no', '--delay no')
        b.becomes('code = no', 'code = no')
        b.offers('--theme ', ['dark', 'light', 'high', 'deuter', 'mono', '16'])
        b.offers('--keys ', ['top', 'mitm', 'vi'])
        b.offers('--ca-page=', ['no', 'yes'])
        names = b.offers('--', None)
        wanted = set(w.strip(',') for line in run([program(), '--help']).stdout.decode().split('\n')
                     for w in line.split()[:2] if line.startswith('  ') and w.startswith('--'))
        check(len(wanted) > 30, wanted)
        equal(set(n.rstrip('=') for n in names), wanted, 'the options of --help')
    finally:
        b.tmux.stop()
