/*
 * civil_pattern - times by a strptime(3) pattern, see civil.h
 *
 * The pattern is walked beside the text; each conversion takes what it can and
 * fills in a field. A number takes digits up to its width, but stops before it
 * would leave its range, as the C library does it: %H%M reads "730" as 7:30.
 */
#include "base/civil.h"
#include "base/units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CONVERSIONS "YmdHMSyjbBhaAepITDFRzZsnt%fL"

struct state {
	const unsigned char *p, *end;   /* what is left of the text */
	struct weir_civil c;
	unsigned yday;
	bool has_month, has_day, has_yday;
	bool twelve, pm;                /* the hour is of 12; the afternoon's */
	bool has_epoch;
	int64_t epoch;                  /* in nanoseconds */
};

static const char *const months[] = { "January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December", NULL };
static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday", "Wednesday",
	"Thursday", "Friday", "Saturday", NULL };
static const char *const halves[] = { "AM", "PM", NULL };
static const char *const utc_names[] = { "UTC", "GMT", "Z", NULL };

static void
skip_space(struct state *s)
{
	while (s->p < s->end && isspace(*s->p))
		s->p++;
}

static bool
is_digit(const struct state *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static bool
number(struct state *s, unsigned low, unsigned high, int width, unsigned *value)
{
	unsigned v = 0;

	while (s->p < s->end && *s->p == ' ')
		s->p++;
	if (!is_digit(s))
		return false;
	do {
		v = v * 10 + (unsigned)(*s->p++ - '0');
	} while (--width > 0 && v * 10 <= high && is_digit(s));
	*value = v;
	return v >= low && v <= high;
}

static bool
starts_with(const struct state *s, const char *name, size_t n)
{
	return (size_t)(s->end - s->p) >= n && strncasecmp((const char *)s->p, name, n) == 0;
}

/* One of the names, or its first `brief` letters if that isn't 0; its place, -1 if
 * it is none. */
static int
named(struct state *s, const char *const *names, size_t brief)
{
	for (int i = 0; names[i] != NULL; i++) {
		size_t n = strlen(names[i]);

		if (!starts_with(s, names[i], n)) {
			if (brief == 0 || !starts_with(s, names[i], brief))
				continue;
			n = brief;
		}
		s->p += n;
		return i;
	}
	return -1;
}

/* A fraction of a second, least to most digits. */
static bool
fraction(struct state *s, int least, int most)
{
	uint32_t v = 0;
	int n = 0;

	for (; n < most && is_digit(s); n++)
		v = v * 10 + (uint32_t)(*s->p++ - '0');
	if (n < least)
		return false;
	for (; n < 9; n++)
		v *= 10;
	s->c.nano = v;
	return true;
}

static bool
epoch(struct state *s)
{
	bool neg = s->p < s->end && *s->p == '-';
	int64_t v = 0;

	s->p += neg;
	if (!is_digit(s))
		return false;
	for (; is_digit(s); s->p++)
		if (__builtin_mul_overflow(v, INT64_C(10), &v) ||
		    __builtin_add_overflow(v, *s->p - '0', &v))
			return false;
	s->has_epoch = true;
	return !__builtin_mul_overflow(neg ? -v : v, WEIR_SECOND, &s->epoch);
}

static bool
zone_offset(struct state *s)
{
	size_t n;

	skip_space(s);
	n = weir_civil_offset(s->p, (size_t)(s->end - s->p), &s->c.offset);
	s->p += n;
	s->c.has_offset = true;
	return n > 0;
}

static bool walk(struct state *s, const char *pattern);

static bool
date_field(struct state *s, char conversion)
{
	unsigned v;
	int name;

	switch (conversion) {
	case 'Y':
		if (!number(s, 0, 9999, 4, &v))
			return false;
		s->c.year = v;
		return true;
	case 'y':
		if (!number(s, 0, 99, 2, &v))
			return false;
		s->c.year = v + (v >= 69 ? 1900 : 2000);
		return true;
	case 'b': case 'B': case 'h':
		name = named(s, months, 3);
		s->c.month = (unsigned)(name + 1);
		s->has_month = true;
		return name >= 0;
	case 'm':
		s->has_month = true;
		return number(s, 1, 12, 2, &s->c.month);
	case 'd': case 'e':
		s->has_day = true;
		return number(s, 1, 31, 2, &s->c.day);
	case 'j':
		s->has_yday = true;
		return number(s, 1, 366, 3, &s->yday);
	default:
		return named(s, weekdays, 3) >= 0;
	}
}

static bool
clock_field(struct state *s, char conversion)
{
	int name;

	switch (conversion) {
	case 'H':
		s->twelve = false;
		return number(s, 0, 23, 2, &s->c.hour);
	case 'I':
		s->twelve = true;
		return number(s, 1, 12, 2, &s->c.hour);
	case 'p':
		name = named(s, halves, 0);
		s->pm = name == 1;
		return name >= 0;
	case 'M':
		return number(s, 0, 59, 2, &s->c.minute);
	case 'S':
		return number(s, 0, 60, 2, &s->c.second);
	case 'f':
		return fraction(s, 1, 9);
	default:
		return fraction(s, 3, 3);
	}
}

static bool
convert(struct state *s, char conversion)
{
	switch (conversion) {
	case 'Y': case 'y': case 'b': case 'B': case 'h': case 'm': case 'd': case 'e':
	case 'j': case 'a': case 'A':
		return date_field(s, conversion);
	case 'H': case 'I': case 'p': case 'M': case 'S': case 'f': case 'L':
		return clock_field(s, conversion);
	case 'T':
		return walk(s, "%H:%M:%S");
	case 'R':
		return walk(s, "%H:%M");
	case 'D':
		return walk(s, "%m/%d/%y");
	case 'F':
		return walk(s, "%Y-%m-%d");
	case 's':
		return epoch(s);
	case 'z':
		return zone_offset(s);
	case 'Z':
		s->c.has_offset = true;
		s->c.offset = 0;
		return named(s, utc_names, 0) >= 0;
	case 'n': case 't':
		skip_space(s);
		return true;
	case '%':
		return s->p < s->end && *s->p++ == '%';
	default:
		return false;
	}
}

static bool
walk(struct state *s, const char *pattern)
{
	for (; *pattern != '\0'; pattern++) {
		if (isspace((unsigned char)*pattern)) {
			skip_space(s);
		} else if (*pattern == '%') {
			if (!convert(s, *++pattern))
				return false;
		} else if (s->p == s->end || *s->p++ != (unsigned char)*pattern) {
			return false;
		}
	}
	return true;
}

/* The day of the year as a date; false if the year has no such day. */
static bool
settle_date(struct state *s)
{
	int64_t day, year;

	if (!s->has_yday || (s->has_month && s->has_day))
		return true;
	day = weir_civil_days(s->c.year, 1, 1) + s->yday - 1;
	weir_civil_date(day, &year, &s->c.month, &s->c.day);
	return year == s->c.year;
}

int
weir_civil_pattern(const void *p, size_t len, const char *pattern,
    const struct weir_zone *z, int64_t *ns)
{
	struct state s = { .p = p, .c = { .year = 1970, .month = 1, .day = 1 } };

	s.end = s.p + len;
	if (!walk(&s, pattern) || s.p != s.end)
		return -1;
	if (s.has_epoch)
		return __builtin_add_overflow(s.epoch, (int64_t)s.c.nano, ns) ? -1 : 0;
	if (s.twelve)
		s.c.hour = s.c.hour % 12 + (s.pm ? 12 : 0);
	if (!settle_date(&s))
		return -1;
	return weir_civil_join(&s.c, z, ns) == 0 ? 0 : -1;
}

const char *
weir_civil_pattern_check(const char *pattern)
{
	static char message[64];

	for (; (pattern = strchr(pattern, '%')) != NULL; pattern++) {
		unsigned char c = (unsigned char)*++pattern;

		if (c == '\0')
			return "it ends with %";
		if (strchr(CONVERSIONS, c) == NULL) {
			if (isprint(c))
				snprintf(message, sizeof(message), "no conversion %%%c", c);
			else
				snprintf(message, sizeof(message), "no conversion %%\\x%02x", c);
			return message;
		}
	}
	return NULL;
}

bool
weir_civil_pattern_has_year(const char *pattern)
{
	for (; (pattern = strchr(pattern, '%')) != NULL && *++pattern != '\0'; pattern++)
		if (strchr("YyDFs", *pattern) != NULL)
			return true;
	return false;
}
