/*
 * agg - see agg.h
 */
#include "time/agg.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/num.h"
#include "text/order.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct weir_agg_ops {
	const char *word;
	enum { NEVER, MAYBE, ALWAYS } path;   /* takes one */
	const char *wants;                    /* of a value; NULL: anything */
	size_t size;
	int (*add)(void *cell, const struct weir_value *v);  /* v: neither null nor absent */
	/* Appends the result's bytes; returns its type. */
	uint8_t (*result)(const struct weir_agg *a, const void *cell, struct weir_buf *b);
	void (*clear)(void *cell);
};

static int
number(const struct weir_value *v, struct weir_num *n)
{
	int64_t i;

	if (v->type != WEIR_NUMBER)
		return -1;
	if (weir_num_small(v->p, v->len, &i)) {
		*n = weir_num_int(i);
		return 0;
	}
	return weir_num_parse(n, v->p, v->len);
}

static uint8_t
put_number(struct weir_buf *b, const struct weir_num *n)
{
	char text[WEIR_NUM_TEXT];

	weir_buf_put(b, text, weir_num_format(n, text));
	return WEIR_NUMBER;
}

static int
count_add(void *cell, const struct weir_value *v)
{
	(void)v;
	++*(uint64_t *)cell;
	return 0;
}

static uint8_t
count_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_buf_printf(b, "%" PRIu64, *(const uint64_t *)cell);
	return WEIR_NUMBER;
}

struct sum {
	struct weir_num sum;
	uint64_t n;
};

/* Integers that a sum of integers can take without a look at its digits: both stay far below 10^38. */
#define SUM_ROOM ((weir_i128)1 << 120)

static int
sum_add(void *cell, const struct weir_value *v)
{
	struct sum *s = cell;
	struct weir_num n;
	int64_t i;

	if (v->type != WEIR_NUMBER)
		return -1;
	if (s->sum.scale == 0 && !s->sum.inexact && weir_num_small(v->p, v->len, &i) &&
	    s->sum.m < SUM_ROOM && s->sum.m > -SUM_ROOM) {
		s->sum.m += i;
	} else {
		if (number(v, &n) != 0)
			return -1;
		s->sum = weir_num_add(&s->sum, &n);
	}
	s->n++;
	return 0;
}

static uint8_t
sum_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct sum *s = cell;

	(void)a;
	return s->n == 0 ? WEIR_NULL : put_number(b, &s->sum);
}

static uint8_t
avg_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct sum *s = cell;
	struct weir_num mean;

	(void)a;
	if (s->n == 0)
		return WEIR_NULL;
	mean = weir_num_dbl(weir_num_mean(&s->sum, s->n));
	return put_number(b, &mean);
}

/* A value that is kept: small ones in place. */
struct kept {
	unsigned char *p;        /* heap, or NULL: in place */
	uint32_t len;
	uint8_t type;            /* 0: none yet */
	unsigned char bytes[35];
};

static void
kept_value(const struct kept *k, struct weir_value *v)
{
	v->type = k->type;
	v->len = k->len;
	v->p = k->p != NULL ? k->p : k->bytes;
}

static void
keep(struct kept *k, const struct weir_value *v)
{
	struct weir_value now = *v;
	unsigned char time[8];

	if (v->type == WEIR_TIME) {
		weir_store64(time, (uint64_t)v->time);
		now.p = time;
		now.len = sizeof(time);
	}
	free(k->p);
	k->p = now.len > sizeof(k->bytes) ? weir_mem_dup(now.p, now.len) : NULL;
	if (k->p == NULL)
		memcpy(k->bytes, now.p, now.len);
	k->len = now.len;
	k->type = now.type;
}

static int
extreme_add(void *cell, const struct weir_value *v, int sign)
{
	struct kept *k = cell;
	struct weir_value old;

	if (k->type != 0) {
		kept_value(k, &old);
		if (old.type == WEIR_TIME)
			old.time = (int64_t)weir_load64(old.p);
		if (weir_order_compare(v, &old) * sign <= 0)
			return 0;
	}
	keep(k, v);
	return 0;
}

static int
min_add(void *cell, const struct weir_value *v)
{
	return extreme_add(cell, v, -1);
}

static int
max_add(void *cell, const struct weir_value *v)
{
	return extreme_add(cell, v, 1);
}

static uint8_t
kept_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct kept *k = cell;
	struct weir_value v;

	(void)a;
	kept_value(k, &v);
	weir_buf_put(b, v.p, v.len);
	return k->type == 0 ? WEIR_NULL : k->type;
}

static void
kept_clear(void *cell)
{
	free(((struct kept *)cell)->p);
}

static int
quantile_add(void *cell, const struct weir_value *v)
{
	struct weir_num n;

	if (number(v, &n) != 0)
		return -1;
	weir_quantile_add(cell, &n);
	return 0;
}

static uint8_t
quantile_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct weir_quantile *q = cell;
	struct weir_num v;

	if (q->n == 0)
		return WEIR_NULL;
	v = weir_quantile_get(q, a->rank);
	return put_number(b, &v);
}

static void
quantile_clear(void *cell)
{
	weir_quantile_release(cell);
}

static const char a_number[] = "a number";

static const struct weir_agg_ops all[] = {
    {"count", MAYBE, NULL, sizeof(uint64_t), count_add, count_result, NULL},
    {"sum", ALWAYS, a_number, sizeof(struct sum), sum_add, sum_result, NULL},
    {"avg", ALWAYS, a_number, sizeof(struct sum), sum_add, avg_result, NULL},
    {"min", ALWAYS, NULL, sizeof(struct kept), min_add, kept_result, kept_clear},
    {"max", ALWAYS, NULL, sizeof(struct kept), max_add, kept_result, kept_clear},
    {"median", ALWAYS, a_number, sizeof(struct weir_quantile), quantile_add, quantile_result,
        quantile_clear},
    {"p", ALWAYS, a_number, sizeof(struct weir_quantile), quantile_add, quantile_result,
        quantile_clear},
};

const char *const weir_agg_words[] = {"count", "sum", "avg", "min", "max", "median", "p50", "p90",
    "p95", "p99", "p99.9", NULL};

#define NWORDS (sizeof(weir_agg_words) / sizeof(weir_agg_words[0]) - 1)

/* "99.9" to 999/1000. -1 unless it lies in [0, 100] with at most 4 decimals. */
static int
parse_rank(const char *s, size_t len, struct weir_quantile_rank *rank)
{
	uint32_t num = 0, den = 100;
	size_t i;
	int point = 0;

	for (i = 0; i < len; i++) {
		if (s[i] == '.' && !point && i > 0 && i + 1 < len) {
			point = 1;
			continue;
		}
		if (s[i] < '0' || s[i] > '9' || num > 1000000 || (point && den >= 1000000))
			return -1;
		num = num * 10 + (uint32_t)(s[i] - '0');
		if (point)
			den *= 10;
	}
	*rank = (struct weir_quantile_rank){num, den};
	return len > 0 && num <= den ? 0 : -1;
}

static const struct weir_agg_ops *
find(const char *word, size_t len, struct weir_quantile_rank *rank)
{
	size_t i;

	*rank = (struct weir_quantile_rank){1, 2};
	for (i = 0; i < sizeof(all) / sizeof(all[0]) - 1; i++)
		if (strlen(all[i].word) == len && memcmp(all[i].word, word, len) == 0)
			return &all[i];
	return len > 1 && word[0] == 'p' && parse_rank(word + 1, len - 1, rank) == 0 ? &all[i] : NULL;
}

/* The default name: the word and the path's last name, "sum_bytes"; "p99_9_x" of p99.9:.x. */
static char *
default_name(const char *word, size_t len, const struct weir_agg *a)
{
	struct weir_buf b = {0};
	size_t i;

	for (i = 0; i < len; i++)
		weir_buf_putc(&b, word[i] == '.' ? '_' : word[i]);
	if (a->has_path) {
		const struct weir_path_step *last = weir_path_last(&a->path);

		weir_buf_putc(&b, '_');
		weir_buf_put(&b, last->name, last->len);
	}
	return weir_buf_cstr(&b);
}

static int
parse_path(struct weir_agg *a, const char *word, size_t len, const char *path, struct weir_buf *why)
{
	const char *fault;

	if (path == NULL && a->ops->path == ALWAYS)
		return weir_buf_printf(why, "%.*s needs a field: %.*s:.field", (int)len, word, (int)len, word), -1;
	if (path == NULL)
		return 0;
	if (weir_path_parse(&a->path, path, strlen(path), &fault) != strlen(path)) {
		weir_buf_printf(why, "\"%s\": %s", path, a->path.n > 0 ? "one path only" : fault);
		return -1;
	}
	a->has_path = true;
	return 0;
}

int
weir_agg_parse(struct weir_agg *a, const char *s, struct weir_buf *why)
{
	const char *eq = strchr(s, '='), *colon, *word = s;
	size_t len;

	memset(a, 0, sizeof(*a));
	colon = strchr(s, ':');
	if (eq != NULL && (colon == NULL || eq < colon)) {
		if (eq == s)
			return weir_buf_puts(why, "a name is missing before \"=\""), -1;
		word = eq + 1;
		colon = strchr(word, ':');
	}
	len = colon != NULL ? (size_t)(colon - word) : strlen(word);
	if ((a->ops = find(word, len, &a->rank)) == NULL) {
		const char *near = weir_near(word, len, weir_agg_words, NWORDS);

		weir_buf_printf(why, "no aggregate \"%.*s\"", (int)len, word);
		if (near != NULL)
			weir_buf_printf(why, "; did you mean \"%s\"?", near);
		return -1;
	}
	if (parse_path(a, word, len, colon != NULL ? colon + 1 : NULL, why) != 0)
		return -1;
	a->text = weir_mem_strdup(s);
	a->name = word != s ? weir_mem_dup(s, (size_t)(eq - s)) : default_name(word, len, a);
	return 0;
}

void
weir_agg_release(struct weir_agg *a)
{
	if (a->has_path)
		weir_path_release(&a->path);
	free(a->text);
	free(a->name);
	memset(a, 0, sizeof(*a));
}

size_t
weir_agg_layout(struct weir_agg *list, unsigned n)
{
	size_t off = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		list[i].off = off;
		off += (list[i].ops->size + 15) / 16 * 16;
	}
	return off;
}

int
weir_agg_add(struct weir_agg *a, void *cell, const struct weir_record *r)
{
	struct weir_value v;

	if (!a->has_path)
		return a->ops->add((char *)cell + a->off, NULL);
	weir_path_get(&a->path, r, &v);
	if (v.type <= WEIR_NULL)
		return 0;
	return a->ops->add((char *)cell + a->off, &v);
}

void
weir_agg_results(const struct weir_agg *list, unsigned n, const void *cell, struct weir_value *v,
    struct weir_buf *b)
{
	size_t start = b->len;
	unsigned i;

	for (i = 0; i < n; i++) {
		size_t before = b->len;

		v[i].type = list[i].ops->result(&list[i], (const char *)cell + list[i].off, b);
		v[i].len = (uint32_t)(b->len - before);
	}
	for (i = 0; i < n; i++) {
		const unsigned char *p = b->p + start;

		start += v[i].len;
		if (v[i].type == WEIR_TIME)
			v[i].time = (int64_t)weir_load64(p);
		else
			v[i].p = p;
	}
}

void
weir_agg_clear(const struct weir_agg *list, unsigned n, void *cell)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (list[i].ops->clear != NULL)
			list[i].ops->clear((char *)cell + list[i].off);
}

const char *
weir_agg_wants(const struct weir_agg *a)
{
	return a->ops->wants;
}
