/*
 * formats - fuzzes the line formats, and the patterns that some of them take
 *
 * The first line names a format as -i does, with its pattern; the rest is the source. It is parsed from one
 * buffer and through a pipe in pieces of 1 to 7 bytes: the records must be the same, and each field
 * a slice of its text. Good records are written as logfmt and tsv, and what was written is read again.
 */
#include "text/detect.h"
#include "text/emit.h"
#include "text/order.h"
#include "text/parser.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
	const unsigned char *q = p;

	while (n-- > 0)
		h = (h ^ *q++) * UINT64_C(0x100000001b3);
	return h;
}

/* Takes the record apart: its fields, as values and in the order that keys have. */
static uint64_t
digest(uint64_t h, const struct weir_parsed *rec)
{
	struct weir_buf canon = {0};
	uint32_t i;

	for (i = 0; i < rec->shape->n; i++) {
		struct weir_value v;

		weir_parsed_get(rec, i, &v);
		if (v.type == WEIR_TIME) {
			h = mix(h, &v.time, sizeof(v.time));
			continue;
		}
		if (v.len > 0 && (v.p < rec->text || v.p + v.len > rec->text + rec->len))
			abort();
		h = mix(mix(h, &v.type, 1), v.p, v.len);
		weir_buf_clear(&canon);
		weir_order_canon(&canon, &v);
		h = mix(h, canon.p, canon.len);
	}
	weir_buf_release(&canon);
	return h;
}

/* The record as text of the formats that are written: it must be read back, as one record. */
static void
write_and_read(const struct weir_parsed *rec)
{
	static const enum weir_emit_format formats[] = {WEIR_EMIT_LOGFMT, WEIR_EMIT_TSV};
	const struct weir_parser_ops *const ops[] = {&weir_logfmt_ops, &weir_tsv_ops};
	size_t bound = weir_record_bound(rec->shape->n, rec->nwords, rec->len);
	unsigned char *entry = malloc(bound);
	bool damage = false;
	struct weir_record r = {.damage = &damage};
	size_t size, i;

	size = weir_record_encode_text(entry, 0, rec->shape->n, 0, rec->flags, rec->text, rec->len, rec->slots,
	    rec->words, rec->nwords);
	if (weir_record_open(&r, entry, size) != 0 || weir_record_bind(&r, rec->shape) != 0)
		abort();
	for (i = 0; i < 2; i++) {
		struct weir_emit_conf conf = {.format = formats[i]};
		struct weir_parser_conf read = {.max_record = 1 << 20};
		struct weir_emit *e = weir_emit_new(&conf);
		struct weir_buf b = {0};
		const char *why;
		struct weir_input in;
		struct weir_parser *p;
		struct weir_parsed again;

		if (weir_emit_record(e, &r, &b, &why) != 0)
			abort();
		weir_input_init(&in, -1, "again", NULL, b.p, b.len);
		p = ops[i]->open(&in, &read);
		if (ops[i]->next(p, &again) == -1)
			abort();
		ops[i]->free(p);
		weir_input_release(&in);
		weir_emit_free(e);
		weir_buf_release(&b);
	}
	if (damage)
		abort();
	free(entry);
}

static uint64_t
parse(const struct weir_parser_ops *ops, const char *pattern, struct weir_input *in, bool write)
{
	struct weir_parser_conf conf = {.max_record = 4096, .pattern = pattern};
	struct weir_parser *p = ops->open(in, &conf);
	struct weir_parsed rec;
	uint64_t h = 0;
	int rc;

	while ((rc = ops->next(p, &rec)) == 1 || rc == -1) {
		h = mix(h, &rc, sizeof(rc));
		if (rc == -1) {
			h = mix(h, p->fault.what.p, p->fault.what.len);
			h = mix(h, &p->fault.at, sizeof(p->fault.at));
			h = mix(h, &p->fault.line, sizeof(p->fault.line));
			if (p->fault.at + p->fault.span > p->fault.len)
				abort();
			continue;
		}
		h = digest(mix(h, rec.text, rec.len), &rec);
		h = mix(h, &rec.offset, sizeof(rec.offset));
		if (write)
			write_and_read(&rec);
	}
	ops->free(p);
	return h;
}

/* What a slow writer still has to write; a little of it comes before each read. */
struct slow {
	const uint8_t *p;
	size_t left;
	int fd;
};

static int
write_some(void *ctx, int fd)
{
	struct slow *s = ctx;
	size_t n = s->left < 1 ? 0 : 1 + s->left % 7;

	(void)fd;
	if (n > s->left)
		n = s->left;
	if (n == 0) {
		if (s->fd >= 0)
			close(s->fd);
		s->fd = -1;
		return 0;
	}
	if (write(s->fd, s->p, n) != (ssize_t)n)
		abort();
	s->p += n;
	s->left -= n;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *lf = memchr(data, '\n', size);
	struct slow slow = {.fd = -1};
	struct weir_input_wait wait = {.wait = write_some, .ctx = &slow};
	const struct weir_parser_ops *ops;
	struct weir_parser_misuse m;
	struct weir_input whole, pieces;
	const char *pattern;
	char name[512];
	uint64_t a, b;
	int fds[2];

	if (lf == NULL || size > 8192 || (size_t)(lf - data) >= sizeof(name))
		return 0;
	memcpy(name, data, (size_t)(lf - data));
	name[lf - data] = '\0';
	ops = weir_detect_named(name, &pattern);
	if (ops == NULL || (ops->check != NULL && pattern == NULL))
		return 0;
	if (ops->check != NULL && ops->check(pattern, &m) != 0) {
		if (m.at + m.span > strlen(pattern))
			abort();
		return 0;
	}
	if (pipe(fds) != 0)
		return 0;
	slow = (struct slow){lf + 1, size - (size_t)(lf + 1 - data), fds[1]};
	weir_input_init(&whole, -1, "whole", NULL, slow.p, slow.left);
	weir_input_init(&pieces, fds[0], "pieces", &wait, NULL, 0);
	a = parse(ops, pattern, &whole, true);
	b = parse(ops, pattern, &pieces, false);
	weir_input_release(&whole);
	weir_input_release(&pieces);
	if (slow.fd >= 0)
		close(slow.fd);
	if (a != b)
		abort();
	return 0;
}
