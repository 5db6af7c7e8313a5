/*
 * regex - regular expressions, by PCRE2
 *
 * UTF-8 and Unicode properties; text that isn't valid UTF-8 is allowed, its bad
 * bytes match nothing. Matching is bounded: 1,000,000 steps and 64 MiB.
 */
#ifndef WEIR_TEXT_REGEX_H
#define WEIR_TEXT_REGEX_H

#include <stddef.h>

#define WEIR_REGEX_MESSAGE 256

/* jq's flags. g, s and l change nothing in whether there is a match: PCRE2's ^ and $ are
 * single-line by themselves, and any match will do. */
enum weir_regex_flag {
	WEIR_REGEX_NOCASE = 1,      /* i */
	WEIR_REGEX_EXTENDED = 2,    /* x: white space and comments */
	WEIR_REGEX_DOTALL = 4,      /* p: . takes line feeds */
	WEIR_REGEX_NOT_EMPTY = 8    /* n: empty matches are none */
};

struct weir_regex;

struct weir_regex_fault {
	size_t at;                  /* in the pattern */
	char message[WEIR_REGEX_MESSAGE];
};

/* NULL and *fault if the pattern is wrong. */
struct weir_regex *weir_regex_new(const void *pattern, size_t len, unsigned flags,
    struct weir_regex_fault *fault);

void weir_regex_free(struct weir_regex *re);    /* NULL is fine */

/* Reads jq's letters into *flags; -1 if one is unknown. */
int weir_regex_flags(const unsigned char *p, size_t len, unsigned *flags);

/* Whether there is a match: 1 or 0; -1 if the search ran into a limit, then *why says so. Hot. */
int weir_regex_test(struct weir_regex *re, const void *p, size_t len, const char **why);

/* Of an offset: the group took no part in the match. */
#define WEIR_REGEX_UNSET ((size_t)-1)

/* The first match that begins at `from` or behind it: 1 and, in (*at)[2 * i] and [2 * i + 1],
 * where group i begins and ends (0: the whole match), valid until the next search; 0 if there is
 * none; -1 as above. Hot. */
int weir_regex_match(struct weir_regex *re, const void *p, size_t len, size_t from,
    const size_t **at, const char **why);

/* How many groups the pattern has, and the name of one, or NULL if it has none; 1 is the first. */
unsigned weir_regex_groups(const struct weir_regex *re);
const char *weir_regex_name(const struct weir_regex *re, unsigned group);

/* Patterns that are computed: the last few are kept compiled. A zeroed struct is an empty cache. */
#define WEIR_REGEX_CACHE 16

struct weir_regex_cache {
	struct {
		struct weir_regex *re;
		unsigned char *pattern;
		size_t len;
		unsigned flags;
	} kept[WEIR_REGEX_CACHE];
	unsigned next;
};

/* The compiled pattern, the cache's own; NULL and *fault as above. */
struct weir_regex *weir_regex_cached(struct weir_regex_cache *c, const void *pattern, size_t len,
    unsigned flags, struct weir_regex_fault *fault);

void weir_regex_cache_release(struct weir_regex_cache *c);

#endif
