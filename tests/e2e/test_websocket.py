# SPDX-License-Identifier: MIT
"""Messages of WebSockets held, edited, dropped and injected in a real tmux, between a client and a server of the library websockets, over
TLS and compressed as both like it."""
import asyncio
import re
import socket
import ssl
import threading

from support import Skip, check, deadline, equal, lab, until
from test_console import Console
from test_console_break import editor, held, rule
from test_console_flow import open_flow, tab, wait_rows


class Loop:
    """Runs coroutines in a thread of its own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def run(self, coroutine, timeout=10):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)


class Talk:
    """An echo server and a client that is connected to it through the console's proxy."""

    def __init__(self, console):
        try:
            import websockets
        except ImportError:
            raise Skip('the library websockets is not installed') from None
        self.ws, self.heard, self.got = websockets, [], []
        self.loop = Loop()
        self.loop.run(self.connect(console))

    async def echo(self, ws):
        async for text in ws:
            self.heard.append(text)
            await ws.send(text)

    async def listen(self):
        try:
            async for text in self.client:
                self.got.append(text)
        except self.ws.ConnectionClosed:
            pass

    async def connect(self, console):
        self.server = await self.ws.serve(self.echo, '127.0.0.1', 0, ssl=lab().server_ctx(alpn=()))
        port = self.server.sockets[0].getsockname()[1]
        s = socket.create_connection(('127.0.0.1', console.port), 5)
        s.sendall(b'CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n' % (port, port))
        data = b''
        while b'\r\n\r\n' not in data:
            data += s.recv(1)
        check(b' 200 ' in data, data)
        ctx = ssl.create_default_context(cafile=console.ca + '/ca.pem')
        self.client = await self.ws.connect('wss://127.0.0.1:%d/talk' % port, sock=s, ssl=ctx, server_hostname='127.0.0.1', ping_interval=None, close_timeout=2)
        self.reader = asyncio.ensure_future(self.listen())

    def say(self, text):
        self.loop.run(self.client.send(text))

    def expect(self, text, timeout=10):
        until(lambda: self.got and self.got[-1] == text, timeout, 'the client to hear %r, not %r' % (text, self.got))

    def close(self):
        async def end():
            await self.client.close()
            self.server.close()
            await self.server.wait_closed()
        self.loop.run(end())


def start(c, *rules):
    for r in rules:
        rule(c, r)
    t = Talk(c)
    wait_rows(c, 1)
    return t


@deadline(90)
def test_a_message_is_held_edited_and_sent_on():
    with Console(80, 24, env={'EDITOR': editor('sed -i s/ABC/XYZ/ "$1"')}) as c:
        t = start(c, 'messages req.body ~ buy')
        t.say('sell 1 ABC')
        t.expect('sell 1 ABC')
        t.say('buy 1 ABC')
        c.tmux.wait(lambda s: held(s) == 1, 10, 'HELD')
        equal(t.heard, ['sell 1 ABC'])
        open_flow(c, 1) if 'Flows:' not in c.tmux.screen() else c.tmux.keys('Right')
        s = tab(c, '6', 'Messages')
        s = c.tmux.wait(lambda s: 'HELD' in s and 'buy 1 ABC' in s, 10, 'the held message')
        check(re.search(r'H> .*text +9  buy 1 ABC  HELD', s), s)
        check('HELD message' in s and 'e edits it' in s, s)
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'HELD message of the client' in s, 10, 'the edit screen')
        c.tmux.keys('e')
        s = c.tmux.wait(lambda s: '+ buy 1 XYZ' in s, 10, 'the edit')
        check('- buy 1 ABC' in s, s)
        c.tmux.keys('a')
        t.expect('buy 1 XYZ')
        equal(t.heard, ['sell 1 ABC', 'buy 1 XYZ'])
        s = c.tmux.wait(lambda s: '(edited)' in s and '[6 Messages]' in s, 10, 'the edited message')
        check(re.search(r'~> .*text +9  buy 1 XYZ', s), s)
        c.tmux.keys('R')
        c.tmux.wait(lambda s: re.search(r'~> .*text +9  buy 1 ABC', s), 10, 'the original')
        c.tmux.keys('R')
        c.tmux.wait(lambda s: re.search(r'~> .*text +9  buy 1 ABC', s) and re.search(r'~> .*text +9  buy 1 XYZ', s), 10, 'both')
        # What comes later is whole, though the client goes on compressing by what it has said.
        for text in ('sell 2 ABC', 'sell 2 ABC again', 'x' * 5000):
            t.say(text)
            t.expect(text)
        t.close()
        c.tmux.keys('q')
        c.tmux.wait(lambda s: re.search(r'~ *1 D ws', s), 10, 'the end')
        c.quit()


@deadline(90)
def test_an_edit_is_not_sent_in_place_of_another_message():
    with Console(80, 24, env={'EDITOR': editor('sed -i s/ABC/XYZ/ "$1"')}) as c:
        t = start(c, 'messages hold=6s body ~ buy')
        t.say('buy 1 ABC')
        c.tmux.wait(lambda s: held(s) == 1, 10, 'HELD')
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'HELD message of the client' in s, 10, 'the edit screen')
        c.tmux.keys('e')
        c.tmux.wait(lambda s: '+ buy 1 XYZ' in s, 10, 'the edit')
        # Its time is over, and what the server says to it is held now.
        until(lambda: t.heard == ['buy 1 ABC'], 10, 'what the server heard')
        c.tmux.wait(lambda s: 'it is held no more' in s, 10, 'the end of the hold')
        c.tmux.keys('a')
        c.tmux.wait(lambda s: 'that message is held no more' in s, 10, 'the refusal')
        t.expect('buy 1 ABC')
        equal(t.heard, ['buy 1 ABC'])
        t.close()
        c.quit()


@deadline(90)
def test_messages_are_dropped_and_injected():
    with Console(120, 36) as c:
        t = start(c, 'messages first=2 res.body ~ price')
        t.say('the price is 1')
        c.tmux.wait(lambda s: held(s) == 1, 10, 'HELD')
        equal(t.heard, ['the price is 1'])
        c.tmux.keys('Right')
        tab(c, '6', 'Messages')
        c.tmux.wait(lambda s: re.search(r'<H .*the price is 1  HELD', s), 10, 'the held message')
        # The other direction goes on meanwhile.
        t.say('more')
        until(lambda: t.heard == ['the price is 1', 'more'], 10, 'what the server heard')
        c.tmux.keys('x')
        t.expect('more')
        equal(t.got, ['more'])
        s = c.tmux.wait(lambda s: 'DROPPED' in s, 10, 'DROPPED')
        check(re.search(r'<x .*the price is 1  DROPPED', s), s)
        c.tmux.keys('+')
        c.tmux.wait(lambda s: 'Inject to: server' in s, 10, 'the prompt')
        c.tmux.type('from me')
        c.tmux.keys('Enter')
        t.expect('from me')
        equal(t.heard[-1], 'from me')
        c.tmux.keys(':')
        c.tmux.type('inject client hex:0a1b')
        c.tmux.keys('Enter')
        t.expect(b'\x0a\x1b')
        s = c.tmux.wait(lambda s: '0a 1b  (injected)' in s, 10, 'the bytes')
        check(re.search(r'\+> .*text +7  from me  \(injected\)', s) and re.search(r'<\+ .*bin +2  0a 1b', s), s)
        t.say('price 2')
        c.tmux.wait(lambda s: re.search(r'<H .*price 2  HELD', s), 10, 'the second')
        c.tmux.keys('a')
        t.expect('price 2')
        t.say('price 3')  # the rule has had its two
        t.expect('price 3')
        t.close()
        c.quit()


@deadline(90)
def test_a_session_file_has_them():
    with Console(80, 24, args='-w session.mitmtop') as c:
        t = start(c, 'messages body ~ hold')
        t.say('hold this')
        c.tmux.wait(lambda s: held(s) == 1, 10, 'HELD')
        c.tmux.keys('e')
        c.tmux.wait(lambda s: 'HELD message of the client' in s, 10, 'the edit screen')
        c.tmux.keys('3')
        c.tmux.keys('End')
        c.tmux.type(', edited')
        c.tmux.keys('Escape')
        c.tmux.wait(lambda s: '+ hold this, edited' in s, 10, 'the edit')
        c.tmux.keys('a')
        until(lambda: t.heard == ['hold this, edited'], 10, 'what the server heard')
        c.tmux.wait(lambda s: 'Flows:' in s, 10, 'the list')
        # What comes back is held too; the screen may still show the hold before.
        until(lambda: t.got or c.tmux.keys('a'), 10, 'what comes back')
        equal(t.got, ['hold this, edited'])
        t.close()
        c.quit()
        c.tmux.command('clear')
        c.tmux.command('%s -r session.mitmtop; echo "status=$?"' % __import__('support').program())
        c.tmux.wait(lambda s: re.search(r'~ *1 D ws', s), 10, 'the session')
        c.tmux.keys('Enter')
        tab(c, '6', 'Messages')
        s = c.tmux.wait(lambda s: '(edited)' in s, 10, 'the messages')
        check(re.search(r'~> +\d\d:\d\d\.\d{3} .*hold this, edited', s) and re.search(r'<- +|← +', s), s)
        check('(was held)' in s, s)
        c.tmux.keys('R')
        c.tmux.wait(lambda s: re.search(r'~> .*text +9  hold this  ', s), 10, 'the original')
        c.quit()


@deadline(60)
def test_rates_and_bytes_in_the_heading_of_messages():
    with Console(80, 24) as c:
        t = Talk(c)
        said = []

        def talking(screen):
            said.append('a price of %d' % len(said))
            t.say(said[-1])
            return re.search(r' [\d.]*[1-9][\d.]*/s in, [\d.]*[1-9][\d.]*/s out   FOLLOW', screen)

        t.say('the first')
        wait_rows(c, 1)
        open_flow(c, 1)
        c.tmux.keys('6')
        s = c.tmux.wait(talking, 10, 'the rates')
        check(re.search(r'101 Switching Protocols  permessage-deflate   .* in, .* out', s.split('\n')[1]), 'the title:', s)
        c.tmux.sane()
        # Nothing comes any more, and the latest seconds have none.
        c.tmux.wait(lambda s: ' 0/s in, 0/s out   FOLLOW' in s, 15, 'rates that fall')
        t.say('the last')
        t.expect('the last')
        t.close()
        # Of all its life.
        c.tmux.wait(lambda s: 'OPEN' not in s.split('\n')[0] and re.search(r' [\d.]*[1-9][\d.]*/s in, [\d.]*[1-9][\d.]*/s out ', s), 5, 'the mean')
        c.quit()
