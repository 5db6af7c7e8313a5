/*
 * units - durations and sizes as people write them
 *
 * A duration is one or more numbers with a unit, greatest first by habit but in
 * any order: ns us ms s m h d w ("250ms", "1h30m", "1.5h"); a bare number is
 * seconds. There is no month: it has no length. A size is a number and an
 * optional unit: B KB MB GB TB (powers of 1000), KiB MiB GiB TiB (of 1024);
 * K M G T alone are powers of 1024, as in most shells' tools.
 */
#ifndef WEIR_BASE_UNITS_H
#define WEIR_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define WEIR_SECOND INT64_C(1000000000)
#define WEIR_UNITS_TEXT 40

/* Nanoseconds in *ns; -1 if s is no duration, is negative, or leaves the range of
 * 64 bits. Then *why says what is wrong in a few words ("no unit \"x\"; use ns us
 * ms s m h d w"), valid until the next call. */
int weir_units_duration(const char *s, int64_t *ns, const char **why);

/* Bytes in *bytes; -1 and *why as above. */
int weir_units_size(const char *s, uint64_t *bytes, const char **why);

/* "1h30m", "250ms", "0s": the shortest exact spelling. buf is returned. */
char *weir_units_format_duration(int64_t ns, char buf[WEIR_UNITS_TEXT]);

/* "1.5 GiB", "312 KiB", "40 B": for people, three digits. buf is returned. */
char *weir_units_format_size(uint64_t bytes, char buf[WEIR_UNITS_TEXT]);

#endif
