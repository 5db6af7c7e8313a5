/*
 * swindow - aggregates of records by window of event time and key
 */
#include "base/mem.h"
#include "base/say.h"
#include "base/units.h"
#include "swindow.h"
#include "text/order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct swindow_conf, field)

static const struct weir_opt options[] = {
    {'w', "window", "SIZE", WEIR_OPT_DURATION, AT(size), NULL, "tumbling windows of this length"},
    {0, "offset", "DUR", WEIR_OPT_TEXT, AT(offset), NULL, "move the windows' alignment (may be -DUR)"},
    {'k', "key", "PATHS", WEIR_OPT_TEXT, AT(keys), NULL, "a result for each value of these"},
    {0, "late", "FILE", WEIR_OPT_TEXT, AT(late), NULL, "keep late records there, as a weir stream"},
    {0, "exact", NULL, WEIR_OPT_FLAG, AT(exact), NULL, "quantiles, distinct and top keep every value"},
    {0, "top", "N:NAME", WEIR_OPT_TEXT, AT(top), NULL, "of each window the N results with the greatest NAME"},
    {.type = WEIR_OPT_END},
};

static const struct weir_cmd cmd = {
    .name = "swindow",
    .synopsis = "swindow -w SIZE [--offset DUR] [-k PATHS] [--late FILE] [--exact] [--top N:NAME] AGGREGATE...",
    .about = "aggregates by window of event time and key",
    .examples = "  ... | swindow -w 1m count                                 how many a minute\n"
                "  ... | swindow -w 1h -k .host count sum:.bytes p99:.bytes  by host\n"
                "  ... | swindow -w 1d -k .user,.path hits=count             with names of your own\n"
                "\naggregates: count count:.x rate sum:.x avg:.x var:.x stddev:.x min:.x max:.x first:.x last:.x\n"
                "  argmax:.x:.y argmin:.x:.y delta:.x ewma:.x:HALFLIFE corr:.x:.y median:.x p99:.x p99.9:.x\n"
                "  distinct:.x top5:.x list:.x set:.x hist:.x; NAME=... names one, ...?EXPR gives it a condition",
    .opts = options,
    .common = weir_stage_options,
    .version = weir_stage_version,
};

static int
on_hello(void *self, const struct weir_hello *h, struct weir_out *out)
{
	struct swindow *s = self;

	s->delay = h->implied ? h->delay : -1;
	return swindow_late_open(s, h, out);
}

/* The key's canonical bytes, into s->key. */
static void
make_key(struct swindow *s, const struct weir_record *rec)
{
	struct weir_value v;
	unsigned i;

	weir_buf_clear(&s->key);
	for (i = 0; i < s->cf->nkeys; i++) {
		struct weir_path *path = &s->cf->key_paths[i];
		struct swindow_slip *slip = &s->slips[i];

		weir_path_get(path, rec, &v);
		if (v.type > WEIR_NULL)
			slip->seen = true;
		else if (!slip->seen && !slip->named && path->n > 1)
			slip->named = weir_shape_find(rec->shape, path->text + (path->text[0] == '.'),
			                  strlen(path->text) - (path->text[0] == '.')) >= 0;
		weir_order_canon(&s->key, &v);
	}
}

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct swindow *s = self;
	const struct weir_agg *wrong = NULL;
	struct weir_window *w;
	int64_t start, end;
	unsigned char *cell;
	unsigned i;
	bool made;

	s->records++;
	if (rec->time == INT64_MIN)
		return weir_stage_bad(out, rec, "a record without an event time has no window");
	s->timed = true;
	w = weir_windows_at(&s->windows, rec->time, rec->watermark, &start, &end);
	if (w == NULL)
		return swindow_late_add(s, rec, start, end, out);
	make_key(s, rec);
	cell = weir_table_put(&w->table, s->key.p, s->key.len, &made);
	for (i = 0; i < s->cf->naggs; i++)
		if (weir_agg_add(&s->cf->aggs[i], cell, rec) != 0 && wrong == NULL)
			wrong = &s->cf->aggs[i];
	if (wrong == NULL)
		return 0;
	weir_buf_clear(&s->bytes);
	weir_agg_why(wrong, &s->bytes);
	return weir_stage_bad(out, rec, "%s", weir_buf_cstr(&s->bytes));
}

static int
on_watermark(void *self, int64_t time, struct weir_out *out)
{
	struct swindow *s = self;
	struct weir_window *w;

	while ((w = weir_windows_close(&s->windows, time)) != NULL)
		if (swindow_result_emit(s, w, out) != 0)
			return -1;
	weir_out_watermark(out, time);
	return 0;
}

static int
on_final(void *self, struct weir_out *out)
{
	struct swindow *s = self;
	struct weir_window *w;

	while ((w = weir_windows_close(&s->windows, INT64_MAX)) != NULL)
		if (swindow_result_emit(s, w, out) != 0)
			return -1;
	return 0;
}

static void
say_slips(const struct swindow *s)
{
	unsigned i;

	if (s->records > 0 && !s->timed)
		weir_say(WEIR_SAY_WARNING, "no record had an event time: name its field with scat -t PATH");
	for (i = 0; i < s->cf->nkeys; i++) {
		const char *text = s->cf->key_paths[i].text;

		if (!s->slips[i].seen && s->slips[i].named)
			weir_say(WEIR_SAY_WARNING,
			    "-k %s was null in every record, but there is a field of that name: write -k '.[\"%s\"]'",
			    text, text + (text[0] == '.'));
	}
}

/* Lists and sets are bounded; what they left out is not left out without a word. */
static void
say_full(const struct swindow_conf *cf)
{
	unsigned i;

	for (i = 0; i < cf->naggs; i++)
		if (cf->aggs[i].full)
			weir_say(WEIR_SAY_WARNING, "%s had more than %llu values in a window and left out those that came later",
			    cf->aggs[i].text, (unsigned long long)cf->aggs[i].limit);
}

static int
on_close(void *self, int status)
{
	struct swindow *s = self;
	unsigned i;
	uint32_t j;

	say_slips(s);
	say_full(s->cf);
	status = swindow_late_close(s, status);
	for (i = 0; i < s->windows.n; i++)
		for (j = 0; j < s->windows.open[i]->table.n; j++)
			weir_agg_clear(s->cf->aggs, s->cf->naggs,
			    weir_table_cell(weir_table_entry(&s->windows.open[i]->table, j)));
	weir_windows_release(&s->windows);
	weir_shape_free(s->shape);
	weir_buf_release(&s->key);
	weir_buf_release(&s->bytes);
	free(s->values);
	free(s->slips);
	return status;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	const struct swindow *s = self;

	weir_buf_printf(json, ",\"late\":%llu", (unsigned long long)s->late.count);
}

static const char *
result_name(const struct swindow_conf *cf, unsigned i, size_t *len)
{
	static const char *const bounds[] = {"start", "end"};
	const char *name;

	if (i >= 2 && i < 2 + cf->nkeys) {
		const struct weir_path_step *last = weir_path_last(&cf->key_paths[i - 2]);

		*len = last->len;
		return (const char *)last->name;
	}
	name = i < 2 ? bounds[i] : cf->aggs[i - 2 - cf->nkeys].name;
	*len = strlen(name);
	return name;
}

static void
refuse_twins(const struct swindow_conf *cf)
{
	unsigned n = 2 + cf->nkeys + cf->naggs, i, j;
	size_t a, b;

	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++) {
			const char *x = result_name(cf, i, &a), *y = result_name(cf, j, &b);

			if (a == b && memcmp(x, y, a) == 0)
				weir_opt_misuse(cf->cmd, "two fields of the result would be called \"%.*s\"; NAME=... names one",
				    (int)a, x);
		}
}

static int64_t
parse_offset(const struct swindow_conf *cf)
{
	const char *s = cf->offset, *why;
	int64_t ns;

	if (s == NULL)
		return 0;
	if (weir_units_duration(s + (s[0] == '-' || s[0] == '+'), &ns, &why) != 0)
		weir_opt_misuse(cf->cmd, "--offset: \"%s\" is no duration: %s", s, why);
	return s[0] == '-' ? -ns : ns;
}

static void
check(struct swindow_conf *cf, char *const *operands, int n)
{
	struct weir_buf text = {0};
	const char *why;
	int i;

	if (cf->size < 0)
		weir_opt_misuse(cf->cmd, "-w SIZE is missing: how long a window is, 1m or 24h");
	if (cf->size == 0)
		weir_opt_misuse(cf->cmd, "-w: a window has to be longer than 0");
	if (n == 0)
		weir_opt_misuse(cf->cmd, "no aggregate; count, say, or sum:.bytes");
	if (cf->keys != NULL && (cf->key_paths = weir_path_list(cf->keys, &cf->nkeys, &why)) == NULL)
		weir_opt_misuse(cf->cmd, "-k \"%s\": %s", cf->keys, why);
	if (cf->late != NULL && cf->late[strlen(cf->late) - (cf->late[0] != '\0')] == '/')
		weir_opt_misuse(cf->cmd, "--late takes a file, not a directory");
	cf->naggs = (unsigned)n;
	cf->aggs = weir_mem_zalloc(cf->naggs, sizeof(*cf->aggs));
	for (i = 0; i < n; i++)
		if (weir_agg_parse(&cf->aggs[i], operands[i], cf->exact, &text) != 0)
			weir_opt_misuse(cf->cmd, "%s", weir_buf_cstr(&text));
	refuse_twins(cf);
	swindow_top_parse(cf);
}

static int
explain(const struct swindow_conf *cf, const struct weir_windows *w)
{
	char size[WEIR_UNITS_TEXT], offset[WEIR_UNITS_TEXT];
	unsigned i;

	weir_units_format_duration(w->size, size);
	weir_units_format_duration(w->offset, offset);
	printf("windows   tumbling, %s, aligned to 1970-01-01T00:00:00Z plus %s\n", size, offset);
	printf("keys     ");
	for (i = 0; i < cf->nkeys; i++)
		printf(" %s", cf->key_paths[i].text);
	printf("%s\nresult   ", cf->nkeys == 0 ? " none" : "");
	for (i = 0; i < 2 + cf->nkeys + cf->naggs; i++) {
		size_t len;
		const char *name = result_name(cf, i, &len);

		printf(" %.*s", (int)len, name);
	}
	printf("\nlate      %s\n", cf->late != NULL ? cf->late : "counted");
	printf("memory    %zu bytes and the key's own, for each key of an open window\n",
	    w->cell + sizeof(struct weir_table_entry) + 16);
	return fflush(stdout) == 0 ? 0 : WEIR_EX_IOERR;
}

/* What the state depends on, for a checkpoint. */
static const char *
describe(const struct swindow_conf *cf)
{
	static const char *const names[] = {"window", "offset", "key", "late", "exact", "top", NULL};
	static struct weir_buf b;
	unsigned i;

	weir_opt_describe(options, cf, names, &b);
	weir_buf_puts(&b, "aggregates");
	for (i = 0; i < cf->naggs; i++)
		weir_buf_printf(&b, " %s", cf->aggs[i].text);
	weir_buf_putc(&b, '\n');
	return weir_buf_cstr(&b);
}

int
main(int argc, char *argv[])
{
	struct weir_stage stage = {.name = "swindow", .on_hello = on_hello, .on_record = on_record,
	    .on_watermark = on_watermark, .on_final = on_final, .on_close = on_close, .on_stats = on_stats,
	    .version = 1, .on_save = swindow_state_save, .on_load = swindow_state_load,
	    .on_restore = swindow_late_restore, .on_prepare = swindow_late_prepare};
	struct swindow_conf cf = {.cmd = &cmd, .size = -1};
	struct swindow s = {.cf = &cf, .delay = -1};
	int n, status;
	unsigned i;

	n = weir_stage_options_parse(&cmd, argc, argv, &cf);
	check(&cf, argv + 1, n);
	weir_windows_init(&s.windows, cf.size, parse_offset(&cf), weir_agg_layout(cf.aggs, cf.naggs));
	if (cf.common.explain)
		return explain(&cf, &s.windows);
	s.slips = weir_mem_zalloc(cf.nkeys, sizeof(*s.slips));
	swindow_result_init(&s);
	weir_output_init(&s.late.output, cf.late);
	stage.options = describe(&cf);
	status = weir_stage_run(&stage, &cf.common, &s);
	for (i = 0; i < cf.naggs; i++)
		weir_agg_release(&cf.aggs[i]);
	free(cf.aggs);
	weir_path_list_free(cf.key_paths, cf.nkeys);
	return status;
}
