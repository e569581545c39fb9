/* SPDX-License-Identifier: MIT
 * Tests of the CA: modes, refusals, agreement of many first starts (threats T20, T21, T26). */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tls_fixture.h"

enum { STARTS = 20 };

static struct tls *
try(const char *dir, struct errmsg *why)
{
	struct tls_config c = {.ca_dir = dir, .leaf_cache_max = 1, .session_cache_max = 1};

	why->text[0] = '\0';
	return tls_new(&c, why);
}

static void
assert_refused(const char *dir, const char *part)
{
	struct errmsg why;

	assert_null(try(dir, &why));
	if (!strstr(why.text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, why.text);
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static unsigned
count_files(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void
makes_ca(void **state)
{
	const char *dir = fix_path(fix_dir(), "a/b");
	struct errmsg why;
	struct tls_ca_info one, two;
	mode_t old = umask(0);

	(void)state;
	struct tls *t = try(dir, &why);
	umask(old);
	assert_non_null(t);
	tls_ca_info(t, &one);
	assert_true(one.created);
	assert_int_equal(mode_of(dir), 0700);
	assert_int_equal(mode_of(fix_path(dir, "ca.key")), 0600);
	assert_string_equal(one.cert_path + strlen(one.cert_path) - 11, "/a/b/ca.pem");
	assert_int_equal(count_files(dir), 2); /* no temporary file is left */
	const X509 *x = t->ca.cert;
	assert_int_equal(X509_check_ca((X509 *)(uintptr_t)x), 1);
	assert_int_equal(X509_get_pathlen((X509 *)(uintptr_t)x), 0);
	assert_int_equal(X509_get_key_usage((X509 *)(uintptr_t)x), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	tls_free(t);
	t = try(dir, &why);
	assert_non_null(t);
	tls_ca_info(t, &two);
	assert_false(two.created);
	assert_string_equal(one.fingerprint, two.fingerprint);
	tls_free(t);
}

static void
two_installs_differ(void **state)
{
	struct errmsg why;
	struct tls_ca_info a, b;
	struct tls *t = try(fix_dir(), &why), *u = try(fix_dir(), &why);

	(void)state;
	tls_ca_info(t, &a);
	tls_ca_info(u, &b);
	assert_string_not_equal(a.fingerprint, b.fingerprint);
	tls_free(t);
	tls_free(u);
}

static void
refuses_wide_key(void **state)
{
	const char *dir = fix_dir();
	struct errmsg why;
	static const unsigned modes[] = {0644, 0640, 0604, 0620, 0601};

	(void)state;
	tls_free(try(dir, &why));
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		char want[64];
		assert_int_equal(chmod(fix_path(dir, "ca.key"), (mode_t)modes[i]), 0);
		snprintf(want, sizeof want, "ca.key is readable by others (mode %04o): chmod 600 ",
		    modes[i]);
		assert_refused(dir, want);
	}
	chmod(fix_path(dir, "ca.key"), 0400);
	struct tls *t = try(dir, &why);
	assert_non_null(t);
	tls_free(t);
	chmod(dir, 0777);
	assert_refused(dir, "others may write to folder");
}

static void
refuses_link(void **state)
{
	const char *dir = fix_dir();
	struct errmsg why;

	(void)state;
	tls_free(try(dir, &why));
	assert_int_equal(rename(fix_path(dir, "ca.key"), fix_path(dir, "real")), 0);
	assert_int_equal(symlink("real", fix_path(dir, "ca.key")), 0);
	assert_refused(dir, "symbolic link");
}

static void
refuses_half_a_pair(void **state)
{
	const char *dir = fix_dir(), *dir2 = fix_dir();
	struct errmsg why;

	(void)state;
	tls_free(try(dir, &why));
	tls_free(try(dir2, &why));
	unlink(fix_path(dir, "ca.key"));
	assert_refused(dir, "is there without ca.key");
	unlink(fix_path(dir2, "ca.pem"));
	assert_refused(dir2, "is there without ca.pem");
}

static void
refuses_foreign_pair(void **state)
{
	const char *dir = fix_dir();
	EVP_PKEY *other = EVP_EC_gen("P-256");
	X509 *ca = fix_cert(&(struct fix_cert){.cn = "Own CA", .ca = true});
	X509 *leaf = fix_cert(&(struct fix_cert){.cn = "leaf"});
	X509 *old = fix_cert(
	    &(struct fix_cert){.cn = "Old CA", .ca = true, .from_days = -9, .to_days = -2});

	(void)state;
	fix_write_pem(fix_path(dir, "ca.pem"), ca, NULL);
	fix_write_pem(fix_path(dir, "ca.key"), NULL, other);
	assert_refused(dir, "does not belong to");
	fix_write_pem(fix_path(dir, "ca.pem"), leaf, NULL);
	fix_write_pem(fix_path(dir, "ca.key"), NULL, fix_key());
	assert_refused(dir, "may not sign certificates");
	fix_write_pem(fix_path(dir, "ca.pem"), old, NULL);
	assert_refused(dir, "expired");
	fix_write(fix_path(dir, "ca.pem"), 0644, "hello\n");
	assert_refused(dir, "holds no PEM certificate");
	fix_write(fix_path(dir, "ca.key"), 0600, "");
	assert_refused(dir, "holds no unencrypted PEM private key");
	EVP_PKEY_free(other);
	X509_free(ca);
	X509_free(leaf);
	X509_free(old);
}

static void
loads_rsa_ca(void **state)
{
	const char *dir = fix_dir();
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *x = fix_cert(&(struct fix_cert){.cn = "RSA CA", .ca = true});
	struct errmsg why;

	(void)state;
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	fix_write_pem(fix_path(dir, "ca.pem"), x, NULL);
	fix_write_pem(fix_path(dir, "ca.key"), NULL, key);
	struct tls *t = try(dir, &why);
	assert_string_equal(why.text, "");
	assert_non_null(t);
	struct tls_leaf *l = tls_leaf_forge(t, x, "a.example", "", TLS_KEY_EC, &why);
	assert_non_null(l);
	assert_int_equal(X509_verify(l->cert, key), 1);
	tls_leaf_unref(l);
	tls_free(t);
	EVP_PKEY_free(key);
	X509_free(x);
}

static void
refuses_weak_rsa_ca(void **state)
{
	const char *dir = fix_dir();
	EVP_PKEY *key = EVP_RSA_gen(1024);

	(void)state;
	fix_write(fix_path(dir, "ca.pem"), 0644, "");
	fix_write_pem(fix_path(dir, "ca.key"), NULL, key);
	assert_refused(dir, "neither an EC key nor an RSA key");
	EVP_PKEY_free(key);
}

/* Each child waits for the end of file of a pipe, so that all start at once; each answers its
 * fingerprint. */
static void
child(const char *dir, int start, int answer)
{
	struct errmsg why;
	struct tls_ca_info info = {.created = false};
	char c;

	if (read(start, &c, 1) != 0)
		_exit(2);
	struct tls *t = try(dir, &why);
	if (!t) {
		fprintf(stderr, "%s\n", why.text);
		_exit(1);
	}
	tls_ca_info(t, &info);
	_exit(write(answer, &info, sizeof info) == sizeof info ? 0 : 3);
}

static void
many_first_starts_agree(void **state)
{
	const char *dir = fix_path(fix_dir(), "new/folder");
	int start[2], answer[2], status;
	struct tls_ca_info one, first;
	unsigned created = 0;

	(void)state;
	assert_int_equal(pipe(start) | pipe(answer), 0);
	for (int i = 0; i < STARTS; i++) {
		if (fork() == 0) {
			close(start[1]);
			child(dir, start[0], answer[1]);
		}
	}
	close(start[1]);
	for (int i = 0; i < STARTS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < STARTS; i++) {
		assert_int_equal(read(answer[0], &one, sizeof one), sizeof one);
		if (i == 0)
			first = one;
		created += one.created;
		assert_string_equal(one.fingerprint, first.fingerprint);
	}
	assert_int_equal(created, 1);
	assert_int_equal(count_files(dir), 2);
	close(start[0]);
	close(answer[0]);
	close(answer[1]);
}

static void
fingerprint_is_openssls(void **state)
{
	const char *dir = fix_dir();
	struct errmsg why;
	struct tls_ca_info info;
	char cmd[700], line[256] = "";

	(void)state;
	struct tls *t = try(dir, &why);
	tls_ca_info(t, &info);
	tls_free(t);
	assert_int_equal(strlen(info.fingerprint), 95);
	snprintf(cmd, sizeof cmd, "openssl x509 -noout -fingerprint -sha256 -in %s 2>/dev/null",
	    info.cert_path);
	FILE *f = popen(cmd, "r");
	bool got = f && fgets(line, sizeof line, f);
	if (f)
		pclose(f);
	if (!got)
		skip();
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(strchr(line, '=') + 1, info.fingerprint);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(makes_ca),
	    cmocka_unit_test(two_installs_differ),
	    cmocka_unit_test(refuses_wide_key),
	    cmocka_unit_test(refuses_link),
	    cmocka_unit_test(refuses_half_a_pair),
	    cmocka_unit_test(refuses_foreign_pair),
	    cmocka_unit_test(loads_rsa_ca),
	    cmocka_unit_test(refuses_weak_rsa_ca),
	    cmocka_unit_test(many_first_starts_agree),
	    cmocka_unit_test(fingerprint_is_openssls),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	fix_dirs_remove();
	return failed;
}
