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

#include <stddef.h>
#include <stdint.h>

#define WEIR_TIME_NONE INT64_MIN
#define WEIR_TIME_MAX INT64_MAX
#define WEIR_CIVIL_TEXT 40

struct weir_zone;

/* The unit of a number that is a time. */
enum weir_civil_unit { WEIR_UNIT_S, WEIR_UNIT_MS, WEIR_UNIT_US, WEIR_UNIT_NS };

/* A zone by its name ("Europe/Berlin", "UTC", or a POSIX TZ string such as
 * "CET-1CEST,M3.5.0,M10.5.0/3"), from the system's zone data ($TZDIR, else
 * /usr/share/zoneinfo). NULL if there is none, or the name would leave that
 * directory. "UTC" needs no file. Free with weir_zone_free; NULL stands for UTC
 * in every call below. */
struct weir_zone *weir_zone_open(const char *name);
void weir_zone_free(struct weir_zone *z);

/* Seconds east of UTC that hold at an instant (seconds since 1970). */
int32_t weir_zone_offset(const struct weir_zone *z, int64_t utc);

/* The instant (seconds since 1970) of a local time given as seconds since
 * 1970-01-01T00:00 of that local clock. In an hour that comes twice: the first;
 * in one that is skipped: the offset before the gap is taken. */
int64_t weir_zone_instant(const struct weir_zone *z, int64_t local);

/* Days since 1970-01-01 of a date, and back. month 1..12, day 1..31. */
int64_t weir_civil_days(int64_t year, unsigned month, unsigned day);
void weir_civil_date(int64_t days, int64_t *year, unsigned *month, unsigned *day);

/* RFC 3339, and what is common around it: "T", "t" or one space between date and
 * time; 0 to 9 fraction digits after "." or ","(more are cut); "Z", "z", +hh:mm, +hhmm, +hh
 * or no offset (then zone z); seconds may be missing; a date alone is its midnight in
 * z. Second 60 is read as the next second's start where RFC 3339 allows it (at
 * 23:59:60 UTC). Days are checked against the month. */
int weir_civil_rfc3339(const void *p, size_t len, const struct weir_zone *z, int64_t *ns);

/* Strictly RFC 3339's date-time and nothing else, for tests of conformance: as
 * above but "T"/"t" between, seconds and offset (Z, z, +hh:mm) there, "." only. */
int weir_civil_rfc3339_strict(const void *p, size_t len, int64_t *ns);

/* Apache's and nginx's 17/May/2015:08:05:32 +0000. */
int weir_civil_clf(const void *p, size_t len, int64_t *ns);

/* A number by JSON's grammar, in the unit given; decimals to the nanosecond, exactly. */
int weir_civil_number(const void *p, size_t len, enum weir_civil_unit unit, int64_t *ns);

/* The unit that a number of this size must be in to lie within 1970 to 2286 or
 * so: |n| < 1e11 s, < 1e14 ms, < 1e17 us, else ns. -1 if the text is no number. */
int weir_civil_guess(const void *p, size_t len, enum weir_civil_unit *unit);

/* By a strptime(3) pattern, in the C locale: %Y %m %d %H %M %S %y %j %b %B %h %a %A %e
 * %p %I %T %D %F %R %z (+hhmm, +hh:mm, Z) %Z (UTC, GMT, Z only) %s %n %t %%, %f (1 to 9
 * fraction digits), %L (3). Fields that the pattern lacks: 1970-01-01T00:00:00;
 * without %z in zone z. Case of names is ignored; white space in the pattern takes any amount.
 * weir_civil_pattern_check: NULL, or what is wrong with the pattern. */
int weir_civil_pattern(const void *p, size_t len, const char *pattern,
    const struct weir_zone *z, int64_t *ns);
const char *weir_civil_pattern_check(const char *pattern);

/* What a command line says: RFC 3339 (above), "now", "-1h" or "+5m" (from now), "@1700000000.5". */
int weir_civil_spec(const char *s, int64_t now, const struct weir_zone *z, int64_t *ns);

/* RFC 3339 in UTC with as many fraction digits as it has (none, or up to 9 with
 * trailing zeros cut): "2015-05-17T08:05:32Z". Returns the length; NUL-terminated. */
size_t weir_civil_format(int64_t ns, char buf[WEIR_CIVIL_TEXT]);

#endif
