/*
 * parts - see parts.h
 */
#include "parts.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
parts_said(struct weir_log *log, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&log->why));
	return status;
}

/* Whether it is the log that the checkpoint has read. */
static bool
is_same(const struct part *q)
{
	char id[3];
	unsigned i;

	for (i = 0; i < WEIR_RUN_ID; i++) {
		snprintf(id, sizeof(id), "%02x", q->log.id[i]);
		if (memcmp(id, q->was + 2 * i, 2) != 0)
			return false;
	}
	return true;
}

int
parts_place(struct parts *p, struct part *q, struct weir_cursor *c)
{
	const struct sreplay_conf *cf = p->cf;
	int rc = weir_cursor_init(c, &q->log, cf->committed);

	if (rc != 0)
		return rc;
	if (c->extent.half)
		weir_say(WEIR_SAY_WARNING, "%s/committed: one of its two records is damaged; the other one is used, the next writer mends it",
		    q->log.path);
	if (q->resumed && !is_same(q))
		return weir_log_fail(&q->log, WEIR_EX_CONFIG, "not the log that the checkpoint has read");
	if (q->resumed && q->offset > c->extent.next)
		return weir_log_fail(&q->log, WEIR_EX_PROTOCOL, "damaged: it ends before offset %" PRIu64 ", but this reader has come to %" PRIu64,
		    c->extent.next, q->offset);
	if (q->resumed)
		return weir_cursor_seek(c, q->offset);
	if (cf->begin.given && cf->begin.by_time)
		return weir_cursor_seek_time(c, cf->begin.time);
	if (cf->begin.given)
		return weir_cursor_seek(c, cf->begin.offset);
	return 0;
}

static struct part *
find_part(struct parts *p, uint64_t number)
{
	unsigned i;

	for (i = 0; i < p->n && p->v[i].number != number; i++)
		;
	if (i == p->n) {
		p->v = weir_mem_realloc(p->v, p->n + (size_t)1, sizeof(*p->v));
		p->v[p->n++] = (struct part){.number = number, .log = WEIR_LOG_NONE};
	}
	return &p->v[i];
}

static int
by_number(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* The partitions that --partition names, or all; of a log without, itself. */
static int
choose_parts(struct parts *p)
{
	const char *s = p->cf->partition;
	uint64_t i;
	char comma[] = ",", *end;

	if (p->log.partitions == 0 && s != NULL)
		return weir_log_fail(&p->log, WEIR_EX_USAGE, "--partition %s: it has no partitions", s);
	for (i = 0; s == NULL && (i < p->log.partitions || i == 0); i++)
		find_part(p, i);
	for (end = comma; s != NULL && *end == ','; s = end + 1) {
		i = strtoull(s, &end, 10);
		if (*s < '0' || *s > '9' || (*end != ',' && *end != '\0') || i >= p->log.partitions)
			return weir_log_fail(&p->log, WEIR_EX_USAGE, "--partition %s: numbers from 0 to %" PRIu64 ", with commas between",
			    p->cf->partition, p->log.partitions - 1);
		find_part(p, i);
	}
	qsort(p->v, p->n, sizeof(*p->v), by_number);
	if (p->n > 1 && ((p->cf->begin.given && !p->cf->begin.by_time) || (p->cf->end.given && !p->cf->end.by_time)))
		return weir_log_fail(&p->log, WEIR_EX_USAGE, "each partition has offsets of its own: --from and --to a time, or one --partition");
	return 0;
}

/* The first step of a cursor is a hello, unless the log is empty. */
int
parts_open(struct parts *p)
{
	int rc = weir_log_open(&p->log, p->path);
	unsigned i;

	if (rc == 0)
		rc = choose_parts(p);
	if (rc != 0)
		return parts_said(&p->log, rc);
	p->cursors = weir_mem_zalloc(p->n, sizeof(*p->cursors));
	p->opened = true;
	for (i = 0; rc == 0 && i < p->n; i++) {
		struct part *q = &p->v[i];

		rc = p->log.partitions > 0 ? weir_log_part(&p->log, q->number, &q->log) : weir_log_open(&q->log, p->path);
		if (rc == 0)
			rc = parts_place(p, q, &p->cursors[i]);
		if (rc == 0 && p->n == 1 && weir_cursor_next(&p->cursors[i]) == WEIR_CURSOR_FAILED)
			rc = p->cursors[i].status;
		parts_said(&q->log, rc);
	}
	weir_merge_init(&p->merge, p->cursors, p->n, p->cf->follow);
	return rc;
}

void
parts_release(struct parts *p)
{
	unsigned i;

	for (i = 0; i < p->n; i++) {
		if (p->opened)
			weir_cursor_release(&p->cursors[i]);
		weir_readers_release(&p->v[i].reader);
		weir_log_release(&p->v[i].log);
	}
	free(p->v);
	free(p->cursors);
	weir_merge_release(&p->merge);
	weir_log_release(&p->log);
}

static int
save_part(struct parts *p, unsigned i, const struct weir_cursor *held, struct weir_out *state, struct weir_shape *shape)
{
	struct part *q = &p->v[i];
	uint64_t offset = held == &p->cursors[i] ? held->rec.seq : weir_merge_offset(&p->merge, i);
	char id[2 * WEIR_RUN_ID + 1], number[24], text[24];
	struct weir_value v[3] = {{.p = (const unsigned char *)id, .len = 2 * WEIR_RUN_ID, .type = WEIR_STRING},
	    {.p = (const unsigned char *)number, .type = WEIR_NUMBER}, {.p = (const unsigned char *)text, .type = WEIR_NUMBER}};
	unsigned k;

	/* The epoch before is committed, or this one would not have begun. */
	if (q->segment != p->cursors[i].segment && weir_readers_put(&q->reader, q->saved) != 0)
		weir_say(WEIR_SAY_WARNING, "%s", weir_buf_cstr(&q->log.why));
	q->segment = p->cursors[i].segment;
	q->saved = offset;
	for (k = 0; k < WEIR_RUN_ID; k++)
		snprintf(id + (size_t)2 * k, 3, "%02x", q->log.id[k]);
	v[1].len = (uint32_t)snprintf(number, sizeof(number), "%" PRIu64, q->number);
	v[2].len = (uint32_t)snprintf(text, sizeof(text), "%" PRIu64, offset);
	return weir_out_values(state, shape, WEIR_TIME_NONE, v);
}

int
parts_save(struct parts *p, const struct weir_cursor *held, struct weir_out *state)
{
	static const struct weir_name names[] = {{(const unsigned char *)"log", 3}, {(const unsigned char *)"partition", 9},
	    {(const unsigned char *)"offset", 6}};
	struct weir_shape *shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, 3);
	unsigned i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->n; i++)
		rc = save_part(p, i, held, state, shape);
	weir_shape_free(shape);
	return rc;
}

static int
number_of(const struct weir_record *rec, const char *name, uint64_t *n)
{
	int i = weir_shape_find(rec->shape, name, strlen(name));
	struct weir_value v;
	char text[24];

	if (i < 0)
		return -1;
	weir_record_get(rec, (uint32_t)i, &v);
	if (v.type != WEIR_NUMBER || v.len >= sizeof(text))
		return -1;
	memcpy(text, v.p, v.len);
	text[v.len] = '\0';
	*n = strtoull(text, NULL, 10);
	return 0;
}

int
parts_load(struct parts *p, const struct weir_record *rec)
{
	struct weir_value log;
	uint64_t number, offset;
	struct part *q;
	int i = weir_shape_find(rec->shape, "log", 3);

	if (i < 0 || number_of(rec, "partition", &number) != 0 || number_of(rec, "offset", &offset) != 0)
		return -1;
	weir_record_get(rec, (uint32_t)i, &log);
	if (log.type != WEIR_STRING || log.len != 2 * WEIR_RUN_ID)
		return -1;
	q = find_part(p, number);
	q->offset = q->saved = offset;
	memcpy(q->was, log.p, sizeof(q->was));
	q->resumed = true;
	return 0;
}
