/*
 * pair_read - the frames of one of two inputs
 */
#include "base/mem.h"
#include "base/sys.h"
#include "stage/pair_core.h"

#include <stdlib.h>

void
weir_pair_adopt(struct weir_pair_in *in, struct weir_record *rec)
{
	const struct weir_shape *from = rec->shape;
	struct weir_pair_shape *s = &in->shapes[from->id];

	if (s->serial != from->serial) {
		weir_shape_free(s->own);
		s->own = weir_shape_new(from->format, from->param, from->names, from->n);
		s->serial = from->serial;
	}
	rec->shape = s->own;
}

int
weir_pair_store(struct weir_pair_in *in)
{
	struct weir_record rec = {0};
	int rc;

	if (!in->framed)
		return 0;
	while ((rc = weir_reader_entry(&in->reader, &in->frame, &in->at, &rec)) > 0) {
		if (weir_record_is(&rec)) {
			in->count++;
			weir_pair_adopt(in, &rec);
		}
		weir_overflow_put(&in->queue, &rec);
	}
	in->framed = false;
	if (rc == 0 && in->count != in->frame.head.count)
		rc = weir_reader_damaged(&in->reader, &in->frame, "its records don't fit its header");
	return rc;
}

void
weir_pair_set_delay(struct weir_pair_in *in, const struct weir_hello *h)
{
	int64_t delay = h->implied ? h->delay : -1;

	if (in->queue.entries > 0)
		weir_overflow_put_mark(&in->queue, WEIR_BACKLOG_DELAY, delay);
	else
		in->delay = delay;
}

static int
take_hello(struct weir_pair_loop *l, struct weir_pair_in *in, const struct weir_frame *f)
{
	struct weir_hello h = {0};
	int rc = 0;

	if (weir_hello_decode(&h, f->payload, f->len) != 0) {
		weir_hello_release(&h);
		return weir_reader_damaged(&in->reader, f, "a malformed hello");
	}
	in->between = false;
	if (!in->greeted) {
		/* One that failed before it knew its run: its end says why. */
		in->greeted = !weir_hello_is_nobody(&h);
		weir_hello_release(&in->hello);
		in->hello = h;
		return 0;
	}
	weir_pair_set_delay(in, &h);
	if (l->st->on_hello != NULL && !weir_hello_is_nobody(&h)) {
		l->side = in->side;
		rc = weir_run_check(&l->run, l->st->on_hello(l->self, &h, &l->run.out));
	}
	weir_hello_release(&h);
	return rc;
}

static int
take_data(struct weir_pair_in *in, const struct weir_frame *f)
{
	if (!in->greeted)
		return weir_reader_damaged(&in->reader, f, "records of a stage that failed before it began");
	in->frame = *f;
	in->at = 0;
	in->count = 0;
	in->framed = true;
	return 0;
}

static int
take_barrier(struct weir_pair_loop *l, struct weir_pair_in *in, const struct weir_frame *f)
{
	if (!in->greeted)
		return weir_reader_damaged(&in->reader, f, "a barrier of a stage that failed before it began");
	if (!l->run.epoch.on)
		return 0;
	weir_barrier_release(&in->barrier);
	if (weir_barrier_decode(&in->barrier, f->payload, f->len) != 0)
		return weir_reader_damaged(&in->reader, f, "a malformed barrier");
	in->barred = true;
	in->epoch = f->head.seq;
	return 0;
}

static int
take_end(struct weir_pair_loop *l, struct weir_pair_in *in, const struct weir_frame *f)
{
	weir_end_release(&in->end);
	if (weir_end_decode(&in->end, f->payload, f->len) != 0)
		return weir_reader_damaged(&in->reader, f, "a malformed end");
	in->between = true;
	return in->end.how == WEIR_END_FAILED ? weir_run_pass_failure(&l->run, &in->end) : 0;
}

int
weir_pair_frame(struct weir_pair_loop *l, struct weir_pair_in *in, int rc, const struct weir_frame *f)
{
	if (rc < 0)
		return -1;
	if (rc == 0) {
		in->closed = true;
		return in->greeted ? 0 : weir_reader_damaged(&in->reader, f, "it ends before it began");
	}
	switch (f->head.kind) {
	case WEIR_FRAME_HELLO: return take_hello(l, in, f);
	case WEIR_FRAME_DATA: return take_data(in, f);
	case WEIR_FRAME_END: return take_end(l, in, f);
	default: return take_barrier(l, in, f);
	}
}

int
weir_pair_take(struct weir_pair_loop *l, struct weir_pair_in *in, bool *got)
{
	struct weir_frame f;
	int rc = weir_reader_take(&in->reader, &f);

	*got = rc != 2;
	if (rc == 2 && weir_sys_readable(in->reader.fd)) {
		*got = true;
		return weir_reader_fill(&in->reader);
	}
	return rc == 2 ? 0 : weir_pair_frame(l, in, rc, &f);
}
