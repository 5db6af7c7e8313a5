/*
 * fuzz/expr - compiles and runs any program on any record
 *
 * The input is a program up to a NUL, then a JSON text. A predicate and the machine must agree,
 * and nothing may be read or written outside its memory. Programs that are libjq's are only
 * compiled, and so are those that could take very long, which is no fault of theirs: each comma
 * and each [] may multiply the outputs, and a string may be repeated as often as a long number
 * says.
 */
#include "base/buf.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/scan.h"
#include "expr/machine.h"
#include "expr/parse.h"
#include "expr/predicate.h"
#include "frame/record.h"
#include "text/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS 64
#define OUTPUTS 1000       /* of a run; a short program may have very many */
#define WORK 50000         /* members that all [] and commas may come to, multiplied */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool damage;

/* The record with the object's fields; keys are taken as they are spelled. */
static unsigned char *
encode(struct weir_record *r, const struct weir_value *object)
{
	struct weir_name names[FIELDS];
	struct weir_value v[FIELDS], key;
	struct weir_json_each each;
	struct weir_shape *shape;
	unsigned char *entry;
	uint32_t fields = 0, i;
	size_t bytes;

	weir_json_each_init(&each, object);
	while (fields < FIELDS && weir_json_each_next(&each, &key, &v[fields]) > 0) {
		names[fields] = (struct weir_name){key.p, key.len};
		for (i = 0; names[i].len != key.len || memcmp(names[i].p, key.p, key.len) != 0; i++)
			;
		fields += i == fields;
	}
	shape = weir_shape_new(WEIR_FORMAT_JSON, 0, names, fields);
	bytes = weir_record_weigh(v, fields);
	entry = weir_mem_alloc(weir_record_bound(fields, 0, bytes));
	bytes = weir_record_encode_values(entry, shape->id, fields, WEIR_TIME_NONE, v, bytes);
	r->damage = &damage;
	if (weir_record_open(r, entry, bytes) != 0 || weir_record_bind(r, shape) != 0)
		abort();
	return entry;
}

/* What the machine says: 1, 0, or -1 for an error. */
static int
run(struct weir_machine *m, const struct weir_record *r)
{
	struct weir_buf text = {0};
	struct weir_val v;
	int rc = 0, yes = 0, i;

	weir_machine_start(m, weir_val_record(r), 1);
	for (i = 0; i < OUTPUTS && text.len < 100000 && (rc = weir_machine_next(m, &v)) > 0; i++) {
		yes |= weir_val_truthy(&v);
		weir_val_json(&text, &v);
		weir_val_drop(&v);
	}
	weir_buf_release(&text);
	return yes ? 1 : rc < 0 ? -1 : 0;
}

static void
evaluate(const struct weir_ast *ast, const struct weir_value *object)
{
	struct weir_predicate *predicate = weir_predicate_new(ast->root);
	struct weir_machine *m = weir_machine_new(ast->root, 500);
	struct weir_record r = {0};
	unsigned char *entry = encode(&r, object);
	int general = run(m, &r), quick = -1;

	if (predicate != NULL)
		quick = weir_predicate_test(predicate, &r);
	if (quick >= 0 && (quick != general || weir_predicate_test(predicate, &r) != quick))
		abort();
	weir_predicate_free(predicate);
	weir_machine_free(m);
	weir_shape_free((struct weir_shape *)(uintptr_t)r.shape);
	free(entry);
}

static size_t
count(const uint8_t *p, size_t n, int c)
{
	size_t all = 0;

	while (n-- > 0)
		all += *p++ == c;
	return all;
}

/* Whether the run must end soon, by a coarse bound. */
static bool
affordable(const uint8_t *program, size_t len, const uint8_t *json, size_t rest)
{
	size_t members = 2 + count(json, rest, ',') + count(program, len, ','), work = 1, i, run = 0;

	for (i = 0; i < len && work <= WORK; i++)
		work *= program[i] == ',' ? 2 : program[i] == '[' ? members : 1;
	if (memchr(program, '*', len) == NULL)
		return work <= WORK;
	for (i = 0; i < len + rest && run < 5; i++) {
		uint8_t c = i < len ? program[i] : json[i - len];

		run = c == 'e' || c == 'E' ? 5 : c >= '0' && c <= '9' ? run + 1 : 0;
	}
	return work <= WORK && run < 5;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *nul = n > 0 ? memchr(p, 0, n) : NULL;
	size_t len = nul != NULL ? (size_t)(nul - p) : n, rest = nul != NULL ? n - len - 1 : 0;
	struct weir_expr_conf conf = {.engine = WEIR_ENGINE_NATIVE};
	struct weir_expr_fault fault = {.at = 0};
	struct weir_json_fault bad;
	struct weir_value object;
	struct weir_ast ast = {0};
	char *program = weir_mem_dup(p, len);
	unsigned char *json = weir_mem_zalloc(rest + WEIR_SCAN_PAD, 1);

	if (rest > 0)
		memcpy(json, nul + 1, rest);
	if (weir_parse(&ast, program, len, &conf, &fault) != 0) {
		if (fault.what.len == 0 || fault.at > len || fault.span > len - fault.at)
			abort();
	} else if (ast.foreign == NULL && affordable((uint8_t *)program, len, json, rest)) {
		if (weir_json_read(json, json + rest, &object, &bad) == NULL || object.type != WEIR_OBJECT)
			object = (struct weir_value){.p = (const unsigned char *)"{}", .len = 2, .type = WEIR_OBJECT};
		evaluate(&ast, &object);
	}
	weir_buf_release(&fault.what);
	weir_buf_release(&fault.hint);
	weir_ast_release(&ast);
	free(program);
	free(json);
	return 0;
}
