/*
 * keys - what records are matched by: a path on each side, or an expression with a name
 *
 * A key of several parts matches if all of them do. A part that is null or missing matches nothing, as in SQL.
 */
#include "base/mem.h"
#include "sjoin.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

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
parse(struct sjoin_conf *cf, enum weir_join_side side, const char *whole, const char *text)
{
	struct weir_keys *k = &cf->keys[side];

	if (weir_keys_parse(k, text) != 0)
		weir_opt_misuse(cf->cmd, "-k \"%s\": %s", whole, weir_buf_cstr(&k->why));
}

/* PATH[,PATH...], each of which may be .LEFT=.RIGHT: dealt to two lists of paths. */
static void
parse_pairs(struct sjoin_conf *cf, const char *text)
{
	struct weir_buf list[2] = {{0}, {0}};
	const char *s = text, *right;
	size_t n, m;

	for (;; s++) {
		n = m = part_length(s);
		right = s;
		if (s[n] == '=') {
			right = s + n + 1;
			m = part_length(right);
		}
		weir_buf_put(&list[WEIR_JOIN_L], s, n);
		weir_buf_put(&list[WEIR_JOIN_R], right, m);
		s = right + m;
		if (*s == '=')
			weir_opt_misuse(cf->cmd, "-k \"%s\": .left=.right pairs two paths, not more", text);
		if (*s == '\0')
			break;
		weir_buf_putc(&list[WEIR_JOIN_L], ',');
		weir_buf_putc(&list[WEIR_JOIN_R], ',');
	}
	for (n = 0; n < 2; n++) {
		cf->texts = weir_mem_realloc(cf->texts, cf->ntexts + (size_t)1, sizeof(char *));
		cf->texts[cf->ntexts++] = weir_mem_strdup(weir_buf_cstr(&list[n]));
		parse(cf, (enum weir_join_side)n, text, cf->texts[cf->ntexts - 1]);
		weir_buf_release(&list[n]);
	}
}

void
sjoin_keys_parse(struct sjoin_conf *cf)
{
	unsigned i;

	for (i = 0; i < cf->key.n; i++)
		if (cf->key.v[i][0] == '.' && strchr(cf->key.v[i], '=') != NULL) {
			parse_pairs(cf, cf->key.v[i]);
		} else {
			parse(cf, WEIR_JOIN_L, cf->key.v[i], cf->key.v[i]);
			parse(cf, WEIR_JOIN_R, cf->key.v[i], cf->key.v[i]);
		}
	cf->nkeys = cf->keys[WEIR_JOIN_L].n;
	for (i = 0; i < cf->nkeys; i++)
		cf->computed |= cf->keys[WEIR_JOIN_L].v[i].expr != NULL;
}

void
sjoin_keys_release(struct sjoin_conf *cf)
{
	unsigned i;

	weir_keys_release(&cf->keys[WEIR_JOIN_L]);
	weir_keys_release(&cf->keys[WEIR_JOIN_R]);
	for (i = 0; i < cf->ntexts; i++)
		free(cf->texts[i]);
	free(cf->texts);
}

int
sjoin_keys_make(struct sjoin *s, enum weir_join_side side, const struct weir_record *rec)
{
	struct weir_keys *k = &s->cf->keys[side];
	struct weir_value v;
	unsigned i;
	int whole = 1;

	weir_buf_clear(&s->key);
	for (i = 0; i < k->n; i++) {
		if (weir_keys_value(k, i, rec, &v) != 0)
			return -1;
		if (v.type <= WEIR_NULL)
			whole = 0;
		weir_order_canon(&s->key, &v);
	}
	return whole;
}

const char *
sjoin_keys_why(struct sjoin *s, enum weir_join_side side)
{
	return weir_buf_cstr(&s->cf->keys[side].why);
}

void
sjoin_keys_warn(const struct sjoin_conf *cf)
{
	weir_keys_warn(&cf->keys[WEIR_JOIN_L], " of the left input");
	weir_keys_warn(&cf->keys[WEIR_JOIN_R], cf->table != NULL || cf->table_dir != NULL ? " of the table" : " of the right input");
}
