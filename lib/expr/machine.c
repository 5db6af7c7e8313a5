/*
 * machine - see machine.h
 *
 * The state is a value and what is done with it next: `eval` runs a node on it,
 * `give` hands it to the frame on top, `retreat` drops it and takes the
 * last choice, `raise` drops the choices down to the handler in force. A frame does not
 * change once it is made, because choices may share it; whoever holds the only
 * reference moves its values out instead of copying them.
 *
 * A frame brings its own scope, so a function's return needs none, and calls in tail position
 * take no memory. What a frame counts on in a choice (`mark`) is there as long as its own value
 * can still come: choices are dropped from above, and what ends one ends all that began inside.
 *
 * An error is caught by the handler in force where it is raised. What comes out of a "try" leaves
 * its handler, so an error raised further down the pipe passes it by.
 */
#include "expr/machine.h"
#include "base/sys.h"
#include "expr/machine_core.h"

#include <stdlib.h>

/* What a record's evaluation may hold, and how often that and the clock are looked at. */
#define MEMORY ((size_t)1 << 30)
#define STEPS 1024

/* Frames and choices that are kept from one record to the next. */
#define KEPT 4096

struct weir_machine *
weir_machine_new(const struct weir_node *program, unsigned wait_ms)
{
	struct weir_machine *m = weir_mem_zalloc(1, sizeof(*m));

	m->program = program;
	m->over = true;
	m->wait_ms = wait_ms > 0 ? wait_ms : 10000;
	m->root.refs = m->lost.refs = 1;
	return m;
}

/* Scopes hold scopes in two ways, and chains of them are long where functions recur: the
 * dead wait in a list, linked by `outer`, until they are looked at. */
static void
bury(struct weir_machine_scope *s, struct weir_machine_scope **dead)
{
	struct weir_machine_scope *outer;

	while (s != NULL && --s->refs == 0) {
		outer = s->outer;
		s->outer = *dead;
		*dead = s;
		s = outer;
	}
}

void
weir_machine_unscope(struct weir_machine_scope *s)
{
	struct weir_machine_scope *dead = NULL;
	uint32_t i;

	bury(s, &dead);
	while ((s = dead) != NULL) {
		dead = s->outer;
		for (i = 0; i < s->n; i++) {
			weir_val_drop(&s->slots[i].v);
			bury(s->slots[i].scope, &dead);
		}
		weir_val_count(0, sizeof(*s) + s->n * sizeof(s->slots[0]));
		free(s);
	}
}

void
weir_machine_untrail(struct weir_machine_trail *t)
{
	struct weir_machine_trail *up;

	while (t != NULL && --t->refs == 0) {
		up = t->up;
		weir_val_drop(&t->key);
		weir_val_count(0, sizeof(*t));
		free(t);
		t = up;
	}
}

struct weir_machine_frame *
weir_machine_frame(struct weir_machine *m)
{
	m->frames++;
	return weir_mem_alloc(sizeof(struct weir_machine_frame));
}

static void
leave_places(struct weir_machine_frame *f)
{
	weir_machine_unscope(f->scope);
	weir_machine_unscope(f->made);
	weir_machine_untrail(f->trail);
}

void
weir_machine_unref(struct weir_machine *m, struct weir_machine_frame *f)
{
	while (f != NULL && --f->refs == 0) {
		struct weir_machine_frame *next = f->next;

		weir_val_drop(&f->input);
		weir_val_drop(&f->held);
		weir_val_drop(&f->name);
		if (f->scope != NULL || f->made != NULL || f->trail != NULL)
			leave_places(f);
		f->next = m->spare;
		m->spare = f;
		f = next;
	}
}

void
weir_machine_cut(struct weir_machine *m, uint32_t mark)
{
	while (m->n > mark) {
		struct weir_machine_choice *c = &m->choices[--m->n];

		weir_val_drop(&c->value);
		weir_machine_unref(m, c->next);
		weir_machine_unscope(c->scope);
		weir_machine_untrail(c->trail);
	}
}

static void
clear(struct weir_machine *m)
{
	weir_machine_cut(m, 0);
	weir_machine_unref(m, m->frame);
	m->frame = NULL;
	weir_machine_set_scope(m, NULL);
	weir_machine_set_trail(m, NULL);
	weir_val_drop(&m->value);
	m->handler = 0;
	m->over = true;
}

static void
free_frames(struct weir_machine *m)
{
	struct weir_machine_frame *f;

	while ((f = m->spare) != NULL) {
		m->spare = f->next;
		free(f);
	}
	m->frames = 0;
}

void
weir_machine_free(struct weir_machine *m)
{
	if (m == NULL)
		return;
	clear(m);
	free_frames(m);
	weir_call_release(&m->call);
	weir_buf_release(&m->why);
	weir_buf_release(&m->text);
	free(m->choices);
	free(m);
}

struct weir_machine_choice *
weir_machine_choose(struct weir_machine *m, enum weir_machine_resume resume, const struct weir_node *node)
{
	struct weir_machine_choice *c;

	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 16 : m->cap * 2;
		m->choices = weir_mem_realloc(m->choices, m->cap, sizeof(*m->choices));
	}
	c = &m->choices[m->n++];
	*c = (struct weir_machine_choice){.resume = (uint8_t)resume, .handler = m->handler, .node = node,
	    .next = m->frame, .value = weir_val_ref(&m->value),
	    .scope = weir_machine_scope_ref(m->scope), .trail = weir_machine_trail_ref(m->trail)};
	if (m->frame != NULL)
		m->frame->refs++;
	return c;
}

/* Goes on where the last choice says. */
static enum weir_machine_course
retreat(struct weir_machine *m)
{
	struct weir_machine_choice c = m->choices[--m->n];

	weir_machine_unref(m, m->frame);
	m->frame = c.next;
	weir_machine_set_scope(m, c.scope);
	weir_machine_set_trail(m, c.trail);
	m->handler = c.handler;
	switch ((enum weir_machine_resume)c.resume) {
	case WEIR_RESUME_EVAL:
		return weir_machine_run(m, c.node, c.value);
	case WEIR_RESUME_EACH:
		return weir_machine_member(m, c.value, c.i);
	case WEIR_RESUME_ALT:
		if (!c.found)
			return weir_machine_run(m, c.node->b, c.value);
		break;
	case WEIR_RESUME_NEW:
		weir_machine_lose(m);
		return weir_machine_give(m, c.value);
	case WEIR_RESUME_GIVE:
		return weir_machine_give(m, c.value);
	case WEIR_RESUME_FOUND:
		if (c.found)
			return weir_machine_give(m, c.value);
		break;
	case WEIR_RESUME_RANGE:
		return weir_machine_range(m, c.value);
	case WEIR_RESUME_UPDATED:
		return weir_machine_updated(m, c.value);
	case WEIR_RESUME_DELETE:
		weir_val_push(&m->choices[c.i].value.arr->v[1], c.value);
		return WEIR_MACHINE_RETREAT;
	case WEIR_RESUME_TRY:
	case WEIR_RESUME_NEXT:
	case WEIR_RESUME_NOTHING:
		break;
	}
	weir_val_drop(&c.value);
	return WEIR_MACHINE_RETREAT;
}

/* Down to the handler, and what lies below it. */
static enum weir_machine_course
handle(struct weir_machine *m)
{
	struct weir_machine_choice c;
	struct weir_val error = m->call.error;

	weir_machine_cut(m, m->handler);
	m->call.error = weir_val_of_kind(WEIR_VAL_NULL);
	c = m->choices[m->n - 1];
	if (c.resume == WEIR_RESUME_TRY && c.node->b == NULL) {
		weir_val_drop(&error);
		return WEIR_MACHINE_RETREAT;
	}
	m->n--;
	weir_machine_unref(m, m->frame);
	m->frame = c.next;
	weir_machine_set_scope(m, c.scope);
	weir_machine_set_trail(m, c.trail);
	m->handler = c.handler;
	if (c.resume == WEIR_RESUME_NEXT) {
		weir_val_drop(&error);
		return weir_machine_give(m, c.value);
	}
	weir_val_drop(&c.value);
	weir_machine_lose(m);
	return weir_machine_run(m, c.node->b, error);
}

enum weir_machine_course
weir_machine_fail(struct weir_machine *m)
{
	weir_val_drop(&m->call.error);
	m->call.error = weir_val_string(m->why.p, m->why.len);
	weir_buf_clear(&m->why);
	return WEIR_MACHINE_RAISE;
}

/* The limits of one record's evaluation; no handler is asked when they are reached. */
bool
weir_machine_limits(struct weir_machine *m)
{
	size_t memory = weir_val_held - m->held + m->frames * sizeof(*m->frame) +
	    m->n * sizeof(*m->choices);
	uint64_t now;

	if (memory > MEMORY) {
		weir_buf_puts(&m->why, "the expression took more than 1 GiB of memory on this record");
		m->stopped = true;
	} else if (m->steps % STEPS == 0) {
		now = (uint64_t)weir_sys_monotonic() / 1000000;
		if (m->deadline == 0)
			m->deadline = now + m->wait_ms;
		m->stopped = now > m->deadline;
		if (m->stopped)
			weir_buf_printf(&m->why, m->wait_ms % 1000 == 0
			        ? "the expression took longer than %u s on this record"
			        : "the expression took longer than %u ms on this record",
			    m->wait_ms % 1000 == 0 ? m->wait_ms / 1000 : m->wait_ms);
	}
	return !m->stopped;
}

void
weir_machine_start(struct weir_machine *m, struct weir_val input, uint64_t record)
{
	clear(m);
	if (m->frames > KEPT)
		free_frames(m);
	if (m->cap > KEPT) {
		free(m->choices);
		m->choices = NULL;
		m->cap = 0;
	}
	weir_buf_clear(&m->why);
	weir_val_drop(&m->call.error);
	m->call.record = record;
	m->held = weir_val_held;
	m->steps = m->deadline = 0;
	m->stopped = false;
	m->over = false;
	m->node = m->program;
	m->value = input;
	weir_machine_choose(m, WEIR_RESUME_EVAL, m->program);
}

int
weir_machine_next(struct weir_machine *m, struct weir_val *out)
{
	enum weir_machine_course course = WEIR_MACHINE_RETREAT;

	while (!m->over) {
		struct weir_machine_frame *f;

		if (++m->steps % STEPS == 0 || weir_val_held > MEMORY)
			if (!weir_machine_limits(m))
				course = weir_machine_fail(m);
		if (course == WEIR_MACHINE_EVAL) {
			course = weir_machine_eval(m);
		} else if (course == WEIR_MACHINE_GIVE && m->frame == NULL) {
			*out = weir_machine_value(m);
			return 1;
		} else if (course == WEIR_MACHINE_GIVE) {
			f = m->frame;
			m->frame = f->next;
			if (m->frame != NULL)
				m->frame->refs++;
			if (f->scope != m->scope)
				weir_machine_set_scope(m, weir_machine_scope_ref(f->scope));
			course = weir_machine_proceed(m, f);
			if (f->refs > 1)
				f->refs--;
			else
				weir_machine_unref(m, f);
		} else if (course == WEIR_MACHINE_RETREAT && m->n > 0) {
			course = retreat(m);
		} else if (course == WEIR_MACHINE_RAISE && m->handler > 0 && !m->stopped) {
			course = handle(m);
		} else {
			clear(m);
			return course == WEIR_MACHINE_RAISE ? -1 : 0;
		}
	}
	return 0;
}

const char *
weir_machine_error(struct weir_machine *m)
{
	struct weir_val *error = &m->call.error;
	const unsigned char *p;
	size_t len;

	weir_buf_clear(&m->text);
	if (error->kind == WEIR_VAL_STRING) {
		p = weir_val_bytes(error, &len);
		weir_buf_put(&m->text, p, len);
	} else {
		weir_buf_puts(&m->text, "(not a string): ");
		weir_val_json(&m->text, error);
	}
	return weir_buf_cstr(&m->text);
}
