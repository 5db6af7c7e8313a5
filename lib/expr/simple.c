/*
 * simple - see simple.h
 *
 * Measured on .latency * 100, the record made of it included: the machine took 600 more instructions
 * than this.
 */
#include "expr/simple.h"
#include "base/mem.h"
#include "expr/arith.h"

#include <stdlib.h>

#define DEPTH 64

struct node {
	uint8_t kind, op;              /* of the tree; WEIR_NODE_INDEX: a path */
	struct weir_val v;
	struct weir_reach path;
	struct node *a, *b;
};

struct weir_simple {
	struct node *root;
	struct weir_buf why;            /* errors, which nobody reads */
};

static void
free_node(struct node *n)
{
	if (n == NULL)
		return;
	free_node(n->a);
	free_node(n->b);
	weir_reach_release(&n->path);
	weir_val_drop(&n->v);
	free(n);
}

/* A number on a side of an operator, which would read its digits each time; left alone where the
 * operator could give it back and it would print otherwise then. */
static void
digest(struct node *n)
{
	char text[WEIR_NUM_TEXT];
	struct weir_num num;

	if (n->kind != WEIR_NODE_LITERAL || n->v.kind != WEIR_VAL_NUMBER || n->v.form != WEIR_VAL_TEXT)
		return;
	weir_val_num(&n->v, &num);
	if (weir_num_format(&num, text) == n->v.len && memcmp(text, n->v.p, n->v.len) == 0)
		n->v = weir_val_number(&num);
}

static struct node *
new_node(const struct weir_node *of, unsigned depth)
{
	struct node *n;
	bool sides = true, fits = depth < DEPTH;

	n = weir_mem_zalloc(1, sizeof(*n));
	n->kind = of->kind;
	n->op = of->op;
	switch ((enum weir_node_kind)of->kind) {
	case WEIR_NODE_LITERAL:
		n->v = weir_val_ref(&of->v);
		sides = false;
		break;
	case WEIR_NODE_INDEX:
		fits = weir_reach_init(&n->path, of);
		sides = false;
		break;
	case WEIR_NODE_AND:
	case WEIR_NODE_OR:
	case WEIR_NODE_COMPARE:
	case WEIR_NODE_ARITH:
		fits = fits && (n->b = new_node(of->b, depth + 1)) != NULL;
		break;
	case WEIR_NODE_NEGATE: break;
	default: fits = false;
	}
	if (fits && sides)
		fits = (n->a = new_node(of->a, depth + 1)) != NULL;
	if (fits && n->a != NULL)
		digest(n->a);
	if (fits && n->b != NULL)
		digest(n->b);
	if (fits)
		return n;
	free_node(n);
	return NULL;
}

struct weir_simple *
weir_simple_new(const struct weir_node *program)
{
	struct node *root = new_node(program, 0);
	struct weir_simple *s;

	if (root == NULL)
		return NULL;
	s = weir_mem_zalloc(1, sizeof(*s));
	s->root = root;
	return s;
}

void
weir_simple_free(struct weir_simple *s)
{
	if (s == NULL)
		return;
	free_node(s->root);
	weir_buf_release(&s->why);
	free(s);
}

struct weir_reach *
weir_simple_path(struct weir_simple *s)
{
	return s->root->kind == WEIR_NODE_INDEX ? &s->root->path : NULL;
}

static bool eval(struct weir_simple *s, struct node *n, const struct weir_record *r, struct weir_val *out);

static bool
apply(struct weir_simple *s, struct node *n, const struct weir_record *r, struct weir_val *out)
{
	struct weir_val a, b;
	bool fine;

	if (!eval(s, n->a, r, &a))
		return false;
	if (!eval(s, n->b, r, &b)) {
		weir_val_drop(&a);
		return false;
	}
	fine = n->kind == WEIR_NODE_COMPARE || weir_arith_apply(n->op, &a, &b, out, &s->why) == 0;
	if (n->kind == WEIR_NODE_COMPARE)
		*out = weir_val_bool(n->op >> (weir_val_cmp(&a, &b) + 1) & 1);
	weir_val_drop(&a);
	weir_val_drop(&b);
	return fine;
}

/* The right side is looked at only if the left one doesn't decide. */
static bool
decide(struct weir_simple *s, struct node *n, const struct weir_record *r, struct weir_val *out)
{
	bool left;

	if (!eval(s, n->a, r, out))
		return false;
	left = weir_val_truthy(out);
	weir_val_drop(out);
	if (left == (n->kind == WEIR_NODE_OR)) {
		*out = weir_val_bool(left);
		return true;
	}
	if (!eval(s, n->b, r, out))
		return false;
	left = weir_val_truthy(out);
	weir_val_drop(out);
	*out = weir_val_bool(left);
	return true;
}

static bool
eval(struct weir_simple *s, struct node *n, const struct weir_record *r, struct weir_val *out)
{
	struct weir_value v;
	struct weir_val a;
	bool fine;

	switch ((enum weir_node_kind)n->kind) {
	case WEIR_NODE_LITERAL:
		*out = weir_val_ref(&n->v);
		return true;
	case WEIR_NODE_INDEX:
		if (!weir_reach_get(&n->path, r, &v))
			return false;
		*out = weir_val_from(&v);
		return true;
	case WEIR_NODE_AND:
	case WEIR_NODE_OR: return decide(s, n, r, out);
	case WEIR_NODE_NEGATE:
		if (!eval(s, n->a, r, &a))
			return false;
		fine = weir_arith_negate(&a, out, &s->why) == 0;
		weir_val_drop(&a);
		return fine;
	default: return apply(s, n, r, out);
	}
}

bool
weir_simple_get(struct weir_simple *s, const struct weir_record *r, struct weir_val *out)
{
	weir_buf_clear(&s->why);
	return eval(s, s->root, r, out);
}
