/* SPDX-License-Identifier: MIT
 * Writing the config file: what stands in it stays, and what was written is read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf/conf_file.h"
#include "conf/option.h"
#include "conf/option_check.h"

static const enum option_id ids[] = {OPT_DELAY, OPT_THEME};

static char dir[64];
static char path[128];

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/test_conf_save.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/config", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	rmdir(dir);
	return 0;
}

static void
put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
expect(const char *want)
{
	char got[4096] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	size_t n = fread(got, 1, sizeof got - 1, f);
	got[n] = '\0';
	fclose(f);
	assert_string_equal(got, want);
}

static int
save(const char *to, const char *delay, const char *theme, struct errmsg *why)
{
	struct options *o = options_new();

	assert_int_equal(option_set(o, "delay", delay, why), 0);
	assert_int_equal(option_set(o, "theme", theme, why), 0);
	int bad = conf_file_save(to, o, ids, 2, why);
	options_free(o);
	return bad;
}

static void
saved(const char *delay, const char *theme)
{
	struct errmsg why = {""};

	if (save(path, delay, theme, &why))
		fail_msg("%s", why.text);
}

static void
test_new_file(void **state)
{
	struct stat st;
	struct errmsg why;
	char deep[192];
	(void)state;
	saved("2s", "light");
	expect("set delay 2s\nset theme light\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(deep, sizeof deep, "%s/a/b/config", dir);
	assert_int_equal(save(deep, "1s", "mono", &why), 0);
	assert_int_equal(unlink(deep), 0);
	*strrchr(deep, '/') = '\0';
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(rmdir(deep), 0);
	*strrchr(deep, '/') = '\0';
	assert_int_equal(rmdir(deep), 0);
}

static void
test_only_what_differs(void **state)
{
	(void)state;
	saved("1s", "dark"); /* the defaults */
	expect("");
	saved("1s", "16");
	expect("set theme 16\n");
	saved("1s", "dark"); /* the file says otherwise now */
	expect("set theme dark\n");
	put("set delay 2000ms\n");
	saved("2s", "dark");
	expect("set delay 2000ms\n");
}

static void
test_the_rest_stays(void **state)
{
	(void)state;
	put("# mine\n\nset listen  127.0.0.1:9000\n\tset delay 5   \n# set theme light\n"
	    "set theme \"high\"\nset filter ' a b'\n# the end");
	saved("250ms", "deuter");
	expect("# mine\n\nset listen  127.0.0.1:9000\nset delay 250ms\n# set theme light\n"
	       "set theme deuter\nset filter ' a b'\n# the end\n");
}

static void
test_the_last_of_several(void **state)
{
	(void)state;
	put("set theme light\nset theme high\nset via yes\n");
	saved("1s", "high");
	expect("set theme light\nset theme high\nset via yes\n");
	saved("1s", "16");
	expect("set theme light\nset theme 16\nset via yes\n");
}

static void
test_read_back(void **state)
{
	struct options *o = options_new();
	struct errmsg why;
	(void)state;
	put("set theme light\nset delay 3\n");
	saved("1500ms", "mono");
	assert_int_equal(conf_file_load(o, path, &why), 0);
	assert_int_equal(option_int(o, OPT_DELAY), 1500);
	assert_string_equal(option_str(o, OPT_THEME), "mono");
	options_free(o);
}

/* A value that would lose its blanks or quotes is quoted. */
static void
test_quotes(void **state)
{
	struct options *o = options_new(), *back = options_new();
	const enum option_id id = OPT_FILTER;
	struct errmsg why;
	(void)state;
	assert_int_equal(option_set(o, "filter", " 'x' y", &why), 0);
	assert_int_equal(conf_file_save(path, o, &id, 1, &why), 0);
	expect("set filter \" 'x' y\"\n");
	assert_int_equal(conf_file_load(back, path, &why), 0);
	assert_string_equal(option_str(back, OPT_FILTER), " 'x' y");
	options_free(o);
	options_free(back);
}

static void
test_refused(void **state)
{
	struct errmsg why;
	char other[192];
	(void)state;
	put("set theme light\n");
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(save(path, "2s", "mono", &why), ERR_REFUSED);
	assert_non_null(strstr(why.text, "writable by everybody"));
	assert_int_equal(chmod(path, 0644), 0);
	snprintf(other, sizeof other, "%s/link", dir);
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(save(other, "2s", "mono", &why), ERR_REFUSED);
	assert_non_null(strstr(why.text, "symbolic link"));
	unlink(other);
	if (geteuid() == 0 && chown(path, 4711, 4711) == 0) {
		assert_int_equal(save(path, "2s", "mono", &why), ERR_REFUSED);
		assert_non_null(strstr(why.text, "another user"));
	}
	expect("set theme light\n");
	assert_int_equal(save(dir, "2s", "mono", &why), ERR_REFUSED);
	assert_int_equal(save("/proc/nowhere/config", "2s", "mono", &why), ERR_SYSTEM);
	assert_non_null(strstr(why.text, "/proc/nowhere"));
	snprintf(other, sizeof other, "%s/x", path); /* below a file */
	assert_int_equal(save(other, "2s", "mono", &why), ERR_SYSTEM);
}

static void
lists_are_written_whole(void **state)
{
	static const enum option_id lists[] = {OPT_BIND, OPT_LISTEN};
	struct options *o = options_new(), *back = options_new();
	struct errmsg why;

	(void)state;
	put("# keys\nbind x pause\nset delay 2\nunbind y\n# end\n");
	assert_int_equal(conf_file_load(o, path, &why), 0);
	assert_int_equal(option_list_count(o, OPT_BIND), 2);
	assert_string_equal(option_list_item(o, OPT_BIND, 1), "y");
	option_list_remove(o, OPT_BIND, "x");
	option_list_add(o, OPT_BIND, "list # set theme=high", &why);
	assert_int_equal(conf_file_save(path, o, lists, 2, &why), 0);
	expect("# keys\nset bind y\nset bind list # set theme=high\nset delay 2\n# end\n");
	assert_int_equal(conf_file_load(back, path, &why), 0);
	assert_string_equal(option_list_item(back, OPT_BIND, 1), "list # set theme=high");
	option_reset(o, OPT_BIND);
	assert_int_equal(conf_file_save(path, o, lists, 2, &why), 0);
	expect("# keys\nset delay 2\n# end\n");
	options_free(o);
	options_free(back);
}

/* Sets both in the console, the later of which stands, and writes both. */
static void
listen_and_port(const char *first, const char *first_value, const char *later, const char *later_value)
{
	static const enum option_id both[] = {OPT_LISTEN, OPT_PORT};
	struct options *o = options_new(), *back = options_new();
	struct errmsg why = {""};

	options_set_source(o, OPTION_CONSOLE);
	assert_int_equal(option_set(o, first, first_value, &why), 0);
	options_supersede(o, option_find(first));
	assert_int_equal(option_set(o, later, later_value, &why), 0);
	options_supersede(o, option_find(later));
	if (conf_file_save(path, o, both, 2, &why))
		fail_msg("%s", why.text);
	assert_int_equal(conf_file_load(back, path, &why), 0);
	assert_int_equal(options_settle(back, &why), 0);
	options_free(o);
	options_free(back);
}

static void
the_later_of_listen_and_port_is_written(void **state)
{
	(void)state;
	put("set listen 1\n# mine\nset listen 2\n");
	listen_and_port("listen", "7", "port", "9000");
	expect("# mine\nset port 9000\n");
	listen_and_port("port", "8", "listen", "[::1]:7");
	expect("# mine\nset listen [::1]:7\n");
	listen_and_port("listen", "8", "port", "8080"); /* the default */
	expect("# mine\n");
	put("set port 1\nset port 2\n");
	listen_and_port("port", "3", "listen", "127.0.0.1:8080");
	expect("");
}

static void
what_would_be_refused_is_not_written(void **state)
{
	static const struct {
		const char *there, *name, *value, *sentence;
	} rows[] = {
	    {"set read a\n", "write", "b", "not written, the next start would refuse it: -r and -w do not go together"},
	    {"set script a\n", "headless", "yes", "not written, the next start would refuse it: --script needs the console"},
	    {"set listen x\n", "via", "yes", "not written, the next start would refuse it: listen: "},
	    {"set listen 7\nset listen [::1]:7\nset listen 127.0.0.1:7\n", "via", "yes",
		"not written, the next start would refuse it: listen: 127.0.0.1:7 is given twice"},
	    {"# it was changed since\nset delay\n", "via", "yes", "not written, line 2 of "},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct options *o = options_new();
		enum option_id id = option_find(rows[i].name);
		struct errmsg why = {""};
		put(rows[i].there);
		assert_int_equal(option_set(o, rows[i].name, rows[i].value, &why), 0);
		assert_int_not_equal(conf_file_save(path, o, &id, 1, &why), 0);
		assert_non_null(strstr(why.text, rows[i].sentence));
		expect(rows[i].there);
		options_free(o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(lists_are_written_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_new_file, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_only_what_differs, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_the_rest_stays, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_the_last_of_several, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_read_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_quotes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_later_of_listen_and_port_is_written, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_would_be_refused_is_not_written, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
