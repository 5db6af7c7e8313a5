/*
 * hello - see hello.h
 */
#include "frame/hello.h"
#include "base/mem.h"
#include "frame/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELLO_RUN = 1, HELLO_STAGE = 2, HELLO_SOURCE = 3, HELLO_DELAY = 4 };
enum { END_HOW = 1, END_STATUS = 2, END_REASON = 3, END_STAGE = 4 };

static void
add(char ***list, unsigned *n, char *s)
{
	*list = weir_mem_realloc(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = s;
}

static void
free_list(char **list, unsigned n)
{
	while (n > 0)
		free(list[--n]);
	free(list);
}

void
weir_hello_release(struct weir_hello *h)
{
	free_list(h->stages, h->nstages);
	free_list(h->sources, h->nsources);
	memset(h, 0, sizeof(*h));
}

static bool
taken(const struct weir_hello *h, const char *id)
{
	unsigned i;

	for (i = 0; i < h->nstages; i++)
		if (strcmp(h->stages[i], id) == 0)
			return true;
	return false;
}

const char *
weir_hello_add_stage(struct weir_hello *h, const char *name)
{
	struct weir_buf id = {0};
	unsigned ordinal = 1;

	weir_buf_puts(&id, name);
	while (taken(h, weir_buf_cstr(&id))) {
		weir_buf_clear(&id);
		weir_buf_printf(&id, "%s-%u", name, ++ordinal);
	}
	add(&h->stages, &h->nstages, weir_mem_strdup(weir_buf_cstr(&id)));
	weir_buf_release(&id);
	return h->stages[h->nstages - 1];
}

void
weir_hello_add_source(struct weir_hello *h, const char *name)
{
	add(&h->sources, &h->nsources, weir_mem_strdup(name));
}

void
weir_hello_encode(const struct weir_hello *h, struct weir_buf *b)
{
	unsigned i;

	weir_item_put(b, HELLO_RUN, h->run, sizeof(h->run));
	for (i = 0; i < h->nstages; i++)
		weir_item_put(b, HELLO_STAGE, h->stages[i], strlen(h->stages[i]));
	for (i = 0; i < h->nsources; i++)
		weir_item_put(b, HELLO_SOURCE, h->sources[i], strlen(h->sources[i]));
	if (h->implied)
		weir_item_put_int(b, HELLO_DELAY, (uint64_t)h->delay);
}

static int
take_hello(struct weir_hello *h, const struct weir_item *item)
{
	uint64_t v;

	switch (item->key) {
	case HELLO_RUN:
		if (item->len != sizeof(h->run))
			return -1;
		memcpy(h->run, item->p, sizeof(h->run));
		break;
	case HELLO_STAGE: add(&h->stages, &h->nstages, weir_mem_dup(item->p, item->len)); break;
	case HELLO_SOURCE: add(&h->sources, &h->nsources, weir_mem_dup(item->p, item->len)); break;
	case HELLO_DELAY:
		if (weir_item_int(item, &v) != 0 || (int64_t)v < 0)
			return -1;
		h->implied = true;
		h->delay = (int64_t)v;
		break;
	default: break;
	}
	return 0;
}

int
weir_hello_decode(struct weir_hello *h, const unsigned char *p, size_t len)
{
	struct weir_item item;
	int rc;

	while ((rc = weir_item_next(&p, &len, &item)) > 0)
		if (take_hello(h, &item) != 0)
			return -1;
	return rc;
}

void
weir_end_release(struct weir_end *e)
{
	free(e->reason);
	free(e->stage);
	memset(e, 0, sizeof(*e));
}

void
weir_end_encode(const struct weir_end *e, struct weir_buf *b)
{
	weir_item_put_int(b, END_HOW, e->how);
	if (e->how != WEIR_END_FAILED)
		return;
	weir_item_put_int(b, END_STATUS, (uint64_t)e->status);
	if (e->reason != NULL)
		weir_item_put(b, END_REASON, e->reason, strlen(e->reason));
	if (e->stage != NULL)
		weir_item_put(b, END_STAGE, e->stage, strlen(e->stage));
}

static int
take_end(struct weir_end *e, const struct weir_item *item)
{
	uint64_t v = 0;

	if ((item->key == END_HOW || item->key == END_STATUS) && weir_item_int(item, &v) != 0)
		return -1;
	switch (item->key) {
	case END_HOW:
		if (v > WEIR_END_FAILED)
			return -1;
		e->how = (enum weir_end_how)v;
		break;
	case END_STATUS:
		if (v < 1 || v > 127)
			return -1;
		e->status = (int)v;
		break;
	case END_REASON:
		free(e->reason);
		e->reason = weir_mem_dup(item->p, item->len);
		break;
	case END_STAGE:
		free(e->stage);
		e->stage = weir_mem_dup(item->p, item->len);
		break;
	default: break;
	}
	return 0;
}

int
weir_end_decode(struct weir_end *e, const unsigned char *p, size_t len)
{
	struct weir_item item;
	int rc;

	while ((rc = weir_item_next(&p, &len, &item)) > 0)
		if (take_end(e, &item) != 0)
			return -1;
	return rc == 0 && e->how == WEIR_END_FAILED && e->status == 0 ? -1 : rc;
}
