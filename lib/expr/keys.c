/*
 * keys - see keys.h
 */
#include "expr/keys.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/scan.h"
#include "text/json.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

/* The length of NAME in NAME=EXPR; 0 if it is no such thing. */
static size_t
name_length(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n > 0 && (s[0] < '0' || s[0] > '9') && s[n] == '=' && s[n + 1] != '=' ? n : 0;
}

static struct weir_key *
add(struct weir_keys *k)
{
	k->v = weir_mem_realloc(k->v, k->n + (size_t)1, sizeof(*k->v));
	memset(&k->v[k->n], 0, sizeof(*k->v));
	return &k->v[k->n++];
}

static int
parse_expr(struct weir_keys *k, const char *text, size_t name)
{
	struct weir_expr_conf conf = {.engine = WEIR_ENGINE_AUTO};
	struct weir_expr_fault fault = {0};
	const char *program = text + name + 1;
	struct weir_key *key;

	/* To jq an empty program is the identity; here it is one that was forgotten. */
	if (program[strspn(program, " \t\r\n")] == '\0') {
		weir_buf_printf(&k->why, "an expression is missing behind \"=\": NAME=EXPR, as %.*s=.user|ascii_downcase", (int)name, text);
		return -1;
	}
	key = add(k);
	key->text = text;
	key->name = (struct weir_name){(const unsigned char *)text, (uint32_t)name};
	if ((key->expr = weir_expr_compile(program, strlen(program), &conf, &fault)) != NULL)
		return 0;
	weir_buf_printf(&k->why, "byte %zu of the expression: %s%s%s", fault.at + 1, weir_buf_cstr(&fault.what),
	    fault.hint.len > 0 ? "; " : "", weir_buf_cstr(&fault.hint));
	weir_buf_release(&fault.what);
	weir_buf_release(&fault.hint);
	k->n--;
	return -1;
}

static int
parse_paths(struct weir_keys *k, const char *text)
{
	struct weir_path *paths;
	const char *why;
	unsigned n, i;

	if ((paths = weir_path_list(text, &n, &why)) == NULL) {
		weir_buf_puts(&k->why, why);
		if (strpbrk(text, "|()+*/%=<>?") != NULL)
			weir_buf_puts(&k->why, "; what is computed needs a name: NAME=EXPR");
		return -1;
	}
	for (i = 0; i < n; i++) {
		struct weir_key *key = add(k);
		const struct weir_path_step *last = weir_path_last(&paths[i]);

		key->path = paths[i];
		key->text = key->path.text;
		key->name = (struct weir_name){last->name, last->len};
	}
	/* Its members have moved. */
	free(paths);
	return 0;
}

int
weir_keys_parse(struct weir_keys *k, const char *text)
{
	size_t name = name_length(text);

	weir_buf_clear(&k->why);
	return name > 0 ? parse_expr(k, text, name) : parse_paths(k, text);
}

void
weir_keys_release(struct weir_keys *k)
{
	unsigned i;

	for (i = 0; i < k->n; i++)
		if (k->v[i].expr != NULL)
			weir_expr_free(k->v[i].expr);
		else
			weir_path_release(&k->v[i].path);
	for (i = 0; i < k->n; i++)
		weir_slip_release(&k->v[i].slip);
	free(k->v);
	weir_buf_release(&k->why);
	weir_buf_release(&k->value);
	memset(k, 0, sizeof(*k));
}

static int
evaluate(struct weir_keys *k, const struct weir_key *key, const struct weir_record *rec, struct weir_value *v)
{
	struct weir_json_fault fault;
	const unsigned char *line;

	weir_buf_clear(&k->value);
	*v = (struct weir_value){.type = WEIR_NULL};
	if (weir_expr_outputs(key->expr, rec, &k->value) != 0) {
		weir_buf_clear(&k->why);
		weir_buf_printf(&k->why, "-k %s: %s", key->text, weir_expr_error(key->expr));
		return 1;
	}
	if (k->value.len == 0)
		return 0;
	memset(weir_buf_need(&k->value, WEIR_SCAN_PAD), 0, WEIR_SCAN_PAD);
	line = memchr(k->value.p, '\n', k->value.len);
	weir_json_read(k->value.p, line != NULL ? line : k->value.p + k->value.len, v, &fault);
	return 0;
}

int
weir_keys_value(struct weir_keys *k, unsigned i, const struct weir_record *rec, struct weir_value *v)
{
	struct weir_key *key = &k->v[i];

	if (key->expr != NULL)
		return evaluate(k, key, rec, v);
	weir_path_get(&key->path, rec, v);
	if (v->type > WEIR_NULL)
		key->slip.seen = true;
	else if (!key->slip.seen)
		weir_slip_miss(&key->slip, &key->path, rec->shape);
	return 0;
}

int
weir_keys_make(struct weir_keys *k, const struct weir_record *rec, struct weir_buf *key)
{
	struct weir_value v;
	unsigned i;

	weir_buf_clear(key);
	for (i = 0; i < k->n; i++) {
		if (weir_keys_value(k, i, rec, &v) != 0)
			return 1;
		weir_order_canon(key, &v);
	}
	return 0;
}

void
weir_keys_warn(const struct weir_keys *k, const char *where)
{
	struct weir_buf hint = {0};
	unsigned i;

	for (i = 0; i < k->n; i++) {
		const struct weir_key *key = &k->v[i];

		if (key->slip.seen || !key->slip.missed)
			continue;
		weir_buf_clear(&hint);
		weir_slip_hint(&key->slip, &key->path, "-k ", &hint);
		weir_say(WEIR_SAY_WARNING, "-k %s was null in every record%s%s", key->text, where, weir_buf_cstr(&hint));
	}
	weir_buf_release(&hint);
}
