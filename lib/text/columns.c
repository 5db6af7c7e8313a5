/*
 * columns - see columns.h. Names taken so far are in a hash table with open
 * addressing; its slots hold the column's number plus 1.
 */
#include "text/columns.h"
#include "base/buf.h"
#include "base/mem.h"
#include "text/value.h"

#include <stdlib.h>
#include <string.h>

struct names {
	struct weir_buf bytes;         /* all names, one behind the other */
	size_t at[WEIR_COLUMNS_MAX + 1];
	uint32_t repeats[WEIR_COLUMNS_MAX]; /* how often a column's name came again */
	uint32_t n;
	uint32_t mask;
	uint32_t *table;
};

/* FNV-1a. */
static uint32_t
hash(const unsigned char *p, size_t len)
{
	uint32_t h = 2166136261u;

	while (len-- > 0)
		h = (h ^ *p++) * 16777619u;
	return h;
}

/* Where the name is in the table, or would be. */
static uint32_t *
look_up(struct names *s, const unsigned char *p, size_t len)
{
	uint32_t i = hash(p, len) & s->mask;

	for (; s->table[i] != 0; i = (i + 1) & s->mask) {
		uint32_t k = s->table[i] - 1;

		if (s->at[k + 1] - s->at[k] == len && memcmp(s->bytes.p + s->at[k], p, len) == 0)
			break;
	}
	return &s->table[i];
}

/* The name that lies behind the others in bytes becomes the next column's, with a
 * number if it is taken. */
static void
add(struct names *s)
{
	size_t start = s->at[s->n], len = s->bytes.len - start;
	uint32_t *place = look_up(s, s->bytes.p + start, len);
	uint32_t first = *place;

	while (*place != 0) {
		s->bytes.len = start + len;
		weir_buf_printf(&s->bytes, "_%u", (unsigned)++s->repeats[first - 1] + 1);
		place = look_up(s, s->bytes.p + start, s->bytes.len - start);
	}
	*place = ++s->n;
	s->at[s->n] = s->bytes.len;
}

struct weir_shape *
weir_columns_shape(enum weir_format format, uint8_t param, const unsigned char *text,
    const struct weir_slot *slots, uint32_t n)
{
	struct names *s = weir_mem_zalloc(1, sizeof(*s));
	struct weir_name *list = weir_mem_alloc(n * sizeof(*list));
	struct weir_shape *shape;
	uint32_t i;

	for (s->mask = 1; s->mask < 2 * n; s->mask *= 2)
		;
	s->table = weir_mem_zalloc(s->mask--, sizeof(*s->table));
	for (i = 0; i < n; i++) {
		if (text == NULL || slots[i].len == 0) {
			weir_buf_printf(&s->bytes, "c%u", (unsigned)i + 1);
		} else {
			struct weir_value v = {.p = text + slots[i].off, .len = slots[i].len,
				.type = slots[i].type};

			weir_value_string(&s->bytes, &v);
		}
		add(s);
	}
	for (i = 0; i < n; i++)
		list[i] = (struct weir_name){s->bytes.p + s->at[i], (uint32_t)(s->at[i + 1] - s->at[i])};
	shape = weir_shape_new(format, param, list, n);
	weir_buf_release(&s->bytes);
	free(s->table);
	free(s);
	free(list);
	return shape;
}
