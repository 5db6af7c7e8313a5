/*
 * plan - the options made steps, and --explain, which shows them
 */
#include "base/mem.h"
#include "base/say.h"
#include "base/units.h"
#include "sfilter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sfilter_step *
add(struct sfilter *f, enum sfilter_kind kind, const char *option, const char *text)
{
	struct sfilter_step *s;

	f->steps = weir_mem_realloc(f->steps, f->nsteps + (size_t)1, sizeof(*f->steps));
	s = &f->steps[f->nsteps++];
	*s = (struct sfilter_step){.kind = kind, .option = option, .text = text};
	return s;
}

static void
add_expr(struct sfilter *f, enum sfilter_kind kind, const char *option, const char *text)
{
	struct sfilter_source src = {.option = option, .text = text, .len = strlen(text), .values = true};

	add(f, kind, option, text)->expr = sfilter_compile(f->cf, &src);
}

static struct weir_expr *
from_file(const struct sfilter_conf *cf, const char *path, bool values)
{
	struct sfilter_source src = {.file = path, .values = values};
	char *text = sfilter_read(path, &src.len);
	struct weir_expr *e;

	src.text = text;
	e = sfilter_compile(cf, &src);
	free(text);
	return e;
}

/* The "=" behind NAME: the first one that is in no quotes. */
static const char *
find_equals(const char *s)
{
	bool quoted = false;

	for (; *s != '\0' && (*s != '=' || quoted); s++) {
		if (*s == '\\' && quoted && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
	}
	return s;
}

static void
add_set(struct sfilter *f, const char *text)
{
	const char *equals = find_equals(text), *why = "expected NAME=EXPR";
	struct sfilter_source src = {.option = "--set", .text = text, .len = strlen(text), .values = true};
	struct sfilter_step *s = add(f, SFILTER_SET, "--set", text);
	size_t len = (size_t)(equals - text);
	unsigned i;

	if (*equals == '\0')
		weir_opt_misuse(f->cf->cmd, "--set \"%s\": %s", text, why);
	if (len > 0 && text[len - 1] == ' ')
		weir_opt_misuse(f->cf->cmd, "--set \"%s\": no blank stands before the \"=\"", text);
	if (weir_path_parse(&s->path, text, len, &why) != len || len == 0)
		weir_opt_misuse(f->cf->cmd, "--set \"%s\": %s", text,
		    s->path.n > 0 ? "one name or path stands before the \"=\"" : why);
	for (i = 0; i < s->path.n; i++)
		if (s->path.steps[i].name == NULL)
			weir_opt_misuse(f->cf->cmd, "--set \"%s\": an element of an array can't be set by itself; "
			    "-m has all of jq's ways", text);
	src.from = len + 1;
	if (text[src.from + strspn(text + src.from, " \t\r\n")] == '\0')
		weir_opt_misuse(f->cf->cmd, "--set \"%s\": an expression is missing behind \"=\"; --set '%.*s=.' is the whole record",
		    text, (int)len, text);
	s->expr = sfilter_compile(f->cf, &src);
}

/* All --keep, or all --drop, as one step. */
static void
add_pick(struct sfilter *f, const char *option, const struct weir_opt_list *lists, bool drop)
{
	struct weir_path *all = NULL, *some;
	unsigned n = 0, k, i;
	const char *why;

	if (lists->n == 0)
		return;
	for (i = 0; i < lists->n; i++) {
		some = weir_path_list(lists->v[i], &k, &why);
		if (some == NULL) {
			weir_opt_misuse(f->cf->cmd, "%s \"%s\": %s", option, lists->v[i], why);
			return;
		}
		all = weir_mem_realloc(all, n + (size_t)k, sizeof(*all));
		memcpy(all + n, some, k * sizeof(*all));
		n += k;
		free(some);
	}
	add(f, SFILTER_PICK, option, lists->v[0])->pick = weir_pick_new(all, n, drop);
	weir_path_list_free(all, n);
}

static void
plan_sample(struct sfilter *f)
{
	const struct sfilter_conf *cf = f->cf;
	struct weir_sample *s = &f->sample_room;
	const char *why;

	if (cf->sample == NULL) {
		if (cf->keys != NULL || cf->seed != SFILTER_NO_SEED)
			weir_opt_misuse(cf->cmd, "%s goes with --sample", cf->keys != NULL ? "-k" : "--seed");
		return;
	}
	if (weir_sample_parse(s, cf->sample, &why) != 0)
		weir_opt_misuse(cf->cmd, "--sample \"%s\": %s", cf->sample, why);
	if (cf->keys != NULL && (s->keys = weir_path_list(cf->keys, &s->nkeys, &why)) == NULL)
		weir_opt_misuse(cf->cmd, "-k \"%s\": %s", cf->keys, why);
	s->seed = cf->seed != SFILTER_NO_SEED ? cf->seed : 0;
	f->sample = s;
}

static void
plan_expr(struct sfilter *f, const char *operand)
{
	const struct sfilter_conf *cf = f->cf;
	struct sfilter_source src = {.text = operand};

	if (cf->file != NULL) {
		f->expr = from_file(cf, cf->file, false);
	} else if (operand != NULL) {
		src.len = strlen(operand);
		f->expr = sfilter_compile(cf, &src);
	} else if (cf->invert) {
		weir_opt_misuse(cf->cmd, "--invert is about EXPR, and there is none");
	}
	if (f->expr != NULL && weir_expr_assigns(f->expr))
		weir_say(WEIR_SAY_WARNING, "the expression is an assignment, whose value is the changed record: it is true for each; "
		    "== compares, --set and -m change records");
	f->invert = cf->invert;
}

void
sfilter_plan(struct sfilter *f, const struct sfilter_conf *cf, const char *operand)
{
	unsigned i;

	f->cf = cf;
	plan_sample(f);
	plan_expr(f, operand);
	if (cf->map_file != NULL)
		add(f, SFILTER_MAP, "--map-file", cf->map_file)->expr = from_file(cf, cf->map_file, true);
	for (i = 0; i < cf->maps.n; i++)
		add_expr(f, SFILTER_MAP, "-m", cf->maps.v[i]);
	for (i = 0; i < cf->sets.n; i++)
		add_set(f, cf->sets.v[i]);
	if (cf->time != NULL)
		add_expr(f, SFILTER_TIME, "--set-time", cf->time);
	else if (cf->delay >= 0)
		weir_opt_misuse(cf->cmd, "-d goes with --set-time; the source's -d holds otherwise");
	add_pick(f, "--keep", &cf->keeps, false);
	add_pick(f, "--drop", &cf->drops, true);
	if (f->expr == NULL && f->sample == NULL && f->nsteps == 0)
		weir_opt_misuse(cf->cmd, "no expression: which records pass, '.status >= 500'; or what is made of them, -m, --set, --keep, --drop");
	/* The steps stay where they are from here on. */
	for (i = 0; i < f->nsteps; i++)
		if (f->steps[i].kind == SFILTER_SET)
			f->steps[i].assign = weir_assign_new(&f->steps[i].path);
}

void
sfilter_release(struct sfilter *f)
{
	unsigned i;

	for (i = 0; i < f->nsteps; i++) {
		struct sfilter_step *s = &f->steps[i];

		weir_expr_free(s->expr);
		weir_assign_free(s->assign);
		weir_pick_free(s->pick);
		weir_path_release(&s->path);
		weir_batch_release(&s->made);
	}
	free(f->steps);
	weir_expr_free(f->expr);
	weir_path_list_free(f->sample_room.keys, f->sample_room.nkeys);
	weir_sample_release(&f->sample_room);
	weir_batch_release(&f->made);
	weir_buf_release(&f->why);
}

static void
explain_step(const struct sfilter *f, const struct sfilter_step *s, struct weir_buf *b)
{
	static const char *const words[] = {"map", "set", "time"};
	char delay[WEIR_UNITS_TEXT];
	const struct weir_opt_list *lists;
	unsigned i;

	if (s->kind == SFILTER_PICK) {
		lists = strcmp(s->option, "--keep") == 0 ? &f->cf->keeps : &f->cf->drops;
		weir_buf_printf(b, "%-10s", s->option + 2);
		for (i = 0; i < lists->n; i++)
			weir_buf_printf(b, "%s%s", i > 0 ? "," : "", lists->v[i]);
		weir_buf_putc(b, '\n');
		return;
	}
	weir_buf_printf(b, "%-10s%s\n", words[s->kind], s->text);
	weir_expr_explain(s->expr, b);
	if (s->kind == SFILTER_TIME)
		weir_buf_printf(b, "watermark %s behind the greatest new time (-d)\n",
		    weir_units_format_duration(f->cf->delay > 0 ? f->cf->delay : 0, delay));
}

int
sfilter_explain(const struct sfilter *f)
{
	struct weir_buf b = {0};
	unsigned i;

	if (f->sample != NULL)
		weir_buf_printf(&b, "sample    %s of the records, by the hash of %s, seed %llu\n", f->cf->sample,
		    f->cf->keys != NULL ? f->cf->keys : "all their bytes", (unsigned long long)f->sample->seed);
	if (f->expr != NULL) {
		weir_expr_explain(f->expr, &b);
		weir_buf_printf(&b, "passes    records for which %s\n", f->invert ? "no output is true" : "any output is true");
	}
	for (i = 0; i < f->nsteps; i++)
		explain_step(f, &f->steps[i], &b);
	weir_buf_puts(&b, "memory    a buffer of 256 KiB, or of the longest frame\n");
	fwrite(b.p, 1, b.len, stdout);
	weir_buf_release(&b);
	return weir_say_flushed();
}
