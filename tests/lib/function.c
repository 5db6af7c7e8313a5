/*
 * function - calls the language's functions directly, for tests/function.bats
 *
 *   function [-b] < LINES
 *
 * A line is [NAME, INPUT, ARGUMENT...]; printed is the output as JSON, or "error " and the error as JSON,
 * or "none" if there is no such function. Each is called three times: on values that have a second owner,
 * which must find them unchanged; on text as it was read; and on values that are in memory of their
 * own. The answers must be the same, else "unsteady" is printed, with both. With -b the characters U+F700 to
 * U+F7FF of a string stand for single bytes, which JSON can't hold.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "expr/function.h"
#include "frame/record.h"
#include "text/json.h"
#include "text/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGS 8

static struct weir_call call;
static bool raw_bytes;

static struct weir_val
string_of(const unsigned char *p, size_t len)
{
	struct weir_buf b = {0};
	struct weir_val s;
	uint32_t rune;
	size_t at = 0;

	while (at < len) {
		unsigned k = weir_utf8_next(p + at, len - at, &rune);

		if (raw_bytes && k > 0 && rune >> 8 == 0xf7)
			weir_buf_putc(&b, (int)(rune & 0xff));
		else
			weir_buf_put(&b, p + at, k > 0 ? k : 1);
		at += k > 0 ? k : 1;
	}
	s = weir_val_string(b.p, b.len);
	weir_buf_release(&b);
	return s;
}

/* A copy in memory of its own, all the way down. */
static struct weir_val
held(const struct weir_val *v)
{
	struct weir_val from = weir_val_ref(v), to;
	const unsigned char *p;
	size_t len;
	uint32_t i;

	if (from.kind == WEIR_VAL_STRING) {
		p = weir_val_bytes(&from, &len);
		to = string_of(p, len);
	} else if (from.kind == WEIR_VAL_ARRAY) {
		weir_val_open(&from);
		to = weir_val_array(0);
		for (i = 0; i < from.arr->n; i++)
			weir_val_push(&to, held(&from.arr->v[i]));
	} else if (from.kind == WEIR_VAL_OBJECT) {
		weir_val_open(&from);
		to = weir_val_object();
		for (i = 0; i < from.obj->n; i++)
			weir_val_set(&to, held(&from.obj->m[i].key), held(&from.obj->m[i].value));
	} else {
		to = weir_val_ref(&from);
	}
	weir_val_drop(&from);
	return to;
}

static void
answer(struct weir_buf *out, const struct weir_function *f, struct weir_val v, struct weir_val *args)
{
	unsigned i;

	if (f->run(&call, &v, args)) {
		weir_val_canonical(out, &v);
	} else {
		weir_buf_puts(out, "error ");
		weir_val_canonical(out, &call.error);
	}
	weir_val_drop(&v);
	for (i = 0; i < f->nargs; i++)
		weir_val_drop(&args[i]);
}

static void
put_all(struct weir_buf *b, const struct weir_val *v, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		weir_val_canonical(b, &v[i]);
}

static void
steady(const struct weir_buf *first, const struct weir_buf *now)
{
	if (first->len == now->len && memcmp(first->p, now->p, now->len) == 0)
		return;
	printf("unsteady %.*s ", (int)first->len, (char *)first->p);
	printf("%.*s ", (int)now->len, (char *)now->p);
}

static void
run(const struct weir_function *f, const struct weir_val *line)
{
	struct weir_val args[ARGS], *v = line->arr->v + 1;
	struct weir_buf before = {0}, after = {0}, out = {0}, again = {0};
	unsigned i;

	put_all(&before, v, f->nargs + 1);
	for (i = 0; i < f->nargs; i++)
		args[i] = weir_val_ref(&v[i + 1]);
	answer(&again, f, weir_val_ref(&v[0]), args);
	put_all(&after, v, f->nargs + 1);
	steady(&before, &after);

	for (i = 0; i < f->nargs; i++)
		args[i] = held(&v[i + 1]);
	answer(&out, f, held(&v[0]), args);

	for (i = 0; i < f->nargs; i++) {
		args[i] = v[i + 1];
		v[i + 1] = weir_val_of_kind(WEIR_VAL_NULL);
	}
	weir_buf_clear(&after);
	answer(&after, f, v[0], args);
	v[0] = weir_val_of_kind(WEIR_VAL_NULL);
	steady(&again, &after);
	steady(&again, &out);
	printf("%.*s\n", (int)out.len, (char *)out.p);
	weir_buf_release(&before);
	weir_buf_release(&after);
	weir_buf_release(&out);
	weir_buf_release(&again);
}

static void
read_line(char *p, size_t len)
{
	struct weir_json_fault fault;
	struct weir_value text;
	struct weir_val line, as_read;
	const struct weir_function *f;
	const unsigned char *name;
	size_t n;

	if (weir_json_read((unsigned char *)p, (unsigned char *)p + len, &text, &fault) == NULL ||
	    text.type != WEIR_ARRAY) {
		puts("no JSON");
		return;
	}
	line = weir_val_from(&text);
	if (raw_bytes) {
		as_read = line;
		line = held(&as_read);
		weir_val_drop(&as_read);
	}
	weir_val_open(&line);
	name = weir_val_bytes(&line.arr->v[0], &n);
	f = weir_function_find((const char *)name, n, line.arr->n - 2);
	if (f == NULL)
		puts("none");
	else
		run(f, &line);
	weir_val_drop(&line);
}

int
main(int argc, char *argv[])
{
	char *line = NULL, *padded = NULL;
	size_t cap = 0;
	ssize_t len;

	raw_bytes = argc > 1 && strcmp(argv[1], "-b") == 0;
	while ((len = getline(&line, &cap, stdin)) > 0) {
		if (line[len - 1] == '\n')
			len--;
		padded = weir_mem_realloc(padded, (size_t)len + WEIR_SCAN_PAD, 1);
		memcpy(padded, line, (size_t)len);
		call.record++;
		read_line(padded, (size_t)len);
	}
	free(line);
	free(padded);
	weir_call_release(&call);
	return ferror(stdin) || fflush(stdout) != 0;
}
