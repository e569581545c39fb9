# SPDX-License-Identifier: MIT
"""A real browser: headless Chromium loads a page with its parts over TLS through mitmtop."""
import os

from support import Mitmtop, Nginx, check, clean_env, deadline, equal, exclusive, need, new_dir, run

PAGE = b"""<!doctype html><html><head><title>loading</title><link rel="stylesheet" href="style.css"></head>
<body><p id="p">hello</p><img src="dot.svg"><script src="app.js"></script></body></html>"""
SCRIPT = b"""fetch('data.json').then(r => r.json()).then(d => { document.title = 'loaded ' + d.answer;
document.getElementById('p').textContent = 'answer ' + d.answer; });"""


def trust(home, ca_pem):
    """Puts the CA into the NSS database that Chromium reads."""
    db = os.path.join(home, '.pki', 'nssdb')
    os.makedirs(db)
    for args in (['-N', '--empty-password'], ['-A', '-t', 'C,,', '-n', 'mitmtop', '-i', ca_pem]):
        r = run([need('certutil'), '-d', 'sql:' + db] + args)
        equal(r.returncode, 0, 'certutil: %s' % r.stderr)


@exclusive
@deadline(90)
def test_page_with_its_parts():
    chromium = need('chromium')
    files = {'page.html': PAGE, 'style.css': b'p { color: red }', 'app.js': SCRIPT, 'data.json': b'{"answer": 42}',
             'dot.svg': b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'}
    with Nginx(files) as n, Mitmtop() as m:
        argv = [chromium, '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
                '--disable-background-networking', '--disable-component-update', '--disable-sync',
                '--user-data-dir=' + new_dir('profile'), '--proxy-server=127.0.0.1:%d' % m.port,
                '--proxy-bypass-list=<-loopback>', '--virtual-time-budget=8000', '--dump-dom', 'https://localhost:%d/page.html' % n.tls_port]
        home = new_dir('home')
        trust(home, m.ca_pem)
        r = run(argv, timeout=60, env=clean_env(HOME=home))
        check(b'answer 42' in r.stdout, 'the page: ', r.stdout, r.stderr[-600:])
        check(b'<title>loaded 42</title>' in r.stdout, 'the title: ', r.stdout)
        for name in files:
            row = m.wait_flow(lambda f: f.get('path') == '/' + name, 5, 'for ' + name)
            equal(row['status'], 200, name)
            equal(row['tls'], True, name)
