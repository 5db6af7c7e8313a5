/*
 * barrier - see barrier.h
 */
#include "frame/barrier.h"
#include "base/mem.h"
#include "frame/item.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRY = 1, RUN = 2 };
enum { ID = 1, COMMAND = 2, OPTIONS = 3, FLAGS = 4, SIZE = 5, SUM = 6, OUTPUT = 7, MEMBER = 8 };
enum { PATH = 1, DEVICE = 2, INODE = 3, LENGTH = 4, TAIL = 5 };

static void
release_entry(struct weir_barrier_entry *e)
{
	unsigned i;

	for (i = 0; i < e->noutputs; i++)
		free(e->outputs[i].path);
	free(e->outputs);
	free(e->id);
	free(e->command);
	free(e->options);
}

void
weir_barrier_release(struct weir_barrier *b)
{
	while (b->n > 0)
		release_entry(&b->entries[--b->n]);
	free(b->entries);
	memset(b, 0, sizeof(*b));
}

static struct weir_barrier_entry *
append(struct weir_barrier *b)
{
	b->entries = weir_mem_realloc(b->entries, b->n + (size_t)1, sizeof(*b->entries));
	return memset(&b->entries[b->n++], 0, sizeof(*b->entries));
}

struct weir_barrier_entry *
weir_barrier_add(struct weir_barrier *b, const char *id, const char *command, const char *options)
{
	struct weir_barrier_entry *e = append(b);

	e->id = weir_mem_strdup(id);
	e->command = weir_mem_strdup(command);
	e->options = weir_mem_strdup(options);
	return e;
}

static struct weir_barrier_output *
append_output(struct weir_barrier_entry *e)
{
	e->outputs = weir_mem_realloc(e->outputs, e->noutputs + (size_t)1, sizeof(*e->outputs));
	return memset(&e->outputs[e->noutputs++], 0, sizeof(*e->outputs));
}

void
weir_barrier_add_output(struct weir_barrier_entry *e, const struct weir_barrier_output *o)
{
	struct weir_barrier_output *mine = append_output(e);

	*mine = *o;
	mine->path = weir_mem_strdup(o->path);
}

struct weir_barrier_entry *
weir_barrier_find(const struct weir_barrier *b, const char *id)
{
	unsigned i;

	for (i = 0; i < b->n; i++)
		if (strcmp(b->entries[i].id, id) == 0)
			return &b->entries[i];
	return NULL;
}

void
weir_barrier_merge(struct weir_barrier *b, struct weir_barrier *from)
{
	unsigned i;

	for (i = 0; i < from->n; i++) {
		if (weir_barrier_find(b, from->entries[i].id) != NULL) {
			release_entry(&from->entries[i]);
			continue;
		}
		*append(b) = from->entries[i];
	}
	from->n = 0;
	weir_barrier_release(from);
}

const char *
weir_barrier_clash(const struct weir_barrier *a, const struct weir_barrier *b)
{
	const struct weir_barrier_entry *e;
	unsigned i;

	for (i = 0; i < b->n; i++) {
		e = weir_barrier_find(a, b->entries[i].id);
		if (e != NULL && e->member != b->entries[i].member && e->member != 0 && b->entries[i].member != 0)
			return e->id;
	}
	return NULL;
}

static void
encode_output(const struct weir_barrier_output *o, struct weir_buf *b)
{
	weir_item_put(b, PATH, o->path, strlen(o->path));
	weir_item_put_int(b, DEVICE, o->device);
	weir_item_put_int(b, INODE, o->inode);
	weir_item_put_int(b, LENGTH, o->length);
	weir_item_put_int(b, TAIL, o->tail);
}

static void
encode_entry(const struct weir_barrier_entry *e, struct weir_buf *b)
{
	struct weir_buf inner = {0};
	unsigned i;

	weir_item_put(b, ID, e->id, strlen(e->id));
	weir_item_put(b, COMMAND, e->command, strlen(e->command));
	weir_item_put(b, OPTIONS, e->options, strlen(e->options));
	weir_item_put_int(b, FLAGS, e->flags);
	if (e->member != 0)
		weir_item_put_int(b, MEMBER, e->member);
	if (e->flags & WEIR_BARRIER_STATE) {
		weir_item_put_int(b, SIZE, e->size);
		weir_item_put_int(b, SUM, e->sum);
	}
	for (i = 0; i < e->noutputs; i++) {
		weir_buf_clear(&inner);
		encode_output(&e->outputs[i], &inner);
		weir_item_put(b, OUTPUT, inner.p, inner.len);
	}
	weir_buf_release(&inner);
}

void
weir_barrier_encode(const struct weir_barrier *b, struct weir_buf *buf)
{
	struct weir_buf inner = {0};
	unsigned i;

	for (i = 0; i < b->n; i++) {
		weir_buf_clear(&inner);
		encode_entry(&b->entries[i], &inner);
		weir_item_put(buf, ENTRY, inner.p, inner.len);
	}
	weir_item_put(buf, RUN, b->run, sizeof(b->run));
	weir_buf_release(&inner);
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

static int
take_output(struct weir_barrier_entry *e, const unsigned char *p, size_t len)
{
	struct weir_barrier_output *o = append_output(e);
	struct weir_item item;
	int rc = 0;

	while (rc == 0 && len > 0) {
		if (weir_item_next(&p, &len, &item) < 0)
			return -1;
		switch (item.key) {
		case PATH: rc = take_text(&o->path, &item); break;
		case DEVICE: rc = weir_item_int(&item, &o->device); break;
		case INODE: rc = weir_item_int(&item, &o->inode); break;
		case LENGTH: rc = weir_item_int(&item, &o->length); break;
		case TAIL: rc = weir_item_int(&item, &o->tail); break;
		default: break;
		}
	}
	return rc == 0 && o->path != NULL ? 0 : -1;
}

static int
take_entry(struct weir_barrier *b, const unsigned char *p, size_t len)
{
	struct weir_barrier_entry *e = append(b);
	struct weir_item item;
	int rc = 0;

	while (rc == 0 && len > 0) {
		if (weir_item_next(&p, &len, &item) < 0)
			return -1;
		switch (item.key) {
		case ID: rc = take_text(&e->id, &item); break;
		case COMMAND: rc = take_text(&e->command, &item); break;
		case OPTIONS: rc = take_text(&e->options, &item); break;
		case FLAGS: rc = weir_item_int(&item, &e->flags); break;
		case SIZE: rc = weir_item_int(&item, &e->size); break;
		case SUM: rc = weir_item_int(&item, &e->sum); break;
		case MEMBER: rc = weir_item_int(&item, &e->member); break;
		case OUTPUT: rc = take_output(e, item.p, item.len); break;
		default: break;
		}
	}
	return rc == 0 && e->id != NULL && e->command != NULL && e->options != NULL ? 0 : -1;
}

int
weir_barrier_decode(struct weir_barrier *b, const unsigned char *p, size_t len)
{
	struct weir_item item;

	while (len > 0) {
		if (weir_item_next(&p, &len, &item) < 0)
			return -1;
		if (item.key == ENTRY && take_entry(b, item.p, item.len) != 0)
			return -1;
		if (item.key == RUN && item.len != sizeof(b->run))
			return -1;
		if (item.key == RUN)
			memcpy(b->run, item.p, sizeof(b->run));
	}
	return 0;
}
