/*
 * keys - see keys.h
 */
#include "keys.h"
#include "base/mem.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

char *
keys_join(const struct weir_opt_list *given)
{
	struct weir_buf b = {0};
	char *text;
	unsigned i;

	if (given->n == 0)
		return NULL;
	for (i = 0; i < given->n; i++)
		weir_buf_printf(&b, "%s%s", i > 0 ? "\n" : "", given->v[i]);
	text = weir_mem_strdup(weir_buf_cstr(&b));
	weir_buf_release(&b);
	return text;
}

int
keys_open(struct keys *k, const char *text)
{
	char *line = k->text = weir_mem_strdup(text), *end;

	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		if (weir_keys_parse(&k->keys, line) != 0)
			return -1;
		line = end + 1;
	}
	return weir_keys_parse(&k->keys, line);
}

void
keys_release(struct keys *k)
{
	weir_keys_release(&k->keys);
	free(k->text);
	k->text = NULL;
}

bool
keys_make(struct keys *k, const struct weir_record *rec, struct weir_buf *b)
{
	struct weir_value v;
	bool any = false;
	unsigned i;

	weir_buf_clear(b);
	for (i = 0; i < k->keys.n; i++) {
		if (weir_keys_value(&k->keys, i, rec, &v) != 0)
			v = (struct weir_value){.type = WEIR_NULL};
		any = any || v.type > WEIR_NULL;
		weir_order_canon(b, &v);
	}
	return any;
}
