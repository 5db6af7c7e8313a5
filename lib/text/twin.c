/*
 * twin - see twin.h
 */
#include "text/twin.h"
#include "base/mem.h"

#include <string.h>

char *
weir_twin_original(const char *path)
{
	static const char *const ends[] = {".gz", ".zst", ".xz", ".bz2"};
	size_t n = strlen(path), i, end;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		end = strlen(ends[i]);
		if (n > end && path[n - end - 1] != '/' && strcmp(path + n - end, ends[i]) == 0)
			return weir_mem_dup(path, n - end);
	}
	return NULL;
}

/* Compares what is left of both. */
static bool
begins_with(struct weir_input *whole, struct weir_input *begin)
{
	size_t n, m;

	for (;;) {
		/* What is cut off in the middle has the bytes before as well. */
		if (begin->p == begin->end && weir_input_fill(begin) != 1)
			return true;
		if (whole->p == whole->end && weir_input_fill(whole) != 1)
			return false;
		n = (size_t)(begin->end - begin->p);
		m = (size_t)(whole->end - whole->p);
		n = n < m ? n : m;
		if (memcmp(begin->p, whole->p, n) != 0)
			return false;
		weir_input_take(begin, n, 0);
		weir_input_take(whole, n, 0);
	}
}

bool
weir_twin_of(const char *path, const char *original, struct weir_input *in)
{
	struct weir_input whole;
	bool is;

	if (weir_input_open(&whole, original, NULL) != 0)
		return false;
	is = weir_input_open(in, path, NULL) == 0;
	if (is && !begins_with(&whole, in)) {
		weir_input_release(in);
		is = false;
	}
	weir_input_release(&whole);
	return is;
}
