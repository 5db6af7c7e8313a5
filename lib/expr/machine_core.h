/*
 * machine_core - the machine's state, for its own files
 */
#ifndef WEIR_EXPR_MACHINE_CORE_H
#define WEIR_EXPR_MACHINE_CORE_H

#include "base/mem.h"
#include "expr/call.h"
#include "expr/machine.h"

/* What a frame does with the value that it is given. */
enum weir_machine_step {
	WEIR_STEP_PIPE,      /* runs b on it */
	WEIR_STEP_KEY,       /* a key: next, what is to be indexed */
	WEIR_STEP_INDEX,     /* indexes it by held */
	WEIR_STEP_FROM,      /* the start of a slice: next, its end */
	WEIR_STEP_TO,        /* the end: next, what is to be sliced */
	WEIR_STEP_SLICE,     /* slices it from held to input */
	WEIR_STEP_EACH,      /* gives its members one by one */
	WEIR_STEP_LEAVE,     /* out of a "try" */
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
	WEIR_STEP_TEST,
	WEIR_STEP_IF,        /* runs b or c on the input */
	WEIR_STEP_PIECE,     /* of a string: next, the piece before it */
	WEIR_STEP_ARGUMENT,  /* of a native function or a range: next, the one before it */
	WEIR_STEP_PARAM,     /* of a function: into slot `mark` of the scope made */
	WEIR_STEP_BIND,      /* a value for pattern `alt` */
	WEIR_STEP_BOUND,     /* a key of binding `i` of that pattern */
	WEIR_STEP_INIT,      /* of reduce and foreach: the first state */
	WEIR_STEP_STATE,     /* the next state, for choice `mark` */
	WEIR_STEP_COUNT,     /* of limit and skip: how many */
	WEIR_STEP_LIMIT,     /* passes it; the last one ends choice `mark` and those above */
	WEIR_STEP_SKIP,      /* passes it once choice `mark` has skipped enough */
	WEIR_STEP_LAST,      /* keeps it in choice `mark` */
	WEIR_STEP_PATH,      /* gives the path that it has */
	WEIR_STEP_GETPATH,   /* a path */
	WEIR_STEP_UPDATE,    /* the right side of an assignment: next, the paths */
	WEIR_STEP_PLACE,     /* a place to be updated, in the value of choice `mark` */
	WEIR_STEP_PUT        /* the new value of path held, in choice `i`; ends choice `mark` */
};

struct weir_machine_scope;

/* A parameter, which is code in the scope that it was written in, or a value, or both. */
struct weir_machine_slot {
	const struct weir_node *node;
	struct weir_machine_scope *scope;
	struct weir_val v;
};

struct weir_machine_scope {
	uint32_t refs, n;
	struct weir_machine_scope *outer;
	struct weir_machine_slot slots[];
};

/* The way to a value from where path(...) began: its last key, and the way up to that. NULL
 * where nobody asks for paths; m->lost is that of a value which is in no such place. */
struct weir_machine_trail {
	uint32_t refs, len;
	struct weir_machine_trail *up;
	struct weir_val key;
};

struct weir_machine_frame {
	uint32_t refs;
	uint8_t step;
	uint16_t alt;
	uint32_t mark, i;
	const struct weir_node *node;
	struct weir_machine_frame *next;
	struct weir_machine_scope *scope; /* in which it goes on */
	struct weir_machine_trail *trail; /* of the input */
	struct weir_machine_scope *made;
	struct weir_val input, held, name;
};

enum weir_machine_resume {
	WEIR_RESUME_EVAL,    /* node on the value */
	WEIR_RESUME_EACH,    /* the value's member i and those behind it */
	WEIR_RESUME_TRY,     /* nothing: a handler's place */
	WEIR_RESUME_NEXT,    /* nothing: a handler's place; the value is for the frame's pattern */
	WEIR_RESUME_ALT,     /* node's right side on the value, unless an output was found */
	WEIR_RESUME_GIVE,    /* the value is the state of reduce */
	WEIR_RESUME_NEW,     /* the value is the array collected: it is in no place */
	WEIR_RESUME_NOTHING, /* the place of a label, of foreach's state, of a count */
	WEIR_RESUME_FOUND,   /* the value, if one was found */
	WEIR_RESUME_RANGE,   /* the value is [next, end, step] */
	WEIR_RESUME_UPDATED, /* the value is [document, paths to be deleted, right side] */
	WEIR_RESUME_DELETE   /* the value is a path to be deleted by choice i */
};

struct weir_machine_choice {
	uint8_t resume;
	bool found;
	uint32_t handler, i;
	const struct weir_node *node;
	struct weir_machine_frame *next;
	struct weir_machine_scope *scope;
	struct weir_machine_trail *trail;
	struct weir_val value;
};

/* What is done next: a node is run on the value; the value is given to the frame on top; it is
 * dropped and the last choice taken; or so are all choices down to the handler. */
enum weir_machine_course {
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
	struct weir_machine_scope *scope;
	struct weir_machine_trail *trail; /* of the value */
	uint32_t handler;                 /* 1 + the place of a handler's choice, or 0 */
	bool over;
	struct weir_machine_choice *choices;
	uint32_t n, cap;
	struct weir_machine_frame *spare; /* frames to be used again */
	struct weir_machine_trail root, lost;
	struct weir_call call;
	struct weir_buf why;              /* a text that is going to be an error */
	struct weir_buf text;             /* the last error's, for the caller */
	uint64_t steps, deadline;
	size_t frames, held;              /* in all; bytes of values before the run */
	unsigned wait_ms;
	bool stopped;                     /* by a limit: no handler may go on */
};

/* The ends of references, in machine.c. */
void weir_machine_unscope(struct weir_machine_scope *s);
void weir_machine_untrail(struct weir_machine_trail *t);
void weir_machine_unref(struct weir_machine *m, struct weir_machine_frame *f);

/* A new frame's memory. */
struct weir_machine_frame *weir_machine_frame(struct weir_machine *m);

static inline struct weir_machine_scope *
weir_machine_scope_ref(struct weir_machine_scope *s)
{
	if (s != NULL)
		s->refs++;
	return s;
}

static inline struct weir_machine_trail *
weir_machine_trail_ref(struct weir_machine_trail *t)
{
	if (t != NULL)
		t->refs++;
	return t;
}

/* Takes t over. */
static inline void
weir_machine_set_trail(struct weir_machine *m, struct weir_machine_trail *t)
{
	if (m->trail != NULL)
		weir_machine_untrail(m->trail);
	m->trail = t;
}

/* Takes s over. */
static inline void
weir_machine_set_scope(struct weir_machine *m, struct weir_machine_scope *s)
{
	if (m->scope != NULL)
		weir_machine_unscope(m->scope);
	m->scope = s;
}

/* The value is a new one, in no place of what paths are asked of. */
static inline void
weir_machine_lose(struct weir_machine *m)
{
	if (m->trail != NULL)
		weir_machine_set_trail(m, weir_machine_trail_ref(&m->lost));
}

/* So is the result of operands that were computed without paths. */
static inline void
weir_machine_new_value(struct weir_machine *m, const struct weir_machine_frame *f)
{
	if (f->trail != NULL)
		weir_machine_set_trail(m, weir_machine_trail_ref(&m->lost));
}

/* A frame on top of the chain. */
static inline struct weir_machine_frame *
weir_machine_push(struct weir_machine *m, enum weir_machine_step step, const struct weir_node *node)
{
	struct weir_machine_frame *f = m->spare;

	if (f != NULL)
		m->spare = f->next;
	else
		f = weir_machine_frame(m);
	*f = (struct weir_machine_frame){.refs = 1, .step = (uint8_t)step, .node = node,
	    .next = m->frame, .scope = weir_machine_scope_ref(m->scope),
	    .trail = weir_machine_trail_ref(m->trail)};
	m->frame = f;
	return f;
}

/* The frame that goes on with what f began: same node, mark and place of the input. */
static inline struct weir_machine_frame *
weir_machine_again(struct weir_machine *m, enum weir_machine_step step,
    const struct weir_machine_frame *f)
{
	struct weir_machine_frame *g = weir_machine_push(m, step, f->node);

	if (f->trail != NULL) {
		if (g->trail != NULL)
			weir_machine_untrail(g->trail);
		g->trail = weir_machine_trail_ref(f->trail);
	}
	g->mark = f->mark;
	return g;
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

static inline enum weir_machine_course
weir_machine_give(struct weir_machine *m, struct weir_val v)
{
	weir_val_drop(&m->value);
	m->value = v;
	return WEIR_MACHINE_GIVE;
}

/* Runs a node on v next. */
static inline enum weir_machine_course
weir_machine_run(struct weir_machine *m, const struct weir_node *node, struct weir_val v)
{
	weir_val_drop(&m->value);
	m->value = v;
	m->node = node;
	return WEIR_MACHINE_EVAL;
}

/* Runs a node on the frame's input, with its place. */
static inline enum weir_machine_course
weir_machine_rerun(struct weir_machine *m, const struct weir_node *node, struct weir_machine_frame *f)
{
	if (f->trail != NULL || m->trail != NULL)
		weir_machine_set_trail(m, weir_machine_trail_ref(f->trail));
	return weir_machine_run(m, node, weir_machine_moved(f, &f->input));
}

/* The value, for the caller; null stays. */
static inline struct weir_val
weir_machine_value(struct weir_machine *m)
{
	struct weir_val v = m->value;

	m->value = weir_val_of_kind(WEIR_VAL_NULL);
	return v;
}

/* Pushes a frame that gets the input again, and runs an operand on it, of which no paths are
 * asked. */
static inline enum weir_machine_course
weir_machine_first(struct weir_machine *m, enum weir_machine_step step, const struct weir_node *node,
    const struct weir_node *operand)
{
	weir_machine_push(m, step, node)->input = weir_val_ref(&m->value);
	weir_machine_set_trail(m, NULL);
	m->node = operand;
	return WEIR_MACHINE_EVAL;
}

/* Remembers to come back here; the value and the chain as they are now. */
struct weir_machine_choice *weir_machine_choose(struct weir_machine *m,
    enum weir_machine_resume resume, const struct weir_node *node);

/* Drops the choices from place `mark` on. */
void weir_machine_cut(struct weir_machine *m, uint32_t mark);

/* A value that needs no frame: a literal, a variable, the input; false if node isn't one. */
bool weir_machine_simple(const struct weir_machine *m, const struct weir_node *node,
    const struct weir_val *input, struct weir_val *v);

/* The scope that is `up` scopes outwards. */
struct weir_machine_scope *weir_machine_outwards(const struct weir_machine *m, uint32_t up);
struct weir_machine_scope *weir_machine_scope(uint32_t n, struct weir_machine_scope *outer);

/* A scope that is held once too often is copied, and that copy given for it. */
struct weir_machine_scope *weir_machine_own_scope(struct weir_machine_scope *s);

/* The scope that the frame is making, for the caller to change. */
static inline struct weir_machine_scope *
weir_machine_made(struct weir_machine_frame *f)
{
	struct weir_machine_scope *s = weir_machine_scope_ref(f->made);

	if (f->refs == 1) {
		weir_machine_unscope(f->made);
		f->made = NULL;
	}
	return weir_machine_own_scope(s);
}

/* Runs a node; hands the value to a frame that was taken off the chain. */
enum weir_machine_course weir_machine_eval(struct weir_machine *m);
enum weir_machine_course weir_machine_proceed(struct weir_machine *m, struct weir_machine_frame *f);

/* m->why becomes the error that is raised; the limits, looked at now and then. */
enum weir_machine_course weir_machine_fail(struct weir_machine *m);
bool weir_machine_limits(struct weir_machine *m);

/* The operations on the value, in machine_op.c. Those that take a frame carry on what it began. */
enum weir_machine_course weir_machine_compute(struct weir_machine *m, const struct weir_node *node,
    const struct weir_val *right);
enum weir_machine_course weir_machine_negate(struct weir_machine *m, const struct weir_node *node);
enum weir_machine_course weir_machine_index(struct weir_machine *m, const struct weir_node *node,
    const struct weir_val *key);
enum weir_machine_course weir_machine_slice(struct weir_machine *m, const struct weir_node *node,
    const struct weir_val *from, const struct weir_val *to);

/* .[] of the value; and member i of an array or object, which is taken over, and those behind
 * it. */
enum weir_machine_course weir_machine_each(struct weir_machine *m, const struct weir_node *node);
enum weir_machine_course weir_machine_member(struct weir_machine *m, struct weir_val of, uint32_t i);

/* Matches the value; re is NULL if the pattern could not be had. And with a pattern that the value
 * is: the text is then the frame's input. In machine_test.c. */
enum weir_machine_course weir_machine_match(struct weir_machine *m, struct weir_regex *re);
enum weir_machine_course weir_machine_test(struct weir_machine *m, struct weir_machine_frame *f);

/* In machine_build.c. An object: begins with member i, of `object` that has those before it; a
 * key has come; a value has come. A string: piece n - 1 and those before it. */
enum weir_machine_course weir_machine_build(struct weir_machine *m, const struct weir_node *node,
    uint32_t i, struct weir_val object, struct weir_val input);
enum weir_machine_course weir_machine_name(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_put(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_string(struct weir_machine *m, const struct weir_node *node,
    uint32_t n, struct weir_val pieces, struct weir_val input);
enum weir_machine_course weir_machine_piece(struct weir_machine *m, struct weir_machine_frame *f);

/* In machine_call.c. Functions: the arguments before n are still to be had; an argument has
 * come; of a function of the language, slot i of the scope and those behind it. */
enum weir_machine_course weir_machine_nullary(struct weir_machine *m, const struct weir_node *node);
enum weir_machine_course weir_machine_native(struct weir_machine *m, const struct weir_node *node,
    uint32_t n, struct weir_val args, struct weir_val input);
enum weir_machine_course weir_machine_argument(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_call(struct weir_machine *m, const struct weir_node *node);
enum weir_machine_course weir_machine_param(struct weir_machine *m, struct weir_machine_frame *f);

/* In machine_bind.c. A value for the patterns of f's node; a key of one of them. */
enum weir_machine_course weir_machine_bind(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_bound(struct weir_machine *m, struct weir_machine_frame *f);

/* In machine_loop.c. */
enum weir_machine_course weir_machine_init(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_turn(struct weir_machine *m, const struct weir_node *node,
    uint32_t mark);
enum weir_machine_course weir_machine_state(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_label(struct weir_machine *m, const struct weir_node *node);
enum weir_machine_course weir_machine_break(struct weir_machine *m, const struct weir_node *node);
enum weir_machine_course weir_machine_count(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_last(struct weir_machine *m, const struct weir_node *node);
enum weir_machine_course weir_machine_bounds(struct weir_machine *m, struct weir_val *args);
enum weir_machine_course weir_machine_range(struct weir_machine *m, struct weir_val bounds);

/* In machine_path.c. The trail goes on by a key, which is borrowed; false if it was lost: an
 * error then. */
bool weir_machine_follow(struct weir_machine *m, const struct weir_val *key);
enum weir_machine_course weir_machine_path(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_getpath(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_update(struct weir_machine *m, const struct weir_node *node,
    struct weir_val right);
enum weir_machine_course weir_machine_place(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_replace(struct weir_machine *m, struct weir_machine_frame *f);
enum weir_machine_course weir_machine_updated(struct weir_machine *m, struct weir_val state);

#endif
