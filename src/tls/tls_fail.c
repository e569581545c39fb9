/* SPDX-License-Identifier: MIT
 * The words of each failure class. */
#include "tls/tls_fail.h"

struct words {
	const char *name;
	const char *client, *server; /* the remedy when the client's or the server's side failed */
};

static const char see_server[] =
    "Check the server's certificate; to accept it once, start with --insecure or give its CA with "
    "--server-ca.";

static const struct words words[TLS_FAIL_COUNT] = {
    [TLS_FAIL_NONE] = {"none", "", ""},
    [TLS_FAIL_PEER_UNTRUSTED] = {"peer_untrusted",
	"Install the CA certificate (ca.pem) in the client's trust store; a client that pins its "
	"server's "
	"certificate must be passed through.",
	""},
    [TLS_FAIL_PEER_ALERT] = {"peer_alert", "", ""},
    [TLS_FAIL_PEER_CLOSED] = {"peer_closed",
	"If it happens each time, the client may not trust the CA: install ca.pem or pass the host "
	"through.",
	"Check that the server speaks TLS on this port and accepts this address."},
    [TLS_FAIL_PEER_RESET] = {"peer_reset",
	"If it happens each time, the client may not trust the CA: install ca.pem or pass the host "
	"through.",
	"Check that the server speaks TLS on this port and accepts this address."},
    [TLS_FAIL_TIMEOUT] = {"timeout", "Check the client and the network on its side.",
	"Check the server and the network; the handshake timeout can be raised."},
    [TLS_FAIL_NOT_TLS] = {"not_tls", "The client speaks no TLS here: pass the host through.",
	"The server speaks no TLS on this port: check scheme and port."},
    [TLS_FAIL_VERSION] = {"version", "The client needs TLS 1.2 or later.",
	"The server needs TLS 1.2 or later."},
    [TLS_FAIL_CIPHER] = {"cipher", "The client needs a modern cipher suite and group.",
	"The server needs a modern cipher suite and group."},
    [TLS_FAIL_CLIENT_CERT] = {"client_cert", "",
	"The server wants a client certificate, which a proxy cannot present: pass the host "
	"through."},
    [TLS_FAIL_VERIFY_EXPIRED] = {"verify_expired", "", see_server},
    [TLS_FAIL_VERIFY_NOT_YET] = {"verify_not_yet", "",
	"Check this machine's clock and the server's certificate."},
    [TLS_FAIL_VERIFY_NAME] = {"verify_name", "",
	"The server answers for another name: check the address, or start with --insecure."},
    [TLS_FAIL_VERIFY_SELF_SIGNED] = {"verify_self_signed", "", see_server},
    [TLS_FAIL_VERIFY_ISSUER] = {"verify_issuer", "",
	"Give the issuing CA with --server-ca, or have the server send its whole chain."},
    [TLS_FAIL_VERIFY_REVOKED] = {"verify_revoked", "", 
	"Do not trust this server; to reach it all the same, start with --insecure."},
    [TLS_FAIL_VERIFY_OTHER] = {"verify_other", "", see_server},
    [TLS_FAIL_LOCAL] = {"local", "", ""},
    [TLS_FAIL_OTHER] = {"other", "", ""},
};

const char *
tls_fail_name(enum tls_fail f)
{
	return (unsigned)f < TLS_FAIL_COUNT ? words[f].name : words[TLS_FAIL_OTHER].name;
}

const char *
tls_fail_remedy(enum tls_fail f, int client_side)
{
	if ((unsigned)f >= TLS_FAIL_COUNT)
		return "";
	return client_side ? words[f].client : words[f].server;
}
