/*
 * machine_core - the machine's state, for its own files
 */
#ifndef WEIR_EXPR_MACHINE_CORE_H
#define WEIR_EXPR_MACHINE_CORE_H

#include "base/mem.h"
#include "expr/machine.h"
#include "text/regex.h"

/* What a frame does with the value that it is given. */
enum weir_machine_step {
	WEIR_STEP_PIPE,      /* runs b on it */
	WEIR_STEP_KEY,       /* a key: next, what is to be indexed */
	WEIR_STEP_INDEX,     /* indexes it by held */
	WEIR_STEP_FROM,      /* the start of a slice: next, its end */
	WEIR_STEP_TO,        /* the end: next, what is to be sliced */
	WEIR_STEP_SLICE,     /* slices it from held to input */
	WEIR_STEP_EACH,      /* gives its members one by one */
	WEIR_STEP_LEAVE,     /* out of a "?" */
	WEIR_STEP_LOGIC,     /* and, or: decides, or next the right side */
	WEIR_STEP_BOOL,      /* makes it true or false */
	WEIR_STEP_ALT,       /* passes it if it is true */
	WEIR_STEP_RIGHT,     /* the right side of an operator: next, the left one */
	WEIR_STEP_LEFT,      /* computes, with held on the right */
	WEIR_STEP_NEGATE,
	WEIR_STEP_COLLECT,   /* puts it into the array of choice `mark` */
	WEIR_STEP_NAME,      /* the key of member `mark`: next, its value */
	WEIR_STEP_MEMBER,    /* puts it into the object held, by name */
	WEIR_STEP_FLAGS,     /* of test: next, the pattern */
	WEIR_STEP_TEST
};

struct weir_machine_frame {
	uint32_t refs;
	uint8_t step;
	uint32_t mark;
	const struct weir_node *node;
	struct weir_machine_frame *next;
	struct weir_val input, held, name;
};

enum weir_machine_resume {
	WEIR_RESUME_EVAL,    /* node on the value */
	WEIR_RESUME_EACH,    /* the value's member i and those behind it */
	WEIR_RESUME_TRY,     /* nothing: a handler's place */
	WEIR_RESUME_ALT,     /* node's right side on the value, unless an output was found */
	WEIR_RESUME_ARRAY    /* the value is the array collected */
};

struct weir_machine_choice {
	uint8_t resume;
	bool found;
	uint32_t handler, i;
	const struct weir_node *node;
	struct weir_machine_frame *next;
	struct weir_val value;
};

/* What is done next: a node is run on the value; the value is given to the frame on top; it is
 * dropped and the last choice taken; or so are all choices down to the handler. */
enum weir_machine_todo {
	WEIR_MACHINE_EVAL,
	WEIR_MACHINE_GIVE,
	WEIR_MACHINE_RETREAT,
	WEIR_MACHINE_RAISE
};

struct weir_machine {
	const struct weir_node *program;
	const struct weir_node *node;     /* to be run by WEIR_MACHINE_EVAL */
	struct weir_val value;
	struct weir_machine_frame *frame; /* NULL: outputs are the program's */
	uint32_t handler;                 /* 1 + the place of a WEIR_RESUME_TRY, or 0 */
	bool over;
	struct weir_machine_choice *choices;
	uint32_t n, cap;
	struct weir_machine_frame *spare; /* frames to be used again */
	struct weir_regex_cache regexes;
	struct weir_buf error;
};

/* A frame on top of the chain. */
static inline struct weir_machine_frame *
weir_machine_push(struct weir_machine *m, enum weir_machine_step step, const struct weir_node *node)
{
	struct weir_machine_frame *f = m->spare;

	if (f != NULL)
		m->spare = f->next;
	else
		f = weir_mem_alloc(sizeof(*f));
	*f = (struct weir_machine_frame){.refs = 1, .step = (uint8_t)step, .node = node,
	    .next = m->frame};
	m->frame = f;
	return f;
}

/* The frame on top leaves the chain; the caller unrefs it. */
static inline struct weir_machine_frame *
weir_machine_take(struct weir_machine *m)
{
	struct weir_machine_frame *f = m->frame;

	m->frame = f->next;
	if (m->frame != NULL)
		m->frame->refs++;
	return f;
}

/* A frame's value for the caller: moved if nobody else has the frame. */
static inline struct weir_val
weir_machine_moved(const struct weir_machine_frame *f, struct weir_val *v)
{
	struct weir_val out = *v;

	if (f->refs > 1)
		return weir_val_ref(v);
	*v = weir_val_of_kind(WEIR_VAL_NULL);
	return out;
}

static inline enum weir_machine_todo
weir_machine_give(struct weir_machine *m, struct weir_val v)
{
	weir_val_drop(&m->value);
	m->value = v;
	return WEIR_MACHINE_GIVE;
}

/* Runs a node on v next. */
static inline enum weir_machine_todo
weir_machine_run(struct weir_machine *m, const struct weir_node *node, struct weir_val v)
{
	weir_val_drop(&m->value);
	m->value = v;
	m->node = node;
	return WEIR_MACHINE_EVAL;
}

/* Remembers to come back here; the value and the chain as they are now. */
struct weir_machine_choice *weir_machine_choose(struct weir_machine *m,
    enum weir_machine_resume resume, const struct weir_node *node);

/* The operations on the value, in machine_op.c. Those that take a frame carry on what it began. */
enum weir_machine_todo weir_machine_compute(struct weir_machine *m, const struct weir_node *node,
    const struct weir_val *right);
enum weir_machine_todo weir_machine_negate(struct weir_machine *m, const struct weir_node *node);
enum weir_machine_todo weir_machine_index(struct weir_machine *m, const struct weir_node *node,
    const struct weir_val *key);
enum weir_machine_todo weir_machine_slice(struct weir_machine *m, const struct weir_node *node,
    const struct weir_val *from, const struct weir_val *to);

/* .[] of the value; and member i of an array or object, which is taken over, and those behind
 * it. */
enum weir_machine_todo weir_machine_each(struct weir_machine *m, const struct weir_node *node);
enum weir_machine_todo weir_machine_member(struct weir_machine *m, struct weir_val of, uint32_t i);

/* Matches the value; re is NULL if the pattern could not be had. And with a pattern that the value
 * is: the text is then the frame's input. */
enum weir_machine_todo weir_machine_match(struct weir_machine *m, struct weir_regex *re);
enum weir_machine_todo weir_machine_test(struct weir_machine *m, struct weir_machine_frame *f);

/* An object: begins with member i, of `object` that has those before it; a key has come; a value
 * has come. */
enum weir_machine_todo weir_machine_build(struct weir_machine *m, const struct weir_node *node,
    uint32_t i, struct weir_val object, struct weir_val input);
enum weir_machine_todo weir_machine_name(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_todo weir_machine_put(struct weir_machine *m, struct weir_machine_frame *f);

#endif
