/*
 * units - durations and sizes as people write them
 *
 * A duration is one or more numbers with a unit, greatest first by habit but in
 * any order: ns us ms s m h d w ("250ms", "1h30m", "1.5h"); a bare number is
 * seconds. There is no month: it has no length. A size is a number and an
 * optional unit: B KB MB GB TB PB EB (powers of 1000), KiB MiB ... EiB (of
 * 1024); K M G T P E alone are powers of 1024, as in most shells' tools. A size's
 * unit may stand behind one space and in any case; a duration's may not.
 *
 * Numbers are digits, with a point and more digits if wanted, and are taken
 * exactly. A duration finer than a nanosecond is refused; a size is cut to whole
 * bytes.
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

/* "1h30m", "1w", "10d", "250ms", "1.5s", "0s": exact, and weir_units_duration reads
 * it back. Weeks only where they are whole; parts of nothing are left out; what is
 * under a minute is one number, with a point if need be. buf is returned. */
char *weir_units_format_duration(int64_t ns, char buf[WEIR_UNITS_TEXT]);

/* "1.5 GiB", "312 KiB", "40 B": for people, rounded to three digits (four from 1000
 * to 1023). buf is returned. */
char *weir_units_format_size(uint64_t bytes, char buf[WEIR_UNITS_TEXT]);

#endif
