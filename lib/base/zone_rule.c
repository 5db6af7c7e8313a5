/*
 * zone_rule - see zone_rule.h. The string is read from left to right by small
 * functions that move a pointer and say whether they found their part.
 */
#include "base/zone_rule.h"
#include "base/civil.h"

#include <stddef.h>

#define DAY INT64_C(86400)

static bool
number(const char **s, unsigned max, unsigned *value)
{
	const char *p = *s;
	unsigned v = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if ((v = v * 10 + (unsigned)(*p - '0')) > max)
			return false;
	*s = p;
	*value = v;
	return true;
}

static bool
accept(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool
clock_time(const char **s, unsigned max_hours, int32_t *seconds)
{
	unsigned hour, min = 0, sec = 0;
	bool neg = accept(s, '-');

	*seconds = 0;
	if (!neg)
		accept(s, '+');
	if (!number(s, max_hours, &hour))
		return false;
	if (accept(s, ':') && (!number(s, 59, &min) || (accept(s, ':') && !number(s, 59, &sec))))
		return false;
	*seconds = (int32_t)(hour * 3600 + min * 60 + sec);
	if (neg)
		*seconds = -*seconds;
	return true;
}

/* At least three letters, or anything of letters, digits and signs in <>. */
static bool
zone_name(const char **s)
{
	bool quoted = accept(s, '<');
	const char *p = *s;
	size_t n;

	for (; (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
	    (quoted && ((*p >= '0' && *p <= '9') || *p == '+' || *p == '-')); p++)
		;
	n = (size_t)(p - *s);
	*s = p;
	return n >= 3 && (!quoted || accept(s, '>'));
}

static bool
rule_date(const char **s, struct weir_zone_rule_date *d)
{
	*d = (struct weir_zone_rule_date){ .kind = '0', .time = 7200 };
	if (accept(s, 'M')) {
		d->kind = 'M';
		if (!number(s, 12, &d->month) || d->month == 0 || !accept(s, '.') ||
		    !number(s, 5, &d->week) || d->week == 0 || !accept(s, '.') ||
		    !number(s, 6, &d->day))
			return false;
	} else if (accept(s, 'J')) {
		d->kind = 'J';
		if (!number(s, 365, &d->day) || d->day == 0)
			return false;
	} else if (!number(s, 365, &d->day)) {
		return false;
	}
	return !accept(s, '/') || clock_time(s, 167, &d->time);
}

/* Offsets in a TZ string count westwards. */
static bool
offset(const char **s, int32_t *seconds)
{
	bool ok = clock_time(s, 24, seconds);

	*seconds = -*seconds;
	return ok;
}

int
weir_zone_rule_parse(struct weir_zone_rule *r, const char *s)
{
	*r = (struct weir_zone_rule){ .changes = false };
	if (!zone_name(&s) || !offset(&s, &r->standard))
		return -1;
	if (*s == '\0')
		return 0;
	r->changes = true;
	r->summer = r->standard + 3600;
	if (!zone_name(&s) || (*s != ',' && !offset(&s, &r->summer)))
		return -1;
	if (!accept(&s, ',') || !rule_date(&s, &r->begin) || !accept(&s, ',') ||
	    !rule_date(&s, &r->end) || *s != '\0')
		return -1;
	return 0;
}

static bool
leap_year(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The date's local time in a year, in seconds since 1970. */
static int64_t
local_time(const struct weir_zone_rule_date *d, int64_t year)
{
	int64_t day = weir_civil_days(year, 1, 1), next;
	unsigned weekday;

	if (d->kind == '0') {
		day += d->day;
	} else if (d->kind == 'J') {
		day += d->day - 1 + (d->day >= 60 && leap_year(year));
	} else {
		day = weir_civil_days(year, d->month, 1);
		next = d->month == 12 ? weir_civil_days(year + 1, 1, 1) :
		    weir_civil_days(year, d->month + 1, 1);
		weekday = (unsigned)(((day + 4) % 7 + 7) % 7);  /* 1970-01-01: Thursday */
		day += (d->day + 7 - weekday) % 7 + 7 * (d->week - 1);
		if (day >= next)
			day -= 7;
	}
	return day * DAY + d->time;
}

int64_t
weir_zone_rule_begin(const struct weir_zone_rule *r, int64_t year)
{
	return local_time(&r->begin, year) - r->standard;
}

int64_t
weir_zone_rule_end(const struct weir_zone_rule *r, int64_t year)
{
	return local_time(&r->end, year) - r->summer;
}
