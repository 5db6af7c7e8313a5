/*
 * out_control - the frames that are no data: hello, barrier, end
 */
#include "frame/out_core.h"

int
weir_out_hello(struct weir_out *o, const struct weir_hello *hello)
{
	struct weir_header h = {.kind = WEIR_FRAME_HELLO};

	o->implied = hello->implied;
	o->delay = hello->delay;
	o->told = INT64_MIN;
	weir_out_unbind(o);
	weir_buf_clear(&o->scratch);
	weir_hello_encode(hello, &o->scratch);
	return weir_out_frame(o, &h, NULL, o->scratch.p, o->scratch.len, NULL);
}

int
weir_out_barrier(struct weir_out *o, uint64_t epoch, const struct weir_barrier *b)
{
	struct weir_header h = {.kind = WEIR_FRAME_BARRIER, .seq = epoch};

	if (weir_out_flush(o) != 0)
		return -1;
	if (o->tap != NULL)
		return 0;
	weir_buf_clear(&o->scratch);
	weir_barrier_encode(b, &o->scratch);
	return weir_out_frame(o, &h, NULL, o->scratch.p, o->scratch.len, NULL);
}

int
weir_out_end(struct weir_out *o, const struct weir_end *e)
{
	struct weir_header h = {.kind = WEIR_FRAME_END};

	if (weir_out_flush(o) != 0)
		return -1;
	weir_buf_clear(&o->scratch);
	weir_end_encode(e, &o->scratch);
	return weir_out_frame(o, &h, NULL, o->scratch.p, o->scratch.len, NULL);
}
