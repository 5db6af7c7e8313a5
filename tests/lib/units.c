/*
 * units - the room base/units.h on standard input: a command a line, an answer a line
 *
 *   duration TEXT    size TEXT    fduration NS    fsize BYTES
 *
 * A refusal is answered with "no: " and its reason.
 */
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
answer(const char *cmd, const char *arg)
{
	char buf[WEIR_UNITS_TEXT];
	const char *why = "";
	uint64_t bytes;
	int64_t ns;

	if (strcmp(cmd, "duration") == 0) {
		if (weir_units_duration(arg, &ns, &why) == 0)
			printf("%" PRId64 "\n", ns);
		else
			printf("no: %s\n", why);
	} else if (strcmp(cmd, "size") == 0) {
		if (weir_units_size(arg, &bytes, &why) == 0)
			printf("%" PRIu64 "\n", bytes);
		else
			printf("no: %s\n", why);
	} else if (strcmp(cmd, "fduration") == 0) {
		puts(weir_units_format_duration(strtoll(arg, NULL, 10), buf));
	} else if (strcmp(cmd, "fsize") == 0) {
		puts(weir_units_format_size(strtoull(arg, NULL, 10), buf));
	} else {
		return 0;
	}
	return 1;
}

int
main(void)
{
	char *line = NULL, *arg;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if ((arg = strchr(line, ' ')) == NULL)
			return 2;
		*arg++ = '\0';
		if (!answer(line, arg))
			return 2;
	}
	free(line);
	return fflush(stdout) != 0;
}
