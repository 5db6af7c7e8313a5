/*
 * pace - when a record is due
 *
 * Pure: told the times, does not look at a clock.
 */
#ifndef SREPLAY_PACE_H
#define SREPLAY_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
	double times;        /* as fast as the event times; 0: not by them */
	double per_second;   /* records a second; 0: not by number */
	int64_t max_gap;     /* event time from one record to the next counts as no more; 0: no bound */
	/* private */
	bool begun;
	int64_t start;       /* of the clock */
	int64_t newest;      /* greatest event time so far */
	uint64_t passed;     /* event time that has passed, silences shortened; or records */
};

/* When the next record, of that event time (WEIR_TIME_NONE: at once), is due, in ns of the clock that `now` is of. */
int64_t pace_due(struct pace *p, int64_t time, int64_t now);

#endif
