/*
 * aside - see aside.h
 */
#include "stage/aside.h"
#include "base/say.h"
#include "base/status.h"
#include "stage/stage.h"

#include <stdlib.h>
#include <string.h>

void
weir_aside_init(struct weir_aside *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->path = path;
	weir_output_init(&a->output, path);
}

static int
failed(struct weir_aside *a, struct weir_out *out)
{
	return weir_stage_fail(out, WEIR_EX_IOERR, "%s: %s", a->path, strerror(a->out.errnum));
}

/* A status of the output, after its message. */
static int
said(struct weir_aside *a, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&a->output.why));
	return status;
}

/* A stream begins in the file. */
static int
begin(struct weir_aside *a)
{
	weir_out_init(&a->out, a->output.fd);
	a->begun = true;
	return weir_out_hello(&a->out, &a->hello);
}

int
weir_aside_hello(struct weir_aside *a, const struct weir_hello *h, struct weir_out *out)
{
	struct weir_buf bytes = {0};

	if (a->path == NULL || a->begun)
		return 0;
	weir_hello_release(&a->hello);
	weir_hello_encode(h, &bytes);
	weir_hello_decode(&a->hello, bytes.p, bytes.len);
	weir_buf_release(&bytes);
	/* It is no pipeline's stream any more: nobody's barriers, nobody's checkpoint. */
	a->hello.implied = false;
	free(a->hello.checkpoint.dir);
	a->hello.checkpoint.dir = NULL;
	if (a->output.checkpointed)
		return 0;
	if (weir_output_open(&a->output) != 0)
		return weir_stage_fail(out, a->output.status, "%s", weir_buf_cstr(&a->output.why));
	return begin(a) == 0 ? 0 : failed(a, out);
}

int
weir_aside_put(struct weir_aside *a, const struct weir_record *rec, struct weir_out *out)
{
	if (a->path == NULL)
		return 0;
	if ((!a->begun && begin(a) != 0) || weir_out_copy(&a->out, rec) != 0)
		return failed(a, out);
	return 0;
}

int
weir_aside_restore(struct weir_aside *a, const struct weir_barrier_entry *was, bool discard)
{
	a->output.discard = discard;
	return a->path != NULL ? said(a, weir_output_restore(&a->output, was, true)) : 0;
}

int
weir_aside_prepare(struct weir_aside *a, struct weir_barrier_entry *mine)
{
	struct weir_end end = {.how = WEIR_END_PAUSED};

	if (a->path == NULL)
		return 0;
	if (a->begun) {
		if (weir_out_end(&a->out, &end) != 0)
			return said(a, weir_output_fail(&a->output, WEIR_EX_IOERR, a->out.errnum, "%s", strerror(a->out.errnum)));
		weir_out_release(&a->out);
		a->begun = false;
	}
	return said(a, weir_output_prepare(&a->output, mine));
}

int
weir_aside_close(struct weir_aside *a, int status)
{
	struct weir_end end = {.how = status == 0 ? WEIR_END_FINAL : WEIR_END_FAILED, .status = status};

	if (a->path == NULL)
		return status;
	if (a->begun) {
		if (a->out.errnum == 0 && weir_out_end(&a->out, &end) != 0) {
			weir_say(WEIR_SAY_ERROR, "%s: %s", a->path, strerror(a->out.errnum));
			status = status != 0 ? status : WEIR_EX_IOERR;
		}
		weir_out_release(&a->out);
		a->begun = false;
	}
	if (a->output.status == 0 && said(a, weir_output_close(&a->output)) != 0 && status == 0)
		status = a->output.status;
	weir_hello_release(&a->hello);
	return status;
}
