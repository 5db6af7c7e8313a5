/*
 * pair - a stage with two inputs that passes both on: what lib/stage/pair does, and nothing else
 *
 *   pair [--max-memory SIZE] [--spill DIR] LEFT RIGHT
 *
 * Its own state is how many records of each side have passed in all runs, which --stats tells, with the number of those that
 * came out of turn: only an idle input's may. It ends with status 70 if a watermark goes back or is not the one it is said to be.
 */
#include "base/civil.h"
#include "base/num.h"
#include "stage/pair.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct conf {
	struct weir_common common;
	uint64_t max_memory;
	const char *spill;
};

struct pair {
	uint64_t seen[2];
	int64_t told;                    /* by on_watermark */
	uint64_t strays;
	unsigned greeted;
};

static const struct weir_opt options[] = {
    {0, "max-memory", "SIZE", WEIR_OPT_SIZE, offsetof(struct conf, max_memory), NULL, "of what is read ahead"},
    {0, "spill", "DIR", WEIR_OPT_TEXT, offsetof(struct conf, spill), NULL, "where it goes beyond that"},
    {.type = WEIR_OPT_END},
};

static const struct weir_cmd cmd = {.name = "pair", .synopsis = "pair LEFT RIGHT", .about = "both", .examples = "",
    .opts = options, .common = weir_stage_options, .version = weir_stage_version};

static const struct weir_name sides[] = {{(const unsigned char *)"left", 4}, {(const unsigned char *)"right", 5}};

static int
on_hello(void *self, const struct weir_hello *h, struct weir_out *out)
{
	struct pair *p = self;

	(void)h;
	if (p->greeted++ < 2 && weir_pair_side(out) != p->greeted - 1)
		return weir_stage_fail(out, WEIR_EX_SOFTWARE, "the hello of the wrong side");
	return 0;
}

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct pair *p = self;
	unsigned side = weir_pair_side(out);

	p->seen[side]++;
	p->strays += rec->watermark < p->told;
	if (rec->watermark != weir_pair_watermark(out, side))
		return weir_stage_fail(out, WEIR_EX_SOFTWARE, "another watermark than its input's");
	return weir_out_copy(out, rec);
}

static int
on_watermark(void *self, int64_t time, struct weir_out *out)
{
	struct pair *p = self;

	if (time < p->told)
		return weir_stage_fail(out, WEIR_EX_SOFTWARE, "a watermark that goes back");
	p->told = time;
	weir_out_watermark(out, time);
	return 0;
}

static int
on_save(void *self, struct weir_out *state)
{
	struct pair *p = self;
	struct weir_shape *shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, sides, 2);
	char text[2][WEIR_NUM_TEXT];
	struct weir_value v[2];
	unsigned i;
	int rc;

	for (i = 0; i < 2; i++)
		v[i] = (struct weir_value){.p = (unsigned char *)text[i],
		    .len = (uint32_t)snprintf(text[i], sizeof(text[i]), "%" PRIu64, p->seen[i]), .type = WEIR_NUMBER};
	rc = weir_out_values(state, shape, WEIR_TIME_NONE, v);
	weir_shape_free(shape);
	return rc;
}

static int
on_load(void *self, const struct weir_record *rec)
{
	struct pair *p = self;
	struct weir_value v;
	int64_t n;
	unsigned i;

	for (i = 0; i < 2; i++) {
		weir_record_get(rec, i, &v);
		if (v.type != WEIR_NUMBER || !weir_num_small(v.p, v.len, &n))
			return -1;
		p->seen[i] = (uint64_t)n;
	}
	return 0;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	const struct pair *p = self;

	weir_buf_printf(json, ",\"seen\":[%" PRIu64 ",%" PRIu64 "],\"strays\":%" PRIu64, p->seen[0], p->seen[1], p->strays);
}

int
main(int argc, char *argv[])
{
	static const struct weir_stage stage = {.name = "pair", .on_hello = on_hello, .on_record = on_record,
	    .on_watermark = on_watermark, .on_save = on_save, .on_load = on_load, .version = 1, .options = "",
	    .on_stats = on_stats};
	struct conf cf = {.max_memory = UINT64_C(1) << 30};
	struct pair p = {.told = INT64_MIN};
	struct weir_pair_input in[2];
	int n = weir_stage_options_parse(&cmd, argc, argv, &cf), status;
	struct weir_spill spill = {0};
	struct weir_stage st = stage;

	if (n != 2)
		weir_opt_misuse(&cmd, "two inputs");
	if ((status = weir_pair_open(in, argv + 1)) != 0)
		return status;
	if (cf.spill != NULL && (status = weir_spill_open(&spill, cf.spill, NULL)) != 0)
		return status;
	st.flags |= cf.spill != NULL ? WEIR_STAGE_ALONE : 0;
	status = weir_stage_run_pair(&st, &cf.common, &p, in, cf.max_memory, cf.spill != NULL ? &spill : NULL);
	weir_spill_close(&spill);
	return status;
}
