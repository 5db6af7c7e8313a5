/*
 * keys - what a record is counted under: paths, and expressions with a name
 */
#include "base/mem.h"
#include "base/say.h"
#include "base/scan.h"
#include "swindow.h"
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

static struct swindow_key *
new_key(struct swindow_conf *cf)
{
	cf->key = weir_mem_realloc(cf->key, cf->nkeys + (size_t)1, sizeof(*cf->key));
	memset(&cf->key[cf->nkeys], 0, sizeof(*cf->key));
	return &cf->key[cf->nkeys++];
}

static void
parse_expr(struct swindow_conf *cf, const char *text, size_t name)
{
	struct weir_expr_conf conf = {.engine = WEIR_ENGINE_AUTO};
	struct weir_expr_fault fault = {0};
	struct swindow_key *k = new_key(cf);
	const char *program = text + name + 1;

	k->text = text;
	k->name = (struct weir_name){(const unsigned char *)text, (uint32_t)name};
	if ((k->expr = weir_expr_compile(program, strlen(program), &conf, &fault)) != NULL)
		return;
	weir_opt_misuse(cf->cmd, "-k \"%s\": byte %zu of the expression: %s%s%s", text, fault.at + 1,
	    weir_buf_cstr(&fault.what), fault.hint.len > 0 ? "; " : "", weir_buf_cstr(&fault.hint));
}

static void
parse_paths(struct swindow_conf *cf, const char *text)
{
	struct weir_path *paths;
	const char *why;
	unsigned n, i;

	if ((paths = weir_path_list(text, &n, &why)) == NULL)
		weir_opt_misuse(cf->cmd, "-k \"%s\": %s", text, why);
	for (i = 0; i < n; i++) {
		struct swindow_key *k = new_key(cf);
		const struct weir_path_step *last = weir_path_last(&paths[i]);

		k->path = paths[i];
		k->text = k->path.text;
		k->name = (struct weir_name){last->name, last->len};
	}
	/* Its members have moved. */
	free(paths);
}

void
swindow_keys_parse(struct swindow_conf *cf)
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
swindow_keys_release(struct swindow_conf *cf)
{
	unsigned i;

	for (i = 0; i < cf->nkeys; i++)
		if (cf->key[i].expr != NULL)
			weir_expr_free(cf->key[i].expr);
		else
			weir_path_release(&cf->key[i].path);
	free(cf->key);
}

/* The expression's first output; null if it has none. */
static int
evaluate(struct swindow *s, const struct swindow_key *k, const struct weir_record *rec, struct weir_value *v)
{
	struct weir_json_fault fault;
	const unsigned char *line;

	weir_buf_clear(&s->value);
	*v = (struct weir_value){.type = WEIR_NULL};
	if (weir_expr_outputs(k->expr, rec, &s->value) != 0) {
		weir_buf_clear(&s->value);
		weir_buf_printf(&s->value, "-k %s: %s", k->text, weir_expr_error(k->expr));
		return 1;
	}
	if (s->value.len == 0)
		return 0;
	memset(weir_buf_need(&s->value, WEIR_SCAN_PAD), 0, WEIR_SCAN_PAD);
	line = memchr(s->value.p, '\n', s->value.len);
	weir_json_read(s->value.p, line != NULL ? line : s->value.p + s->value.len, v, &fault);
	return 0;
}

int
swindow_keys_make(struct swindow *s, const struct weir_record *rec)
{
	struct weir_value v;
	unsigned i;

	weir_buf_clear(&s->key);
	for (i = 0; i < s->cf->nkeys; i++) {
		struct swindow_key *k = &s->cf->key[i];

		if (k->expr != NULL) {
			if (evaluate(s, k, rec, &v) != 0)
				return 1;
			weir_order_canon(&s->key, &v);
			continue;
		}
		weir_path_get(&k->path, rec, &v);
		if (v.type > WEIR_NULL)
			k->seen = true;
		else if (!k->seen && !k->named && k->path.n > 1)
			k->named = weir_shape_find(rec->shape, k->text + (k->text[0] == '.'),
			               strlen(k->text) - (k->text[0] == '.')) >= 0;
		weir_order_canon(&s->key, &v);
	}
	return 0;
}

void
swindow_keys_warn(const struct swindow_conf *cf)
{
	unsigned i;

	for (i = 0; i < cf->nkeys; i++) {
		const char *text = cf->key[i].text;

		if (!cf->key[i].seen && cf->key[i].named)
			weir_say(WEIR_SAY_WARNING,
			    "-k %s was null in every record, but there is a field of that name: write -k '.[\"%s\"]'",
			    text, text + (text[0] == '.'));
	}
}
