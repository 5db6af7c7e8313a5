/*
 * near - the nearest of some names, for "did you mean"
 */
#ifndef WEIR_BASE_NEAR_H
#define WEIR_BASE_NEAR_H

#include <stddef.h>

/* The name with the smallest distance to the word, the first of equals; NULL if none is near: more than a third of the
 * word's length (at least 1) away. Distance: insertions, deletions, substitutions and swaps of
 * neighbours, without regard to case (Damerau 1964, optimal string alignment). */
const char *weir_near(const char *word, size_t len, const char *const *names, size_t n);

#endif
