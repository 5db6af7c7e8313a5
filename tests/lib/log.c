/*
 * log - lib/log's index and extent, a command a line
 *
 *   read DIR                                 the committed record: "NUMBER FIRST SEGMENT LENGTH NEXT NEWEST whole|half",
 *                                            or "damaged", or "error WHAT"
 *   put DIR FIRST SEGMENT LENGTH NEXT NEWEST writes one behind the one that is there: "ok", or as above
 *   mend DIR                                 the same record into both places
 *   index DIR NAME                           the entries, "OFFSET POSITION NEWEST OLDEST PLAIN end|thinned|-" with ; between, then
 *                                            "whole", or "damaged" behind the last sound one; or "error WHAT"
 *   copy DIR NAME                            what was read of it, written again, in hexadecimal
 *   find DIR NAME OFFSET, time DIR NAME TIME the position where to begin
 */
#include "log/extent.h"
#include "log/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
say_error(void)
{
	printf("error %s\n", strerror(errno));
}

static int
read_extent(int dfd, struct weir_extent *e)
{
	int rc = weir_extent_read(dfd, e);

	if (rc < 0)
		say_error();
	else if (rc > 0)
		puts("damaged");
	return rc;
}

static void
do_put(int dfd, const char *args, bool mend)
{
	struct weir_extent e;
	int fd, rc;

	if (read_extent(dfd, &e) != 0)
		return;
	if (!mend && sscanf(args, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64, &e.first, &e.segment, &e.length, &e.next,
	                 &e.newest) != 5) {
		puts("what?");
		return;
	}
	fd = weir_extent_open(dfd);
	rc = fd < 0 ? -1 : mend ? weir_extent_mend(fd, &e) : weir_extent_put(fd, &e);
	if (rc == 0)
		puts("ok");
	else
		say_error();
	if (fd >= 0)
		close(fd);
}

static void
show(const struct weir_index *ix, int rc)
{
	size_t i;

	for (i = 0; i < ix->n; i++) {
		const struct weir_index_entry *e = &ix->entries[i];

		printf("%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %" PRIu64 " %s;", e->offset, e->position, e->newest, e->oldest,
		    e->plain, e->thinned ? "thinned" : e->end ? "end" : "-");
	}
	puts(rc == 0 ? "whole" : "damaged");
}

static void
copy(const struct weir_index *ix)
{
	struct weir_buf b = {0};
	size_t i;

	weir_index_format(ix, &b);
	for (i = 0; i < b.len; i++)
		printf("%02x", b.p[i]);
	putchar('\n');
	weir_buf_release(&b);
}

static void
do_index(int dfd, const char *what, const char *name, const char *args)
{
	struct weir_index ix = {0};
	int rc = weir_index_load(dfd, name, &ix);

	if (rc < 0)
		say_error();
	else if (strcmp(what, "index") == 0)
		show(&ix, rc);
	else if (strcmp(what, "copy") == 0)
		copy(&ix);
	else if (ix.n == 0)
		puts("empty");
	else if (strcmp(what, "find") == 0)
		printf("%" PRIu64 "\n", weir_index_find(&ix, strtoull(args, NULL, 10))->position);
	else
		printf("%" PRIu64 "\n", weir_index_find_time(&ix, strtoll(args, NULL, 10))->position);
	weir_index_release(&ix);
}

int
main(void)
{
	char line[4096], what[16], dir[1024], name[64];
	struct weir_extent e;
	int at, dfd;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		at = 0;
		if (sscanf(line, "%15s %1023s %n", what, dir, &at) < 2 || (dfd = open(dir, O_RDONLY | O_DIRECTORY)) < 0)
			return 2;
		if (strcmp(what, "read") == 0) {
			if (read_extent(dfd, &e) == 0)
				printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %s\n", e.number, e.first, e.segment,
				    e.length, e.next, e.newest, e.half ? "half" : "whole");
		} else if (strcmp(what, "put") == 0 || strcmp(what, "mend") == 0) {
			do_put(dfd, line + at, what[0] == 'm');
		} else {
			int more = 0;

			if (sscanf(line + at, "%63s %n", name, &more) < 1)
				return 2;
			do_index(dfd, what, name, line + at + more);
		}
		close(dfd);
	}
	return 0;
}
