/*
 * sdedup - pass on one record of each key
 *
 * Memory grows with the number of keys inside the horizon; --within bounds it, --approx fixes it, --spill moves it to disk.
 */
#include "base/say.h"
#include "base/units.h"
#include "sdedup.h"

#include <inttypes.h>
#include <stdlib.h>

#define AT(field) offsetof(struct sdedup_conf, field)

static const char *const whiches[] = {"first", "last", NULL};

static const struct weir_opt options[] = {
    {'k', "key", "KEYS", WEIR_OPT_LIST, AT(keys), NULL, "paths, or NAME=EXPR; the whole record if there are none"},
    {0, "within", "DUR", WEIR_OPT_DURATION, AT(within), NULL, "only if their event times differ by no more"},
    {0, "lateness", "DUR", WEIR_OPT_DURATION, AT(lateness), NULL, "how far behind the watermark is judged (as --within)"},
    {0, "late", "FILE", WEIR_OPT_TEXT, AT(late), NULL, "keep late records there, as a weir stream"},
    {0, "which", "first|last", WEIR_OPT_CHOICE, AT(which), whiches, "the one that is passed on"},
    {0, "dups", NULL, WEIR_OPT_FLAG, AT(dups), NULL, "with --which last: add how many were left out"},
    {0, "approx", "P", WEIR_OPT_TEXT, AT(approx), NULL, "in fixed memory; P of new ones may be lost: 0.001"},
    {0, "max-memory", "SIZE", WEIR_OPT_SIZE, AT(max_memory), NULL, "end with status 71 beyond this (1GiB; approx 64MiB)"},
    {0, "spill", "DIR", WEIR_OPT_TEXT, AT(spill), NULL, "keys and what waits go there beyond --max-memory"},
    {.type = WEIR_OPT_END},
};

static const struct weir_cmd cmd = {
    .name = "sdedup",
    .synopsis = "sdedup [-k KEYS] [--within DUR] [--lateness DUR] [--late FILE] [--which WHICH] [--dups] [--approx P] [--max-memory SIZE] [--spill DIR]",
    .about = "passes on one record of each key",
    .examples = "  ... | sdedup                                each record once\n"
                "  ... | sdedup -k .id --within 1h             each id once, forgotten after an hour\n"
                "  ... | sdedup -k .user --within 5m --which last --dups\n"
                "  ... | sdedup -k .id --approx 0.001          billions of ids, in 64 MiB",
    .opts = options,
    .common = weir_stage_options,
    .elsewhere = weir_stage_elsewhere,
    .version = weir_stage_version,
};

static int
on_hello(void *self, const struct weir_hello *h, struct weir_out *out)
{
	struct sdedup *s = self;
	int status = weir_aside_hello(&s->aside, h);

	return status == 0 ? 0 : weir_stage_quit(out, status);
}

static bool
on_ahead(void *self, const struct weir_record *rec)
{
	struct sdedup *s = self;
	struct sdedup_ahead *a = &s->ahead[s->put++ % SDEDUP_AHEAD];

	a->failed = sdedup_key_hash(s, rec, &a->hash) != 0;
	if (a->failed)
		return true;
	if (s->cf->approx != NULL)
		weir_dedup_approx_prefetch(&s->approx, a->hash, rec->time);
	else
		weir_dedup_prefetch(&s->exact, a->hash);
	return true;
}

static int
add_late(struct sdedup *s, const struct weir_record *rec, int64_t limit, struct weir_out *out)
{
	int64_t by;
	int status;

	if (__builtin_sub_overflow(limit, rec->time, &by))
		by = INT64_MAX;
	if (s->late == s->late_before || by > s->latest_now)
		s->latest_now = by;
	if (s->late++ == 0 || by > s->latest)
		s->latest = by;
	status = weir_aside_put(&s->aside, rec, NULL);
	return status == 0 ? 0 : weir_stage_quit(out, status);
}

static int
add_exact(struct sdedup *s, struct weir_hash_pair h, const struct weir_record *rec, struct weir_out *out)
{
	if (weir_dedup_find(&s->exact, h, rec->time, false) != NULL) {
		s->duplicates++;
		return 0;
	}
	if (s->cf->spill != NULL) {
		int rc = weir_dedup_cold_find(&s->cold, h, rec->time);

		s->duplicates += rc > 0;
		if (rc != 0)
			return rc > 0 ? 0 : sdedup_memory_check(s, out);
	} else if (s->exact.n >= s->most)
		return weir_stage_fail(out, WEIR_EX_OSERR,
		    "--max-memory is reached with %" PRIu64 " keys: %s --approx P needs less, --spill DIR moves them to disk, or give it more", s->exact.n,
		    s->cf->within < 0 ? "--within DUR bounds them," : "a shorter --within or --lateness or");
	weir_dedup_put(&s->exact, h, rec->time, 0);
	sdedup_memory_look(s);
	return sdedup_memory_check(s, out) != 0 ? -1 : weir_out_pass(out, rec);
}

static int
add_approx(struct sdedup *s, struct weir_hash_pair h, const struct weir_record *rec, struct weir_out *out)
{
	char size[WEIR_UNITS_TEXT];
	int rc;

	weir_dedup_approx_advance(&s->approx, rec->watermark);
	if (weir_dedup_approx_find(&s->approx, h, rec->time)) {
		s->duplicates++;
		return 0;
	}
	if ((rc = weir_dedup_approx_put(&s->approx, h, rec->time)) < 0)
		return weir_stage_fail(out, WEIR_EX_OSERR,
		    "--approx: %s are full after %" PRIu64 " keys: more of them would be lost than %s; --max-memory SIZE gives it more%s",
		    weir_units_format_size(s->approx.prints.memory, size), s->approx.prints.n, s->cf->approx,
		    s->cf->within < 0 ? ", --within DUR forgets" : "");
	s->unremembered += rc > 0;
	return weir_out_pass(out, rec);
}

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct sdedup *s = self;
	struct sdedup_ahead *a = &s->ahead[s->taken++ % SDEDUP_AHEAD];
	int64_t limit;

	s->records++;
	if (rec->time != INT64_MIN)
		s->timed = true;
	else if (s->cf->within >= 0)
		return weir_stage_bad(out, rec, "a record without an event time can't be judged --within a time");
	if (a->failed && sdedup_key_hash(s, rec, &a->hash) != 0)
		return weir_stage_bad(out, rec, "%s", weir_buf_cstr(&s->cf->key.why));
	limit = weir_dedup_limit(&s->exact, rec->watermark);
	if (s->cf->within >= 0 && rec->time < limit)
		return add_late(s, rec, limit, out);
	if (s->cf->which == SDEDUP_LAST)
		return sdedup_group_add(s, a->hash, rec, out);
	return s->cf->approx != NULL ? add_approx(s, a->hash, rec, out) : add_exact(s, a->hash, rec, out);
}

static int
on_watermark(void *self, int64_t time, struct weir_out *out)
{
	struct sdedup *s = self;

	if (s->cf->which == SDEDUP_FIRST) {
		weir_dedup_advance(&s->exact, time);
		if (s->cf->spill != NULL)
			weir_dedup_cold_forget(&s->cold);
		weir_out_watermark(out, time);
		return sdedup_memory_check(s, out);
	}
	if (sdedup_group_emit(s, time, time == INT64_MAX, out) != 0)
		return -1;
	weir_dedup_advance(&s->exact, time);
	if (s->cf->spill != NULL)
		weir_dedup_cold_forget(&s->cold);
	/* What waits is not before this. */
	weir_out_watermark(out, time == INT64_MAX ? time : weir_dedup_floor(&s->exact, time));
	return sdedup_memory_check(s, out);
}

static int
on_final(void *self, struct weir_out *out)
{
	return sdedup_group_emit(self, INT64_MAX, true, out);
}

/* Rounded up to what people would write: milliseconds, from ten seconds on seconds. */
static int64_t
round_up(int64_t ns)
{
	int64_t unit = ns > 10 * WEIR_SECOND ? WEIR_SECOND : WEIR_SECOND / 1000;

	return ns > INT64_MAX - unit ? ns : (ns + unit - 1) / unit * unit;
}

/* Of this run: the others have said theirs. */
static void
say_late(const struct sdedup *s)
{
	char behind[WEIR_UNITS_TEXT], enough[WEIR_UNITS_TEXT];
	const char *where = weir_aside_where(&s->aside);
	uint64_t n = s->late - s->late_before;
	int64_t lateness;

	weir_units_format_duration(round_up(s->latest_now), behind);
	if (__builtin_add_overflow(s->cf->lateness, s->latest_now, &lateness))
		lateness = INT64_MAX;
	weir_units_format_duration(round_up(lateness), enough);
	weir_say(WEIR_SAY_WARNING,
	    "%" PRIu64 " late record%s left out, up to %s too late to be judged; --lateness %s would have kept them%s%s", n,
	    n == 1 ? "" : "s", behind, enough, s->cf->late == NULL ? ", --late FILE keeps them aside" : where != NULL ? "; they are in " : "",
	    where != NULL ? where : "");
}

static int
on_close(void *self, int status)
{
	struct sdedup *s = self;

	if (s->cf->within >= 0 && s->records > 0 && !s->timed)
		weir_say(WEIR_SAY_WARNING, "no record had an event time: name its field with scat -t PATH");
	weir_keys_warn(&s->cf->key, "");
	status = weir_aside_close(&s->aside, status);
	if (s->late > s->late_before)
		say_late(s);
	if (s->unremembered > s->unremembered_before)
		weir_say(WEIR_SAY_WARNING,
		    "%" PRIu64 " records were too far behind others to be remembered: duplicates of them were passed on; "
		    "without --approx they would not be", s->unremembered - s->unremembered_before);
	return status;
}

static int
on_restore(void *self, const struct weir_barrier_entry *was, bool discard)
{
	return weir_aside_restore(&((struct sdedup *)self)->aside, was, discard);
}

static int
on_prepare(void *self, struct weir_barrier_entry *mine)
{
	return weir_aside_prepare(&((struct sdedup *)self)->aside, mine);
}

static void
on_stats(void *self, struct weir_buf *json)
{
	const struct sdedup *s = self;
	uint64_t keys = s->cf->approx != NULL ? s->approx.prints.n : s->exact.n;
	uint64_t entries = s->cf->spill != NULL ? weir_dedup_held(&s->exact) : s->exact.n;
	uint64_t memory = s->cf->approx != NULL ? s->approx.prints.memory
	                                        : entries * WEIR_DIGESTS_COST(s->exact.words) + s->held;

	weir_buf_printf(json, ",\"duplicates\":%" PRIu64 ",\"late\":%" PRIu64 ",\"keys\":%" PRIu64 ",\"memory\":%" PRIu64, s->duplicates,
	    s->late, keys, memory);
	if (s->cf->spill != NULL)
		weir_buf_printf(json, ",\"spilled\":%" PRIu64 ",\"looks\":%" PRIu64, s->cold.moved, s->cold.looks);
	if (s->cf->approx != NULL)
		weir_buf_printf(json, ",\"approx\":%g,\"bits\":%u", s->cf->rate, s->approx.prints.width - s->approx.prints.time_bits);
}

/* What the state depends on, for a checkpoint. */
static const char *
describe(const struct sdedup_conf *cf)
{
	static const char *const names[] = {"key", "within", "lateness", "late", "which", "dups", "approx", NULL};
	static struct weir_buf b;

	weir_opt_describe(options, cf, names, &b);
	if (cf->approx != NULL)
		weir_buf_printf(&b, "--max-memory %" PRIu64 "\n", cf->max_memory);
	return weir_buf_cstr(&b);
}

static void
init(struct sdedup *s)
{
	const struct sdedup_conf *cf = s->cf;
	double least;

	weir_aside_init(&s->aside, cf->late, NULL);
	weir_dedup_init(&s->exact, cf->within, cf->lateness, cf->which == SDEDUP_LAST);
	s->most = cf->max_memory / WEIR_DIGESTS_COST(s->exact.words);
	/* What --approx takes for a duplicate depends on the hash, and output must not depend on chance. */
	if (cf->approx == NULL)
		s->seed = weir_hash_seed();
	else if (weir_dedup_approx_init(&s->approx, cf->within, cf->lateness, cf->max_memory, cf->rate, &least) != 0)
		weir_opt_misuse(&cmd, "--approx %s leaves no bits for times %s", cf->approx,
		    least < 1 ? "with these --within and --lateness; a greater P does" : "where --lateness is so much longer than --within");
}

int
main(int argc, char *argv[])
{
	struct weir_stage stage = {.name = "sdedup", .on_hello = on_hello, .on_ahead = on_ahead, .on_record = on_record,
	    .on_watermark = on_watermark, .on_final = on_final, .on_close = on_close, .on_stats = on_stats, .version = 1,
	    .on_save = sdedup_state_save, .on_load = sdedup_state_load, .on_restore = on_restore, .on_prepare = on_prepare};
	struct sdedup_conf cf = {.cmd = &cmd, .within = -1, .lateness = -1};
	struct sdedup s = {.cf = &cf};
	int n, status;

	n = weir_stage_options_parse(&cmd, argc, argv, &cf);
	sdedup_conf_check(&cf, argv + 1, n);
	init(&s);
	if (cf.common.explain)
		return sdedup_conf_explain(&s);
	if (cf.which == SDEDUP_FIRST)
		stage.flags = WEIR_STAGE_PASSES;
	stage.options = describe(&cf);
	stage.keeps = cf.late;
	if (cf.spill != NULL)
		stage.flags |= WEIR_STAGE_ALONE;
	if ((status = sdedup_memory_open(&s)) == 0)
		status = weir_stage_run(&stage, &cf.common, &s);
	sdedup_cold_release(&s);
	weir_dedup_cold_close(&s.cold);
	sdedup_group_release(&s);
	sdedup_key_release(&s);
	weir_dedup_release(&s.exact);
	weir_dedup_approx_release(&s.approx);
	weir_keys_release(&cf.key);
	free(cf.keys.v);
	return status;
}
