/*
 * text - the rooms of lib/text on standard input
 *
 *   text parse FORMAT [OPTION...]      what a parser hands out, one thing a line
 *   text emit OUT FORMAT [OPTION...]   the same records, written by a text format
 *   text width                         code points, one a line -> their columns
 *   text mask                          weir_scan_mask held against its plain version: 64 bytes, three more
 *
 * A record is "record LINE OFFSET FLAGS TEXT" and a line " NAME=TYPE:VALUE" for each
 * field, a bad one "bad LINE OFFSET AT SPAN TEXT|WHAT|HINT", the end "end LINE OFFSET"
 * or "failed ERRNO WHY". Bytes that are not printable ASCII, and backslashes, are shown as \xHH.
 *
 *   -d C   delimiter         -H   no header        -n   no inference    -m N   max_record
 *   -s N   the input comes N bytes at a time, through a pipe; -k N   it is stopped at the Nth wait
 *   -p N   the first N bytes (up to 64) come as read before
 *   -q     numbers of records, fields and bad records alone
 *   emit: -w N width, -c color, -t terminal, -D C delimiter, -N no header, -C A,B columns,
 *         -v records made of values, -f flush behind each
 */
#include "base/civil.h"
#include "base/mem.h"
#include "base/scan.h"
#include "text/detect.h"
#include "text/emit.h"
#include "text/parser.h"
#include "text/value.h"
#include "text/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const outs[] = {"frames", "json", "csv", "tsv", "logfmt", "table", "raw"};
static const char *const types[] = {"absent", "null", "false", "true", "number", "string",
	"string", "string", "array", "object", "time", "string"};

struct feeder {
	int from, to;
	size_t step, stop;
};

struct conf {
	struct weir_parser_conf parser;
	struct weir_emit_conf emit;
	struct weir_name columns[16];
	size_t step, stop, first;
	bool quiet, values, flush;
};

static void
die(const char *what)
{
	fprintf(stderr, "text: %s\n", what);
	exit(2);
}

/* Moves the next bytes from standard input to the pipe that is read. */
static int
feed(void *ctx, int fd)
{
	struct feeder *f = ctx;
	unsigned char bytes[4096];
	ssize_t n;

	(void)fd;
	if (f->stop > 0 && --f->stop == 0)
		return -1;
	if (f->to < 0)
		return 0;
	n = read(f->from, bytes, f->step < sizeof(bytes) ? f->step : sizeof(bytes));
	if (n > 0 && write(f->to, bytes, (size_t)n) != n)
		die("write");
	if (n <= 0) {
		close(f->to);
		f->to = -1;
	}
	return 0;
}

static void
show(const unsigned char *p, size_t len)
{
	for (; len > 0; len--, p++) {
		if (*p < 0x20 || *p >= 0x7f || *p == '\\')
			printf("\\x%02x", *p);
		else
			putchar(*p);
	}
}

static void
show_record(const struct weir_parsed *rec)
{
	struct weir_buf b = {0};
	uint32_t i;

	printf("record %" PRIu64 " %" PRIu64 " %u ", rec->line, rec->offset, rec->flags);
	show(rec->text, rec->len);
	putchar('\n');
	for (i = 0; i < rec->shape->n; i++) {
		struct weir_value v;

		weir_parsed_get(rec, i, &v);
		weir_buf_clear(&b);
		weir_value_string(&b, &v);
		putchar(' ');
		show(rec->shape->names[i].p, rec->shape->names[i].len);
		printf("=%s:", types[v.type]);
		show(b.p, b.len);
		putchar('\n');
	}
	weir_buf_release(&b);
}

static void
show_bad(const struct weir_parser_fault *f)
{
	printf("bad %" PRIu64 " %" PRIu64 " %zu %zu ", f->line, f->offset, f->at, f->span);
	show(f->text, f->len);
	printf("|%.*s|%s\n", (int)f->what.len, (const char *)f->what.p, f->hint != NULL ? f->hint : "");
}

/* What the encoder writes, read back, so that values lie as they do in a frame: nothing
 * behind the last byte may be read. */
static void
emit(struct weir_emit *e, const struct conf *cf, const struct weir_parsed *rec, struct weir_buf *b)
{
	size_t bound = weir_record_bound(rec->shape->n, rec->nwords, rec->len) + 8 * (size_t)rec->shape->n;
	unsigned char *tmp = weir_mem_alloc(bound), *entry;
	struct weir_shape *shape = rec->shape, *made = NULL;
	struct weir_record r = {0};
	const char *why = NULL;
	bool damage = false;
	size_t size;

	if (cf->values) {
		struct weir_value *v = weir_mem_alloc(shape->n * sizeof(*v));
		uint32_t i;

		for (i = 0; i < shape->n; i++)
			weir_parsed_get(rec, i, &v[i]);
		size = weir_record_encode_values(tmp, 0, shape->n, WEIR_TIME_NONE, v,
		    weir_record_weigh(v, shape->n));
		shape = made = weir_shape_new(WEIR_FORMAT_VALUES, 0, shape->names, shape->n);
		free(v);
	} else {
		size = weir_record_encode_text(tmp, 0, shape->n, WEIR_TIME_NONE, rec->flags, rec->text,
		    rec->len, rec->slots, rec->words, rec->nwords);
	}
	if (size > bound)
		die("an entry beyond its bound");
	entry = weir_mem_alloc(size);
	memcpy(entry, tmp, size);
	free(tmp);
	r.damage = &damage;
	if (weir_record_open(&r, entry, size) != 0 || weir_record_bind(&r, shape) != 0)
		die("no entry");
	if (weir_emit_record(e, &r, b, &why) != 0)
		printf("refused: %s\n", why);
	if (damage)
		die("damage");
	if (cf->flush)
		weir_emit_flush(e, b);
	free(entry);
	weir_shape_free(made);
}

static int
run(const struct weir_parser_ops *ops, struct conf *cf, struct weir_emit *e)
{
	uint64_t records = 0, fields = 0, bad = 0;
	struct feeder f = {STDIN_FILENO, -1, cf->step, cf->stop};
	struct weir_input_wait wait = {.wait = feed, .ctx = &f};
	struct weir_parser *p;
	struct weir_parsed rec;
	struct weir_input in;
	struct weir_buf b = {0};
	char first[64];
	ssize_t nfirst;
	int ends[2], rc;

	if (cf->step == 0) {
		if (weir_input_open(&in, "-", NULL) != 0)
			die(strerror(in.err));
	} else {
		if (pipe(ends) != 0)
			die("pipe");
		f.to = ends[1];
		if ((nfirst = read(STDIN_FILENO, first, cf->first < 64 ? cf->first : 64)) < 0)
			die("read");
		weir_input_init(&in, ends[0], "pipe", &wait, first, (size_t)nfirst);
	}
	p = ops->open(&in, &cf->parser);
	while ((rc = ops->next(p, &rec)) == 1 || rc == -1) {
		records += rc == 1;
		fields += rc == 1 ? rec.shape->n : 0;
		bad += rc == -1;
		if (rc == 1 && e != NULL)
			emit(e, cf, &rec, &b);
		else if (rc == 1 && !cf->quiet)
			show_record(&rec);
		else if (rc == -1 && !cf->quiet)
			show_bad(&p->fault);
		if (cf->quiet)
			weir_buf_clear(&b);
	}
	if (e != NULL) {
		weir_emit_flush(e, &b);
		fwrite(weir_buf_cstr(&b), 1, b.len, stdout);
		if (e->replaced + e->dropped > 0)
			fprintf(stderr, "replaced %" PRIu64 " dropped %" PRIu64 " %s\n", e->replaced,
			    e->dropped, weir_buf_cstr(&e->first_dropped));
	}
	if (cf->quiet)
		printf("%" PRIu64 " records, %" PRIu64 " fields, %" PRIu64 " bad\n", records, fields, bad);
	if (rc == -2)
		printf("failed %d %s\n", in.err, in.why != NULL ? in.why : "");
	else if (e == NULL)
		printf("end %" PRIu64 " %" PRIu64 "%s%s\n", in.line, in.offset,
		    in.compression != NULL ? " " : "", in.compression != NULL ? in.compression : "");
	ops->free(p);
	weir_input_release(&in);
	weir_buf_release(&b);
	return rc == 0 ? 0 : 1;
}

static void
read_columns(struct conf *cf, char *list)
{
	char *name = strtok(list, ",");

	for (; name != NULL && cf->emit.ncolumns < 16; name = strtok(NULL, ","))
		cf->columns[cf->emit.ncolumns++] =
		    (struct weir_name){(const unsigned char *)name, (uint32_t)strlen(name)};
	cf->emit.columns = cf->columns;
}

static void
read_options(struct conf *cf, int argc, char *argv[])
{
	int c;

	while ((c = getopt(argc, argv, "d:Hnm:s:k:p:qw:ctD:NC:vf")) != -1) {
		switch (c) {
		case 'd': cf->parser.delimiter = (unsigned char)*optarg; break;
		case 'H': cf->parser.no_header = true; break;
		case 'n': cf->parser.no_infer = true; break;
		case 'm': cf->parser.max_record = strtoul(optarg, NULL, 10); break;
		case 's': cf->step = strtoul(optarg, NULL, 10); break;
		case 'k': cf->stop = strtoul(optarg, NULL, 10); break;
		case 'p': cf->first = strtoul(optarg, NULL, 10); break;
		case 'q': cf->quiet = true; break;
		case 'w': cf->emit.width = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'c': cf->emit.color = true; break;
		case 't': cf->emit.terminal = true; break;
		case 'D': cf->emit.delimiter = (unsigned char)*optarg; break;
		case 'N': cf->emit.no_header = true; break;
		case 'C': read_columns(cf, optarg); break;
		case 'v': cf->values = true; break;
		case 'f': cf->flush = true; break;
		default: die("no such option");
		}
	}
}

static const struct weir_parser_ops *
find_format(struct conf *cf, const char *name)
{
	struct weir_parser_misuse m;
	const struct weir_parser_ops *ops = name != NULL ? weir_detect_named(name, &cf->parser.pattern) : NULL;

	if (ops == NULL)
		die("no such format");
	if (ops->check != NULL && (cf->parser.pattern == NULL || ops->check(cf->parser.pattern, &m) != 0))
		die("not such a pattern");
	return ops;
}

static int
run_emit(char *argv[], struct conf *cf)
{
	struct weir_emit *e;
	unsigned i;
	int rc;

	for (i = 0; strcmp(outs[i], argv[2]) != 0;)
		if (++i == sizeof(outs) / sizeof(outs[0]))
			die("no such format");
	cf->emit.format = (enum weir_emit_format)i;
	if ((e = weir_emit_new(&cf->emit)) == NULL)
		die("not a text format");
	rc = run(find_format(cf, argv[3]), cf, e);
	weir_emit_free(e);
	return rc;
}

static int
run_width(void)
{
	char line[32];

	while (fgets(line, sizeof(line), stdin) != NULL)
		printf("%u\n", weir_width_rune((uint32_t)strtoul(line, NULL, 10)));
	return 0;
}

static int
run_mask(void)
{
	unsigned char b[64 + 3];
	unsigned long n = 0;

	for (; fread(b, sizeof(b), 1, stdin) == 1; n++)
		if (weir_scan_mask(b, b[64], b[65], b[66]) != weir_scan_mask_plain(b, b[64], b[65], b[66]))
			die("the masks differ");
	printf("%lu\n", n);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct conf cf = {.parser.max_record = 1024 * 1024};

	if (argc > 2 && strcmp(argv[1], "parse") == 0) {
		read_options(&cf, argc - 2, argv + 2);
		return run(find_format(&cf, argv[2]), &cf, NULL);
	}
	if (argc > 3 && strcmp(argv[1], "emit") == 0) {
		read_options(&cf, argc - 3, argv + 3);
		return run_emit(argv, &cf);
	}
	if (argc > 1 && strcmp(argv[1], "width") == 0)
		return run_width();
	if (argc > 1 && strcmp(argv[1], "mask") == 0)
		return run_mask();
	die("see the head of tests/lib/text.c");
	return 2;
}
