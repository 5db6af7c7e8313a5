/*
 * place - lib/text's ingest, cut and gone on with
 *
 *   place [OPTION...] FILE...
 *
 * Prints what weir_ingest hands out, one thing a line: "record LINE OFFSET TIME WATERMARK TEXT", where the watermark
 * is that in force before the record, "bad LINE OFFSET AT SPAN TEXT|WHAT", and at the end "end" or "failed WHAT", "missing
 * WHAT" (status 66), "waiting FILE BYTES". Bytes that are not printable ASCII, and backslashes, are shown as \xHH.
 *
 *   -e N   after every N things the places are saved, everything is thrown away, and reading begins anew
 *          from what was saved; -e 0 (the default): never
 *   -s F   places are loaded from the file F if it is there, and saved to it at the end; -n N   end after N things
 *   -i F   format         -t P   time        -d NS   delay       -I   in order      -H   no header
 *   -m N   max_record     -p     partial     -f      final       -k   skip what is missing   -F   follow
 */
#include "base/mem.h"
#include "base/civil.h"
#include "frame/reader.h"
#include "text/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct conf {
	struct weir_ingest_conf ingest;
	uint64_t every, limit;
	const char *state;
	char *const *files;
	int n;
};

static void
die(const char *what)
{
	fprintf(stderr, "place: %s: %s\n", what, strerror(errno));
	exit(2);
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
begin(struct weir_ingest *g, const struct conf *cf)
{
	int i;

	weir_ingest_init(g, &cf->ingest);
	for (i = 0; i < cf->n; i++)
		weir_ingest_add(g, cf->files[i]);
}

static void
save(struct weir_ingest *g, int fd)
{
	struct weir_hello h = {0};
	struct weir_end end = {.how = WEIR_END_FINAL};
	struct weir_out out;

	weir_hello_add_stage(&h, "place");
	weir_out_init(&out, fd);
	if (weir_out_hello(&out, &h) != 0 || weir_ingest_save(g, &out) != 0 || weir_out_end(&out, &end) != 0)
		die("save");
	weir_out_release(&out);
	weir_hello_release(&h);
}

static void
load(struct weir_ingest *g, int fd)
{
	struct weir_reader r;
	struct weir_frame f;
	struct weir_record rec = {0};
	size_t at;
	int rc;

	weir_reader_init(&r, fd, NULL, 0);
	while ((rc = weir_reader_next(&r, &f)) > 0)
		for (at = 0; f.head.kind == WEIR_FRAME_DATA && weir_reader_entry(&r, &f, &at, &rec) > 0;)
			if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD && weir_ingest_load(g, &rec) != 0)
				die("load");
	if (rc < 0)
		die("state");
	weir_reader_release(&r);
}

/* Throws everything away but what was saved. */
static void
cut(struct weir_ingest *g, const struct conf *cf)
{
	FILE *f = tmpfile();

	if (f == NULL)
		die("tmpfile");
	save(g, fileno(f));
	weir_ingest_release(g);
	begin(g, cf);
	rewind(f);
	load(g, fileno(f));
	fclose(f);
}

static void
show_bad(const struct weir_ingest_bad *b)
{
	printf("bad %" PRIu64 " %" PRIu64 " %zu %zu ", b->line, b->offset, b->at, b->span);
	show(b->text, b->len);
	printf("|%.*s\n", (int)b->what.len, (const char *)b->what.p);
}

static int
failed(const struct weir_ingest *g)
{
	printf("%s %.*s\n", g->bad.missing ? "missing" : "failed", (int)g->bad.what.len,
	    (const char *)g->bad.what.p);
	return g->bad.missing ? 66 : 1;
}

static int
run(struct weir_ingest *g, const struct conf *cf)
{
	int64_t mark = WEIR_TIME_NONE, time, own;
	struct weir_parsed *rec;
	uint64_t count = 0;
	bool open = false;
	int rc;

	while (count < cf->limit) {
		own = WEIR_TIME_NONE;
		rc = !open ? weir_ingest_open(g) : weir_ingest_next(g, &rec, &time, &own);
		if (rc == -2)
			return failed(g);
		if (!open && rc == 1) {
			open = true;
			continue;
		}
		if (open && rc == 0)
			break;
		if (rc == 1) {
			mark = own > mark ? own : mark;
			printf("record %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " ", rec->line, rec->offset, time,
			    mark);
			show(rec->text, rec->len);
			putchar('\n');
			if (!g->merged && time != WEIR_TIME_NONE && time - cf->ingest.delay > mark)
				mark = time - cf->ingest.delay;
		} else {
			show_bad(&g->bad);
		}
		fflush(stdout);
		count++;
		if (cf->every > 0 && count % cf->every == 0 && open) {
			cut(g, cf);
			open = false;
		}
	}
	return 0;
}

static int
parse(struct conf *cf, int argc, char *argv[])
{
	int c;

	while ((c = getopt(argc, argv, "e:s:n:i:t:d:IHm:pfkF")) != -1)
		switch (c) {
		case 'e': cf->every = strtoull(optarg, NULL, 10); break;
		case 's': cf->state = optarg; break;
		case 'n': cf->limit = strtoull(optarg, NULL, 10); break;
		case 'i': cf->ingest.format = weir_detect_named(optarg, &cf->ingest.parser.pattern); break;
		case 't': cf->ingest.timing.path = optarg; break;
		case 'd': cf->ingest.delay = strtoll(optarg, NULL, 10); break;
		case 'I': cf->ingest.in_order = true; break;
		case 'H': cf->ingest.parser.no_header = true; break;
		case 'm': cf->ingest.parser.max_record = strtoull(optarg, NULL, 10); break;
		case 'p': cf->ingest.partial = true; break;
		case 'f': cf->ingest.final = true; break;
		case 'k': cf->ingest.skip_missing = true; break;
		case 'F': cf->ingest.follow = true; break;
		default: exit(2);
		}
	return optind;
}

int
main(int argc, char *argv[])
{
	struct conf cf = {.limit = UINT64_MAX, .ingest.parser.max_record = 15 << 20};
	struct weir_ingest g;
	int first = parse(&cf, argc, argv), fd, rc;
	unsigned i;

	cf.files = argv + first;
	cf.n = argc - first;
	begin(&g, &cf);
	if (cf.state != NULL && (fd = open(cf.state, O_RDONLY)) >= 0) {
		load(&g, fd);
		close(fd);
	}
	rc = run(&g, &cf);
	if (rc == 0 && cf.state != NULL) {
		if ((fd = open(cf.state, O_WRONLY | O_CREAT | O_TRUNC, 0600)) < 0)
			die(cf.state);
		save(&g, fd);
		close(fd);
	}
	for (i = 0; rc == 0 && i < g.n; i++)
		if (weir_ingest_waiting(&g.sources[i]) > 0)
			printf("waiting %s %" PRIu64 "\n", g.sources[i].name, weir_ingest_waiting(&g.sources[i]));
	if (rc == 0)
		printf("%.*send\n", (int)g.missing.len, g.missing.len > 0 ? (const char *)g.missing.p : "");
	weir_ingest_release(&g);
	return fflush(stdout) == 0 ? rc : 2;
}
