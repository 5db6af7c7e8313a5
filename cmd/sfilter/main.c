/*
 * sfilter - pass on the records that a jq expression is true for, as they are or made anew
 */
#include "base/say.h"
#include "sfilter.h"

#include <stdlib.h>

#define AT(field) offsetof(struct sfilter_conf, field)

static const char *const engines[] = {"auto", "native", "jq", NULL};

static const struct weir_opt options[] = {
    {0, "invert", NULL, WEIR_OPT_FLAG, AT(invert), NULL, "pass what the expression is not true for"},
    {'e', "exit-status", NULL, WEIR_OPT_FLAG, AT(exit_status), NULL, "status 1 if nothing passed"},
    {'m', "map", "EXPR", WEIR_OPT_LIST, AT(maps), NULL, "each output of this becomes a record"},
    {0, "set", "NAME=EXPR", WEIR_OPT_LIST, AT(sets), NULL, "set a field; may be repeated"},
    {0, "keep", "PATHS", WEIR_OPT_LIST, AT(keeps), NULL, "only these parts"},
    {0, "drop", "PATHS", WEIR_OPT_LIST, AT(drops), NULL, "all but these parts"},
    {0, "set-time", "EXPR", WEIR_OPT_TEXT, AT(time), NULL, "a new event time"},
    {'d', "delay", "DUR", WEIR_OPT_DURATION, AT(delay), NULL, "how far out of order the new times may be"},
    {0, "sample", "RATE", WEIR_OPT_TEXT, AT(sample), NULL, "look at a part of the records only: 0.1, 10%, 1/10"},
    {'k', "key", "PATHS", WEIR_OPT_TEXT, AT(keys), NULL, "sample by these: all records of a value, or none"},
    {0, "seed", "N", WEIR_OPT_COUNT, AT(seed), NULL, "another sample of the same size"},
    {0, "from-file", "FILE", WEIR_OPT_TEXT, AT(file), NULL, "read EXPR from a file"},
    {0, "map-file", "FILE", WEIR_OPT_TEXT, AT(map_file), NULL, "read the expression of -m from a file"},
    {0, "arg", "NAME VALUE", WEIR_OPT_PAIRS, AT(args), NULL, "$NAME is this string"},
    {0, "argjson", "NAME JSON", WEIR_OPT_PAIRS, AT(json_args), NULL, "$NAME is this JSON value"},
    {0, "engine", "auto|native|jq", WEIR_OPT_CHOICE, AT(engine), engines, "who evaluates"},
    {.type = WEIR_OPT_END},
};

static const struct weir_cmd cmd = {
    .name = "sfilter",
    .synopsis = "sfilter [--invert] [-e] [--engine WHO] [--arg NAME VALUE] [--argjson NAME JSON] EXPR\n"
                "sfilter [-m EXPR] [--set NAME=EXPR] [--set-time EXPR] [-d DUR] [--keep PATHS] [--drop PATHS] [EXPR]\n"
                "sfilter --sample RATE [-k PATHS] [--seed N] [EXPR]",
    .about = "pass on the records that a jq expression is true for, as they are or made anew",
    .examples = "  ... | sfilter '.status >= 500'                    errors\n"
                "  ... | sfilter '.path | test(\"^/api/\")'            a regular expression (PCRE2)\n"
                "  ... | sfilter --arg u ann '.user == $u and .bytes > 1000'\n"
                "  ... | sfilter -m '{user, cents: (.amount * 100)}' records made of what it gives\n"
                "  ... | sfilter --set 'ms=.took * 1000' --drop took",
    .opts = options,
    .common = weir_stage_options,
    .elsewhere = weir_stage_elsewhere,
    .version = weir_stage_version,
};

/* 1: it passes; 0: it doesn't; -1: it is bad. */
static int
passes(struct sfilter *f, const struct weir_record *rec)
{
	int rc;

	if (f->sample != NULL && !weir_sample_takes(f->sample, rec))
		return 0;
	if (f->expr == NULL)
		return 1;
	rc = weir_expr_test(f->expr, rec);
	return rc < 0 ? -1 : (rc != 0) != f->invert;
}

static int
on_filter(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct sfilter *f = self;
	int rc = passes(f, rec);

	if (rc < 0)
		return weir_stage_bad(out, rec, "%s", weir_expr_error(f->expr));
	if (rc == 0) {
		f->dropped++;
		return 0;
	}
	f->passed++;
	return weir_out_pass(out, rec);
}

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct sfilter *f = self;
	struct weir_record made;
	unsigned i;
	int rc = passes(f, rec);

	if (rc < 0)
		return weir_stage_bad(out, rec, "%s", weir_expr_error(f->expr));
	if (rc > 0 && sfilter_apply(f, rec) != 0)
		return weir_stage_bad(out, rec, "%s", weir_buf_cstr(&f->why));
	if (rc == 0 || f->made.n == 0) {
		f->dropped++;
		return 0;
	}
	f->passed++;
	for (i = 0; i < f->made.n; i++) {
		weir_batch_get(&f->made, i, rec, &made);
		if (weir_out_copy(out, &made) != 0)
			return -1;
	}
	return 0;
}

/* What -m made of bytes that JSON can't hold. */
static int
on_close(void *self, int status)
{
	const struct sfilter *f = self;
	uint64_t replaced = 0;
	unsigned i;

	for (i = 0; i < f->nsteps; i++)
		if (f->steps[i].kind == SFILTER_MAP)
			replaced += weir_expr_replaced(f->steps[i].expr);
	if (replaced > 0)
		weir_say(WEIR_SAY_WARNING, "-m: %llu byte%s not UTF-8 and became U+FFFD", (unsigned long long)replaced,
		    replaced == 1 ? " was" : "s were");
	return status;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	const struct sfilter *f = self;

	weir_buf_printf(json, ",\"dropped\":%llu", (unsigned long long)f->dropped);
}

/* A program as one line. */
static void
put_program(struct weir_buf *b, const char *what, const char *text)
{
	if (text == NULL)
		return;
	weir_buf_puts(b, what);
	for (; *text != '\0'; text++)
		weir_buf_putc(b, *text == '\n' ? ' ' : *text);
	weir_buf_putc(b, '\n');
}

/* What the output depends on, for a checkpoint. A program counts as its text, not as the file that it came from. */
static const char *
describe(const struct sfilter *f, const char *operand)
{
	static const char *const names[] = {"invert", "arg", "argjson", "map", "set", "keep", "drop", "sample", "seed",
	    "key", "set-time", "delay", NULL};
	static struct weir_buf b;
	size_t len;

	weir_opt_describe(options, f->cf, names, &b);
	put_program(&b, "expression ", f->cf->file != NULL ? sfilter_read(f->cf->file, &len) : operand);
	put_program(&b, "--map-file ", f->cf->map_file != NULL ? sfilter_read(f->cf->map_file, &len) : NULL);
	return weir_buf_cstr(&b);
}

int
main(int argc, char *argv[])
{
	struct weir_stage stage = {.name = "sfilter", .flags = WEIR_STAGE_PASSES, .on_record = on_filter,
	    .on_stats = on_stats};
	struct sfilter_conf cf = {.cmd = &cmd, .delay = -1, .seed = SFILTER_NO_SEED};
	struct sfilter f = {0};
	int n = weir_stage_options_parse(&cmd, argc, argv, &cf), status;

	if (n > (cf.file == NULL))
		weir_stage_options_file(&cmd, argv[n]);
	if (n > (cf.file == NULL))
		weir_opt_misuse(&cmd, "one expression, or --from-file; in quotes if it has blanks");
	if (cf.map_file != NULL && cf.maps.n > 0)
		weir_opt_misuse(&cmd, "-m or --map-file");
	sfilter_plan(&f, &cf, n > 0 ? argv[1] : NULL);
	if (cf.common.explain)
		return sfilter_explain(&f);
	stage.options = describe(&f, n > 0 ? argv[1] : NULL);
	if (f.nsteps > 0) {
		stage.on_record = on_record;
		stage.on_close = on_close;
	}
	if (cf.time != NULL) {
		stage.flags = WEIR_STAGE_TIMES;
		stage.delay = cf.delay > 0 ? cf.delay : 0;
	}
	status = weir_stage_run(&stage, &cf.common, &f);
	sfilter_release(&f);
	return status == 0 && cf.exit_status && f.passed == 0 ? WEIR_EX_NONE : status;
}
