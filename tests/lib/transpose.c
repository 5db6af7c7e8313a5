/*
 * transpose - the room frame/transpose.h between standard input and output
 *
 *   encode    reads a stream; of each data frame, columns, or nothing if rows will do, behind their length, 4 bytes. What
 *             the columns stand for is held against the frame here already
 *   decode    reads columns behind their length; writes the entries behind theirs, or 0xffffffff for what is malformed
 */
#include "base/mem.h"
#include "frame/reader.h"
#include "frame/transpose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
put(const struct weir_buf *b)
{
	unsigned char head[4];

	weir_store32(head, b != NULL ? (uint32_t)b->len : UINT32_MAX);
	fwrite(head, 1, 4, stdout);
	if (b != NULL && b->len > 0)
		fwrite(b->p, 1, b->len, stdout);
}

static int
encode(void)
{
	struct weir_transpose to = {0}, back = {0};
	struct weir_reader r;
	struct weir_frame f;
	int rc;

	weir_reader_init(&r, 0, NULL, 0);
	while ((rc = weir_reader_next(&r, &f)) > 0) {
		if (f.head.kind != WEIR_FRAME_DATA)
			continue;
		if (weir_transpose_encode(&to, f.payload, f.len, r.shapes) != 0) {
			weir_buf_clear(&to.out);
		} else {
			weir_buf_need(&to.out, WEIR_TRANSPOSE_PAD);
			if (weir_transpose_decode(&back, to.out.p, to.out.len, f.len) != 0 || back.out.len != f.len ||
			    memcmp(back.out.p, f.payload, f.len) != 0)
				return 1;
		}
		put(&to.out);
	}
	weir_reader_release(&r);
	weir_transpose_release(&to);
	weir_transpose_release(&back);
	return rc == 0 ? 0 : 2;
}

static int
decode(void)
{
	struct weir_transpose t = {0};
	unsigned char head[4], *p;
	size_t len;

	while (fread(head, 1, 4, stdin) == 4) {
		len = weir_load32(head);
		p = weir_mem_zalloc(len + WEIR_TRANSPOSE_PAD, 1);
		if (fread(p, 1, len, stdin) != len)
			return 2;
		put(weir_transpose_decode(&t, p, len, WEIR_FRAME_MAX) == 0 ? &t.out : NULL);
		free(p);
	}
	weir_transpose_release(&t);
	return 0;
}

int
main(int argc, char **argv)
{
	int rc = argc != 2 ? 2 : strcmp(argv[1], "encode") == 0 ? encode() : strcmp(argv[1], "decode") == 0 ? decode() : 2;

	return fflush(stdout) != 0 ? 2 : rc;
}
