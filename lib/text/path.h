/*
 * path - where in a record a value is: .a, .a.b[0], .["odd name"], a.b
 *
 * The subset of jq's paths that -k, -t and aggregates take. A bare a.b is taken
 * as .a.b. The first step is a field of the record's shape and is looked up once a
 * shape; what lies deeper is read in that field's JSON text.
 */
#ifndef WEIR_TEXT_PATH_H
#define WEIR_TEXT_PATH_H

#include "frame/record.h"
#include "text/parser.h"

#include <stddef.h>

struct weir_path_step {
	unsigned char *name;   /* or NULL: an index */
	uint32_t len;
	int64_t index;
};

struct weir_path {
	char *text;                   /* as it was written */
	struct weir_path_step *steps; /* at least one; the first is a name */
	unsigned n;
	uint64_t serial;              /* of the shape looked up last */
	int field;                    /* and where it has the first step, or -1 */
};

/* Reads one path from the start of s[0, len), up to a top-level comma or the end; returns how
 * many bytes it took, or 0 with *why in words. */
size_t weir_path_parse(struct weir_path *p, const char *s, size_t len, const char **why);
void weir_path_release(struct weir_path *p);

/* "PATH[,PATH...]" in a new array; its length in *n, or NULL with *why. Free with weir_path_list_free. */
struct weir_path *weir_path_list(const char *s, unsigned *n, const char **why);
void weir_path_list_free(struct weir_path *list, unsigned n);

/* The name that a result field gets from a path: its last name ("b" of .a.b, "a" of .a[0]). */
const struct weir_path_step *weir_path_last(const struct weir_path *p);

int weir_path_look_up(struct weir_path *p, const struct weir_shape *shape);
void weir_path_dig(const struct weir_path *p, struct weir_value *v);

/* The index of the first step's field in the shape, or -1. */
static inline int
weir_path_field(struct weir_path *p, const struct weir_shape *shape)
{
	return p->serial == shape->serial ? p->field : weir_path_look_up(p, shape);
}

/* The value there; WEIR_ABSENT where there is none (jq would say null). */
static inline void
weir_path_get(struct weir_path *p, const struct weir_record *r, struct weir_value *v)
{
	int i = weir_path_field(p, r->shape);

	if (i < 0) {
		v->type = WEIR_ABSENT;
		v->len = 0;
		return;
	}
	weir_record_get(r, (uint32_t)i, v);
	if (p->n > 1)
		weir_path_dig(p, v);
}

/* The same in a record just parsed. */
void weir_path_parsed(struct weir_path *p, const struct weir_parsed *r, struct weir_value *v);

#endif
