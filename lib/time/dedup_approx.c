/*
 * dedup_approx - see dedup_approx.h
 */
#include "time/dedup_approx.h"

#include <string.h>

#define FINE 64              /* ticks of `within` that are wanted, and the fewest that will do */
#define COARSE 16
#define WINDOWS 4            /* times within + lateness that times above the floor can be told apart at least */

/* The bits of a print that keep to the rate, of so many it is compared with; beyond 32: there are none. */
static unsigned
bits_for(double rate, unsigned compared)
{
	double taken = compared;
	unsigned bits = 0;

	while (taken > rate && bits <= 32) {
		taken /= 2;
		bits++;
	}
	return bits;
}

/* The size of a tick: 2^n ns, the greatest that leaves `parts` ticks in within. */
static unsigned
tick_of(int64_t within, int64_t parts)
{
	unsigned n = 0;

	while ((INT64_C(2) << n) <= within / parts)
		n++;
	return n;
}

/* Whether ticks of that size reach far enough, of so many bits. */
static bool
far_enough(const struct weir_dedup_approx *a, unsigned bits, unsigned tick)
{
	uint64_t need = WINDOWS * ((uint64_t)a->within + (uint64_t)a->lateness);

	return bits > 3 && bits + tick - 1 < 64 && need <= UINT64_C(1) << (bits + tick - 1);
}

static int
choose_timed(struct weir_dedup_approx *a, unsigned print, unsigned *bits)
{
	*bits = print >= 32 ? 0 : 32 - print;
	if (*bits > 28)
		*bits = 28;
	a->tick = tick_of(a->within, FINE);
	if (!far_enough(a, *bits, a->tick))
		a->tick = tick_of(a->within, COARSE);
	return far_enough(a, *bits, a->tick) ? 0 : -1;
}

int
weir_dedup_approx_init(struct weir_dedup_approx *a, int64_t within, int64_t lateness, uint64_t memory, double rate,
    double *least)
{
	unsigned bits = 0, print;
	uint64_t reach;

	memset(a, 0, sizeof(*a));
	a->within = within;
	a->lateness = lateness;
	if (within < 0) {
		weir_prints_init(&a->prints, memory, bits_for(rate, WEIR_PRINTS_COMPARED) <= 16 ? 16 : 32, 0, 0, 0);
		a->begun = true;
		return 0;
	}
	print = bits_for(rate, WEIR_PRINTS_COMPARED_TIMED);
	if (choose_timed(a, print, &bits) != 0) {
		for (*least = rate; *least < 1 && choose_timed(a, bits_for(*least, WEIR_PRINTS_COMPARED_TIMED), &bits) != 0;)
			*least *= 2;
		return -1;
	}
	reach = ((uint64_t)within + (UINT64_C(1) << a->tick) - 1) >> a->tick;
	weir_prints_init(&a->prints, memory, 32, bits, reach, 0);
	return 0;
}

void
weir_dedup_approx_release(struct weir_dedup_approx *a)
{
	weir_prints_release(&a->prints);
}

static inline uint64_t
ticks(const struct weir_dedup_approx *a, int64_t time)
{
	return a->within < 0 ? 0 : ((uint64_t)time ^ UINT64_C(1) << 63) >> a->tick;
}

void
weir_dedup_approx_rebase(struct weir_dedup_approx *a, uint64_t base)
{
	a->prints.base = a->prints.swept = base;
	a->begun = true;
}

/* A time that is further ahead than can be told apart moves the base up to a range below it, less a quarter for those that
 * follow: as a rule it is the first one behind a gap, and the watermark will be there at once. */
static bool
reach(struct weir_dedup_approx *a, uint64_t tick)
{
	uint64_t range = weir_prints_range(&a->prints), back = range / 4 * 3, base = tick < back ? 0 : tick - back;

	if (!a->begun)
		weir_dedup_approx_rebase(a, base);
	else if (tick >= a->prints.base && tick - a->prints.base >= range)
		weir_prints_advance(&a->prints, base);
	return tick >= a->prints.base;
}

bool
weir_dedup_approx_find(struct weir_dedup_approx *a, struct weir_hash_pair key, int64_t time)
{
	uint64_t tick = ticks(a, time);

	return reach(a, tick) && weir_prints_find(&a->prints, key, tick);
}

int
weir_dedup_approx_put(struct weir_dedup_approx *a, struct weir_hash_pair key, int64_t time)
{
	uint64_t tick = ticks(a, time);

	return reach(a, tick) ? weir_prints_put(&a->prints, key, tick) : 1;
}

void
weir_dedup_approx_prefetch(const struct weir_dedup_approx *a, struct weir_hash_pair key, int64_t time)
{
	weir_prints_prefetch(&a->prints, key, ticks(a, time));
}

void
weir_dedup_approx_advance(struct weir_dedup_approx *a, int64_t watermark)
{
	uint64_t back = (uint64_t)a->within + (uint64_t)a->lateness;

	if (a->within < 0 || watermark == INT64_MIN)
		return;
	back = (uint64_t)watermark - (uint64_t)INT64_MIN < back ? 0 : ticks(a, (int64_t)((uint64_t)watermark - back));
	if (!a->begun)
		weir_dedup_approx_rebase(a, back);
	else
		weir_prints_advance(&a->prints, back);
}
