/*
 * join_cold - what a join keeps, more of it than memory has room for
 *
 * Time falls into three parts, of which the middle one is in memory:
 *
 *   rows that have been entered and moved   in runs, by key; of those whose turn has not come a list by time lies beside them
 *   rows beyond them, up to `later`         where they are without a store: join.h
 *   rows from `later` on                    by time, until the watermark comes near them
 *
 * A run is all that had been entered when memory was full. At the turn of an instant the rows on disk of its keys are fetched, in front
 * of those in memory, and go when the turn is over: so all that is decided is decided by the same code on the same lists. A filter for each
 * run, of 12 bits a key, tells nearly always whether it has a key; these filters and the keys of one instant are all that stays in
 * memory. A run goes when none of its rows can match any more.
 *
 * As of, what is fetched is one row, the newest of its key, and one run is enough: a row takes the place of the key's. With a tolerance there
 * is one for each stretch of time as long, and those that are too old go.
 *
 * What fails on the disk is in the store's why; from then on nothing comes out.
 */
#ifndef WEIR_TIME_JOIN_COLD_H
#define WEIR_TIME_JOIN_COLD_H

#include "state/bloom.h"
#include "state/shapes.h"
#include "state/spill.h"
#include "time/join.h"

struct weir_join_cold_run {
	uint64_t number;
	int64_t to;                  /* the greatest time in it */
	uint64_t rows;
	struct weir_bloom bloom;
};

struct weir_join_cold {
	struct weir_spill *spill;    /* others may use keys that begin with bytes above 'a' */
	uint64_t room;               /* bytes that rows and filters may take */
	uint64_t moved, fetched;     /* rows, for statistics */
	/* private */
	struct weir_shapes shapes;
	struct weir_buf key, value;
	/* join_later.c: rows whose times have not come. */
	int64_t later;               /* they are on disk from this time on */
	uint64_t nlater, number;     /* how many; the next one's number */
	/* join_cold.c: runs. */
	struct weir_join_cold_run *runs;
	unsigned nruns, cap;
	uint64_t filters;            /* bytes */
	int64_t limit[2];            /* rows before it are forgotten, by side */
	/* join_turn.c: rows whose turn has not come, in order. */
	struct weir_buf turns;       /* some of them, from `at` on, */
	size_t at, ends;             /* and behind those of the instant that has its turn */
	uint64_t nturns;             /* on disk behind them */
	struct weir_buf last;        /* the key of the last of `turns` */
	bool on;                     /* an instant has its turn: */
	struct weir_row *whole;      /* rows of it that are in no run, by kin */
	struct weir_row *next[2];    /* of the lines in memory */
	bool chained[2];             /* the line begins with rows from disk */
	struct weir_node **nodes;    /* keys that were fetched */
	size_t nnodes, nodes_cap;
	struct weir_row **rows[2];   /* of the instant */
	size_t nrows[2], rows_cap[2];
	struct weir_row *newest;     /* as of: what was fetched last */
};

/* The join has nothing yet. Both last as long as it does. room: bytes, for rows, their keys and the filters. */
void weir_join_cold_init(struct weir_join_cold *c, struct weir_spill *spill, struct weir_join *j, uint64_t room);
void weir_join_cold_release(struct weir_join_cold *c);

/* Moves rows to disk if they take more than their room, or if they are to go: between two calls of the join's. */
void weir_join_cold_shrink(struct weir_join *j, bool must);

#endif
