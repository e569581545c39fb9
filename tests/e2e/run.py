#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the end-to-end tests: every test_* function of the test_*.py beside this file, each in a process of its own.

    run.py --mitmtop PATH [--smoke | --soak] [-k PATTERN] [-v] [-j N] [--slow FACTOR]
"""
import argparse
import ctypes
import glob
import importlib
import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
DEADLINE = 40.0
PR_SET_CHILD_SUBREAPER = 36


def collect(kind='test'):
    """[(module, function name, function)] in the order of the files and lines; kind is what their names begin with."""
    out = []
    for path in sorted(glob.glob(os.path.join(HERE, kind + '_*.py'))):
        name = os.path.basename(path)[:-3]
        module = importlib.import_module(name)
        for fn_name, fn in inspect.getmembers(module, inspect.isfunction):
            if fn_name.startswith(kind + '_') and fn.__module__ == name:
                out.append((fn.__code__.co_firstlineno, name, fn_name, fn))
    out.sort(key=lambda t: (t[1], t[0]))
    return [t[1:] for t in out]


def child(module, function):
    """Runs one test in this process; its results go to results.jsonl of its directory, one line each."""
    import support
    out = open(os.path.join(support.work_dir(), 'results.jsonl'), 'w', buffering=1)

    def report(name, ok, detail='', skipped=False):
        out.write(json.dumps(dict(name=name, ok=ok, detail=detail, skipped=skipped)) + '\n')

    fn = getattr(importlib.import_module(module), function)
    label = '%s.%s' % (module[5:], function[5:])
    try:
        if inspect.signature(fn).parameters:
            fn(lambda name, ok, detail='', skipped=False: report('%s.%s' % (label, name), ok, detail, skipped))
        else:
            fn()
        report(label, True)
    except support.Skip as e:
        report(label, True, str(e), skipped=True)
    except support.Failure as e:
        where = traceback.extract_tb(e.__traceback__)
        line = [f for f in where if os.path.basename(f.filename).startswith('test_')]
        report(label, False, '%s%s' % ('%s:%d: ' % (os.path.basename(line[-1].filename), line[-1].lineno) if line else '', e))
    except BaseException:
        report(label, False, traceback.format_exc())
    out.flush()
    os._exit(0)


def marked(mark):
    """Processes that carry the mark of one test in their environment."""
    needle = ('E2E_TEST=' + mark).encode()
    out = []
    for pid in os.listdir('/proc'):
        if not pid.isdigit() or int(pid) == os.getpid():
            continue
        try:
            with open('/proc/%s/environ' % pid, 'rb') as f:
                if needle in f.read().split(b'\0'):
                    out.append(int(pid))
        except OSError:
            pass
    return out


def end_all(mark):
    """Ends what a test left running; returns what it was."""
    left = []
    for pid in marked(mark):
        try:
            with open('/proc/%d/cmdline' % pid, 'rb') as f:
                left.append(f.read().replace(b'\0', b' ').decode('latin-1').strip()[:80])
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return left


class Runner:
    def __init__(self, args, root):
        self.args, self.root = args, root
        self.lock = threading.Lock()
        self.passed, self.failed, self.skipped = 0, [], []
        self.number = 0

    def env(self, mark, directory):
        env = dict(os.environ, E2E_TEST=mark, E2E_DIR=directory, E2E_LAB=os.path.join(self.root, 'lab'),
                   E2E_SLOW=str(self.args.slow), MITMTOP=self.args.mitmtop, PYTHONDONTWRITEBYTECODE='1')
        if self.args.smoke:
            env['E2E_SMOKE'] = '1'
        if self.args.k:
            env['E2E_K'] = self.args.k
        return env

    def one(self, module, name, fn):
        with self.lock:
            self.number += 1
            directory = os.path.join(self.root, 't%d' % self.number)
        os.mkdir(directory, 0o755)
        mark = '%d-%s' % (os.getpid(), directory)
        limit = getattr(fn, 'deadline', DEADLINE) * self.args.slow
        start = time.monotonic()
        log = open(os.path.join(directory, 'log'), 'wb')
        p = subprocess.Popen([sys.executable, os.path.join(HERE, 'run.py'), '--child', module, name], stdin=subprocess.DEVNULL,
                             stdout=log, stderr=log, env=self.env(mark, directory), cwd=directory, start_new_session=True)
        late = False
        try:
            p.wait(limit)
        except subprocess.TimeoutExpired:
            late = True
            p.send_signal(signal.SIGABRT)  # faulthandler says where it hangs
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                pass
        left = end_all(mark)
        if p.poll() is None:
            p.kill()
            p.wait()
        log.close()
        took = time.monotonic() - start
        results = []
        try:
            with open(os.path.join(directory, 'results.jsonl')) as f:
                results = [json.loads(line) for line in f if line.endswith('\n')]
        except (OSError, ValueError):
            pass
        label = '%s.%s' % (module[5:], name[5:])
        with open(os.path.join(directory, 'log'), 'rb') as f:
            text = f.read().decode('utf-8', 'replace')
        if late or not any(r['name'] == label for r in results):
            results.append(dict(name=label, ok=False, skipped=False, detail='%s\n%s' % (
                'no end within %.0f s' % limit if late else 'the test ended without a result', text[-3000:])))
        elif left and all(r['ok'] for r in results):
            results.append(dict(name=label + '.left_running', ok=False, skipped=False, detail='left running: %s' % left))
        self.tell(label, results, took)
        shutil.rmtree(directory, ignore_errors=True)

    def tell(self, label, results, took):
        with self.lock:
            bad = [r for r in results if not r['ok']]
            for r in results:
                if r['skipped']:
                    self.skipped.append((r['name'], r['detail']))
                elif r['ok']:
                    self.passed += 1
                else:
                    self.failed.append(r)
                if self.args.verbose and r['name'] != label:
                    print('%s %s%s' % ('skip' if r['skipped'] else 'ok  ' if r['ok'] else 'FAIL', r['name'],
                                       ': ' + r['detail'] if r['skipped'] else ''))
            main = [r for r in results if r['name'] == label][-1]
            if main['skipped']:
                print('skip %s: %s' % (label, main['detail']))
            elif not bad:
                extra = ', %d cases' % (len(results) - 1) if len(results) > 1 else ''
                print('ok   %s (%.1f s%s)' % (label, took, extra))
            for r in bad:
                print('FAIL %s (%.1f s): %s' % (r['name'], took, r['detail'].rstrip().replace('\n', '\n     ')))
            sys.stdout.flush()

    def run(self, tests):
        together = [t for t in tests if not getattr(t[2], 'exclusive', False)]
        alone = [t for t in tests if getattr(t[2], 'exclusive', False)]
        # The longest first, so that none of them is left to run alone at the end.
        together.sort(key=lambda t: -getattr(t[2], 'deadline', DEADLINE))
        queue = list(together)

        def worker():
            while True:
                with self.lock:
                    if not queue:
                        return
                    test = queue.pop(0)
                self.one(*test)

        threads = [threading.Thread(target=worker) for _ in range(max(1, self.args.j))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for test in alone:
            self.one(*test)


def main():
    if len(sys.argv) > 1 and sys.argv[1] == '--child':
        import faulthandler
        faulthandler.enable()
        child(sys.argv[2], sys.argv[3])
    p = argparse.ArgumentParser(description='end-to-end tests of mitmtop')
    p.add_argument('--mitmtop', default=os.environ.get('MITMTOP') or './mitmtop', help='the program to test')
    p.add_argument('--smoke', action='store_true', help='a subset that takes less than 20 s')
    p.add_argument('--soak', action='store_true', help='instead of the tests what takes minutes: soak_* of the soak_*.py')
    p.add_argument('-k', metavar='PATTERN', help='only tests whose module.name matches this regular expression')
    p.add_argument('-v', '--verbose', action='store_true', help='a line for each case')
    p.add_argument('-j', type=int, default=max(2, 2 * (os.cpu_count() or 1)), help='tests at once')
    p.add_argument('--slow', type=float, default=float(os.environ.get('E2E_SLOW', '1')), help='factor for all deadlines')
    p.add_argument('--list', action='store_true', help='list the tests and end')
    p.add_argument('--keep', action='store_true', help='keep the temporary directory')
    args = p.parse_args()
    args.mitmtop = os.path.abspath(args.mitmtop)
    tests = collect('soak' if args.soak else 'test')
    if args.smoke:
        tests = [t for t in tests if getattr(t[2], 'smoke', False)]
    if args.k:
        # rfc.absolute:R-A01 runs one case of a test: what follows the colon is for the test.
        want = re.compile(args.k.partition(':')[0])
        tests = [t for t in tests if want.search('%s.%s' % (t[0][5:], t[1][5:]))]
    if args.list:
        for module, name, fn in tests:
            print('%s.%s' % (module[5:], name[5:]))
        return 0
    if not os.access(args.mitmtop, os.X_OK):
        print('e2e: %s cannot be run' % args.mitmtop, file=sys.stderr)
        return 2
    if not tests:
        print('e2e: no test matches', file=sys.stderr)
        return 2
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    root = tempfile.mkdtemp(prefix='mitmtop-e2e-')
    os.environ['E2E_DIR'] = root
    os.environ['E2E_SLOW'] = str(args.slow)
    start = time.monotonic()
    runner = Runner(args, root)
    try:
        import support
        support.make_lab(os.path.join(root, 'lab'))
        runner.run(tests)
    finally:
        if args.keep:
            print('kept %s' % root)
        else:
            shutil.rmtree(root, ignore_errors=True)
    for name, why in runner.skipped:
        print('skipped %s: %s' % (name, why))
    if runner.failed:
        print('failed: %s' % ' '.join(r['name'] for r in runner.failed))
    print('%.0f s' % (time.monotonic() - start))
    print('e2e: %d passed, %d failed, %d skipped' % (runner.passed, len(runner.failed), len(runner.skipped)))
    return 0 if runner.passed and not runner.failed else 1


if __name__ == '__main__':
    sys.exit(main())
