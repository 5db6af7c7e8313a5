/*
 * json_object - see json_object.h. Hot: a name that was guessed right and a short
 * string cost two 16-byte comparisons.
 */
#include "text/json_object.h"
#include "base/mem.h"
#include "text/json_core.h"

#include <stdlib.h>

void
weir_json_object_init(struct weir_json_object *o)
{
	static const struct weir_name value = {(const unsigned char *)"value", 5};

	weir_json_shapes_init(&o->shapes);
	o->value_shape = weir_shape_new(WEIR_FORMAT_JSON_VALUE, 0, &value, 1);
	o->nslots = 64;
	o->slots = weir_mem_alloc(o->nslots * sizeof(*o->slots));
}

void
weir_json_object_release(struct weir_json_object *o)
{
	weir_json_shapes_release(&o->shapes);
	weir_shape_free(o->value_shape);
	free(o->slots);
}

/* Any value, in so many levels of nesting: the slot's type and slice. */
static const unsigned char *
read_slot(const unsigned char *p, const unsigned char *end, const unsigned char *text,
    unsigned around, struct weir_slot *slot, struct weir_json_fault *fault)
{
	const unsigned char *stop;
	struct weir_value v;

	if ((stop = weir_json_core_value(p, end, around, &v, fault)) != NULL)
		*slot = (struct weir_slot){(uint32_t)(v.p - text), v.len, v.type};
	return stop;
}

/* The name at p (behind its opening quote) and the colon: steps to the child and returns
 * where the value begins. */
static const unsigned char *
read_name(struct weir_json_object *o, struct weir_json_node **node, const unsigned char *p,
    const unsigned char *end, struct weir_json_fault *fault)
{
	struct weir_json_node *next;
	const unsigned char *stop;
	uint8_t type;

	if ((stop = weir_json_core_string(p, end, &type, fault)) == NULL)
		return NULL;
	next = weir_json_shapes_step(&o->shapes, *node, p, (uint32_t)(stop + 1 - p));
	p = stop + 1;
	*node = next;
	if (p < end && *p != ':')
		p = weir_json_core_space(p, end);
	if (p >= end || *p != ':')
		return weir_json_core_fail(fault, p, end, "no colon behind a name", "expected \":\"");
	p++;
	return p < end && *p <= ' ' ? weir_json_core_space(p, end) : p;
}

static void
grow_slots(struct weir_json_object *o)
{
	o->nslots *= 2;
	o->slots = weir_mem_realloc(o->slots, o->nslots, sizeof(*o->slots));
}

/* Repeated names: the slot of the last value goes to the place of the first name. */
static void
fold_slots(struct weir_json_object *o, const struct weir_json_node *node)
{
	uint32_t i;

	for (i = 0; i < node->depth; i++)
		o->slots[node->place[i]] = o->slots[i];
}

/* Where the quick reader stopped: at the end of the object, before a member that
 * needs care, behind a value that something unusual follows. */
enum stop { DONE, MEMBER, BEHIND };

/* What has been read of an object. */
struct progress {
	const unsigned char *p;
	struct weir_json_node *node;
	uint32_t n;
};

#ifdef __SSE2__

static inline unsigned
specials(const unsigned char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)),
	    _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')))));
}

/* Digits at p, up to 16. */
static inline unsigned
digits(const unsigned char *p)
{
	__m128i v = _mm_sub_epi8(
	    _mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8('0'));
	unsigned mask =
	    (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v));

	return (unsigned)__builtin_ctz(~mask);
}

/* The plain number at p: its length, or 0 if it needs care (exponent, 16 digits). */
static inline unsigned
quick_number(const unsigned char *p)
{
	unsigned sign = *p == '-', whole = digits(p + sign), n = sign + whole, part;

	if (whole == 0 || whole == 16 || (p[sign] == '0' && whole > 1))
		return 0;
	if (p[n] == '.') {
		part = digits(p + n + 1);
		if (part == 0 || part == 16)
			return 0;
		n += 1 + part;
	}
	return (p[n] | 0x20) == 'e' ? 0 : n;
}

/* The string behind the quote at p: its length up to 31, or 32 if it needs care. */
static inline unsigned
quick_string(const unsigned char *p)
{
	unsigned mask = specials(p), n;

	if (mask == 0)
		mask = specials(p + 16) << 16;
	n = mask != 0 ? (unsigned)__builtin_ctz(mask) : 32;
	return n < 32 && p[n] == '"' ? n : 32;
}

/* Reads members as long as they are of the usual kind: the name was guessed, the value is a short string without
 * escapes or a plain number, no white space but one blank behind colon and comma. Needs no look at the
 * end: the byte there stops every loop. Without it ingest takes 1.6 times as long. */
static inline enum stop
quick_members(struct weir_json_object *o, struct progress *at, const unsigned char *text)
{
	const unsigned char *p = at->p, *q;

	for (;;) {
		struct weir_json_node *g;
		struct weir_slot *slot = &o->slots[at->n];
		unsigned n;

		at->p = p;
		if (*p != '"' || at->n == o->nslots ||
		    (g = weir_json_shapes_guess(at->node, p + 1)) == NULL)
			return MEMBER;
		q = p + 1 + g->len;
		if (*q != ':')
			return MEMBER;
		q++;
		q += *q == ' ';
		if (*q == '"') {
			if ((n = quick_string(q + 1)) == 32)
				return MEMBER;
			*slot = (struct weir_slot){(uint32_t)(q + 1 - text), n, WEIR_STRING};
			q += n + 2;
		} else {
			if ((n = quick_number(q)) == 0)
				return MEMBER;
			*slot = (struct weir_slot){(uint32_t)(q - text), n, WEIR_NUMBER};
			q += n;
		}
		at->node = g;
		at->n++;
		p = q + 1;
		if (*q == ',') {
			p += *p == ' ';
		} else {
			at->p = *q == '}' ? p : q;
			return *q == '}' ? DONE : BEHIND;
		}
	}
}

#else

static inline enum stop
quick_members(struct weir_json_object *o, struct progress *at, const unsigned char *text)
{
	(void)o;
	(void)at;
	(void)text;
	return MEMBER;
}

#endif

/* One member, any; p is where it should begin. Returns the byte behind it, NULL with *fault. */
static const unsigned char *
read_member(struct weir_json_object *o, struct progress *at, const unsigned char *end,
    const unsigned char *text, struct weir_json_fault *fault)
{
	const unsigned char *p = weir_json_core_space(at->p, end);

	if (p >= end || *p != '"')
		return weir_json_core_fail(fault, p, end, "not a name", "expected a name in quotes");
	if ((p = read_name(o, &at->node, p + 1, end, fault)) == NULL)
		return NULL;
	if (at->n == o->nslots)
		grow_slots(o);
	return read_slot(p, end, text, 1, &o->slots[at->n++], fault);
}

/* The object at p, a "{". Offsets count from text. */
static const unsigned char *
read_object(struct weir_json_object *o, const unsigned char *p, const unsigned char *end,
    const unsigned char *text, struct weir_parsed *rec, struct weir_json_fault *fault)
{
	struct progress at = {p + 1, o->shapes.root, 0};
	enum stop stop;

	if (*at.p != '"') {
		at.p = weir_json_core_space(at.p, end);
		if (at.p < end && *at.p == '}') {
			at.p++;
			goto close;
		}
	}
	while ((stop = quick_members(o, &at, text)) != DONE) {
		if (stop == MEMBER && (at.p = read_member(o, &at, end, text, fault)) == NULL)
			return NULL;
		at.p = weir_json_core_space(at.p, end);
		if (at.p >= end || (*at.p != ',' && *at.p != '}'))
			return weir_json_core_fail(fault, at.p, end, "no comma between members",
			    "expected \",\" or \"}\"");
		if (*at.p++ == '}')
			break;
	}
close:
	rec->shape = at.node->shape != NULL ? at.node->shape : weir_json_shapes_end(at.node);
	if (at.node->place != NULL)
		fold_slots(o, at.node);
	rec->slots = o->slots;
	return at.p;
}

const unsigned char *
weir_json_object_read(struct weir_json_object *o, const unsigned char *p, const unsigned char *end,
    const unsigned char *text, struct weir_parsed *rec, struct weir_json_fault *fault)
{
	rec->words = NULL;
	rec->nwords = 0;
	rec->flags = 0;
	if (p < end && *p == '{')
		return read_object(o, p, end, text, rec, fault);
	rec->shape = o->value_shape;
	rec->slots = o->slots;
	return read_slot(p, end, text, 0, &o->slots[0], fault);
}
