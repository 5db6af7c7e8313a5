/*
 * aside - see aside.h
 */
#include "stage/aside.h"
#include "base/mem.h"
#include "base/say.h"

#include <stdlib.h>
#include <string.h>

void
weir_aside_init(struct weir_aside *a, const char *path, const char *field)
{
	memset(a, 0, sizeof(*a));
	a->path = path;
	a->field = field;
	weir_output_init(&a->output, path);
}

/* A status of the output, after its message. */
static int
said(struct weir_aside *a, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&a->output.why));
	return status;
}

static int
failed(struct weir_aside *a)
{
	return said(a, weir_output_fail(&a->output, WEIR_EX_IOERR, a->out.errnum, "%s", strerror(a->out.errnum)));
}

/* A stream begins in the file. */
static int
begin(struct weir_aside *a)
{
	weir_out_init(&a->out, a->output.fd);
	a->begun = true;
	return weir_out_hello(&a->out, &a->hello) == 0 ? 0 : failed(a);
}

static int
finish(struct weir_aside *a, const struct weir_end *end)
{
	int rc = a->out.errnum == 0 && weir_out_end(&a->out, end) != 0 ? failed(a) : 0;

	weir_out_release(&a->out);
	a->begun = false;
	return rc;
}

int
weir_aside_hello(struct weir_aside *a, const struct weir_hello *h)
{
	struct weir_buf bytes = {0};
	int rc;

	if (a->path == NULL || a->begun)
		return 0;
	weir_hello_release(&a->hello);
	weir_hello_encode(h, &bytes);
	rc = weir_hello_decode(&a->hello, bytes.p, bytes.len);
	weir_buf_release(&bytes);
	if (rc != 0)
		return WEIR_EX_SOFTWARE;
	/* It is no pipeline's stream any more: nobody's barriers, nobody's checkpoint. */
	a->hello.implied = false;
	free(a->hello.checkpoint.dir);
	a->hello.checkpoint.dir = NULL;
	if (a->output.checkpointed)
		return 0;
	if ((rc = said(a, weir_output_open(&a->output))) != 0)
		return rc;
	return begin(a);
}

static void
make_shape(struct weir_aside *a, const struct weir_shape *of)
{
	struct weir_name *names = weir_mem_alloc((of->n + (size_t)1) * sizeof(*names));
	struct weir_buf name = {0};

	weir_shape_unused(of, "late_", a->field, &name);
	if (of->n > 0)
		memcpy(names, of->names, of->n * sizeof(*names));
	names[of->n] = (struct weir_name){name.p, (uint32_t)name.len};
	weir_shape_free(a->shape);
	weir_shape_free(a->of);
	a->shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, of->n + 1);
	a->of = weir_shape_ref((struct weir_shape *)(uintptr_t)of);
	a->values = weir_mem_realloc(a->values, of->n + (size_t)1, sizeof(*a->values));
	weir_buf_release(&name);
	free(names);
}

int
weir_aside_put(struct weir_aside *a, const struct weir_record *rec, const struct weir_value *v)
{
	uint32_t i, n = rec->shape->n;
	int rc;

	if (a->path == NULL)
		return 0;
	if (!a->begun && (rc = begin(a)) != 0)
		return rc;
	if (a->field == NULL)
		return weir_out_copy(&a->out, rec) == 0 ? 0 : failed(a);
	if (a->of != rec->shape)
		make_shape(a, rec->shape);
	for (i = 0; i < n; i++)
		weir_record_get(rec, i, &a->values[i]);
	a->values[n] = *v;
	rc = weir_out_values(&a->out, a->shape, rec->time, a->values);
	/* With the field it may be too long; as it came it isn't. */
	if (rc > 0)
		rc = weir_out_copy(&a->out, rec);
	return rc == 0 ? 0 : failed(a);
}

int
weir_aside_restore(struct weir_aside *a, const struct weir_barrier_entry *was, bool discard)
{
	a->output.discard = discard;
	return a->path != NULL ? said(a, weir_output_restore(&a->output, was, true)) : 0;
}

/* What a barrier finds is a whole stream. */
int
weir_aside_prepare(struct weir_aside *a, struct weir_barrier_entry *mine)
{
	struct weir_end end = {.how = WEIR_END_PAUSED};
	int rc = 0;

	if (a->path == NULL)
		return 0;
	if (a->begun)
		rc = finish(a, &end);
	return rc != 0 ? rc : said(a, weir_output_prepare(&a->output, mine));
}

int
weir_aside_close(struct weir_aside *a, int status)
{
	struct weir_end end = {.how = status == 0 ? WEIR_END_FINAL : WEIR_END_FAILED, .status = status};
	int rc = 0;

	if (a->begun)
		rc = finish(a, &end);
	if (a->path != NULL && a->output.status == 0)
		rc = said(a, weir_output_close(&a->output));
	weir_hello_release(&a->hello);
	weir_shape_free(a->shape);
	weir_shape_free(a->of);
	free(a->values);
	return status != 0 ? status : rc;
}

const char *
weir_aside_where(const struct weir_aside *a)
{
	return a->output.status == 0 ? a->path : NULL;
}
