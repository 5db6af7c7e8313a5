/*
 * date - see date.h. Here: to and from instants; date_format.c prints.
 */
#include "expr/date.h"
#include "base/civil.h"

#include <time.h>

#define DAY 86400
#define SECONDS_MOST (WEIR_DATE_YEARS * 366 * DAY)

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The fields of a count of seconds since 1970 of the clock that is meant. */
static bool
take_apart(struct weir_date *d, int64_t seconds)
{
	int64_t days = floor_div(seconds, DAY), rest = seconds - days * DAY;
	unsigned month, day;

	if (seconds > SECONDS_MOST || seconds < -SECONDS_MOST)
		return false;
	weir_civil_date(days, &d->year, &month, &day);
	if (d->year > WEIR_DATE_YEARS || d->year < -WEIR_DATE_YEARS)
		return false;
	d->month = month - 1;
	d->day = day;
	d->hour = rest / 3600;
	d->minute = rest / 60 % 60;
	d->second = rest % 60;
	d->weekday = (int)(days + 4 - floor_div(days + 4, 7) * 7);
	d->yearday = (int)(days - weir_civil_days(d->year, 1, 1));
	return true;
}

/* The other way; false if a field is out of all range. */
static bool
put_together(const struct weir_date *d, int64_t *seconds)
{
	const int64_t fields[] = {d->year, d->month, d->day, d->hour, d->minute, d->second};
	int64_t year;
	unsigned i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i] > WEIR_DATE_YEARS || fields[i] < -WEIR_DATE_YEARS)
			return false;
	year = d->year + floor_div(d->month, 12);
	*seconds = (weir_civil_days(year, (unsigned)(d->month - floor_div(d->month, 12) * 12) + 1, 1) +
	    d->day - 1) * DAY + d->hour * 3600 + d->minute * 60 + d->second;
	return true;
}

bool
weir_date_utc(struct weir_date *d, int64_t instant)
{
	d->instant = instant;
	d->offset = 0;
	d->zone = "UTC";
	return take_apart(d, instant);
}

/* tzname is by whether summer time holds. */
static bool
of_local(struct weir_date *d, int64_t instant, const struct tm *tm)
{
	int64_t clock = weir_civil_days((int64_t)tm->tm_year + 1900, (unsigned)tm->tm_mon + 1,
	    (unsigned)tm->tm_mday) * DAY + tm->tm_hour * 3600 + tm->tm_min * 60 + tm->tm_sec;

	d->instant = instant;
	d->offset = (int32_t)(clock - instant);
	d->zone = tzname[tm->tm_isdst > 0];
	return take_apart(d, clock);
}

bool
weir_date_local(struct weir_date *d, int64_t instant)
{
	time_t t = (time_t)instant;
	struct tm tm;

	tzset();
	return localtime_r(&t, &tm) != NULL && of_local(d, instant, &tm);
}

bool
weir_date_settle_utc(struct weir_date *d)
{
	int64_t seconds;

	return put_together(d, &seconds) && weir_date_utc(d, seconds);
}

bool
weir_date_settle_local(struct weir_date *d)
{
	struct tm tm = {.tm_isdst = -1};
	int64_t seconds;
	time_t t;

	if (!put_together(d, &seconds) || !take_apart(d, seconds))
		return false;
	tm.tm_year = (int)(d->year - 1900);
	tm.tm_mon = (int)d->month;
	tm.tm_mday = (int)d->day;
	tm.tm_hour = (int)d->hour;
	tm.tm_min = (int)d->minute;
	tm.tm_sec = (int)d->second;
	tm.tm_wday = -1;
	t = mktime(&tm);
	return tm.tm_wday >= 0 && of_local(d, t, &tm);
}
