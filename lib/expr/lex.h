/*
 * lex - the words of jq's language
 *
 * A string literal is no single word, because whole programs may stand in it:
 * at its opening quote the lexer gives WEIR_LEX_QUOTE and stands behind it; the
 * parser then takes the literal's pieces with weir_lex_piece.
 */
#ifndef WEIR_EXPR_LEX_H
#define WEIR_EXPR_LEX_H

#include "base/buf.h"

#include <stddef.h>

/* Words of one character stand for themselves; keywords come last, in the
 * order of weir_lex_keyword's table. */
enum weir_lex_kind {
	WEIR_LEX_END = 0,
	WEIR_LEX_BAD = 256,       /* no word; the fault's text is in lex->why */
	WEIR_LEX_NUMBER,
	WEIR_LEX_QUOTE,
	WEIR_LEX_FIELD,           /* .name, the dot included */
	WEIR_LEX_IDENT,           /* name or module::name */
	WEIR_LEX_FORMAT,          /* @name */
	WEIR_LEX_RECURSE,         /* .. */
	WEIR_LEX_EQ,
	WEIR_LEX_NE,
	WEIR_LEX_LE,
	WEIR_LEX_GE,
	WEIR_LEX_ALT,             /* // */
	WEIR_LEX_OR_PATTERN,      /* ?// */
	WEIR_LEX_SET_PIPE,        /* |= */
	WEIR_LEX_SET_ADD,
	WEIR_LEX_SET_SUB,
	WEIR_LEX_SET_MUL,
	WEIR_LEX_SET_DIV,
	WEIR_LEX_SET_MOD,
	WEIR_LEX_SET_ALT,         /* //= */
	WEIR_LEX_AND,
	WEIR_LEX_AS,
	WEIR_LEX_BREAK,
	WEIR_LEX_CATCH,
	WEIR_LEX_DEF,
	WEIR_LEX_ELIF,
	WEIR_LEX_ELSE,
	WEIR_LEX_END_IF,
	WEIR_LEX_FOREACH,
	WEIR_LEX_IF,
	WEIR_LEX_IMPORT,
	WEIR_LEX_INCLUDE,
	WEIR_LEX_LABEL,
	WEIR_LEX_LOC,             /* __loc__ */
	WEIR_LEX_MODULE,
	WEIR_LEX_OR,
	WEIR_LEX_REDUCE,
	WEIR_LEX_THEN,
	WEIR_LEX_TRY
};

struct weir_lex_word {
	int kind;
	size_t at, span;
};

struct weir_lex {
	const char *text;
	size_t len, at;           /* what is read next */
	const char *why;          /* of a BAD word */
};

struct weir_lex_word weir_lex_next(struct weir_lex *lex);

/* How long the name is that is read next, 0 if there is none. */
size_t weir_lex_name(const struct weir_lex *lex);

/* Appends the literal's bytes up to its end or the next interpolation. 0: at its end, behind
 * the quote; 1: behind "\("; -1: *bad says where it is faulty, and lex->why how; at the text's
 * end if it does not end. */
int weir_lex_piece(struct weir_lex *lex, struct weir_buf *b, struct weir_lex_word *bad);

/* Where in text the byte that became byte n of the literal is; at is behind the opening quote. */
size_t weir_lex_offset(const char *text, size_t len, size_t at, size_t n);

#endif
