/*
 * ahead - keys made and hashed some records before their turn, and memory asked for that these will need
 *
 * Of a million keys nearly every record finds its own where no cache has it: a slot or bucket, what that points to, and what
 * that points to. Each is asked for some records after the one before, so that none is waited for. A state
 * that fits a cache has nothing to gain by it.
 */
#include "swindow.h"

/* From so many bytes on; and records between two steps. */
#define LARGE (1024 * 1024)
#define STEP 5

static bool
large(const struct swindow *s)
{
	switch (s->cf->kind) {
	case SWINDOW_GRID: return s->slices.recent != NULL && s->slices.recent->table.memory > LARGE;
	case SWINDOW_SESSION: return s->sessions.nodes.memory > LARGE;
	default: return s->counts.nodes.memory > LARGE;
	}
}

static void
prefetch(const struct swindow *s, uint32_t hash, unsigned step)
{
	static const enum weir_table_step steps[] = {WEIR_TABLE_SLOT, WEIR_TABLE_ENTRY, WEIR_TABLE_KEY};

	switch (s->cf->kind) {
	case SWINDOW_GRID: weir_table_prefetch(&s->slices.recent->table, hash, steps[step]); break;
	case SWINDOW_SESSION: weir_window_sessions_prefetch(&s->sessions, hash, step); break;
	default: weir_window_counts_prefetch(&s->counts, hash, step);
	}
}

bool
swindow_ahead_look(struct swindow *s, const struct weir_record *rec)
{
	struct swindow_ahead *a = &s->ahead[s->put % SWINDOW_AHEAD];
	unsigned i;

	if (!large(s))
		return false;
	for (i = 0; i < s->cf->key.n; i++)
		if (s->cf->key.v[i].expr != NULL)
			return false;
	weir_keys_make(&s->cf->key, rec, &a->key);
	a->hash = weir_table_hash(a->key.p, a->key.len);
	s->put++;
	for (i = 0; i < 3; i++)
		if (s->put - s->taken > i * STEP)
			prefetch(s, s->ahead[(s->put - 1 - i * STEP) % SWINDOW_AHEAD].hash, i);
	return true;
}

int
swindow_ahead_key(struct swindow *s, const struct weir_record *rec)
{
	struct swindow_ahead *a = &s->ahead[s->taken % SWINDOW_AHEAD];
	struct weir_buf was = s->key;

	if (s->taken != s->put) {
		s->taken++;
		s->key = a->key;
		s->hash = a->hash;
		a->key = was;
		return 0;
	}
	if (weir_keys_make(&s->cf->key, rec, &s->key) != 0)
		return 1;
	s->hash = weir_table_hash(s->key.p, s->key.len);
	return 0;
}

void
swindow_ahead_release(struct swindow *s)
{
	unsigned i;

	for (i = 0; i < SWINDOW_AHEAD; i++)
		weir_buf_release(&s->ahead[i].key);
}
