/*
 * civil - calendar time: its texts, its zones, and the one number inside
 *
 * A time is a signed 64-bit count of nanoseconds since 1970-01-01T00:00:00Z
 * without leap seconds (POSIX), from 1677-09-21 to 2262-04-11. The least value
 * is kept for "none". All readers take (pointer, length), accept nothing beyond
 * it, and answer 0, or -1 where the text is no such time or is out of range.
 *
 * Sources: RFC 3339; POSIX strptime and TZ; RFC 8536 (TZif); days from civil by
 * the proleptic Gregorian calendar.
 */
#ifndef WEIR_BASE_CIVIL_H
#define WEIR_BASE_CIVIL_H

#include "base/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_TIME_NONE INT64_MIN
#define WEIR_TIME_MAX INT64_MAX
#define WEIR_CIVIL_TEXT 40

/* The unit of a number that is a time. */
enum weir_civil_unit { WEIR_UNIT_S, WEIR_UNIT_MS, WEIR_UNIT_US, WEIR_UNIT_NS };

/* Days since 1970-01-01 of a date, and back. month 1..12, day 1..31. */
int64_t weir_civil_days(int64_t year, unsigned month, unsigned day);
void weir_civil_date(int64_t days, int64_t *year, unsigned *month, unsigned *day);

/* A date and a time of day as they are written, and the offset written with them. */
struct weir_civil {
	int64_t year;
	unsigned month, day, hour, minute, second;
	uint32_t nano;
	int32_t offset;         /* seconds east of UTC */
	bool has_offset;        /* else it is a local time of some zone */
};

/* The time of a civil time, in zone z if it has no offset. -1 if there is no such
 * day or time of day; 1 if there is, but out of range. Second 60 is read as the
 * next second's start where RFC 3339 allows it: at 23:59:60 UTC of a month's last
 * day. */
int weir_civil_join(const struct weir_civil *c, const struct weir_zone *z, int64_t *ns);

/* An offset, Z, z, +hh:mm, +hhmm or +hh, at p: its seconds, and how many bytes it
 * takes; 0 if there is none. */
size_t weir_civil_offset(const void *p, size_t len, int32_t *seconds);

/* RFC 3339, and what is common around it: "T", "t" or one space between date and
 * time; fraction digits after "." or "," (beyond 9 they are cut); an offset as above
 * or none (then zone z); seconds may be missing; a date alone is its midnight in z.
 * Days are checked against the month; second 60 as above. */
int weir_civil_rfc3339(const void *p, size_t len, const struct weir_zone *z, int64_t *ns);

/* Strictly RFC 3339's date-time and nothing else, for tests of conformance: as
 * above but "T"/"t" between, seconds and offset (Z, z, +hh:mm) there, "." only. The
 * answer is about the text: a valid time that is out of range gives 0 and
 * WEIR_TIME_NONE. */
int weir_civil_rfc3339_strict(const void *p, size_t len, int64_t *ns);

/* Apache's and nginx's 17/May/2015:08:05:32 +0000. */
int weir_civil_clf(const void *p, size_t len, int64_t *ns);

/* A number by JSON's grammar, in the unit given, taken exactly; digits beyond the
 * nanosecond are cut. */
int weir_civil_number(const void *p, size_t len, enum weir_civil_unit unit, int64_t *ns);

/* The unit that a number of this size must be in to lie within 1970 to 2286 or
 * so: |n| < 1e11 s, < 1e14 ms, < 1e17 us, else ns. -1 if the text is no number. */
int weir_civil_guess(const void *p, size_t len, enum weir_civil_unit *unit);

/* By a strptime(3) pattern, in the C locale: %Y %m %d %H %M %S %y %j %b %B %h %a %A
 * %e %p %I %T %D %F %R %z (as weir_civil_offset) %Z (UTC, GMT, Z only) %s %n %t %%,
 * %f (1 to 9 fraction digits), %L (3). All of the text must be taken. Fields that
 * the pattern lacks: 1970-01-01T00:00:00; without %z in zone z. %y is of 1969 to
 * 2068; %j counts unless both month and day are given; %p only with %I; %s overrides
 * all but a fraction; a weekday is read but not checked. Case of names is ignored;
 * white space in the pattern takes any amount, also none; numbers may have spaces
 * before them, and fewer digits.
 * weir_civil_pattern_check: NULL, or what is wrong with the pattern, valid until the
 * next call. weir_civil_pattern_has_year: false, all times are of 1970. */
int weir_civil_pattern(const void *p, size_t len, const char *pattern,
    const struct weir_zone *z, int64_t *ns);
const char *weir_civil_pattern_check(const char *pattern);
bool weir_civil_pattern_has_year(const char *pattern);

/* What a command line says: RFC 3339 (above), "now", "-1h" or "+5m" (from now), "@1700000000.5". */
int weir_civil_spec(const char *s, int64_t now, const struct weir_zone *z, int64_t *ns);

/* RFC 3339 in UTC with as many fraction digits as it has (none, or up to 9 with
 * trailing zeros cut): "2015-05-17T08:05:32Z". Returns the length; NUL-terminated. */
size_t weir_civil_format(int64_t ns, char buf[WEIR_CIVIL_TEXT]);

#endif
