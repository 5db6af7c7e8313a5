/*
 * dedup_approx - which keys were kept, and when, in fixed memory: the memory of sdedup --approx
 *
 * As time/dedup.h says, but for two things. A record that is no duplicate is taken for one with a probability of `rate` at most.
 * And times are told apart only to 1/64 of `within` (1/16 where bits are scarce): a record is also a duplicate of one that
 * is further away by less than twice that. A duplicate is always found.
 */
#ifndef WEIR_TIME_DEDUP_APPROX_H
#define WEIR_TIME_DEDUP_APPROX_H

#include "state/prints.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_dedup_approx {
	struct weir_prints prints;
	int64_t within, lateness;    /* ns; within below 0: no bound */
	unsigned tick;               /* 2^tick ns */
	bool begun;                  /* the base is known */
};

/* 0; -1: so low a rate leaves too few bits for times; *least is one that doesn't. rate: at least 1e-8; times as in dedup.h. */
int weir_dedup_approx_init(struct weir_dedup_approx *a, int64_t within, int64_t lateness, uint64_t memory, double rate,
    double *least);
void weir_dedup_approx_release(struct weir_dedup_approx *a);

/* Whether a record of this key and time, which is not late, is a duplicate. */
bool weir_dedup_approx_find(struct weir_dedup_approx *a, struct weir_hash_pair key, int64_t time);

/* Keeps one. 0; 1: it can't be remembered, because another one was too far ahead of it; -1: there is no room. */
int weir_dedup_approx_put(struct weir_dedup_approx *a, struct weir_hash_pair key, int64_t time);

void weir_dedup_approx_prefetch(const struct weir_dedup_approx *a, struct weir_hash_pair key, int64_t time);

/* Before each record: forgets what doesn't matter at this watermark. */
void weir_dedup_approx_advance(struct weir_dedup_approx *a, int64_t watermark);

/* Puts back a base that was saved, before anything else. */
void weir_dedup_approx_rebase(struct weir_dedup_approx *a, uint64_t base);

#endif
