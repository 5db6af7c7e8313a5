/*
 * pair_wait - the input that is behind has nothing to read: what is done meanwhile
 *
 * Only here does time come in: how long to wait before the other is read ahead. That decides who holds the bytes, in a pipe
 * or in the queue, and nothing of what comes out.
 */
#include "base/civil.h"
#include "base/sys.h"
#include "base/units.h"
#include "stage/pair_core.h"

/* An input that is merely slow must not fill the queue of the other: before it is read ahead the other is waited for, the
 * longer the more there is in the queue; then a pipe's worth may be read, or as much as is there already. */
#define NAP_NS (2 * 1000 * 1000)
#define STEP ((size_t)1024 * 1024)

/* How long an input that is behind may be silent while the other's queue is full. */
#define PATIENCE_NS (INT64_C(5) * WEIR_SECOND)

static size_t
queued(const struct weir_pair_loop *l)
{
	return weir_overflow_memory(&l->in[0].queue) + weir_overflow_memory(&l->in[1].queue);
}

static bool
is_full(const struct weir_pair_loop *l)
{
	return l->spill == NULL && queued(l) >= l->max_memory;
}

static int
overflow(struct weir_pair_loop *l, const struct weir_pair_in *in, const char *because)
{
	const struct weir_pair_in *o = weir_pair_other(l, in);
	char size[WEIR_UNITS_TEXT], mark[WEIR_CIVIL_TEXT] = "no watermark at all";

	weir_units_format_size(l->max_memory, size);
	if (in->watermark != INT64_MIN)
		weir_civil_format(in->watermark, mark);
	return weir_run_die(&l->run, WEIR_EX_OSERR,
	    "%s is behind (%s) and %s, and what %s has for later is beyond --max-memory %s: allow more, or --idle or --final at the source that is behind",
	    in->name, mark, because, o->name, size);
}

int
weir_pair_wait_for(struct weir_pair_loop *l, const struct weir_pair_in *a, const struct weir_pair_in *b, int64_t ns, bool *slept)
{
	int fds[2] = {a->reader.fd, b != NULL ? b->reader.fd : -1};

	if (weir_pair_flush(l) != 0)
		return -1;
	*slept = weir_run_wait_any(&l->run, fds, ns) == 0;
	return 0;
}

/* Takes a frame of the input that is ahead. */
static int
read_ahead(struct weir_pair_loop *l, struct weir_pair_in *o)
{
	uint64_t before = o->reader.offset;
	bool got, slept;

	if (weir_pair_store(o) != 0 || weir_pair_take(l, o, &got) != 0)
		return -1;
	before = o->reader.offset - before;
	l->allowance -= before < l->allowance ? (size_t)before : l->allowance;
	return got ? 0 : weir_pair_wait_for(l, o, NULL, -1, &slept);
}

/* The input that is behind has nothing to read, the other one has: 0 after a while, or -1. */
static int
be_patient(struct weir_pair_loop *l, struct weir_pair_in *in, struct weir_pair_in *o)
{
	int64_t now = weir_sys_monotonic();
	bool slept;

	if (is_full(l)) {
		if (l->since == 0)
			l->since = now;
		if (now - l->since >= PATIENCE_NS)
			return overflow(l, in, "has been silent");
		return weir_pair_wait_for(l, in, NULL, l->since + PATIENCE_NS - now, &slept);
	}
	if (l->allowance > 0)
		return read_ahead(l, o);
	if (weir_pair_wait_for(l, in, NULL, NAP_NS + (int64_t)queued(l), &slept) != 0)
		return -1;
	if (slept)
		l->allowance = STEP + queued(l);
	return 0;
}

int
weir_pair_wait(struct weir_pair_loop *l, struct weir_pair_in *in)
{
	struct weir_pair_in *o = weir_pair_other(l, in);
	bool slept, got;

	if (weir_pair_stuck(o))
		return weir_pair_wait_for(l, in, NULL, -1, &slept);
	/* An idle one may wake at any time. */
	if (weir_pair_quiet(o)) {
		if (weir_pair_take(l, o, &got) != 0)
			return -1;
		return got ? 0 : weir_pair_wait_for(l, in, o, -1, &slept);
	}
	if (!l->kin)
		return weir_pair_wait_for(l, in, NULL, -1, &slept);
	if (!weir_reader_ready(&o->reader) && !weir_sys_readable(o->reader.fd))
		return weir_pair_wait_for(l, in, o, -1, &slept);
	return be_patient(l, in, o);
}

int
weir_pair_catch_up(struct weir_pair_loop *l, struct weir_pair_in *in)
{
	struct weir_pair_in *o = weir_pair_other(l, in);

	if (in->barred && o->barred)
		return weir_pair_align(l);
	if (in->closed && o->closed)
		return 1;
	if (weir_pair_stuck(o))
		return weir_run_die(&l->run, WEIR_EX_PROTOCOL, "%s has ended, but %s goes on with another epoch",
		    in->closed ? in->name : o->name, in->closed ? o->name : in->name);
	if (is_full(l))
		return overflow(l, in, in->closed ? "its run has ended" : "at its barrier");
	return read_ahead(l, o);
}
