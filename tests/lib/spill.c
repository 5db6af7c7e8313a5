/*
 * spill - the room state/spill.h on standard input: a command a line, its words between blanks
 *
 *   spill DIR [length]     length: keys are ordered by their length first
 *
 *   put KEY VALUE    get KEY    remove KEY    drop FROM TO    list FROM TO    fill N BYTES
 *
 * get answers with the value or "-", list with a line for each key and then "."; fill puts N keys with values of so
 * many bytes. "no: " and the reason stand for an error. "ready" comes first, so that a test can look at the directory.
 */
#include "state/spill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
by_length(const unsigned char *a, size_t alen, const unsigned char *b, size_t blen)
{
	return alen != blen ? (alen > blen) - (alen < blen) : memcmp(a, b, alen);
}

static int
list(struct weir_spill *s, const char *from, const char *to)
{
	const unsigned char *k, *v;
	struct weir_spill_each e;
	size_t n, m;
	int rc;

	weir_spill_each_init(&e, s, from, strlen(from), to, strlen(to));
	while ((rc = weir_spill_each_next(&e, &k, &n, &v, &m)) > 0)
		printf("%.*s %.*s\n", (int)n, (const char *)k, (int)m, (const char *)v);
	if (rc == 0)
		puts(".");
	weir_spill_each_release(&e);
	return rc;
}

/* Bytes that don't compress. */
static int
fill(struct weir_spill *s, unsigned long n, size_t bytes)
{
	char *value = malloc(bytes), key[32];
	unsigned long i, x = 1;
	size_t j;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		for (j = 0; j < bytes; j++)
			value[j] = (char)((x = x * 6364136223846793005 + 1442695040888963407) >> 56);
		snprintf(key, sizeof(key), "fill-%lu", i);
		rc = weir_spill_put(s, key, strlen(key), value, bytes);
	}
	free(value);
	return rc;
}

static int
answer(struct weir_spill *s, const char *cmd, const char *a, const char *b)
{
	struct weir_buf v = {0};
	int rc = 0;

	if (strcmp(cmd, "put") == 0) {
		rc = weir_spill_put(s, a, strlen(a), b, strlen(b));
	} else if (strcmp(cmd, "get") == 0) {
		if ((rc = weir_spill_get(s, a, strlen(a), &v)) >= 0)
			printf("%.*s\n", rc > 0 ? (int)v.len : 1, rc > 0 ? (const char *)v.p : "-");
	} else if (strcmp(cmd, "remove") == 0) {
		rc = weir_spill_remove(s, a, strlen(a));
	} else if (strcmp(cmd, "drop") == 0) {
		rc = weir_spill_drop(s, a, strlen(a), b, strlen(b));
	} else if (strcmp(cmd, "list") == 0) {
		rc = list(s, a, b);
	} else if (strcmp(cmd, "fill") == 0) {
		rc = fill(s, strtoul(a, NULL, 10), strtoul(b, NULL, 10));
	} else {
		fprintf(stderr, "spill: what is \"%s\"?\n", cmd);
		exit(2);
	}
	weir_buf_release(&v);
	return rc;
}

int
main(int argc, char *argv[])
{
	char line[4096], cmd[16], a[2048], b[2048];
	struct weir_spill s;
	int status = argc < 2 ? 2 : weir_spill_open(&s, argv[1], argc > 2 ? by_length : NULL);

	if (argc < 2)
		return status;
	if (status != 0)
		printf("no: %s\n", weir_buf_cstr(&s.why));
	else
		puts("ready");
	fflush(stdout);
	while (status == 0 && fgets(line, sizeof(line), stdin) != NULL) {
		a[0] = b[0] = '\0';
		if (sscanf(line, "%15s %2047s %2047s", cmd, a, b) < 1)
			continue;
		if (answer(&s, cmd, a, b) < 0) {
			printf("no: %s\n", weir_buf_cstr(&s.why));
			status = 74;
		}
		fflush(stdout);
	}
	weir_spill_close(&s);
	return status;
}
