/*
 * frames - fuzzes the reader of frames, columns among them, and every slot of every record; what was read goes into columns and back
 *
 * A mutator of bytes alone would never get past the checksums: after each
 * mutation the lengths and both checksums of all headers are made right again, as
 * a hostile writer would.
 */
#include "frame/hello.h"
#include "frame/reader.h"
#include "frame/transpose.h"
#include "text/emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Makes the headers fit what follows them. */
static void
reseal(uint8_t *p, size_t n)
{
	while (n >= WEIR_FRAME_HEADER) {
		size_t len = weir_load32(p + 8);

		if (len > n - WEIR_FRAME_HEADER)
			len = n - WEIR_FRAME_HEADER;
		p[0] = WEIR_FRAME_MAGIC;
		p[1] = 'w';
		p[2] = 'r';
		p[3] = WEIR_FRAME_VERSION;
		weir_store32(p + 8, (uint32_t)len);
		if (!(p[5] & WEIR_FRAME_ZSTD))
			weir_store32(p + 12, (uint32_t)len);
		weir_store32(p + 28, weir_header_sum(p + WEIR_FRAME_HEADER, len));
		weir_store32(p + 32, weir_header_sum(p, 32));
		p += WEIR_FRAME_HEADER + len;
		n -= WEIR_FRAME_HEADER + len;
	}
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size = LLVMFuzzerMutate(data, size, max);
	if (seed % 8 != 0)
		reseal(data, size);
	return size;
}

static void
read_data(struct weir_reader *r, const struct weir_frame *f, struct weir_emit **emit, size_t n)
{
	struct weir_record rec = {0};
	struct weir_buf b = {0};
	const char *why;
	size_t at = 0, i;

	while (weir_reader_entry(r, f, &at, &rec) > 0) {
		if ((rec.flags & WEIR_ENTRY_KIND) != WEIR_ENTRY_RECORD)
			continue;
		for (i = 0; i < n; i++)
			weir_emit_record(emit[i], &rec, &b, &why);
		weir_buf_clear(&b);
	}
	for (i = 0; i < n; i++)
		weir_emit_flush(emit[i], &b);
	weir_buf_release(&b);
}

/* Whatever entries are, they come back as they were. */
static void
there_and_back(const struct weir_reader *r, const struct weir_frame *f)
{
	struct weir_transpose to = {0}, back = {0};

	if (weir_transpose_encode(&to, f->payload, f->len, r->shapes) == 0) {
		weir_buf_need(&to.out, WEIR_TRANSPOSE_PAD);
		if (weir_transpose_decode(&back, to.out.p, to.out.len, f->len) != 0 || back.out.len != f->len ||
		    memcmp(back.out.p, f->payload, f->len) != 0)
			abort();
	}
	weir_transpose_release(&to);
	weir_transpose_release(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum weir_emit_format formats[] = {
	    WEIR_EMIT_JSON, WEIR_EMIT_CSV, WEIR_EMIT_TABLE, WEIR_EMIT_RAW};
	struct weir_emit *emit[4];
	struct weir_reader r;
	struct weir_frame f;
	struct weir_hello hello = {0};
	struct weir_end end = {0};
	int fds[2];
	size_t i;

	if (size > 60000 || pipe(fds) != 0)
		return 0;
	if (write(fds[1], data, size) != (ssize_t)size)
		abort();
	close(fds[1]);
	for (i = 0; i < 4; i++)
		emit[i] = weir_emit_new(&(struct weir_emit_conf){.format = formats[i], .width = 40});
	weir_reader_init(&r, fds[0], NULL, 0);
	while (weir_reader_next(&r, &f) > 0) {
		if (f.head.kind == WEIR_FRAME_HELLO)
			weir_hello_decode(&hello, f.payload, f.len);
		else if (f.head.kind == WEIR_FRAME_END)
			weir_end_decode(&end, f.payload, f.len);
		else if (f.head.kind == WEIR_FRAME_DATA) {
			there_and_back(&r, &f);
			read_data(&r, &f, emit, 4);
		}
		weir_hello_release(&hello);
		weir_end_release(&end);
	}
	weir_reader_release(&r);
	for (i = 0; i < 4; i++)
		weir_emit_free(emit[i]);
	close(fds[0]);
	return 0;
}
