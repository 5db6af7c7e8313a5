/*
 * sreplay - a log that records are kept in and played from
 */
#ifndef SREPLAY_H
#define SREPLAY_H

#include "log/append.h"
#include "log/log.h"
#include "stage/source.h"
#include "stage/stage.h"

#include <stdbool.h>
#include <stdint.h>

/* Where a reading begins or ends. */
struct sreplay_bound {
	bool given, by_time;
	uint64_t offset;
	int64_t time;
};

enum sreplay_sync { SREPLAY_SYNC_EACH, SREPLAY_SYNC_TIMED, SREPLAY_SYNC_EPOCH };

struct sreplay_conf {
	struct weir_common common;  /* first */
	const struct weir_cmd *cmd;
	/* appending */
	const char *append;         /* -a */
	uint64_t segment_size;
	int64_t segment_time;
	uint64_t level;             /* -z */
	const char *sync;
	uint64_t partitions;
	struct weir_opt_list keys;  /* -k */
	/* playing */
	const char *from, *to, *partition;
	const char *speed, *rate, *shift;
	const char *number;         /* the field that tells a record's offset */
	int64_t max_gap;
	uint64_t loop, limit;
	bool follow, committed;
	struct weir_checkpoint checkpoint;
	struct weir_opt_list dropped;
	/* care */
	bool list, verify, compact, force;
	const char *trim, *salvage;
	uint64_t max_size;
	int64_t max_age;
	uint64_t max_memory;
	/* made from these */
	struct sreplay_bound begin, end, before;
	enum sreplay_sync how;
	int64_t sync_every;
	double times, per_second;   /* -s, --rate; 0: not given */
	bool levelled;              /* -z was given */
	char *key;                  /* of all -k; NULL: none */
};

/* record.c: appends standard input. play.c: plays the log. care.c: --list, and on to --verify,
 * trimming, --salvage; compact.c: --compact. */
int sreplay_record(struct sreplay_conf *cf);
int sreplay_play(struct sreplay_conf *cf, const char *path);
int sreplay_care(struct sreplay_conf *cf, const char *path);
int sreplay_compact(struct sreplay_conf *cf, const char *path);

/* The least offset that a reader with a checkpoint has come to (UINT64_MAX: there is none), and its name, to be freed. A status. */
int sreplay_needed(struct weir_log *log, uint64_t *least, char **who);

/* Removes segments from the front: what --max-size and --max-age leave, or --trim-before, stays, and what a reader with a checkpoint
 * still needs. Whether any may go but for readers is in *any, if not NULL. A status, after saying why. */
int sreplay_retain(struct sreplay_conf *cf, struct weir_append *a, const struct sreplay_bound *before, bool *any);

/* Ends with status 2 if -k is wrong: before anything is read. */
void sreplay_check_key(const struct sreplay_conf *cf);

/* Says what opening a log for appending has mended and cut. */
void sreplay_say_notes(struct weir_append *a);

#endif
