/* SPDX-License-Identifier: MIT
 * The command line and the config file. */
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

#include "conf/args.h"
#include "conf/conf_file.h"
#include "conf/option.h"
#include "conf/usage.h"

struct result {
	struct args a;
	struct options *o;
	struct errmsg why;
	int bad;
};

/* A command line written as text, words parted by single blanks. */
static struct result
parse(const char *line)
{
	struct result r = {.o = options_new()};
	char *copy = strdup(line), *argv[32], *save = NULL;
	int argc = 0;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	r.bad = args_parse(&r.a, r.o, argc, argv, &r.why);
	free(copy);
	return r;
}

static void
refused(const char *line, const char *sentence)
{
	struct result r = parse(line);

	assert_int_not_equal(r.bad, 0);
	assert_string_equal(r.why.text, sentence);
	options_free(r.o);
}

static char *
write_config(const char *text)
{
	static char path[64];

	snprintf(path, sizeof path, "/tmp/mitmtop_config.XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static void
letters_and_long_names(void **state)
{
	struct result r = parse("mitmtop -nvv -l 3128 --listen=[::1]:9 -t2 --idle-timeout 5s -o via=yes");

	(void)state;
	assert_int_equal(r.bad, 0);
	assert_int_equal(r.a.action, ARGS_RUN);
	assert_true(option_bool(r.o, OPT_HEADLESS));
	assert_int_equal(option_int(r.o, OPT_VERBOSE), 2);
	assert_int_equal(option_list_count(r.o, OPT_LISTEN), 2);
	assert_string_equal(option_list_item(r.o, OPT_LISTEN, 1), "[::1]:9");
	assert_int_equal(option_int(r.o, OPT_THREADS), 2);
	assert_int_equal(option_int(r.o, OPT_IDLE_TIMEOUT), 5000);
	assert_true(option_bool(r.o, OPT_VIA));
	options_free(r.o);
}

static void
a_port_is_a_listener(void **state)
{
	struct result r = parse("mitmtop -p 3128 -nb 3");
	char line[256];

	(void)state;
	assert_int_equal(r.bad, 0);
	assert_int_equal(option_int(r.o, OPT_SUMMARIES), 3);
	assert_int_equal(option_list_count(r.o, OPT_LISTEN), 1);
	assert_string_equal(option_list_item(r.o, OPT_LISTEN, 0), "127.0.0.1:3128");
	options_free(r.o);
	refused("mitmtop -p 1 -l 2", "port and listen (-p and -l) both say where to listen: leave one out");
	refused("mitmtop -p 65536", "port: 65536 is outside 0 to 65535");

	/* Each replaces the other of the config file. */
	char *path = write_config("set listen 1\nset listen 2\n");
	snprintf(line, sizeof line, "mitmtop --config %s --port 3", path);
	r = parse(line);
	assert_int_equal(option_list_count(r.o, OPT_LISTEN), 1);
	assert_string_equal(option_list_item(r.o, OPT_LISTEN, 0), "127.0.0.1:3");
	options_free(r.o);
	unlink(path);
	path = write_config("set port 4\n");
	snprintf(line, sizeof line, "mitmtop --config %s -l 5", path);
	r = parse(line);
	assert_int_equal(option_list_count(r.o, OPT_LISTEN), 1);
	assert_string_equal(option_list_item(r.o, OPT_LISTEN, 0), "5");
	options_free(r.o);
	unlink(path);
}

/* What the command line asks for, the config file does not forbid. */
static void
the_later_source_stands(void **state)
{
	char line[256], *path = write_config("set script x\nset json yes\nset write y\n");

	(void)state;
	snprintf(line, sizeof line, "mitmtop --config %s -n -b 2 -r z", path);
	struct result r = parse(line);
	assert_int_not_equal(r.bad, 0); /* -b and -r, both here */
	options_free(r.o);
	snprintf(line, sizeof line, "mitmtop --config %s -n -r z", path);
	r = parse(line);
	assert_int_equal(r.bad, 0);
	assert_string_equal(option_str(r.o, OPT_SCRIPT), "");
	assert_string_equal(option_str(r.o, OPT_WRITE), "");
	assert_string_equal(option_str(r.o, OPT_READ), "z");
	assert_true(option_bool(r.o, OPT_JSON));
	options_free(r.o);
	snprintf(line, sizeof line, "mitmtop --config %s -b 2", path);
	r = parse(line);
	assert_int_equal(r.bad, 0);
	assert_false(option_bool(r.o, OPT_JSON));
	assert_string_equal(option_str(r.o, OPT_WRITE), "y");
	options_free(r.o);
	unlink(path);
	refused("mitmtop -r a -w b", "-r and -w do not go together: -w FILE continues a session file that is there");
	refused("mitmtop -n --script a", "--script needs the console, and -n runs without it: leave one out");
}

static void
words_are_the_filter(void **state)
{
	struct result r = parse("mitmtop api -n example.org");

	(void)state;
	assert_int_equal(r.bad, 0);
	assert_string_equal(option_str(r.o, OPT_FILTER), "api example.org");
	options_free(r.o);
	r = parse("mitmtop -f api -- -x");
	assert_string_equal(option_str(r.o, OPT_FILTER), "api -x");
	options_free(r.o);
}

static void
actions(void **state)
{
	static const struct {
		const char *line;
		enum args_action action;
	} rows[] = {{"mitmtop", ARGS_RUN}, {"mitmtop --help", ARGS_HELP}, {"mitmtop -h", ARGS_HELP},
	    {"mitmtop -V", ARGS_VERSION}, {"mitmtop --version", ARGS_VERSION},
	    {"mitmtop env", ARGS_ENV}, {"mitmtop -l 1 env --ca d", ARGS_ENV},
	    {"mitmtop -f env", ARGS_RUN}, {"mitmtop --config /nonexistent --help", ARGS_HELP}};

	(void)state;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct result r = parse(rows[i].line);
		assert_int_equal(r.bad, 0);
		assert_int_equal(r.a.action, rows[i].action);
		options_free(r.o);
	}
}

static void
mistakes_get_a_sentence(void **state)
{
	(void)state;
	refused("mitmtop --x", "unknown option --x. Try 'mitmtop --help'");
	refused("mitmtop --x=3", "unknown option --x. Try 'mitmtop --help'");
	refused("mitmtop -nx", "unknown option -x. Try 'mitmtop --help'");
	refused("mitmtop -l", "option -l needs a value. Try 'mitmtop --help'");
	refused("mitmtop --listen", "option --listen needs a value. Try 'mitmtop --help'");
	refused("mitmtop --help=1", "option --help takes no value. Try 'mitmtop --help'");
	refused("mitmtop -o via", "-o via: write NAME=VALUE. Try 'mitmtop --help'");
	refused("mitmtop -o no=1", "there is no option 'no'");
	refused("mitmtop -vvv", "verbose: 3 is outside 0 to 2");
	refused("mitmtop -t 65", "threads: 65 is outside 0 to 64");
	refused("mitmtop env curl", "env takes no 'curl'. Try 'mitmtop --help'");
}

static void
the_command_line_replaces_the_file(void **state)
{
	char line[256], *path = write_config(
	    "# comment\n\nset listen 1\n set  listen  2 \r\nset via yes\nset filter \"a b\"\nset delay 2");

	(void)state;
	snprintf(line, sizeof line, "mitmtop --config %s", path);
	struct result r = parse(line);
	assert_int_equal(r.bad, 0);
	assert_int_equal(option_list_count(r.o, OPT_LISTEN), 2);
	assert_string_equal(option_list_item(r.o, OPT_LISTEN, 1), "2");
	assert_string_equal(option_str(r.o, OPT_FILTER), "a b");
	assert_int_equal(option_int(r.o, OPT_DELAY), 2000);
	options_free(r.o);

	snprintf(line, sizeof line, "mitmtop -l 3 --via=no --config %s c", path);
	r = parse(line);
	assert_int_equal(r.bad, 0);
	assert_int_equal(option_list_count(r.o, OPT_LISTEN), 1);
	assert_false(option_bool(r.o, OPT_VIA));
	assert_string_equal(option_str(r.o, OPT_FILTER), "c");
	options_free(r.o);
	unlink(path);
}

static void
config_mistake(const char *text, const char *sentence)
{
	struct options *o = options_new();
	struct errmsg why;
	char *path = write_config(text), expected[256];

	assert_int_not_equal(conf_file_load(o, path, &why), 0);
	snprintf(expected, sizeof expected, "%s:%s", path, sentence);
	assert_string_equal(why.text, expected);
	unlink(path);
	options_free(o);
}

static void
config_mistakes_name_the_line(void **state)
{
	(void)state;
	config_mistake("# a\nset delay x\n",
	    "2: delay: 'x' is not a time such as 250ms, 1s, 2.5 or 5m");
	config_mistake("map q quit",
	    "1: 'map' is no command of the config file; lines read: set NAME VALUE, or bind KEY COMMAND");
	config_mistake("bind\n", "1: a name or a value is missing; lines read: set NAME VALUE");
	config_mistake("\nset via\n", "2: a name or a value is missing; lines read: set NAME VALUE");
}

static void
an_unsafe_config_file_is_refused(void **state)
{
	struct options *o = options_new();
	struct errmsg why;
	char *path = write_config("set via yes\n");

	(void)state;
	chmod(path, 0666);
	assert_int_equal(conf_file_load(o, path, &why), ERR_REFUSED);
	assert_false(option_bool(o, OPT_VIA));
	assert_int_equal(conf_file_load(o, "/tmp", &why), ERR_REFUSED);
	assert_int_equal(conf_file_load(o, "/dev/null", &why), 0);
	assert_int_equal(conf_file_load(o, "/nonexistent/x", &why), ERR_NOTFOUND);
	assert_int_equal(truncate(path, 1 << 20), 0);
	chmod(path, 0600);
	assert_int_not_equal(conf_file_load(o, path, &why), ERR_LIMIT);
	assert_int_equal(truncate(path, (1 << 20) + 1), 0);
	assert_int_equal(conf_file_load(o, path, &why), ERR_LIMIT);
	unlink(path);
	options_free(o);
	refused("mitmtop --config /nonexistent/x",
	    "cannot open /nonexistent/x: No such file or directory");
}

/* Neither one without an end nor a pipe that nobody writes is waited for. */
static void
a_config_file_has_an_end(void **state)
{
	char dir[] = "/tmp/mitmtop_config.XXXXXX", fifo[64], line[128], sentence[128];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(fifo, sizeof fifo, "%s/fifo", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	snprintf(line, sizeof line, "mitmtop --config %s", fifo);
	snprintf(sentence, sizeof sentence, "%s is not a regular file", fifo);
	refused(line, sentence);
	refused("mitmtop --config /dev/zero", "/dev/zero is not a regular file");
	unlink(fifo);
	rmdir(dir);
}

static void
help_names_every_option_in_80_columns(void **state)
{
	char *text = NULL, name[64];
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	usage_print(f);
	fclose(f);
	for (int i = 0; i < OPT_COUNT; i++) {
		snprintf(name, sizeof name, "--%s", option_rows[i].name);
		assert_non_null(strstr(text, name));
	}
	for (const char *p = text; *p; p += strcspn(p, "\n") + 1)
		assert_true(strcspn(p, "\n") < 80);
	free(text);
}

static void
version_is_the_first_line(void **state)
{
	static const char *const lines[] = {"OpenSSL 3.x"};
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	usage_version(f, lines, 1);
	fclose(f);
	assert_string_equal(strchr(text, '\n'), "\nOpenSSL 3.x\n");
	assert_memory_equal(text, "mitmtop ", 8);
	free(text);
}

/* The tester's own config file is none of the test's business. */
static int
set_up(void **state)
{
	(void)state;
	return setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(letters_and_long_names),
	    cmocka_unit_test(a_port_is_a_listener),
	    cmocka_unit_test(the_later_source_stands),
	    cmocka_unit_test(words_are_the_filter),
	    cmocka_unit_test(actions),
	    cmocka_unit_test(mistakes_get_a_sentence),
	    cmocka_unit_test(the_command_line_replaces_the_file),
	    cmocka_unit_test(config_mistakes_name_the_line),
	    cmocka_unit_test(an_unsafe_config_file_is_refused),
	    cmocka_unit_test(a_config_file_has_an_end),
	    cmocka_unit_test(help_names_every_option_in_80_columns),
	    cmocka_unit_test(version_is_the_first_line),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
