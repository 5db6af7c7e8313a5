/*
 * program - expressions from the command line and from files, compiled; their faults, shown in place
 */
#include "base/mem.h"
#include "base/say.h"
#include "base/sys.h"
#include "sfilter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM_MAX (1024 * 1024)

char *
sfilter_read(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct weir_buf b = {0};
	ssize_t n;

	if (fd < 0)
		weir_say_die(WEIR_EX_NOINPUT, "%s: %s", path, strerror(errno));
	do {
		n = weir_sys_read(fd, weir_buf_need(&b, 4096), 4096);
		b.len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && b.len <= PROGRAM_MAX);
	if (n < 0)
		weir_say_die(WEIR_EX_IOERR, "%s: %s", path, strerror(errno));
	if (n > 0)
		weir_say_die(WEIR_EX_USAGE, "%s: an expression of more than 1 MiB", path);
	close(fd);
	*len = b.len;
	return weir_buf_cstr(&b);
}

/* --arg and --argjson as the engine takes them. */
static struct weir_expr_arg *
gather_args(const struct sfilter_conf *cf, unsigned *n)
{
	unsigned strings = cf->args.n / 2, i;
	struct weir_expr_arg *args;

	*n = strings + cf->json_args.n / 2;
	args = weir_mem_zalloc(*n, sizeof(*args));
	for (i = 0; i < *n; i++) {
		bool json = i >= strings;
		const char **pair = json ? &cf->json_args.v[2 * (i - strings)] : &cf->args.v[2 * i];

		args[i] = (struct weir_expr_arg){.name = pair[0], .text = pair[1], .json = json};
	}
	return args;
}

/* The line and column of a fault in a file, as "rules.jq:3:7", or its byte in an argument. */
static void
put_place(struct weir_buf *b, const struct sfilter_source *src, size_t at)
{
	size_t i, line = 1, start = 0;

	for (i = 0; i < at && i < src->len; i++)
		if (src->text[i] == '\n') {
			line++;
			start = i + 1;
		}
	if (src->file != NULL)
		weir_buf_printf(b, "%s:%zu:%zu", src->file, line, at - start + 1);
	else
		weir_buf_printf(b, "%s, byte %zu", src->option != NULL ? src->option : "expression", at + 1);
}

_Noreturn static void
show(const struct sfilter_source *src, struct weir_expr_fault *fault)
{
	struct weir_say_fault shown = {.text = (const unsigned char *)src->text, .len = src->len};
	struct weir_buf place = {0};

	/* Where nothing is known of the place, nothing is. */
	if (fault->at > 0 || fault->span > 0 || fault->hint.len > 0)
		fault->at += src->from;
	put_place(&place, src, fault->at);
	shown.place = weir_buf_cstr(&place);
	shown.what = weir_buf_cstr(&fault->what);
	shown.at = fault->at;
	shown.span = fault->span;
	shown.hint = fault->hint.len > 0 ? weir_buf_cstr(&fault->hint) : NULL;
	shown.always = true;
	weir_say_fault(WEIR_SAY_ERROR, &shown);
	exit(WEIR_EX_USAGE);
}

struct weir_expr *
sfilter_compile(const struct sfilter_conf *cf, const struct sfilter_source *src)
{
	struct weir_expr_conf conf = {.engine = (enum weir_expr_engine)cf->engine,
	    .values = src->values};
	struct weir_expr_fault fault = {0};
	struct weir_expr_arg *args = gather_args(cf, &conf.nargs);
	struct weir_expr *e;

	conf.args = args;
	e = weir_expr_compile(src->text + src->from, src->len - src->from, &conf, &fault);
	if (e == NULL && src->option == NULL && src->file == NULL)
		weir_stage_options_file(cf->cmd, src->text);
	if (e == NULL)
		show(src, &fault);
	free(args);
	if (weir_expr_foreign(e) != NULL && cf->engine == WEIR_ENGINE_AUTO && !cf->common.explain)
		weir_say(WEIR_SAY_WARNING, "%s is not native: libjq evaluates the %s%sexpression, with doubles for numbers",
		    weir_expr_foreign(e), src->option != NULL ? src->option : "", src->option != NULL ? " " : "");
	return e;
}
