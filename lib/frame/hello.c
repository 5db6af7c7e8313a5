/*
 * hello - see hello.h
 */
#include "frame/hello.h"
#include "base/mem.h"
#include "frame/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HELLO_RUN = 1,
	HELLO_STAGE = 2,
	HELLO_SOURCE = 3,
	HELLO_DELAY = 4,
	HELLO_DIR = 5,
	HELLO_ID = 6,
	HELLO_RESTORED = 7,
	HELLO_SOURCES = 8,
	HELLO_SINKS = 9,
	HELLO_ACCEPT = 10,
	HELLO_DROP = 11,
	HELLO_KEEP = 12,
	HELLO_DISCARD = 13,
	HELLO_EPOCH = 16,
	HELLO_VERSION = 17,
	HELLO_COMMAND = 18,
	HELLO_OPTIONS = 19,
	HELLO_SINK = 20,
	HELLO_WATERMARK = 21
};
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

bool
weir_hello_is_nobody(const struct weir_hello *h)
{
	static const unsigned char zeros[WEIR_RUN_ID];

	return memcmp(h->run, zeros, sizeof(zeros)) == 0;
}

void
weir_hello_release(struct weir_hello *h)
{
	free_list(h->stages, h->nstages);
	free_list(h->sources, h->nsources);
	free(h->checkpoint.dir);
	free_list(h->checkpoint.dropped, h->checkpoint.ndropped);
	free(h->state.command);
	free(h->state.options);
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
weir_hello_drop_stage(struct weir_hello *h, const char *id)
{
	add(&h->checkpoint.dropped, &h->checkpoint.ndropped, weir_mem_strdup(id));
}

static void
encode_checkpoint(const struct weir_hello_checkpoint *c, struct weir_buf *b)
{
	unsigned i;

	if (c->dir == NULL)
		return;
	weir_item_put(b, HELLO_DIR, c->dir, strlen(c->dir));
	weir_item_put(b, HELLO_ID, c->id, sizeof(c->id));
	if (c->restored)
		weir_item_put_int(b, HELLO_RESTORED, c->epoch);
	weir_item_put_int(b, HELLO_SOURCES, c->sources);
	weir_item_put_int(b, HELLO_SINKS, c->sinks);
	weir_item_put_int(b, HELLO_KEEP, c->keep);
	if (c->accept)
		weir_item_put(b, HELLO_ACCEPT, "", 0);
	if (c->discard)
		weir_item_put(b, HELLO_DISCARD, "", 0);
	for (i = 0; i < c->ndropped; i++)
		weir_item_put(b, HELLO_DROP, c->dropped[i], strlen(c->dropped[i]));
}

static void
encode_state(const struct weir_hello_state *s, struct weir_buf *b)
{
	if (s->command == NULL)
		return;
	weir_item_put_int(b, HELLO_EPOCH, s->epoch);
	weir_item_put_int(b, HELLO_VERSION, s->version);
	weir_item_put(b, HELLO_COMMAND, s->command, strlen(s->command));
	weir_item_put(b, HELLO_OPTIONS, s->options, strlen(s->options));
	if (s->sink)
		weir_item_put(b, HELLO_SINK, "", 0);
	if (s->watermark != INT64_MIN)
		weir_item_put_int(b, HELLO_WATERMARK, (uint64_t)s->watermark);
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
	encode_checkpoint(&h->checkpoint, b);
	encode_state(&h->state, b);
}

static int
take_text(char **text, const struct weir_item *item)
{
	if (memchr(item->p, '\0', item->len) != NULL)
		return -1;
	free(*text);
	*text = weir_mem_dup(item->p, item->len);
	return 0;
}

/* What only a checkpoint has. */
static int
take_more(struct weir_hello *h, const struct weir_item *item)
{
	struct weir_hello_checkpoint *c = &h->checkpoint;
	uint64_t v;

	switch (item->key) {
	case HELLO_DIR: return item->len > 0 && item->p[0] == '/' ? take_text(&c->dir, item) : -1;
	case HELLO_ID:
		if (item->len != sizeof(c->id))
			return -1;
		memcpy(c->id, item->p, sizeof(c->id));
		return 0;
	case HELLO_RESTORED: c->restored = true; return weir_item_int(item, &c->epoch);
	case HELLO_SOURCES: return weir_item_int(item, &c->sources);
	case HELLO_SINKS: return weir_item_int(item, &c->sinks);
	case HELLO_ACCEPT: c->accept = true; return 0;
	case HELLO_DISCARD: c->discard = true; return 0;
	case HELLO_DROP: add(&c->dropped, &c->ndropped, weir_mem_dup(item->p, item->len)); return 0;
	case HELLO_KEEP: return weir_item_int(item, &c->keep);
	case HELLO_EPOCH: return weir_item_int(item, &h->state.epoch);
	case HELLO_VERSION: return weir_item_int(item, &h->state.version);
	case HELLO_COMMAND: return take_text(&h->state.command, item);
	case HELLO_OPTIONS: return take_text(&h->state.options, item);
	case HELLO_SINK: h->state.sink = true; return 0;
	case HELLO_WATERMARK:
		if (weir_item_int(item, &v) != 0)
			return -1;
		h->state.watermark = (int64_t)v;
		return 0;
	default: return 0;
	}
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
	default: return take_more(h, item);
	}
	return 0;
}

int
weir_hello_decode(struct weir_hello *h, const unsigned char *p, size_t len)
{
	struct weir_item item;
	int rc;

	h->checkpoint.sources = h->checkpoint.sinks = h->checkpoint.keep = 1;
	h->state.watermark = INT64_MIN;
	while ((rc = weir_item_next(&p, &len, &item)) > 0)
		if (take_hello(h, &item) != 0)
			return -1;
	return rc == 0 && h->state.command != NULL && h->state.options == NULL ? -1 : rc;
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
