#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Enforces tests/lint/layers.txt: which layer includes which, and where outside libraries appear."""
import os
import re
import sys
import tempfile

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


class Rules:
    def __init__(self, path):
        self.layers, self.outside, self.never = [], [], {}
        for number, line in enumerate(open(path, encoding='utf-8'), 1):
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            left, colon, right = line.partition(':')
            words, allowed = left.split(), right.split()
            if not colon or words[0] not in ('layer', 'outside', 'never'):
                sys.exit(f'{path}:{number}: not understood: {line}')
            if words[0] == 'layer':
                self.layers.append((words[1], words[2], allowed))
            elif words[0] == 'outside':
                self.outside.append((words[1:], allowed))
            else:
                self.never[words[1]] = allowed


def inside(path, place):
    return path == place or path.startswith(place + '/')


def layer_of(rules, path):
    for name, folder, allowed in rules.layers:
        if inside(path, folder):
            return name, allowed
    return None, []


def named_by(header, names):
    """True when one of the names is the header, or its beginning if it ends in / or is no file name."""
    return any(header == n or (not n.endswith('.h') and header.startswith(n)) for n in names)


def check_own(rules, root, path, header):
    """An include of the project's own: returns what is wrong with it, or None."""
    name, allowed = layer_of(rules, path)
    if header == 'config.h':
        return None if path.endswith('.c') else 'config.h is for .c files only'
    full = next((p for p in ('src/' + header, header) if os.path.exists(os.path.join(root, p))), None)
    if full is None:
        return f'"{header}" is neither under src/ nor at the top; write <{header}> for a system header'
    target, _ = layer_of(rules, full)
    short = full[4:] if full.startswith('src/') else full
    if target == name or '*' in allowed or target in allowed or short in allowed:
        return None
    return f'layer {name} may not include {short} (layer {target})'


def check_outside(rules, path, header):
    name, _ = layer_of(rules, path)
    if named_by(header, rules.never.get(name, [])):
        return f'layer {name} may not include <{header}>'
    for prefixes, places in rules.outside:
        if named_by(header, prefixes) and not any(inside(path, p) for p in places):
            return f'<{header}> is allowed in {", ".join(places) or "no file"} only'
    return None


def includes(root):
    for top in ('src', 'ui'):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for file in sorted(n for n in names if n.endswith(('.c', '.h'))):
                full = os.path.join(folder, file)
                text = open(full, encoding='utf-8').read()
                for m in INCLUDE.finditer(re.sub(r'/\*.*?\*/', lambda c: '\n' * c[0].count('\n'), text, flags=re.S)):
                    yield os.path.relpath(full, root), m[1], m[2]


def check(rules, root):
    problems, count, edges = [], 0, {}
    for path, kind, header in includes(root):
        count += 1
        name, _ = layer_of(rules, path)
        if name is None:
            why = 'belongs to no layer of layers.txt'
        elif kind == '"':
            why = check_own(rules, root, path, header)
        else:
            why = check_outside(rules, path, header)
        if why:
            problems.append(f'{path}: {why}')
        if kind == '"':
            full = 'src/' + header if os.path.exists(os.path.join(root, 'src', header)) else header
            edges.setdefault(path, set()).add(full)
    return problems + cycles(edges), count


def cycles(edges):
    """Headers that include each other, directly or around a circle."""
    found, done = [], set()

    def visit(path, trail):
        if path in trail:
            found.append('include cycle: ' + ' -> '.join(trail[trail.index(path):] + [path]))
        elif path not in done:
            for target in sorted(edges.get(path, ())):
                visit(target, trail + [path])
            done.add(path)

    for path in sorted(edges):
        visit(path, [])
    return found


PLANTED = [
    ('src/base/a.c', '#include "proto/p.h"\n'),          # upwards
    ('src/engine/e.c', '#include "flow/flow_store.h"\n'),  # past the door of a layer
    ('src/proto/q.c', '#include <sys/socket.h>\n'),       # forbidden system header
    ('src/engine/f.c', '#include <openssl/ssl.h>\n'),     # library outside its files
    ('src/base/b.h', '#include "base/c.h"\n'),            # cycle
    ('src/odd/x.c', '#include <stdio.h>\n'),              # no layer
]
SOUND = [
    ('src/proto/p.h', '#include "base/d.h"\n/* #include "ui/u.h" */\n'),
    ('src/flow/flow_store.h', ''),
    ('src/flow/flow_id.h', ''),
    ('src/base/d.h', ''),
    ('src/engine/g.c', '#include "flow/flow_id.h"\n#include <event2/event.h>\n'),
    ('src/base/c.h', '#include "base/b.h"\n'),
]


def self_test(rules):
    """Each planted breach is found, one at a time, and the rest raises nothing."""
    for breach in [None] + PLANTED:
        with tempfile.TemporaryDirectory() as root:
            for path, text in SOUND + ([breach] if breach else [('src/base/b.h', '')]) + [('ui/u.h', '')]:
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), 'w', encoding='utf-8') as f:
                    f.write(text)
            if breach and breach[0] != 'src/base/b.h':
                open(os.path.join(root, 'src/base/b.h'), 'w', encoding='utf-8').close()
            problems, _ = check(rules, root)
            if len(problems) != (1 if breach else 0):
                sys.exit(f'FAIL self-test: {breach}: found {problems}')


def main():
    root = os.environ.get('top_srcdir') or os.path.join(os.path.dirname(__file__), '..', '..')
    rules = Rules(os.path.join(root, 'tests/lint/layers.txt'))
    self_test(rules)
    problems, count = check(rules, root)
    for p in problems:
        print('FAIL', p)
    print(f'{count} includes')
    sys.exit(1 if problems or not count else 0)


if __name__ == '__main__':
    main()
