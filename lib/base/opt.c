/*
 * opt - see opt.h
 */
#include "base/opt.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/say.h"
#include "base/status.h"
#include "base/sys.h"
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELP_COLUMN 30
#define HELP_WIDTH 52

_Noreturn void
weir_opt_misuse(const struct weir_cmd *cmd, const char *fmt, ...)
{
	struct weir_buf b = {0};
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	weir_say(WEIR_SAY_ERROR, "%s", text);
	weir_buf_printf(&b, "Try '%s --help'.\n", cmd->name);
	(void)!weir_sys_write(STDERR_FILENO, b.p, b.len);
	exit(WEIR_EX_USAGE);
}

const char *
weir_opt_near(const char *word, size_t len, const char *const *names, size_t n)
{
	static char text[160];
	const char *near = weir_near(word, len, names, n);

	if (near == NULL)
		return "";
	snprintf(text, sizeof(text), "; did you mean \"%s\"?", near);
	return text;
}

static const struct weir_opt *
table(const struct weir_cmd *cmd, int which)
{
	static const struct weir_opt none[] = {{.type = WEIR_OPT_END}};
	const struct weir_opt *t = which == 0 ? cmd->opts : cmd->common;

	return t != NULL ? t : none;
}

/* Ends with status 2 if the option is known to be another command's, or this one's by another name. */
static void
look_elsewhere(const struct weir_cmd *cmd, const char *dashes, const char *name, size_t len)
{
	const struct weir_opt_elsewhere *e = cmd->elsewhere;
	size_t n = strlen(dashes);

	for (; e != NULL && e->option != NULL; e++)
		if ((e->cmd == NULL || strcmp(e->cmd, cmd->name) == 0) && strlen(e->option) == n + len &&
		    memcmp(e->option, dashes, n) == 0 && memcmp(e->option + n, name, len) == 0)
			weir_opt_misuse(cmd, "no option \"%s\": %s", e->option, e->instead);
}

static const struct weir_opt *
find_long(const struct weir_cmd *cmd, const char *name, size_t len)
{
	const char *names[128], *near;
	const struct weir_opt *o;
	size_t n = 0;
	int t;

	for (t = 0; t < 2; t++)
		for (o = table(cmd, t); o->type != WEIR_OPT_END; o++) {
			if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
				return o;
			if (n < sizeof(names) / sizeof(names[0]))
				names[n++] = o->name;
		}
	look_elsewhere(cmd, "--", name, len);
	near = weir_near(name, len, names, n);
	weir_opt_misuse(cmd, "no option \"--%.*s\"%s%s%s", (int)len, name,
	    near != NULL ? "; did you mean \"--" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
}

static const struct weir_opt *
find_short(const struct weir_cmd *cmd, char c)
{
	const struct weir_opt *o;
	int t;

	for (t = 0; t < 2; t++)
		for (o = table(cmd, t); o->type != WEIR_OPT_END; o++)
			if (o->c == c)
				return o;
	look_elsewhere(cmd, "-", &c, 1);
	weir_opt_misuse(cmd, "no option \"-%c\"", c);
}

static void
set_choice(const struct weir_cmd *cmd, const struct weir_opt *o, int *to, const char *value)
{
	struct weir_buf b = {0};
	size_t n;

	for (n = 0; o->choices[n] != NULL; n++)
		if (strcmp(o->choices[n], value) == 0) {
			*to = (int)n;
			return;
		}
	for (n = 0; o->choices[n] != NULL; n++)
		weir_buf_printf(&b, "%s%s", n > 0 ? " " : "", o->choices[n]);
	weir_opt_misuse(cmd, "--%s: no \"%s\"; it takes one of: %s%s", o->name, value, weir_buf_cstr(&b),
	    weir_opt_near(value, strlen(value), o->choices, n));
}

static void
set_count(const struct weir_cmd *cmd, const struct weir_opt *o, uint64_t *to, const char *value)
{
	char *end;

	errno = 0;
	*to = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0')
		weir_opt_misuse(cmd, "--%s: \"%s\" is no whole number", o->name, value);
	if (errno != 0)
		weir_opt_misuse(cmd, "--%s: %s is too large", o->name, value);
}

/* Files and directories: that one has no name comes of a variable that is not set. */
static const char *
check_name(const struct weir_cmd *cmd, const struct weir_opt *o, const char *value)
{
	static const char *const names[] = {"FILE", "DIR", "DEST", "LOG", "NEW"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (*value == '\0' && o->arg != NULL && strcmp(o->arg, names[i]) == 0)
			weir_opt_misuse(cmd, "--%s: the name is empty", o->name);
	return value;
}

static void
set(const struct weir_cmd *cmd, const struct weir_opt *o, void *conf, const char *value)
{
	void *to = (char *)conf + o->off;
	struct weir_opt_list *list = to;
	const char *why;

	switch (o->type) {
	case WEIR_OPT_FLAG: *(bool *)to = true; break;
	case WEIR_OPT_TEXT: *(const char **)to = check_name(cmd, o, value); break;
	case WEIR_OPT_LIST:
	case WEIR_OPT_PAIRS:
		list->v = weir_mem_realloc(list->v, list->n + (size_t)1, sizeof(*list->v));
		list->v[list->n++] = value;
		break;
	case WEIR_OPT_DURATION:
		if (weir_units_duration(value, to, &why) != 0)
			weir_opt_misuse(cmd, "--%s: \"%s\" is no duration: %s", o->name, value, why);
		break;
	case WEIR_OPT_SIZE:
		if (weir_units_size(value, to, &why) != 0)
			weir_opt_misuse(cmd, "--%s: \"%s\" is no size: %s", o->name, value, why);
		break;
	case WEIR_OPT_COUNT: set_count(cmd, o, to, value); break;
	case WEIR_OPT_CHOICE: set_choice(cmd, o, to, value); break;
	case WEIR_OPT_HELP: weir_opt_help(cmd, STDOUT_FILENO); exit(WEIR_EX_OK);
	case WEIR_OPT_VERSION:
		cmd->version();
		exit(weir_say_flushed());
	case WEIR_OPT_END: break;
	}
}

/* argv[i] is a long option; returns the index of the last argument that it took. */
static int
take_long(const struct weir_cmd *cmd, int argc, char *argv[], int i, void *conf)
{
	const char *name = argv[i] + 2, *eq = strchr(name, '=');
	const struct weir_opt *o = find_long(cmd, name, eq != NULL ? (size_t)(eq - name) : strlen(name));
	const char *value = eq != NULL ? eq + 1 : NULL;

	if (o->arg == NULL && eq != NULL)
		weir_opt_misuse(cmd, "--%s takes no argument", o->name);
	if (o->type == WEIR_OPT_PAIRS) {
		if (eq != NULL || i + 2 >= argc)
			weir_opt_misuse(cmd, "--%s needs %s", o->name, o->arg);
		set(cmd, o, conf, argv[i + 1]);
		set(cmd, o, conf, argv[i + 2]);
		return i + 2;
	}
	if (o->arg != NULL && value == NULL) {
		if (++i == argc)
			weir_opt_misuse(cmd, "--%s needs %s", o->name, o->arg);
		value = argv[i];
	}
	set(cmd, o, conf, value != NULL ? value : "");
	return i;
}

static int
take_short(const struct weir_cmd *cmd, int argc, char *argv[], int i, void *conf)
{
	const char *p;

	for (p = argv[i] + 1; *p != '\0'; p++) {
		const struct weir_opt *o = find_short(cmd, *p);

		if (o->arg == NULL) {
			set(cmd, o, conf, "");
			continue;
		}
		if (p[1] == '\0' && i + 1 == argc)
			weir_opt_misuse(cmd, "-%c needs %s", o->c, o->arg);
		set(cmd, o, conf, p[1] != '\0' ? p + 1 : argv[i + 1]);
		return p[1] != '\0' ? i : i + 1;
	}
	return i;
}

int
weir_opt_parse(const struct weir_cmd *cmd, int argc, char *argv[], void *conf)
{
	int i, n = 0;
	bool options = true;

	weir_sys_hold_standard();
	for (i = 1; i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0)
			options = false;
		else if (options && strncmp(argv[i], "--", 2) == 0)
			i = take_long(cmd, argc, argv, i, conf);
		else if (options && argv[i][0] == '-' && argv[i][1] != '\0')
			i = take_short(cmd, argc, argv, i, conf);
		else
			argv[++n] = argv[i];
	}
	return n;
}

/* One line, whatever is in the text. */
static void
put_line(struct weir_buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\n')
			weir_buf_puts(b, "\\n");
		else
			weir_buf_putc(b, *text);
}

/* Whether the option was given, or has a default worth telling. */
static bool
given(const struct weir_opt *o, const void *at)
{
	switch (o->type) {
	case WEIR_OPT_FLAG: return *(const bool *)at;
	case WEIR_OPT_TEXT: return *(const char *const *)at != NULL;
	case WEIR_OPT_LIST:
	case WEIR_OPT_PAIRS: return ((const struct weir_opt_list *)at)->n > 0;
	case WEIR_OPT_DURATION: return *(const int64_t *)at > 0;
	case WEIR_OPT_SIZE:
	case WEIR_OPT_COUNT: return *(const uint64_t *)at != 0 && *(const uint64_t *)at != UINT64_MAX;
	case WEIR_OPT_CHOICE: return *(const int *)at >= 0;
	default: return false;
	}
}

static void
describe_value(const struct weir_opt *o, const void *at, struct weir_buf *b)
{
	const struct weir_opt_list *list = at;
	char duration[WEIR_UNITS_TEXT];
	unsigned i;

	switch (o->type) {
	case WEIR_OPT_TEXT: put_line(b, *(const char *const *)at); break;
	case WEIR_OPT_LIST:
	case WEIR_OPT_PAIRS:
		for (i = 0; i < list->n; i++) {
			weir_buf_puts(b, i > 0 ? " " : "");
			put_line(b, list->v[i]);
		}
		break;
	case WEIR_OPT_DURATION:
		weir_buf_puts(b, weir_units_format_duration(*(const int64_t *)at, duration));
		break;
	case WEIR_OPT_SIZE:
	case WEIR_OPT_COUNT: weir_buf_printf(b, "%" PRIu64, *(const uint64_t *)at); break;
	case WEIR_OPT_CHOICE: weir_buf_puts(b, o->choices[*(const int *)at]); break;
	default: weir_buf_puts(b, "yes");
	}
}

static void
describe(const struct weir_opt *o, const void *at, struct weir_buf *b)
{
	if (!given(o, at))
		return;
	if (o->c != '\0')
		weir_buf_printf(b, "-%c ", o->c);
	else
		weir_buf_printf(b, "--%s ", o->name);
	describe_value(o, at, b);
	weir_buf_putc(b, '\n');
}

void
weir_opt_describe(const struct weir_opt *opts, const void *conf, const char *const *names, struct weir_buf *b)
{
	const struct weir_opt *o;

	for (; *names != NULL; names++)
		for (o = opts; o->type != WEIR_OPT_END; o++)
			if (strcmp(o->name, *names) == 0)
				describe(o, (const char *)conf + o->off, b);
}

static void
help_option(struct weir_buf *b, const struct weir_opt *o)
{
	size_t start = b->len;

	if (o->c != '\0')
		weir_buf_printf(b, "  -%c, --%s", o->c, o->name);
	else
		weir_buf_printf(b, "      --%s", o->name);
	if (o->arg != NULL)
		weir_buf_printf(b, " %s", o->arg);
	do
		weir_buf_putc(b, ' ');
	while (b->len - start < HELP_COLUMN);
	weir_buf_printf(b, "%s\n", o->help);
}

/* The options that only the page describes, in lines of their names. */
static void
help_names(struct weir_buf *b, const struct weir_opt *o)
{
	size_t start = b->len;
	bool any = false;

	for (; o->type != WEIR_OPT_END; o++) {
		if (o->help != NULL)
			continue;
		if (!any || b->len - start > HELP_WIDTH) {
			weir_buf_puts(b, any ? "\n       " : "  more:");
			start = b->len;
		}
		weir_buf_printf(b, " --%s%s%s", o->name, o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
		any = true;
	}
	if (any)
		weir_buf_putc(b, '\n');
}

void
weir_opt_help(const struct weir_cmd *cmd, int fd)
{
	struct weir_buf b = {0};
	const struct weir_opt *o;
	const char *p, *lf;
	int t;

	weir_buf_printf(&b, "%s - %s\n\n%s\n", cmd->name, cmd->about, cmd->examples);
	for (p = cmd->synopsis; *p != '\0'; p = lf + (*lf != '\0')) {
		lf = p + strcspn(p, "\n");
		weir_buf_printf(&b, "%s%.*s\n", p == cmd->synopsis ? "usage: " : "       ", (int)(lf - p), p);
	}
	for (t = 0; t < 2; t++) {
		weir_buf_putc(&b, '\n');
		for (o = table(cmd, t); o->type != WEIR_OPT_END; o++)
			if (o->help != NULL)
				help_option(&b, o);
		help_names(&b, table(cmd, t));
	}
	weir_buf_printf(&b, "\nMore: man %s; the pipeline as a whole: man weir\n", cmd->name);
	if (weir_sys_write(fd, b.p, b.len) != 0) {
		weir_say(WEIR_SAY_ERROR, "standard output: %s", strerror(errno));
		exit(WEIR_EX_IOERR);
	}
	weir_buf_release(&b);
}
