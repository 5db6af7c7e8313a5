/*
 * function_date - times as numbers of seconds, as arrays of their parts, and as text
 *
 * The parts are those of struct tm, but the year is whole and the second may have a fraction, which is kept
 * exact. Text is read by the C library's strptime.
 */
#include "expr/date.h"
#include "expr/function.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <time.h>

#define PARTS 8

static bool
give(struct weir_val *v, struct weir_val with)
{
	weir_val_drop(v);
	*v = with;
	return true;
}

static struct weir_val
integer(int64_t i)
{
	struct weir_num n = weir_num_int(i);

	return weir_val_number(&n);
}

/* Whole seconds, rounded down, and what is left of a number; false if there are too many. */
static bool
whole_seconds(struct weir_num n, int64_t *seconds, struct weir_num *rest)
{
	struct weir_num whole;
	double d = weir_num_double(&n);

	if (!(fabs(d) < 0x1p62))
		return false;
	*seconds = weir_num_cut(&n);
	whole = weir_num_int(*seconds);
	*seconds -= weir_num_cmp(&n, &whole) < 0;
	whole = weir_num_int(*seconds);
	*rest = weir_num_sub(&n, &whole);
	return true;
}

static struct weir_val
parts_of(const struct weir_date *d, const struct weir_num *fraction)
{
	struct weir_val parts = weir_val_array(PARTS);
	struct weir_num second = weir_num_int(d->second);

	second = weir_num_add(&second, fraction);
	weir_val_push(&parts, integer(d->year));
	weir_val_push(&parts, integer(d->month));
	weir_val_push(&parts, integer(d->day));
	weir_val_push(&parts, integer(d->hour));
	weir_val_push(&parts, integer(d->minute));
	weir_val_push(&parts, weir_val_number(&second));
	weir_val_push(&parts, integer(d->weekday));
	weir_val_push(&parts, integer(d->yearday));
	return parts;
}

static bool
date_of_number(struct weir_call *c, const struct weir_val *v, bool local, struct weir_date *d,
    struct weir_num *fraction)
{
	struct weir_num n;
	int64_t seconds;

	weir_val_num(v, &n);
	if (!whole_seconds(n, &seconds, fraction) ||
	    !(local ? weir_date_local(d, seconds) : weir_date_utc(d, seconds)))
		return weir_call_fail(c, "error converting number of seconds since epoch to datetime");
	return true;
}

static bool
take_apart(struct weir_call *c, struct weir_val *v, bool local)
{
	struct weir_num fraction;
	struct weir_date d = {0};

	if (v->kind != WEIR_VAL_NUMBER)
		return weir_call_fail(c, "%s() requires numeric inputs", local ? "localtime" : "gmtime");
	return date_of_number(c, v, local, &d, &fraction) && give(v, parts_of(&d, &fraction));
}

static bool
gmtime_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return take_apart(c, v, false);
}

static bool
localtime_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return take_apart(c, v, true);
}

/* Parts that are missing are the first; weekday and day of the year follow from the others. */
static bool
date_of_parts(struct weir_val *v, bool local, struct weir_date *d)
{
	int64_t *const fields[] = {&d->year, &d->month, &d->day, &d->hour, &d->minute, &d->second};
	struct weir_num n;
	uint32_t i;

	*d = (struct weir_date){0};
	weir_val_open(v);
	for (i = 0; i < v->arr->n && i < PARTS; i++) {
		if (v->arr->v[i].kind != WEIR_VAL_NUMBER)
			return false;
		weir_val_num(&v->arr->v[i], &n);
		if (i < sizeof(fields) / sizeof(fields[0]))
			*fields[i] = weir_num_cut(&n);
	}
	return v->arr->n > 0 && (local ? weir_date_settle_local(d) : weir_date_settle_utc(d));
}

static bool
mktime_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_date d;

	(void)args;
	if (v->kind != WEIR_VAL_ARRAY)
		return weir_call_fail(c, "mktime requires array inputs");
	if (!date_of_parts(v, false, &d))
		return weir_call_fail(c, "mktime requires parsed datetime inputs");
	return give(v, integer(d.instant));
}

static bool
format(struct weir_call *c, struct weir_val *v, struct weir_val *pattern, bool local)
{
	const char *name = local ? "strflocaltime" : "strftime";
	struct weir_buf text = {0}, b = {0};
	struct weir_num fraction;
	struct weir_date d = {0};
	const unsigned char *p;
	size_t len;

	if (v->kind == WEIR_VAL_NUMBER) {
		if (!date_of_number(c, v, local, &d, &fraction))
			return false;
	} else if (v->kind != WEIR_VAL_ARRAY || !date_of_parts(v, local, &d)) {
		return weir_call_fail(c, "%s/1 requires parsed datetime inputs", name);
	}
	if (pattern->kind != WEIR_VAL_STRING)
		return weir_call_fail(c, "%s/1 requires a string format", name);
	p = weir_val_bytes(pattern, &len);
	weir_buf_put(&text, p, len);
	weir_date_format(&b, &d, weir_buf_cstr(&text));
	give(v, weir_val_string(b.p, b.len));
	weir_buf_release(&b);
	weir_buf_release(&text);
	return true;
}

static bool
strftime_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	return format(c, v, &args[0], false);
}

static bool
strflocaltime(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	return format(c, v, &args[0], true);
}

/* %s, which the C library would take for local time. */
static const char *
read_instant(const char *p, struct tm *tm)
{
	struct weir_date d;
	int64_t seconds = 0;
	bool minus = *p == '-';

	p += minus;
	if (!isdigit((unsigned char)*p))
		return NULL;
	for (; isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(seconds, INT64_C(10), &seconds) ||
		    __builtin_add_overflow(seconds, *p - '0', &seconds))
			return NULL;
	if (!weir_date_utc(&d, minus ? -seconds : seconds))
		return NULL;
	*tm = (struct tm){.tm_year = (int)(d.year - 1900), .tm_mon = (int)d.month,
	    .tm_mday = (int)d.day, .tm_hour = (int)d.hour, .tm_min = (int)d.minute,
	    .tm_sec = (int)d.second, .tm_wday = d.weekday, .tm_yday = d.yearday};
	return p;
}

/* The pattern in pieces between its %s. It is changed. */
static const char *
read_text(const char *p, char *pattern, struct tm *tm)
{
	char *from = pattern, *at;

	for (at = pattern; p != NULL && *at != '\0'; at++) {
		if (*at != '%' || at[1] == '\0')
			continue;
		if (*++at != 's')
			continue;
		at[-1] = '\0';
		p = strptime(p, from, tm);
		if (p != NULL)
			p = read_instant(p, tm);
		from = at + 1;
	}
	return p != NULL ? strptime(p, from, tm) : NULL;
}

/* jq's marks of what the text did not say; they are filled in where there is a day. */
#define NO_WEEKDAY 8
#define NO_YEARDAY 367

static struct weir_val
parts_of_tm(const struct tm *tm)
{
	struct weir_date d = {.year = (int64_t)tm->tm_year + 1900, .month = tm->tm_mon,
	    .day = tm->tm_mday, .hour = tm->tm_hour, .minute = tm->tm_min, .second = tm->tm_sec};
	struct weir_date settled = d;
	struct weir_num none = weir_num_int(0);
	bool has_day = tm->tm_mday >= 1 && tm->tm_mday <= 31 && weir_date_settle_utc(&settled);

	d.weekday = tm->tm_wday == NO_WEEKDAY && has_day ? settled.weekday : tm->tm_wday;
	d.yearday = tm->tm_yday == NO_YEARDAY && has_day ? settled.yearday : tm->tm_yday;
	return parts_of(&d, &none);
}

static bool
strptime_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct tm tm = {.tm_wday = NO_WEEKDAY, .tm_yday = NO_YEARDAY};
	struct weir_buf text = {0}, pattern = {0}, why = {0};
	struct weir_val parts;
	const unsigned char *p, *q;
	const char *end;
	size_t len, plen;

	if (v->kind != WEIR_VAL_STRING || args[0].kind != WEIR_VAL_STRING)
		return weir_call_fail(c, "strptime/1 requires string inputs and arguments");
	p = weir_val_bytes(v, &len);
	q = weir_val_bytes(&args[0], &plen);
	weir_buf_put(&text, p, len);
	weir_buf_put(&pattern, q, plen);
	end = read_text(weir_buf_cstr(&text), weir_buf_cstr(&pattern), &tm);
	if (end == NULL || (*end != '\0' && !isspace((unsigned char)*end))) {
		weir_buf_puts(&why, "date \"");
		weir_buf_put(&why, p, len);
		weir_buf_puts(&why, "\" does not match format \"");
		weir_buf_put(&why, q, plen);
		weir_buf_puts(&why, "\"");
		weir_call_fail_with(c, &why);
		end = NULL;
	} else {
		parts = parts_of_tm(&tm);
		if (*end != '\0')
			weir_val_push(&parts, weir_val_string(end, strlen(end)));
		give(v, parts);
	}
	weir_buf_release(&text);
	weir_buf_release(&pattern);
	return end != NULL;
}

/* Microseconds, exact. */
static bool
now(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct timespec t;
	struct weir_num n;

	(void)c;
	(void)args;
	clock_gettime(CLOCK_REALTIME, &t);
	n = weir_num_int((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
	n.scale = 6;
	return give(v, weir_val_number(&n));
}

const struct weir_function weir_function_date[] = {
	{"gmtime", 0, gmtime_},
	{"localtime", 0, localtime_},
	{"mktime", 0, mktime_},
	{"strftime", 1, strftime_},
	{"strflocaltime", 1, strflocaltime},
	{"strptime", 1, strptime_},
	{"now", 0, now},
	{NULL, 0, NULL},
};
