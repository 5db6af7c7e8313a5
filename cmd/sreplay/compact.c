/*
 * compact - --compact: of each key the last record stays
 */
#include "log/compact.h"
#include "base/say.h"
#include "base/units.h"
#include "keys.h"
#include "sreplay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int
said(struct weir_log *log, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&log->why));
	return status;
}

static int
key_of(void *ctx, const struct weir_record *rec, struct weir_buf *b)
{
	return keys_make(ctx, rec, b);
}

static void
tell(const struct weir_log *log, const struct weir_compact *c)
{
	char before[WEIR_UNITS_TEXT], after[WEIR_UNITS_TEXT];

	if (c->segments == 0) {
		printf("%s: nothing to compact: %s\n", log->path,
		    c->before == UINT64_MAX ? "it has no finished segment before its last one" : "its readers need all segments");
		return;
	}
	printf("%s: %" PRIu64 " finished segment%s, %" PRIu64 " key%s: %" PRIu64 " record%s stay%s, %" PRIu64 " removed; %s are %s now\n",
	    log->path, c->segments, c->segments == 1 ? "" : "s", c->keys, c->keys == 1 ? "" : "s", c->kept, c->kept == 1 ? "" : "s",
	    c->kept == 1 ? "s" : "", c->removed, weir_units_format_size(c->bytes, before),
	    weir_units_format_size(c->bytes - c->saved, after));
}

/* What a reader with a checkpoint has not come to yet, stays. */
static int
find_bound(const struct sreplay_conf *cf, struct weir_log *log, uint64_t *before)
{
	char *who = NULL;
	int rc;

	*before = UINT64_MAX;
	if (cf->force)
		return 0;
	rc = sreplay_needed(log, before, &who);
	if (rc == 0 && who != NULL)
		weir_say(WEIR_SAY_INFO, "%s: the reader readers/%s has come to offset %" PRIu64 ": segments beyond that stay as they are",
		    log->path, who, *before);
	free(who);
	return rc;
}

static int
compact_log(struct sreplay_conf *cf, struct weir_log *log, struct keys *keys)
{
	struct weir_append_conf conf = {.size = cf->segment_size};
	struct weir_append a;
	struct weir_compact c = {.append = &a, .max_memory = cf->max_memory, .level = cf->levelled ? (int)cf->level : -1, .ctx = keys,
	    .key = key_of};
	int rc = weir_append_open(&a, log, &conf), end;

	sreplay_say_notes(&a);
	if (rc == 0)
		rc = find_bound(cf, log, &c.before);
	if (rc == 0)
		rc = weir_compact_run(&c);
	said(log, rc);
	if (rc == 0)
		tell(log, &c);
	if (rc == 0 && c.segments > 0 && c.keys == 0 && c.keyless > 0)
		weir_say(WEIR_SAY_WARNING, "%s: no record has a value in -k: nothing was removed", log->path);
	if (a.status == 0 && (end = weir_append_close(&a, true)) != 0 && rc == 0)
		rc = said(log, end);
	return rc;
}

static int
compact_parts(struct sreplay_conf *cf, struct weir_log *log, struct keys *keys)
{
	uint64_t i;
	int rc = 0;

	if (log->partitions == 0)
		return compact_log(cf, log, keys);
	for (i = 0; rc == 0 && i < log->partitions; i++) {
		struct weir_log part = WEIR_LOG_NONE;

		if ((rc = said(&part, weir_log_part(log, i, &part))) == 0)
			rc = compact_log(cf, &part, keys);
		weir_log_release(&part);
	}
	return rc;
}

int
sreplay_compact(struct sreplay_conf *cf, const char *path)
{
	struct weir_log log = WEIR_LOG_NONE;
	struct keys keys = {0};
	char size[WEIR_UNITS_TEXT];
	int rc;

	if (cf->common.explain) {
		printf("compact   finished segments of %s%s\nkey       %s\nmemory    48 bytes a key, up to %s\n", path,
		    cf->force ? "" : ", as far as its readers with a checkpoint have come", cf->key != NULL ? cf->key : "the log's own",
		    weir_units_format_size(cf->max_memory, size));
		return weir_say_flushed();
	}
	rc = said(&log, weir_log_open(&log, path));
	if (rc == 0 && cf->key == NULL && log.key == NULL)
		weir_opt_misuse(cf->cmd, "--compact: -k KEYS says what the last record is kept of");
	if (rc == 0 && keys_open(&keys, cf->key != NULL ? cf->key : log.key) != 0)
		rc = said(&log, weir_log_fail(&log, WEIR_EX_PROTOCOL, "its key %s: %s", log.key, weir_buf_cstr(&keys.keys.why)));
	if (rc == 0)
		rc = compact_parts(cf, &log, &keys);
	if (rc == 0)
		weir_keys_warn(&keys.keys, "");
	keys_release(&keys);
	weir_log_release(&log);
	return rc != 0 ? rc : weir_say_flushed();
}
