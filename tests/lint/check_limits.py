#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Caps the length of functions and files; exceptions stand in limits_allow.txt and may only shrink."""
import os
import re
import sys

FUNCTION_MAX, FILE_MAX = 80, 900
NAME = re.compile(r'^([a-z_]\w*)\(')


def measure(path):
    """Yields (function, lines), by the house format: the name begins a line, the body's braces stand alone."""
    name, start = None, None
    lines = open(path, encoding='utf-8').read().split('\n')
    for number, line in enumerate(lines, 1):
        m = NAME.match(line)
        if m and start is None:
            name = m[1]
        elif line == '{' and name:
            start = number
        elif line == '}' and start:
            yield name, number - start - 1
            name = start = None
    yield None, len(lines) - 1


def allowed(root):
    result = {}
    for line in open(os.path.join(root, 'tests/lint/limits_allow.txt'), encoding='utf-8'):
        if line.strip() and not line.startswith('#'):
            what, size, reason = line.split(None, 2)
            result[what] = int(size)
    return result


def main():
    root = os.environ.get('top_srcdir') or os.path.join(os.path.dirname(__file__), '..', '..')
    allow, used, bad, functions = allowed(root), set(), 0, 0
    for top in ('src', 'ui'):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for file in sorted(n for n in names if n.endswith(('.c', '.h')) and not n.endswith('_table.h')):
                path = os.path.relpath(os.path.join(folder, file), root)
                for name, size in measure(os.path.join(root, path)):
                    functions += name is not None
                    cap = FUNCTION_MAX if name else FILE_MAX
                    key = f'{path}:{name}' if name else path
                    if size > cap:
                        used.add(key)
                    if size > max(cap, allow.get(key, 0)):
                        print(f'FAIL {key}: {size} lines, at most {max(cap, allow.get(key, 0))}')
                        bad = 1
    for key in sorted(set(allow) - used):
        print(f'FAIL limits_allow.txt: {key} is no longer needed')
        bad = 1
    print(f'{functions} functions')
    sys.exit(bad)


if __name__ == '__main__':
    main()
