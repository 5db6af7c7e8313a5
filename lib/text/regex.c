/*
 * regex - see regex.h. The one user of PCRE2. Patterns go through its JIT where
 * there is one; a matching stack of their own keeps deep searches off ours.
 */
#include "text/regex.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_LIMIT 1000000
#define DEPTH_LIMIT 100000
#define HEAP_KIB (64 * 1024)
#define STACK_START (32 * 1024)
#define STACK_MOST (1024 * 1024)

struct weir_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	pcre2_jit_stack *stack;
	uint32_t options;          /* of a match */
	bool jit;
	unsigned groups;
	const char **names;        /* by group; the code's own, or NULL */
};

static void *
need(void *p)
{
	return p != NULL ? p : weir_mem_alloc(SIZE_MAX);
}

static pcre2_code *
compile(const void *pattern, size_t len, unsigned flags, struct weir_regex_fault *fault)
{
	pcre2_compile_context *context = need(pcre2_compile_context_create(NULL));
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C |
	    PCRE2_DUPNAMES;
	pcre2_code *code;
	int error;

	if (flags & WEIR_REGEX_NOCASE)
		options |= PCRE2_CASELESS;
	if (flags & WEIR_REGEX_EXTENDED)
		options |= PCRE2_EXTENDED;
	if (flags & WEIR_REGEX_DOTALL)
		options |= PCRE2_DOTALL;
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	code = pcre2_compile(len > 0 ? pattern : "", len, options, &error, &fault->at, context);
	if (code == NULL)
		pcre2_get_error_message(error, (PCRE2_UCHAR *)fault->message, sizeof(fault->message));
	if (code == NULL && fault->at > len)
		fault->at = len;
	pcre2_compile_context_free(context);
	return code;
}

/* PCRE2's table of names: entries of one size, the group in two bytes before its name. */
static void
read_names(struct weir_regex *re)
{
	uint32_t groups, count, size, i;
	PCRE2_SPTR table;

	pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	pcre2_pattern_info(re->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(re->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(re->code, PCRE2_INFO_NAMETABLE, &table);
	re->groups = groups;
	re->names = weir_mem_zalloc(groups + 1, sizeof(*re->names));
	for (i = 0; i < count; i++, table += size)
		re->names[table[0] << 8 | table[1]] = (const char *)table + 2;
}

struct weir_regex *
weir_regex_new(const void *pattern, size_t len, unsigned flags, struct weir_regex_fault *fault)
{
	pcre2_code *code = compile(pattern, len, flags, fault);
	struct weir_regex *re;

	if (code == NULL)
		return NULL;
	re = weir_mem_zalloc(1, sizeof(*re));
	re->code = code;
	re->data = need(pcre2_match_data_create_from_pattern(code, NULL));
	read_names(re);
	re->limits = need(pcre2_match_context_create(NULL));
	re->options = flags & WEIR_REGEX_NOT_EMPTY ? PCRE2_NOTEMPTY : 0;
	pcre2_set_match_limit(re->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(re->limits, DEPTH_LIMIT);
	pcre2_set_heap_limit(re->limits, HEAP_KIB);
	re->jit = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
	if (re->jit) {
		re->stack = need(pcre2_jit_stack_create(STACK_START, STACK_MOST, NULL));
		pcre2_jit_stack_assign(re->limits, NULL, re->stack);
	}
	return re;
}

void
weir_regex_free(struct weir_regex *re)
{
	if (re == NULL)
		return;
	pcre2_jit_stack_free(re->stack);
	pcre2_match_context_free(re->limits);
	pcre2_match_data_free(re->data);
	pcre2_code_free(re->code);
	free(re->names);
	free(re);
}

int
weir_regex_flags(const unsigned char *p, size_t len, unsigned *flags)
{
	static const struct {
		char letter;
		unsigned flag;
	} known[] = {{'g', 0}, {'i', WEIR_REGEX_NOCASE}, {'x', WEIR_REGEX_EXTENDED}, {'s', 0},
	    {'p', WEIR_REGEX_DOTALL}, {'n', WEIR_REGEX_NOT_EMPTY}, {'l', 0}};
	size_t i, k;

	*flags = 0;
	for (i = 0; i < len; i++) {
		for (k = 0; k < sizeof(known) / sizeof(known[0]) && known[k].letter != (char)p[i]; k++)
			;
		if (k == sizeof(known) / sizeof(known[0]))
			return -1;
		*flags |= known[k].flag;
	}
	return 0;
}

static int
outcome(int rc, const char **why)
{
	if (rc >= 0)
		return 1;
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	*why = rc == PCRE2_ERROR_HEAPLIMIT || rc == PCRE2_ERROR_JIT_STACKLIMIT ||
	        rc == PCRE2_ERROR_NOMEMORY
	    ? "the regular expression needs too much memory on this text"
	    : "the regular expression needs too many steps on this text";
	return -1;
}

static int
search(struct weir_regex *re, const void *p, size_t len, size_t from)
{
	PCRE2_SPTR text = len > 0 ? p : (PCRE2_SPTR)"";

	if (re->jit)
		return pcre2_jit_match(re->code, text, len, from, re->options, re->data, re->limits);
	return pcre2_match(re->code, text, len, from, re->options, re->data, re->limits);
}

int
weir_regex_test(struct weir_regex *re, const void *p, size_t len, const char **why)
{
	return outcome(search(re, p, len, 0), why);
}

int
weir_regex_match(struct weir_regex *re, const void *p, size_t len, size_t from, const size_t **at,
    const char **why)
{
	*at = pcre2_get_ovector_pointer(re->data);
	return outcome(search(re, p, len, from), why);
}

unsigned
weir_regex_groups(const struct weir_regex *re)
{
	return re->groups;
}

const char *
weir_regex_name(const struct weir_regex *re, unsigned group)
{
	return group <= re->groups ? re->names[group] : NULL;
}

struct weir_regex *
weir_regex_cached(struct weir_regex_cache *c, const void *pattern, size_t len, unsigned flags,
    struct weir_regex_fault *fault)
{
	struct weir_regex *re;
	unsigned i;

	for (i = 0; i < WEIR_REGEX_CACHE; i++)
		if (c->kept[i].re != NULL && c->kept[i].len == len && c->kept[i].flags == flags &&
		    memcmp(c->kept[i].pattern, pattern, len) == 0)
			return c->kept[i].re;
	re = weir_regex_new(pattern, len, flags, fault);
	if (re == NULL)
		return NULL;
	i = c->next++ % WEIR_REGEX_CACHE;
	weir_regex_free(c->kept[i].re);
	free(c->kept[i].pattern);
	c->kept[i].re = re;
	c->kept[i].pattern = weir_mem_dup(pattern, len);
	c->kept[i].len = len;
	c->kept[i].flags = flags;
	return re;
}

void
weir_regex_cache_release(struct weir_regex_cache *c)
{
	unsigned i;

	for (i = 0; i < WEIR_REGEX_CACHE; i++) {
		weir_regex_free(c->kept[i].re);
		free(c->kept[i].pattern);
	}
	*c = (struct weir_regex_cache){0};
}
