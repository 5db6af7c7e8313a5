/*
 * path - see path.h
 */
#include "text/path.h"
#include "base/mem.h"
#include "text/json.h"
#include "text/value.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int
is_name(int c, int first)
{
	return isalpha(c) || c == '_' || c >= 0x80 || (!first && isdigit(c));
}

static void
add_step(struct weir_path *p, const void *name, size_t len, int64_t index)
{
	struct weir_path_step *s;

	p->steps = weir_mem_realloc(p->steps, p->n + 1, sizeof(*p->steps));
	s = &p->steps[p->n++];
	s->name = name != NULL ? weir_mem_dup(name, len) : NULL;
	s->len = (uint32_t)len;
	s->index = index;
}

/* The string in quotes at s: adds the step, returns how many bytes it took, or 0. */
static size_t
quoted_step(struct weir_path *p, const char *s, size_t len)
{
	struct weir_json_fault fault;
	struct weir_buf name = {0}, padded = {0};
	struct weir_value v;
	const unsigned char *stop;
	size_t took = 0;

	weir_buf_put(&padded, s, len);
	memset(weir_buf_need(&padded, 64), 0, 64);
	stop = weir_json_read(padded.p, padded.p + len, &v, &fault);
	if (stop != NULL && (v.type == WEIR_STRING || v.type == WEIR_STRING_JSON)) {
		weir_value_string(&name, &v);
		add_step(p, weir_buf_cstr(&name), name.len, 0);
		took = (size_t)(stop - padded.p);
	}
	weir_buf_release(&name);
	weir_buf_release(&padded);
	return took;
}

/* What stands in brackets at s (behind "["): bytes taken, "]" included, or 0. */
static size_t
bracket_step(struct weir_path *p, const char *s, size_t len, const char **why)
{
	size_t i = 0, n;
	int64_t index = 0;
	int negative;

	if (len > 0 && s[0] == '"') {
		n = quoted_step(p, s, len);
		if (n == 0 || n >= len || s[n] != ']')
			return *why = "expected a name in quotes and \"]\"", 0;
		return n + 1;
	}
	negative = len > 0 && s[0] == '-';
	for (i = (size_t)negative; i < len && isdigit((unsigned char)s[i]) && i < 10; i++)
		index = index * 10 + (s[i] - '0');
	if (i == (size_t)negative || i >= len || s[i] != ']')
		return *why = "expected a number or a name in quotes, and \"]\"", 0;
	add_step(p, NULL, 0, negative ? -index : index);
	return i + 1;
}

static size_t
parse_steps(struct weir_path *p, const char *s, size_t len, const char **why)
{
	size_t i = 0, n;

	while (i < len && s[i] != ',') {
		int dot = s[i] == '.';

		if (dot || i == 0)
			i += (size_t)dot;
		else if (s[i] != '[')
			return *why = "expected \".name\" or \"[...]\"; .[\"odd name\"] for one with other characters", 0;
		if (i < len && s[i] == '[' && (dot || i > 0)) {
			if ((n = bracket_step(p, s + i + 1, len - i - 1, why)) == 0)
				return 0;
			i += n + 1;
			continue;
		}
		if (i < len && s[i] == '"' && dot) {
			if ((n = quoted_step(p, s + i, len - i)) == 0)
				return *why = "expected a name in quotes", 0;
			i += n;
			continue;
		}
		for (n = 0; i + n < len && is_name((unsigned char)s[i + n], n == 0); n++)
			;
		if (n == 0)
			return *why = "expected a name; .[\"odd name\"] for one with other characters", 0;
		add_step(p, s + i, n, 0);
		i += n;
	}
	return i;
}

size_t
weir_path_parse(struct weir_path *p, const char *s, size_t len, const char **why)
{
	size_t n;

	memset(p, 0, sizeof(*p));
	p->field = -1;
	n = parse_steps(p, s, len, why);
	if (n > 0 && p->n == 0)
		*why = "a path needs a name: .field";
	else if (n > 0 && p->steps[0].name == NULL)
		*why = "a record is no array: a path begins with a name";
	else if (n > 0)
		p->text = weir_mem_dup(s, n);
	else if (len == 0 || s[0] == ',')
		*why = "an empty path";
	if (p->text == NULL) {
		weir_path_release(p);
		return 0;
	}
	return n;
}

void
weir_path_release(struct weir_path *p)
{
	unsigned i;

	for (i = 0; i < p->n; i++)
		free(p->steps[i].name);
	free(p->steps);
	free(p->text);
	memset(p, 0, sizeof(*p));
}

struct weir_path *
weir_path_list(const char *s, unsigned *n, const char **why)
{
	struct weir_path *list = NULL;
	size_t len = strlen(s), took;

	*n = 0;
	for (;;) {
		list = weir_mem_realloc(list, *n + (size_t)1, sizeof(*list));
		if ((took = weir_path_parse(&list[*n], s, len, why)) == 0) {
			weir_path_list_free(list, *n);
			return NULL;
		}
		(*n)++;
		if (took == len)
			return list;
		s += took + 1;
		len -= took + 1;
	}
}

void
weir_path_list_free(struct weir_path *list, unsigned n)
{
	while (n > 0)
		weir_path_release(&list[--n]);
	free(list);
}

const struct weir_path_step *
weir_path_last(const struct weir_path *p)
{
	unsigned i = p->n;

	while (p->steps[--i].name == NULL)
		;
	return &p->steps[i];
}

int
weir_path_look_up(struct weir_path *p, const struct weir_shape *shape)
{
	p->serial = shape->serial;
	p->field = weir_shape_find(shape, p->steps[0].name, p->steps[0].len);
	return p->field;
}

void
weir_path_dig(const struct weir_path *p, struct weir_value *v)
{
	unsigned i;

	for (i = 1; i < p->n; i++) {
		const struct weir_path_step *s = &p->steps[i];
		struct weir_value inner;

		if (s->name != NULL)
			weir_json_member(v, s->name, s->len, &inner);
		else
			weir_json_element(v, s->index, &inner);
		*v = inner;
	}
}

void
weir_path_parsed(struct weir_path *p, const struct weir_parsed *r, struct weir_value *v)
{
	int i = weir_path_field(p, r->shape);

	if (i < 0) {
		memset(v, 0, sizeof(*v));
		return;
	}
	weir_parsed_get(r, (uint32_t)i, v);
	if (p->n > 1)
		weir_path_dig(p, v);
}
