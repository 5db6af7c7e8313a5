/*
 * timing - see timing.h
 */
#include "text/timing.h"
#include "text/value.h"

#include <string.h>

static const char *const units[] = {"s", "ms", "us", "ns"};

static int
unit_named(const char *s)
{
	int i;

	for (i = 0; i < 4; i++)
		if (strcmp(units[i], s) == 0)
			return i;
	return -1;
}

const char *
weir_timing_check(const struct weir_timing_conf *conf)
{
	if (conf->format == NULL || unit_named(conf->format) >= 0)
		return NULL;
	if (strchr(conf->format, '%') == NULL)
		return "it takes s, ms, us, ns, or a strptime pattern such as \"%d/%m/%Y %H:%M:%S\"";
	return weir_civil_pattern_check(conf->format);
}

bool
weir_timing_is_yearless(const struct weir_timing_conf *conf)
{
	return conf->format != NULL && unit_named(conf->format) < 0 && !weir_civil_pattern_has_year(conf->format);
}

void
weir_timing_init(struct weir_timing *t, const struct weir_timing_conf *conf)
{
	const char *why;

	memset(t, 0, sizeof(*t));
	t->conf = *conf;
	if (conf->path != NULL)
		weir_path_parse(&t->path, conf->path, strlen(conf->path), &why);
}

void
weir_timing_release(struct weir_timing *t)
{
	if (t->path.n > 0)
		weir_path_release(&t->path);
	weir_buf_release(&t->scratch);
}

/* Numbers and strings can be times. */
static inline bool
has_text(const struct weir_value *v)
{
	return (v->type >= WEIR_NUMBER && v->type <= WEIR_STRING_CSV) || v->type == WEIR_STRING_TSV;
}

/* The kind of text that the value is, and its unit; OPEN if it is no time. */
static enum weir_timing_kind
kind_of(struct weir_timing *t, const struct weir_value *v)
{
	const char *format = t->conf.format;
	const unsigned char *p;
	int64_t ns;
	size_t len;

	if (v->type == WEIR_TIME)
		return WEIR_TIMING_NATIVE;
	if (!has_text(v))
		return WEIR_TIMING_OPEN;
	if (format != NULL && unit_named(format) < 0)
		return WEIR_TIMING_PATTERN;
	p = weir_value_bytes(v, &t->scratch, &len);
	if (format != NULL) {
		t->unit = (enum weir_civil_unit)unit_named(format);
		return WEIR_TIMING_NUMBER;
	}
	if (weir_civil_rfc3339(p, len, t->conf.zone, &ns) == 0)
		return WEIR_TIMING_RFC3339;
	if (weir_civil_guess(p, len, &t->unit) == 0)
		return WEIR_TIMING_NUMBER;
	return weir_civil_clf(p, len, &ns) == 0 ? WEIR_TIMING_CLF : WEIR_TIMING_OPEN;
}

#define MINUTE (60 * INT64_C(1000000000))

/* A time in UTC that differs from the last one in the seconds only: a third of ingest's time otherwise goes
 * into calendars. 0, or -1: to be read as any other. */
static inline int
same_minute(const struct weir_timing *t, const unsigned char *p, size_t len, int64_t *ns)
{
	unsigned tens = p[17] - (unsigned)'0', ones = p[18] - (unsigned)'0';
	int64_t part = 0, unit = INT64_C(1000000000);
	size_t i;

	if (p[len - 1] != 'Z' || tens > 5 || ones > 9 || memcmp(p, t->minute, sizeof(t->minute)) != 0)
		return -1;
	for (i = 20; i < len - 1; i++) {
		unsigned d = p[i] - (unsigned)'0';

		if (d > 9)
			return -1;
		unit /= 10;
		part = part * 10 + (int64_t)d;
	}
	if (len > 20 && (p[19] != '.' || len == 21))
		return -1;
	*ns = t->minute_ns + (int64_t)(tens * 10 + ones) * INT64_C(1000000000) + part * unit;
	return 0;
}

static int
read_rfc3339(struct weir_timing *t, const unsigned char *p, size_t len, int64_t *ns)
{
	int64_t into;

	if (len < 20 || len > 30)
		return weir_civil_rfc3339(p, len, t->conf.zone, ns);
	if (same_minute(t, p, len, ns) == 0)
		return 0;
	if (weir_civil_rfc3339(p, len, t->conf.zone, ns) != 0)
		return -1;
	if (p[len - 1] == 'Z' && p[16] == ':' && p[17] < '6' && *ns > INT64_MIN + MINUTE) {
		memcpy(t->minute, p, sizeof(t->minute));
		into = *ns % MINUTE;
		t->minute_ns = *ns - (into < 0 ? into + MINUTE : into);
	}
	return 0;
}

static int
read_as(struct weir_timing *t, const struct weir_value *v, int64_t *ns)
{
	const unsigned char *p;
	size_t len;

	if (v->type == WEIR_TIME) {
		*ns = v->time;
		return 0;
	}
	if (!has_text(v))
		return -1;
	p = weir_value_bytes(v, &t->scratch, &len);
	switch (t->kind) {
	case WEIR_TIMING_RFC3339: return read_rfc3339(t, p, len, ns);
	case WEIR_TIMING_CLF: return weir_civil_clf(p, len, ns);
	case WEIR_TIMING_NUMBER: return weir_civil_number(p, len, t->unit, ns);
	case WEIR_TIMING_PATTERN:
		return weir_civil_pattern(p, len, t->conf.format, t->conf.zone, ns);
	default: return -1;
	}
}

/* Tries a field: 1 if its value in rec reads as a time, and the timing is decided. */
static int
try_field(struct weir_timing *t, const struct weir_parsed *rec, const char *name)
{
	const char *why;
	struct weir_value v;
	struct weir_buf text = {0};
	int64_t ns;

	weir_buf_printf(&text, name[0] == '@' ? ".[\"%s\"]" : ".%s", name);
	weir_path_parse(&t->path, (const char *)text.p, text.len, &why);
	weir_buf_release(&text);
	weir_path_parsed(&t->path, rec, &v);
	t->kind = kind_of(t, &v);
	if (t->kind != WEIR_TIMING_OPEN && read_as(t, &v, &ns) == 0) {
		t->guessed = true;
		return 1;
	}
	weir_path_release(&t->path);
	t->kind = WEIR_TIMING_OPEN;
	return 0;
}

void
weir_timing_decide(struct weir_timing *t, const struct weir_parsed *rec, const char *own)
{
	static const char *const usual[] = {"time", "timestamp", "ts", "@timestamp"};
	struct weir_value v;
	size_t i;

	if (t->kind != WEIR_TIMING_OPEN)
		return;
	if (t->conf.path != NULL) {
		weir_path_parsed(&t->path, rec, &v);
		t->kind = kind_of(t, &v);
		return;
	}
	if (own != NULL && try_field(t, rec, own))
		return;
	for (i = 0; own == NULL && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (try_field(t, rec, usual[i]))
			return;
	t->kind = WEIR_TIMING_NONE;
}

int
weir_timing_read(struct weir_timing *t, const struct weir_parsed *rec, int64_t *ns,
    struct weir_value *v)
{
	if (t->kind == WEIR_TIMING_NONE)
		return 0;
	if (t->kind == WEIR_TIMING_RFC3339 && t->path.serial == rec->shape->serial && t->path.n == 1 &&
	    t->path.field >= 0) {
		const struct weir_slot *s = &rec->slots[t->path.field];

		if (s->type == WEIR_STRING && s->len >= 20 && s->len <= 30 &&
		    same_minute(t, rec->text + s->off, s->len, ns) == 0)
			return 1;
	}
	weir_path_parsed(&t->path, rec, v);
	if (v->type == WEIR_ABSENT || v->type == WEIR_NULL)
		return 0;
	if (t->kind == WEIR_TIMING_OPEN)
		t->kind = kind_of(t, v);
	return read_as(t, v, ns) == 0 ? 1 : -1;
}

void
weir_timing_explain(const struct weir_timing *t, struct weir_buf *b)
{
	if (t->kind == WEIR_TIMING_NONE) {
		weir_buf_puts(b, "none: no field of the first record reads as a time; -t names one");
		return;
	}
	if (t->path.n == 0) {
		weir_buf_puts(b, "not known: there is no record to tell by");
		return;
	}
	weir_buf_puts(b, t->path.text);
	switch (t->kind) {
	case WEIR_TIMING_RFC3339: weir_buf_puts(b, ", RFC 3339"); break;
	case WEIR_TIMING_CLF: weir_buf_puts(b, ", as 17/May/2015:08:05:32 +0000"); break;
	case WEIR_TIMING_PATTERN:
		weir_buf_printf(b, ", as \"%s\"%s", t->conf.format, weir_timing_is_yearless(&t->conf) ? ", in 1970" : "");
		break;
	case WEIR_TIMING_NUMBER:
		weir_buf_printf(b, ", a number in %s%s", units[t->unit],
		    t->conf.format == NULL ? " (by its size in the first record)" : "");
		break;
	default: break;
	}
	if (t->guessed)
		weir_buf_puts(b, " (found; -t names another)");
}

static const char *const kinds[] = {NULL, "none", "native", "rfc3339", "clf", "number", "pattern"};

const char *
weir_timing_kind(const struct weir_timing *t)
{
	return kinds[t->kind];
}

const char *
weir_timing_unit(const struct weir_timing *t)
{
	return t->kind == WEIR_TIMING_NUMBER ? units[t->unit] : NULL;
}

int
weir_timing_load(struct weir_timing *t, const char *kind, const char *unit, const char *path)
{
	const char *why;
	size_t i;
	int u = unit != NULL ? unit_named(unit) : WEIR_UNIT_S;

	for (i = WEIR_TIMING_NONE; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], kind) == 0)
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]) || u < 0 ||
	    (i == WEIR_TIMING_PATTERN && t->conf.format == NULL))
		return -1;
	if (t->conf.path == NULL && path != NULL) {
		if (weir_path_parse(&t->path, path, strlen(path), &why) != strlen(path))
			return -1;
		t->guessed = true;
	}
	if (i != WEIR_TIMING_NONE && t->path.n == 0)
		return -1;
	t->kind = (enum weir_timing_kind)i;
	t->unit = (enum weir_civil_unit)u;
	return 0;
}
