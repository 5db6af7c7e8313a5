/*
 * distinct - see distinct.h
 */
#include "time/distinct.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BITS 14
#define REGISTERS (1 << BITS)
#define RANK_MAX (64 - BITS + 1)

/* A register: the hash's first bits; its rank: the place of the first 1 in the others. */
static void
register_hash(uint8_t *registers, uint64_t hash)
{
	uint64_t rest = hash << BITS;
	int rank = rest == 0 ? RANK_MAX : __builtin_clzll(rest) + 1;
	uint8_t *r = &registers[hash >> (64 - BITS)];

	if (rank > *r)
		*r = (uint8_t)rank;
}

static void
make_dense(struct weir_distinct *d)
{
	uint8_t *registers = weir_mem_zalloc(REGISTERS, 1);
	uint32_t i;

	for (i = 0; i < d->cap; i++)
		if (d->hashes[i] != 0)
			register_hash(registers, d->hashes[i]);
	if (d->zero)
		register_hash(registers, 0);
	free(d->hashes);
	d->registers = registers;
	d->dense = true;
	d->n = d->cap = 0;
	d->zero = false;
}

static void
place(uint64_t *hashes, uint32_t cap, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & (cap - 1);

	while (hashes[at] != 0)
		at = (at + 1) & (cap - 1);
	hashes[at] = hash;
}

static void
grow(struct weir_distinct *d)
{
	uint32_t i, cap = d->cap == 0 ? 8 : 2 * d->cap;
	uint64_t *hashes = weir_mem_zalloc(cap, sizeof(*hashes));

	for (i = 0; i < d->cap; i++)
		if (d->hashes[i] != 0)
			place(hashes, cap, d->hashes[i]);
	free(d->hashes);
	d->hashes = hashes;
	d->cap = cap;
}

/* Whether the hash is there; a 0 counts as such. */
static bool
known(const struct weir_distinct *d, uint64_t hash)
{
	uint32_t at;

	if (hash == 0)
		return d->zero;
	if (d->cap == 0)
		return false;
	for (at = (uint32_t)hash & (d->cap - 1); d->hashes[at] != 0; at = (at + 1) & (d->cap - 1))
		if (d->hashes[at] == hash)
			return true;
	return false;
}

void
weir_distinct_add(struct weir_distinct *d, uint64_t hash)
{
	if (!d->dense) {
		if (known(d, hash))
			return;
		if (d->n < WEIR_DISTINCT_EXACT) {
			if (4 * (d->n + 1) > 3 * d->cap)
				grow(d);
			d->n++;
			if (hash == 0)
				d->zero = true;
			else
				place(d->hashes, d->cap, hash);
			return;
		}
		make_dense(d);
	}
	register_hash(d->registers, hash);
}

void
weir_distinct_merge(struct weir_distinct *into, const struct weir_distinct *from)
{
	uint32_t i;

	if (from->dense && !into->dense)
		make_dense(into);
	if (from->dense) {
		for (i = 0; i < REGISTERS; i++)
			if (from->registers[i] > into->registers[i])
				into->registers[i] = from->registers[i];
		return;
	}
	for (i = 0; i < from->cap; i++)
		if (from->hashes[i] != 0)
			weir_distinct_add(into, from->hashes[i]);
	if (from->zero)
		weir_distinct_add(into, 0);
}

/* Of the part x of registers that are 0: x + sum of x^(2^k) 2^(k-1). */
static double
sigma(double x)
{
	double y = 1, z = x, before;

	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

/* Of the part x of registers that are not at the greatest rank. */
static double
tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

uint64_t
weir_distinct_count(const struct weir_distinct *d)
{
	uint32_t with[RANK_MAX + 1] = {0}, i;
	double z, m = REGISTERS;
	int k;

	if (!d->dense)
		return d->n;
	for (i = 0; i < REGISTERS; i++)
		with[d->registers[i]]++;
	z = m * tau(1 - with[RANK_MAX] / m);
	for (k = RANK_MAX - 1; k >= 1; k--)
		z = 0.5 * (z + with[k]);
	z += m * sigma(with[0] / m);
	/* 1 / (2 ln 2) */
	return (uint64_t)(0x1.71547652b82fep-1 * m * m / z + 0.5);
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void
weir_distinct_save(const struct weir_distinct *d, struct weir_buf *b)
{
	uint64_t sorted[WEIR_DISTINCT_EXACT];
	unsigned char *p;
	uint32_t i, n = 0;
	int k;

	if (d->dense) {
		p = weir_buf_need(b, REGISTERS + 1);
		*p++ = '=';
		for (i = 0; i < REGISTERS; i++)
			p[i] = (unsigned char)('0' + d->registers[i]);
		b->len += REGISTERS + 1;
		return;
	}
	if (d->zero)
		sorted[n++] = 0;
	for (i = 0; i < d->cap; i++)
		if (d->hashes[i] != 0)
			sorted[n++] = d->hashes[i];
	qsort(sorted, n, sizeof(*sorted), ascending);
	p = weir_buf_need(b, 16 * (size_t)n);
	for (i = 0; i < n; i++)
		for (k = 60; k >= 0; k -= 4)
			*p++ = (unsigned char)"0123456789abcdef"[sorted[i] >> k & 15];
	b->len += 16 * (size_t)n;
}

int
weir_distinct_load(struct weir_distinct *d, const struct weir_value *v)
{
	uint64_t hash = 0;
	uint32_t i;

	if (v->type != WEIR_STRING)
		return -1;
	if (v->len == REGISTERS + 1 && v->p[0] == '=') {
		d->dense = true;
		d->registers = weir_mem_zalloc(REGISTERS, 1);
		for (i = 0; i < REGISTERS; i++) {
			d->registers[i] = (uint8_t)(v->p[1 + i] - '0');
			if (d->registers[i] > RANK_MAX)
				return d->registers[i] = 0, -1;
		}
		return 0;
	}
	if (v->len % 16 != 0 || v->len > 16 * WEIR_DISTINCT_EXACT)
		return -1;
	for (i = 0; i < v->len; i++) {
		int c = v->p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return -1;
		hash = hash << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
		if (i % 16 == 15)
			weir_distinct_add(d, hash);
	}
	return d->n == v->len / 16 ? 0 : -1;
}

void
weir_distinct_release(struct weir_distinct *d)
{
	free(d->hashes);
	memset(d, 0, sizeof(*d));
}
