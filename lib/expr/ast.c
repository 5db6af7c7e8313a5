/*
 * ast - see ast.h. Memory is taken in blocks and given back all at once, so that
 * a tree of any depth is freed without recursion.
 */
#include "expr/ast.h"
#include "base/mem.h"
#include "base/scan.h"

#include <stdalign.h>
#include <stdlib.h>

#define BLOCK 4096

struct weir_ast_block {
	struct weir_ast_block *next;
	size_t used, size;
	max_align_t p[];
};

struct weir_ast_regex {
	struct weir_ast_regex *next;
	struct weir_regex *re;
};

void
weir_ast_release(struct weir_ast *ast)
{
	struct weir_ast_regex *r;
	struct weir_ast_block *b;

	for (r = ast->regexes; r != NULL; r = r->next)
		weir_regex_free(r->re);
	while ((b = ast->blocks) != NULL) {
		ast->blocks = b->next;
		free(b);
	}
	*ast = (struct weir_ast){0};
}

void *
weir_ast_alloc(struct weir_ast *ast, size_t n)
{
	struct weir_ast_block *b = ast->blocks;
	void *p;

	n = (n + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	if (b == NULL || b->size - b->used < n) {
		size_t size = n > BLOCK ? n : BLOCK;

		b = weir_mem_zalloc(1, sizeof(*b) + size);
		b->next = ast->blocks;
		b->size = size;
		ast->blocks = b;
	}
	p = (char *)b->p + b->used;
	b->used += n;
	return p;
}

/* Doubled when n is a power of two. */
void *
weir_ast_grow(struct weir_ast *ast, void *p, uint32_t n, size_t size)
{
	void *q;

	if (n > 0 && (n & (n - 1)) != 0)
		return p;
	q = weir_ast_alloc(ast, (n > 0 ? 2 * (size_t)n : 1) * size);
	if (n > 0)
		memcpy(q, p, n * size);
	return q;
}

char *
weir_ast_copy(struct weir_ast *ast, const void *p, size_t len)
{
	char *copy = weir_ast_alloc(ast, len + 1 + WEIR_SCAN_PAD);

	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

struct weir_node *
weir_ast_node(struct weir_ast *ast, enum weir_node_kind kind, size_t at, size_t span)
{
	struct weir_node *n = weir_ast_alloc(ast, sizeof(*n));

	n->kind = (uint8_t)kind;
	n->at = at;
	n->span = span;
	return n;
}

void
weir_ast_keep(struct weir_ast *ast, struct weir_regex *re)
{
	struct weir_ast_regex *r = weir_ast_alloc(ast, sizeof(*r));

	r->re = re;
	r->next = ast->regexes;
	ast->regexes = r;
}
