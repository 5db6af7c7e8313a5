/*
 * layout_line - see layout_line.h
 *
 * Ends are tried from the first field on; where one leads nowhere the field before
 * it tries its next one. Nearly every line is read without such a step back, so
 * the hot way is a loop over the fields with a scan in each. Steps back are
 * bounded, by their number and the bytes that they look at: a line that needs more is taken for one that
 * doesn't fit.
 */
#include "text/layout_line.h"
#include "base/scan.h"
#include "text/infer.h"
#include "text/json_core.h"

#include <string.h>

/* What the steps back on a line may cost: so many, and so many passes over all of it. */
#define STEPS 20000
#define STEP 64
#define PASSES 64

/* Whether the field's stop is at p. */
static inline bool
stops_at(const struct weir_layout_piece *f, const unsigned char *p, const unsigned char *end)
{
	size_t n = f->stop.len;

	return (weir_load64(p) & f->mask) == f->head && (size_t)(end - p) >= n &&
	    (n <= sizeof(f->head) || memcmp(p, f->stop.p, n) == 0);
}

/* The first end of the field at or behind from, where it begins or the last end tried plus 1; NULL if there is none. */
static inline const unsigned char *
find_end(const struct weir_layout_piece *f, const unsigned char *from, const unsigned char *end)
{
	if (f->last) {
		const unsigned char *stop;

		if ((size_t)(end - from) < f->take)
			return NULL;
		stop = end - f->take;
		return f->take == 0 || stops_at(f, stop, end) ? stop : NULL;
	}
	for (;; from++) {
		unsigned char c = f->stop.p[0];

		from = weir_scan_either(from, end, c, c);
		if (from >= end)
			return NULL;
		if (stops_at(f, from, end))
			return from;
	}
}

/* The end of a field in quotes. */
static inline const unsigned char *
find_quote(const struct weir_layout_piece *f, const unsigned char *p, const unsigned char *end)
{
	while ((p = weir_scan_either(p, end, '"', '\\')) < end && *p == '\\')
		p = end - p > 2 ? p + 2 : end;
	if (p == end || !stops_at(f, p, end) || (f->last && (size_t)(end - p) != f->take))
		return NULL;
	return p;
}

static inline void
set(struct weir_layout_line *line, uint32_t i, const unsigned char *p, const unsigned char *end,
    uint8_t type)
{
	struct weir_slot *s = &line->slots[i];

	s->off = (uint32_t)(p - line->text);
	s->len = (uint32_t)(end - p);
	s->type = s->len == 1 && *p == '-' ? WEIR_NULL : type;
}

/* Three words, one space between them; of any other request the whole is the path. */
static void
set_request(struct weir_layout_line *line, uint32_t i, const unsigned char *p, const unsigned char *end)
{
	const unsigned char *a = weir_scan_either(p, end, ' ', ' '), *b;

	if (a > p && a < end) {
		b = weir_scan_either(a + 1, end, ' ', ' ');
		if (b > a + 1 && end - b > 1 && weir_scan_either(b + 1, end, ' ', ' ') == end) {
			set(line, i, p, a, WEIR_STRING);
			set(line, i + 1, a + 1, b, WEIR_STRING);
			set(line, i + 2, b + 1, end, WEIR_STRING);
			return;
		}
	}
	set(line, i, p, p, WEIR_NULL);
	set(line, i + 1, p, end, WEIR_STRING);
	set(line, i + 2, p, p, WEIR_NULL);
}

static void
set_url(struct weir_layout_line *line, uint32_t i, const unsigned char *p, const unsigned char *end)
{
	const unsigned char *mark = weir_scan_either(p, end, '?', '?');

	set(line, i, p, mark, WEIR_STRING);
	set(line, i + 1, mark, end, WEIR_STRING);
}

/* Three digits; a server that has no status yet writes 000, which is 0. */
static int
set_status(struct weir_layout_line *line, uint32_t i, const unsigned char *p, const unsigned char *end)
{
	if (end - p != 3 || weir_scan_digits(p, end) != end)
		return -1;
	while (*p == '0' && end - p > 1)
		p++;
	set(line, i, p, end, WEIR_NUMBER);
	return 0;
}

static int
parse_time(const struct weir_layout_piece *f, const struct weir_zone *zone, const unsigned char *p,
    size_t len, int64_t *time)
{
	switch (f->kind) {
	case WEIR_LAYOUT_CLF: return weir_civil_clf(p, len, time);
	case WEIR_LAYOUT_RFC3339: return weir_civil_rfc3339(p, len, zone, time);
	case WEIR_LAYOUT_UNIT: return weir_civil_number(p, len, f->unit, time);
	default: return weir_civil_pattern(p, len, f->pattern, zone, time);
	}
}

static int
set_time(struct weir_layout_piece *f, struct weir_layout_line *line, const unsigned char *p,
    const unsigned char *end)
{
	size_t len = (size_t)(end - p);

	if (len != f->nseen || memcmp(p, f->seen, len) != 0) {
		if (parse_time(f, line->zone, p, len, &f->time) != 0)
			return -1;
		f->nseen = len <= sizeof(f->seen) ? len : 0;
		memcpy(f->seen, p, f->nseen);
	}
	line->words[f->word] = f->time;
	line->slots[f->slot] = (struct weir_slot){f->word, 8, WEIR_TIME};
	return 0;
}

/* What JSON's escapes are in. */
static void
set_escaped(struct weir_layout_line *line, uint32_t i, const unsigned char *p, const unsigned char *end)
{
	struct weir_json_fault fault;
	uint8_t type = WEIR_STRING;

	if (memchr(p, '\\', (size_t)(end - p)) != NULL &&
	    weir_json_core_string(p, end + 1, &type, &fault) != end)
		type = WEIR_STRING;
	set(line, i, p, end, type);
}

/* Takes the field: its slots, or -1 if it can't be what is there. */
static inline int
take(struct weir_layout_piece *f, struct weir_layout_line *line, const unsigned char *p,
    const unsigned char *end)
{
	size_t len = (size_t)(end - p);

	if (f->list && len > 0 && !f->last && (end[-1] == ',' || end[-1] == ':' || memcmp(end, " : ", 3) == 0))
		return -1;
	if (f->kind == WEIR_LAYOUT_TEXT) {
		if (f->json)
			set_escaped(line, f->slot, p, end);
		else
			set(line, f->slot, p, end, WEIR_STRING);
		return 0;
	}
	if (f->kind == WEIR_LAYOUT_REQUEST) {
		set_request(line, f->slot, p, end);
		return 0;
	}
	if (f->kind == WEIR_LAYOUT_URL) {
		set_url(line, f->slot, p, end);
		return 0;
	}
	if ((len == 1 && *p == '-') || (len == 0 && f->may_be_empty)) {
		set(line, f->slot, p, end, WEIR_NULL);
		if (f->kind >= WEIR_LAYOUT_CLF)
			line->words[f->word] = 0;
		return 0;
	}
	if (f->kind == WEIR_LAYOUT_STATUS)
		return set_status(line, f->slot, p, end);
	if (f->kind >= WEIR_LAYOUT_CLF)
		return set_time(f, line, p, end);
	set(line, f->slot, p, end, weir_infer_type(p, len));
	return f->kind == WEIR_LAYOUT_NUMBER && line->slots[f->slot].type != WEIR_NUMBER ? -1 : 0;
}

static int
wrong(struct weir_layout_line *line, const unsigned char *at, const char *hint)
{
	line->wrong = at;
	line->hint = hint;
	return -1;
}

int
weir_layout_line_read(struct weir_layout *l, struct weir_layout_line *line)
{
	const unsigned char *starts[WEIR_LAYOUT_MAX + 1], *ends[WEIR_LAYOUT_MAX], *e;
	const unsigned char *far = NULL, *end = line->end;
	size_t spent = 0, most = (size_t)STEPS * STEP + (size_t)(line->end - line->text) * PASSES;
	unsigned i = 0, n = l->n;
	bool again = false;

	if ((size_t)(end - line->text) < l->lead.len ||
	    (l->lead.len > 0 && memcmp(line->text, l->lead.p, l->lead.len) != 0))
		return wrong(line, line->text, (const char *)l->lead_hint.p);
	starts[0] = line->text + l->lead.len;
	while (i < n) {
		struct weir_layout_piece *f = &l->fields[i];

		if (again)
			e = f->quoted || ends[i] == end ? NULL : find_end(f, ends[i] + 1, end);
		else
			e = f->quoted ? find_quote(f, starts[i], end) : find_end(f, starts[i], end);
		if (e != NULL && take(f, line, starts[i], e) == 0) {
			ends[i] = e;
			starts[++i] = e + f->take;
			again = false;
			continue;
		}
		if (far == NULL || starts[i] > far) {
			far = starts[i];
			wrong(line, far, (const char *)f->hint.p);
		}
		spent += STEP + (size_t)((e != NULL ? e : end) - starts[i]);
		if (spent > most)
			return -1;
		again = true;
		if (e != NULL)
			ends[i] = e;
		else if (i-- == 0)
			return -1;
	}
	return 0;
}
