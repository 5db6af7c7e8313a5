/*
 * json - fuzzes JSON as a source and in place
 *
 * The same bytes are parsed from one buffer and through a pipe in pieces of 1 to 7 bytes:
 * the records must be the same. What one reader takes for valid the walk over
 * members must be able to take apart.
 */
#include "text/json.h"
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

/* A digest of all records and faults. */
static uint64_t
parse(struct weir_input *in)
{
	struct weir_parser_conf conf = {.max_record = 4096};
	struct weir_parser *p = weir_json_ops.open(in, &conf);
	struct weir_parsed rec;
	struct weir_buf canon = {0};
	uint64_t h = 0;
	uint32_t i;
	int rc;

	while ((rc = weir_json_ops.next(p, &rec)) == 1 || rc == -1) {
		h = mix(h, &rc, sizeof(rc));
		if (rc == -1) {
			h = mix(h, p->fault.what.p, p->fault.what.len);
			h = mix(h, &p->fault.line, sizeof(p->fault.line));
			continue;
		}
		h = mix(h, rec.text, rec.len);
		h = mix(h, &rec.offset, sizeof(rec.offset));
		for (i = 0; i < rec.shape->n; i++) {
			struct weir_value v;

			weir_parsed_get(&rec, i, &v);
			h = mix(mix(h, &v.type, 1), v.p, v.len);
			weir_buf_clear(&canon);
			weir_order_canon(&canon, &v);
			if (weir_order_compare(&v, &v) != 0)
				abort();
		}
	}
	weir_buf_release(&canon);
	weir_json_ops.free(p);
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
	struct weir_input whole, pieces;
	struct slow slow = {data, size, -1};
	struct weir_input_wait wait = {.wait = write_some, .ctx = &slow};
	uint64_t a, b;
	int fds[2];

	if (size > 8192 || pipe(fds) != 0)
		return 0;
	slow.fd = fds[1];
	weir_input_init(&whole, -1, "whole", NULL, data, size);
	weir_input_init(&pieces, fds[0], "pieces", &wait, NULL, 0);
	a = parse(&whole);
	b = parse(&pieces);
	weir_input_release(&whole);
	weir_input_release(&pieces);
	if (slow.fd >= 0)
		close(slow.fd);
	if (a != b)
		abort();
	return 0;
}
