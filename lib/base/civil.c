/*
 * civil - see civil.h. The readers for RFC 3339 and for web servers' logs are
 * what a source runs once a record: they test the digits where the format has
 * them and leave all ranges to one place, join.
 *
 * Years are counted from March here, so that the leap day is the last of a year
 * and the days before a month are a straight line, (153 * month + 2) / 5. 400
 * years are 146097 days.
 */
#include "base/civil.h"
#include "base/num.h"
#include "base/units.h"

#include <string.h>

#define DAY INT64_C(86400)
#define CYCLE INT64_C(146097)
#define EPOCH INT64_C(719468)           /* 1970-01-01 as days since 0000-03-01 */
#define EXP_LIMIT INT64_C(1000000000000000)

/* What stands for anything but digits, or a month: it is outside of every range. */
#define NO_NUMBER 10000

static inline int64_t
days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t cycle;

	year -= month <= 2;
	cycle = (year >= 0 ? year : year - 399) / 400;
	year -= cycle * 400;
	return cycle * CYCLE + year * 365 + year / 4 - year / 100 +
	    (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1 - EPOCH;
}

int64_t
weir_civil_days(int64_t year, unsigned month, unsigned day)
{
	return days_of(year, month, day);
}

void
weir_civil_date(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t cycle, y;
	unsigned m;

	days += EPOCH;
	cycle = (days >= 0 ? days : days - (CYCLE - 1)) / CYCLE;
	days -= cycle * CYCLE;
	y = (days - days / 1460 + days / 36524 - days / (CYCLE - 1)) / 365;
	days -= y * 365 + y / 4 - y / 100;
	m = (unsigned)(5 * days + 2) / 153;
	*day = (unsigned)days - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = cycle * 400 + y + (m >= 10);
}

/* 30 or 31 in turn, July and August both 31. */
static inline unsigned
month_days(int64_t year, unsigned month)
{
	if (month == 2)
		return 28 + (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
	return 30 + ((month ^ month >> 3) & 1);
}

/* sec and nano as one number; 1 if it is out of range. */
static inline int
compose(int64_t sec, uint32_t nano, int64_t *ns)
{
	int64_t rest = nano, t;

	if (sec < 0 && rest > 0) {      /* the least second's start is out of range */
		sec++;
		rest -= WEIR_SECOND;
	}
	if (__builtin_mul_overflow(sec, WEIR_SECOND, &t) || __builtin_add_overflow(t, rest, &t) ||
	    t == WEIR_TIME_NONE)
		return 1;
	*ns = t;
	return 0;
}

/* Whether a UTC month begins at sec. */
static bool
begins_month(int64_t sec)
{
	int64_t year;
	unsigned month, day;

	if (sec % DAY != 0)
		return false;
	weir_civil_date(sec / DAY, &year, &month, &day);
	return day == 1;
}

static inline int
join(const struct weir_civil *c, const struct weir_zone *z, int64_t *ns)
{
	uint32_t nano = c->nano;
	bool leap = c->second == 60;
	int64_t sec;

	if (c->month - 1 > 11 || c->day - 1 > 30 || c->day > month_days(c->year, c->month) ||
	    c->hour > 23 || c->minute > 59 || c->second > 60)
		return -1;
	sec = days_of(c->year, c->month, c->day) * DAY + c->hour * 3600 + c->minute * 60 +
	    c->second - leap;
	if (c->has_offset)
		sec -= c->offset;
	else if (z != NULL)
		sec = weir_zone_instant(z, sec);
	if (leap) {
		if (!begins_month(++sec))
			return -1;
		nano = 0;
	}
	return compose(sec, nano, ns);
}

int
weir_civil_join(const struct weir_civil *c, const struct weir_zone *z, int64_t *ns)
{
	return join(c, z, ns);
}

static inline unsigned
two(const unsigned char *p)
{
	unsigned a = p[0] - (unsigned)'0', b = p[1] - (unsigned)'0';

	return a > 9 || b > 9 ? NO_NUMBER : a * 10 + b;
}

static inline unsigned
four(const unsigned char *p)
{
	unsigned a = two(p), b = two(p + 2);

	return a >= NO_NUMBER || b >= NO_NUMBER ? NO_NUMBER : a * 100 + b;
}

static inline size_t
offset(const unsigned char *p, size_t len, int32_t *seconds)
{
	unsigned hour, minute = 0;
	size_t n = 3;

	*seconds = 0;
	if (len > 0 && (p[0] == 'Z' || p[0] == 'z'))
		return 1;
	if (len < 3 || (p[0] != '+' && p[0] != '-') || (hour = two(p + 1)) > 23)
		return 0;
	if (len >= 6 && p[3] == ':') {
		minute = two(p + 4);
		n = 6;
	} else if (len >= 5 && p[3] - (unsigned)'0' <= 9) {
		minute = two(p + 3);
		n = 5;
	}
	if (minute > 59)
		return 0;
	*seconds = (int32_t)(hour * 3600 + minute * 60);
	if (p[0] == '-')
		*seconds = -*seconds;
	return n;
}

size_t
weir_civil_offset(const void *p, size_t len, int32_t *seconds)
{
	return offset(p, len, seconds);
}

/* A point and digits, of which 9 count; their length, 0 if there are none. */
static inline size_t
fraction(const unsigned char *p, size_t len, uint32_t *nano)
{
	static const uint32_t scale[] = { 1000000000, 100000000, 10000000, 1000000, 100000,
		10000, 1000, 100, 10, 1 };
	size_t n = 1;
	uint32_t v = 0;

	for (; n < len && n <= 9 && p[n] - (unsigned)'0' <= 9; n++)
		v = v * 10 + (p[n] - (unsigned)'0');
	*nano = v * scale[n - 1];
	while (n < len && p[n] - (unsigned)'0' <= 9)
		n++;
	return n > 1 ? n : 0;
}

/* The fields of an RFC 3339 text; 0, or -1 if it isn't built like one. */
static inline int
take_apart(const unsigned char *p, size_t len, bool strict, struct weir_civil *c)
{
	size_t at, n;

	*c = (struct weir_civil){ .year = 0 };
	if (len < 10 || p[4] != '-' || p[7] != '-')
		return -1;
	c->year = four(p);
	c->month = two(p + 5);
	c->day = two(p + 8);
	if (c->year >= NO_NUMBER)
		return -1;
	if (len == 10)
		return strict ? -1 : 0;
	if (len < 16 || (p[10] != 'T' && p[10] != 't' && (strict || p[10] != ' ')) || p[13] != ':')
		return -1;
	c->hour = two(p + 11);
	c->minute = two(p + 14);
	at = 16;
	if (len >= 19 && p[16] == ':') {
		c->second = two(p + 17);
		at = 19;
		if (len > 19 && (p[19] == '.' || (!strict && p[19] == ','))) {
			if ((n = fraction(p + 19, len - 19, &c->nano)) == 0)
				return -1;
			at += n;
		}
	} else if (strict) {
		return -1;
	}
	if (at < len || strict) {
		n = offset(p + at, len - at, &c->offset);
		if (n == 0 || at + n != len || (strict && n != 1 && n != 6))
			return -1;
		c->has_offset = true;
	}
	return 0;
}

int
weir_civil_rfc3339(const void *p, size_t len, const struct weir_zone *z, int64_t *ns)
{
	struct weir_civil c;

	return take_apart(p, len, false, &c) == 0 && join(&c, z, ns) == 0 ? 0 : -1;
}

int
weir_civil_rfc3339_strict(const void *p, size_t len, int64_t *ns)
{
	struct weir_civil c;
	int rc;

	if (take_apart(p, len, true, &c) < 0)
		return -1;
	rc = join(&c, NULL, ns);
	if (rc == 1)
		*ns = WEIR_TIME_NONE;
	return rc < 0 ? -1 : 0;
}

#define NAME3(a, b, c) ((unsigned)(a) << 16 | (unsigned)(b) << 8 | (unsigned)(c))

static inline unsigned
month_named(const unsigned char *p)
{
	switch (NAME3(p[0], p[1], p[2])) {
	case NAME3('J', 'a', 'n'): return 1;
	case NAME3('F', 'e', 'b'): return 2;
	case NAME3('M', 'a', 'r'): return 3;
	case NAME3('A', 'p', 'r'): return 4;
	case NAME3('M', 'a', 'y'): return 5;
	case NAME3('J', 'u', 'n'): return 6;
	case NAME3('J', 'u', 'l'): return 7;
	case NAME3('A', 'u', 'g'): return 8;
	case NAME3('S', 'e', 'p'): return 9;
	case NAME3('O', 'c', 't'): return 10;
	case NAME3('N', 'o', 'v'): return 11;
	case NAME3('D', 'e', 'c'): return 12;
	default: return NO_NUMBER;
	}
}

int
weir_civil_clf(const void *text, size_t len, int64_t *ns)
{
	const unsigned char *p = text;
	struct weir_civil c = { .has_offset = true };

	if (len != 26 || p[2] != '/' || p[6] != '/' || p[11] != ':' || p[14] != ':' ||
	    p[17] != ':' || p[20] != ' ' || offset(p + 21, 5, &c.offset) != 5)
		return -1;
	c.year = four(p + 7);
	c.month = month_named(p + 3);
	c.day = two(p);
	c.hour = two(p + 12);
	c.minute = two(p + 15);
	c.second = two(p + 18);
	if (c.year >= NO_NUMBER)
		return -1;
	return join(&c, NULL, ns) == 0 ? 0 : -1;
}

/* What has more digits than a nanosecond or 38 of them is read digit by digit: each
 * has a place, the power of ten of nanoseconds that it counts; those below 0 are
 * cut. */
int
weir_civil_number(const void *text, size_t len, enum weir_civil_unit unit, int64_t *ns)
{
	static const int powers[] = { [WEIR_UNIT_S] = 9, [WEIR_UNIT_MS] = 6, [WEIR_UNIT_US] = 3,
		[WEIR_UNIT_NS] = 0 };
	const unsigned char *p = text, *end = p + len, *stop, *point;
	int64_t place = powers[unit], exponent = 0, t = 0;
	struct weir_num n;
	bool neg;

	if (weir_num_parse(&n, p, len) < 0)
		return -1;
	if (!n.inexact && n.scale <= place && weir_num_magnitude(n.m) <= INT64_MAX)
		return __builtin_mul_overflow((int64_t)n.m,
		    (int64_t)weir_wide_ten[place - n.scale], ns) ? -1 : 0;
	neg = *p == '-';
	p += neg;
	for (stop = p; stop < end && *stop != 'e' && *stop != 'E'; stop++)
		;
	for (const unsigned char *e = stop + 1; e < end; e++)
		if (*e - (unsigned)'0' <= 9 && exponent < EXP_LIMIT)
			exponent = exponent * 10 + (*e - '0');
	if (stop < end)
		place += stop[1] == '-' ? -exponent : exponent;
	point = memchr(p, '.', (size_t)(stop - p));
	place += (point != NULL ? point : stop) - p;
	for (; p < stop && place > 0; p++) {
		if (p == point)
			continue;
		if (__builtin_mul_overflow(t, INT64_C(10), &t) ||
		    __builtin_add_overflow(t, *p - '0', &t))
			return -1;
		place--;
	}
	for (; place > 0 && t > 0; place--)
		if (__builtin_mul_overflow(t, INT64_C(10), &t))
			return -1;
	*ns = neg ? -t : t;
	return 0;
}

int
weir_civil_guess(const void *p, size_t len, enum weir_civil_unit *unit)
{
	struct weir_num n, limit = weir_num_int(INT64_C(100000000000));
	struct weir_num zero = weir_num_int(0), thousand = weir_num_int(1000);
	enum weir_civil_unit u = WEIR_UNIT_S;

	if (weir_num_parse(&n, p, len) < 0)
		return -1;
	if (weir_num_cmp(&n, &zero) < 0)
		n = weir_num_neg(&n);
	while (u < WEIR_UNIT_NS && weir_num_cmp(&n, &limit) >= 0) {
		limit = weir_num_mul(&limit, &thousand);
		u++;
	}
	*unit = u;
	return 0;
}

int
weir_civil_spec(const char *s, int64_t now, const struct weir_zone *z, int64_t *ns)
{
	int64_t span, t;
	const char *why;

	if (strcmp(s, "now") == 0) {
		*ns = now;
		return 0;
	}
	if (*s == '@')
		return weir_civil_number(s + 1, strlen(s + 1), WEIR_UNIT_S, ns);
	if (*s != '+' && *s != '-')
		return weir_civil_rfc3339(s, strlen(s), z, ns);
	if (weir_units_duration(s + 1, &span, &why) < 0 ||
	    __builtin_add_overflow(now, *s == '-' ? -span : span, &t) || t == WEIR_TIME_NONE)
		return -1;
	*ns = t;
	return 0;
}

static char *
put(char *p, unsigned v, int n)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

size_t
weir_civil_format(int64_t ns, char buf[WEIR_CIVIL_TEXT])
{
	int64_t sec = ns / WEIR_SECOND, days, year;
	int64_t nano = ns % WEIR_SECOND;
	unsigned month, day, clock;
	char *p = buf;

	if (nano < 0) {
		nano += WEIR_SECOND;
		sec--;
	}
	days = (sec >= 0 ? sec : sec - (DAY - 1)) / DAY;
	clock = (unsigned)(sec - days * DAY);
	weir_civil_date(days, &year, &month, &day);
	p = put(p, (unsigned)year, 4);
	*p++ = '-';
	p = put(p, month, 2);
	*p++ = '-';
	p = put(p, day, 2);
	*p++ = 'T';
	p = put(p, clock / 3600, 2);
	*p++ = ':';
	p = put(p, clock / 60 % 60, 2);
	*p++ = ':';
	p = put(p, clock % 60, 2);
	if (nano > 0) {
		*p++ = '.';
		for (p = put(p, (unsigned)nano, 9); p[-1] == '0'; p--)
			;
	}
	*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - buf);
}
