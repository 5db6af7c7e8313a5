/*
 * num - the room base/num.h on standard input: a command a line, an answer a line
 *
 *   parse TEXT      span TEXT       small TEXT
 *   fmt N           trim N          double N        cut N       neg N
 *   mean N COUNT    cmp N N         add N N (sub mul div mod)
 *
 * N is a text for weir_num_parse, or a double as d:HEX. A number is answered as
 * "e SIGN HIGH LOW SCALE" (the digits as two 64-bit words in hex) or "d HEX".
 */
#include "base/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct weir_num
read_num(const char *s)
{
	struct weir_num n;

	if (strncmp(s, "d:", 2) == 0)
		return weir_num_dbl(strtod(s + 2, NULL));
	if (weir_num_parse(&n, s, strlen(s)) < 0) {
		fprintf(stderr, "num: no number: %s\n", s);
		exit(2);
	}
	return n;
}

static void
print_num(struct weir_num n)
{
	weir_u128 m = weir_num_magnitude(n.m);

	if (n.inexact)
		printf("d %a\n", n.d);
	else
		printf("e %c %" PRIx64 " %" PRIx64 " %d\n", n.m < 0 ? '-' : '+',
		    (uint64_t)(m >> 64), (uint64_t)m, n.scale);
}

/* The commands whose argument is any text. */
static int
on_text(const char *cmd, const char *text, size_t len)
{
	struct weir_num n;
	int64_t value;

	if (strcmp(cmd, "parse") == 0) {
		if (weir_num_parse(&n, text, len) == 0)
			print_num(n);
		else
			puts("no");
	} else if (strcmp(cmd, "span") == 0) {
		printf("%zu\n", weir_num_span(text, len));
	} else if (strcmp(cmd, "small") == 0) {
		if (weir_num_small((const unsigned char *)text, len, &value))
			printf("%" PRId64 "\n", value);
		else
			puts("no");
	} else {
		return 0;
	}
	return 1;
}

static int
on_one(const char *cmd, struct weir_num a)
{
	char buf[WEIR_NUM_TEXT];

	if (strcmp(cmd, "fmt") == 0) {
		if (weir_num_format(&a, buf) != strlen(buf))
			puts("length");
		puts(buf);
	} else if (strcmp(cmd, "trim") == 0) {
		weir_num_trim(&a);
		print_num(a);
	} else if (strcmp(cmd, "double") == 0) {
		printf("%a\n", weir_num_double(&a));
	} else if (strcmp(cmd, "cut") == 0) {
		printf("%" PRId64 "\n", weir_num_cut(&a));
	} else if (strcmp(cmd, "neg") == 0) {
		print_num(weir_num_neg(&a));
	} else {
		return 0;
	}
	return 1;
}

static int
on_two(const char *cmd, struct weir_num a, const char *second)
{
	static const struct {
		const char *name;
		struct weir_num (*call)(const struct weir_num *, const struct weir_num *);
	} table[] = {
		{ "add", weir_num_add }, { "sub", weir_num_sub }, { "mul", weir_num_mul },
		{ "div", weir_num_div }, { "mod", weir_num_mod },
	};
	struct weir_num b;

	if (strcmp(cmd, "mean") == 0) {
		printf("%a\n", weir_num_mean(&a, strtoull(second, NULL, 10)));
		return 1;
	}
	b = read_num(second);
	if (strcmp(cmd, "cmp") == 0) {
		printf("%d\n", weir_num_cmp(&a, &b));
		return 1;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(cmd, table[i].name) == 0) {
			print_num(table[i].call(&a, &b));
			return 1;
		}
	return 0;
}

int
main(void)
{
	char *line = NULL, *arg, *second;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if ((arg = strchr(line, ' ')) == NULL)
			return 2;
		*arg++ = '\0';
		if (on_text(line, arg, (size_t)(line + len - arg)))
			continue;
		if ((second = strchr(arg, ' ')) != NULL)
			*second++ = '\0';
		if (second == NULL ? !on_one(line, read_num(arg)) :
		    !on_two(line, read_num(arg), second))
			return 2;
	}
	free(line);
	return fflush(stdout) != 0;
}
