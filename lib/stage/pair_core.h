/*
 * pair_core - what the files of pair share
 *
 * Private to lib/stage. Of each input the next entry is the first of its queue, else the rest of the frame at hand, else
 * what has to be read. Its watermark is that behind the last entry handed on, so the order does not know the queue.
 *
 * Invariants: a frame is taken only when the one before is used up or in the queue; an input that stands at a barrier has
 * nothing at hand but its queue.
 */
#ifndef WEIR_STAGE_PAIR_CORE_H
#define WEIR_STAGE_PAIR_CORE_H

#include "stage/pair.h"
#include "stage/run.h"
#include "state/overflow.h"

struct weir_pair_shape {
	uint64_t serial;             /* of the input's */
	struct weir_shape *own;
};

struct weir_pair_in {
	const char *name;
	unsigned side;
	struct weir_reader reader;
	struct weir_frame frame;     /* at hand, if framed: from `at` on; count: records of it so far */
	size_t at;
	uint32_t count;
	bool framed;
	struct weir_overflow queue;
	struct weir_pair_shape *shapes;   /* by the input's ids */
	struct weir_hello hello;     /* the first one */
	bool greeted;
	int64_t delay;               /* records imply watermarks by it; -1: they don't */
	int64_t watermark;
	bool idle;
	uint64_t records;            /* handed on */
	bool barred;                 /* stands at a barrier: */
	uint64_t epoch;
	struct weir_barrier barrier;
	bool between, closed;        /* an end has come; nothing comes behind it */
	struct weir_end end;
};

struct weir_pair_loop {
	struct weir_run run;         /* first: an out leads back to it */
	const struct weir_stage *st;
	struct weir_stage inner;     /* what the checkpoint calls: the state of both, then the stage's */
	void *self;
	struct weir_pair_in in[2];
	uint64_t max_memory;
	struct weir_spill *spill;    /* where the queues go beyond it, or NULL */
	unsigned side;               /* of the record or hello that a callback has */
	bool started, kin;           /* both have said hello; they come from one run */
	bool hushed;                 /* the idle mark is out */
	unsigned unsent;             /* frames since the last flush */
	size_t allowance;            /* bytes that may be read ahead before waiting again */
	int64_t since;               /* when the queue was found full, monotonic, or 0 */
	/* While a state is loaded: */
	unsigned loading;            /* the input whose queue comes; 2: all have come */
	uint64_t to_load;            /* records of it that follow */
	bool any;                    /* something has been loaded */
	bool more;                   /* of this input more parts follow; of the last one: */
	int64_t loaded_delay, loaded_mark;
};

static inline struct weir_pair_in *
weir_pair_other(struct weir_pair_loop *l, const struct weir_pair_in *in)
{
	return &l->in[!in->side];
}

/* Whether there is an entry that need not be read. */
static inline bool
weir_pair_has(const struct weir_pair_in *in)
{
	return in->queue.entries > 0 || in->framed;
}

/* The last thing that came was an idle mark. */
static inline bool
weir_pair_quiet(const struct weir_pair_in *in)
{
	return in->idle && !weir_pair_has(in);
}

/* Whether nothing can be read of it for now. */
static inline bool
weir_pair_stuck(const struct weir_pair_in *in)
{
	return in->barred || in->closed;
}

/* What was handed on goes out. 0, or -1. */
int weir_pair_flush(struct weir_pair_loop *l);

/* The input's record gets a shape with an id of this process' own, so that those of two inputs don't push each other out. */
void weir_pair_adopt(struct weir_pair_in *in, struct weir_record *rec);

/* pair_read.c. What weir_reader_take has given: 0 to go on, or -1. */
int weir_pair_frame(struct weir_pair_loop *l, struct weir_pair_in *in, int rc, const struct weir_frame *f);

/* One read of an input, and the frame that is whole then, if one is. *got: something was there. 0, or -1. */
int weir_pair_take(struct weir_pair_loop *l, struct weir_pair_in *in, bool *got);

/* The rest of the frame at hand goes into the queue. 0, or -1. */
int weir_pair_store(struct weir_pair_in *in);

/* What its hello says of the watermarks that records imply holds from here on. */
void weir_pair_set_delay(struct weir_pair_in *in, const struct weir_hello *h);

/* pair_wait.c. Sends what others wait for, then waits for either input (b may be NULL), up to ns (-1: for ever). 0, or -1. */
int weir_pair_wait_for(struct weir_pair_loop *l, const struct weir_pair_in *a, const struct weir_pair_in *b, int64_t ns, bool *slept);

/* Nothing is at hand of the input that is behind, and nothing to read. 0 to go on, or -1. */
int weir_pair_wait(struct weir_pair_loop *l, struct weir_pair_in *in);

/* The input that is behind stands at its barrier, or is paused: the other is read up to there. 0 to go on; 1: both have ended; -1. */
int weir_pair_catch_up(struct weir_pair_loop *l, struct weir_pair_in *in);

/* pair_hello.c. Both hellos have come: they are joined, the checkpoint is gone back to, the output begins. 0, or -1. */
int weir_pair_start(struct weir_pair_loop *l);

/* Both barriers have come: the state is saved, one goes on. 0, or -1. */
int weir_pair_align(struct weir_pair_loop *l);

/* pair_state.c: as in struct weir_stage, with the loop as self. */
int weir_pair_save(void *self, struct weir_out *state);
int weir_pair_load(void *self, const struct weir_record *rec);

/* pair_stats.c. What on_stats of a stage appends; and for SIGUSR1 the line that says how the inputs stand. */
void weir_pair_stats(void *self, struct weir_buf *json);
void weir_pair_answer(struct weir_run *run);

#endif
