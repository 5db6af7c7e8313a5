/*
 * agg - see agg.h
 */
#include "time/agg.h"
#include "base/mem.h"
#include "base/near.h"
#include "time/agg_ops.h"

#include <stdlib.h>
#include <string.h>

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
	for (i = 0; i < WEIR_AGG_OPS - 1; i++)
		if (strlen(weir_agg_ops_all[i].word) == len && memcmp(weir_agg_ops_all[i].word, word, len) == 0)
			return &weir_agg_ops_all[i];
	return len > 1 && word[0] == 'p' && parse_rank(word + 1, len - 1, rank) == 0 ? &weir_agg_ops_all[i] : NULL;
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

	if (path == NULL && a->ops->path == WEIR_AGG_OPS_ALWAYS)
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

/* The values' bytes lie one behind the other from `start`; b may have moved while they were made. */
static void
point(struct weir_value *v, unsigned n, const struct weir_buf *b, size_t start)
{
	unsigned i;

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
	point(v, n, b, start);
}

void
weir_agg_save(const struct weir_agg *list, unsigned n, const void *cell, struct weir_value *v,
    struct weir_buf *b)
{
	size_t start = b->len;
	unsigned i;

	for (i = 0; i < n; i++) {
		size_t before = b->len;

		v[i].type = list[i].ops->save((const char *)cell + list[i].off, b);
		v[i].len = (uint32_t)(b->len - before);
	}
	point(v, n, b, start);
}

int
weir_agg_load(const struct weir_agg *list, unsigned n, void *cell, const struct weir_value *v)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (list[i].ops->load((char *)cell + list[i].off, &v[i]) != 0)
			return -1;
	return 0;
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
