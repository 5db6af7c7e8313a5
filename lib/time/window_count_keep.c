/*
 * window_count_keep - see window_count_keep.h
 *
 * What is kept of a key: skip 8 bytes, n 4, fill 4, rev 4, changed 1; and of each part first 8, last 8, and the aggregates' states
 * (window_disk). Turns are written at the end of the input alone, with what is kept for their value: by then every key has its place in
 * the order of results.
 */
#include "time/window_count_keep.h"
#include "base/civil.h"
#include "base/mem.h"

#include <string.h>

#define HEAD 21
#define PART 16
#define REV 16               /* where it lies */

int
weir_window_count_keep_open(struct weir_window_count_keep *k, const char *dir, const struct weir_window_conf *conf)
{
	memset(k, 0, sizeof(*k));
	return weir_window_keep_open(&k->of, dir, conf);
}

void
weir_window_count_keep_close(struct weir_window_count_keep *k)
{
	weir_window_keep_close(&k->of);
}

static int
put_key(void *self, struct weir_node *node)
{
	struct weir_window_counts *w = self;
	struct weir_window_keep *k = &w->keep->of;
	const struct weir_window_counter *c = weir_node_bytes(node);
	struct weir_buf *v = &k->disk.value;
	unsigned char *p = weir_buf_need(v, HEAD);
	int64_t first = WEIR_TIME_NONE, last = WEIR_TIME_NONE;
	uint32_t i;

	weir_store64(p, c->skip);
	weir_store32(p + 8, c->n);
	weir_store32(p + 12, c->fill);
	weir_store32(p + REV, c->said.rev);
	p[REV + 4] = c->said.changed;
	v->len += HEAD;
	for (i = 0; i < c->n; i++) {
		struct weir_window_part *part = weir_window_counter_part(w, c, i);

		first = part->first;
		last = part->last;
		p = weir_buf_need(v, PART);
		weir_store64(p, (uint64_t)first);
		weir_store64(p + 8, (uint64_t)last);
		v->len += PART;
		weir_window_disk_pack(&k->disk, weir_window_part_cell(part));
	}
	if (!c->said.changed)
		return 0;
	return weir_window_keep_row_put(k, WEIR_WINDOW_KEEP_CHANGED, last, first, weir_node_key(&w->nodes, node), node->len);
}

int
weir_window_count_keep_move(struct weir_window_counts *w)
{
	return weir_window_keep_move(&w->keep->of, &w->nodes, put_key, w);
}

void
weir_window_count_keep_read(const unsigned char **p, struct weir_window_count_image *image)
{
	image->skip = weir_load64(*p);
	image->n = weir_load32(*p + 8);
	image->fill = weir_load32(*p + 12);
	image->rev = weir_load32(*p + REV);
	image->changed = (*p)[REV + 4] != 0;
	*p += HEAD;
}

static void
read_bounds(const unsigned char **p, struct weir_window_part *part)
{
	part->first = (int64_t)weir_load64(*p);
	part->last = (int64_t)weir_load64(*p + 8);
	*p += PART;
}

void
weir_window_count_keep_read_part(struct weir_window_count_keep *k, const unsigned char **p, struct weir_window_part *part,
    struct weir_value *states)
{
	read_bounds(p, part);
	weir_window_disk_states(&k->of.disk, p, states);
}

void
weir_window_count_keep_take(struct weir_window_counts *w, struct weir_node *node, const void *key, size_t len)
{
	struct weir_window_keep *k = &w->keep->of;
	struct weir_window_counter *c = weir_node_bytes(node);
	struct weir_window_count_image image;
	struct weir_window_part *part = NULL;
	const unsigned char *p;
	uint32_t i;

	if (weir_window_keep_get(k, key, len) <= 0)
		return;
	p = k->disk.value.p;
	weir_window_count_keep_read(&p, &image);
	for (i = 0; i < image.n; i++) {
		part = weir_window_counter_add(w, c);
		read_bounds(&p, part);
		weir_window_disk_load(&k->disk, &p, weir_window_part_cell(part));
	}
	c->skip = image.skip;
	c->fill = image.fill;
	c->said = (struct weir_window_said){.rev = image.rev, .changed = image.changed};
	if (part != NULL && image.changed)
		(void)weir_window_keep_row_remove(k, WEIR_WINDOW_KEEP_CHANGED, part->last, part->first, key, len);
	(void)weir_window_keep_remove(k, key, len);
	k->disk.fetched++;
}

/* Each key gets a turn, by its last and first time. */
static void
spread(struct weir_window_counts *w)
{
	struct weir_window_keep *k = &w->keep->of;
	struct weir_window_count_image image;
	struct weir_window_keep_each e;
	struct weir_window_part part;

	weir_window_keep_each_init(&e, k, WEIR_WINDOW_KEEP_KEPT, 0, 0);
	while (weir_window_keep_each_next(&e) > 0) {
		const unsigned char *p = e.value;

		weir_window_count_keep_read(&p, &image);
		read_bounds(&p, &part);
		(void)weir_window_keep_last_put(k, part.last, part.first, e.key, e.len, e.value, e.vlen);
	}
	weir_window_keep_each_release(&e);
}

/* The walk's row: at the end it has all that is kept, else the key has. */
static int
give_row(struct weir_window_counts *w, struct weir_window_lines *lines)
{
	struct weir_window_keep *k = &w->keep->of;
	const struct weir_window_keep_each *e = &k->each;
	struct weir_window_line line = {.start = e->start, .end = e->end, .time = e->end, .final = w->keep->last};
	struct weir_window_count_image image;
	struct weir_window_part part;
	const unsigned char *p = e->value;
	int rc;

	if (!w->keep->last) {
		if ((rc = weir_window_keep_get(k, e->key, e->len)) <= 0)
			return rc;
		p = k->disk.value.p;
	}
	weir_window_count_keep_read(&p, &image);
	read_bounds(&p, &part);
	line.rev = weir_window_revises(w->conf) ? image.rev + 1 : 0;
	line.cell = weir_window_temps_new(&k->temps, w->conf);
	weir_window_disk_load(&k->disk, &p, line.cell);
	weir_window_keep_lines_add(k, lines, &line, e->key, e->len);
	if (w->keep->last)
		return 0;
	w->changed--;
	weir_store32(k->disk.value.p + REV, image.rev + 1);
	k->disk.value.p[REV + 4] = false;
	if (weir_window_keep_set(k, e->key, e->len) != 0)
		return -1;
	return weir_window_keep_row_remove(k, WEIR_WINDOW_KEEP_CHANGED, e->end, e->start, e->key, e->len);
}

static void
give(struct weir_window_counts *w, struct weir_window_lines *lines)
{
	struct weir_window_keep *k = &w->keep->of;
	size_t first = lines->n;
	int rc = 1;

	weir_window_keep_lines_begin(k);
	while (rc > 0 && lines->n - first < WEIR_WINDOW_DISK_PIECE)
		if ((rc = weir_window_keep_each_next(&k->each)) > 0 && give_row(w, lines) < 0)
			rc = -1;
	weir_window_keep_lines_end(k, lines, first);
	k->disk.giving = rc > 0;
	if (rc > 0)
		return;
	weir_window_keep_each_release(&k->each);
	if (w->keep->last && rc == 0) {
		weir_window_keep_clear(k);
		w->changed = 0;
	}
}

void
weir_window_count_keep_begin(struct weir_window_counts *w, bool last, struct weir_window_lines *lines)
{
	struct weir_window_count_keep *k = w->keep;

	weir_window_counts_shrink(w);
	if (last)
		spread(w);
	k->last = last;
	weir_window_keep_each_init(&k->of.each, &k->of, last ? WEIR_WINDOW_KEEP_TURN : WEIR_WINDOW_KEEP_CHANGED, INT64_MIN,
	    WEIR_TIME_MAX);
	give(w, lines);
}

bool
weir_window_count_keep_gives(struct weir_window_counts *w, struct weir_window_lines *lines)
{
	struct weir_window_count_keep *k = w->keep;

	if (k == NULL)
		return false;
	if (k->of.disk.spill.failed)
		return true;
	if (k->of.disk.giving) {
		give(w, lines);
		return true;
	}
	weir_window_keep_lines_begin(&k->of);
	return false;
}
