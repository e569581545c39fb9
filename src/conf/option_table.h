/* SPDX-License-Identifier: MIT
 * Every option, declared once: OPTION(id, name, letter, argument, type, default, min, max, help). */
OPTION(LISTEN, "listen", 'l', "[MODE[:DATA]@][ADDR:]PORT", OPTION_LIST, "127.0.0.1:8080", 0, 0,
    "listen here for clients; repeatable; MODE is auto")
OPTION(PORT, "port", 'p', "PORT", OPTION_INT, "8080", 0, 65535,
    "listen on this port of 127.0.0.1: short for -l PORT, and not together with -l")
OPTION(HEADLESS, "headless", 'n', NULL, OPTION_BOOL, "no", 0, 1,
    "no console: print a line for each flow when it ends")
OPTION(START, "start", 0, NULL, OPTION_BOOL, "no", 0, 1,
    "with -n: print a line, with + for the state, when a flow begins as well")
OPTION(SUMMARIES, "summaries", 'b', "N", OPTION_INT, "0", 0, 1000000,
    "no console: print the header's figures every --delay, N times, and exit; with -n among its lines")
OPTION(STRICT, "strict", 0, NULL, OPTION_BOOL, "no", 0, 1,
    "with -n: the exit status after SIGINT is 130, after SIGTERM 143, not 0")
OPTION(JSON, "json", 0, NULL, OPTION_BOOL, "no", 0, 1, "with -n: print one JSON object a line")
OPTION(VERBOSE, "verbose", 'v', NULL, OPTION_INT, "0", 0, 2,
    "with -n: print heads too; given twice, bodies as well")
OPTION(WRITE, "write", 'w', "FILE", OPTION_STRING, "", 0, 0,
    "write every flow to a session file; one that is there is continued")
OPTION(READ, "read", 'r', "FILE", OPTION_STRING, "", 0, 0,
    "show the flows of a session file; no proxy is started")
OPTION(THREADS, "threads", 't', "N", OPTION_INT, "0", 0, 64,
    "worker threads; 0 is one for each processor")
OPTION(FILTER, "filter", 'f', "EXPR", OPTION_STRING, "", 0, 0,
    "show only flows that match: 'code >= 400 and host ~ api'; a word alone is in host or path")
OPTION(CA, "ca", 0, "DIR", OPTION_STRING, "", 0, 0,
    "directory of ca.pem and ca.key, made if missing; default mitmtop in the XDG data directory")
OPTION(SERVER_CA, "server-ca", 0, "FILE", OPTION_STRING, "", 0, 0,
    "PEM certificates to trust for servers besides the system's")
OPTION(INSECURE, "insecure", 0, NULL, OPTION_BOOL, "no", 0, 1, "do not verify server certificates")
OPTION(DELAY, "delay", 'd', "SECONDS", OPTION_DURATION, "1s", 100, 3600000,
    "time between updates of the header's rates, and between the blocks of -b")
OPTION(THEME, "theme", 0, "NAME", OPTION_STRING, "dark", 0, 0,
    "colours of the console: dark, light, high, deuter, mono or 16")
OPTION(HEADER, "header", 0, "WORDS", OPTION_STRING, "full", 0, 0,
    "header of the console: full, line or off; net=, tls=, certs=, lat= line, exploded or off; graph= spark, bars or none")
OPTION(COLUMNS, "columns", 0, "NAME,...", OPTION_STRING, "", 0, 0,
    "columns of the list, each NAME or NAME:WIDTH, + before one that narrow screens shall show too")
OPTION(BODY_BESIDE, "body-beside", 0, NULL, OPTION_BOOL, "yes", 0, 1,
    "on a split screen the body stands beside its head when the detail has 120 columns; =no: below it")
OPTION(FIXLEN, "fixlen", 0, NULL, OPTION_BOOL, "yes", 0, 1,
    "an edited message gets the Content-Length of its body; =no: it is sent as you wrote it, and its connection ends")
OPTION(CUT, "cut", 0, "WHERE", OPTION_STRING, "end", 0, 0,
    "where the list cuts a PATH that is too long: end, or middle: /v1/.../items?id=7")
OPTION(MASK, "mask", 0, NULL, OPTION_BOOL, "no", 0, 1,
    "the console shows * for credentials, cookies, passwords and tokens; copies and files have them")
OPTION(MOUSE, "mouse", 0, NULL, OPTION_BOOL, "yes", 0, 1,
    "the console takes the mouse; =no leaves it to the terminal, as Shift does")
OPTION(ROWS, "rows", 0, "N", OPTION_INT, "0", 0, 10000,
    "flows that the list shows at once, at most; 0 is as many as fit")
OPTION(KEYS, "keys", 0, "PRESET", OPTION_STRING, "top", 0, 0,
    "keys of the console: top, mitm or vi")
OPTION(BIND, "bind", 0, "KEY COMMAND", OPTION_LIST, "", 0, 0,
    "what a key does in the console; without COMMAND it does nothing; repeatable")
OPTION(SCRIPT, "script", 0, "FILE", OPTION_STRING, "", 0, 0,
    "run the console's commands in FILE after the start")
OPTION(PROCESS, "process", 0, NULL, OPTION_BOOL, "yes", 0, 1,
    "find out which process of this machine a client is; with -n only if this is given or -f asks")
OPTION(KEEP, "keep", 0, NULL, OPTION_BOOL, "no", 0, 1,
    "when the terminal is lost, go on without it until SIGTERM")
OPTION(MEMORY, "memory", 0, NULL, OPTION_SIZE, "0", 0, 1099511627776.0,
    "memory for recorded flows, the oldest give way; 0 is 256M, or 32M with -n")
OPTION(BODY_MAX, "body-max", 0, NULL, OPTION_SIZE, "1M", 0, 10737418240.0,
    "bytes recorded of one body; more is relayed, counted and not kept")
OPTION(HOLD_MAX, "hold-max", 0, NULL, OPTION_SIZE, "4M", 0, 1073741824.0,
    "body bytes of a message that a breakpoint may hold; a larger one goes on")
OPTION(HOLD_TOTAL, "hold-total", 0, NULL, OPTION_SIZE, "64M", 0, 10737418240.0,
    "bytes of all messages that breakpoints hold; what would be more goes on")
OPTION(PASSTHROUGH, "passthrough", 0, "HOST", OPTION_LIST, "", 0, 0,
    "do not decrypt TLS to HOST: a name, *.NAME or an address, with :PORT or without; repeatable")
OPTION(CA_PAGE, "ca-page", 0, NULL, OPTION_BOOL, "yes", 0, 1,
    "answer http://ca.mitmtop/ here: how to trust the CA, and its certificate to fetch")
OPTION(HEAD_TIMEOUT, "head-timeout", 0, NULL, OPTION_DURATION, "30s", 10, 3600000,
    "time for a client to send its first bytes and each message head")
OPTION(DNS_TIMEOUT, "dns-timeout", 0, NULL, OPTION_DURATION, "10s", 10, 3600000,
    "time for a name to be resolved")
OPTION(CONNECT_TIMEOUT, "connect-timeout", 0, NULL, OPTION_DURATION, "10s", 10, 3600000,
    "time for each address of a server to accept the connection")
OPTION(HANDSHAKE_TIMEOUT, "handshake-timeout", 0, NULL, OPTION_DURATION, "10s", 10, 3600000,
    "time for a TLS handshake on either side")
OPTION(IDLE_TIMEOUT, "idle-timeout", 0, NULL, OPTION_DURATION, "5m", 10, 86400000,
    "time without a byte in either direction before a connection is closed")
OPTION(HALF_CLOSE_TIMEOUT, "half-close-timeout", 0, NULL, OPTION_DURATION, "1m", 10, 86400000,
    "time a connection closed by one side may stay open without a byte")
OPTION(CONNECTIONS_MAX, "connections-max", 0, NULL, OPTION_INT, "10000", 1, 1000000,
    "client connections at once; more wait to be accepted")
OPTION(LEAF_CACHE, "leaf-cache", 0, NULL, OPTION_INT, "8192", 1, 1000000,
    "forged certificates kept for reuse")
OPTION(SESSION_CACHE, "session-cache", 0, NULL, OPTION_INT, "4096", 1, 1000000,
    "server TLS sessions kept for resumption")
OPTION(VIA, "via", 0, NULL, OPTION_BOOL, "no", 0, 1,
    "add a Via field to forwarded messages (RFC 9110 7.6.3)")
