/*
 * swindow - aggregates of records by window of event time and key
 */
#include "base/say.h"
#include "swindow.h"

#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct swindow_conf, field)

static const struct weir_opt options[] = {
    {'w', "window", "SIZE", WEIR_OPT_DURATION, AT(size), NULL, "windows of this length, one behind the other"},
    {0, "slide", "DUR", WEIR_OPT_TEXT, AT(slide), NULL, "one begins each DUR: they overlap (of --count: each N records)"},
    {0, "step", "DUR", WEIR_OPT_DURATION, AT(step), NULL, "a window for each DUR, from a common start"},
    {0, "offset", "DUR", WEIR_OPT_TEXT, AT(offset), NULL, "move the windows' alignment (may be -DUR)"},
    {0, "tz", "ZONE", WEIR_OPT_TEXT, AT(tz), NULL, "days of this zone's calendar"},
    {0, "session", "GAP", WEIR_OPT_DURATION, AT(gap), NULL, "windows end when nothing comes for GAP"},
    {0, "count", "N", WEIR_OPT_COUNT, AT(count), NULL, "windows of N records of a key"},
    {0, "all", NULL, WEIR_OPT_FLAG, AT(all), NULL, "one window: the whole stream"},
    {'k', "key", "KEYS", WEIR_OPT_LIST, AT(keys), NULL, "a result for each value of these paths, or of NAME=EXPR"},
    {0, "lateness", "DUR", WEIR_OPT_DURATION, AT(lateness), NULL, "correct results for DUR after the window's end"},
    {0, "late", "FILE", WEIR_OPT_TEXT, AT(late), NULL, "keep late records there, as a weir stream"},
    {0, "exact", NULL, WEIR_OPT_FLAG, AT(exact), NULL, "quantiles, distinct and top keep every value"},
    {0, "top", "N:NAME", WEIR_OPT_TEXT, AT(top), NULL, "of each window the N results with the greatest NAME"},
    {0, "emit", "final|update|DUR", WEIR_OPT_TEXT, AT(emit), NULL, "results at the end, at every change, each DUR"},
    {0, "max-memory", "SIZE", WEIR_OPT_SIZE, AT(max_memory), NULL, "end with status 71 beyond this; 1GiB"},
    {0, "spill", "DIR", WEIR_OPT_TEXT, AT(spill), NULL, "keys of windows go there beyond --max-memory"},
    {.type = WEIR_OPT_END},
};

static const struct weir_cmd cmd = {
    .name = "swindow",
    .synopsis = "swindow -w SIZE [--slide DUR | --step DUR] [--offset DUR] [--tz ZONE] [-k KEYS] [--lateness DUR] [--late FILE] [--emit WHEN] [--top N:NAME] [--exact] [--max-memory SIZE] [--spill DIR] AGGREGATE...\n"
                "swindow --session GAP [-k KEYS] [--lateness DUR] [--late FILE] [--emit WHEN] [--exact] [--max-memory SIZE] [--spill DIR] AGGREGATE...\n"
                "swindow --count N [--slide N] [-k KEYS] [--emit WHEN] [--exact] [--max-memory SIZE] [--spill DIR] AGGREGATE...\n"
                "swindow --all [-k KEYS] [--emit WHEN] [--top N:NAME] [--exact] [--max-memory SIZE] [--spill DIR] AGGREGATE...",
    .about = "aggregates by window of event time and key",
    .examples = "  ... | swindow -w 1m count                                 how many a minute\n"
                "  ... | swindow -w 1h -k .host count sum:.bytes p99:.bytes  by host\n"
                "  ... | swindow -w 10m --slide 1m -k .user hits=count       of the last ten minutes, each minute\n"
                "  ... | swindow --session 30m -k .user count                visits\n"
                "\naggregates: count count:.x rate sum:.x avg:.x var:.x stddev:.x min:.x max:.x first:.x last:.x\n"
                "  argmax:.x:.y argmin:.x:.y delta:.x ewma:.x:HALFLIFE corr:.x:.y median:.x p99:.x p99.9:.x\n"
                "  distinct:.x top5:.x list:.x set:.x hist:.x; NAME=... names one, ...?EXPR gives it a condition",
    .opts = options,
    .common = weir_stage_options,
    .elsewhere = weir_stage_elsewhere,
    .version = weir_stage_version,
};

static int
on_hello(void *self, const struct weir_hello *h, struct weir_out *out)
{
	struct swindow *s = self;
	int status;

	s->resumed = h->checkpoint.restored;
	s->delay = h->implied ? h->delay : -1;
	status = weir_aside_hello(&s->late.aside, h);
	return status == 0 ? 0 : weir_stage_quit(out, status);
}

static bool
on_ahead(void *self, const struct weir_record *rec)
{
	return swindow_ahead_look(self, rec);
}

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct swindow *s = self;
	int keyless = swindow_ahead_key(s, rec);

	s->records++;
	if (rec->time != INT64_MIN)
		s->timed = true;
	else if (s->cf->kind < SWINDOW_COUNT)
		return weir_stage_bad(out, rec, "a record without an event time has no window");
	if (keyless)
		return weir_stage_bad(out, rec, "%s", weir_buf_cstr(&s->cf->key.why));
	return swindow_windows_record(s, rec, out);
}

static int
on_watermark(void *self, int64_t time, struct weir_out *out)
{
	return swindow_windows_advance(self, time, out);
}

static int
on_final(void *self, struct weir_out *out)
{
	return swindow_windows_finish(self, out);
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

/* Whether an aggregate before this one is told of for the same path. */
static bool
told(const struct swindow_conf *cf, unsigned agg, const char *path)
{
	unsigned i, j;

	for (i = 0; i < agg; i++)
		for (j = 0; j < cf->aggs[i].npaths; j++)
			if (strcmp(cf->aggs[i].path[j].text, path) == 0 && weir_agg_slip(&cf->aggs[i], j, NULL))
				return true;
	return false;
}

/* Paths that no record had, each once. A run that went on from a checkpoint doesn't know what those before it met. */
static void
say_slips(const struct swindow *s)
{
	const struct weir_agg *a = s->cf->aggs;
	struct weir_buf why = {0};
	unsigned i, j;

	for (i = 0; !s->resumed && i < s->cf->naggs; i++, a++)
		for (j = 0; j < a->npaths; j++) {
			weir_buf_clear(&why);
			if (!told(s->cf, i, a->path[j].text) && weir_agg_slip(a, j, &why))
				weir_say(WEIR_SAY_WARNING, "%s: %s", a->text, weir_buf_cstr(&why));
		}
	weir_buf_release(&why);
}

static int
on_restore(void *self, const struct weir_barrier_entry *was, bool discard)
{
	return weir_aside_restore(&((struct swindow *)self)->late.aside, was, discard);
}

static int
on_prepare(void *self, struct weir_barrier_entry *mine)
{
	return weir_aside_prepare(&((struct swindow *)self)->late.aside, mine);
}

static int
on_close(void *self, int status)
{
	struct swindow *s = self;

	if (s->records > 0 && !s->timed && s->cf->kind < SWINDOW_COUNT)
		weir_say(WEIR_SAY_WARNING, "no record had an event time: name its field with scat -t PATH");
	weir_keys_warn(&s->cf->key, "");
	say_slips(s);
	say_full(s->cf);
	status = swindow_late_close(s, status);
	swindow_windows_release(s);
	weir_shape_free(s->shape);
	weir_shape_free(s->saved);
	weir_shape_free(s->slim);
	swindow_ahead_release(s);
	weir_buf_release(&s->key);
	weir_buf_release(&s->bytes);
	free(s->values);
	return status;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	const struct swindow *s = self;

	weir_buf_printf(json, ",\"late\":%llu", (unsigned long long)s->late.count);
	if (s->disk != NULL)
		weir_buf_printf(json, ",\"spilled\":%llu,\"fetched\":%llu", (unsigned long long)s->disk->moved,
		    (unsigned long long)s->disk->fetched);
}

/* What the state depends on, for a checkpoint. */
static const char *
describe(const struct swindow_conf *cf)
{
	static const char *const names[] = {"window", "slide", "step", "offset", "tz", "session", "count", "all", "key",
	    "lateness", "late", "emit", "exact", "top", NULL};
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
	struct weir_stage stage = {.name = "swindow", .on_hello = on_hello, .on_ahead = on_ahead, .on_record = on_record,
	    .on_watermark = on_watermark, .on_final = on_final, .on_close = on_close, .on_stats = on_stats,
	    .version = 2, .on_save = swindow_state_save, .on_load = swindow_state_load,
	    .on_restore = on_restore, .on_prepare = on_prepare};
	struct swindow_conf cf = {.cmd = &cmd, .size = -1, .step = -1, .gap = -1, .lateness = -1, .count = UINT64_MAX,
	    .max_memory = UINT64_C(1) << 30};
	struct swindow s = {.cf = &cf, .delay = -1};
	int n, status;

	n = weir_stage_options_parse(&cmd, argc, argv, &cf);
	swindow_conf_check(&cf, argv + 1, n);
	if (cf.common.explain)
		return swindow_conf_explain(&cf);
	swindow_windows_init(&s);
	swindow_result_init(&s);
	weir_aside_init(&s.late.aside, cf.late, "missed");
	stage.options = describe(&cf);
	stage.keeps = cf.late;
	if (cf.spill != NULL)
		stage.flags |= WEIR_STAGE_ALONE;
	if ((status = swindow_memory_open(&s)) == 0)
		status = weir_stage_run(&stage, &cf.common, &s);
	swindow_conf_release(&cf);
	return status;
}
