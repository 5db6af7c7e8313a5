/*
 * pair_stats - how the two inputs stand: --stats and SIGUSR1
 */
#include "base/civil.h"
#include "base/say.h"
#include "stage/pair_core.h"

#include <inttypes.h>

void
weir_pair_stats(void *self, struct weir_buf *json)
{
	struct weir_pair_loop *l = self;
	char mark[WEIR_CIVIL_TEXT];
	unsigned i;

	for (i = 0; i < 2; i++) {
		const struct weir_pair_in *in = &l->in[i];

		weir_buf_printf(json, ",\"%s\":{\"records_in\":%" PRIu64 ",\"bytes_in\":%" PRIu64 ",\"queued\":%" PRIu64,
		    i == 0 ? "left" : "right", in->records, in->reader.offset, in->queue.entries);
		if (in->watermark != INT64_MIN) {
			weir_civil_format(in->watermark, mark);
			weir_buf_printf(json, ",\"watermark\":\"%s\"", mark);
		}
		weir_buf_putc(json, '}');
	}
	if (l->st->on_stats != NULL)
		l->st->on_stats(l->self, json);
}

void
weir_pair_answer(struct weir_run *run)
{
	struct weir_pair_loop *l = (struct weir_pair_loop *)(void *)run;
	char mark[2][WEIR_CIVIL_TEXT] = {"none", "none"};
	unsigned i;

	for (i = 0; i < 2; i++)
		if (l->in[i].watermark != INT64_MIN)
			weir_civil_format(l->in[i].watermark, mark[i]);
	weir_say(WEIR_SAY_ERROR,
	    "%s: %" PRIu64 " records, watermark %s, %" PRIu64 " queued; %s: %" PRIu64 " records, watermark %s, %" PRIu64 " queued",
	    l->in[0].name, l->in[0].records, mark[0], l->in[0].queue.entries, l->in[1].name, l->in[1].records, mark[1],
	    l->in[1].queue.entries);
}
