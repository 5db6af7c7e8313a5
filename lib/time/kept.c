/*
 * kept - see kept.h
 */
#include "time/kept.h"
#include "base/mem.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

void
weir_kept_set(struct weir_kept *k, const struct weir_value *v)
{
	unsigned char *old = k->p, time[8];
	const unsigned char *p = time;
	int scale = 0;

	k->type = v->type;
	k->len = v->type > WEIR_NULL ? v->len : 0;
	if (v->type == WEIR_TIME) {
		weir_store64(time, (uint64_t)v->time);
		k->len = sizeof(time);
	} else {
		p = v->p;
	}
	k->is_small = v->type == WEIR_NUMBER && weir_num_decimal(p, k->len, &k->small, &scale);
	k->scale = (uint8_t)scale;
	k->p = k->len > WEIR_KEPT_PLACE ? weir_mem_dup(p, k->len) : NULL;
	if (k->p == NULL && k->len > 0)
		memcpy(k->bytes, p, k->len);
	free(old);
}

void
weir_kept_get(const struct weir_kept *k, struct weir_value *v)
{
	v->type = k->type;
	v->len = k->len;
	v->p = k->p != NULL ? k->p : k->bytes;
	if (k->type == WEIR_TIME)
		v->time = (int64_t)weir_load64(k->bytes);
}

int
weir_kept_order(const struct weir_kept *k, const struct weir_value *v)
{
	struct weir_value old;

	weir_kept_get(k, &old);
	return weir_order_compare(v, &old);
}

uint8_t
weir_kept_put(const struct weir_kept *k, struct weir_buf *b)
{
	weir_buf_put(b, k->p != NULL ? k->p : k->bytes, k->len);
	return k->type == WEIR_ABSENT ? WEIR_NULL : k->type;
}

void
weir_kept_save(const struct weir_kept *k, struct weir_buf *b)
{
	struct weir_value v;

	weir_kept_get(k, &v);
	weir_pack_value(b, &v);
}

void
weir_kept_load(struct weir_kept *k, struct weir_pack *r)
{
	struct weir_value v;

	weir_pack_take_value(r, &v);
	if (!r->bad)
		weir_kept_set(k, &v);
}

void
weir_kept_release(struct weir_kept *k)
{
	free(k->p);
	memset(k, 0, sizeof(*k));
}
