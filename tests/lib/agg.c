/*
 * agg - the room time/agg.h on standard input: commands, tab-separated
 *
 *   use [exact] SPEC...    these aggregates; no cells are left
 *   add CELL TIME X Y      a record with the fields x and y, as JSON, or - for absent; TIME in ns or -
 *   merge A B              adds cell B to A; B is empty afterwards
 *   again A                saves cell A, loads it in its place, and checks that it is saved as the same bytes
 *   damage A SEED          loads what saving A gave, with a byte changed: anything but a crash will do
 *   get A START END        the results for this window, a JSON array
 *
 * A record that is bad is answered with "bad" and the reason; get with its line.
 */
#include "base/buf.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/scan.h"
#include "text/json.h"
#include "text/value.h"
#include "time/agg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS 64
#define AGGS 64
#define WORDS 80

static struct weir_agg list[AGGS];
static unsigned n;
static size_t size;
static unsigned char *cells[CELLS];
static struct weir_shape *shape;
static bool damage;

static void
drop(unsigned c)
{
	if (cells[c] != NULL)
		weir_agg_clear(list, n, cells[c]);
	free(cells[c]);
	cells[c] = NULL;
}

static unsigned char *
cell(const char *word)
{
	unsigned c = (unsigned)atoi(word) % CELLS;

	if (cells[c] == NULL)
		cells[c] = weir_mem_zalloc(1, size + 16);
	return cells[c];
}

static void
drop_all(void)
{
	unsigned i;

	for (i = 0; i < CELLS; i++)
		drop(i);
	for (i = 0; i < n; i++)
		weir_agg_release(&list[i]);
	n = 0;
}

static int
use(char **words, unsigned k)
{
	bool exact = k > 0 && strcmp(words[0], "exact") == 0;
	struct weir_buf why = {0};
	unsigned i;

	drop_all();
	for (i = exact; i < k; i++, n++)
		if (weir_agg_parse(&list[n], words[i], exact, &why) != 0) {
			printf("no: %s\n", weir_buf_cstr(&why));
			weir_buf_release(&why);
			return 0;
		}
	size = weir_agg_layout(list, n);
	return 0;
}

static void
read_value(struct weir_value *v, const char *word)
{
	struct weir_json_fault fault;
	size_t len = strlen(word);

	v->type = WEIR_ABSENT;
	v->len = 0;
	v->p = (const unsigned char *)word;
	if (strcmp(word, "-") != 0 && weir_json_read(v->p, v->p + len, v, &fault) == NULL)
		exit(3);
}

static int
add(char **words)
{
	struct weir_value v[2];
	struct weir_buf why = {0};
	struct weir_record r = {.damage = &damage};
	unsigned char *p;
	int64_t time = strcmp(words[1], "-") == 0 ? WEIR_TIME_NONE : strtoll(words[1], NULL, 10);
	size_t bytes;
	unsigned i;

	read_value(&v[0], words[2]);
	read_value(&v[1], words[3]);
	bytes = weir_record_weigh(v, 2);
	p = weir_mem_alloc(weir_record_bound(2, 0, bytes));
	bytes = weir_record_encode_values(p, shape->id, 2, time, v, bytes);
	if (weir_record_open(&r, p, bytes) != 0 || weir_record_bind(&r, shape) != 0)
		return 3;
	for (i = 0; i < n; i++)
		if (weir_agg_add(&list[i], 1, cell(words[0]), &r) != 0) {
			weir_buf_clear(&why);
			weir_agg_why(&list[i], &why);
			printf("bad %s\n", weir_buf_cstr(&why));
		}
	free(p);
	weir_buf_release(&why);
	return 0;
}

/* The state of a cell, and as bytes to compare. */
static void
save(const char *word, struct weir_value *v, struct weir_buf *b)
{
	unsigned i;

	weir_agg_save(list, n, cell(word), v, b);
	for (i = 0; i < n; i++)
		weir_buf_putc(b, v[i].type);
}

static int
again(const char *word)
{
	struct weir_value v[AGGS], w[AGGS];
	struct weir_buf before = {0}, after = {0};
	unsigned i;
	int rc;

	for (i = 0; i < n; i++)
		list[i].arrival = list[i].arrival > 1 ? list[i].arrival : 1;
	save(word, v, &before);
	/* The bytes may have moved when the types were put behind them. */
	weir_buf_clear(&before);
	save(word, v, &before);
	drop((unsigned)atoi(word) % CELLS);
	rc = weir_agg_load(list, n, cell(word), v);
	save(word, w, &after);
	if (rc == 0 && (before.len != after.len || memcmp(before.p, after.p, before.len) != 0))
		rc = -1;
	if (rc != 0)
		printf("a state was not loaded as it was saved: %.*s\n", (int)before.len, (char *)before.p);
	weir_buf_release(&before);
	weir_buf_release(&after);
	return rc != 0 ? 3 : 0;
}

static int
spoil(const char *word, unsigned seed)
{
	struct weir_value v[AGGS];
	struct weir_buf b = {0};
	unsigned char *other = weir_mem_zalloc(1, size + 16);
	unsigned i;

	weir_agg_save(list, n, cell(word), v, &b);
	if (b.len > 0)
		b.p[seed % b.len] = (unsigned char)(seed / 7);
	for (i = 0; i < n; i++)
		if (seed % 5 == i % 5 && v[i].type != WEIR_TIME)
			v[i].len /= 2;
	/* What the cell owns is to be freed in either case. */
	weir_agg_load(list, n, other, v);
	weir_agg_clear(list, n, other);
	free(other);
	weir_buf_release(&b);
	return 0;
}

static int
get(char **words)
{
	struct weir_value v[AGGS];
	struct weir_buf b = {0}, json = {0};
	unsigned i;

	weir_agg_window(list, n, strtoll(words[1], NULL, 10), strtoll(words[2], NULL, 10));
	weir_agg_results(list, n, cell(words[0]), v, &b);
	weir_buf_putc(&json, '[');
	for (i = 0; i < n; i++) {
		weir_buf_puts(&json, i > 0 ? "," : "");
		weir_value_json(&json, &v[i], true);
	}
	printf("%s]\n", weir_buf_cstr(&json));
	weir_buf_release(&b);
	weir_buf_release(&json);
	return 0;
}

static int
answer(char **words, unsigned k)
{
	if (strcmp(words[0], "use") == 0)
		return use(words + 1, k - 1);
	if (strcmp(words[0], "add") == 0 && k == 5)
		return add(words + 1);
	if (strcmp(words[0], "again") == 0 && k == 2)
		return again(words[1]);
	if (strcmp(words[0], "damage") == 0 && k == 3)
		return spoil(words[1], (unsigned)strtoul(words[2], NULL, 10));
	if (strcmp(words[0], "get") == 0 && k == 4)
		return get(words + 1);
	if (strcmp(words[0], "merge") != 0 || k != 3)
		return 2;
	weir_agg_merge(list, n, cell(words[1]), cell(words[2]));
	drop((unsigned)atoi(words[2]) % CELLS);
	return 0;
}

int
main(void)
{
	static const struct weir_name names[] = {
		{(const unsigned char *)"x", 1}, {(const unsigned char *)"y", 1}};
	static char line[1 << 20];
	char *words[WORDS], *rest;
	int rc = 0;

	shape = weir_shape_new(WEIR_FORMAT_JSON, 0, names, 2);
	while (rc == 0 && fgets(line, sizeof(line) - WEIR_SCAN_PAD, stdin) != NULL) {
		unsigned k = 0;

		line[strcspn(line, "\n")] = '\0';
		for (rest = line; rest != NULL && k < WORDS; k++) {
			words[k] = rest;
			if ((rest = strchr(rest, '\t')) != NULL)
				*rest++ = '\0';
		}
		rc = answer(words, k);
	}
	drop_all();
	weir_shape_free(shape);
	return rc != 0 ? rc : fflush(stdout) != 0;
}
