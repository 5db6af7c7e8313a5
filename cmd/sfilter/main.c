/*
 * sfilter - pass on the records that a jq expression is true for
 */
#include "base/mem.h"
#include "base/say.h"
#include "base/sys.h"
#include "expr/expr.h"
#include "stage/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM_MAX (1024 * 1024)

struct conf {
	struct weir_common common;  /* first */
	const char *file;           /* --from-file */
	struct weir_opt_list args, json_args;
	int engine;                 /* enum weir_expr_engine */
	bool invert;
	bool exit_status;           /* -e */
};

struct filter {
	struct weir_expr *expr;
	bool invert;
	uint64_t passed;
};

static const char *const engines[] = {"auto", "native", "jq", NULL};

#define AT(field) offsetof(struct conf, field)

static const struct weir_opt options[] = {
    {0, "invert", NULL, WEIR_OPT_FLAG, AT(invert), NULL, "pass what the expression is not true for"},
    {'e', "exit-status", NULL, WEIR_OPT_FLAG, AT(exit_status), NULL, "status 1 if nothing passed"},
    {0, "from-file", "FILE", WEIR_OPT_TEXT, AT(file), NULL, "read the expression from a file"},
    {0, "arg", "NAME VALUE", WEIR_OPT_PAIRS, AT(args), NULL, "$NAME is this string"},
    {0, "argjson", "NAME JSON", WEIR_OPT_PAIRS, AT(json_args), NULL, "$NAME is this JSON value"},
    {0, "engine", "auto|native|jq", WEIR_OPT_CHOICE, AT(engine), engines, "who evaluates"},
    {.type = WEIR_OPT_END},
};

static const struct weir_cmd cmd = {
    .name = "sfilter",
    .synopsis = "sfilter [--invert] [-e] [--engine WHO] [--arg NAME VALUE] [--argjson NAME JSON] EXPR\n"
                "sfilter [--invert] [-e] [--engine WHO] [--arg NAME VALUE] [--argjson NAME JSON] --from-file FILE",
    .about = "pass on the records that a jq expression is true for",
    .examples = "  ... | sfilter '.status >= 500'                    errors\n"
                "  ... | sfilter '.path | test(\"^/api/\")'            a regular expression (PCRE2)\n"
                "  ... | sfilter --arg u ann '.user == $u and .bytes > 1000'",
    .opts = options,
    .common = weir_stage_options,
    .version = weir_stage_version,
};

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct filter *f = self;
	int rc = weir_expr_test(f->expr, rec);

	if (rc < 0)
		return weir_stage_bad(out, rec, "%s", weir_expr_error(f->expr));
	if ((rc != 0) == f->invert)
		return 0;
	f->passed++;
	return weir_out_pass(out, rec);
}

static void
read_program(const char *path, struct weir_buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		weir_say_die(WEIR_EX_NOINPUT, "%s: %s", path, strerror(errno));
	do {
		n = weir_sys_read(fd, weir_buf_need(b, 4096), 4096);
		b->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && b->len <= PROGRAM_MAX);
	if (n < 0)
		weir_say_die(WEIR_EX_IOERR, "%s: %s", path, strerror(errno));
	if (n > 0)
		weir_say_die(WEIR_EX_USAGE, "%s: an expression of more than 1 MiB", path);
	close(fd);
}

/* --arg and --argjson as the engine takes them. */
static struct weir_expr_arg *
gather_args(const struct conf *cf, unsigned *n)
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

/* The line and column of a fault in a program, for a place such as "rules.jq:3:7". */
static void
put_place(struct weir_buf *b, const char *file, const struct weir_buf *program, size_t at)
{
	size_t i, line = 1, start = 0;

	for (i = 0; i < at && i < program->len; i++)
		if (program->p[i] == '\n') {
			line++;
			start = i + 1;
		}
	if (file != NULL)
		weir_buf_printf(b, "%s:%zu:%zu", file, line, at - start + 1);
	else
		weir_buf_printf(b, "expression, byte %zu", at + 1);
}

static struct weir_expr *
compile(const struct conf *cf, const struct weir_buf *program)
{
	struct weir_expr_conf conf = {.engine = (enum weir_expr_engine)cf->engine};
	struct weir_expr_fault fault = {0};
	struct weir_say_fault shown = {.text = program->p, .len = program->len};
	struct weir_buf place = {0};
	struct weir_expr_arg *args = gather_args(cf, &conf.nargs);
	struct weir_expr *e;

	conf.args = args;
	e = weir_expr_compile((const char *)program->p, program->len, &conf, &fault);
	if (e == NULL) {
		put_place(&place, cf->file, program, fault.at);
		shown.place = weir_buf_cstr(&place);
		shown.what = weir_buf_cstr(&fault.what);
		shown.at = fault.at;
		shown.span = fault.span;
		shown.hint = fault.hint.len > 0 ? weir_buf_cstr(&fault.hint) : NULL;
		shown.always = true;
		weir_say_fault(WEIR_SAY_ERROR, &shown);
		exit(WEIR_EX_USAGE);
	}
	free(args);
	if (weir_expr_foreign(e) != NULL && cf->engine == WEIR_ENGINE_AUTO && !cf->common.explain)
		weir_say(WEIR_SAY_WARNING, "%s is not native: libjq evaluates the expression, with doubles for numbers",
		    weir_expr_foreign(e));
	return e;
}

static int
explain(const struct filter *f)
{
	struct weir_buf b = {0};

	weir_expr_explain(f->expr, &b);
	weir_buf_printf(&b, "passes    records for which %s\n", f->invert ? "no output is true" : "any output is true");
	weir_buf_puts(&b, "memory    a buffer of 256 KiB, or of the longest frame\n");
	fwrite(b.p, 1, b.len, stdout);
	weir_buf_release(&b);
	return fflush(stdout) == 0 ? 0 : WEIR_EX_IOERR;
}

int
main(int argc, char *argv[])
{
	static const struct weir_stage stage = {
	    .name = "sfilter", .flags = WEIR_STAGE_PASSES, .on_record = on_record};
	struct conf cf = {0};
	struct filter f = {0};
	struct weir_buf program = {0};
	int n = weir_stage_options_parse(&cmd, argc, argv, &cf), status;

	if (n != (cf.file == NULL))
		weir_opt_misuse(&cmd, n == 0 ? "no expression" : "one expression, or --from-file; in quotes if it has blanks");
	if (cf.file != NULL)
		read_program(cf.file, &program);
	else
		weir_buf_puts(&program, argv[1]);
	weir_buf_cstr(&program);
	f.expr = compile(&cf, &program);
	f.invert = cf.invert;
	if (cf.common.explain)
		return explain(&f);
	status = weir_stage_run(&stage, &cf.common, &f);
	weir_expr_free(f.expr);
	weir_buf_release(&program);
	return status == 0 && cf.exit_status && f.passed == 0 ? WEIR_EX_NONE : status;
}
