/*
 * prints - see prints.h
 *
 * The loops over one line have a fixed number of turns and no exit, so that compilers make them a few wide
 * instructions.
 */
#include "state/prints.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NARROW 32            /* entries in a line */
#define WIDE 16

void
weir_prints_init(struct weir_prints *p, uint64_t memory, unsigned width, unsigned time_bits, uint64_t reach, uint64_t base)
{
	memset(p, 0, sizeof(*p));
	p->nlines = memory / WEIR_PRINTS_LINE;
	if (p->nlines < 64)
		p->nlines = 64;
	if (p->nlines > UINT32_MAX)
		p->nlines = UINT32_MAX;
	p->memory = p->nlines * WEIR_PRINTS_LINE;
	p->lines = weir_mem_map(p->memory);
	p->width = width;
	p->time_bits = time_bits;
	p->reach = reach;
	while (UINT64_C(1) << p->stretch < 2 * reach)
		p->stretch++;
	p->base = p->swept = base;
	p->most = time_bits > 0 ? (uint32_t)(p->nlines / 16) : 0;
	p->used = weir_mem_alloc(((size_t)p->most + 1) * sizeof(*p->used));
}

void
weir_prints_release(struct weir_prints *p)
{
	weir_mem_unmap(p->lines, p->memory);
	free(p->used);
	memset(p, 0, sizeof(*p));
}

static inline uint32_t
tick_mask(const struct weir_prints *p)
{
	return (UINT32_C(1) << p->time_bits) - 1;
}

/* 0 marks a free place, so no print is 0. */
static inline uint32_t
print_of(const struct weir_prints *p, struct weir_hash_pair h)
{
	uint32_t print = (uint32_t)(h.lo >> (64 - p->width + p->time_bits));

	return print + (print == 0);
}

static inline uint32_t
line_of(const struct weir_prints *p, uint64_t half)
{
	return (uint32_t)(half * p->nlines >> 32);
}

/* The two lines of a key in the stretch of a tick. */
static inline void
lines_of(const struct weir_prints *p, struct weir_hash_pair h, uint64_t tick, uint32_t line[2])
{
	uint64_t where = h.hi;

	if (p->time_bits > 0)
		where = (where + (tick >> p->stretch) * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd1342543de82ef95);
	line[0] = line_of(p, where >> 32);
	line[1] = line_of(p, where & UINT32_MAX);
}

static inline uint32_t *
wide_line(const struct weir_prints *p, uint32_t line)
{
	return (uint32_t *)(void *)(p->lines + (size_t)line * WEIR_PRINTS_LINE);
}

static inline uint16_t *
narrow_line(const struct weir_prints *p, uint32_t line)
{
	return (uint16_t *)(void *)(p->lines + (size_t)line * WEIR_PRINTS_LINE);
}

static inline uint32_t
find_narrow(const uint16_t *e, uint16_t print)
{
	uint16_t hit = 0;
	int i;

	for (i = 0; i < NARROW; i++)
		hit |= (uint16_t)-(e[i] == print);
	return hit;
}

static inline uint32_t
find_wide(const uint32_t *e, uint32_t print)
{
	uint32_t hit = 0;
	int i;

	for (i = 0; i < WIDE; i++)
		hit |= -(uint32_t)(e[i] == print);
	return hit;
}

/* The same print, at a time within reach, and not forgotten. Differences of ticks are modulo a power of two, and those
 * up to half of it count as after. */
static inline uint32_t
find_timed(const struct weir_prints *p, const uint32_t *e, uint32_t print, uint64_t tick)
{
	uint32_t mask = tick_mask(p), low = (uint32_t)(tick - p->reach), base = (uint32_t)p->base, hit = 0;
	int32_t width = (int32_t)(2 * p->reach), half = (int32_t)(mask / 2);
	uint32_t want = print << p->time_bits;
	int i;

	for (i = 0; i < WIDE; i++) {
		int32_t same = -((e[i] & ~mask) == want), near = -((int32_t)((e[i] - low) & mask) <= width),
		        kept = -((int32_t)((e[i] - base) & mask) <= half);

		hit |= (uint32_t)(same & near & kept);
	}
	return hit;
}

static bool
find_in(const struct weir_prints *p, struct weir_hash_pair h, uint64_t stretch, uint64_t tick)
{
	uint32_t line[2], print = print_of(p, h);

	lines_of(p, h, stretch, line);
	return (find_timed(p, wide_line(p, line[0]), print, tick) | find_timed(p, wide_line(p, line[1]), print, tick)) != 0;
}

/* The least and the greatest tick within reach. */
static inline uint64_t
from_tick(const struct weir_prints *p, uint64_t tick)
{
	return tick < p->reach ? 0 : tick - p->reach;
}

bool
weir_prints_find(const struct weir_prints *p, struct weir_hash_pair h, uint64_t tick)
{
	uint64_t from = from_tick(p, tick), to = tick + p->reach;
	uint32_t line[2], print;

	if (p->time_bits > 0)
		return find_in(p, h, from, tick) || (from >> p->stretch != to >> p->stretch && find_in(p, h, to, tick));
	print = print_of(p, h);
	lines_of(p, h, 0, line);
	if (p->width == 16)
		return (find_narrow(narrow_line(p, line[0]), (uint16_t)print) | find_narrow(narrow_line(p, line[1]), (uint16_t)print)) != 0;
	return (find_wide(wide_line(p, line[0]), print) | find_wide(wide_line(p, line[1]), print)) != 0;
}

void
weir_prints_prefetch(const struct weir_prints *p, struct weir_hash_pair h, uint64_t tick)
{
	uint64_t from = from_tick(p, tick), to = tick + p->reach;
	uint32_t line[2];

	lines_of(p, h, from, line);
	__builtin_prefetch(wide_line(p, line[0]));
	__builtin_prefetch(wide_line(p, line[1]));
	if (p->time_bits == 0 || from >> p->stretch == to >> p->stretch)
		return;
	lines_of(p, h, to, line);
	__builtin_prefetch(wide_line(p, line[0]));
	__builtin_prefetch(wide_line(p, line[1]));
}

/* Whether a place is free; of a forgotten one too. */
static inline uint32_t
is_free(const struct weir_prints *p, uint32_t e)
{
	uint32_t mask = tick_mask(p);

	return e == 0 || (p->time_bits > 0 && ((e - (uint32_t)p->base) & mask) > mask / 2);
}

static unsigned
count_free(const struct weir_prints *p, uint32_t line)
{
	unsigned n = 0;
	int i;

	if (p->width == 16)
		for (i = 0; i < NARROW; i++)
			n += narrow_line(p, line)[i] == 0;
	else
		for (i = 0; i < WIDE; i++)
			n += is_free(p, wide_line(p, line)[i]);
	return n;
}

static void
note_used(struct weir_prints *p, uint32_t line)
{
	if (p->nused <= p->most && (p->nused == 0 || p->used[p->nused - 1] != line)) {
		if (p->nused < p->most)
			p->used[p->nused] = line;
		p->nused++;
	}
}

int
weir_prints_put(struct weir_prints *p, struct weir_hash_pair h, uint64_t tick)
{
	uint32_t line[2], print = print_of(p, h);
	unsigned a, b, i = 0;

	lines_of(p, h, tick, line);
	a = count_free(p, line[0]);
	b = count_free(p, line[1]);
	if (b > a)
		line[0] = line[1];
	if (a == 0 && b == 0)
		return -1;
	if (p->width == 16) {
		while (narrow_line(p, line[0])[i] != 0)
			i++;
		narrow_line(p, line[0])[i] = (uint16_t)print;
	} else {
		while (!is_free(p, wide_line(p, line[0])[i]))
			i++;
		wide_line(p, line[0])[i] = print << p->time_bits | ((uint32_t)tick & tick_mask(p));
		note_used(p, line[0]);
	}
	p->n++;
	return 0;
}

/* Clears what is forgotten at the new base, as told by the old one. How many are left in the line. */
static unsigned
sweep_line(struct weir_prints *p, uint32_t line, uint64_t base)
{
	uint32_t *e = wide_line(p, line), mask = tick_mask(p);
	unsigned left = 0;
	int i;

	for (i = 0; i < WIDE; i++) {
		uint64_t ahead = (e[i] - (uint32_t)p->base) & mask;

		if (ahead > mask / 2 || ahead < base - p->base)
			e[i] = 0;
		left += e[i] != 0;
	}
	return left;
}

/* Lines that are known to be in use, if they are known; else all of them, and from then on they are known if they are few. So what a
 * sweep takes is in proportion to what was put, however fast time passes. */
static void
sweep(struct weir_prints *p, uint64_t base)
{
	uint32_t i, n = p->nused;

	p->nused = 0;
	if (n <= p->most)
		for (i = 0; i < n; i++) {
			if (sweep_line(p, p->used[i], base) > 0)
				note_used(p, p->used[i]);
		}
	else
		for (i = 0; i < p->nlines; i++) {
			if (sweep_line(p, i, base) > 0)
				note_used(p, i);
		}
	p->swept = base;
}

void
weir_prints_advance(struct weir_prints *p, uint64_t base)
{
	if (p->time_bits == 0 || base <= p->base)
		return;
	if (base - p->swept >= weir_prints_range(p) / 2)
		sweep(p, base);
	p->base = base;
}

int
weir_prints_load(struct weir_prints *p, uint64_t at, const unsigned char *bytes, size_t n)
{
	uint64_t i;

	if (at % WEIR_PRINTS_LINE != 0 || n % WEIR_PRINTS_LINE != 0 || at > p->memory || n > p->memory - at)
		return -1;
	memcpy(p->lines + at, bytes, n);
	for (i = at; i < at + n && p->time_bits > 0; i += WEIR_PRINTS_LINE)
		note_used(p, (uint32_t)(i / WEIR_PRINTS_LINE));
	return 0;
}
