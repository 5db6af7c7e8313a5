/*
 * origin - see origin.h. There is one kind so far, so every name is a file's.
 */
#include "text/origin.h"

#include <errno.h>
#include <string.h>

int
weir_origin_open(struct weir_origin *o, const char *name)
{
	memset(o, 0, sizeof(*o));
	o->fd = -1;
	o->ops = &weir_origin_file;
	if (o->ops->open(o, name) == 0)
		return 0;
	o->ops = NULL;
	return -1;
}

void
weir_origin_close(struct weir_origin *o)
{
	if (o->ops != NULL)
		o->ops->close(o);
	o->ops = NULL;
	o->fd = -1;
}

ssize_t
weir_origin_read(struct weir_origin *o, void *p, size_t n)
{
	return o->ops == NULL ? 0 : o->ops->read(o, p, n);
}

ssize_t
weir_origin_look(const struct weir_origin *o, uint64_t at, void *p, size_t n)
{
	return o->ops == NULL ? 0 : o->ops->look(o, at, p, n);
}

int
weir_origin_seek(struct weir_origin *o, uint64_t at)
{
	if (o->ops != NULL && o->once == NULL)
		return o->ops->seek(o, at);
	errno = ESPIPE;
	return -1;
}

int
weir_origin_now(const struct weir_origin *o, struct weir_origin_now *st)
{
	if (o->ops != NULL)
		return o->ops->now(o, st);
	errno = EBADF;
	return -1;
}

int
weir_origin_find(const char *name, struct weir_origin_now *st)
{
	return weir_origin_file.find(name, st);
}
