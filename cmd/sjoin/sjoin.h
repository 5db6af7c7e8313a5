/*
 * sjoin - two streams, or a stream and a table, put together by key: what a command line asked for, and its state
 */
#ifndef SJOIN_H
#define SJOIN_H

#include "expr/keys.h"
#include "frame/out.h"
#include "frame/splice.h"
#include "stage/aside.h"
#include "stage/stage.h"
#include "state/spill.h"
#include "text/emit.h"
#include "time/join_cold.h"

#include <stdbool.h>
#include <stdint.h>

/* What is kept of streams unless --max-memory says otherwise. */
#define SJOIN_MEMORY (UINT64_C(1) << 30)

struct sjoin_conf {
	struct weir_common common;   /* first */
	struct weir_opt_list key;
	int64_t window, before, after, tumbling, tolerance;   /* or -1 */
	bool asof, nest, reload;
	int type;                    /* enum weir_join_type */
	const char *prefix, *late, *table, *table_dir, *input, *spill;
	uint64_t max_memory;         /* 0: not said */
	/* made from these */
	const struct weir_cmd *cmd;
	struct weir_join_conf join;
	const struct weir_parser_ops *format;   /* of the table; NULL: detected */
	const char *pattern;
	struct weir_keys keys[2];    /* by side: as many of each, and where one is computed so is the other */
	unsigned nkeys;
	char **texts;                /* that they are made of */
	unsigned ntexts;
	bool computed;               /* one of the keys is an expression */
	const char *names[2];        /* what messages call the inputs: the operands, or the table */
};

/* What records of two shapes become. */
struct sjoin_plan {
	uint64_t serial[2];          /* of the shapes; 0: there is no such record */
	struct weir_shape *shape;
	struct weir_splice_field *fields;        /* from: WEIR_JOIN_L, WEIR_JOIN_R; SJOIN_KEY: a key's value */
	bool spliced;                /* of both records, and no key's value */
};

#define SJOIN_KEY 2
#define SJOIN_PLANS 512

struct sjoin_result {
	struct sjoin_plan plans[SJOIN_PLANS];
	struct weir_shape *made[SJOIN_PLANS];   /* those of different names, the oldest makes room */
	unsigned nmade;
	struct weir_value *values;
	uint32_t cap;
	struct weir_emit *json;      /* --nest */
	struct weir_buf text[2];
};

struct sjoin {
	struct sjoin_conf *cf;
	struct weir_out *out;        /* of the call that we are in */
	struct weir_join join;
	struct weir_join_cold cold;  /* --spill */
	uint64_t every, put;         /* WEIR_SPILL_EVERY, or 0; records since */
	struct weir_buf key;
	bool damage;
	uint64_t arrived[2];         /* of a side, in this run and those that the checkpoint is of */
	uint64_t records;            /* of both sides, in this run */
	char *source[2];             /* of the inputs, where there is but one */
	uint64_t matched;            /* what came out of both sides */
	uint64_t kept;               /* rows at the end */
	struct weir_spill spill;     /* --spill, if it is given */
	uint64_t tables;             /* loads of a table into it */
	bool timed, filters;         /* filters: what comes out is left's records as they are */
	struct sjoin_result result;
	struct weir_aside aside;
	struct sjoin_late {
		uint64_t count, before; /* before: those of earlier runs of the checkpoint, which these have told of */
		int64_t most;        /* how far below its watermark the latest was */
		int64_t most_now;    /* of those of this run */
		uint64_t passed;     /* of this run: those whose input was idle while the other went on beyond its watermark */
		int64_t passed_most, own_most; /* how far below: of those, of the others */
		int64_t delay;       /* the input's, or -1 if records don't imply it */
	} late[2];
	struct weir_shape *saved;    /* of what a checkpoint keeps, beside the records */
	struct sjoin_item {
		bool there;          /* its record comes next */
		uint8_t side;
		uint64_t seq;
		bool keyed;
	} loading;
};

/* conf.c: the options, checked and understood; or the end, with status 2. */
void sjoin_conf_check(struct sjoin_conf *cf, char *const *operands, int n);
void sjoin_conf_release(struct sjoin_conf *cf);
int sjoin_conf_explain(const struct sjoin_conf *cf);

/* Whether a left record without a right one comes out as it is. */
bool sjoin_conf_filters(const struct sjoin_conf *cf);

/* memory.c: --max-memory in bytes; --spill. open: 0, or an exit status after saying why. check: -1 if the disk failed. */
uint64_t sjoin_memory_most(const struct sjoin_conf *cf);
int sjoin_memory_open(struct sjoin *s);
int sjoin_memory_check(struct sjoin *s, struct weir_out *out);
/* Behind each record that was put, of two streams: rows go to disk if it is time. */
void sjoin_memory_look(struct sjoin *s);

/* keys.c: the canonical bytes of the record's key, into s->key. 1; 0: it matches nothing; -1: an expression failed, and
 * sjoin_keys_why says why. */
int sjoin_keys_make(struct sjoin *s, enum weir_join_side side, const struct weir_record *rec);
const char *sjoin_keys_why(struct sjoin *s, enum weir_join_side side);
/* Parses -k; ends with status 2 if one is wrong. */
void sjoin_keys_parse(struct sjoin_conf *cf);
void sjoin_keys_release(struct sjoin_conf *cf);
/* Warns of paths that were null in every record. */
void sjoin_keys_warn(const struct sjoin_conf *cf);

/* result.c: what records become. Either may be NULL; key: canonical bytes, or NULL if there are none. As weir_out_values. */
int sjoin_result_put(struct sjoin *s, int64_t time, const struct weir_record *l, const struct weir_record *r,
    const unsigned char *key, struct weir_out *out);
/* Whether a right field of this name is a key that stands under left's name. */
bool sjoin_result_is_key(const struct sjoin_conf *cf, const struct weir_name *name);
void sjoin_result_release(struct sjoin_result *r);

/* streams.c: two streams. Returns the exit status. */
int sjoin_streams_run(struct sjoin_conf *cf, char *const *operands, const char *options);

/* table.c: a stream and a table. Returns the exit status. */
int sjoin_table_run(struct sjoin_conf *cf, const char *options);

/* late.c: records below their input's watermark. */
int sjoin_late_add(struct sjoin *s, enum weir_join_side side, const struct weir_record *rec, int64_t by,
    struct weir_out *out);
void sjoin_late_say(const struct sjoin *s);

/* state.c: what a checkpoint keeps of streams. */
int sjoin_state_save(void *self, struct weir_out *state);
int sjoin_state_load(void *self, const struct weir_record *rec);

#endif
