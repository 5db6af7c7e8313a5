/*
 * say - see say.h
 */
#include "base/say.h"
#include "base/status.h"
#include "base/sys.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXCERPT 72  /* bytes of a faulty text that are shown, around the fault */

static const char *program = "weir";
static bool quiet, verbose, journal;
static enum weir_when color_when;

void
weir_say_init(const char *name)
{
	program = name;
	journal = weir_sys_is_journal(STDERR_FILENO);
}

void
weir_say_set(bool q, bool v, enum weir_when color)
{
	quiet = q;
	verbose = v;
	color_when = color;
}

bool
weir_say_verbose(void)
{
	return verbose;
}

bool
weir_say_color(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (color_when != WEIR_WHEN_AUTO)
		return color_when == WEIR_WHEN_ALWAYS;
	return isatty(fd) && (no == NULL || *no == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

void
weir_say_visible(struct weir_buf *b, const void *text, size_t len)
{
	const unsigned char *p = text;
	size_t i = 0;

	while (i < len) {
		uint32_t rune;
		unsigned n = weir_utf8_next(p + i, len - i, &rune);

		if (n == 0)
			weir_buf_printf(b, "\\x%02x", p[i++]);
		else if (rune == '\t')
			weir_buf_putc(b, ' '), i++;
		else if (rune < 0x20 || rune == 0x7f)
			weir_buf_printf(b, "^%c", (int)(rune ^ 0x40)), i++;
		else if (rune >= 0x80 && rune < 0xa0)
			weir_buf_printf(b, "\\u%04x", (unsigned)rune), i += n;
		else
			weir_buf_put(b, p + i, n), i += n;
	}
}

static bool
wanted(enum weir_say_level level)
{
	return level <= WEIR_SAY_ERROR || (level <= WEIR_SAY_WARNING && !quiet) || verbose;
}

static void
begin_line(struct weir_buf *b, enum weir_say_level level)
{
	if (journal)
		weir_buf_printf(b, "<%d>", (int)level);
}

static void
send(struct weir_buf *b)
{
	/* Nobody is left to tell if stderr can't be written. */
	(void)!weir_sys_write(STDERR_FILENO, b->p, b->len);
	weir_buf_release(b);
}

__attribute__((format(printf, 2, 0))) static void
vsay(enum weir_say_level level, const char *fmt, va_list ap)
{
	struct weir_buf b = {0};
	char text[2048];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	begin_line(&b, level);
	weir_buf_printf(&b, "%s: ", program);
	if (n > 0)
		weir_say_visible(&b, text, strlen(text));
	weir_buf_putc(&b, '\n');
	send(&b);
}

void
weir_say(enum weir_say_level level, const char *fmt, ...)
{
	va_list ap;

	if (!wanted(level))
		return;
	va_start(ap, fmt);
	vsay(level, fmt, ap);
	va_end(ap);
}

_Noreturn void
weir_say_die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(WEIR_SAY_ERROR, fmt, ap);
	va_end(ap);
	exit(status);
}

/* Columns that p[0, n) takes once it is made visible. */
static size_t
columns(const unsigned char *p, size_t n)
{
	struct weir_buf b = {0};
	size_t i, cols = 0;

	weir_say_visible(&b, p, n);
	for (i = 0; i < b.len; i++)
		cols += (b.p[i] & 0xc0) != 0x80;
	weir_buf_release(&b);
	return cols;
}

/* The line of the text with the fault in it, cut to EXCERPT bytes, and a caret line. */
static void
put_excerpt(struct weir_buf *b, enum weir_say_level level, const struct weir_say_fault *f)
{
	size_t at = f->at < f->len ? f->at : f->len, from = at, to = at, span, cols;

	while (from > 0 && f->text[from - 1] != '\n' && at - from < EXCERPT / 2)
		from--;
	while (from > 0 && from < at && (f->text[from] & 0xc0) == 0x80)
		from++;
	while (to < f->len && f->text[to] != '\n' && to - from < EXCERPT)
		to++;
	while (to < f->len && to > at && (f->text[to] & 0xc0) == 0x80)
		to--;
	begin_line(b, level);
	weir_buf_puts(b, "  | ");
	weir_say_visible(b, f->text + from, to - from);
	weir_buf_putc(b, '\n');
	if (f->at == 0 && f->span == 0 && f->hint == NULL)
		return;
	begin_line(b, level);
	weir_buf_puts(b, "  | ");
	for (cols = columns(f->text + from, at - from); cols > 0; cols--)
		weir_buf_putc(b, ' ');
	span = f->span < to - at ? f->span : to - at;
	for (cols = span > 0 ? columns(f->text + at, span) : 1; cols > 0; cols--)
		weir_buf_putc(b, '^');
	if (f->hint != NULL)
		weir_buf_printf(b, " %s", f->hint);
	weir_buf_putc(b, '\n');
}

void
weir_say_fault(enum weir_say_level level, const struct weir_say_fault *f)
{
	struct weir_buf b = {0};

	if (!wanted(level))
		return;
	begin_line(&b, level);
	weir_buf_printf(&b, "%s: ", program);
	if (f->place != NULL) {
		weir_say_visible(&b, f->place, strlen(f->place));
		weir_buf_puts(&b, ": ");
	}
	weir_say_visible(&b, f->what, strlen(f->what));
	weir_buf_putc(&b, '\n');
	if (f->always || verbose || isatty(STDERR_FILENO)) {
		if (f->text != NULL)
			put_excerpt(&b, level, f);
		if (f->outcome != NULL) {
			begin_line(&b, level);
			weir_buf_printf(&b, "  = %s\n", f->outcome);
		}
	}
	send(&b);
}

int
weir_say_flushed(void)
{
	if (fflush(stdout) == 0)
		return 0;
	weir_say(WEIR_SAY_ERROR, "standard output: %s", strerror(errno));
	return WEIR_EX_IOERR;
}
