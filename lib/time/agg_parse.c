/*
 * agg_parse - an aggregate as it is written: [NAME=]WORD[:PATH[:PATH or ARGUMENT]][?EXPR]
 */
#include "base/mem.h"
#include "base/near.h"
#include "base/units.h"
#include "time/agg_ops.h"

#include <stdlib.h>
#include <string.h>

#define TOP_MAX 1000
#define LIST_MAX 1000000
#define LIST_DEFAULT 1000

const char *const weir_agg_words[] = {"count", "rate", "sum", "avg", "var", "stddev", "min", "max", "first",
    "last", "argmin", "argmax", "delta", "ewma", "corr", "median", "p50", "p90", "p95", "p99", "p99.9", "distinct",
    "top5", "top10", "list", "set", "hist", NULL};

#define NWORDS (sizeof(weir_agg_words) / sizeof(weir_agg_words[0]) - 1)

/* A piece of the text. */
struct piece {
	const char *p;
	size_t len;
};

/* "99.9" to 999/1000. -1 unless it lies in [0, 100] with at most 4 decimals. */
static int
parse_rank(struct piece s, struct weir_quantile_rank *rank)
{
	uint32_t num = 0, den = 100;
	size_t i;
	int dot = 0;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '.' && !dot && i > 0 && i + 1 < s.len) {
			dot = 1;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9' || num > 1000000 || (dot && den >= 1000000))
			return -1;
		num = num * 10 + (uint32_t)(s.p[i] - '0');
		if (dot)
			den *= 10;
	}
	*rank = (struct weir_quantile_rank){num, den};
	return s.len > 0 && num <= den ? 0 : -1;
}

/* A whole number from 1 to max. */
static int
parse_count(struct piece s, uint64_t max, uint64_t *n)
{
	size_t i;

	*n = 0;
	for (i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || (*n = *n * 10 + (uint64_t)(s.p[i] - '0')) > max)
			return -1;
	}
	return *n > 0 ? 0 : -1;
}

/* Whether the word is this one's, number and all. */
static bool
is_word(struct weir_agg *a, const struct weir_agg_ops *ops, struct piece word)
{
	size_t len = strlen(ops->word);
	struct piece rest = {word.p + len, word.len - len};

	if (word.len < len || memcmp(word.p, ops->word, len) != 0)
		return false;
	switch (ops->number) {
	case WEIR_AGG_OPS_RANK: return parse_rank(rest, &a->rank) == 0;
	case WEIR_AGG_OPS_COUNT: return parse_count(rest, TOP_MAX, &a->limit) == 0;
	default: return rest.len == 0;
	}
}

static const struct weir_agg_ops *
find(struct weir_agg *a, struct piece word)
{
	const struct weir_agg_ops *const all[] = {weir_agg_numbers, weir_agg_kept, weir_agg_many};
	const struct weir_agg_ops *ops;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		for (ops = all[i]; ops->word != NULL; ops++)
			if (is_word(a, ops, word))
				return ops;
	return NULL;
}

/* The default name: the word and the paths' last names, "sum_bytes"; "p99_9_x" of p99.9:.x. */
static char *
default_name(struct piece word, const struct weir_agg *a)
{
	struct weir_buf b = {0};
	size_t i;

	for (i = 0; i < word.len; i++)
		weir_buf_putc(&b, word.p[i] == '.' ? '_' : word.p[i]);
	for (i = 0; i < a->npaths; i++) {
		const struct weir_path_step *last = weir_path_last(&a->path[i]);

		weir_buf_putc(&b, '_');
		weir_buf_put(&b, last->name, last->len);
	}
	return weir_buf_cstr(&b);
}

/* Up to the next colon or question mark that is not inside quotes. */
static struct piece
next_piece(const char *s)
{
	bool quoted = false;
	size_t i;

	for (i = 0; s[i] != '\0'; i++) {
		if (quoted && s[i] == '\\' && s[i + 1] != '\0')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == ':' || s[i] == '?'))
			break;
	}
	return (struct piece){s, i};
}

static int
parse_path(struct weir_agg *a, struct piece s, struct weir_buf *why)
{
	struct weir_path *path = &a->path[a->npaths];
	const char *fault = "";

	if (s.len == 0) {
		weir_buf_puts(why, "a path is missing behind the colon");
		return -1;
	}
	if (weir_path_parse(path, s.p, s.len, &fault) != s.len) {
		weir_buf_printf(why, "\"%.*s\": %s", (int)s.len, s.p, path->n > 0 ? "one path only" : fault);
		weir_path_release(path);
		return -1;
	}
	a->npaths++;
	return 0;
}

static int
parse_half_life(struct weir_agg *a, struct piece s, struct weir_buf *why)
{
	char *text = weir_mem_dup(s.p, s.len);
	const char *fault = "it is 0";
	int rc = weir_units_duration(text, &a->half, &fault);

	if (rc != 0 || a->half == 0)
		weir_buf_printf(why, "\"%s\" is no half-life: %s", text, fault);
	free(text);
	return rc != 0 || a->half == 0 ? -1 : 0;
}

/* What a word needs, in words. */
static const char *const usage[] = {
	[WEIR_AGG_OPS_NOTHING] = "", [WEIR_AGG_OPS_MAYBE_PATH] = "[:.field]", [WEIR_AGG_OPS_PATH] = ":.field",
	[WEIR_AGG_OPS_TWO_PATHS] = ":.field:.field", [WEIR_AGG_OPS_PATH_DURATION] = ":.field:DURATION",
	[WEIR_AGG_OPS_PATH_LIMIT] = ":.field[:LIMIT]",
};

/* The pieces behind the word. */
static int
parse_pieces(struct weir_agg *a, struct piece word, const struct piece *s, unsigned n, struct weir_buf *why)
{
	enum weir_agg_ops_takes takes = a->ops->takes;
	unsigned least = takes == WEIR_AGG_OPS_TWO_PATHS || takes == WEIR_AGG_OPS_PATH_DURATION ? 2
	    : takes == WEIR_AGG_OPS_PATH || takes == WEIR_AGG_OPS_PATH_LIMIT                    ? 1
	                                                                                        : 0;
	unsigned most = takes == WEIR_AGG_OPS_MAYBE_PATH ? 1 : takes == WEIR_AGG_OPS_PATH_LIMIT ? 2 : least;

	if (n < least || n > most) {
		const char *fault = n > most ? "takes no more than" : least == 1 && n == 0 ? "needs a field:" : "needs";

		weir_buf_printf(why, "%.*s %s %.*s%s", (int)word.len, word.p, fault, (int)word.len, word.p, usage[takes]);
		return -1;
	}
	if (n > 0 && parse_path(a, s[0], why) != 0)
		return -1;
	if (takes == WEIR_AGG_OPS_TWO_PATHS)
		return parse_path(a, s[1], why);
	if (takes == WEIR_AGG_OPS_PATH_DURATION)
		return parse_half_life(a, s[1], why);
	if (takes != WEIR_AGG_OPS_PATH_LIMIT)
		return 0;
	a->limit = LIST_DEFAULT;
	if (n == 2 && parse_count(s[1], LIST_MAX, &a->limit) != 0) {
		weir_buf_printf(why, "\"%.*s\" is no number from 1 to %d", (int)s[1].len, s[1].p, LIST_MAX);
		return -1;
	}
	return 0;
}

static int
parse_test(struct weir_agg *a, const char *s, struct weir_buf *why)
{
	const struct weir_expr_conf conf = {0};
	struct weir_expr_fault fault = {0};

	if (s[strspn(s, " \t\r\n")] == '\0')
		return weir_buf_puts(why, "an expression is missing behind \"?\""), -1;
	a->test = weir_expr_compile(s, strlen(s), &conf, &fault);
	a->test_text = weir_mem_strdup(s);
	if (a->test == NULL) {
		weir_buf_printf(why, "\"%s\": %s", s, weir_buf_cstr(&fault.what));
		if (fault.hint.len > 0)
			weir_buf_printf(why, "; %s", weir_buf_cstr(&fault.hint));
	}
	weir_buf_release(&fault.what);
	weir_buf_release(&fault.hint);
	return a->test == NULL ? -1 : 0;
}

/* What others call them. */
static const char *const others[][2] = {{"mean", "avg"}, {"average", "avg"}, {"total", "sum"}, {"std", "stddev"},
    {"variance", "var"}, {"unique", "distinct"}, {"uniq", "distinct"}, {"cardinality", "distinct"}, {"percentile", "p95"},
    {"quantile", "p95"}, {"histogram", "hist"}, {"latest", "last"}, {"earliest", "first"}, {"array", "list"}, {"n", "count"}};

static int
refuse_word(struct piece word, struct weir_buf *why)
{
	const char *near = weir_near(word.p, word.len, weir_agg_words, NWORDS), *paren = memchr(word.p, '(', word.len);
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strlen(others[i][0]) == word.len && memcmp(others[i][0], word.p, word.len) == 0)
			near = others[i][1];
	weir_buf_printf(why, "no aggregate \"%.*s\"", (int)word.len, word.p);
	if (paren != NULL && paren > word.p)
		weir_buf_printf(why, "; it is written WORD:PATH, as sum:.bytes");
	else if (word.len == 0)
		weir_buf_puts(why, "; a word is missing, as sum in NAME=sum:.bytes");
	else if (memchr(word.p, ' ', word.len) != NULL)
		weir_buf_puts(why, "; a condition is written count?.status>=500");
	else if (*word.p == '.')
		weir_buf_puts(why, "; a path stands behind a word: NAME=sum:.bytes");
	else if (memchr(word.p, ',', word.len) != NULL)
		weir_buf_puts(why, "; blanks stand between aggregates");
	else if (word.len > 3 && memcmp(word.p, "top", 3) == 0 && strspn(word.p + 3, "0123456789") == word.len - 3)
		weir_buf_printf(why, "; top1 to top%d", TOP_MAX);
	else if (near != NULL)
		weir_buf_printf(why, "; did you mean \"%s\"?", near);
	return -1;
}

/* What follows the name. */
static int
parse(struct weir_agg *a, const char *s, struct piece *word, struct weir_buf *why)
{
	struct piece s_of[3];
	unsigned n = 0;

	*word = next_piece(s);
	a->rank = (struct weir_quantile_rank){1, 2};
	if ((a->ops = find(a, *word)) == NULL)
		return refuse_word(*word, why);
	for (s += word->len; *s == ':'; s += s_of[n - 1].len) {
		if (n == 3)
			n = 2;
		s_of[n++] = next_piece(++s);
	}
	if (parse_pieces(a, *word, s_of, n, why) != 0)
		return -1;
	return *s == '?' ? parse_test(a, s + 1, why) : 0;
}

int
weir_agg_parse(struct weir_agg *a, const char *s, bool exact, struct weir_buf *why)
{
	size_t eq = strcspn(s, "=:?");
	bool named = s[eq] == '=';
	struct piece word;

	memset(a, 0, sizeof(*a));
	a->exact = exact;
	if (named && eq == 0)
		return weir_buf_puts(why, "a name is missing before \"=\""), -1;
	if (parse(a, named ? s + eq + 1 : s, &word, why) != 0) {
		weir_agg_release(a);
		return -1;
	}
	if (exact && a->ops->exact != NULL)
		a->ops = a->ops->exact;
	a->text = weir_mem_strdup(s);
	a->name = named ? weir_mem_dup(s, eq) : default_name(word, a);
	return 0;
}

void
weir_agg_release(struct weir_agg *a)
{
	while (a->npaths > 0) {
		weir_path_release(&a->path[--a->npaths]);
		weir_slip_release(&a->slip[a->npaths]);
	}
	if (a->test != NULL)
		weir_expr_free(a->test);
	weir_buf_release(&a->scratch);
	free(a->test_text);
	free(a->text);
	free(a->name);
	memset(a, 0, sizeof(*a));
}
