/*
 * zone - see zone.h. A zone is one ascending table of instants and the offset
 * that holds from each. The TZif file gives its beginning. Where the file ends
 * with a rule, the rule's changes are added for 400 years and a few: after 400
 * years the calendar repeats to the weekday, so a later time is looked up whole
 * cycles earlier, and no rule is worked out after opening.
 */
#include "base/zone.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/zone_rule.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define CYCLE (INT64_C(146097) * DAY)
#define CYCLE_YEARS 400
#define SPARE_YEARS 3                   /* around the cycle's seam */
#define FIRST_YEAR 1600
#define MAX_FILE 262144
#define MAX_INSTANT (INT64_C(1) << 59)  /* RFC 8536: nothing is earlier */
#define MAX_LAST (INT64_C(1) << 40)     /* some year 36800: no rule begins later */
#define MAX_OFFSET 93600                /* 26 hours, above all there ever were */

struct change {
	int64_t at;
	int32_t offset;
};

struct weir_zone {
	struct change *change;
	size_t n;
	int32_t first;          /* before the first change */
	bool cycles;
};

static void
add_change(struct weir_zone *z, int64_t at, int32_t offset)
{
	if (z->n > 0 && at <= z->change[z->n - 1].at)
		z->change[z->n - 1].offset = offset;
	else
		z->change[z->n++] = (struct change){ at, offset };
}

/* Adds what the rule says after the table's end. The two changes of a year come
 * in either order; summer time all year ends when the next year's begins. */
static void
extend(struct weir_zone *z, const struct weir_zone_rule *r)
{
	int64_t after = z->n > 0 ? z->change[z->n - 1].at : -MAX_INSTANT;
	int64_t year = FIRST_YEAR, days;
	unsigned month, day;

	if (!r->changes) {
		if (z->n == 0)
			z->first = r->standard;
		return;
	}
	if (z->n > 0) {
		days = after >= 0 ? after / DAY : -((-after + DAY - 1) / DAY);
		weir_civil_date(days, &year, &month, &day);
		if (year < FIRST_YEAR)
			year = FIRST_YEAR;
	} else {
		z->first = r->standard;
	}
	z->change = weir_mem_realloc(z->change, z->n + 2 * (CYCLE_YEARS + SPARE_YEARS),
	    sizeof(*z->change));
	for (int i = 0; i < CYCLE_YEARS + SPARE_YEARS; i++, year++) {
		struct change begin = { weir_zone_rule_begin(r, year), r->summer };
		struct change end = { weir_zone_rule_end(r, year), r->standard };
		const struct change *one = begin.at <= end.at ? &begin : &end;
		const struct change *two = one == &begin ? &end : &begin;

		if (one->at > after)
			add_change(z, one->at, one->offset);
		if (two->at > after)
			add_change(z, two->at, two->offset);
	}
	z->cycles = true;
}

/* The counts of a header, and where its block's parts are. */
struct block {
	size_t isut, isstd, leap, times, types, chars;
	const unsigned char *at, *index, *type;
};

static int64_t
big_endian(const unsigned char *p, size_t n)
{
	uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

/* Reads the header at *p and moves *p behind its block. width is that of a time. */
static bool
read_block(const unsigned char **p, const unsigned char *end, size_t width, struct block *b)
{
	size_t *counts[] = { &b->isut, &b->isstd, &b->leap, &b->times, &b->types, &b->chars };
	size_t size;

	if (end - *p < 44 || memcmp(*p, "TZif", 4) != 0)
		return false;
	for (size_t i = 0; i < 6; i++) {
		*counts[i] = (size_t)(big_endian(*p + 20 + 4 * i, 4) & 0xffffffff);
		if (*counts[i] > MAX_FILE)
			return false;
	}
	*p += 44;
	size = b->times * (width + 1) + b->types * 6 + b->chars + b->leap * (width + 4) +
	    b->isstd + b->isut;
	if ((size_t)(end - *p) < size)
		return false;
	b->at = *p;
	b->index = b->at + b->times * width;
	b->type = b->index + b->times;
	*p += size;
	return true;
}

static bool
take_block(struct weir_zone *z, const struct block *b, size_t width)
{
	if (b->types == 0 || b->types > 256 || b->chars == 0 || b->leap != 0 ||
	    (b->isut != 0 && b->isut != b->types) || (b->isstd != 0 && b->isstd != b->types))
		return false;
	for (size_t i = 0; i < b->types; i++) {
		const unsigned char *type = b->type + 6 * i;
		int64_t offset = big_endian(type, 4);

		if (offset < -MAX_OFFSET || offset > MAX_OFFSET || type[4] > 1 ||
		    type[5] >= b->chars)
			return false;
	}
	z->first = (int32_t)big_endian(b->type, 4);
	z->change = weir_mem_zalloc(b->times, sizeof(*z->change));
	for (z->n = 0; z->n < b->times; z->n++) {
		struct change *c = &z->change[z->n];

		c->at = big_endian(b->at + width * z->n, width);
		if (b->index[z->n] >= b->types || c->at < -MAX_INSTANT || c->at > MAX_LAST ||
		    (z->n > 0 && c->at <= c[-1].at))
			return false;
		c->offset = (int32_t)big_endian(b->type + 6 * (size_t)b->index[z->n], 4);
	}
	return true;
}

/* The footer: a rule, maybe empty, between two newlines. */
static bool
take_footer(struct weir_zone *z, const unsigned char *p, const unsigned char *end)
{
	char text[128];
	struct weir_zone_rule rule;
	size_t n = 0;

	if (p == end || *p++ != '\n')
		return false;
	for (; p + n < end && p[n] != '\n'; n++)
		if (n == sizeof(text) - 1 || p[n] == '\0')
			return false;
	if (p + n == end)
		return false;
	if (n == 0)
		return true;
	memcpy(text, p, n);
	text[n] = '\0';
	if (weir_zone_rule_parse(&rule, text) < 0)
		return false;
	extend(z, &rule);
	return true;
}

static bool
take_file(struct weir_zone *z, const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len;
	bool old = len > 4 && p[4] == '\0';
	struct block b;

	if (!read_block(&p, end, 4, &b))
		return false;
	if (old)
		return take_block(z, &b, 4);
	return read_block(&p, end, 8, &b) && take_block(z, &b, 8) && take_footer(z, p, end);
}

/* All of a regular file; NULL if there is none or it is too large. */
static unsigned char *
read_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char *data = NULL;
	struct stat st;
	ssize_t n = 1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= MAX_FILE) {
		data = weir_mem_alloc(MAX_FILE);
		for (*len = 0; *len < MAX_FILE && n > 0; *len += (size_t)n)
			if ((n = read(fd, data + *len, MAX_FILE - *len)) < 0)
				n = 0;
	}
	close(fd);
	return data;
}

static unsigned char *
find_file(const char *name, size_t *len)
{
	const char *dir = getenv("TZDIR");
	unsigned char *data;
	char *path;
	size_t size;

	if (dir == NULL || *dir == '\0')
		dir = "/usr/share/zoneinfo";
	size = strlen(dir) + strlen(name) + 2;
	path = weir_mem_alloc(size);
	snprintf(path, size, "%s/%s", dir, name);
	data = read_file(path, len);
	free(path);
	return data;
}

struct weir_zone *
weir_zone_open(const char *name)
{
	struct weir_zone *z;
	unsigned char *data;
	struct weir_zone_rule rule;
	size_t len;
	bool ok;

	if (*name == '\0' || *name == '/' || strstr(name, "..") != NULL)
		return NULL;
	z = weir_mem_zalloc(1, sizeof(*z));
	if (strcmp(name, "UTC") == 0)
		return z;
	data = find_file(name, &len);
	if (data != NULL) {
		ok = take_file(z, data, len);
		free(data);
	} else {
		ok = weir_zone_rule_parse(&rule, name) == 0;
		if (ok)
			extend(z, &rule);
	}
	if (!ok) {
		weir_zone_free(z);
		return NULL;
	}
	return z;
}

void
weir_zone_free(struct weir_zone *z)
{
	if (z == NULL)
		return;
	free(z->change);
	free(z);
}

static int32_t
offset_before(const struct weir_zone *z, size_t i)
{
	return i == 0 ? z->first : z->change[i - 1].offset;
}

/* When change i shows: its instant, or on the local clock the later of the two
 * readings there are at that instant. So a skipped hour still has the offset
 * before it, and an hour that comes twice is taken as the first. */
static int64_t
shows_at(const struct weir_zone *z, size_t i, bool local)
{
	int32_t before = offset_before(z, i), after = z->change[i].offset;

	if (!local)
		return z->change[i].at;
	return z->change[i].at + (before > after ? before : after);
}

static int32_t
look_up(const struct weir_zone *z, int64_t t, bool local)
{
	size_t low = 0, high;
	int64_t last;

	if (z == NULL || z->n == 0)
		return z == NULL ? 0 : z->first;
	high = z->n;
	last = shows_at(z, high - 1, local);
	if (z->cycles && t >= last)
		t -= ((t - last) / CYCLE + 1) * CYCLE;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (shows_at(z, middle, local) <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return offset_before(z, low);
}

int32_t
weir_zone_offset(const struct weir_zone *z, int64_t utc)
{
	return look_up(z, utc, false);
}

int64_t
weir_zone_instant(const struct weir_zone *z, int64_t local)
{
	return local - look_up(z, local, true);
}
