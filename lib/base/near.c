/*
 * near - see near.h. Three rows of the distance matrix are enough.
 */
#include "base/near.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 64

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static int
lower(char c)
{
	return tolower((unsigned char)c);
}

/* len and m are at most LONGEST. */
static unsigned
distance(const char *word, size_t len, const char *name, size_t m)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *above = rows[0], *row = rows[1], *two = rows[2], *t;
	size_t i, j;

	for (j = 0; j <= m; j++)
		above[j] = (unsigned)j;
	for (i = 1; i <= len; i++) {
		row[0] = (unsigned)i;
		for (j = 1; j <= m; j++) {
			unsigned same = lower(word[i - 1]) == lower(name[j - 1]) ? 0 : 1;

			row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + same);
			if (i > 1 && j > 1 && lower(word[i - 1]) == lower(name[j - 2]) &&
			    lower(word[i - 2]) == lower(name[j - 1]))
				row[j] = least(row[j], two[j - 2] + 1);
		}
		t = two;
		two = above;
		above = row;
		row = t;
	}
	return above[m];
}

const char *
weir_near(const char *word, size_t len, const char *const *names, size_t n)
{
	const char *best = NULL;
	unsigned limit = len < 6 ? 1 : (unsigned)(len / 3), d;
	size_t i;

	if (len > LONGEST)
		return NULL;
	for (i = 0; i < n; i++) {
		size_t m = strlen(names[i]);

		if (m > LONGEST)
			continue;
		d = distance(word, len, names[i], m);
		if (d <= limit) {
			best = names[i];
			limit = d == 0 ? 0 : d - 1;
			if (d == 0)
				break;
		}
	}
	return best;
}
