# SPDX-License-Identifier: MIT
"""The command prompt in a real tmux: history across runs, options set and written, scripts, key presets and bindings."""
import os
import re
import signal
import subprocess

from support import Origin, check, clean_env, equal, free_port, new_dir, ok, program, run, serve, until
from test_console import Console


def home_env(name):
    home = new_dir(name)
    return {v: os.path.join(home, d) for v, d in (
        ('XDG_CONFIG_HOME', 'config'), ('XDG_STATE_HOME', 'state'), ('XDG_DATA_HOME', 'data'))}


def config_of(env, text=None, mode=0o600):
    path = os.path.join(env['XDG_CONFIG_HOME'], 'mitmtop', 'config')
    if text is not None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)
        os.chmod(path, mode)
    return path


def command(c, line, toast):
    """Runs it by the prompt, and waits for what it says."""
    c.tmux.type(':' + line)
    c.tmux.wait(lambda s: ': ' + line in s, 5, 'the line as typed')
    c.tmux.keys('Enter')
    c.tmux.wait(lambda s: toast in s and ': ' + line not in s, 5, 'what %s says' % line)


def test_a_mistake_is_mended():
    with Console(env=home_env('mend')) as c:
        c.tmux.type(':srot size')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'there is no command srot. Try: sort' in s, 5, 'the refusal')
        check(': srot size' in c.tmux.sane(), 'the text is kept')
        c.tmux.keys('Tab')
        c.tmux.wait(lambda s: ': sort size' in s, 5, 'the mended line')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'sort SIZE' in s or 'SIZE' in s and ': sort' not in s, 5, 'the order')
        c.tmux.type(':set the')
        c.tmux.wait(lambda s: 'theme=' in s, 5, 'the completions')
        c.tmux.keys('Tab')
        c.tmux.wait(lambda s: ': set theme=' in s, 5, 'the option')
        c.tmux.type('hi')
        c.tmux.wait(lambda s: ': set theme=hi' in s and 'high' in s, 5, 'its values')
        c.tmux.keys('Tab', 'Enter')
        c.tmux.wait(lambda s: 'theme high' in s, 5, 'the theme')
        c.quit()


def test_history_is_kept_across_runs():
    env = home_env('history')
    path = os.path.join(env['XDG_STATE_HOME'], 'mitmtop', 'history')
    with Console(env=env) as c:
        command(c, 'set delay=3', 'delay 3s')
        command(c, 'set delay?', 'delay 3s')
        c.tmux.type('f')
        c.tmux.wait(lambda s: 'Filter:' in s, 5, 'the filter prompt')
        c.tmux.type('code = 500')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'filter code = 500' in s, 5, 'the filter')
        equal(os.stat(path).st_mode & 0o7777, 0o600, 'mode')
        c.quit()
    with Console(env=env) as c:
        c.tmux.keys(':', 'Up')
        c.tmux.wait(lambda s: ': set delay?' in s, 5, 'the last command')
        c.tmux.keys('Up')
        c.tmux.wait(lambda s: ': set delay=3' in s, 5, 'the one before')
        c.tmux.keys('C-g', 'f', 'Up')
        c.tmux.wait(lambda s: 'Filter: code = 500' in s, 5, 'the last filter')
        c.tmux.keys('C-g')
        c.quit()
    with open(path) as f:
        lines = f.read().split('\n')
    check(lines[0] == ':set delay=3' and 'fcode = 500' in lines, 'the file', lines)


def test_options_are_set_written_and_read_again():
    env = home_env('options')
    path = config_of(env, '# mine\n\nset  delay 2\n  # more of mine\nset via yes\n')
    with Console(env=env) as c:
        command(c, 'set theme=high', 'theme high')
        command(c, 'set delay 250ms', 'delay 250ms')
        command(c, 'set body-max=2M', 'body-max 2M, at the next start (W writes it)')
        c.tmux.keys('W')
        c.tmux.wait(lambda s: 'settings written to' in s, 5, 'the toast')
        with open(path) as f:
            equal(f.read(), '# mine\n\nset delay 250ms\n  # more of mine\nset via yes\nset theme high\nset body-max 2M\n')
        equal(os.stat(path).st_mode & 0o7777, 0o600, 'mode')
        c.quit()
    with Console(env=env) as c:
        command(c, 'set theme', 'theme high')
        command(c, 'set body-max?', 'body-max 2M')
        c.tmux.keys('O')
        s = c.tmux.wait(lambda s: 'OPTION' in s and 'FROM' in s, 5, 'the options')
        check(re.search(r'\*body-max +2M +config file', s), 'where it comes from', s)
        c.tmux.type('/keep')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: 'when the terminal is lost' in s, 5, 'its help')
        c.tmux.keys('Enter')
        c.tmux.wait(lambda s: re.search(r'~keep +yes +set here', s), 5, 'the switch')
        c.tmux.keys('d')
        c.tmux.wait(lambda s: re.search(r'keep +no ', s), 5, 'its default')
        c.tmux.sane()
        c.quit()


def listens(env, *args):
    """Where a start with this configuration listens."""
    p = subprocess.Popen([program(), '-n', '--ca', os.path.join(new_dir('ca'), 'ca'), *args], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                         env={**clean_env(), **env})
    line = p.stderr.readline().decode()
    p.send_signal(signal.SIGTERM)
    p.communicate(timeout=10)
    equal(p.returncode, 0, line)
    return line.split()[-1]


def test_a_configuration_that_was_written_starts():
    env = home_env('ports')
    path = config_of(env, 'set listen 127.0.0.1:1\nset script /no/such\n# mine\n')
    one, two = free_port(), free_port()
    for given, written in (('port=%d' % one, 'set port %d\n' % one), ('listen=[::1]:%d' % two, 'set listen [::1]:%d\n' % two)):
        with Console(env=env, args='--script /dev/null') as c:
            c.tmux.type(':set listen=nowhere')
            c.tmux.keys('Enter')
            c.tmux.wait(lambda s: "listen: 'nowhere' is not a port" in s, 5, 'why not')
            c.tmux.keys('Escape')
            c.tmux.wait(lambda s: 'nowhere' not in s, 5, 'no prompt')
            command(c, 'set ' + given, ', at the next start (W writes it)')
            c.tmux.keys('W')
            c.tmux.wait(lambda s: 'settings written to' in s, 5, 'the toast')
            c.quit()
        with open(path) as f:
            equal(sorted(f.read().splitlines(True)), sorted([written, 'set script /no/such\n', '# mine\n']))
        # -n, given later, stands: the script is left out.
        equal(listens(env), '127.0.0.1:%d' % one if 'port' in given else '[::1]:%d' % two)
    with Console(env=env, args='--script /dev/null') as c:
        command(c, 'set headless=yes', ', at the next start')
        c.tmux.keys('W')
        c.tmux.wait(lambda s: 'not written, the next start would refuse it: --script needs the console' in s, 5, 'why not')
        c.quit()


def test_presets_and_bindings():
    env = home_env('keys')
    path = config_of(env, 'set keys vi\nbind list e set theme=light\nunbind z\n')
    with Console(env=env) as c:
        c.tmux.keys('h')
        c.tmux.wait(lambda s: 'h does nothing here' in s, 5, 'h in the list')
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'theme light' in s, 5, 'the bound key')
        c.tmux.keys('z')
        c.tmux.wait(lambda s: 'z does nothing here' in s, 5, 'the key that was taken away')
        c.tmux.keys('?')
        c.tmux.wait(lambda s: 'preset vi' in s or 'lines 1-' in s, 5, 'the help')
        c.tmux.keys('End')
        c.tmux.wait(lambda s: 'preset vi' in s, 5, 'the preset in the help')
        c.tmux.keys('Right')
        c.tmux.wait(lambda s: '[2 Filters]' in s, 5, 'the next tab')
        c.tmux.keys('Left')
        c.tmux.wait(lambda s: '[1 Keys]' in s, 5, 'the tab before')
        c.tmux.keys('q')
        command(c, 'bind x set theme=dark', 'x: set theme=dark')
        c.tmux.keys('x')
        c.tmux.wait(lambda s: 'theme dark' in s, 5, 'the key bound by hand')
        c.tmux.keys('W')
        c.tmux.wait(lambda s: 'settings written' in s, 5, 'the toast')
        with open(path) as f:
            equal(f.read(), 'set keys vi\nset bind list e set theme=light\nset bind z\nset bind x set theme=dark\n')
        c.quit()
    for text, sentence in (('set keys emacs\n', "there is no keys 'emacs'. There are: top, mitm, vi"),
                           ('set cut start\n', "there is no cut 'start'. There are: end, middle"),
                           ('bind x slort\n', 'bind: there is no command slort. Try: sort'),
                           ('bind nokey sort\n', "bind: 'nokey' is no key")):
        config_of(env, text)
        r = run(['script', '-qec', '%s -l 127.0.0.1:%d' % (program(), free_port()), os.devnull],
                env=dict(os.environ, TERM='xterm', **env))
        check(sentence.encode() in r.stdout, 'the sentence for', text, r.stdout)
        equal(r.returncode, 2, 'exit status')


def test_script_and_dump():
    env = home_env('script')
    work = new_dir('work')
    shot, script = os.path.join(work, 'shot'), os.path.join(work, 'script')
    with open(script, 'w') as f:
        f.write('# what is tested\nset delay=1h\n\nwait-flows 3 20\nkey g j m\ndump-screen %s\nset theme=light\nsort id\nnonsense\n' % shot)
    with Origin(serve(lambda q: ok(b'end'))) as o, Console(args='--script ' + script, env=env) as c:
        for i in range(3):
            c.curl('http://%s/%d' % (o.authority, i))
        until(lambda: os.path.exists(shot), 10, 'the screen in the file')
        s = c.tmux.wait(lambda s: ':9: there is no command nonsense' in s, 5, 'the line that is refused')
        with open(shot, encoding='utf-8') as f:
            dumped = f.read().split('\n')
        shown = [x.rstrip() for x in c.tmux.lines()]
        # The clock, and the status line with what was refused since, may differ.
        equal(dumped[6:22], shown[6:22], 'rows of the list')
        equal(dumped[23], shown[23], 'key bar')
        check(any('/1' in x and re.match(r'.\*', x) for x in dumped), 'the marked row', dumped)
        equal(os.stat(shot).st_mode & 0o7777, 0o600, 'mode')
        check('status=' not in s, 'the console goes on')
        command(c, 'dump-screen ' + shot, 'is there already')
        command(c, 'dump-screen ! ' + shot, 'screen written to')
        c.quit()


def test_script_is_refused_without_a_screen():
    r = run([program(), '-n', '--script', os.devnull, '-l', '127.0.0.1:%d' % free_port()])
    equal(r.returncode, 2, 'exit status')
    check(b'--script needs the console' in r.stderr, 'the sentence', r.stderr)
