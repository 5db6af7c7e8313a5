/*
 * reach - a path in a program, .a.b[0], as a place in records
 *
 * Names and whole numbers that are known when the program is compiled, beginning with a name.
 * Which field the name is, is remembered for the shapes met last.
 */
#ifndef WEIR_EXPR_REACH_H
#define WEIR_EXPR_REACH_H

#include "expr/ast.h"

#include <stdbool.h>

#define WEIR_REACH_CACHE 16     /* a power of two */

struct weir_reach_step {
	const unsigned char *name;      /* borrowed from the tree; or NULL: an index */
	uint32_t len;
	int64_t index;
};

struct weir_reach {
	struct weir_reach_step *steps;
	unsigned n;
	struct {
		uint64_t serial;
		int field;
	} cache[WEIR_REACH_CACHE];
};

/* false if the program isn't such a path; then there is nothing to release. */
bool weir_reach_init(struct weir_reach *r, const struct weir_node *program);
void weir_reach_release(struct weir_reach *r);

/* The rest of the way, from a field down; false where the program would raise an error. */
bool weir_reach_dig(const struct weir_reach *r, struct weir_value *v);

int weir_reach_look_up(struct weir_reach *r, const struct weir_shape *shape);

/* The value there, WEIR_ABSENT if there is none; false where the program would raise an error. */
static inline bool
weir_reach_get(struct weir_reach *r, const struct weir_record *rec, struct weir_value *v)
{
	unsigned at = rec->shape->serial & (WEIR_REACH_CACHE - 1);
	int field = r->cache[at].field;

	if (r->cache[at].serial != rec->shape->serial)
		field = weir_reach_look_up(r, rec->shape);
	if (field < 0)
		*v = (struct weir_value){.type = WEIR_ABSENT};
	else
		weir_record_get(rec, (uint32_t)field, v);
	return r->n == 1 || weir_reach_dig(r, v);
}

#endif
