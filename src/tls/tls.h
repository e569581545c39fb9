/* SPDX-License-Identifier: MIT
 * The TLS layer's face: CA, forged leaves, the few shared contexts, sessions, and one TLS endpoint
 * over byte queues that the caller owns (design.md 4). The only door to OpenSSL: nothing of OpenSSL
 * is in this header. Every function may be called from any thread on its own tls_conn; struct tls
 * is shared by all workers and locks inside. */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hist.h"
#include "base/span.h"
#include "tls/tls_fail.h"

struct buf;
struct tls;	 /* shared: CA, trust store, contexts, caches */
struct tls_conn; /* one side of one connection */
struct tls_leaf; /* a forged leaf certificate, counted, immutable */

struct tls_config {
	const char *ca_dir;	    /* holds ca.pem and ca.key; made with 0700 if missing */
	const char *server_ca;	    /* PEM file trusted besides the system's store, or NULL */
	bool insecure;		    /* do not verify servers */
	unsigned leaf_cache_max;    /* forged leaves kept, >= 1 */
	unsigned session_cache_max; /* server sessions kept for resumption, >= 1 */
};

/* Loads or makes the CA (P-256, self-signed, 10 years, pathlen 0, CN "mitmtop CA <random hex>"; key
 * file 0600 by O_CREAT|O_EXCL|O_NOFOLLOW under a private temporary name, fsync, link/rename so that
 * 20 first starts at once agree; refuses a key that others can read, is not ours or does not belong
 * to the certificate; EC or RSA keys), loads the trust store, builds the contexts. Returns NULL
 * with a sentence naming file, cause and remedy. */
struct tls *tls_new(const struct tls_config *c, struct errmsg *why);
void tls_free(struct tls *t);

struct tls_ca_info {
	char cert_path[512];  /* absolute path of ca.pem */
	char fingerprint[96]; /* SHA-256, upper-case hex with colons, as `openssl x509 -fingerprint
				 -sha256` prints it */
	char not_after[16];   /* YYYY-MM-DD */
	bool created;	      /* made by this start */
};
void tls_ca_info(const struct tls *t, struct tls_ca_info *info);
/* Appends the CA's certificate, never its key: as DER, or as PEM with what else ca.pem holds to send
 * along. ERR_CRYPTO or ERR_LIMIT. From any thread. */
int tls_ca_cert(const struct tls *t, bool der, struct buf *out);

/* Counters since start, summed over threads. */
struct tls_stats {
	uint64_t leaves_cached, leaf_hits, leaf_forged;
	uint64_t forge_us_total;
	uint64_t forge_us[HIST_BUCKETS]; /* for hist_percentile */
};
void tls_get_stats(const struct tls *t, struct tls_stats *s);

/* How a tls_conn reaches its peer: its owner moves the encrypted bytes. Both return the bytes
 * moved, 0 when nothing can be moved now (try again later), TLS_IO_EOF at an orderly end of the
 * byte stream, or TLS_IO_ERROR on a broken connection. */
enum { TLS_IO_EOF = -1, TLS_IO_ERROR = -2 };
struct tls_io {
	long (*read)(void *arg, char *p, size_t n);
	long (*write)(void *arg, const char *p, size_t n);
	/* After the handshake a server's ticket came and was kept, the first of this connection; NULL: it need not be
	 * told. Called inside tls_read: nothing of the connection may be changed. */
	void (*kept)(void *arg);
};

/* A client-facing endpoint. The caller has parsed the ClientHello (proto/tls_hello.h) before and
 * feeds the same bytes again through io->read. leaf is put on the connection (a reference is
 * taken). alpn is the one protocol to select ("http/1.1"), or empty: select none. When the client
 * offered ALPN without it, the handshake still completes without ALPN. */
struct tls_conn *tls_accept_new(
    struct tls *t, struct tls_leaf *leaf, struct span alpn, const struct tls_io *io, void *arg);

struct tls_server_want {
	/* server_name to send, NULL or "" for none (never an IP literal) */
	const char *sni;
	/* the name or IP literal the certificate must be valid for; never empty unless insecure */
	const char *verify_host;
	/* resumption key: host, port; SNI, verify_host, ALPN and status_request are added to it */
	const char *session_key;
	/* the one protocol offered, "http/1.1", or NULL for no ALPN extension */
	const char *alpn;
	/* a stapled OCSP response is asked for; when it holds and says "revoked", verification fails */
	bool status_request;
	/* our CA alone is trusted, and nothing else whatever is configured; no session is kept */
	bool own_ca;
};
/* A server-facing endpoint; offers a cached session when there is one. */
struct tls_conn *tls_connect_new(
    struct tls *t, const struct tls_server_want *w, const struct tls_io *io, void *arg);
void tls_conn_free(struct tls_conn *c);

enum tls_result {
	TLS_OK = 0,
	TLS_AGAIN = 1,	   /* needs bytes from the peer (or room: only when io->write returned 0) */
	TLS_CLOSED = 2,	   /* the peer sent close_notify */
	TLS_TRUNCATED = 3, /* EOF without close_notify */
	TLS_BROKEN = 4	   /* see tls_conn_fail */
};

enum tls_result tls_handshake(struct tls_conn *c);
/* Decrypts up to max bytes into p; *n is what came. TLS_OK with *n > 0, or another result with *n
 * == 0. At most one record per call. */
enum tls_result tls_read(struct tls_conn *c, char *p, size_t max, size_t *n);
/* Decrypted or undecrypted bytes are held inside: the socket will not wake you for them. */
bool tls_pending(const struct tls_conn *c);
/* Encrypts all n bytes. io->write must have room (see engine/endpoint.h: it always queues); TLS_OK
 * or TLS_BROKEN. */
enum tls_result tls_write(struct tls_conn *c, const char *p, size_t n);
/* Sends close_notify (once); the reading side stays usable. */
void tls_shutdown(struct tls_conn *c);

/* After a handshake ended with TLS_BROKEN/TLS_CLOSED/TLS_TRUNCATED (or later): class, and a
 * sentence such as "client alert unknown_ca (48)" or "certificate expired 2026-01-02 (CN
 * expired.example)" with the peer's text as raw bytes without NUL: escape before showing.
 * Valid until tls_conn_free. */
enum tls_fail tls_conn_fail(const struct tls_conn *c, char *why, size_t size_bytes);

/* Facts of a finished (or failed) handshake; absent strings are "". Peer text is raw bytes cut to
 * size, valid UTF-8 not assured. */
struct tls_info {
	char version[12]; /* "TLSv1.3" */
	char cipher[48];
	char group[24]; /* key exchange group, "" when unknown */
	char alpn[24];	/* selected */
	char alpn_offered[24]; /* server side: the one that was offered */
	bool resumed;
	bool ticket_offered; /* server side: a session was offered for resumption */
	bool ticket_kept;    /* server side: a ticket came and was kept, so far */
	bool verified; /* server side: chain and name verified now or when the session was made */
	char subject[160],
	    issuer[160]; /* of the peer's certificate (server side) or of our leaf (client side) */
	char not_before[16], not_after[16]; /* YYYY-MM-DD */
	char san[256];			    /* first names, comma-separated, "+N" when more */
	char sha256[68];		    /* fingerprint, hex without colons */
	unsigned chain_len;
	char leaf_key[16]; /* client side: the key of our leaf, "EC P-256" */
	/* server side: what the stapled OCSP response says: "good", "revoked", "unknown"; "not verified" when its
	 * signature, time or subject does not hold, "none" when there was none, "" when none was asked for or the
	 * session was resumed */
	char staple[16];
};
void tls_conn_info(const struct tls_conn *c, struct tls_info *info);

/* The JA4 fingerprint of a parsed ClientHello over TCP; "" when a list in it has more than 256 values. */
enum { TLS_JA4_BYTES = 37 };
struct tls_hello;
void tls_ja4(const struct tls *t, const struct tls_hello *h, char out[TLS_JA4_BYTES]);

/* SHA-256 of the bytes in lower-case hex. False: the library failed. */
enum { TLS_SHA256_BYTES = 65 };
bool tls_sha256(struct span data, char out[TLS_SHA256_BYTES]);

/* The groups of a parsed ClientHello by name, separated by blanks; one without a name as "0x1234", and at the end "+3" when
 * three more did not fit. */
void tls_groups_text(const struct tls_hello *h, char *out, size_t size_bytes);

/* The forged leaf for a server connection whose handshake has finished (S000-06..11, T25-T27, P10,
 * P11): subject from the server's certificate when it is valid UTF-8 without controls and <= 256
 * bytes, else CN=host; SAN the server's dNSName A-labels and iPAddress entries (at most 100) plus
 * host and sni; IP hosts as iPAddress; random 64+-bit positive serial; not before = 2 days back; <=
 * 397 days and no longer than the server's (2 days at least); serverAuth; basicConstraints
 * CA:FALSE; SKI, AKI, keyUsage; SHA-256; signed by the CA; key: the one shared P-256 leaf key (an
 * RSA-2048 one, made once on first need, when ecdsa_ok is false). Cached in a bounded LRU by
 * (server certificate, host, sni, key type); one forge per key at a time (others wait for it). server
 * NULL: host is ours, and there is nothing to copy. NULL with why. The caller owns a reference. */
struct tls_leaf *tls_leaf_for(struct tls *t, const struct tls_conn *server, const char *host,
    const char *sni, bool ecdsa_ok, struct errmsg *why);
/* The same, and *cached tells whether the leaf came from the cache (or from another caller's forge
 * that this one waited for). */
struct tls_leaf *tls_leaf_obtain(struct tls *t, const struct tls_conn *server, const char *host,
    const char *sni, bool ecdsa_ok, bool *cached, struct errmsg *why);
void tls_leaf_unref(struct tls_leaf *l);

#endif
