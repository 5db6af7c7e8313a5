/*
 * civil - the rooms base/civil.h and base/zone.h on standard input: a command a
 * line, an answer a line
 *
 *   zone NAME             the zone of all later commands; "-" is none; ok or no
 *   rfc strict clf guess  TEXT
 *   number UNIT TEXT      UNIT is s, ms, us or ns
 *   spec NOW TEXT
 *   pattern PATTERN<tab>TEXT    check PATTERN
 *   libc PATTERN<tab>TEXT       what the C library's strptime reads: year month day
 *                               yday hour minute second, or no
 *   format NS    days YEAR MONTH DAY    date DAYS
 *   offset SECONDS    instant SECONDS
 *   libczone NAME               the C library's zone
 *   libcoffset SECONDS          what its localtime says
 *   libcinstant SECONDS         the first instant that its mktime has for that local time, or gap
 *
 * In TEXT (but of libc and spec) \n is a newline, \0 a NUL, \\ a backslash.
 */
#include "base/civil.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct weir_zone *zone;
static const char *const units[] = { "s", "ms", "us", "ns" };

static size_t
unescape(char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\' && i + 1 < len) {
			i++;
			s[n++] = s[i] == 'n' ? '\n' : s[i] == '0' ? '\0' : s[i];
		} else {
			s[n++] = s[i];
		}
	}
	return n;
}

static void
answer(int rc, const int64_t *ns)
{
	if (rc < 0)
		puts("no");
	else if (*ns == WEIR_TIME_NONE)
		puts("none");
	else
		printf("%" PRId64 "\n", *ns);
}

/* The text in a block of its own size, so that a sanitizer sees what reads behind it. */
static void
on_text(const char *cmd, const char *arg, size_t len)
{
	enum weir_civil_unit unit = WEIR_UNIT_S;
	char *text = malloc(len > 0 ? len : 1);
	int64_t ns = 0;

	memcpy(text, arg, len);
	if (strcmp(cmd, "rfc") == 0)
		answer(weir_civil_rfc3339(text, len, zone, &ns), &ns);
	else if (strcmp(cmd, "strict") == 0)
		answer(weir_civil_rfc3339_strict(text, len, &ns), &ns);
	else if (strcmp(cmd, "clf") == 0)
		answer(weir_civil_clf(text, len, &ns), &ns);
	else
		puts(weir_civil_guess(text, len, &unit) < 0 ? "no" : units[unit]);
	free(text);
}

static void
on_number(char *arg, size_t len)
{
	size_t unit = 0, name = strcspn(arg, " ");
	int64_t ns = 0;

	while (strlen(units[unit]) != name || memcmp(units[unit], arg, name) != 0)
		unit++;
	answer(weir_civil_number(arg + name + 1, len - name - 1, (enum weir_civil_unit)unit, &ns),
	    &ns);
}

static void
on_pattern(char *arg, size_t len)
{
	char *tab = memchr(arg, '\t', len), *text = tab + 1;
	size_t n = unescape(text, (size_t)(arg + len - text));
	int64_t ns = 0;

	*tab = '\0';
	unescape(arg, (size_t)(tab - arg) + 1);
	answer(weir_civil_pattern(text, n, arg, zone, &ns), &ns);
}

static void
on_libc(char *arg)
{
	char *tab = strchr(arg, '\t'), *end;
	struct tm tm = { .tm_year = 70, .tm_mday = 1 };

	*tab = '\0';
	end = strptime(tab + 1, arg, &tm);
	if (end == NULL || *end != '\0')
		puts("no");
	else
		printf("%d %d %d %d %d %d %d\n", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		    tm.tm_yday + 1, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* The local clock at t by the C library, as seconds since 1970 of that clock. */
static int64_t
local_clock(time_t t)
{
	struct tm tm;

	localtime_r(&t, &tm);
	return (weir_civil_days(tm.tm_year + INT64_C(1900), (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday) * 24 + tm.tm_hour) *
	    3600 + tm.tm_min * 60 + tm.tm_sec;
}

static void
on_libcinstant(int64_t local)
{
	time_t clock = (time_t)local, t, first = 0;
	bool found = false;
	int dst;

	for (dst = -1; dst <= 1; dst++) {
		struct tm tm;

		gmtime_r(&clock, &tm);
		tm.tm_isdst = dst;
		t = mktime(&tm);
		if (local_clock(t) == local && (!found || t < first)) {
			first = t;
			found = true;
		}
	}
	if (found)
		printf("%" PRId64 "\n", (int64_t)first);
	else
		puts("gap");
}

static void
on_libczone(const char *name)
{
	puts(setenv("TZ", name, 1) == 0 ? "ok" : "no");
	tzset();
}

static void
on_zone(const char *name)
{
	weir_zone_free(zone);
	zone = strcmp(name, "-") == 0 ? NULL : weir_zone_open(name);
	puts(zone == NULL && strcmp(name, "-") != 0 ? "no" : "ok");
}

static int
on_calendar(const char *cmd, char *arg)
{
	char buf[WEIR_CIVIL_TEXT], *text;
	int64_t n = strtoll(arg, &text, 10), ns = 0, year;
	unsigned month, day;

	if (strcmp(cmd, "spec") == 0) {
		answer(weir_civil_spec(text + 1, n, zone, &ns), &ns);
	} else if (strcmp(cmd, "format") == 0) {
		if (weir_civil_format(n, buf) != strlen(buf))
			puts("length");
		puts(buf);
	} else if (strcmp(cmd, "days") == 0) {
		month = (unsigned)strtoul(text, &text, 10);
		day = (unsigned)strtoul(text, &text, 10);
		printf("%" PRId64 "\n", weir_civil_days(n, month, day));
	} else if (strcmp(cmd, "date") == 0) {
		weir_civil_date(n, &year, &month, &day);
		printf("%" PRId64 " %u %u\n", year, month, day);
	} else if (strcmp(cmd, "offset") == 0) {
		printf("%" PRId32 "\n", weir_zone_offset(zone, n));
	} else if (strcmp(cmd, "instant") == 0) {
		printf("%" PRId64 "\n", weir_zone_instant(zone, n));
	} else if (strcmp(cmd, "libcoffset") == 0) {
		printf("%" PRId64 "\n", local_clock((time_t)n) - n);
	} else if (strcmp(cmd, "libcinstant") == 0) {
		on_libcinstant(n);
	} else {
		return 0;
	}
	return 1;
}

int
main(void)
{
	char *line = NULL, *arg;
	size_t cap = 0, n;
	ssize_t len;
	int status = 0;

	while (status == 0 && (len = getline(&line, &cap, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if ((arg = strchr(line, ' ')) == NULL)
			return 2;
		*arg++ = '\0';
		n = (size_t)(line + len - arg);
		if (strcmp(line, "zone") == 0)
			on_zone(arg);
		else if (strcmp(line, "libczone") == 0)
			on_libczone(arg);
		else if (strcmp(line, "number") == 0)
			on_number(arg, n);
		else if (strcmp(line, "pattern") == 0)
			on_pattern(arg, n);
		else if (strcmp(line, "libc") == 0)
			on_libc(arg);
		else if (strcmp(line, "check") == 0)
			puts(weir_civil_pattern_check(arg) ? weir_civil_pattern_check(arg) : "ok");
		else if (strcmp(line, "rfc") == 0 || strcmp(line, "strict") == 0 ||
		    strcmp(line, "clf") == 0 || strcmp(line, "guess") == 0)
			on_text(line, arg, unescape(arg, n));
		else if (!on_calendar(line, arg))
			status = 2;
	}
	weir_zone_free(zone);
	free(line);
	return status != 0 ? status : fflush(stdout) != 0;
}
