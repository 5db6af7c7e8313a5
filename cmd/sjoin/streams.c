/*
 * streams - two streams put together as their watermarks rise
 */
#include "base/mem.h"
#include "base/say.h"
#include "base/units.h"
#include "sjoin.h"
#include "stage/pair.h"

#include <inttypes.h>
#include <stdlib.h>

static int
emit(void *ctx, int64_t time, const struct weir_row *left, const struct weir_row *right)
{
	struct sjoin *s = ctx;
	struct weir_record l, r;
	size_t len;
	int rc;

	/* Whatever comes later is not below it: what is in force before each record depends on the records alone. */
	weir_out_watermark(s->out, time);
	if (left != NULL)
		weir_row_get(left, &l, &s->damage);
	if (right != NULL) {
		weir_row_get(right, &r, &s->damage);
		s->matched += left != NULL;
	} else if (s->filters) {
		return weir_out_copy(s->out, &l);
	}
	rc = sjoin_result_put(s, time, left != NULL ? &l : NULL, right != NULL ? &r : NULL,
	    weir_join_key(&s->join, left != NULL ? left : right, &len), s->out);
	return rc <= 0 ? rc : weir_stage_bad(s->out, left != NULL ? &l : &r, "what it is joined to makes it longer than 15 MiB");
}

static int
on_hello(void *self, const struct weir_hello *h, struct weir_out *out)
{
	struct sjoin *s = self;
	unsigned side = weir_pair_side(out);
	int status;

	s->late[side].delay = h->implied ? h->delay : -1;
	/* "/dev/fd/63" says less than what is read there. */
	if (h->nsources == 1 && s->source[side] == NULL)
		s->cf->names[side] = s->source[side] = weir_mem_strdup(h->sources[0]);
	status = weir_aside_hello(&s->aside, h);
	return status == 0 ? 0 : weir_stage_fail(out, status, "late records can't be kept");
}

static int
look_at_memory(struct sjoin *s, struct weir_out *out)
{
	uint64_t most = sjoin_memory_most(s->cf);
	static const char *const needs[] = {[WEIR_JOIN_INTERVAL] = "a shorter interval or less -d need",
	    [WEIR_JOIN_TUMBLING] = "a shorter --tumbling or less -d need", [WEIR_JOIN_ASOF] = "fewer keys or less -d need"};
	char limit[WEIR_UNITS_TEXT];

	if (s->cf->spill != NULL)
		return sjoin_memory_check(s, out);
	if (weir_join_memory(&s->join) <= most)
		return 0;
	return weir_stage_fail(out, WEIR_EX_OSERR,
	    "the %" PRIu64 " records that are kept take more than --max-memory %s: %s less, --spill DIR moves them to disk", s->join.rows,
	    weir_units_format_size(most, limit), needs[s->cf->join.kind]);
}

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct sjoin *s = self;
	enum weir_join_side side = weir_pair_side(out) == WEIR_PAIR_LEFT ? WEIR_JOIN_L : WEIR_JOIN_R;
	struct weir_record mine = *rec;
	int rc;

	mine.seq = s->arrived[side]++;
	s->records++;
	if (rec->time == INT64_MIN)
		return weir_stage_bad(out, rec, "a record without an event time can't be joined by it");
	s->timed = true;
	if ((rc = sjoin_keys_make(s, side, rec)) < 0)
		return weir_stage_bad(out, rec, "%s", sjoin_keys_why(s, side));
	/* An input that was idle may have been passed by the other. */
	if (rec->time < rec->watermark || weir_join_late(&s->join, rec->time)) {
		int64_t mark = rec->watermark > s->join.mark ? rec->watermark : s->join.mark;

		return sjoin_late_add(s, side, rec, rec->time < 0 && mark > INT64_MAX + rec->time ? INT64_MAX : mark - rec->time, out);
	}
	weir_join_add(&s->join, side, &mine, rc > 0 ? s->key.p : NULL, s->key.len);
	sjoin_memory_look(s);
	return look_at_memory(s, out);
}

static int
on_watermark(void *self, int64_t time, struct weir_out *out)
{
	struct sjoin *s = self;
	int rc;

	s->out = out;
	rc = weir_join_advance(&s->join, time);
	if (sjoin_memory_check(s, out) != 0)
		return -1;
	if (rc == 0)
		weir_out_watermark(out, weir_join_least(&s->join));
	return rc;
}

static int
on_final(void *self, struct weir_out *out)
{
	struct sjoin *s = self;

	int rc;

	s->out = out;
	rc = weir_join_finish(&s->join);
	return sjoin_memory_check(s, out) != 0 ? -1 : rc;
}

static int
on_close(void *self, int status)
{
	struct sjoin *s = self;

	if (s->records > 0 && !s->timed)
		weir_say(WEIR_SAY_WARNING, "no record had an event time: name its field with scat -t PATH");
	sjoin_keys_warn(s->cf);
	status = weir_aside_close(&s->aside, status);
	sjoin_late_say(s);
	s->kept = s->join.rows;
	weir_join_release(&s->join);
	weir_join_cold_release(&s->cold);
	sjoin_result_release(&s->result);
	weir_shape_free(s->saved);
	weir_buf_release(&s->key);
	free(s->source[0]);
	free(s->source[1]);
	return status;
}

static int
on_restore(void *self, const struct weir_barrier_entry *was, bool discard)
{
	struct sjoin *s = self;

	return weir_aside_restore(&s->aside, was, discard);
}

static int
on_prepare(void *self, struct weir_barrier_entry *mine)
{
	struct sjoin *s = self;

	return weir_aside_prepare(&s->aside, mine);
}

static void
on_stats(void *self, struct weir_buf *json)
{
	const struct sjoin *s = self;

	weir_buf_printf(json, ",\"matched\":%" PRIu64 ",\"late\":%" PRIu64 ",\"kept\":%" PRIu64, s->matched,
	    s->late[0].count + s->late[1].count, s->kept);
	if (s->cf->spill != NULL)
		weir_buf_printf(json, ",\"spilled\":%" PRIu64 ",\"fetched\":%" PRIu64, s->cold.moved, s->cold.fetched);
}

int
sjoin_streams_run(struct sjoin_conf *cf, char *const *operands, const char *options)
{
	static struct sjoin s;
	struct weir_stage stage = {.name = "sjoin", .on_hello = on_hello, .on_record = on_record,
	    .on_watermark = on_watermark, .on_final = on_final, .on_close = on_close, .on_stats = on_stats,
	    .options = options, .version = 1, .on_save = sjoin_state_save, .on_load = sjoin_state_load,
	    .on_restore = on_restore, .on_prepare = on_prepare, .keeps = cf->late};
	struct weir_pair_input in[2];
	uint64_t most = sjoin_memory_most(cf);
	int status;

	s.cf = cf;
	s.filters = sjoin_conf_filters(cf);
	weir_join_init(&s.join, &cf->join, emit, &s);
	weir_aside_init(&s.aside, cf->late, "input");
	if ((status = weir_pair_open(in, operands)) != 0 || (status = sjoin_memory_open(&s)) != 0)
		return status;
	if (cf->spill != NULL)
		stage.flags |= WEIR_STAGE_ALONE;
	status = weir_stage_run_pair(&stage, &cf->common, &s, in, cf->spill != NULL ? most / 2 : most, cf->spill != NULL ? &s.spill : NULL);
	weir_spill_close(&s.spill);
	return status;
}
