/*
 * keys - what records are matched by: a path on each side, or an expression with a name
 *
 * A key of several parts matches if all of them do. A part that is null or missing matches nothing, as in SQL.
 */
#include "base/mem.h"
#include "base/say.h"
#include "base/scan.h"
#include "sjoin.h"
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

static struct sjoin_key *
new_key(struct sjoin_conf *cf)
{
	cf->key = weir_mem_realloc(cf->key, cf->nkeys + (size_t)1, sizeof(*cf->key));
	memset(&cf->key[cf->nkeys], 0, sizeof(*cf->key));
	return &cf->key[cf->nkeys++];
}

static void
parse_expr(struct sjoin_conf *cf, const char *text, size_t name)
{
	struct weir_expr_conf conf = {.engine = WEIR_ENGINE_AUTO};
	struct weir_expr_fault fault = {0};
	struct sjoin_key *k = new_key(cf);
	const char *program = text + name + 1;

	cf->computed = true;
	k->text = text;
	k->name = (struct weir_name){(const unsigned char *)text, (uint32_t)name};
	if ((k->expr = weir_expr_compile(program, strlen(program), &conf, &fault)) != NULL)
		return;
	weir_opt_misuse(cf->cmd, "-k \"%s\": byte %zu of the expression: %s%s%s", text, fault.at + 1,
	    weir_buf_cstr(&fault.what), fault.hint.len > 0 ? "; " : "", weir_buf_cstr(&fault.hint));
}

/* The length of s up to a comma or an equals sign that is in no quotes. */
static size_t
part_length(const char *s)
{
	bool quoted = false;
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		if (quoted && s[n] == '\\' && s[n + 1] != '\0')
			n++;
		else if (s[n] == '"')
			quoted = !quoted;
		else if (!quoted && (s[n] == ',' || s[n] == '='))
			break;
	return n;
}

static void
parse_path(const struct sjoin_conf *cf, struct weir_path *p, const char *whole, const char *s, size_t len)
{
	const char *why;

	if (weir_path_parse(p, s, len, &why) != len)
		weir_opt_misuse(cf->cmd, "-k \"%s\": %s", whole, why);
}

/* PATH[,PATH...], each of which may be LEFT=RIGHT. */
static void
parse_paths(struct sjoin_conf *cf, const char *text)
{
	const char *s = text, *right;
	size_t n, m;

	for (;; s += 1) {
		struct sjoin_key *k = new_key(cf);

		n = m = part_length(s);
		right = s;
		if (s[n] == '=') {
			right = s + n + 1;
			m = part_length(right);
		}
		parse_path(cf, &k->path[WEIR_JOIN_L], text, s, n);
		parse_path(cf, &k->path[WEIR_JOIN_R], text, right, m);
		k->text = k->path[WEIR_JOIN_L].text;
		s = right + m;
		if (*s == '=')
			weir_opt_misuse(cf->cmd, "-k \"%s\": .left=.right pairs two paths, not more", text);
		if (*s == '\0')
			return;
	}
}

void
sjoin_keys_parse(struct sjoin_conf *cf)
{
	unsigned i;

	for (i = 0; i < cf->keys.n; i++) {
		size_t name = name_length(cf->keys.v[i]);

		if (name > 0)
			parse_expr(cf, cf->keys.v[i], name);
		else
			parse_paths(cf, cf->keys.v[i]);
	}
}

void
sjoin_keys_release(struct sjoin_conf *cf)
{
	unsigned i;

	for (i = 0; i < cf->nkeys; i++) {
		if (cf->key[i].expr != NULL)
			weir_expr_free(cf->key[i].expr);
		weir_path_release(&cf->key[i].path[WEIR_JOIN_L]);
		weir_path_release(&cf->key[i].path[WEIR_JOIN_R]);
	}
	free(cf->key);
}

/* The expression's first output; null if it has none. */
static int
evaluate(struct sjoin *s, const struct sjoin_key *k, const struct weir_record *rec, struct weir_value *v)
{
	struct weir_json_fault fault;
	const unsigned char *line;

	weir_buf_clear(&s->value);
	*v = (struct weir_value){.type = WEIR_NULL};
	if (weir_expr_outputs(k->expr, rec, &s->value) != 0) {
		weir_buf_clear(&s->value);
		weir_buf_printf(&s->value, "-k %s: %s", k->text, weir_expr_error(k->expr));
		return -1;
	}
	if (s->value.len == 0)
		return 0;
	memset(weir_buf_need(&s->value, WEIR_SCAN_PAD), 0, WEIR_SCAN_PAD);
	line = memchr(s->value.p, '\n', s->value.len);
	weir_json_read(s->value.p, line != NULL ? line : s->value.p + s->value.len, v, &fault);
	return 0;
}

/* Whether the record, which has nothing at the path, has a field that is called by all of it. */
static bool
is_named(const struct weir_path *p, const struct weir_shape *shape)
{
	const char *name = p->text + (p->text[0] == '.');

	return p->n > 1 && weir_shape_find(shape, name, strlen(name)) >= 0;
}

int
sjoin_keys_make(struct sjoin *s, enum weir_join_side side, const struct weir_record *rec)
{
	struct weir_value v;
	unsigned i;
	int whole = 1;

	weir_buf_clear(&s->key);
	for (i = 0; i < s->cf->nkeys; i++) {
		struct sjoin_key *k = &s->cf->key[i];

		if (k->expr != NULL) {
			if (evaluate(s, k, rec, &v) != 0)
				return -1;
		} else {
			weir_path_get(&k->path[side], rec, &v);
			if (v.type > WEIR_NULL)
				k->seen[side] = true;
			else if (!k->seen[side] && !k->named[side])
				k->named[side] = is_named(&k->path[side], rec->shape);
		}
		if (v.type <= WEIR_NULL)
			whole = 0;
		weir_order_canon(&s->key, &v);
	}
	return whole;
}

void
sjoin_keys_warn(const struct sjoin_conf *cf)
{
	unsigned i;
	int side;

	for (i = 0; i < cf->nkeys; i++)
		for (side = 0; side < 2; side++) {
			const struct sjoin_key *k = &cf->key[i];
			const char *text = k->path[side].text;

			if (!k->seen[side] && k->named[side])
				weir_say(WEIR_SAY_WARNING,
				    "-k %s was null in every record of %s, but there is a field of that name: write -k '.[\"%s\"]'",
				    text, cf->names[side], text + (text[0] == '.'));
		}
}
