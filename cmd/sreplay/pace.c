/*
 * pace - see pace.h
 *
 * What is due is reckoned from the start, so that errors don't add up.
 */
#include "pace.h"
#include "base/civil.h"

int64_t
pace_due(struct pace *p, int64_t time, int64_t now)
{
	uint64_t gap;

	if (!p->begun) {
		p->begun = true;
		p->start = now;
		p->newest = time;
		return now;
	}
	if (p->per_second > 0)
		return p->start + (int64_t)((double)++p->passed * 1e9 / p->per_second);
	if (time != WEIR_TIME_NONE && p->newest == WEIR_TIME_NONE)
		p->newest = time;
	if (time != WEIR_TIME_NONE && time > p->newest) {
		gap = (uint64_t)time - (uint64_t)p->newest;
		if (p->max_gap > 0 && gap > (uint64_t)p->max_gap)
			gap = (uint64_t)p->max_gap;
		p->passed += gap;
		p->newest = time;
	}
	return p->start + (int64_t)((double)p->passed / p->times);
}
