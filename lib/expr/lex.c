/*
 * lex - see lex.h. The text is UTF-8 without NUL bytes; the parser saw to that.
 */
#include "expr/lex.h"
#include "base/utf8.h"
#include "text/value.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char *const keywords[] = {"and", "as", "break", "catch", "def", "elif", "else", "end",
	"foreach", "if", "import", "include", "label", "__loc__", "module", "or", "reduce", "then", "try"};

static const struct {
	const char *text;
	int kind;
} operators[] = {
	{"?//", WEIR_LEX_OR_PATTERN},
	{"//=", WEIR_LEX_SET_ALT},
	{"//", WEIR_LEX_ALT},
	{"==", WEIR_LEX_EQ},
	{"!=", WEIR_LEX_NE},
	{"<=", WEIR_LEX_LE},
	{">=", WEIR_LEX_GE},
	{"|=", WEIR_LEX_SET_PIPE},
	{"+=", WEIR_LEX_SET_ADD},
	{"-=", WEIR_LEX_SET_SUB},
	{"*=", WEIR_LEX_SET_MUL},
	{"/=", WEIR_LEX_SET_DIV},
	{"%=", WEIR_LEX_SET_MOD},
	{"..", WEIR_LEX_RECURSE},
};

static int
peek(const struct weir_lex *lex, size_t ahead)
{
	return ahead < lex->len - lex->at ? (unsigned char)lex->text[lex->at + ahead] : 0;
}

static bool
begins_name(int c)
{
	return isalpha(c) || c == '_';
}

/* How many bytes from `ahead` on are of a name. */
static size_t
name_span(const struct weir_lex *lex, size_t ahead)
{
	size_t n = 0;

	if (!begins_name(peek(lex, ahead)))
		return 0;
	while (isalnum(peek(lex, ahead + n)) || peek(lex, ahead + n) == '_')
		n++;
	return n;
}

size_t
weir_lex_name(const struct weir_lex *lex)
{
	return name_span(lex, 0);
}

static void
skip_space(struct weir_lex *lex)
{
	for (;;) {
		int c = peek(lex, 0);

		if (c == '#')
			while (peek(lex, 0) != 0 && peek(lex, 0) != '\n')
				lex->at++;
		else if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			lex->at++;
		else
			return;
	}
}

static size_t
digits(const struct weir_lex *lex, size_t ahead)
{
	size_t n = 0;

	while (isdigit(peek(lex, ahead + n)))
		n++;
	return n;
}

static size_t
number_span(const struct weir_lex *lex)
{
	size_t n = digits(lex, 0), exponent;

	if (peek(lex, n) == '.')
		n += 1 + digits(lex, n + 1);
	if (peek(lex, n) == 'e' || peek(lex, n) == 'E') {
		exponent = peek(lex, n + 1) == '+' || peek(lex, n + 1) == '-' ? 2 : 1;
		if (digits(lex, n + exponent) > 0)
			n += exponent + digits(lex, n + exponent);
	}
	return n;
}

/* A name, with module:: before it; or a keyword. */
static size_t
ident_span(const struct weir_lex *lex, int *kind)
{
	size_t n = name_span(lex, 0), i, more;

	*kind = WEIR_LEX_IDENT;
	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strlen(keywords[i]) == n && memcmp(lex->text + lex->at, keywords[i], n) == 0)
			*kind = WEIR_LEX_AND + (int)i;
	while (peek(lex, n) == ':' && peek(lex, n + 1) == ':' && (more = name_span(lex, n + 2)) > 0) {
		n += 2 + more;
		*kind = WEIR_LEX_IDENT;
	}
	return n;
}

static size_t
operator_span(const struct weir_lex *lex, int *kind)
{
	size_t i, n;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		n = strlen(operators[i].text);
		if (n <= lex->len - lex->at && memcmp(lex->text + lex->at, operators[i].text, n) == 0) {
			*kind = operators[i].kind;
			return n;
		}
	}
	*kind = peek(lex, 0);
	return 1;
}

struct weir_lex_word
weir_lex_next(struct weir_lex *lex)
{
	struct weir_lex_word w = {.kind = WEIR_LEX_BAD};
	uint32_t rune;
	int c;

	skip_space(lex);
	w.at = lex->at;
	c = peek(lex, 0);
	if (c == 0) {
		w.kind = WEIR_LEX_END;
	} else if (isdigit(c) || (c == '.' && isdigit(peek(lex, 1)))) {
		w.kind = WEIR_LEX_NUMBER;
		w.span = number_span(lex);
	} else if (c == '.' && begins_name(peek(lex, 1))) {
		w.kind = WEIR_LEX_FIELD;
		w.span = 1 + name_span(lex, 1);
	} else if (begins_name(c)) {
		w.span = ident_span(lex, &w.kind);
	} else if (c == '@' && (isalnum(peek(lex, 1)) || peek(lex, 1) == '_')) {
		w.kind = WEIR_LEX_FORMAT;
		for (w.span = 1; isalnum(peek(lex, w.span)) || peek(lex, w.span) == '_';)
			w.span++;
	} else if (c == '"') {
		w.kind = WEIR_LEX_QUOTE;
		w.span = 1;
	} else if (strchr(".[](){}$,:;|?<>=!+-*/%", c) != NULL) {
		w.span = operator_span(lex, &w.kind);
	}
	if (w.kind == WEIR_LEX_BAD || w.kind == '!') {
		w.kind = WEIR_LEX_BAD;
		w.span = weir_utf8_next((const unsigned char *)lex->text + w.at, lex->len - w.at, &rune);
		lex->why = "no such character in jq's language";
	}
	lex->at += w.span;
	return w;
}

/* The length of the escape at lex->at, or 0 with *bad and lex->why. */
static size_t
escape_span(struct weir_lex *lex, struct weir_lex_word *bad)
{
	int c = peek(lex, 1), i;

	*bad = (struct weir_lex_word){.kind = WEIR_LEX_BAD, .at = lex->at, .span = c != 0 ? 2 : 1};
	if (c != 'u') {
		lex->why = "no such escape in a string";
		return c != 0 && strchr("\"\\/bfnrt", c) != NULL ? 2 : 0;
	}
	for (i = 2; i < 6; i++)
		if (!isxdigit(peek(lex, (size_t)i))) {
			lex->why = "four hexadecimal digits must follow \\u";
			return 0;
		}
	return 6;
}

int
weir_lex_piece(struct weir_lex *lex, struct weir_buf *b, struct weir_lex_word *bad)
{
	size_t start = lex->at, n;
	int c, more = 0;

	while ((c = peek(lex, 0)) != '"' && c != 0) {
		if (c != '\\') {
			lex->at++;
			continue;
		}
		if (peek(lex, 1) == '(') {
			more = 2;
			break;
		}
		if ((n = escape_span(lex, bad)) == 0)
			return -1;
		lex->at += n;
	}
	if (c == 0) {
		*bad = (struct weir_lex_word){.kind = WEIR_LEX_BAD, .at = lex->len};
		return -1;
	}
	weir_value_unescape(b, lex->text + start, lex->at - start);
	lex->at += more > 0 ? 2 : 1;
	return more > 0;
}

size_t
weir_lex_offset(const char *text, size_t len, size_t at, size_t n)
{
	struct weir_lex lex = {.text = text, .len = len, .at = at};
	struct weir_lex_word bad;
	struct weir_buf b = {0};
	size_t behind = at;

	/* A surrogate pair is taken whole: its first half alone would be counted as U+FFFD. */
	while (behind < len && text[behind] != '"') {
		lex.at = behind;
		behind += text[behind] == '\\' ? escape_span(&lex, &bad) : 1;
		if (behind == lex.at)
			break;
		weir_buf_clear(&b);
		weir_value_unescape(&b, text + at, behind - at);
		if (b.len > n)
			break;
		lex.at = behind;
	}
	weir_buf_release(&b);
	return lex.at;
}
