/*
 * opt - the command line: one table feeds parsing, usage and --help
 *
 * Short and long options as GNU's: -abc, -k VALUE, -kVALUE, --name VALUE,
 * --name=VALUE (pairs: --name ONE TWO), operands anywhere, "--" ends options. No abbreviations, no
 * optional arguments. A mistake is answered with the nearest name and status 2.
 */
#ifndef WEIR_BASE_OPT_H
#define WEIR_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_opt_type {
	WEIR_OPT_END,       /* ends a table */
	WEIR_OPT_FLAG,      /* bool */
	WEIR_OPT_TEXT,      /* const char * */
	WEIR_OPT_LIST,      /* struct weir_opt_list: may come several times */
	WEIR_OPT_PAIRS,     /* the same of two arguments each: v[0] v[1], v[2] v[3], ... */
	WEIR_OPT_DURATION,  /* int64_t, nanoseconds */
	WEIR_OPT_SIZE,      /* uint64_t, bytes */
	WEIR_OPT_COUNT,     /* uint64_t */
	WEIR_OPT_CHOICE,    /* int: index into choices */
	WEIR_OPT_HELP,      /* prints the help, ends with 0 */
	WEIR_OPT_VERSION
};

struct weir_opt_list {
	const char **v;
	unsigned n;
};

struct weir_opt {
	char c;                      /* or 0 */
	const char *name;
	const char *arg;             /* its argument's name, or NULL */
	enum weir_opt_type type;
	size_t off;                  /* of the field in the command's conf */
	const char *const *choices;  /* NULL-terminated */
	const char *help;            /* NULL: the help has the name alone, the page the rest */
};

/* An option that a command has not, but that people look for there. */
struct weir_opt_elsewhere {
	const char *cmd;             /* the command; NULL: any */
	const char *option;          /* with its dashes */
	const char *instead;         /* what does it: "-w DUR pairs ..." */
};

struct weir_cmd {
	const char *name;
	const char *synopsis;        /* lines, without "usage: " */
	const char *about;           /* one line */
	const char *examples;        /* lines for the help */
	const char *see;             /* "scat(1)" */
	const struct weir_opt *opts;
	const struct weir_opt *common; /* a second table, or NULL; offsets in the same conf */
	const struct weir_opt_elsewhere *elsewhere; /* ends with an option of NULL; or NULL */
	void (*version)(void);       /* prints the versions to stdout */
};

/* Fills conf. The operands end up in argv[1 .. n], n is returned. Ends the process on
 * -h, -V (0) and on misuse (2). */
int weir_opt_parse(const struct weir_cmd *cmd, int argc, char *argv[], void *conf);

struct weir_buf;

/* Appends those of the options named (NULL-terminated, long names) that were given, a line each, in a form that does
 * not depend on how they were written: "-w 1m". For what has to be compared with another run. */
void weir_opt_describe(const struct weir_opt *opts, const void *conf, const char *const *names,
    struct weir_buf *b);

/* The help, to stdout or stderr. */
void weir_opt_help(const struct weir_cmd *cmd, int fd);

/* A misuse that only the command can see: the message, how to get help, status 2. */
_Noreturn void weir_opt_misuse(const struct weir_cmd *cmd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "; did you mean \"x\"?" or "": what stands behind an unknown word. Valid until the next call. */
const char *weir_opt_near(const char *word, size_t len, const char *const *names, size_t n);

#endif
