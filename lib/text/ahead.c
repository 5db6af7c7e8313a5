/*
 * ahead - see ahead.h
 */
#include "text/ahead.h"
#include "base/civil.h"
#include "base/wide.h"

#include <string.h>

void
weir_ahead_release(struct weir_ahead *a)
{
	weir_shape_free(a->aside.shape);
	weir_buf_release(&a->bytes);
	memset(a, 0, sizeof(*a));
}

static void
put_aligned(struct weir_buf *b, const void *p, size_t len)
{
	weir_buf_put(b, p, len);
	while (b->len % sizeof(int64_t) != 0)
		weir_buf_putc(b, 0);
}

void
weir_ahead_keep(struct weir_ahead *a, const struct weir_parsed *rec, int64_t time)
{
	size_t slots, text;

	weir_shape_free(a->aside.shape);
	weir_buf_clear(&a->bytes);
	put_aligned(&a->bytes, rec->words, rec->nwords * sizeof(*rec->words));
	slots = a->bytes.len;
	put_aligned(&a->bytes, rec->slots, rec->shape->n * sizeof(*rec->slots));
	text = a->bytes.len;
	/* Never empty: its address says that there is one. */
	put_aligned(&a->bytes, rec->text, rec->len);
	weir_buf_cstr(&a->bytes);
	a->aside = *rec;
	a->aside.shape = weir_shape_ref(rec->shape);
	a->aside.words = (const int64_t *)(const void *)a->bytes.p;
	a->aside.slots = (const struct weir_slot *)(const void *)(a->bytes.p + slots);
	a->aside.text = a->bytes.p + text;
	a->time = time;
}

bool
weir_ahead_take(struct weir_ahead *a, struct weir_parsed *rec, int64_t *time)
{
	if (a->next.text == NULL)
		return false;
	*rec = a->next;
	*time = a->next_time;
	a->next.text = NULL;
	return true;
}

bool
weir_ahead_of(int64_t time, int64_t greatest, int64_t delay, int64_t max)
{
	return time != WEIR_TIME_NONE && greatest != WEIR_TIME_NONE &&
	    (weir_i128)time - max > (weir_i128)greatest - delay;
}

bool
weir_ahead_near(int64_t a, int64_t b, int64_t max)
{
	weir_i128 apart = (weir_i128)a - b;

	return a != WEIR_TIME_NONE && b != WEIR_TIME_NONE && apart <= max && -apart <= max;
}
