/* SPDX-License-Identifier: MIT
 * The lines of `mitmtop env`, given to a real shell, and the bundle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/env.h"
#include "conf/listen.h"

static char dir[128]; /* has a quote and a blank in its name */

static void
put(const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int
set_up(void **state)
{
	char root[] = "/tmp/mitmtop_env.XXXXXX";

	(void)state;
	if (!mkdtemp(root))
		return 1;
	snprintf(dir, sizeof dir, "%s/it's $HOME", root);
	return mkdir(dir, 0700);
}

static int
tear_down(void **state)
{
	char path[256];

	(void)state;
	static const char *const names[] = {"ca.pem", "bundle.pem", "system"};
	for (unsigned i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	int bad = rmdir(dir); /* fails when a temporary file was left */
	*strrchr(dir, '/') = '\0';
	return bad | rmdir(dir);
}

/* What the variable is in a shell that has run the lines; a static string. */
static const char *
shell_value(const struct buf *lines, const char *variable)
{
	static char value[512];
	char script[] = "/tmp/mitmtop_env_sh.XXXXXX", command[128];
	int fd = mkstemp(script);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, lines->p, lines->n), lines->n);
	close(fd);
	snprintf(command, sizeof command, ". %s && printf %%s \"$%s\"", script, variable);
	FILE *p = popen(command, "r");
	size_t n = fread(value, 1, sizeof value - 1, p);
	value[n] = '\0';
	assert_int_equal(pclose(p), 0);
	unlink(script);
	return value;
}

static void
a_shell_takes_the_lines(void **state)
{
	struct listen_spec l = {"auto", "0.0.0.0", 8080};
	struct env_input in = {dir, &l};
	struct errmsg why;
	struct buf b;
	char bundle[256];

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(env_text(&in, &b, &why), 0);
	snprintf(bundle, sizeof bundle, "%s/bundle.pem", dir);
	assert_string_equal(shell_value(&b, "https_proxy"), "http://127.0.0.1:8080");
	assert_string_equal(shell_value(&b, "no_proxy"), "");
	assert_string_equal(shell_value(&b, "NODE_USE_ENV_PROXY"), "1");
	assert_string_equal(shell_value(&b, "SSL_CERT_FILE"), bundle);
	assert_string_equal(shell_value(&b, "GIT_SSL_CAINFO"), bundle);
	assert_non_null(strstr(shell_value(&b, "JAVA_TOOL_OPTIONS"), "-Dhttps.proxyPort=8080"));
	buf_fini(&b);
}

static void
addresses_are_those_to_connect_to(void **state)
{
	struct listen_spec l = {"auto", "::", 9};
	struct env_input in = {dir, &l};
	struct errmsg why;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(env_text(&in, &b, &why), 0);
	assert_string_equal(shell_value(&b, "http_proxy"), "http://[::1]:9");
	l.port = 0;
	assert_int_equal(env_text(&in, &b, &why), ERR_REFUSED);
	buf_fini(&b);
}

static void
notes_are_comments(void **state)
{
	struct listen_spec l = {"auto", "127.0.0.1", 1};
	struct env_input in = {"/tmp/a\nrm x", &l};
	struct errmsg why;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(env_text(&in, &b, &why), 0);
	assert_int_equal(buf_add(&b, "", 1), 0);
	const char *notes = strstr(b.p, "# These");
	assert_non_null(notes);
	for (const char *p = notes; *p; p += strcspn(p, "\n") + 1)
		assert_int_equal(*p, '#');
	buf_fini(&b);
}

static void
quoting_is_safe(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	assert_int_equal(env_quote(&b, "a'b$(c)`"), 0);
	assert_int_equal(buf_add(&b, "", 1), 0);
	assert_string_equal(b.p, "'a'\\''b$(c)`'");
	buf_fini(&b);
}

static void
the_bundle_is_the_system_and_the_authority(void **state)
{
	struct errmsg why;
	struct stat st;
	char path[256], text[64] = "", system_bundle[256];

	(void)state;
	snprintf(path, sizeof path, "%s/bundle.pem", dir);
	snprintf(system_bundle, sizeof system_bundle, "%s/system", dir);
	assert_int_equal(env_bundle_write(dir, "/dev/null", &why), ERR_NOTFOUND);
	assert_int_equal(access(path, F_OK), -1);
	put("system", "SYSTEM");
	put("ca.pem", "OURS\n");
	assert_int_equal(env_bundle_write(dir, system_bundle, &why), 0);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof text - 1, f) > 0);
	fclose(f);
	assert_string_equal(text, "SYSTEM\nOURS\n\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(env_bundle_write(dir, NULL, &why), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_shell_takes_the_lines),
	    cmocka_unit_test(addresses_are_those_to_connect_to),
	    cmocka_unit_test(notes_are_comments),
	    cmocka_unit_test(quoting_is_safe),
	    cmocka_unit_test(the_bundle_is_the_system_and_the_authority),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
