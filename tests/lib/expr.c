/*
 * expr - runs an expression on JSON lines, for tests/expr.bats
 *
 *   expr [-e fast|general|native|jq|auto] [-o] [-t MS] [-a NAME=TEXT] [-j NAME=JSON] PROGRAM < LINES
 *   expr [...] -p               lines are PROGRAM <tab> RECORD, each program as JSON string
 *   expr [...] -r N PROGRAM     every line N times, for the clock on stderr
 *   expr [...] -c PROGRAM       only compiles: explain, or the fault and its place
 *
 * A line that is an object becomes a record; other values are put under "value". The value of a
 * field "@time" becomes a time (nanoseconds). Each record prints pass, drop or error: "TEXT";
 * with -o its outputs, one JSON text a line, and then "." or the error.
 */
#include "base/buf.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/scan.h"
#include "expr/expr.h"
#include "frame/record.h"
#include "text/json.h"
#include "text/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIELDS 256
#define ARGS 8
#define SHAPES 64

struct entry {
	unsigned char *p;
	struct weir_record r;
};

static struct weir_expr_arg args[ARGS];
static struct weir_expr_conf conf = {.args = args};
static struct weir_shape *shapes[SHAPES];
static unsigned nshapes;
static bool outputs, damage;

static struct weir_shape *
shape_of(const struct weir_name *names, uint32_t n, enum weir_format format)
{
	unsigned i;
	uint32_t k;

	for (i = 0; i < nshapes; i++) {
		for (k = 0; shapes[i]->n == n && k < n; k++)
			if (shapes[i]->names[k].len != names[k].len ||
			    memcmp(shapes[i]->names[k].p, names[k].p, names[k].len) != 0)
				break;
		if (shapes[i]->n == n && k == n && shapes[i]->format == format)
			return shapes[i];
	}
	if (nshapes == SHAPES) {
		weir_shape_free(shapes[0]);
		shapes[0] = weir_shape_new(format, 0, names, n);
		return shapes[0];
	}
	return shapes[nshapes++] = weir_shape_new(format, 0, names, n);
}

/* Splits an object into names and values; of a name that comes twice the last value counts. */
static uint32_t
fields(const struct weir_value *object, struct weir_name *names, struct weir_value *v)
{
	struct weir_json_each each;
	struct weir_value key, value;
	uint32_t n = 0, i;

	weir_json_each_init(&each, object);
	while (weir_json_each_next(&each, &key, &value) > 0) {
		struct weir_buf name = {0};

		weir_value_string(&name, &key);
		for (i = 0; i < n; i++)
			if (names[i].len == name.len && memcmp(names[i].p, name.p, name.len) == 0)
				break;
		if (i == n && ++n > FIELDS)
			exit(3);
		names[i].p = weir_mem_dup(name.p, name.len);
		names[i].len = (uint32_t)name.len;
		v[i] = value;
		weir_buf_release(&name);
		if (names[i].len == 5 && memcmp(names[i].p, "@time", 5) == 0) {
			v[i].time = strtoll((const char *)value.p, NULL, 10);
			v[i].type = WEIR_TIME;
			v[i].len = 8;
		}
	}
	return n;
}

/* The record that a JSON text is. text has WEIR_SCAN_PAD bytes behind it. */
static void
encode(struct entry *e, const unsigned char *text, size_t len)
{
	static struct weir_value v[FIELDS + 1];
	struct weir_name names[FIELDS + 1];
	struct weir_json_fault fault;
	struct weir_value whole;
	struct weir_shape *shape;
	size_t bytes;
	uint32_t n = 1, i;

	if (weir_json_read(text, text + len, &whole, &fault) == NULL) {
		fprintf(stderr, "not JSON: %.*s\n", (int)len, (const char *)text);
		exit(3);
	}
	names[0] = (struct weir_name){weir_mem_dup("value", 5), 5};
	v[0] = whole;
	if (whole.type == WEIR_OBJECT) {
		free((void *)(uintptr_t)names[0].p);
		n = fields(&whole, names, v);
	}
	shape = shape_of(names, n, whole.type == WEIR_OBJECT ? WEIR_FORMAT_JSON : WEIR_FORMAT_JSON_VALUE);
	bytes = weir_record_weigh(v, n);
	e->p = weir_mem_alloc(weir_record_bound(n, 0, bytes));
	bytes = weir_record_encode_values(e->p, shape->id, n, WEIR_TIME_NONE, v, bytes);
	e->r.damage = &damage;
	if (weir_record_open(&e->r, e->p, bytes) != 0 || weir_record_bind(&e->r, shape) != 0)
		exit(3);
	for (i = 0; i < n; i++)
		free((void *)(uintptr_t)names[i].p);
}

static void
print_fault(const struct weir_expr_fault *f)
{
	printf("fault %zu %zu %.*s", f->at, f->span, (int)f->what.len, (char *)f->what.p);
	if (f->hint.len > 0)
		printf(" (%.*s)", (int)f->hint.len, (char *)f->hint.p);
	putchar('\n');
}

static struct weir_expr *
compile(const char *program, size_t len)
{
	struct weir_expr_fault fault;
	struct weir_expr *e = weir_expr_compile(program, len, &conf, &fault);

	if (e == NULL)
		print_fault(&fault);
	weir_buf_release(&fault.what);
	weir_buf_release(&fault.hint);
	return e;
}

static void
evaluate(struct weir_expr *e, const struct weir_record *r)
{
	struct weir_buf b = {0}, why = {0};
	int rc;

	if (outputs) {
		rc = weir_expr_outputs(e, r, &b);
		fwrite(weir_buf_cstr(&b), 1, b.len, stdout);
		weir_buf_release(&b);
		if (rc == 0)
			puts(".");
	} else {
		rc = weir_expr_test(e, r);
		if (rc >= 0)
			puts(rc > 0 ? "pass" : "drop");
	}
	if (rc < 0) {
		weir_value_quote(&why, weir_expr_error(e), strlen(weir_expr_error(e)));
		printf("error: %.*s\n", (int)why.len, (char *)why.p);
		weir_buf_release(&why);
	}
}

/* PROGRAM <tab> RECORD, the program as a JSON string. */
static void
pair(unsigned char *line, size_t len)
{
	unsigned char *tab = memchr(line, '\t', len);
	struct weir_json_fault fault;
	struct weir_buf program = {0};
	struct weir_value v;
	struct weir_expr *e;
	struct entry entry;

	if (tab == NULL || weir_json_read(line, tab, &v, &fault) == NULL)
		exit(3);
	weir_value_string(&program, &v);
	e = compile((char *)weir_buf_cstr(&program), program.len);
	if (e != NULL) {
		encode(&entry, tab + 1, len - (size_t)(tab + 1 - line));
		evaluate(e, &entry.r);
		free(entry.p);
	}
	weir_expr_free(e);
	weir_buf_release(&program);
}

/* Each record n times over, in one loop over all of them as a stage would. */
static void
clocked(struct weir_expr *e, const struct entry *entries, size_t n, unsigned long rounds)
{
	uint64_t passed = 0, all = 0;
	clock_t start = clock();
	unsigned long i;
	size_t k;

	for (i = 0; i < rounds; i++)
		for (k = 0; k < n; k++, all++)
			passed += weir_expr_test(e, &entries[k].r) > 0;
	fprintf(stderr, "%.2f ns a record, %llu of %llu pass\n",
	    (double)(clock() - start) * 1e9 / CLOCKS_PER_SEC / (double)all, (unsigned long long)passed,
	    (unsigned long long)all);
}

static void
set_arg(char *text, bool json)
{
	char *eq = strchr(text, '=');

	if (eq == NULL || conf.nargs == ARGS)
		exit(3);
	*eq = '\0';
	args[conf.nargs++] = (struct weir_expr_arg){text, eq + 1, json};
}

static void
set_engine(const char *name)
{
	conf.general = strcmp(name, "general") == 0;
	conf.engine = strcmp(name, "jq") == 0 ? WEIR_ENGINE_JQ
	    : strcmp(name, "auto") == 0       ? WEIR_ENGINE_AUTO
	                                      : WEIR_ENGINE_NATIVE;
}

static int
explain(const char *program)
{
	struct weir_expr *e = compile(program, strlen(program));
	struct weir_buf b = {0};

	if (e == NULL)
		return 2;
	weir_expr_explain(e, &b);
	fwrite(b.p, 1, b.len, stdout);
	weir_buf_release(&b);
	weir_expr_free(e);
	return 0;
}

static int
run(const char *program, unsigned long rounds)
{
	struct weir_expr *e = program != NULL ? compile(program, strlen(program)) : NULL;
	struct entry *entries = NULL;
	size_t n = 0, cap = 0;
	unsigned char *line = NULL;
	ssize_t len;

	if (program != NULL && e == NULL)
		return 2;
	while ((len = getline((char **)&line, &cap, stdin)) > 0) {
		if (line[len - 1] == '\n')
			len--;
		line = weir_mem_realloc(line, cap += WEIR_SCAN_PAD, 1);
		if (program == NULL) {
			pair(line, (size_t)len);
			continue;
		}
		entries = weir_mem_realloc(entries, n + 1, sizeof(*entries));
		encode(&entries[n], line, (size_t)len);
		if (rounds > 0) {
			n++;
			continue;
		}
		evaluate(e, &entries[n].r);
		free(entries[n].p);
	}
	if (rounds > 0)
		clocked(e, entries, n, rounds);
	while (rounds > 0 && n > 0)
		free(entries[--n].p);
	free(entries);
	free(line);
	weir_expr_free(e);
	return 0;
}

int
main(int argc, char *argv[])
{
	bool pairs = false, only_compile = false;
	unsigned long rounds = 0;
	int opt, rc;

	conf.engine = WEIR_ENGINE_NATIVE;
	while ((opt = getopt(argc, argv, "e:ot:a:j:pcr:")) != -1) {
		switch (opt) {
		case 'e': set_engine(optarg); break;
		case 'o': outputs = true; break;
		case 't': conf.jq_wait_ms = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'a': set_arg(optarg, false); break;
		case 'j': set_arg(optarg, true); break;
		case 'p': pairs = true; break;
		case 'c': only_compile = true; break;
		case 'r': rounds = strtoul(optarg, NULL, 10); break;
		default: return 3;
		}
	}
	if (pairs ? optind != argc : optind + 1 != argc)
		return 3;
	rc = only_compile ? explain(argv[optind]) : run(pairs ? NULL : argv[optind], rounds);
	while (nshapes > 0)
		weir_shape_free(shapes[--nshapes]);
	return damage ? 3 : rc;
}
