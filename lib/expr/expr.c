/*
 * expr - see expr.h. Ways to run a program: on the record's slices (predicate, build), in the
 * machine, or by libjq's child.
 */
#include "expr/expr.h"
#include "base/mem.h"
#include "base/scan.h"
#include "expr/build.h"
#include "expr/jqchild.h"
#include "expr/machine.h"
#include "expr/map.h"
#include "expr/parse.h"
#include "expr/predicate.h"
#include "expr/simple.h"
#include "text/json.h"
#include "text/value.h"

#include <stdlib.h>
#include <string.h>

/* Of one record, as from libjq. */
#define OUTPUTS_MAX (64u * 1024 * 1024)

struct weir_expr {
	char *program;
	struct weir_ast ast;
	const char *foreign;             /* or NULL: native */
	struct weir_predicate *predicate;
	struct weir_machine *machine;
	struct weir_jqchild *jq;
	char *args;                      /* for libjq */
	struct weir_map *map;            /* if values are wanted, else NULL */
	struct weir_build *build;
	struct weir_simple *simple;
	const struct weir_record *waiting;  /* the record of a run that simple may do, until it has */
	struct weir_buf error, json;
	struct weir_buf answer;          /* libjq's outputs, one a line, and where the next one begins */
	size_t at;
	bool failed;                     /* libjq's answer was an error, not told yet */
};

/* --argjson's text must be one JSON value. */
static int
check_args(const struct weir_expr_conf *conf, struct weir_expr_fault *fault)
{
	struct weir_ast copies = {0};
	struct weir_json_fault why;
	struct weir_value v;
	unsigned i;

	for (i = 0; i < conf->nargs && fault->what.len == 0; i++) {
		const struct weir_expr_arg *arg = &conf->args[i];
		size_t len = strlen(arg->text);
		const unsigned char *p = (unsigned char *)weir_ast_copy(&copies, arg->text, len), *end;

		if (!arg->json)
			continue;
		end = weir_json_read(p, p + len, &v, &why);
		if (end == NULL || strspn((const char *)end, " \t\r\n") != (size_t)(p + len - end))
			weir_buf_printf(&fault->what, "--argjson %s: %s", arg->name,
			    end == NULL ? why.what : "more than one value");
	}
	weir_ast_release(&copies);
	return fault->what.len > 0 ? -1 : 0;
}

/* The arguments as one JSON object. */
static char *
args_json(const struct weir_expr_conf *conf)
{
	struct weir_buf b = {0};
	unsigned i;

	weir_buf_putc(&b, '{');
	for (i = 0; i < conf->nargs; i++) {
		const struct weir_expr_arg *arg = &conf->args[i];

		if (i > 0)
			weir_buf_putc(&b, ',');
		weir_value_quote(&b, arg->name, strlen(arg->name));
		weir_buf_putc(&b, ':');
		if (arg->json)
			weir_buf_puts(&b, arg->text);
		else
			weir_value_quote(&b, arg->text, strlen(arg->text));
	}
	weir_buf_putc(&b, '}');
	return weir_buf_cstr(&b);
}

static int
refuse_foreign(const struct weir_expr *e, struct weir_expr_fault *fault)
{
	weir_buf_printf(&fault->what, "\"%s\" is not native", e->ast.foreign);
	weir_buf_puts(&fault->hint, "--engine auto gives the program to libjq");
	fault->at = e->ast.foreign_at;
	fault->span = e->ast.foreign_span;
	return -1;
}

/* A word that only weir knows, in a program that only libjq can run. */
static int
refuse_newer(const struct weir_expr *e, struct weir_expr_fault *fault)
{
	weir_buf_printf(&fault->what, "\"%s\" is not known to libjq, which \"%s\" needs", e->ast.newer,
	    e->ast.foreign);
	fault->at = e->ast.newer_at;
	fault->span = e->ast.newer_span;
	return -1;
}

/* libjq has the last word on a program that is its own. */
static int
hand_over(struct weir_expr *e, const struct weir_expr_conf *conf, struct weir_expr_fault *fault)
{
	struct weir_jqchild_conf jq = {.wait_ms = conf->jq_wait_ms};

	e->args = args_json(conf);
	jq.program = e->program;
	jq.args = e->args;
	e->jq = weir_jqchild_new(&jq);
	return weir_jqchild_start(e->jq, &fault->what);
}

static void
plan_values(struct weir_expr *e, unsigned wait_ms)
{
	e->build = weir_build_new(e->ast.root, e->map, wait_ms);
	e->simple = weir_simple_new(e->ast.root);
}

static int
settle(struct weir_expr *e, const struct weir_expr_conf *conf, struct weir_expr_fault *fault)
{
	if (conf->engine == WEIR_ENGINE_NATIVE && e->ast.foreign != NULL)
		return refuse_foreign(e, fault);
	if (conf->engine == WEIR_ENGINE_AUTO && e->ast.foreign != NULL && e->ast.newer != NULL)
		return refuse_newer(e, fault);
	e->foreign = conf->engine == WEIR_ENGINE_JQ ? "--engine jq" : e->ast.foreign;
	if (e->foreign != NULL)
		return hand_over(e, conf, fault);
	e->machine = weir_machine_new(e->ast.root, conf->jq_wait_ms);
	if (!conf->general && e->map != NULL)
		plan_values(e, conf->jq_wait_ms);
	else if (!conf->general)
		e->predicate = weir_predicate_new(e->ast.root);
	return 0;
}

struct weir_expr *
weir_expr_compile(const char *program, size_t len, const struct weir_expr_conf *conf,
    struct weir_expr_fault *fault)
{
	struct weir_expr *e = weir_mem_zalloc(1, sizeof(*e));

	*fault = (struct weir_expr_fault){.at = 0};
	e->program = weir_mem_dup(program, len);
	if (conf->values) {
		e->map = weir_mem_alloc(sizeof(*e->map));
		weir_map_init(e->map);
	}
	if (check_args(conf, fault) == 0 && weir_parse(&e->ast, e->program, len, conf, fault) == 0 &&
	    settle(e, conf, fault) == 0)
		return e;
	weir_expr_free(e);
	return NULL;
}

void
weir_expr_free(struct weir_expr *e)
{
	if (e == NULL)
		return;
	weir_jqchild_free(e->jq);
	weir_machine_free(e->machine);
	weir_predicate_free(e->predicate);
	weir_build_free(e->build);
	weir_simple_free(e->simple);
	if (e->map != NULL)
		weir_map_release(e->map);
	free(e->map);
	weir_ast_release(&e->ast);
	weir_buf_release(&e->error);
	weir_buf_release(&e->json);
	weir_buf_release(&e->answer);
	free(e->args);
	free(e->program);
	free(e);
}

bool
weir_expr_assigns(const struct weir_expr *e)
{
	const struct weir_node *n = e->foreign == NULL ? e->ast.root : NULL;

	while (n != NULL && n->kind == WEIR_NODE_PIPE)
		n = n->b;
	return n != NULL && n->kind == WEIR_NODE_UPDATE && n->op == '=' && n->a->kind != WEIR_NODE_DOT;
}

const char *
weir_expr_foreign(const struct weir_expr *e)
{
	return e->foreign;
}

static int
keep_error(struct weir_expr *e, const char *why)
{
	weir_buf_clear(&e->error);
	weir_buf_puts(&e->error, why);
	weir_buf_cstr(&e->error);
	return -1;
}

/* The answer, or the error's text, in e->error. */
static int
ask(struct weir_expr *e, const struct weir_record *r, enum weir_jqchild_question what)
{
	struct weir_val input = weir_val_record(r);
	int rc;

	weir_buf_clear(&e->json);
	weir_val_json(&e->json, &input);
	rc = weir_jqchild_ask(e->jq, what, e->json.p, e->json.len, &e->error);
	weir_buf_cstr(&e->error);
	return rc == WEIR_JQCHILD_ERROR ? -1 : rc == WEIR_JQCHILD_YES;
}

/* All of libjq's outputs come at once. */
static void
start_jq(struct weir_expr *e, const struct weir_record *r)
{
	struct weir_buf outputs;

	weir_buf_clear(&e->answer);
	e->at = 0;
	e->failed = ask(e, r, WEIR_JQCHILD_OUTPUTS) < 0;
	if (e->failed)
		return;
	outputs = e->error;
	e->error = e->answer;
	e->answer = outputs;
	memset(weir_buf_need(&e->answer, WEIR_SCAN_PAD), 0, WEIR_SCAN_PAD);
	weir_buf_cstr(&e->error);
}

static int
next_jq(struct weir_expr *e, struct weir_val *out)
{
	const unsigned char *end = e->answer.p + e->answer.len, *p = e->answer.p + e->at;
	struct weir_json_fault why;
	struct weir_value v;

	if (e->failed || e->at == e->answer.len) {
		int rc = e->failed ? -1 : 0;

		e->failed = false;
		return rc;
	}
	p = weir_json_read(p, end, &v, &why);
	if (p == NULL) {
		e->at = e->answer.len;
		return keep_error(e, "libjq gave an output that is no JSON");
	}
	e->at = (size_t)(p - e->answer.p) + (p < end);    /* behind the line feed */
	*out = weir_val_from(&v);
	return 1;
}

void
weir_expr_start(struct weir_expr *e, const struct weir_record *r)
{
	e->waiting = NULL;
	if (e->jq != NULL)
		start_jq(e, r);
	else if (e->simple != NULL)
		e->waiting = r;
	else
		weir_machine_start(e->machine, weir_val_record(r), r->seq + 1);
}

int
weir_expr_next(struct weir_expr *e, struct weir_val *out)
{
	int rc;

	if (e->jq != NULL)
		return next_jq(e, out);
	if (e->simple != NULL) {
		const struct weir_record *r = e->waiting;

		e->waiting = NULL;
		if (r == NULL)
			return 0;
		if (weir_simple_get(e->simple, r, out))
			return 1;
		/* The machine raises the error. */
		weir_machine_start(e->machine, weir_val_record(r), r->seq + 1);
	}
	rc = weir_machine_next(e->machine, out);
	return rc < 0 ? keep_error(e, weir_machine_error(e->machine)) : rc;
}

static int
test_general(struct weir_expr *e, const struct weir_record *r)
{
	struct weir_val v;
	bool yes = false;
	int rc = 0;

	weir_expr_start(e, r);
	while (!yes && (rc = weir_expr_next(e, &v)) > 0) {
		yes = weir_val_truthy(&v);
		weir_val_drop(&v);
	}
	return yes ? 1 : rc;
}

int
weir_expr_test(struct weir_expr *e, const struct weir_record *r)
{
	int rc;

	if (e->predicate != NULL && (rc = weir_predicate_test(e->predicate, r)) >= 0)
		return rc;
	return e->jq != NULL ? ask(e, r, WEIR_JQCHILD_TEST) : test_general(e, r);
}

int
weir_expr_map(struct weir_expr *e, const struct weir_record *r, struct weir_batch *b)
{
	struct weir_val v;
	int rc;

	if (e->build != NULL && weir_build_put(e->build, r, b) > 0)
		return 0;
	weir_expr_start(e, r);
	while ((rc = weir_expr_next(e, &v)) > 0) {
		rc = weir_map_put(e->map, &v, r->time, b);
		weir_val_drop(&v);
		if (rc != 0)
			return keep_error(e, e->map->why);
		if (b->bytes.len > OUTPUTS_MAX)
			return keep_error(e, "outputs of more than 64 MiB");
	}
	return rc;
}

uint64_t
weir_expr_replaced(const struct weir_expr *e)
{
	return e->map != NULL ? e->map->replaced : 0;
}

int
weir_expr_outputs(struct weir_expr *e, const struct weir_record *r, struct weir_buf *b)
{
	struct weir_val v;
	int rc;

	weir_expr_start(e, r);
	while ((rc = weir_expr_next(e, &v)) > 0) {
		weir_val_json(b, &v);
		weir_buf_putc(b, '\n');
		weir_val_drop(&v);
	}
	return rc;
}

const char *
weir_expr_error(const struct weir_expr *e)
{
	return e->error.p != NULL ? (const char *)e->error.p : "";
}

void
weir_expr_explain(const struct weir_expr *e, struct weir_buf *b)
{
	unsigned n;

	if (e->foreign != NULL) {
		weir_buf_printf(b, "engine    libjq in a child process, because of \"%s\"; numbers are doubles\n",
		    e->foreign);
		return;
	}
	weir_buf_puts(b, "engine    native; numbers are exact\n");
	if (e->build != NULL) {
		weir_buf_printf(b, "plan      an object of %u members, %u of them copied\n",
		    weir_build_members(e->build), weir_build_copied(e->build));
		return;
	}
	if (e->simple != NULL) {
		weir_buf_puts(b, "plan      one output, from the record in place\n");
		return;
	}
	if (e->predicate == NULL) {
		weir_buf_puts(b, "plan      evaluated value by value\n");
		return;
	}
	n = weir_predicate_tests(e->predicate);
	weir_buf_printf(b, "plan      %u test%s on the record in place\n", n, n == 1 ? "" : "s");
}
