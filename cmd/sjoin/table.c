/*
 * table - a stream's records, each with the row of its key
 *
 * The stream passes with its times and its order. The table is read when the stream begins; with --reload also when its file is
 * seen to be another, which is looked for once a second at most: so which record is the first to meet the new
 * table is a matter of time.
 */
#include "table.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/sys.h"
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Records between two looks at the clock. */
#define LOOK 1024

struct run {
	struct sjoin s;              /* first */
	struct table table;
	bool loaded, restored;
	uint64_t version;            /* of the table that the restored epoch ended with */
	int64_t looked;              /* monotonic */
	bool waited;
	uint64_t records, matched, loads, spilled;
	char text[20];
	struct weir_shape *saved;
};

/* What a load left out. */
static void
tell(const struct run *r)
{
	const struct table *t = &r->table;
	const char *name = r->s.cf->names[WEIR_JOIN_R];

	if (t->read == 0 && t->bad == 0)
		weir_say(WEIR_SAY_WARNING, "%s: the table has no rows", name);
	if (t->bad > 0)
		weir_say(WEIR_SAY_WARNING, "%s: %" PRIu64 " bad row%s left out; the first: %.*s", name, t->bad,
		    t->bad == 1 ? " was" : "s were", (int)t->first_bad.len, (const char *)t->first_bad.p);
	if (t->keyless > 0)
		weir_say(WEIR_SAY_WARNING, "%s: %" PRIu64 " row%s without the key left out", name, t->keyless,
		    t->keyless == 1 ? "" : "s");
	/* In a directory or a log that is how values are replaced. */
	if (t->doubled > 0 && r->s.cf->table != NULL && !table_is_log(r->s.cf))
		weir_say(WEIR_SAY_WARNING, "%s: %" PRIu64 " row%s a later one with the same key, which holds", name, t->doubled,
		    t->doubled == 1 ? " has" : "s have");
}

static int
load(struct run *r, struct weir_out *out)
{
	int status = table_load(&r->table);

	if (status != 0)
		return weir_stage_fail(out, status, "%s", weir_buf_cstr(&r->table.why));
	r->loads++;
	r->looked = weir_sys_monotonic();
	tell(r);
	return 0;
}

static int
on_hello(void *self, const struct weir_hello *h, struct weir_out *out)
{
	struct run *r = self;

	(void)h;
	if (r->loaded)
		return 0;
	r->loaded = true;
	if (load(r, out) != 0)
		return -1;
	if (r->restored && r->version != r->table.rows.version && !r->s.cf->reload)
		return weir_stage_fail(out, WEIR_EX_CONFIG,
		    "%s has changed since the checkpoint was taken; --reload goes on with what it is now", r->s.cf->names[WEIR_JOIN_R]);
	return 0;
}

/* The file may be another: if so, and it can be read, its rows take the place of those there are. */
static void
look(struct run *r)
{
	struct table other = {.s = &r->s};
	struct table_look now;
	int64_t time = weir_sys_monotonic();

	r->waited = false;
	if (time - r->looked < WEIR_SECOND)
		return;
	r->looked = time;
	if (!table_look(r->s.cf, &now) || now.hash == r->table.look.hash || !now.regular)
		return;
	if (table_load(&other) != 0) {
		weir_say(WEIR_SAY_WARNING, "%s; the rows read before stay", weir_buf_cstr(&other.why));
		/* Not again before it changes again. */
		r->table.look = now;
		table_release(&other);
		return;
	}
	table_release(&r->table);
	r->table = other;
	r->loads++;
	weir_say(WEIR_SAY_INFO, "%s: read again, %" PRIu64 " rows", r->s.cf->names[WEIR_JOIN_R], r->table.read);
	tell(r);
}

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct run *r = self;
	struct sjoin *s = &r->s;
	struct weir_record row;
	int keyed, found, rc;

	if (s->cf->reload && (r->waited || r->records % LOOK == 0))
		look(r);
	r->records++;
	if ((keyed = sjoin_keys_make(s, WEIR_JOIN_L, rec)) < 0)
		return weir_stage_bad(out, rec, "%s", sjoin_keys_why(s, WEIR_JOIN_L));
	if ((found = keyed > 0 ? weir_lookup_get(&r->table.rows, s->key.p, s->key.len, &row, &s->damage) : 0) < 0)
		return sjoin_memory_check(s, out);
	r->matched += (uint64_t)found;
	switch (s->cf->type) {
	case WEIR_JOIN_SEMI:
	case WEIR_JOIN_ANTI:
		if (found != (s->cf->type == WEIR_JOIN_SEMI))
			return 0;
		found = 0;
		break;
	case WEIR_JOIN_INNER:
		if (!found)
			return 0;
	}
	if (!found && s->filters)
		return weir_out_pass(out, rec);
	rc = sjoin_result_put(s, rec->time, rec, found ? &row : NULL, keyed > 0 ? s->key.p : NULL, out);
	return rc <= 0 ? rc : weir_stage_bad(out, rec, "what it is joined to makes it longer than 15 MiB");
}

static int
on_flush(void *self)
{
	struct run *r = self;

	r->waited = true;
	return 0;
}

static int
on_save(void *self, struct weir_out *state)
{
	static const struct weir_name name = {(const unsigned char *)"table", 5};
	struct run *r = self;
	struct weir_value v = {.p = (unsigned char *)r->text, .type = WEIR_STRING,
	    .len = (uint32_t)snprintf(r->text, sizeof(r->text), "%016" PRIx64, r->table.rows.version)};

	if (r->saved == NULL)
		r->saved = weir_shape_new(WEIR_FORMAT_VALUES, 0, &name, 1);
	return weir_out_values(state, r->saved, INT64_MIN, &v);
}

static int
on_load(void *self, const struct weir_record *rec)
{
	struct run *r = self;
	struct weir_value v;
	char *end;

	if (rec->shape->n != 1)
		return -1;
	weir_record_get(rec, 0, &v);
	if (v.type != WEIR_STRING || v.len != 16)
		return -1;
	memcpy(r->text, v.p, 16);
	r->text[16] = '\0';
	r->version = strtoull(r->text, &end, 16);
	r->restored = true;
	return *end == '\0' ? 0 : -1;
}

static int
on_close(void *self, int status)
{
	struct run *r = self;

	sjoin_keys_warn(r->s.cf);
	r->s.kept = r->table.rows.n;
	r->spilled = r->table.rows.moved;
	table_release(&r->table);
	sjoin_result_release(&r->s.result);
	weir_shape_free(r->saved);
	weir_buf_release(&r->s.key);
	return status;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	const struct run *r = self;

	weir_buf_printf(json, ",\"matched\":%" PRIu64 ",\"rows\":%" PRIu64 ",\"loads\":%" PRIu64, r->matched,
	    r->s.kept, r->loads);
	if (r->s.cf->spill != NULL)
		weir_buf_printf(json, ",\"spilled\":%" PRIu64, r->spilled);
}

int
sjoin_table_run(struct sjoin_conf *cf, const char *options)
{
	static struct run r;
	struct weir_stage stage = {.name = "sjoin", .flags = WEIR_STAGE_PASSES, .on_hello = on_hello, .on_record = on_record,
	    .on_flush = on_flush, .on_close = on_close, .on_stats = on_stats, .options = options, .version = 1,
	    .on_save = on_save, .on_load = on_load};
	int status;

	r.s.cf = cf;
	r.s.filters = sjoin_conf_filters(cf);
	r.table.s = &r.s;
	if ((status = sjoin_memory_open(&r.s)) == 0)
		status = weir_stage_run(&stage, &cf->common, &r);
	weir_spill_close(&r.s.spill);
	return status;
}
