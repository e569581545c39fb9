# SPDX-License-Identifier: MIT
"""Which tests prove the console's thirty acceptance scenarios: each has tests named test_scenario_<number>_..., and this one sees to
it that none goes missing. The words say what a scenario is about, and after "not yet" what its tests leave out."""
import re

from run import collect
from support import check, equal

SCENARIOS = {
    1: 'first start: address, CA, fingerprint; the printed curl line works',
    2: 'twenty requests: method, code, size; not yet: HTTP/2 (offered by the client, answered with 1.1)',
    3: 'five failures, each a row with its cause',
    4: 'moving over 1000 flows, key by key; a held key repaints',
    5: 'the selection stays on its line while 10 000 flows arrive; echo and output within their budgets',
    6: 'following the newest',
    7: 'pausing the screen',
    8: 'a file of a million flows: search, filter, sort, each with progress; not yet: progress and ^C while it is opened, which reads no rows',
    9: 'a filter, cleared and brought back',
    10: 'a filter that cannot be meant: caret, proposal, history',
    11: 'completion with counts; words; the empty list',
    12: 'search in the list and in a body of 1 MB',
    13: 'sorting during traffic',
    14: 'columns: chosen, dropped, written, read again',
    15: 'tabs, and J and K which keep them',
    16: 'hostile text on every screen and in -n; true bytes in copies and files',
    17: 'wide text keeps the columns; the C locale',
    18: 'very long URLs, fields, heads and bodies',
    19: 'resizes with a selection and something open',
    20: 'fifty resizes under a flood',
    21: 'a held request on every screen',
    22: 'editing in an editor that takes its time',
    23: 'the client of a held request leaves; a hold that ends by itself',
    24: 'flow control of the terminal is off',
    25: 'a stopped terminal stops nothing',
    26: 'suspending',
    27: 'a lost terminal',
    28: 'signals and refusals leave a sane terminal and one line',
    29: 'no colours, plain terminals, themes, state letters',
    30: 'marks, undo, saving, copying, quitting with live streams, a closed pipe',
}


def test_every_scenario_has_its_test():
    found = {}
    for module, name, _ in collect():
        m = re.match(r'test_scenario_(\d+)_', name)
        if m:
            found.setdefault(int(m.group(1)), []).append('%s.%s' % (module, name))
    missing = [n for n in SCENARIOS if n not in found]
    check(not missing, 'scenarios without a test:', missing)
    equal([n for n in found if n not in SCENARIOS], [], 'tests of scenarios that nobody knows')
    equal(sorted(SCENARIOS), list(range(1, 31)), 'numbers')
