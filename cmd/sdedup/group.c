/*
 * group - --which last: records that wait until no later one of their kind can come
 *
 * A group begins with the first record that is a duplicate of no other group's first, and takes in what is a duplicate
 * of that one. The record kept is the last by event time, then by arrival. It goes out when the watermark is more than
 * within + lateness above the first one's time: then whatever would belong to the group is late. So records go out in the order of
 * their groups' first ones, and none is before the watermark that was told.
 */
#include "base/mem.h"
#include "base/num.h"
#include "frame/derive.h"
#include "sdedup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A group beside its record and its entry: itself, its place in the heap, which doubles, and malloc's own for two. */
#define GROUP_COST (sizeof(struct sdedup_group) + 2 * sizeof(struct weir_heap_item) + 32)

void
sdedup_group_get(const struct sdedup_group *g, struct weir_record *rec, bool *damage)
{
	/* It was a whole record when it came. */
	*rec = (struct weir_record){.p = g->bytes, .watermark = INT64_MIN, .damage = damage};
	weir_record_open(rec, g->bytes, g->size);
	weir_record_bind(rec, g->shape);
}

struct sdedup_group *
sdedup_group_new(struct sdedup *s, struct weir_hash_pair key, int64_t first)
{
	struct sdedup_group *g = weir_mem_zalloc(1, sizeof(*g));

	g->key = key;
	g->first = first;
	g->number = s->groups.seq;
	weir_heap_add(&s->groups, s->cf->within < 0 ? 0 : first, g);
	s->held += GROUP_COST;
	return g;
}

struct sdedup_group *
sdedup_group_return(struct sdedup *s, const struct sdedup_group *view)
{
	struct sdedup_group *g = weir_mem_alloc(sizeof(*g));

	*g = *view;
	g->fetched = true;
	g->bytes = weir_mem_alloc(g->size);
	memcpy(g->bytes, view->bytes, g->size);
	weir_shape_ref(g->shape);
	weir_heap_return(&s->groups, s->cf->within < 0 ? 0 : g->first, g->number, g);
	s->held += GROUP_COST + g->size;
	return g;
}

void
sdedup_group_keep(struct sdedup *s, struct sdedup_group *g, const struct weir_record *rec)
{
	s->held += (uint64_t)rec->size - g->size;
	g->bytes = weir_mem_realloc(g->bytes, rec->size, 1);
	memcpy(g->bytes, rec->p, rec->size);
	g->size = rec->size;
	if (g->shape != rec->shape) {
		weir_shape_free(g->shape);
		g->shape = weir_shape_ref((struct weir_shape *)(uintptr_t)rec->shape);
	}
}

static void
group_free(struct sdedup *s, struct sdedup_group *g)
{
	s->held -= GROUP_COST + g->size;
	weir_shape_free(g->shape);
	free(g->bytes);
	free(g);
}

int
sdedup_group_add(struct sdedup *s, struct weir_hash_pair key, const struct weir_record *rec, struct weir_out *out)
{
	int64_t time = s->cf->within < 0 ? 0 : rec->time;
	uint64_t *e = weir_dedup_find(&s->exact, key, time, true);
	struct sdedup_group *g = e != NULL ? (struct sdedup_group *)(uintptr_t)*e : NULL;

	/* One on disk may have begun before one in memory that began behind this record. */
	if (s->cf->spill != NULL && (g == NULL || (s->cf->within >= 0 && time < g->first)) && sdedup_cold_fetch(s, key, time, &g) != 0)
		return sdedup_memory_check(s, out);
	if (g == NULL) {
		g = sdedup_group_new(s, key, rec->time);
		weir_dedup_put(&s->exact, key, time, (uintptr_t)g);
		sdedup_group_keep(s, g, rec);
	} else {
		s->duplicates++;
		g->folded++;
		if (rec->time >= (int64_t)weir_load64(g->bytes + 8))
			sdedup_group_keep(s, g, rec);
	}
	sdedup_memory_look(s);
	if (s->cf->spill != NULL)
		return sdedup_memory_check(s, out);
	if (s->held + s->exact.n * WEIR_DIGESTS_COST(s->exact.words) <= s->cf->max_memory)
		return 0;
	return weir_stage_fail(out, WEIR_EX_OSERR,
	    "--max-memory is reached with %zu records that wait: %s --spill DIR moves them to disk, or give it more", s->groups.n,
	    s->cf->within < 0 ? "--within DUR bounds how long," : "a shorter --within or --lateness needs less,");
}

/* The source's fields, and the count under a name that none of them has. */
static uint32_t
counted(void *self, const struct weir_shape *from, struct weir_name *names, uint32_t *field, uint32_t *tag)
{
	struct sdedup *s = self;
	uint32_t i;

	(void)tag;
	weir_buf_clear(&s->dups);
	weir_shape_unused(from, "sdedup_", "dups", &s->dups);
	for (i = 0; i < from->n; i++) {
		names[i] = from->names[i];
		field[i] = i;
	}
	names[i] = (struct weir_name){s->dups.p, (uint32_t)s->dups.len};
	field[i] = WEIR_DERIVE_NEW;
	return i + 1;
}

static int
put_counted(struct sdedup *s, const struct sdedup_group *g, const struct weir_record *rec, struct weir_out *out)
{
	const struct weir_derived *d;
	char text[WEIR_NUM_TEXT];
	uint32_t i;
	int rc;

	if (s->counted == NULL) {
		s->counted = weir_mem_alloc(sizeof(*s->counted));
		weir_derive_init(s->counted, counted, s);
	}
	d = weir_derive_get(s->counted, rec->shape);
	if (d->shape->n > s->nvalues) {
		s->nvalues = d->shape->n;
		s->values = weir_mem_realloc(s->values, s->nvalues, sizeof(*s->values));
	}
	for (i = 0; i < rec->shape->n; i++)
		weir_record_get(rec, i, &s->values[i]);
	s->values[i] = (struct weir_value){.p = (unsigned char *)text, .type = WEIR_NUMBER,
	    .len = (uint32_t)snprintf(text, sizeof(text), "%" PRIu64, g->folded)};
	rc = weir_out_values(out, d->shape, rec->time, s->values);
	return rc <= 0 ? rc : weir_stage_fail(out, WEIR_EX_DATAERR, "a record with dups is beyond 15 MiB");
}

int
sdedup_group_emit(struct sdedup *s, int64_t watermark, bool all, struct weir_out *out)
{
	int64_t floor = weir_dedup_floor(&s->exact, watermark);
	const struct sdedup_group *g;
	struct weir_record rec;
	bool damage = false;
	int rc = 0, more = 0;

	while (rc == 0) {
		struct sdedup_group *mine = s->groups.n > 0 ? s->groups.items[0].p : NULL;

		if (mine != NULL && !all && s->groups.items[0].time >= floor)
			mine = NULL;
		if ((more = sdedup_cold_next(s, &s->waiting.due, floor, all, mine, &g)) <= 0)
			break;
		sdedup_group_get(g, &rec, &damage);
		rc = s->cf->dups ? put_counted(s, g, &rec, out) : weir_out_copy(out, &rec);
		if (g == mine)
			group_free(s, weir_heap_take(&s->groups));
	}
	if (more == 0 && rc == 0)
		sdedup_cold_given(s, floor, all);
	return more < 0 ? sdedup_memory_check(s, out) : rc;
}

void
sdedup_group_forget(struct sdedup *s)
{
	while (s->groups.n > 0)
		group_free(s, s->groups.items[--s->groups.n].p);
}

void
sdedup_group_release(struct sdedup *s)
{
	sdedup_group_forget(s);
	weir_heap_release(&s->groups);
	if (s->counted != NULL)
		weir_derive_release(s->counted);
	free(s->counted);
	weir_buf_release(&s->dups);
	free(s->values);
}
