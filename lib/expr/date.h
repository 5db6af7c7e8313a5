/*
 * date - a time taken apart as struct tm has it, and as text by strftime's conversions
 *
 * Proleptic Gregorian calendar, no leap seconds, English names: nothing depends on a locale. Local time
 * is the C library's, by $TZ.
 */
#ifndef WEIR_EXPR_DATE_H
#define WEIR_EXPR_DATE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Years beyond this are refused, in both directions. */
#define WEIR_DATE_YEARS INT64_C(2000000000)

struct weir_date {
	int64_t year;
	int64_t month, day;           /* 0..11, 1..31 */
	int64_t hour, minute, second;
	int weekday, yearday;         /* 0 is Sunday; 0 is the first of January */
	int64_t instant;              /* seconds since 1970 */
	int32_t offset;               /* seconds east of UTC */
	const char *zone;             /* "UTC", or valid until the next call that is about local time */
};

/* Of an instant; false if it is out of range. */
bool weir_date_utc(struct weir_date *d, int64_t instant);
bool weir_date_local(struct weir_date *d, int64_t instant);

/* Brings year to second, whatever they are, into their ranges and sets the rest. */
bool weir_date_settle_utc(struct weir_date *d);
bool weir_date_settle_local(struct weir_date *d);

/* Appends what strftime would print, flags and widths as glibc has them; of an unknown conversion
 * its own letters. */
void weir_date_format(struct weir_buf *b, const struct weir_date *d, const char *pattern);

#endif
