/*
 * slip - see slip.h
 */
#include "text/slip.h"
#include "base/mem.h"
#include "base/near.h"

#include <stdlib.h>
#include <string.h>

/* Shapes that are looked through for a near name, and fields of each: enough for a slip, and little work where each record
 * brings a shape of its own. */
#define LOOKS 64
#define FIELDS 1000
/* Of shorter names each is near to each. */
#define SHORTEST 3

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

void
weir_slip_release(struct weir_slip *s)
{
	free(s->near);
	memset(s, 0, sizeof(*s));
}

/* The name that is nearest to the path's, of those that are written as they are. A record that has the path's own (and nothing in
 * it) offers none. */
static void
look_near(struct weir_slip *s, const struct weir_path_step *step, const struct weir_shape *shape)
{
	uint32_t n = shape->n < FIELDS ? shape->n : FIELDS, i, plain = 0;
	const char **names;
	const char *near;

	if (step->len < SHORTEST || weir_shape_find(shape, step->name, step->len) >= 0)
		return;
	names = weir_mem_zalloc(n + (size_t)1, sizeof(*names));
	for (i = 0; i < n; i++) {
		char *name = weir_mem_dup(shape->names[i].p, shape->names[i].len);

		if (shape->names[i].len > 0 && strspn(name, letters) == shape->names[i].len && (name[0] < '0' || name[0] > '9'))
			names[plain++] = name;
		else
			free(name);
	}
	if ((near = weir_near((const char *)step->name, step->len, names, plain)) != NULL)
		s->near = weir_mem_strdup(near);
	for (i = 0; i < plain; i++)
		free((char *)(uintptr_t)names[i]);
	free(names);
}

/* The path as the name of one field: without its leading dot. */
static const char *
as_name(const struct weir_path *p)
{
	return p->text + (p->text[0] == '.');
}

void
weir_slip_miss(struct weir_slip *s, const struct weir_path *p, const struct weir_shape *shape)
{
	s->missed = true;
	if (s->serial == shape->serial)
		return;
	s->serial = shape->serial;
	if (p->n > 1)
		s->named |= weir_shape_find(shape, as_name(p), strlen(as_name(p))) >= 0;
	else if (s->near == NULL && s->looks < LOOKS) {
		s->looks++;
		look_near(s, p->steps, shape);
	}
}

void
weir_slip_hint(const struct weir_slip *s, const struct weir_path *p, const char *option, struct weir_buf *b)
{
	if (s->named)
		weir_buf_printf(b, ", but there is a field of that name: write %s'.[\"%s\"]'", option, as_name(p));
	else if (s->near != NULL)
		weir_buf_printf(b, "; did you mean .%s?", s->near);
}
