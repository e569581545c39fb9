# SPDX-License-Identifier: MIT
"""What RFC 9110 and RFC 9112 demand of an HTTP/1 intermediary, as data: a row for each rule R-*.

REQUESTS: (id, bytes the client sends, expectation). In the bytes %T is the prefix of a target ("http://HOST" on the
proxy port, nothing inside TLS) and %H the origin's host:port.
RESPONSES: (id, request bytes or None for a plain GET, what the origin answers, whether it then closes, expectation).

An expectation is a string of words:
  reject            the client gets a 4xx or 5xx made by the proxy, or a close; no byte of the message reaches the origin
  reject=400,505    the same, with one of these statuses (or a close)
  forward           exactly one clean request reaches the origin and its answer reaches the client
  forward=N         N requests, N answers, in order
  either            reject or forward
  wait              the origin never sees a complete request
  has:TEXT not:TEXT bytes that must / must not be in what the origin got (when it got anything); case-insensitive
  body:TEXT         the body of the (first) request as the origin read it
  closes            the client's connection is closed after the answer
  status:N          the client's final status
  first:N           the status of the first of two answers; the second is the proxy's refusal
For responses: relay (the client gets exactly this answer's status and body), bad (502, or closed short), cbody:TEXT, chas:TEXT, cnot:TEXT
(bytes in what the client got), short (does not look complete), interim:N (that interim response was seen).
"""

F = b'Host: %H\r\n'


def get(extra=b'', target=b'/x', version=b'HTTP/1.1', method=b'GET', host=F):
    return method + b' %T' + target + b' ' + version + b'\r\n' + host + extra + b'\r\n'


def post(extra, body=b''):
    return get(extra, method=b'POST') + body


def chunked(body):
    return post(b'Transfer-Encoding: chunked\r\n', body)


C5 = b'5\r\nhello\r\n0\r\n\r\n'
SMUGGLED = b'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
REJ = 'reject=400'

REQUESTS = [
    ('A01', get(), 'forward has:get_/x_http/1.1'),
    ('A02', b'GET  %T/x HTTP/1.1\r\n' + F + b'\r\n', 'either not:__'),
    ('A03', b'GET\t%T/x HTTP/1.1\r\n' + F + b'\r\n', 'either not:\t'),
    ('A04', b'\r\n' + get(), 'forward'),
    ('A05', b'GET %T/x\r\n' + F + b'\r\n', REJ),
    ('A06', get(version=b'HTTP/1.2'), 'either'),
    ('A07', get(version=b'HTTP/2.0'), 'reject=400,505'),
    ('A08', get(version=b'http/1.1'), REJ),
    ('A09', get(version=b'HTTP/1.01'), REJ),
    ('A10', get(version=b'HTTP/01.1'), REJ),
    ('A11', get(method=b'G(T'), REJ),
    ('A12', get(method=b'BREW'), 'forward has:brew_'),
    ('A13', get(method=b'get'), 'forward exact:get_/'),
    ('A14', get(target=b'/x#frag'), 'either not:#'),
    ('A15', b'GET * HTTP/1.1\r\n' + F + b'\r\n', REJ),
    ('A16', b'OPTIONS * HTTP/1.1\r\n' + F + b'\r\n', 'forward has:options_*_ tunnel-only'),
    ('A17', b'GET x HTTP/1.1\r\n' + F + b'\r\n', REJ),
    ('A18', get(target=b'/x\0y'), REJ),
    ('A19', get(target=b'/x\x7fy'), REJ),
    ('A20', get(target=b'/\xc3\xa9'), 'either not:\xc3\xa9'),
    ('A21', b'GET %T/x\rfoo HTTP/1.1\r\n' + F + b'\r\n', REJ),
    ('A22', b'GET %T/x HTTP/1.1\nHost: %H\n\n', 'either'),
    ('A23', get(target=b'/' + b'a' * 8000), 'forward has:' + 'a' * 50),
    ('A24', get(target=b'/' + b'a' * 100000), 'either'),
    ('A25', b'GET %A/x HTTP/1.1\r\n' + F + b'\r\n', 'forward has:get_/x_'),
    ('A26', b'GET %A/x HTTP/1.1\r\nHost: other.test\r\n\r\n', 'forward not:other.test'),
    ('A27', b'GET http://u:p@%H/x HTTP/1.1\r\n' + F + b'\r\n', 'either not:u:p'),
    ('A28', b'GET %H HTTP/1.1\r\n' + F + b'\r\n', REJ),
    ('A29', b'GET ftp://%H/x HTTP/1.1\r\n' + F + b'\r\n', 'reject'),
    ('A30', b'   \r\n' + get(), 'either'),
    ('A31', b'\x01\x02\xff\xfe\0\0binary\r\n\r\n', 'reject'),
    ('A32', b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'reject'),
    ('B01', get(host=b''), 'either needs-host tunnel-only'),
    ('B02', get(b'Host: other\r\n'), REJ),
    ('B03', get(F), REJ),
    ('B04', get(host=b'Host: %H/path\r\n'), REJ),
    ('B05', get(host=b'Host: u@%H\r\n'), REJ),
    ('B06', get(host=b'Host: a b\r\n'), REJ),
    ('B07', get(host=b'Host: a, b\r\n'), REJ),
    ('B08', b'GET %T/x HTTP/1.1\r\n Host: %H\r\n\r\n', REJ),
    ('B09', get(host=b'', version=b'HTTP/1.0'), 'forward closes'),
    ('C01', get(b'X-A : v\r\n'), REJ),
    ('C02', get(b'X-A\t: v\r\n'), REJ),
    ('C03', get(b'X-A: a\r\n b\r\n'), 'either'),
    ('C04', get(b'X-A: a\r\n\tb\r\n'), 'either'),
    ('C05', b'GET %T/x HTTP/1.1\r\n X-A: v\r\n' + F + b'\r\n', 'either'),
    ('C06', get(b': v\r\n'), REJ),
    ('C07', get(b'nocolon\r\n'), REJ),
    ('C08', get(b'X-\xe9: v\r\n'), REJ),
    ('C09', get(b'X(A): v\r\n'), REJ),
    ('C10', get(b'X-A: a\0b\r\n'), 'either not:\0'),
    ('C11', get(b'X-A: a\rb\r\n'), 'either not:a\rb'),
    ('C12', get(b'X-A: a\rX-Evil: 1\r\n'), 'either not:\rx-evil'),
    ('C13', get(b'X-A: a\x01b\r\n'), 'either'),
    ('C14', get(b'X-A: caf\xc3\xa9\r\n'), 'forward has:caf\xc3\xa9'),
    ('C15', get(b'X-A:   v  \r\n'), 'forward has:x-a'),
    ('C16', get(b'X-A:\r\n'), 'forward has:x-a:'),
    ('C17', get(b'X-A: 1\r\nX-B: 0\r\nX-A: 2\r\n'), 'forward order:x-a=1,2'),
    ('C18', get(b'X-Unknown-Field: v\r\n'), 'forward has:x-unknown-field'),
    ('C19', get(b''.join(b'X-%d: v\r\n' % i for i in range(100))), 'forward has:x-99'),
    ('C20', get(b''.join(b'X-%d: v\r\n' % i for i in range(2000))), 'either'),
    ('C21', get(b'X-Big: ' + b'b' * 60000 + b'\r\n'), 'either'),
    ('C22', get(b'X-Big: ' + b'b' * 1000000 + b'\r\n'), 'either'),
    ('C23', b'GET %T/x HTTP/1.1\r\n' + F[:-2] + b'\r\r\n\r\n', REJ),
    ('C24', b'GET %T/x HTTP/1.1\r\nHost: %H\n\n', 'either'),
    ('D01', post(b'Content-Length: 5\r\n', b'hello'), 'forward body:hello'),
    ('D02', chunked(C5), 'forward body:hello'),
    ('D03', post(b'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', C5), 'either'),
    ('D04', post(b'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', C5), 'either'),
    ('D05', post(b'Content-Length: 5\r\nContent-Length: 6\r\n', b'hello!'), REJ),
    ('D06', post(b'Content-Length: 5, 6\r\n', b'hello!'), REJ),
    ('D07', post(b'Content-Length: 5\r\nContent-Length: 5\r\n', b'hello'), 'either'),
    ('D08', post(b'Content-Length: 5, 5\r\n', b'hello'), 'either'),
] + [('D%02d' % (9 + i), post(b'Content-Length: ' + v + b'\r\n', b'hello'), REJ) for i, v in enumerate([
    b'-1', b'+5', b'5a', b'0x5', b'5 5', b'', b'5;', b'5.0', b'55\0', b'9' * 30, b'18446744073709551621', b'05_0', b'"5"'])] + [
    ('D22', post(b'Content-Length: 005\r\n', b'hello'), 'either'),
    ('D23', post(b'Transfer-Encoding: gzip\r\n', b'x'), 'reject'),
    ('D24', post(b'Transfer-Encoding: chunked, gzip\r\n', C5), 'reject'),
    ('D25', post(b'Transfer-Encoding: chunked, chunked\r\n', C5), 'reject'),
    ('D26', post(b'Transfer-Encoding: foo, chunked\r\n', C5), 'reject=400,501'),
    ('D27', b'POST %T/x HTTP/1.0\r\n' + F + b'Transfer-Encoding: chunked\r\n\r\n' + C5, 'either closes'),
    ('D28', post(b'Transfer-Encoding: gzip, chunked\r\n', C5), 'reject=400,501'),
    ('D29', post(b'Transfer-Encoding: Chunked\r\n', C5), 'forward body:hello'),
    ('D30', post(b'Content_Length: 3\r\nContent-Length: 5\r\n', b'hello'), 'forward body:hello'),
    ('D31', post(b''), 'forward body:'),
    ('D32', get(b'Content-Length: 5\r\n') + b'hello', 'either'),
    ('D33', get(b'Content-Length: 5\r\n', method=b'HEAD') + b'hello', 'either head'),
    ('D34', post(b'Content-Length: 50\r\n', b'hello'), 'wait fin'),
    ('E01', chunked(b'A\r\n0123456789\r\n0\r\n\r\n'), 'forward body:0123456789'),
    ('E02', chunked(b'00005\r\nhello\r\n0\r\n\r\n'), 'forward body:hello'),
    ('E03', chunked(b'5;a=b\r\nhello\r\n0\r\n\r\n'), 'forward body:hello'),
    ('E04', chunked(b'5;a="b;c"\r\nhello\r\n0\r\n\r\n'), 'forward body:hello'),
    ('E05', chunked(b'5 ; a\r\nhello\r\n0\r\n\r\n'), 'either-body'),
    ('E06', chunked(b'5;a=' + b'b' * 65536 + b'\r\nhello\r\n0\r\n\r\n'), 'either-body'),
    ('E07', chunked(b'5;a\nb\r\nhello\r\n0\r\n\r\n' + SMUGGLED), 'badbody'),
    ('E08', chunked(b'5;a\rb\r\nhello\r\n0\r\n\r\n' + SMUGGLED), 'badbody'),
    ('E09', chunked(b'5;a\0b\r\nhello\r\n0\r\n\r\n' + SMUGGLED), 'badbody'),
    ('E10', chunked(b'5;\r\nhello\r\n0\r\n\r\n'), 'either-body'),
] + [('E%02d' % (11 + i), chunked(v + b'\r\nhello\r\n0\r\n\r\n' + SMUGGLED), 'badbody') for i, v in enumerate([
    b'0x5', b'+5', b'-5', b' 5', b'5_', b'5 \t', b'g', b'', b'5\n', b'ffffffffffffffff0', b'10000000000000005', b'fffffffffffffffb'])] + [
    ('E23', chunked(b'5\r\nhello world\r\n0\r\n\r\n' + SMUGGLED), 'badbody'),
    ('E24', chunked(b'5\r\nhelloXX0\r\n\r\n' + SMUGGLED), 'badbody'),
    ('E25', chunked(b'5\nhello\n0\n\n'), 'either-body'),
    ('E26', chunked(b'5\r\r\nhello\r\n0\r\n\r\n' + SMUGGLED), 'badbody'),
    ('E27', chunked(b'5\r\nhello\r\n0\r\nX-T: v\r\n\r\n'), 'forward body:hello nohead:x-t'),
    ('E28', chunked(b'5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n'), 'either-body not:content-length:_99'),
    ('E29', chunked(b'5\r\nhello\r\n0\r\nHost: evil.test\r\n\r\n'), 'either-body not:evil.test'),
    ('E30', chunked(b'5\r\nhello\r\n0\r\nbad line\r\n\r\n'), 'either-body not:bad_line'),
    ('E31', chunked(b'5\r\nhello\r\n0\r\nX-T: ' + b't' * 1000000 + b'\r\n\r\n'), 'either-body'),
    ('E32', chunked(b'1\r\nx\r\n' * 4000 + b'0\r\n\r\n'), 'forward body:' + 'x' * 4000),
    ('E33', chunked(b'5\r\nhello\r\n'), 'wait'),
    ('E34', chunked(b'5\r\nhello\r\n0\r\nXX' + SMUGGLED), 'badbody'),
    ('F01', get(b'X-Secret: 1\r\nConnection: X-Secret\r\n'), 'forward not:x-secret'),
    ('F02', get(b'X-One: 1\r\nx-two: 2\r\nConnection: x-ONE ,\tX-Two\r\n'), 'forward not:x-one not:x-two'),
    ('F03', get(b'X-One: 1\r\nX-Two: 2\r\nConnection: X-One\r\nConnection: X-Two\r\n'), 'forward not:x-one not:x-two'),
    ('F04', post(b'Content-Length: 5\r\nConnection: Content-Length\r\n', b'hello'), 'either-body body:hello'),
    ('F05', get(b'Connection: Host\r\n'), 'either needs-host'),
    ('F06', get(b'Authorization: secret\r\nCookie: c\r\nConnection: Authorization, Cookie\r\n'), 'either not:secret not:cookie'),
    ('F07', get(b'Keep-Alive: timeout=5\r\n'), 'forward not:keep-alive:'),
    ('F08', get(b'Proxy-Connection: keep-alive\r\n'), 'forward not:proxy-connection'),
    ('F09', get(b'Proxy-Authorization: Basic eDp5\r\n'), 'forward not:proxy-authorization'),
    ('F10', get(b'TE: trailers\r\nConnection: TE\r\n'), 'forward te-rule'),
    ('F11', get(b'Connection: close\r\n'), 'forward closes'),
    ('F12', get(b'Connection: close\r\n') + get(target=b'/second'), 'forward not:/second closes'),
    ('F13', get(), 'forward has:via: via'),
    ('F14', get(b'Via: 1.0 first\r\n'), 'forward has:via:_1.0_first has:mitmtop via'),
    ('F15', get(b'Max-Forwards: 0\r\n', method=b'TRACE'), 'answered'),
    ('F16', get(b'Max-Forwards: 5\r\n', method=b'OPTIONS'), 'forward has:max-forwards:_4'),
    ('F17', get(b'Max-Forwards: 5\r\n'), 'forward'),
    ('G01', post(b'Expect: 100-continue\r\nContent-Length: 5\r\n', b'hello'), 'forward body:hello'),
    ('G02', post(b'Expect: 100-continue\r\nContent-Length: 5\r\n'), 'continue'),
    ('G03', b'POST %T/x HTTP/1.0\r\n' + F + b'Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello', 'forward no100 body:hello'),
    ('G04', get(b'Expect: magic\r\n'), 'either'),
    ('G05', get(b'Upgrade: foo\r\n'), 'forward not:upgrade'),
    ('G06', get(b'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings\r\n'), 'forward not:h2c not:http2-settings'),
    ('G07', get(b'Upgrade: foo\r\nConnection: Upgrade\r\n') + get(target=b'/second'), 'forward=2'),
    ('G08', b'CONNECT %H HTTP/1.1\r\nHost: %H\r\nContent-Length: 5\r\n\r\nhello', 'reject proxy-only'),
    ('G09', b'CONNECT 127.0.0.1 HTTP/1.1\r\nHost: x\r\n\r\n', REJ),
    ('G10', b'CONNECT http://%H/ HTTP/1.1\r\nHost: x\r\n\r\n', REJ),
    ('G11', b'CONNECT 127.0.0.1:0 HTTP/1.1\r\nHost: x\r\n\r\n', 'reject=400,403,502'),
    ('G12', b'CONNECT 127.0.0.1:99999 HTTP/1.1\r\nHost: x\r\n\r\n', REJ),
    ('G13', b'CONNECT a\rb:443 HTTP/1.1\r\nHost: x\r\n\r\n', REJ),
    ('H01', get(target=b'/1') + get(target=b'/2'), 'forward=2'),
    ('H02', b''.join(get(target=b'/%d' % i) for i in range(20)), 'forward=20'),
    ('H03', get() + b'BAD\r\n\r\n', 'first:200'),
    ('H04', post(b'Content-Length: 5\r\n', b'hello') + get(), 'forward=2'),
    ('H05', post(b'Content-Length: %d\r\nTransfer-Encoding: chunked\r\n' % (5 + len(SMUGGLED)), b'0\r\n\r\n' + SMUGGLED), 'either not:/smuggled'),
    ('H06', post(b'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', b'%x\r\n' % len(SMUGGLED) + SMUGGLED + b'\r\n0\r\n\r\n'), 'either'),
    ('H07', post(b'Content-Length: %d\r\n' % len(SMUGGLED), SMUGGLED), 'forward'),
    ('H08', get(target=b'/a%0d%0aX-Evil:%201'), 'forward has:%0d%0a'),
]

OK = b'HTTP/1.1 200 OK\r\n'

RESPONSES = [
    ('P01', None, OK + b'Content-Length: 5\r\n\r\nhello', False, 'relay cbody:hello'),
    ('P02', None, OK + b'Transfer-Encoding: chunked\r\n\r\n' + C5, False, 'relay cbody:hello'),
    ('P03', None, OK + b'\r\nhello', True, 'relay cbody:hello closes'),
    ('P04', None, OK + b'Content-Length: 50\r\n\r\nhello', True, 'short'),
    ('P05', None, OK + b'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', True, 'short'),
    ('P06', None, OK + b'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n' + C5, False, 'bad-or-cbody:hello'),
    ('P07', None, OK + b'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!', False, 'bad'),
    ('P08', None, OK + b'Content-Length: 5x\r\n\r\nhello', False, 'bad'),
    ('P09', None, b'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello', False, 'relay-status:204 cnot:hello cnot:content-length'),
    ('P10', None, b'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n', False, 'relay-status:304'),
    ('P11', get(method=b'HEAD'), OK + b'Content-Length: 500\r\n\r\n', False, 'relay-status:200 chas:content-length:_500 head'),
    ('P12', get(method=b'HEAD'), OK + b'Content-Length: 5\r\n\r\nhello', False, 'relay-status:200 cnot:hello head'),
    ('P13', None, b'HTTP/1.1 100 Continue\r\n\r\n' + OK + b'Content-Length: 2\r\n\r\nok', False, 'relay cbody:ok'),
    ('P14', None, b'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' + OK + b'Content-Length: 2\r\n\r\nok', False, 'relay cbody:ok interim:103'),
    ('P15', None, b'HTTP/1.1 103 Early Hints\r\n\r\n' * 100 + OK + b'Content-Length: 2\r\n\r\nok', False, 'relay cbody:ok'),
    ('P16', None, b'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nraw', False, 'bad'),
    ('P17', None, b'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', False, 'relay cbody:ok'),
    ('P18', None, b'HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n', False, 'bad'),
    ('P18', None, b'HTTP/1.1 1000 High\r\nContent-Length: 0\r\n\r\n', False, 'bad'),
    ('P19', None, b'hello there, no status line\r\n\r\n', False, 'bad'),
    ('P20', None, OK + b'X-A: a\r\n b\r\nContent-Length: 2\r\n\r\nok', False, 'bad-or-cbody:ok'),
    ('P21', None, OK + b'X-A : a\r\nContent-Length: 2\r\n\r\nok', False, 'bad-or-cbody:ok cnot:x-a_:'),
    ('P22', None, OK + b'X-A: a\0b\r\nContent-Length: 2\r\n\r\nok', False, 'bad-or-cbody:ok cnot:a\0b'),
    ('P23', None, OK + b'X-A: a\rb\r\nContent-Length: 2\r\n\r\nok', False, 'bad-or-cbody:ok cnot:a\rb'),
    ('P24', None, OK + b'X-Hop: 1\r\nConnection: X-Hop\r\nContent-Length: 2\r\n\r\nok', False, 'relay cbody:ok cnot:x-hop'),
    ('P25', None, OK + b'Keep-Alive: timeout=9\r\nProxy-Connection: x\r\nContent-Length: 2\r\n\r\nok', False, 'relay cbody:ok cnot:timeout=9 cnot:proxy-connection'),
    ('P26', None, OK + b'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: v\r\n\r\n', False, 'relay cbody:hello'),
    ('P27', None, OK + b'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n', False, 'relay cbody:hello cnot:content-length'),
    ('P28', None, OK + b'Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nbogus!', False, 'relay cbody:ok cnot:bogus'),
    ('P29', None, OK + b'Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n', False, 'short'),
    ('P30', None, OK + b'Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n', False, 'short'),
    ('P31', get(version=b'HTTP/1.0'), OK + b'Transfer-Encoding: chunked\r\n\r\n' + C5, False, 'relay cbody:hello cnot:transfer-encoding closes'),
    ('P32', None, OK + b''.join(b'X-%d: %s\r\n' % (i, b'v' * 1500) for i in range(200)) + b'Content-Length: 2\r\n\r\nok', False, 'bad-or-cbody:ok'),
    ('P33', None, OK + b'X-Big: ' + b'v' * 5000000, False, 'bad'),
    ('P34', None, OK + b'Content-Length: 2\r\n\r\nok\r\n', True, 'relay cbody:ok'),
    ('P35', None, OK + b'Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\nnotgzip', False, 'relay cbody:notgzip chas:content-encoding:_gzip'),
    ('P36', None, b'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', False, 'bad-or-cbody:ok'),
    ('P37', None, b'HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\nok', False, 'relay-status:299 cbody:ok'),
    ('P38', None, OK + b'Content-Length: 2\r\n\r\nok', False, 'relay cbody:ok chas:via: via'),
    ('P39', None, b'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n', False, 'relay-status:204 cnot:transfer-encoding'),
    ('P40', None, b'HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n' + OK + b'Content-Length: 2\r\n\r\nok', False, 'relay cbody:ok'),
]
