/*
 * val_time - a value read as a time
 */
#ifndef WEIR_EXPR_VAL_TIME_H
#define WEIR_EXPR_VAL_TIME_H

#include "expr/val.h"

/* A number of seconds, milliseconds, microseconds or nanoseconds since 1970, by its size
 * (weir_civil_guess), or a string as RFC 3339 and Apache's logs have it, in UTC without an offset; null is
 * WEIR_TIME_NONE. 0, or -1 if it is none of these. */
int weir_val_time(const struct weir_val *v, int64_t *ns);

#endif
