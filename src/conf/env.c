/* SPDX-License-Identifier: MIT
 * Shell variables for the programs whose traffic is to be seen. */
#include "conf/env.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "conf/listen.h"

/* Where distributions keep their certificates as one file: Debian and Arch, Fedora, SUSE, Alpine. */
static const char *const system_bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

/* Variables that hold a file of certificates. Most of them replace what the program would trust otherwise,
 * hence the bundle; NODE_EXTRA_CA_CERTS and DENO_CERT add to it and take the bundle just as well. */
static const char *const file_variables[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
    "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PERL_LWP_SSL_CA_FILE", "AWS_CA_BUNDLE", "PIP_CERT",
    "NPM_CONFIG_CAFILE", "CARGO_HTTP_CAINFO", "DENO_CERT", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "HTTPLIB2_CA_CERTS", "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", "NIX_SSL_CERT_FILE",
    "HEX_CACERTS_PATH", "BUNDLE_SSL_CA_CERT"};

static const char *const proxy_variables[] = {
    "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int
copy_all(int to, int from)
{
	char block[65536];
	ssize_t n;

	while ((n = read(from, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_SYSTEM;
		for (ssize_t done = 0; done < n;) {
			ssize_t w = write(to, block + done, (size_t)(n - done));
			if (w < 0 && errno != EINTR)
				return ERR_SYSTEM;
			done += w > 0 ? w : 0;
		}
	}
	return 0;
}

static int
append_file(int to, const char *path, struct errmsg *why)
{
	int from = open(path, O_RDONLY | O_CLOEXEC);

	if (from < 0)
		return err_set(why, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, "cannot open %s: %s",
		    path, strerror(errno));
	int bad = copy_all(to, from);
	/* A bundle that does not end in a newline would swallow the next BEGIN line. */
	if (!bad && write(to, "\n", 1) != 1)
		bad = ERR_SYSTEM;
	if (bad)
		err_set(why, bad, "cannot copy %s: %s", path, strerror(errno));
	close(from);
	return bad;
}

static const char *
find_bundle(void)
{
	for (unsigned i = 0; i < COUNT(system_bundles); i++)
		if (access(system_bundles[i], R_OK) == 0)
			return system_bundles[i];
	return NULL;
}

static int
fill_bundle(int fd, const char *ca_dir, const char *system_bundle, struct errmsg *why)
{
	char *ca = mem_printf("%s/ca.pem", ca_dir);
	int bad = system_bundle ? append_file(fd, system_bundle, why) : 0;

	if (!bad)
		bad = append_file(fd, ca, why);
	if (!bad && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
		bad = err_set(why, ERR_SYSTEM, "cannot write %s/bundle.pem: %s", ca_dir, strerror(errno));
	free(ca);
	return bad;
}

int
env_bundle_write(const char *ca_dir, const char *system_bundle, struct errmsg *why)
{
	char *path = mem_printf("%s/bundle.pem", ca_dir);
	char *temp = mem_printf("%s/.bundle.XXXXXX", ca_dir);
	int bad = 0, fd = mkostemp(temp, O_CLOEXEC);

	if (fd < 0) {
		bad = err_set(why, ERR_SYSTEM, "cannot write in %s: %s", ca_dir, strerror(errno));
	} else {
		bad = fill_bundle(fd, ca_dir, system_bundle ? system_bundle : find_bundle(), why);
		close(fd);
		if (!bad && rename(temp, path) != 0)
			bad = err_set(why, ERR_SYSTEM, "cannot write %s: %s", path, strerror(errno));
		if (bad)
			unlink(temp);
	}
	free(path);
	free(temp);
	return bad;
}

int
env_quote(struct buf *out, const char *s)
{
	int bad = buf_add_str(out, "'");

	for (; *s && !bad; s++)
		bad = *s == '\'' ? buf_add_str(out, "'\\''") : buf_add(out, s, 1);
	return bad ? bad : buf_add_str(out, "'");
}

static int
add_export(struct buf *out, const char *name, const char *value)
{
	int bad = buf_addf(out, "export %s=", name);

	if (!bad)
		bad = env_quote(out, value);
	return bad ? bad : buf_add_str(out, "\n");
}

/* A wildcard address is where to listen, not where to connect to. */
static const char *
connect_addr(const struct listen_spec *l)
{
	if (strcmp(l->addr, "0.0.0.0") == 0)
		return "127.0.0.1";
	return strcmp(l->addr, "::") == 0 ? "::1" : l->addr;
}

static int
add_proxy(struct buf *out, const struct listen_spec *l)
{
	struct listen_spec to = *l;
	char place[80], url[96], java[256];
	int bad = 0;

	snprintf(to.addr, sizeof to.addr, "%s", connect_addr(l));
	listen_text(&to, place, sizeof place);
	snprintf(url, sizeof url, "http://%s", place);
	for (unsigned i = 0; i < COUNT(proxy_variables) && !bad; i++)
		bad = add_export(out, proxy_variables[i], url);
	/* Nothing is left out, loopback included: to see the traffic is the aim. */
	if (!bad)
		bad = add_export(out, "no_proxy", "");
	if (!bad)
		bad = add_export(out, "NO_PROXY", "");
	if (!bad)
		bad = add_export(out, "NODE_USE_ENV_PROXY", "1");
	snprintf(java, sizeof java,
	    "-Dhttp.proxyHost=%s -Dhttp.proxyPort=%u -Dhttps.proxyHost=%s -Dhttps.proxyPort=%u "
	    "-Dhttp.nonProxyHosts=", to.addr, to.port, to.addr, to.port);
	return bad ? bad : add_export(out, "JAVA_TOOL_OPTIONS", java);
}

/* One comment line with the quoted path in it. A newline in the path would end the comment and start a
 * command, so such a path is left to the reader. */
static int
add_note(struct buf *out, const char *before, const char *path, const char *after)
{
	int bad = buf_addf(out, "#   %s", before);

	if (!bad)
		bad = strpbrk(path, "\r\n") ? buf_add_str(out, "FILE") : env_quote(out, path);
	return bad ? bad : buf_addf(out, "%s\n", after);
}

static int
add_notes(struct buf *out, const char *bundle, const char *ca)
{
	int bad = buf_add_str(out, "# These need an option or a step of their own:\n");

	if (!bad)
		bad = add_note(out, "wget --ca-certificate=", bundle, " URL");
	if (!bad)
		bad = add_note(out, "php -d curl.cainfo=", bundle, " -d openssl.cafile=(the same)");
	if (!bad)
		bad = add_note(out, "keytool -importcert -noprompt -alias mitmtop -file ", ca,
		    " -cacerts -storepass changeit   (Java)");
	if (!bad)
		bad = add_note(out, "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n mitmtop -i ", ca,
		    "   (Chromium, Chrome)");
	if (!bad)
		bad = add_note(out, "Firefox: Settings, Certificates, Authorities, Import: ", ca, "");
	return bad;
}

int
env_text(const struct env_input *in, struct buf *out, struct errmsg *why)
{
	char *dir = realpath(in->ca_dir, NULL);
	char *bundle = mem_printf("%s/bundle.pem", dir ? dir : in->ca_dir);
	char *ca = mem_printf("%s/ca.pem", dir ? dir : in->ca_dir);
	int bad = 0;

	if (in->listen->port == 0)
		bad = err_set(why, ERR_REFUSED, "env: port 0 is any port; give the real one with --listen");
	else if (add_proxy(out, in->listen) != 0)
		bad = err_set(why, ERR_LIMIT, "env: the text is too long");
	for (unsigned i = 0; i < COUNT(file_variables) && !bad; i++)
		bad = add_export(out, file_variables[i], bundle);
	if (!bad)
		bad = add_notes(out, bundle, ca);
	free(dir);
	free(bundle);
	free(ca);
	return bad;
}
