/*
 * units - see units.h. A number is its whole part and up to 18 decimals, so
 * that with any unit it stays an exact fraction of 128 bits.
 */
#include "base/units.h"
#include "base/wide.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PLACES 18
#define SHOWN 16                /* bytes of a bad text that a message repeats */

struct unit {
	const char *name;
	int64_t size;
};

/* Greatest first; weir_units_format_duration relies on it. */
static const struct unit durations[] = {
	{ "w", 604800 * WEIR_SECOND },
	{ "d", 86400 * WEIR_SECOND },
	{ "h", 3600 * WEIR_SECOND },
	{ "m", 60 * WEIR_SECOND },
	{ "s", WEIR_SECOND },
	{ "ms", 1000000 },
	{ "us", 1000 },
	{ "ns", 1 },
};

#define NDURATIONS (sizeof(durations) / sizeof(durations[0]))
#define WEEK 0
#define SECOND 4

static const char letters[] = "BKMGTPE";

/* whole + part / 10^18. */
struct number {
	uint64_t whole, part;
};

static char message[96];

/* A message about the bytes at s, which stand between the two texts. */
static int
fault(const char **why, const char *before, const char *s, size_t len, const char *behind)
{
	char shown[SHOWN + 1];

	if (len > SHOWN)
		len = SHOWN;
	for (size_t i = 0; i < len; i++)
		shown[i] = s[i] >= ' ' && s[i] != 0x7f ? s[i] : '?';
	shown[len] = '\0';
	snprintf(message, sizeof(message), "%s%s%s", before, shown, behind);
	*why = message;
	return -1;
}

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number at *s; *s is moved behind it. */
static int
read_number(const char **s, struct number *n, const char **why)
{
	const char *p = *s;
	uint64_t weight = UINT64_C(1000000000000000000);

	*n = (struct number){ 0, 0 };
	if (!is_digit(*p)) {
		*why = *p == '\0' ? "it is empty" : *p == '-' ? "it is negative" :
		    "it does not begin with a digit";
		return -1;
	}
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(n->whole, UINT64_C(10), &n->whole) ||
		    __builtin_add_overflow(n->whole, (uint64_t)(*p - '0'), &n->whole)) {
			*why = "it is too large";
			return -1;
		}
	if (*p == '.' && is_digit(p[1]))
		for (p++; is_digit(*p); p++) {
			weight /= 10;
			if (weight == 0 && *p != '0') {
				*why = "it has too many decimals";
				return -1;
			}
			n->part += weight * (uint64_t)(*p - '0');
		}
	*s = p;
	return 0;
}

/* The number times size, the rest beyond whole units in *rest. */
static weir_u128
times(const struct number *n, uint64_t size, uint64_t *rest)
{
	weir_u128 part = (weir_u128)n->part * size;

	*rest = (uint64_t)(part % weir_wide_ten[PLACES]);
	return (weir_u128)n->whole * size + part / weir_wide_ten[PLACES];
}

static const struct unit *
find_duration(const char *s, size_t len)
{
	for (size_t i = 0; i < NDURATIONS; i++)
		if (strlen(durations[i].name) == len && memcmp(durations[i].name, s, len) == 0)
			return &durations[i];
	return NULL;
}

int
weir_units_duration(const char *s, int64_t *ns, const char **why)
{
	const char *start = s;
	weir_u128 total = 0;
	uint64_t rest;

	do {
		const struct unit *unit = &durations[SECOND];
		const char *number = s;
		struct number n;
		size_t len;

		if (read_number(&s, &n, why) < 0)
			return -1;
		len = strcspn(s, "0123456789");
		if (len == 0 && number != start)
			return fault(why, "no unit behind ", number, strlen(number), "");
		if (len > 0 && (unit = find_duration(s, len)) == NULL)
			return fault(why, "no unit \"", s, len, "\"; use ns us ms s m h d w");
		s += len;
		total += times(&n, (uint64_t)unit->size, &rest);
		if (rest != 0)
			return fault(why, "", number, (size_t)(s - number),
			    " is finer than a nanosecond");
		if (total > INT64_MAX) {
			*why = "it is too long";
			return -1;
		}
	} while (*s != '\0');
	*ns = (int64_t)total;
	return 0;
}

/* The unit's size by its letter and what follows: "", "B" or "iB"; 0 if it is none. */
static uint64_t
find_size(const char *s)
{
	const char *letter = strchr(letters, *s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
	uint64_t size = 1, base = 1024;

	if (*s == '\0')
		return 1;
	if (letter == NULL)
		return 0;
	if (letter == letters)
		return s[1] == '\0';
	if (strcasecmp(s + 1, "b") == 0)
		base = 1000;
	else if (s[1] != '\0' && strcasecmp(s + 1, "ib") != 0)
		return 0;
	for (; letter > letters; letter--)
		size *= base;
	return size;
}

int
weir_units_size(const char *s, uint64_t *bytes, const char **why)
{
	struct number n;
	weir_u128 total;
	uint64_t size, rest;

	if (read_number(&s, &n, why) < 0)
		return -1;
	if (*s == ' ' && s[1] != '\0')
		s++;
	size = find_size(s);
	if (size == 0)
		return fault(why, "no unit \"", s, strlen(s),
		    "\"; use B KB MB GB TB or KiB MiB GiB TiB");
	total = times(&n, size, &rest);
	if (total > UINT64_MAX) {
		*why = "it is too large";
		return -1;
	}
	*bytes = (uint64_t)total;
	return 0;
}

char *
weir_units_format_duration(int64_t ns, char buf[WEIR_UNITS_TEXT])
{
	uint64_t left = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	size_t unit = left % (uint64_t)durations[WEEK].size == 0 ? WEEK : WEEK + 1;
	char *p = buf;

	if (ns == 0)
		return memcpy(buf, "0s", sizeof("0s"));
	if (ns < 0)
		*p++ = '-';
	for (; unit < NDURATIONS && left > 0; unit++) {
		uint64_t size = (uint64_t)durations[unit].size, part = left % size;

		if (left < size)
			continue;
		p += sprintf(p, "%" PRIu64, left / size);
		if (unit >= SECOND && part > 0) {
			int places = 0;

			for (uint64_t s = size; s > 1; s /= 10)
				places++;
			for (; part % 10 == 0; part /= 10)
				places--;
			p += sprintf(p, ".%0*" PRIu64, places, part);
			part = 0;
		}
		p += sprintf(p, "%s", durations[unit].name);
		left = part;
	}
	return buf;
}

char *
weir_units_format_size(uint64_t bytes, char buf[WEIR_UNITS_TEXT])
{
	uint64_t size = 1, ten, scaled, part;
	size_t unit = 0;
	char *p = buf;

	for (;; unit++, size *= 1024) {
		ten = unit == 0 || bytes / size >= 100 ? 1 : bytes / size >= 10 ? 10 : 100;
		scaled = (uint64_t)(((weir_u128)bytes * ten + size / 2) / size);
		if (scaled / ten < 1024 || letters[unit + 1] == '\0')
			break;
	}
	p += sprintf(p, "%" PRIu64, scaled / ten);
	part = scaled % ten;
	if (ten == 100 && part % 10 != 0)
		p += sprintf(p, ".%02" PRIu64, part);
	else if (part > 0)
		p += sprintf(p, ".%" PRIu64, ten == 100 ? part / 10 : part);
	sprintf(p, " %.1s%s", letters + unit, unit > 0 ? "iB" : "");
	return buf;
}
