/*
 * zone - the offset from UTC that holds at a place and time
 *
 * Sources: RFC 8536 (TZif, versions 1 to 3) and POSIX's TZ rule, with RFC 8536's
 * extension of its hours. A zone never changes after it was opened.
 */
#ifndef WEIR_BASE_ZONE_H
#define WEIR_BASE_ZONE_H

#include <stdint.h>

struct weir_zone;

/* A zone by its name ("Europe/Berlin", "UTC", or a POSIX TZ string such as
 * "CET-1CEST,M3.5.0,M10.5.0/3"), from the system's zone data ($TZDIR, else
 * /usr/share/zoneinfo). NULL if there is none, its file is damaged or counts leap
 * seconds, or the name is empty, begins with "/" or contains "..". "UTC" needs no
 * file. A TZ string's rule is taken to hold from 1600 on, its standard time before.
 * Free with weir_zone_free; NULL stands for UTC in every call below. */
struct weir_zone *weir_zone_open(const char *name);
void weir_zone_free(struct weir_zone *z);

/* Seconds east of UTC that hold at an instant (seconds since 1970). */
int32_t weir_zone_offset(const struct weir_zone *z, int64_t utc);

/* The instant (seconds since 1970) of a local time given as seconds since
 * 1970-01-01T00:00 of that local clock. In an hour that comes twice: the first;
 * in one that is skipped: the offset before the gap is taken. Both times must be
 * within 2^62 of 0. */
int64_t weir_zone_instant(const struct weir_zone *z, int64_t local);

#endif
