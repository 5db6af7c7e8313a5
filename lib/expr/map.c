/*
 * map - see map.h
 *
 * The value is written as text and read back by scat's own reader, so that the two cannot
 * differ; objects that are built from fixed names take a shorter way (build.h).
 */
#include "expr/map.h"
#include "frame/header.h"
#include "text/input.h"

#include <stdio.h>
#include <string.h>

void
weir_map_init(struct weir_map *m)
{
	memset(m, 0, sizeof(*m));
	weir_json_object_init(&m->object);
}

void
weir_map_release(struct weir_map *m)
{
	weir_json_object_release(&m->object);
	weir_buf_release(&m->text);
}

int
weir_map_put(struct weir_map *m, const struct weir_val *v, int64_t time, struct weir_batch *b)
{
	struct weir_json_fault fault = {0};
	struct weir_parsed rec = {0};
	unsigned char *p;
	size_t len, bound, replaced;

	weir_buf_clear(&m->text);
	replaced = weir_val_json(&m->text, v);
	len = m->text.len;
	memset(weir_buf_need(&m->text, WEIR_INPUT_PAD), 0, WEIR_INPUT_PAD);
	p = m->text.p;
	weir_json_shapes_trim(&m->object.shapes);
	if (weir_json_object_read(&m->object, p, p + len, p, &rec, &fault) == NULL) {
		snprintf(m->why, sizeof(m->why), "a record of the output: %s", fault.what);
		return -1;
	}
	bound = weir_record_bound(rec.shape->n, 0, len);
	if (bound > WEIR_RECORD_MAX) {
		snprintf(m->why, sizeof(m->why), "a record of the output is beyond 15 MiB");
		return -1;
	}
	m->replaced += replaced;
	weir_batch_add(b, rec.shape, weir_record_encode_text(weir_batch_room(b, bound), rec.shape->id,
	        rec.shape->n, time, 0, p, len, rec.slots, NULL, 0));
	return 0;
}
