/*
 * join - time/join.h fed from lines, for tests/lib/join.bats
 *
 *   join < LINES
 *
 *   case KIND TYPE BEFORE AFTER SIZE TOLERANCE   a new join (numbers of the enums)
 *   l TIME KEY   r TIME KEY                      a record; KEY - matches nothing
 *   w TIME                                       the watermark
 *   s                                            another join goes on with this one's rows
 *   end                                          no more comes
 *
 * Prints "late SIDE SEQ" of a record before the watermark, "TIME LEFT RIGHT" of what comes out (arrivals, - for
 * none), "least TIME" after each watermark, and "left ROWS" of rows kept at the end.
 */
#include "time/join.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct weir_join join;
static struct weir_shape *shape;
static bool on;

static int
emit(void *ctx, int64_t time, const struct weir_row *l, const struct weir_row *r)
{
	(void)ctx;
	printf("%" PRId64, time);
	printf(l != NULL ? " %" PRIu64 : " -", l != NULL ? l->seq : 0);
	printf(r != NULL ? " %" PRIu64 "\n" : " -\n", r != NULL ? r->seq : 0);
	return 0;
}

static void
add(struct weir_join *j, enum weir_join_side side, int64_t time, uint64_t seq, const void *key, size_t len)
{
	unsigned char entry[WEIR_ENTRY_SIZE];
	struct weir_record rec;
	bool damage = false;

	weir_record_encode_values(entry, shape->id, 0, time, NULL, 0);
	weir_record_open(&rec, entry, sizeof(entry));
	weir_record_bind(&rec, shape);
	rec.seq = seq;
	rec.damage = &damage;
	weir_join_add(j, side, &rec, key, len);
}

static int
move(void *ctx, const struct weir_row *row)
{
	size_t len;
	const unsigned char *key = weir_join_key(&join, row, &len);

	add(ctx, row->side, row->time, row->seq, key, len);
	return 0;
}

static void
restore(void)
{
	struct weir_join other;

	weir_join_init(&other, &join.conf, emit, NULL);
	other.mark = join.mark;
	other.turn = join.turn;
	weir_join_each(&join, move, &other);
	if (other.rows != join.rows)
		printf("%" PRIu64 " rows of %" PRIu64 "\n", other.rows, join.rows);
	weir_join_release(&join);
	join = other;
}

static void
finish(void)
{
	if (!on)
		return;
	weir_join_finish(&join);
	printf("left %" PRIu64 "\n", join.conf.kind == WEIR_JOIN_ASOF ? 0 : join.rows);
	weir_join_release(&join);
	on = false;
}

int
main(void)
{
	struct weir_join_conf conf;
	char line[256], key[64];
	uint64_t seq[2] = {0};
	int64_t time;
	int kind, type;

	shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, NULL, 0);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "case %d %d %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64, &kind, &type, &conf.before,
		        &conf.after, &conf.size, &conf.tolerance) == 6) {
			conf.kind = (enum weir_join_kind)kind;
			conf.type = (enum weir_join_type)type;
			weir_join_init(&join, &conf, emit, NULL);
			seq[0] = seq[1] = 0;
			on = true;
		} else if (sscanf(line, "w %" SCNd64, &time) == 1) {
			weir_join_advance(&join, time);
			printf("least %" PRId64 "\n", weir_join_least(&join));
		} else if (line[0] == 's') {
			restore();
		} else if (line[0] == 'e') {
			finish();
		} else if (sscanf(line + 1, "%" SCNd64 " %63s", &time, key) == 2) {
			int side = line[0] == 'r';

			if (weir_join_late(&join, time))
				printf("late %c %" PRIu64 "\n", line[0], seq[side]);
			else
				add(&join, side, time, seq[side], key[0] == '-' ? NULL : key, strlen(key));
			seq[side]++;
		}
	}
	finish();
	weir_shape_free(shape);
	return 0;
}
