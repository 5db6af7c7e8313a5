/*
 * pair_open - the two inputs by their operands
 */
#include "base/say.h"
#include "log/log.h"
#include "stage/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The descriptor of "/dev/fd/N" itself, not the file anew: of a FIFO whose writer has gone a new one would wait for the next. */
static int
open_number(const char *path)
{
	char *end;
	long n;

	if (strncmp(path, "/dev/fd/", 8) != 0 || path[8] < '0' || path[8] > '9')
		return -2;
	n = strtol(path + 8, &end, 10);
	return *end == '\0' && n <= INT_MAX ? fcntl((int)n, F_DUPFD_CLOEXEC, 3) : -2;
}

/* Without waiting for the writer of a FIFO: until it comes there is nothing to read. */
static int
open_input(const char *path)
{
	struct stat st;
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open_number(path);

	if (fd != -2)
		return fd;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		errno = EISDIR;
		return -1;
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

static void
say_failed(const char *path, int errnum)
{
	if (errnum == EISDIR && weir_log_is(path))
		weir_say(WEIR_SAY_ERROR, "%s: a log, not a stream: <(sreplay %s) plays it", path, path);
	else
		weir_say(WEIR_SAY_ERROR, "%s: %s", path, strerror(errnum));
}

int
weir_pair_open(struct weir_pair_input in[2], char *const operands[2])
{
	int i;

	if (strcmp(operands[0], "-") == 0 && strcmp(operands[1], "-") == 0) {
		weir_say(WEIR_SAY_ERROR, "standard input can be one of the two inputs only");
		return WEIR_EX_USAGE;
	}
	for (i = 0; i < 2; i++) {
		in[i] = (struct weir_pair_input){operands[i], open_input(operands[i])};
		if (in[i].fd < 0) {
			say_failed(operands[i], errno);
			return WEIR_EX_NOINPUT;
		}
		if (in[i].fd == STDIN_FILENO)
			in[i].name = "standard input";
	}
	return 0;
}
