/* SPDX-License-Identifier: MIT
 * The engine's public face: workers that accept, intercept and relay. The front end reads facts from rings, sends intents by flow
 * key, and never holds an engine pointer other than this one. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hist.h"
#include "conf/listen.h"

struct engine;
struct tls;
struct fact;
struct intent;

enum { ENGINE_LISTEN_MAX = LISTEN_MAX, ENGINE_PASSTHROUGH_MAX = 64 };

struct engine_listen {
	char mode[16];  /* "auto" */
	char addr[64];  /* numeric, without brackets */
	uint16_t port;  /* 0: any free one; engine_listener_text tells which */
};

struct engine_config {
	struct engine_listen listen[ENGINE_LISTEN_MAX];
	unsigned nlisten;
	unsigned threads;              /* >= 1 */
	struct tls *tls;               /* borrowed; outlives the engine */
	uint32_t head_timeout_ms;      /* first bytes and each message head */
	uint32_t dns_timeout_ms;
	uint32_t connect_timeout_ms;   /* each address */
	uint32_t handshake_timeout_ms;
	uint32_t idle_timeout_ms;      /* no byte either way */
	uint32_t half_close_timeout_ms;
	uint32_t connections_max;      /* client connections at once, all workers */
	uint64_t body_max_bytes;       /* of one body handed to the recorder */
	uint64_t hold_max_bytes;       /* of one message that a breakpoint holds */
	uint64_t hold_total_bytes;     /* of all of them */
	bool rules_come;               /* breakpoint rules may be set: what they would judge is kept from the start */
	const char *const *passthrough; /* hosts not to decrypt, texts of host_pattern.h; borrowed during engine_start */
	unsigned npassthrough;
	bool via;                      /* add Via (RFC 9110 7.6.3) */
	bool ca_page;                  /* answer http://ca.mitmtop/ here */
	bool process;                  /* find out which process of this machine a client is */
	bool process_first;            /* read nothing from a client before, for 200 ms at most */
};

/* Opens every listener and starts the workers, which accept at once. NULL with a sentence. */
struct engine *engine_start(const struct engine_config *c, struct errmsg *why);
/* Stops accepting, cuts what is open (each flow gets its end), joins the workers. Drain facts afterwards, then free. */
void engine_stop(struct engine *e);
void engine_free(struct engine *e);

/* File descriptor that becomes readable when facts wait, for the front end's loop. */
int engine_fact_fd(const struct engine *e);
/* Hands every waiting fact to sink, at most max of them; returns how many. sink takes over block references. When it
 * returns 0 the descriptor is re-armed; call again when it is readable. */
unsigned engine_drain(struct engine *e, unsigned max, void (*sink)(void *arg, const struct fact *f),
    void *arg);

/* Takes over an intent and hands it to whom it concerns; what comes of it arrives as facts. From the thread that drains only; never
 * waits. After engine_stop it is dropped. */
void engine_intend(struct engine *e, struct intent *i);

/* Whether http://ca.mitmtop/ is answered here from now on. From any thread. */
void engine_serve_ca_page(struct engine *e, bool on);

/* ---- a request to the proxy itself, to see whether clients could make one ---- */

enum { ENGINE_SELFTEST_MS = 5000 }; /* it takes no longer */

struct engine_selftest {
	bool ok;
	unsigned ms;     /* it took */
	char client[64]; /* address it came from, as the connection's row has it; "": it came to none */
	char text[256];  /* not ok: at which step, and why; printable */
};
/* Sends it through the first listener that proxies are asked at. When it is done ready_fd, an eventfd, is added to. Returns 0, or why
 * there is nothing to send; one at a time. These three from the main thread only. */
int engine_selftest_start(struct engine *e, int ready_fd, struct errmsg *why);
/* True, once, when it is done: *out. */
bool engine_selftest_done(struct engine *e, struct engine_selftest *out);
void engine_selftest_stop(struct engine *e); /* gives it up, if there is one */

/* "127.0.0.1:8080" of listener i, with the port really bound; "" past the last. */
const char *engine_listener_text(const struct engine *e, unsigned i);

struct engine_stats {
	uint64_t accepted;            /* client connections ever */
	uint64_t client_open, server_open, idle; /* now; idle: open and without a request in flight */
	uint64_t bytes_in, bytes_out; /* read from clients, written to clients (payload inside TLS) */
	uint64_t requests;            /* HTTP request heads */
	uint64_t handshakes_full, handshakes_resumed, handshakes_failed; /* both sides */
	uint64_t processes_skipped;   /* clients whose process was not looked for: too many at once */
	uint64_t handshakes_passed;   /* connections whose TLS was not decrypted */
	uint64_t connect_us[HIST_BUCKETS], tls_us[HIST_BUCKETS], ttfb_us[HIST_BUCKETS],
	    total_us[HIST_BUCKETS];   /* sums for hist_percentile */
};
void engine_stats(const struct engine *e, struct engine_stats *s);

/* What a part of the engine has done: a listener, over all workers, or a worker. */
struct engine_part {
	uint64_t accepted, open;      /* client connections: ever, now */
	uint64_t bytes_in, bytes_out; /* as above */
	uint64_t requests;
};
/* Of listener or worker i, from 0; false: there is none. */
bool engine_listener_stats(const struct engine *e, unsigned i, struct engine_part *p);
bool engine_worker_stats(const struct engine *e, unsigned i, struct engine_part *p);

#endif
