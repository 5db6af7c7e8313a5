/*
 * scat - text into frames, frames into text
 *
 * Which of the two is settled by -i, or by the first byte of the first source.
 */
#include "base/mem.h"
#include "base/say.h"
#include "base/sys.h"
#include "base/units.h"
#include "frame/header.h"
#include "log/log.h"
#include "scat.h"
#include "text/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const outputs[] = {"frames", "json", "csv", "tsv", "logfmt", "table", "raw", NULL};
static const char *const missing[] = {"fail", "skip", NULL};

#define AT(field) offsetof(struct scat_conf, field)

static const struct weir_opt options[] = {
    {'i', "input-format", "F", WEIR_OPT_TEXT, AT(input), NULL,
        "json csv tsv logfmt combined common nginx:FORMAT apache:FORMAT regex:RE\n"
        "                            lines frames auto (default)"},
    {'t', "time", "PATH", WEIR_OPT_TEXT, AT(time), NULL, "the field with the event time"},
    {0, "time-format", "F", WEIR_OPT_TEXT, AT(time_format), NULL,
        "s ms us ns, or a strptime pattern"},
    {'d', "delay", "DUR", WEIR_OPT_DURATION, AT(delay), NULL, "how far out of order records may be"},
    {0, "idle", "DUR", WEIR_OPT_DURATION, AT(idle), NULL, "a source silent for DUR does not hold the others back"},
    {0, "max-ahead", "DUR", WEIR_OPT_DURATION, AT(max_ahead), NULL, "refuse single times further ahead than this"},
    {0, "tz", "ZONE", WEIR_OPT_TEXT, AT(tz), NULL, "of times without an offset; UTC"},
    {'O', "output-format", "F", WEIR_OPT_CHOICE, AT(output), outputs, "frames json csv tsv logfmt table raw"},
    {'o', "output", "DEST", WEIR_OPT_TEXT, AT(dest), NULL, "a file; its name tells the format"},
    {'f', "follow", NULL, WEIR_OPT_FLAG, AT(follow), NULL, "wait for more at the end of files, through rotation"},
    {'n', "limit", "N", WEIR_OPT_COUNT, AT(limit), NULL, "stop after N records"},
    {'z', "zstd", "LEVEL", WEIR_OPT_COUNT, AT(level), NULL, "compress inside the frames"},
    {0, "delimiter", "C", WEIR_OPT_TEXT, AT(delimiter), NULL, "csv: between fields, read and written"},
    {0, "no-header", NULL, WEIR_OPT_FLAG, AT(no_header), NULL, "csv, tsv: no header, read or written"},
    {0, "no-infer", NULL, WEIR_OPT_FLAG, AT(no_infer), NULL, "csv, tsv, logfmt, regex: numbers stay strings"},
    {0, "columns", "PATHS", WEIR_OPT_TEXT, AT(columns), NULL, "csv, tsv, table: write these fields"},
    {0, "in-order", NULL, WEIR_OPT_FLAG, AT(in_order), NULL,
        "sources one after the other, not merged by time"},
    {0, "missing", "WHAT", WEIR_OPT_CHOICE, AT(missing), missing,
        "fail (default), skip: unread bytes are gone"},
    {0, "max-record", "SIZE", WEIR_OPT_SIZE, AT(max_record), NULL, "longest record; 15MiB"},
    {'C', "checkpoint", "DIR", WEIR_OPT_TEXT, AT(checkpoint.dir), NULL, "make the pipeline fault-tolerant"},
    {0, "epoch", "DUR", WEIR_OPT_DURATION, AT(checkpoint.epoch), NULL, "how often to commit; 10s"},
    {0, "epoch-records", "N", WEIR_OPT_COUNT, AT(checkpoint.epoch_records), NULL, NULL},
    {0, "final", NULL, WEIR_OPT_FLAG, AT(checkpoint.final), NULL, "this run is the last: close all windows"},
    {0, "sources", "N", WEIR_OPT_COUNT, AT(checkpoint.sources), NULL, NULL},
    {0, "sinks", "N", WEIR_OPT_COUNT, AT(checkpoint.sinks), NULL, NULL},
    {0, "accept-change", NULL, WEIR_OPT_FLAG, AT(checkpoint.accept), NULL, NULL},
    {0, "drop-state", "ID", WEIR_OPT_LIST, AT(dropped), NULL, NULL},
    {0, "keep-epochs", "N", WEIR_OPT_COUNT, AT(checkpoint.keep), NULL, NULL},
    {0, "from-epoch", "N", WEIR_OPT_COUNT, AT(checkpoint.from), NULL, NULL},
    {0, "discard-output", NULL, WEIR_OPT_FLAG, AT(checkpoint.discard), NULL, NULL},
    {0, "savepoint", "NEW", WEIR_OPT_TEXT, AT(savepoint), NULL, NULL},
    {0, "list-checkpoint", "DIR", WEIR_OPT_TEXT, AT(list), NULL, NULL},
    {0, "force", NULL, WEIR_OPT_FLAG, AT(checkpoint.force), NULL, NULL},
    {0, "append", NULL, WEIR_OPT_FLAG, AT(append), NULL, NULL},
    {.type = WEIR_OPT_END},
};

static const struct weir_cmd cmd = {
    .name = "scat",
    .synopsis = "scat [-i FORMAT] [-t PATH] [-d DELAY] [SOURCE...]        text to frames\n"
                "scat [-O FORMAT] [-o DEST] [STREAM]                      frames to text\n"
                "scat -i FORMAT -O FORMAT [-o DEST] [SOURCE...]           text to text",
    .about = "text into frames, frames into text",
    .examples = "  scat access.log | sfilter '.status >= 500' | scat     errors as JSON lines\n"
                "  scat -t .ts -d 1m app.json.gz | swindow -w 5m count   windows of event time\n"
                "  scat -i csv -O json trades.csv                        csv to JSON at once",
    .opts = options,
    .common = weir_stage_options,
    .elsewhere = weir_stage_elsewhere,
    .version = weir_stage_version,
};

const char *
scat_options(const struct scat_conf *cf, bool sink)
{
	static const char *const of_source[] = {"input-format", "time", "time-format", "delay", "max-ahead", "tz", "delimiter",
	    "no-header", "no-infer", "in-order", NULL};
	static const char *const of_sink[] = {"output-format", "output", "delimiter", "no-header", "columns", NULL};
	static struct weir_buf b;

	weir_buf_clear(&b);
	weir_opt_describe(options, cf, sink ? of_sink : of_source, &b);
	return weir_buf_cstr(&b);
}

static int
ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	while (n > 1 && s[n - 1] == '/')
		n--;
	return n > m && memcmp(s + n - m, tail, m) == 0;
}

/* What -o's name says, or -1. */
static int
format_by_name(const char *dest)
{
	static const struct {
		const char *tail;
		int format;
	} names[] = {{".weir", WEIR_EMIT_FRAMES}, {".json", WEIR_EMIT_JSON}, {".jsonl", WEIR_EMIT_JSON},
	    {".ndjson", WEIR_EMIT_JSON}, {".csv", WEIR_EMIT_CSV}, {".tsv", WEIR_EMIT_TSV},
	    {".logfmt", WEIR_EMIT_LOGFMT}, {".tsv.zst", WEIR_EMIT_TSV}, {".logfmt.zst", WEIR_EMIT_LOGFMT}, {".json.zst", WEIR_EMIT_JSON},
	    {".jsonl.zst", WEIR_EMIT_JSON}, {".ndjson.zst", WEIR_EMIT_JSON}, {".csv.zst", WEIR_EMIT_CSV}};
	size_t i;

	for (i = 0; dest != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (ends_with(dest, names[i].tail))
			return names[i].format;
	return -1;
}

/* A file may well be called json; who wrote -o for -O is told. */
static void
warn_of_format(const struct scat_conf *cf)
{
	size_t i;

	for (i = 0; cf->dest != NULL && cf->output < 0 && outputs[i] != NULL; i++)
		if (strcmp(cf->dest, outputs[i]) == 0)
			weir_say(WEIR_SAY_WARNING, "-o %s writes a file of that name; the format is -O %s", cf->dest, cf->dest);
}

static void
choose_columns(struct scat_conf *cf)
{
	const char *why;
	struct weir_path *paths;
	struct weir_name *names;
	unsigned n, i;

	if (cf->columns == NULL)
		return;
	if ((paths = weir_path_list(cf->columns, &n, &why)) == NULL)
		weir_opt_misuse(&cmd, "--columns \"%s\": %s", cf->columns, why);
	names = weir_mem_alloc(n * sizeof(*names));
	for (i = 0; i < n; i++) {
		if (paths[i].n != 1)
			weir_opt_misuse(&cmd, "--columns takes top-level fields, not %s", paths[i].text);
		names[i].p = paths[i].steps[0].name;
		names[i].len = paths[i].steps[0].len;
	}
	cf->emit.columns = names;
	cf->emit.ncolumns = n;
}

static void
choose_output(struct scat_conf *cf, int text_in)
{
	bool tty = cf->dest == NULL && isatty(STDOUT_FILENO);

	warn_of_format(cf);
	if (cf->output < 0)
		cf->output = format_by_name(cf->dest);
	if (cf->output < 0)
		cf->output = tty ? WEIR_EMIT_TABLE : text_in && cf->dest == NULL ? WEIR_EMIT_FRAMES : WEIR_EMIT_JSON;
	if (cf->level != 0 && cf->output != WEIR_EMIT_FRAMES)
		weir_opt_misuse(&cmd, "-z compresses frames; for text name the file .zst");
	if (cf->level > 22)
		weir_opt_misuse(&cmd, "-z %d: levels are 1 to 22", (int)cf->level);
	if (tty)
		cf->emit = weir_sink_terminal(STDOUT_FILENO);
	cf->emit.format = (enum weir_emit_format)cf->output;
	cf->emit.delimiter = cf->delimiter != NULL ? (unsigned char)cf->delimiter[0] : 0;
	cf->emit.no_header = cf->no_header;
	choose_columns(cf);
}

/* The pattern behind -i NAME: is wrong: shows where. */
_Noreturn static void
bad_pattern(const struct scat_conf *cf, const struct weir_parser_misuse *m)
{
	struct weir_say_fault fault = {.what = m->what, .text = (const unsigned char *)cf->pattern,
		.len = strlen(cf->pattern), .at = m->at, .span = m->span, .always = true};
	char place[64];

	snprintf(place, sizeof(place), "-i %s", cf->format->name);
	fault.place = place;
	weir_say_fault(WEIR_SAY_ERROR, &fault);
	exit(WEIR_EX_USAGE);
}

static void
check_input(struct scat_conf *cf)
{
	struct weir_parser_misuse m;

	cf->format = weir_stage_options_format(&cmd, cf->input, &cf->pattern);
	if (cf->format == NULL || cf->format->check == NULL)
		return;
	if (cf->format->check(cf->pattern, &m) != 0)
		bad_pattern(cf, &m);
}

static void
check(struct scat_conf *cf)
{
	struct weir_timing_conf timing = {.path = cf->time, .format = cf->time_format};
	struct weir_path path;
	const char *why;

	check_input(cf);
	if (cf->time != NULL) {
		size_t took = weir_path_parse(&path, cf->time, strlen(cf->time), &why);

		if (took == 0 || took != strlen(cf->time))
			weir_opt_misuse(&cmd, "-t \"%s\": %s", cf->time, took == 0 ? why : "one path only");
		weir_path_release(&path);
	}
	if ((why = weir_timing_check(&timing)) != NULL)
		weir_opt_misuse(&cmd, "--time-format \"%s\": %s", cf->time_format, why);
	if (weir_timing_is_yearless(&timing))
		weir_say(WEIR_SAY_WARNING, "--time-format \"%s\" has no year: all times are of 1970", cf->time_format);
	if (cf->tz != NULL && (cf->zone = weir_zone_open(cf->tz)) == NULL)
		weir_opt_misuse(&cmd, "--tz: no zone \"%s\" in the system's zone data; one is called Europe/Berlin, say", cf->tz);
	if (cf->delimiter != NULL && strcmp(cf->delimiter, "\\t") == 0)
		cf->delimiter = "\t";
	if (cf->delimiter != NULL &&
	    (strlen(cf->delimiter) != 1 || strchr("\"\r\n", cf->delimiter[0]) != NULL))
		weir_opt_misuse(&cmd, "--delimiter takes one byte, not a quote or a line's end (\\t: a tab)");
	if (cf->max_record > WEIR_RECORD_MAX || cf->max_record == 0)
		weir_opt_misuse(&cmd, "--max-record: at most 15MiB, at least 1B");
}

/* Whether the operands are one weir stream: reads its first bytes. Opens *fd. */
static bool
is_stream(const struct scat_conf *cf, char *const *operands, int n, int *fd, unsigned char *first,
    size_t *nfirst)
{
	bool in = strcmp(operands[0], "-") == 0, forced = strcmp(cf->input, "frames") == 0;
	struct weir_origin o;
	ssize_t k;

	*nfirst = 0;
	if (!forced && (strcmp(cf->input, "auto") != 0 || (n > 1 && in)))
		return false;
	if (forced && n > 1)
		weir_opt_misuse(&cmd, "one weir stream at a time: cat %s %s... | scat", operands[0], operands[1]);
	/* A pipe that is named can't be looked into and then read from its start. */
	if (!in && !forced && weir_origin_once(operands[0]) != NULL)
		return false;
	if (weir_origin_open(&o, operands[0]) != 0) {
		if (!forced)
			return false;
		weir_say_die(in ? WEIR_EX_IOERR : WEIR_EX_NOINPUT, "%s: %s", in ? "standard input" : operands[0],
		    strerror(errno));
	}
	*fd = o.fd;
	if (forced)
		return true;
	if ((k = weir_sys_read(*fd, first, 1)) < 0)
		weir_say_die(in ? WEIR_EX_IOERR : WEIR_EX_NOINPUT, "%s: %s", in ? "standard input" : operands[0],
		    strerror(errno));
	if (k == 0 && in)
		weir_say_die(WEIR_EX_PROTOCOL,
		    "standard input: empty: the command before it wrote nothing; if it failed, it says why itself; -i FORMAT if this is empty text");
	*nfirst = (size_t)k;
	if (k == 1 && first[0] == WEIR_FRAME_MAGIC && n == 1)
		return true;
	if (!in)
		weir_origin_close(&o);
	return false;
}

int
main(int argc, char *argv[])
{
	struct scat_conf cf = {
	    .input = "auto", .output = -1, .limit = UINT64_MAX,
	    .max_record = WEIR_RECORD_MAX, .cmd = &cmd,
	    .checkpoint = weir_source_checkpoint};
	char dash[] = "-", *stdin_only[] = {dash, NULL}, **operands = argv + 1;
	unsigned char first[1];
	size_t nfirst;
	int fd = -1, n;

	n = weir_stage_options_parse(&cmd, argc, argv, &cf);
	weir_stage_options_names(&cmd, argv + 1, n);
	check(&cf);
	scat_checkpoint_check(&cf, argv, n);
	if (cf.list != NULL) {
		choose_output(&cf, 0);
		return scat_checkpoint_list(&cf);
	}
	if (cf.savepoint != NULL)
		return scat_checkpoint_copy(&cf);
	if (n == 0 && isatty(STDIN_FILENO)) {
		weir_opt_help(&cmd, STDERR_FILENO);
		return WEIR_EX_USAGE;
	}
	if (n == 0) {
		operands = stdin_only;
		n = 1;
	}
	scat_self_check(&cf, operands, n);
	if (cf.follow && cf.in_order && n > 1)
		weir_opt_misuse(&cmd, "-f never gets to the second source with --in-order: leave one out");
	if (n == 1 && (strcmp(cf.input, "auto") == 0 || strcmp(cf.input, "frames") == 0) && weir_log_is(operands[0])) {
		if (cf.follow || cf.checkpoint.dir != NULL || cf.common.explain)
			weir_opt_misuse(&cmd, "%s is a log: sreplay follows it, and reads it with -C", operands[0]);
		choose_output(&cf, 0);
		return scat_log(&cf, operands[0]);
	}
	if (is_stream(&cf, operands, n, &fd, first, &nfirst)) {
		if (cf.follow)
			weir_opt_misuse(&cmd, "-f follows text; a weir stream goes on until its end");
		choose_output(&cf, 0);
		if (cf.checkpoint.dir != NULL)
			weir_opt_misuse(&cmd, "-C belongs to the source: the stream itself tells the others");
		return scat_write(&cf, fd, fd == STDIN_FILENO ? NULL : operands[0], first, nfirst);
	}
	choose_output(&cf, 1);
	return scat_read(&cf, operands, n, fd == STDIN_FILENO && nfirst > 0 ? first : NULL, nfirst);
}
