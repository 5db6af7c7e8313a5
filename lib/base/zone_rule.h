/*
 * zone_rule - POSIX's TZ string: an offset, and when it changes each year
 *
 * With RFC 8536's extension: the hour of a change may be from -167 to 167.
 */
#ifndef WEIR_BASE_ZONE_RULE_H
#define WEIR_BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* When the clock is changed: Mm.w.d, Jn or n, and the time of day. */
struct weir_zone_rule_date {
	char kind;              /* 'M', 'J' or '0' */
	unsigned month, week, day;
	int32_t time;
};

/* Offsets in seconds east of UTC. The dates count only if it changes. */
struct weir_zone_rule {
	int32_t standard, summer;
	bool changes;
	struct weir_zone_rule_date begin, end;
};

/* 0, or -1 if s is no such string, or has a summer time without its dates. */
int weir_zone_rule_parse(struct weir_zone_rule *r, const char *s);

/* When summer time begins and ends in a year, in seconds since 1970. */
int64_t weir_zone_rule_begin(const struct weir_zone_rule *r, int64_t year);
int64_t weir_zone_rule_end(const struct weir_zone_rule *r, int64_t year);

#endif
