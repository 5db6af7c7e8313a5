/*
 * machine - see machine.h
 *
 * The state is a value and what is done with it next: `eval` runs a node on it,
 * `give` hands it to the frame on top, `retreat` drops it and takes the
 * last choice, `raise` drops the choices down to the handler in force. A frame does not
 * change once it is made, because choices may share it; whoever holds the only
 * reference moves its values out instead of copying them.
 *
 * An error is caught by the handler in force where it is raised. What comes out of a "?" leaves
 * its handler, so an error raised further down the pipe passes it by.
 */
#include "expr/machine.h"
#include "base/mem.h"
#include "expr/arith.h"

#include <stdlib.h>

/* What a frame does with the value that it is given. */
enum step {
	STEP_PIPE,      /* runs b on it */
	STEP_KEY,       /* a key: next, what is to be indexed */
	STEP_INDEX,     /* indexes it by held */
	STEP_FROM,      /* the start of a slice: next, its end */
	STEP_TO,        /* the end: next, what is to be sliced */
	STEP_SLICE,     /* slices it from held to input */
	STEP_EACH,      /* gives its members one by one */
	STEP_LEAVE,     /* out of a "?" */
	STEP_LOGIC,     /* and, or: decides, or next the right side */
	STEP_BOOL,      /* makes it true or false */
	STEP_ALT,       /* passes it if it is true */
	STEP_RIGHT,     /* the right side of an operator: next, the left one */
	STEP_LEFT,      /* computes, with held on the right */
	STEP_NEGATE,
	STEP_COLLECT,   /* puts it into the array of choice `mark` */
	STEP_NAME,      /* the key of member `mark`: next, its value */
	STEP_MEMBER,    /* puts it into the object held, by name */
	STEP_FLAGS,     /* of test: next, the pattern */
	STEP_TEST
};

struct frame {
	uint32_t refs;
	uint8_t step;
	uint32_t mark;
	const struct weir_node *node;
	struct frame *next;
	struct weir_val input, held, name;
};

enum resume {
	RESUME_EVAL,    /* node on the value */
	RESUME_EACH,    /* the value's member i and those behind it */
	RESUME_TRY,     /* nothing: a handler's place */
	RESUME_ALT,     /* node's right side on the value, unless an output was found */
	RESUME_ARRAY    /* the value is the array collected */
};

struct choice {
	uint8_t resume;
	bool found;
	uint32_t handler, i;
	const struct weir_node *node;
	struct frame *next;
	struct weir_val value;
};

enum todo { EVAL, GIVE, RETREAT, RAISE };

struct weir_machine {
	const struct weir_node *program;
	const struct weir_node *node;     /* to be run by EVAL */
	struct weir_val value;
	struct frame *frame;              /* NULL: outputs are the program's */
	uint32_t handler;                 /* 1 + the place of a RESUME_TRY, or 0 */
	bool over;
	struct choice *choices;
	uint32_t n, cap;
	struct frame *spare;              /* frames to be used again */
	struct weir_regex_cache regexes;
	struct weir_buf error;
};

struct weir_machine *
weir_machine_new(const struct weir_node *program)
{
	struct weir_machine *m = weir_mem_zalloc(1, sizeof(*m));

	m->program = program;
	m->over = true;
	return m;
}

static void
unref(struct weir_machine *m, struct frame *f)
{
	while (f != NULL && --f->refs == 0) {
		struct frame *next = f->next;

		weir_val_drop(&f->input);
		weir_val_drop(&f->held);
		weir_val_drop(&f->name);
		f->next = m->spare;
		m->spare = f;
		f = next;
	}
}

static void
pop(struct weir_machine *m)
{
	struct choice *c = &m->choices[--m->n];

	weir_val_drop(&c->value);
	unref(m, c->next);
}

static void
clear(struct weir_machine *m)
{
	while (m->n > 0)
		pop(m);
	unref(m, m->frame);
	m->frame = NULL;
	weir_val_drop(&m->value);
	m->handler = 0;
	m->over = true;
}

void
weir_machine_free(struct weir_machine *m)
{
	struct frame *f;

	if (m == NULL)
		return;
	clear(m);
	while ((f = m->spare) != NULL) {
		m->spare = f->next;
		free(f);
	}
	weir_regex_cache_release(&m->regexes);
	weir_buf_release(&m->error);
	free(m->choices);
	free(m);
}

/* A frame on top of the chain. */
static struct frame *
push(struct weir_machine *m, enum step step, const struct weir_node *node)
{
	struct frame *f = m->spare;

	if (f != NULL)
		m->spare = f->next;
	else
		f = weir_mem_alloc(sizeof(*f));
	*f = (struct frame){.refs = 1, .step = (uint8_t)step, .node = node, .next = m->frame};
	m->frame = f;
	return f;
}

/* The frame on top leaves the chain; the caller unrefs it. */
static struct frame *
take(struct weir_machine *m)
{
	struct frame *f = m->frame;

	m->frame = f->next;
	if (m->frame != NULL)
		m->frame->refs++;
	return f;
}

/* A frame's value for the caller: moved if nobody else has the frame. */
static struct weir_val
moved(const struct frame *f, struct weir_val *v)
{
	struct weir_val out = *v;

	if (f->refs > 1)
		return weir_val_ref(v);
	*v = weir_val_of_kind(WEIR_VAL_NULL);
	return out;
}

/* Remembers to come back here; the value and the chain as they are now. */
static struct choice *
choose(struct weir_machine *m, enum resume resume, const struct weir_node *node)
{
	struct choice *c;

	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 16 : m->cap * 2;
		m->choices = weir_mem_realloc(m->choices, m->cap, sizeof(*m->choices));
	}
	c = &m->choices[m->n++];
	*c = (struct choice){.resume = (uint8_t)resume, .handler = m->handler, .node = node,
	    .next = m->frame, .value = weir_val_ref(&m->value)};
	if (m->frame != NULL)
		m->frame->refs++;
	return c;
}

static enum todo
give(struct weir_machine *m, struct weir_val v)
{
	weir_val_drop(&m->value);
	m->value = v;
	return GIVE;
}

/* Runs a node on v next. */
static enum todo
run(struct weir_machine *m, const struct weir_node *node, struct weir_val v)
{
	weir_val_drop(&m->value);
	m->value = v;
	m->node = node;
	return EVAL;
}

/* What an operation came to. A forgiven error is no output. */
static enum todo
result(struct weir_machine *m, const struct weir_node *node, int rc, struct weir_val v)
{
	if (rc == 0)
		return give(m, v);
	if (node->op != '?')
		return RAISE;
	weir_buf_clear(&m->error);
	return RETREAT;
}

static enum todo
compute(struct weir_machine *m, const struct weir_node *node, const struct weir_val *right)
{
	struct weir_val v = {0};
	int rc = 0;

	if (node->kind == WEIR_NODE_COMPARE)
		v = weir_val_bool(node->op >> (weir_val_cmp(&m->value, right) + 1) & 1);
	else
		rc = weir_arith_apply(node->op, &m->value, right, &v, &m->error);
	return result(m, node, rc, v);
}

static enum todo
index_by(struct weir_machine *m, const struct weir_node *node, const struct weir_val *key)
{
	struct weir_val v = {0};
	int rc = weir_arith_index(&m->value, key, &v, &m->error);

	return result(m, node, rc, v);
}

static enum todo
slice(struct weir_machine *m, const struct weir_node *node, const struct weir_val *from,
    const struct weir_val *to)
{
	struct weir_val v = {0};
	int rc = weir_arith_slice(&m->value, from, to, &v, &m->error);

	return result(m, node, rc, v);
}

static enum todo
negate(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_val v = {0};
	int rc = weir_arith_negate(&m->value, &v, &m->error);

	return result(m, node, rc, v);
}

/* Gives member i and remembers the rest. */
static enum todo
member(struct weir_machine *m, struct weir_val of, uint32_t i)
{
	bool array = of.kind == WEIR_VAL_ARRAY;
	uint32_t n = array ? of.arr->n : of.obj->n;
	struct weir_val v;

	if (i >= n) {
		weir_val_drop(&of);
		return RETREAT;
	}
	v = weir_val_ref(array ? &of.arr->v[i] : &of.obj->m[i].value);
	if (i + 1 < n) {
		weir_val_drop(&m->value);
		m->value = of;
		choose(m, RESUME_EACH, NULL)->i = i + 1;
	} else {
		weir_val_drop(&of);
	}
	return give(m, v);
}

static enum todo
each(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_val of = m->value;

	if (of.kind != WEIR_VAL_ARRAY && of.kind != WEIR_VAL_OBJECT) {
		weir_buf_puts(&m->error, "Cannot iterate over ");
		weir_arith_describe(&m->error, &of);
		return result(m, node, -1, of);
	}
	m->value = weir_val_of_kind(WEIR_VAL_NULL);
	weir_val_open(&of);
	return member(m, of, 0);
}

/* test's pattern and flags, checked as jq checks them. */
static struct weir_regex *
pattern(struct weir_machine *m, struct weir_val *re, struct weir_val *flags)
{
	struct weir_regex_fault fault = {0};
	const unsigned char *p;
	struct weir_regex *found;
	unsigned set = 0;
	size_t len;

	if (re->kind != WEIR_VAL_STRING ||
	    (flags->kind != WEIR_VAL_STRING && flags->kind != WEIR_VAL_NULL)) {
		weir_arith_describe(&m->error, re->kind != WEIR_VAL_STRING ? re : flags);
		weir_buf_puts(&m->error, " is not a string");
		return NULL;
	}
	if (flags->kind == WEIR_VAL_STRING) {
		p = weir_val_bytes(flags, &len);
		if (weir_regex_flags(p, len, &set) != 0) {
			weir_buf_put(&m->error, p, len);
			weir_buf_puts(&m->error, " is not a valid modifier string");
			return NULL;
		}
	}
	p = weir_val_bytes(re, &len);
	found = weir_regex_cached(&m->regexes, p, len, set, &fault);
	if (found == NULL)
		weir_buf_printf(&m->error, "Regex failure: %s", fault.message);
	return found;
}

/* test([re, flags]): takes the array apart. */
static bool
unpack(struct weir_machine *m, struct weir_val *re, struct weir_val *flags)
{
	struct weir_val array = *re;

	if (array.kind == WEIR_VAL_ARRAY)
		weir_val_open(&array);
	if (array.kind != WEIR_VAL_ARRAY || array.arr->n == 0) {
		*re = array;
		weir_buf_printf(&m->error, "%s not a string or array", weir_val_kind_name(re));
		return false;
	}
	*re = weir_val_ref(&array.arr->v[0]);
	if (array.arr->n > 1)
		*flags = weir_val_ref(&array.arr->v[1]);
	weir_val_drop(&array);
	return true;
}

/* Matches the value; re is NULL if the pattern could not be had. */
static enum todo
match(struct weir_machine *m, struct weir_regex *re)
{
	const unsigned char *p;
	const char *why;
	size_t len;
	int rc;

	if (re == NULL)
		return RAISE;
	p = weir_val_bytes(&m->value, &len);
	rc = weir_regex_test(re, p, len, &why);
	if (rc < 0) {
		weir_buf_puts(&m->error, why);
		return RAISE;
	}
	return give(m, weir_val_bool(rc > 0));
}

static bool
is_string(struct weir_machine *m)
{
	if (m->value.kind == WEIR_VAL_STRING)
		return true;
	weir_arith_describe(&m->error, &m->value);
	weir_buf_puts(&m->error, " cannot be matched, as it is not a string");
	return false;
}

/* The value is the pattern; the input of test becomes the value. */
static enum todo
test(struct weir_machine *m, struct frame *f)
{
	struct weir_val re = m->value, flags = weir_val_ref(&f->held);
	struct weir_regex *compiled = NULL;
	bool known = true;

	m->value = weir_val_ref(&f->input);
	if (f->node->b == NULL && re.kind != WEIR_VAL_STRING)
		known = unpack(m, &re, &flags);
	if (known && is_string(m))
		compiled = pattern(m, &re, &flags);
	weir_val_drop(&re);
	weir_val_drop(&flags);
	return match(m, compiled);
}

/* Begins with member i of an object, of which `object` has those before it; gives it if all are there. */
static enum todo
build(struct weir_machine *m, const struct weir_node *node, uint32_t i, struct weir_val object,
    struct weir_val input)
{
	struct frame *f;

	if (i == node->n) {
		weir_val_drop(&input);
		return give(m, object);
	}
	f = push(m, STEP_NAME, node);
	f->mark = i;
	f->held = object;
	f->input = input;
	return run(m, node->members[i].key, weir_val_ref(&input));
}

static enum todo
name(struct weir_machine *m, struct frame *f)
{
	struct weir_val key = m->value, input = weir_val_ref(&f->input);
	struct frame *g;
	size_t len;

	if (key.kind != WEIR_VAL_STRING) {
		weir_val_drop(&input);
		weir_buf_puts(&m->error, "Cannot use ");
		weir_arith_describe(&m->error, &key);
		weir_buf_puts(&m->error, " as object key");
		return RAISE;
	}
	m->value = weir_val_of_kind(WEIR_VAL_NULL);
	weir_val_bytes(&key, &len);
	g = push(m, STEP_MEMBER, f->node);
	g->mark = f->mark;
	g->held = moved(f, &f->held);
	g->input = weir_val_ref(&input);
	g->name = key;
	return run(m, f->node->members[f->mark].value, input);
}

static enum todo
put_member(struct weir_machine *m, struct frame *f)
{
	struct weir_val object = moved(f, &f->held), v = m->value;

	m->value = weir_val_of_kind(WEIR_VAL_NULL);
	weir_val_set(&object, moved(f, &f->name), v);
	return build(m, f->node, f->mark + 1, object, moved(f, &f->input));
}

/* Hands the value to a frame that was taken off the chain. */
static enum todo
proceed(struct weir_machine *m, struct frame *f)
{
	const struct weir_node *node = f->node;
	bool yes = weir_val_truthy(&m->value);
	struct frame *g;

	switch ((enum step)f->step) {
	case STEP_PIPE:
		m->node = node->b;
		return EVAL;
	case STEP_KEY:
		push(m, STEP_INDEX, node)->held = m->value;
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		return run(m, node->a, moved(f, &f->input));
	case STEP_INDEX:
		return index_by(m, node, &f->held);
	case STEP_FROM:
		g = push(m, STEP_TO, node);
		g->held = m->value;
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		g->input = weir_val_ref(&f->input);
		return run(m, node->c, moved(f, &f->input));
	case STEP_TO:
		g = push(m, STEP_SLICE, node);
		g->held = moved(f, &f->held);
		g->input = m->value;
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		return run(m, node->a, moved(f, &f->input));
	case STEP_SLICE:
		return slice(m, node, &f->held, &f->input);
	case STEP_EACH:
		return each(m, node);
	case STEP_LEAVE:
		m->handler = f->mark;
		return GIVE;
	case STEP_LOGIC:
		if (yes == (node->kind == WEIR_NODE_OR))
			return give(m, weir_val_bool(yes));
		push(m, STEP_BOOL, node);
		return run(m, node->b, moved(f, &f->input));
	case STEP_BOOL:
		return give(m, weir_val_bool(yes));
	case STEP_ALT:
		m->choices[f->mark].found |= yes;
		return yes ? GIVE : RETREAT;
	case STEP_RIGHT:
		push(m, STEP_LEFT, node)->held = m->value;
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		return run(m, node->a, moved(f, &f->input));
	case STEP_LEFT:
		return compute(m, node, &f->held);
	case STEP_NEGATE:
		return negate(m, node);
	case STEP_COLLECT:
		weir_val_push(&m->choices[f->mark].value, m->value);
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		return RETREAT;
	case STEP_NAME:
		return name(m, f);
	case STEP_MEMBER:
		return put_member(m, f);
	case STEP_FLAGS:
		g = push(m, STEP_TEST, node);
		g->held = m->value;
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		g->input = weir_val_ref(&f->input);
		return run(m, node->a, moved(f, &f->input));
	case STEP_TEST:
		return test(m, f);
	}
	return RETREAT;
}

/* Pushes a frame that gets the input again, and runs a node on it. */
static enum todo
first(struct weir_machine *m, enum step step, const struct weir_node *node,
    const struct weir_node *operand)
{
	push(m, step, node)->input = weir_val_ref(&m->value);
	m->node = operand;
	return EVAL;
}

static enum todo
collect(struct weir_machine *m, const struct weir_node *node)
{
	struct choice *c = choose(m, RESUME_ARRAY, node);

	weir_val_drop(&c->value);
	c->value = weir_val_array(0);
	if (node->a == NULL)
		return RETREAT;
	push(m, STEP_COLLECT, node)->mark = m->n - 1;
	m->node = node->a;
	return EVAL;
}

/* An operator whose right side is a literal needs no frame for it. */
static enum todo
operate(struct weir_machine *m, const struct weir_node *node)
{
	if (node->b->kind != WEIR_NODE_LITERAL)
		return first(m, STEP_RIGHT, node, node->b);
	push(m, STEP_LEFT, node)->held = node->b->v;
	m->node = node->a;
	return EVAL;
}

static enum todo
look_up(struct weir_machine *m, const struct weir_node *node)
{
	if (node->b->kind != WEIR_NODE_LITERAL)
		return first(m, STEP_KEY, node, node->b);
	if (node->a->kind == WEIR_NODE_DOT)
		return index_by(m, node, &node->b->v);
	push(m, STEP_INDEX, node)->held = node->b->v;
	m->node = node->a;
	return EVAL;
}

static enum todo
eval(struct weir_machine *m)
{
	const struct weir_node *node = m->node;

	switch ((enum weir_node_kind)node->kind) {
	case WEIR_NODE_DOT:
		return GIVE;
	case WEIR_NODE_LITERAL:
		return give(m, node->v);
	case WEIR_NODE_INDEX:
		return look_up(m, node);
	case WEIR_NODE_SLICE:
		return first(m, STEP_FROM, node, node->b);
	case WEIR_NODE_EACH:
		push(m, STEP_EACH, node);
		m->node = node->a;
		return EVAL;
	case WEIR_NODE_TRY:
		choose(m, RESUME_TRY, node);
		push(m, STEP_LEAVE, node)->mark = m->handler;
		m->handler = m->n;
		m->node = node->a;
		return EVAL;
	case WEIR_NODE_PIPE:
		push(m, STEP_PIPE, node);
		m->node = node->a;
		return EVAL;
	case WEIR_NODE_COMMA:
		choose(m, RESUME_EVAL, node->b);
		m->node = node->a;
		return EVAL;
	case WEIR_NODE_ALT:
		choose(m, RESUME_ALT, node);
		push(m, STEP_ALT, node)->mark = m->n - 1;
		m->node = node->a;
		return EVAL;
	case WEIR_NODE_AND:
	case WEIR_NODE_OR:
		return first(m, STEP_LOGIC, node, node->a);
	case WEIR_NODE_COMPARE:
	case WEIR_NODE_ARITH:
		return operate(m, node);
	case WEIR_NODE_NEGATE:
		push(m, STEP_NEGATE, node);
		m->node = node->a;
		return EVAL;
	case WEIR_NODE_NOT:
		return give(m, weir_val_bool(!weir_val_truthy(&m->value)));
	case WEIR_NODE_ARRAY:
		return collect(m, node);
	case WEIR_NODE_OBJECT:
		return build(m, node, 0, weir_val_object(), weir_val_ref(&m->value));
	case WEIR_NODE_TEST:
		if (node->re != NULL)
			return is_string(m) ? match(m, node->re) : RAISE;
		if (node->b != NULL)
			return first(m, STEP_FLAGS, node, node->b);
		return first(m, STEP_TEST, node, node->a);
	case WEIR_NODE_FOREIGN:
		break;
	}
	weir_buf_puts(&m->error, "not native");
	return RAISE;
}

/* Goes on where the last choice says. */
static enum todo
retreat(struct weir_machine *m)
{
	struct choice c = m->choices[--m->n];

	unref(m, m->frame);
	m->frame = c.next;
	m->handler = c.handler;
	switch ((enum resume)c.resume) {
	case RESUME_EVAL:
		return run(m, c.node, c.value);
	case RESUME_EACH:
		return member(m, c.value, c.i);
	case RESUME_ALT:
		if (!c.found)
			return run(m, c.node->b, c.value);
		break;
	case RESUME_ARRAY:
		return give(m, c.value);
	case RESUME_TRY:
		break;
	}
	weir_val_drop(&c.value);
	return RETREAT;
}

/* Down to the handler, and what lies below it. */
static enum todo
handle(struct weir_machine *m)
{
	while (m->n >= m->handler)
		pop(m);
	weir_buf_clear(&m->error);
	return RETREAT;
}

void
weir_machine_start(struct weir_machine *m, struct weir_val input)
{
	clear(m);
	weir_buf_clear(&m->error);
	m->over = false;
	m->node = m->program;
	m->value = input;
	choose(m, RESUME_EVAL, m->program);
}

int
weir_machine_next(struct weir_machine *m, struct weir_val *out)
{
	enum todo todo = RETREAT;

	while (!m->over) {
		struct frame *f;

		if (todo == EVAL) {
			todo = eval(m);
		} else if (todo == GIVE && m->frame == NULL) {
			*out = m->value;
			m->value = weir_val_of_kind(WEIR_VAL_NULL);
			return 1;
		} else if (todo == GIVE) {
			f = take(m);
			todo = proceed(m, f);
			unref(m, f);
		} else if (todo == RETREAT && m->n > 0) {
			todo = retreat(m);
		} else if (todo == RAISE && m->handler > 0) {
			todo = handle(m);
		} else {
			clear(m);
			return todo == RAISE ? -1 : 0;
		}
	}
	return 0;
}

const char *
weir_machine_error(struct weir_machine *m)
{
	return weir_buf_cstr(&m->error);
}
