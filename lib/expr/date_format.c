/*
 * date_format - strftime's conversions, in the C locale, by POSIX and glibc's manual
 */
#include "expr/date.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WIDEST 1000

struct spec {
	char pad;            /* '0', ' ', or '-' for none; 0: as the conversion has it */
	bool upper, swap;
	int width;
};

static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December"};
static const char *const weekdays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
	"Friday", "Saturday"};

static void
put_number(struct weir_buf *b, const struct spec *s, int64_t v, int width, char pad)
{
	char fill = s->pad == 0 ? pad : s->pad == '-' ? ' ' : s->pad;
	char digits[24];
	int n, want = s->width > 0 ? s->width : s->pad == '-' ? 0 : width;

	n = snprintf(digits, sizeof(digits), "%" PRIu64, v < 0 ? -(uint64_t)v : (uint64_t)v);
	if (v < 0 && fill != ' ')
		weir_buf_putc(b, '-');
	for (want -= n + (v < 0); want > 0; want--)
		weir_buf_putc(b, fill);
	if (v < 0 && fill == ' ')
		weir_buf_putc(b, '-');
	weir_buf_put(b, digits, (size_t)n);
}

static void
put_text(struct weir_buf *b, const struct spec *s, const char *text, size_t len)
{
	int left;
	size_t i;

	for (left = s->width - (int)len; left > 0; left--)
		weir_buf_putc(b, s->pad == '0' ? '0' : ' ');
	for (i = 0; i < len; i++)
		weir_buf_putc(b, s->upper ? toupper((unsigned char)text[i]) : text[i]);
}

static void
put_name(struct weir_buf *b, const struct spec *s, const char *name, bool brief)
{
	struct spec to = *s;

	to.upper |= s->swap;
	put_text(b, &to, name, brief ? 3 : strlen(name));
}

/* "am" is what # makes of AM. */
static void
put_half(struct weir_buf *b, const struct spec *s, const struct weir_date *d, bool lower)
{
	const char *half = d->hour < 12 ? "AMam" : "PMpm";
	struct spec to = *s;

	to.upper &= !lower;
	put_text(b, &to, half + (lower || s->swap ? 2 : 0), 2);
}

static void
put_zone(struct weir_buf *b, const struct spec *s, const struct weir_date *d)
{
	char lower[64];
	size_t i, n = strnlen(d->zone, sizeof(lower));

	for (i = 0; i < n; i++)
		lower[i] = (char)tolower((unsigned char)d->zone[i]);
	put_text(b, s, s->swap ? lower : d->zone, n);
}

static void
put_offset(struct weir_buf *b, int32_t offset)
{
	int32_t minutes = (offset < 0 ? -offset : offset) / 60;
	struct spec plain = {0};

	weir_buf_putc(b, offset < 0 ? '-' : '+');
	put_number(b, &plain, minutes / 60 * 100 + minutes % 60, 4, '0');
}

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The week of ISO 8601, which begins on Monday and belongs to the year of its Thursday. */
static int
iso_week(const struct weir_date *d, int64_t *year)
{
	int thursday = d->yearday + 3 - (d->weekday + 6) % 7;

	*year = d->year;
	if (thursday < 0) {
		--*year;
		thursday += 365 + is_leap(*year);
	} else if (thursday >= 365 + is_leap(d->year)) {
		thursday -= 365 + is_leap(d->year);
		++*year;
	}
	return thursday / 7 + 1;
}

static int64_t
of_hundred(int64_t year)
{
	return (year % 100 + 100) % 100;
}

static bool
put_date(struct weir_buf *b, const struct spec *s, const struct weir_date *d, char conversion)
{
	int64_t iso;
	int week = iso_week(d, &iso);

	switch (conversion) {
	case 'C':
		put_number(b, s, (d->year - of_hundred(d->year)) / 100, 1, '0');
		return true;
	case 'd':
		put_number(b, s, d->day, 2, '0');
		return true;
	case 'e':
		put_number(b, s, d->day, 2, ' ');
		return true;
	case 'g':
		put_number(b, s, of_hundred(iso), 2, '0');
		return true;
	case 'G':
		put_number(b, s, iso, 1, '0');
		return true;
	case 'j':
		put_number(b, s, d->yearday + 1, 3, '0');
		return true;
	case 'm':
		put_number(b, s, d->month + 1, 2, '0');
		return true;
	case 'u':
		put_number(b, s, (d->weekday + 6) % 7 + 1, 1, '0');
		return true;
	case 'U':
		put_number(b, s, (d->yearday + 7 - d->weekday) / 7, 2, '0');
		return true;
	case 'V':
		put_number(b, s, week, 2, '0');
		return true;
	case 'w':
		put_number(b, s, d->weekday, 1, '0');
		return true;
	case 'W':
		put_number(b, s, (d->yearday + 7 - (d->weekday + 6) % 7) / 7, 2, '0');
		return true;
	case 'y':
		put_number(b, s, of_hundred(d->year), 2, '0');
		return true;
	case 'Y':
		put_number(b, s, d->year, 1, '0');
		return true;
	default:
		return false;
	}
}

static bool
put_clock(struct weir_buf *b, const struct spec *s, const struct weir_date *d, char conversion)
{
	switch (conversion) {
	case 'H':
		put_number(b, s, d->hour, 2, '0');
		return true;
	case 'I':
		put_number(b, s, (d->hour + 11) % 12 + 1, 2, '0');
		return true;
	case 'k':
		put_number(b, s, d->hour, 2, ' ');
		return true;
	case 'l':
		put_number(b, s, (d->hour + 11) % 12 + 1, 2, ' ');
		return true;
	case 'M':
		put_number(b, s, d->minute, 2, '0');
		return true;
	case 'S':
		put_number(b, s, d->second, 2, '0');
		return true;
	case 's':
		put_number(b, s, d->instant, 1, ' ');
		return true;
	case 'z':
		put_offset(b, d->offset);
		return true;
	default:
		return false;
	}
}

static bool
put_word(struct weir_buf *b, const struct spec *s, const struct weir_date *d, char conversion)
{
	switch (conversion) {
	case 'a':
	case 'A':
		put_name(b, s, weekdays[d->weekday], conversion == 'a');
		return true;
	case 'b':
	case 'B':
	case 'h':
		put_name(b, s, months[d->month], conversion != 'B');
		return true;
	case 'p':
	case 'P':
		put_half(b, s, d, conversion == 'P');
		return true;
	case 'Z':
		put_zone(b, s, d);
		return true;
	case 'n':
	case 't':
	case '%':
		put_text(b, s, conversion == 'n' ? "\n" : conversion == 't' ? "\t" : "%", 1);
		return true;
	default:
		return false;
	}
}

/* What stands for several conversions. */
static const char *
expansion(char conversion)
{
	static const struct {
		char conversion;
		const char *pattern;
	} known[] = {{'c', "%a %b %e %H:%M:%S %Y"}, {'D', "%m/%d/%y"}, {'F', "%Y-%m-%d"},
	    {'r', "%I:%M:%S %p"}, {'R', "%H:%M"}, {'T', "%H:%M:%S"}, {'x', "%m/%d/%y"},
	    {'X', "%H:%M:%S"}};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].conversion == conversion)
			return known[i].pattern;
	return NULL;
}

/* The flags, the width and the modifier behind a %; returns where the conversion is. */
static const char *
read_spec(const char *p, struct spec *s)
{
	*s = (struct spec){0};
	for (; *p != '\0' && strchr("_-0^#", *p) != NULL; p++) {
		if (*p == '^')
			s->upper = true;
		else if (*p == '#')
			s->swap = true;
		else
			s->pad = *p == '_' ? ' ' : *p;
	}
	for (; *p >= '0' && *p <= '9'; p++)
		s->width = s->width * 10 + (*p - '0') > WIDEST ? WIDEST : s->width * 10 + (*p - '0');
	if ((*p == 'E' || *p == 'O') && p[1] != '\0' && strchr("CcXxYydeHIMmSUuVwWy", p[1]) != NULL)
		p++;
	return p;
}

void
weir_date_format(struct weir_buf *b, const struct weir_date *d, const char *pattern)
{
	struct weir_buf part = {0};
	struct spec s;
	const char *p, *start;

	for (p = pattern; *p != '\0'; p++) {
		start = p;
		if (*p != '%') {
			weir_buf_putc(b, *p);
			continue;
		}
		p = read_spec(p + 1, &s);
		if (*p != '\0' && expansion(*p) != NULL) {
			weir_buf_clear(&part);
			weir_date_format(&part, d, expansion(*p));
			put_text(b, &s, (char *)part.p, part.len);
		} else if (!put_date(b, &s, d, *p) && !put_clock(b, &s, d, *p) &&
		    !put_word(b, &s, d, *p)) {
			weir_buf_put(b, start, (size_t)(p - start) + (*p != '\0'));
		}
		if (*p == '\0')
			break;
	}
	weir_buf_release(&part);
}
