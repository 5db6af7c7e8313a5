/*
 * decay - what is left of a weight after a time, by its half-life
 */
#ifndef WEIR_TIME_DECAY_H
#define WEIR_TIME_DECAY_H

#include <stdint.h>

/* 2^-(ns / half), half > 0, by sums and products alone: the same bits on every machine, which libm's exp2
 * does not promise. Within 2 units of the last place. */
double weir_decay(uint64_t ns, uint64_t half);

#endif
