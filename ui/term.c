/* SPDX-License-Identifier: MIT
 * Start, stop and output of the terminal.
 *
 * curses writes with write(2) to a descriptor and would block in it. It is given a file in memory
 * instead; after each frame that file is copied to the terminal through a descriptor of our own,
 * opened without blocking: O_NONBLOCK on standard output would be shared with the shell and outlive
 * us. Terminal modes are set by us alone. */
#include "ui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/escape.h"
#include "base/mem.h"
#include "ui/flow_text.h"
#include "ui/cell.h"
#include "ui/theme.h"

enum {
	TERM_FRAME_MAX = 4 << 20, /* one frame, everything changed, on the largest screen */
	TERM_CLOSE_WAIT_MS = 500,
	TERM_CLOSE_STEP_MS = 50,
	TERM_ESCAPE_DELAY_MS = 25,
};

struct terminal {
	int fd;              /* the terminal; -1: sink */
	FILE *draw, *keys;   /* what curses writes to and reads from */
	SCREEN *screen;
	struct buf out;      /* drawn, not yet written */
	size_t frame_bytes;
	const struct glyphs *glyphs;
	bool mouse_can, mouse; /* the terminal has one; its reports are asked for */
	bool gone;
	bool copies;         /* knows OSC 52, or at least leaves it alone */
};

/* Buttons and wheel (1000), in a form that any size of screen can have (1006). */
static const char mouse_on[] = "\033[?1000h\033[?1006h";
static const char mouse_off[] = "\033[?1006l\033[?1000l";

/* What a dying program needs, worked out beforehand. */
static struct term_rescue {
	volatile sig_atomic_t active;
	int fd;
	struct termios saved;
	char restore[256];
	size_t restore_n;
} rescue = {.fd = -1};

static const int fatal_signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGQUIT};

bool (*term_panic_hook)(void);

void
term_panic(void)
{
	/* What another program made of the terminal is put right as well. */
	bool back = term_panic_hook && term_panic_hook();
	if (!rescue.active && !back)
		return;
	rescue.active = 0;
	for (int tries = 0; tries < 20; tries++) {
		struct pollfd p = {.fd = rescue.fd, .events = POLLOUT};
		if (write(rescue.fd, rescue.restore, rescue.restore_n) >= 0 || errno != EAGAIN)
			break;
		poll(&p, 1, 10);
	}
	tcsetattr(rescue.fd, TCSANOW, &rescue.saved);
}

static void
term_fatal(int sig)
{
	term_panic();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
term_catch_fatal(bool on)
{
	struct sigaction sa = {
	    .sa_handler = on ? term_fatal : SIG_DFL, .sa_flags = (int)SA_RESETHAND};

	for (size_t i = 0; i < sizeof fatal_signals / sizeof fatal_signals[0]; i++)
		sigaction(fatal_signals[i], &sa, NULL);
	die_hook = on ? term_panic : NULL;
}

static const char *
term_capability(const char *name)
{
	const char *s = tigetstr((NCURSES_CONST char *)name);

	return s && s != (char *)-1 ? s : "";
}

static void
term_rescue_add(const char *s)
{
	size_t n = strlen(s);

	if (n && rescue.restore_n + n <= sizeof rescue.restore) {
		memcpy(rescue.restore + rescue.restore_n, s, n);
		rescue.restore_n += n;
	}
}

static void
term_arm_rescue(const struct terminal *t)
{
	rescue.fd = t->fd;
	rescue.restore_n = 0;
	if (t->mouse_can)
		term_rescue_add(mouse_off);
	term_rescue_add(term_capability("sgr0"));
	term_rescue_add(term_capability("rmkx"));
	term_rescue_add(term_capability("cnorm"));
	term_rescue_add(term_capability("rmcup"));
	rescue.active = 1;
	term_catch_fatal(true);
}

/* No echo, no line editing, no flow control, no signal keys, bytes as they are. */
static int
term_raw_mode(int fd)
{
	struct termios raw;

	if (tcgetattr(fd, &rescue.saved) < 0)
		return ERR_SYSTEM;
	raw = rescue.saved;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	return tcsetattr(fd, TCSANOW, &raw) < 0 ? ERR_SYSTEM : 0;
}

static struct terminal *
term_start(const char *name, int fd)
{
	struct terminal *t = mem_zalloc(sizeof *t);
	int draw_fd = memfd_create("mitmtop-screen", MFD_CLOEXEC);

	CHECK(draw_fd >= 0);
	t->fd = fd;
	t->draw = fdopen(draw_fd, "w");
	t->keys = fd >= 0 ? fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 0), "r") : fopen("/dev/null", "r");
	buf_init(&t->out, TERM_FRAME_MAX);
	set_escdelay(TERM_ESCAPE_DELAY_MS);
	t->screen = newterm(name, t->draw, t->keys);
	CHECK(t->screen);
	t->mouse_can = *term_capability("kmous");
	t->glyphs = glyphs_pick(text_locale_utf8(), name);
	cell_set_glyphs(t->glyphs);
	t->copies = strncmp(name ? name : "", "linux", 5) != 0 && strncmp(name ? name : "", "vt", 2) != 0;
	theme_start(!theme_refused());
	typeahead(-1); /* or drawing would look for keys */
	intrflush(stdscr, FALSE);
	idlok(stdscr, TRUE);
	return t;
}

static bool
term_can_show(const char *name, struct errmsg *why)
{
	int status = 0;

	if (!name || !*name)
		name = "dumb";
	bool known = setupterm(name, STDOUT_FILENO, &status) == OK;
	const char *cup = known ? tigetstr("cup") : NULL;
	bool can = cup && cup != (char *)-1;
	if (known)
		del_curterm(cur_term);
	if (!can)
		err_set(why, ERR_REFUSED,
		    "TERM=%.40s cannot show the console. Use -n for plain output, or set TERM (try "
		    "xterm-256color)",
		    name);
	return can;
}

struct terminal *
term_open(struct errmsg *why)
{
	const char *name = getenv("TERM");
	static const char *const stream[] = {"input", "output"};

	for (int fd = STDOUT_FILENO; fd >= STDIN_FILENO; fd--) {
		if (isatty(fd))
			continue;
		err_set(why, ERR_REFUSED, "standard %s is not a terminal. Use -n for plain output",
		    stream[fd]);
		return NULL;
	}
	if (!term_can_show(name, why))
		return NULL;
	const char *path = ttyname(STDOUT_FILENO);
	int fd = open(path ? path : "/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || term_raw_mode(fd)) {
		err_set(why, ERR_SYSTEM, "cannot open the terminal. Use -n for plain output");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	struct terminal *t = term_start(name, fd);
	term_arm_rescue(t);
	term_resize(t);
	return t;
}

struct terminal *
term_open_sink(const char *name, int rows, int cols)
{
	struct terminal *t = term_start(name, -1);

	term_set_size(t, rows, cols);
	return t;
}

/* Takes what curses drew since the last time. */
static void
term_collect(struct terminal *t)
{
	fflush(t->draw);
	int fd = fileno(t->draw);
	off_t n = lseek(fd, 0, SEEK_CUR);
	char *p = n > 0 ? buf_reserve(&t->out, (size_t)n) : NULL;

	if (p) {
		ssize_t got = pread(fd, p, (size_t)n, 0);
		t->out.n += got > 0 ? (size_t)got : 0;
	}
	lseek(fd, 0, SEEK_SET);
	t->frame_bytes = n > 0 ? (size_t)n : 0;
	if (t->fd < 0)
		buf_clear(&t->out);
}

int
term_flush(struct terminal *t)
{
	while (t->out.n && !t->gone) {
		ssize_t n = write(t->fd, t->out.p, t->out.n);
		if (n > 0)
			buf_consume(&t->out, (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			return 0;
		else if (n == 0 || errno != EINTR)
			t->gone = true;
	}
	return t->gone ? ERR_SYSTEM : 0;
}

void
term_lost(struct terminal *t)
{
	t->gone = true;
	buf_clear(&t->out);
}

/* Writes all of it, unless the terminal takes nothing for too long. */
static void
term_flush_all(struct terminal *t)
{
	for (int waited = 0; t->fd >= 0 && term_flush(t) == 0 && t->out.n && waited < TERM_CLOSE_WAIT_MS;
	    waited += TERM_CLOSE_STEP_MS) {
		struct pollfd p = {.fd = t->fd, .events = POLLOUT};
		poll(&p, 1, TERM_CLOSE_STEP_MS);
	}
}

void
term_mouse(struct terminal *t, bool on)
{
	if (!t->mouse_can || on == t->mouse || t->fd < 0)
		return;
	t->mouse = on;
	buf_add_str(&t->out, on ? mouse_on : mouse_off);
}

int
term_close(struct terminal *t)
{
	bool left;

	set_term(t->screen);
	term_mouse(t, false);
	/* Without an alternate screen the shell goes on in this line. */
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	endwin();
	term_collect(t);
	term_flush_all(t);
	left = t->gone || t->out.n > 0;
	if (t->fd >= 0) {
		term_catch_fatal(false);
		if (rescue.active) /* else it has been left already, and another program may have it */
			tcsetattr(t->fd, TCSANOW, &rescue.saved);
		rescue.active = 0;
		close(t->fd);
	}
	delscreen(t->screen);
	fclose(t->draw);
	fclose(t->keys);
	buf_fini(&t->out);
	free(t);
	return left ? ERR_SYSTEM : 0;
}

int
term_fd(const struct terminal *t)
{
	return t->fd;
}

bool
term_pending(const struct terminal *t)
{
	return t->out.n > 0;
}

void
term_begin(struct terminal *t)
{
	set_term(t->screen);
	erase();
}

void
term_end(struct terminal *t, int y, int x)
{
	move(y, x);
	wnoutrefresh(stdscr);
	doupdate();
	term_collect(t);
	if (t->fd >= 0)
		term_flush(t);
}

size_t
term_frame_bytes(const struct terminal *t)
{
	return t->frame_bytes;
}

void
term_set_size(struct terminal *t, int rows, int cols)
{
	set_term(t->screen);
	if (rows != LINES || cols != COLS)
		resize_term(rows, cols);
	clearok(curscr, TRUE);
}

void
term_resize(struct terminal *t)
{
	struct winsize ws;

	if (t->fd >= 0 && ioctl(t->fd, TIOCGWINSZ, &ws) == 0 && ws.ws_row && ws.ws_col)
		term_set_size(t, ws.ws_row, ws.ws_col);
}

void
term_redraw(struct terminal *t)
{
	set_term(t->screen);
	clearok(curscr, TRUE);
}

void
term_size(const struct terminal *t, int *rows, int *cols)
{
	(void)t;
	*rows = LINES;
	*cols = COLS;
}

const struct glyphs *
term_glyphs(const struct terminal *t)
{
	return t->glyphs;
}

static void
term_dump_cell(struct buf *out, int y, int *x)
{
	cchar_t cell;
	wchar_t wide[CCHARW_MAX + 1] = {0};
	attr_t attr;
	short pair;
	char bytes[MB_LEN_MAX * (CCHARW_MAX + 1)];

	mvin_wch(y, *x, &cell);
	getcchar(&cell, wide, &attr, &pair, NULL);
	size_t n = wcstombs(bytes, wide, sizeof bytes);
	buf_add(out, bytes, n == (size_t)-1 ? 0 : n);
	int width = escape_width((unsigned)wide[0]);
	*x += width > 1 ? width : 1;
}

void
term_dump(const struct terminal *t, struct buf *out)
{
	set_term(t->screen);
	for (int y = 0; y < LINES; y++) {
		size_t start = out->n;
		for (int x = 0; x < COLS;)
			term_dump_cell(out, y, &x);
		while (out->n > start && out->p[out->n - 1] == ' ')
			out->n--;
		buf_add(out, "\n", 1);
	}
}

int
term_copy(struct terminal *t, struct span s)
{
	static const char start[] = "\033]52;c;";
	size_t n = sizeof start - 1;

	if (!t->copies)
		return ERR_REFUSED;
	char *p = s.n <= TERM_COPY_MAX ? buf_reserve(&t->out, n + base64_length(s.n) + 1) : NULL;
	if (!p)
		return ERR_LIMIT;
	memcpy(p, start, n);
	base64_write(p + n, s);
	n += base64_length(s.n);
	p[n++] = '\007';
	if (t->fd >= 0)
		t->out.n += n;
	return 0;
}

void
term_suspend(struct terminal *t)
{
	set_term(t->screen);
	term_mouse(t, false); /* the next frame asks again */
	endwin();
	term_collect(t);
	term_flush_all(t);
	rescue.active = 0;
	tcsetattr(t->fd, TCSANOW, &rescue.saved);
}

void
term_resume(struct terminal *t)
{
	struct termios saved = rescue.saved;

	/* The program may have left the terminal in a mode of its own: ours to restore is the one that we found. */
	if (term_raw_mode(t->fd))
		t->gone = true;
	rescue.saved = saved;
	rescue.active = 1;
	term_resize(t);
	term_redraw(t);
}
