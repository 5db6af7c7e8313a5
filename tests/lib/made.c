/*
 * made - records made by expressions, in both ways that there are, for tests/lib/made.bats
 *
 *   made < LINES        a line: PROGRAM <tab> RECORD, the program as a JSON string
 *
 * Each program makes records of each record twice: with what expr/build.h does of it, and
 * by the machine and the reader of JSON alone. Entries, shapes and errors must be the same,
 * byte for byte. Then the same of the record in another dress: a field "@time" is a time, strings with escapes, if of an even length,
 * are CSV's, and there is no text. Prints the counts; status 1 if there is a difference.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "expr/expr.h"
#include "text/input.h"
#include "text/json_object.h"
#include "text/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS 64

static struct weir_json_object reader;
static unsigned long records, errors, built, different;
static bool damage;

static struct weir_expr *
compile(const struct weir_buf *program, bool general)
{
	struct weir_expr_conf conf = {.engine = WEIR_ENGINE_NATIVE, .general = general, .values = true};
	struct weir_expr_fault fault = {0};
	struct weir_expr *e = weir_expr_compile((const char *)program->p, program->len, &conf, &fault);

	weir_buf_release(&fault.what);
	weir_buf_release(&fault.hint);
	return e;
}

static bool
is_built(const struct weir_expr *e)
{
	struct weir_buf b = {0};
	bool yes;

	weir_expr_explain(e, &b);
	yes = strstr(weir_buf_cstr(&b), "an object of") != NULL;
	weir_buf_release(&b);
	return yes;
}

static bool
same_shape(const struct weir_shape *a, const struct weir_shape *b)
{
	uint32_t i;

	for (i = 0; a->n == b->n && i < a->n; i++)
		if (a->names[i].len != b->names[i].len ||
		    memcmp(a->names[i].p, b->names[i].p, a->names[i].len) != 0)
			return false;
	return a->n == b->n && a->format == b->format;
}

static bool
same_batch(const struct weir_batch *a, const struct weir_batch *b, const struct weir_record *of)
{
	struct weir_record x, y;
	unsigned i;

	for (i = 0; a->n == b->n && i < a->n; i++) {
		weir_batch_get(a, i, of, &x);
		weir_batch_get(b, i, of, &y);
		/* The shapes' ids lie in bytes 4 and 5. */
		if (!same_shape(x.shape, y.shape) || x.size != y.size || memcmp(x.p, y.p, 4) != 0 ||
		    memcmp(x.p + 6, y.p + 6, x.size - 6) != 0)
			return false;
	}
	return a->n == b->n;
}

static void
compare(struct weir_expr *fast, struct weir_expr *general, const struct weir_record *r,
    const struct weir_buf *program)
{
	struct weir_batch a = {0}, b = {0};
	int x = weir_expr_map(fast, r, &a), y = weir_expr_map(general, r, &b);

	records++;
	errors += x != 0;
	if (x != y || (x != 0 && strcmp(weir_expr_error(fast), weir_expr_error(general)) != 0) ||
	    !same_batch(&a, &b, r)) {
		different++;
		printf("%.*s: %d %d, %u %u\n", (int)program->len, (const char *)program->p, x, y, a.n, b.n);
	}
	weir_batch_release(&a);
	weir_batch_release(&b);
}

/* The record in its other dress. */
static void
dress(const struct weir_record *r, struct weir_batch *b)
{
	struct weir_value v[FIELDS];
	struct weir_shape *s = weir_shape_new(WEIR_FORMAT_VALUES, 0, r->shape->names, r->shape->n);
	size_t bytes;
	uint32_t i;

	for (i = 0; i < s->n; i++) {
		weir_record_get(r, i, &v[i]);
		if (s->names[i].len == 5 && memcmp(s->names[i].p, "@time", 5) == 0)
			v[i] = (struct weir_value){.type = WEIR_TIME, .len = 8, .time = INT64_C(1234567890123) * v[i].len};
		else if (v[i].type == WEIR_STRING_JSON)
			v[i].type = v[i].len % 2 == 0 ? WEIR_STRING_CSV : WEIR_STRING;
		else if (v[i].type == WEIR_NULL)
			v[i].type = WEIR_ABSENT;
	}
	bytes = weir_record_weigh(v, s->n);
	weir_batch_add(b, s, weir_record_encode_values(weir_batch_room(b, weir_record_bound(s->n, 0, bytes)),
	        s->id, s->n, 77, v, bytes));
	weir_shape_free(s);
}

static void
pair(const struct weir_buf *program, const unsigned char *text, size_t len)
{
	struct weir_expr *fast = compile(program, false), *general = compile(program, true);
	struct weir_record none = {.damage = &damage}, r;
	struct weir_json_fault fault;
	struct weir_parsed rec;
	struct weir_batch b = {0}, dressed = {0};

	if (weir_json_object_read(&reader, text, text + len, text, &rec, &fault) == NULL || rec.shape->n > FIELDS)
		exit(3);
	weir_batch_add(&b, rec.shape, weir_record_encode_text(
	        weir_batch_room(&b, weir_record_bound(rec.shape->n, 0, len)), rec.shape->id, rec.shape->n, 5, 0, text, len,
	        rec.slots, NULL, 0));
	weir_batch_get(&b, 0, &none, &r);
	dress(&r, &dressed);
	if (fast != NULL) {
		built += is_built(fast);
		compare(fast, general, &r, program);
		weir_batch_get(&dressed, 0, &none, &r);
		compare(fast, general, &r, program);
	}
	weir_batch_release(&b);
	weir_batch_release(&dressed);
	weir_expr_free(fast);
	weir_expr_free(general);
}

int
main(void)
{
	unsigned char *line = NULL, *tab;
	struct weir_buf program = {0};
	struct weir_json_fault fault;
	struct weir_value v;
	size_t cap = 0;
	ssize_t len;

	weir_json_object_init(&reader);
	while ((len = getline((char **)&line, &cap, stdin)) > 0) {
		line = weir_mem_realloc(line, cap += WEIR_INPUT_PAD, 1);
		line[--len] = '\0';
		tab = memchr(line, '\t', (size_t)len);
		if (tab == NULL || weir_json_read(line, tab, &v, &fault) == NULL)
			return 3;
		weir_buf_clear(&program);
		weir_value_string(&program, &v);
		weir_buf_cstr(&program);
		pair(&program, tab + 1, (size_t)(line + len - tab - 1));
	}
	weir_json_object_release(&reader);
	weir_buf_release(&program);
	free(line);
	printf("%lu records, %lu errors, %lu built, %lu different\n", records, errors, built, different);
	return different > 0 || damage;
}
