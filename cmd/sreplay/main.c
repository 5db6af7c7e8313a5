/*
 * sreplay - a log that records are kept in and played from
 *
 * With -a it is a stage that keeps what passes; with a log as its operand a source; with --list
 * and the like it looks after a log.
 */
#include "base/civil.h"
#include "base/say.h"
#include "base/sys.h"
#include "base/units.h"
#include "keys.h"
#include "sreplay.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_MEMORY (UINT64_C(1) << 30)

#define AT(field) offsetof(struct sreplay_conf, field)

static const struct weir_opt options[] = {
    {'a', "append", "LOG", WEIR_OPT_TEXT, AT(append), NULL, "append standard input to LOG, and pass it on"},
    {'z', "zstd", "LEVEL", WEIR_OPT_COUNT, AT(level), NULL, "compress inside the log's frames; 0: none"},
    {0, "sync", "WHEN", WEIR_OPT_TEXT, AT(sync), NULL, "make durable: each, a duration (1s), epoch"},
    {0, "segment-size", "SIZE", WEIR_OPT_SIZE, AT(segment_size), NULL, "begin a new segment at; 64MiB"},
    {0, "segment-time", "DUR", WEIR_OPT_DURATION, AT(segment_time), NULL, "and when event times span so much"},
    {0, "partitions", "N", WEIR_OPT_COUNT, AT(partitions), NULL, "a new log: split it into so many, by -k"},
    {'k', "key", "KEYS", WEIR_OPT_LIST, AT(keys), NULL, "what is split or compacted by: paths, or NAME=EXPR"},
    {0, "from", "WHERE", WEIR_OPT_TEXT, AT(from), NULL, "play from this offset or time on"},
    {0, "to", "WHERE", WEIR_OPT_TEXT, AT(to), NULL, "and up to this one, left out"},
    {0, "partition", "LIST", WEIR_OPT_TEXT, AT(partition), NULL, "only these partitions: 3, or 0,2,4"},
    {'f', "follow", NULL, WEIR_OPT_FLAG, AT(follow), NULL, "go on with what is appended"},
    {0, "committed", NULL, WEIR_OPT_FLAG, AT(committed), NULL, "only what is durable"},
    {'n', "limit", "N", WEIR_OPT_COUNT, AT(limit), NULL, "stop after N records"},
    {'s', "speed", "X", WEIR_OPT_TEXT, AT(speed), NULL, "at X times the pace of the event times"},
    {0, "max-gap", "DUR", WEIR_OPT_DURATION, AT(max_gap), NULL, "with -s: shorten silences to this"},
    {0, "rate", "N", WEIR_OPT_TEXT, AT(rate), NULL, "N records a second"},
    {0, "loop", "N", WEIR_OPT_COUNT, AT(loop), NULL, "play it N times, times going on"},
    {0, "shift-to", "TIME", WEIR_OPT_TEXT, AT(shift), NULL, "move event times: the first record's is TIME (now)"},
    {0, "number", "FIELD", WEIR_OPT_TEXT, AT(number), NULL, "put each record's offset into this field"},
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
    {0, "list", NULL, WEIR_OPT_FLAG, AT(list), NULL, "the log's segments"},
    {0, "verify", NULL, WEIR_OPT_FLAG, AT(verify), NULL, "check every frame and every entry of an index"},
    {0, "trim-before", "WHERE", WEIR_OPT_TEXT, AT(trim), NULL, "remove whole segments before an offset or time"},
    {0, "max-size", "SIZE", WEIR_OPT_SIZE, AT(max_size), NULL, "remove the oldest segments beyond this"},
    {0, "max-age", "DUR", WEIR_OPT_DURATION, AT(max_age), NULL, "and those older than this, by event time"},
    {0, "compact", NULL, WEIR_OPT_FLAG, AT(compact), NULL, "of finished segments keep the last record per -k"},
    {0, "max-memory", "SIZE", WEIR_OPT_SIZE, AT(max_memory), NULL, "for its keys, else status 71; 1GiB"},
    {0, "salvage", "NEW", WEIR_OPT_TEXT, AT(salvage), NULL, "write what is readable to a new log"},
    {0, "force", NULL, WEIR_OPT_FLAG, AT(force), NULL, "remove what a reader still needs, too"},
    {.type = WEIR_OPT_END},
};

static const struct weir_cmd cmd = {
    .name = "sreplay",
    .synopsis = "sreplay -a LOG [-z LEVEL] [--sync WHEN] [--partitions N -k KEYS]\n"
                "sreplay [--from WHERE] [--to WHERE] [-f] [-s X] [-C DIR] LOG\n"
                "sreplay --list | --verify | --trim-before WHERE | --max-size SIZE LOG\n"
                "sreplay --compact [-k KEYS] LOG\n"
                "sreplay --salvage NEW LOG",
    .about = "a durable log of records: append, play, follow",
    .examples = "  journalctl -fo json | scat -i json | sreplay -a spool/ > /dev/null   record\n"
                "  sreplay -f -C state/ spool/ | swindow -w 1m count | scat -o out/     read on, exactly once\n"
                "  sreplay -s 100 --from 2015-05-17 spool/ | scat                       at 100 times the pace",
    .opts = options,
    .common = weir_stage_options,
    .elsewhere = weir_stage_elsewhere,
    .version = weir_stage_version,
};

/* An offset is digits alone; anything else is a time. */
static void
read_bound(const char *option, const char *s, struct sreplay_bound *b)
{
	b->given = s != NULL;
	if (s == NULL)
		return;
	b->by_time = s[0] == '\0' || strspn(s, "0123456789") != strlen(s);
	if (!b->by_time)
		b->offset = strtoull(s, NULL, 10);
	else if (weir_civil_spec(s, weir_sys_now(), NULL, &b->time) != 0)
		weir_opt_misuse(&cmd, "%s \"%s\": an offset (digits), a date, RFC 3339, now, -1h or @1700000000", option, s);
}

static double
read_factor(const char *option, const char *s)
{
	char *end;
	double v;

	if (s == NULL)
		return 0;
	v = strtod(s, &end);
	if (end == s || *end != '\0' || !(v > 0) || !isfinite(v))
		weir_opt_misuse(&cmd, "%s \"%s\": a number above 0, as 10 or 0.5", option, s);
	return v;
}

static void
read_sync(struct sreplay_conf *cf)
{
	const char *why;

	cf->how = strcmp(cf->sync, "each") == 0 ? SREPLAY_SYNC_EACH : strcmp(cf->sync, "epoch") == 0 ? SREPLAY_SYNC_EPOCH : SREPLAY_SYNC_TIMED;
	if (cf->how == SREPLAY_SYNC_TIMED && weir_units_duration(cf->sync, &cf->sync_every, &why) != 0)
		weir_opt_misuse(&cmd, "--sync \"%s\": each, epoch, or a duration: %s", cf->sync, why);
}

/* What belongs to the other ways of working. */
static void
check_modes(const struct sreplay_conf *cf, char *const *operands, int n)
{
	bool plays = cf->from != NULL || cf->to != NULL || cf->follow || cf->committed || cf->speed != NULL || cf->rate != NULL ||
	    cf->shift != NULL || cf->partition != NULL || cf->max_gap != 0 || cf->loop != 1 || cf->checkpoint.dir != NULL || cf->limit != UINT64_MAX || cf->number != NULL;
	int cares = cf->list + cf->verify + cf->compact + (cf->trim != NULL) + (cf->salvage != NULL);

	if (cf->append != NULL && n > 0)
		weir_stage_options_file(&cmd, operands[0]);
	if (cf->append != NULL && (plays || cares > 0 || n > 0))
		weir_opt_misuse(&cmd, "-a appends standard input to a log, and takes no more than the log");
	if (cf->append == NULL && n != 1)
		weir_opt_misuse(&cmd, n == 0 ? "which log? -a LOG appends to it, LOG plays it" : "one log at a time, and nothing else: options begin with a dash");
	if (cares > 1 || (cares == 1 && plays))
		weir_opt_misuse(&cmd, "one thing at a time: --list, --verify, --trim-before, --compact, --salvage, or playing");
	if (cf->append == NULL && (plays || cf->compact) && (cf->max_size != UINT64_MAX || cf->max_age != 0))
		weir_opt_misuse(&cmd, "--max-size and --max-age remove segments: with -a, or with nothing else");
	if (cf->append == NULL && (cf->partitions != 0 || (cf->key != NULL && !cf->compact)))
		weir_opt_misuse(&cmd, "--partitions and -k split what -a appends; -k goes with --compact, too");
	if (cf->max_memory != 0 && !cf->compact)
		weir_opt_misuse(&cmd, "--max-memory bounds the keys of --compact");
	if (!cf->compact && (cf->partitions > WEIR_LOG_PARTITIONS || (cf->partitions != 0) != (cf->key != NULL)))
		weir_opt_misuse(&cmd, "--partitions N, at most %d, and -k KEYS go together; to append to a log that is split already neither is needed", WEIR_LOG_PARTITIONS);
	if (cf->number != NULL && cf->number[0] == '\0')
		weir_opt_misuse(&cmd, "--number \"\": the field needs a name");
	if (cf->max_gap != 0 && cf->speed == NULL)
		weir_opt_misuse(&cmd, "--max-gap shortens the silences that -s keeps");
	if (cf->speed != NULL && cf->rate != NULL)
		weir_opt_misuse(&cmd, "-s or --rate, one of them");
	if (cf->loop == 0 || (cf->loop > 1 && (cf->follow || cf->checkpoint.dir != NULL)))
		weir_opt_misuse(&cmd, "--loop is at least 1, and not for -f or -C, which never come back to the start");
	if (cf->checkpoint.dir != NULL && cf->shift != NULL)
		weir_opt_misuse(&cmd, "--shift-to depends on when it starts: not with -C");
	if (cf->levelled && cf->level > 22)
		weir_opt_misuse(&cmd, "-z %d: levels are 0 to 22", (int)cf->level);
	if (cf->segment_size < 4096)
		weir_opt_misuse(&cmd, "--segment-size: at least 4KiB");
}

static void
check_checkpoint(struct sreplay_conf *cf)
{
	cf->checkpoint.force = cf->force;
	if (weir_source_check(&cf->checkpoint, &cf->dropped, &cmd, &cf->common) && !weir_sys_is_pipe(STDOUT_FILENO))
		weir_opt_misuse(&cmd, "-C: standard output is no pipe: the end of a pipeline commits, | scat -o FILE");
}

static int
run(struct sreplay_conf *cf, const char *log)
{
	if (cf->append != NULL)
		return sreplay_record(cf);
	if (cf->list || cf->verify || cf->trim != NULL || cf->salvage != NULL || cf->max_size != UINT64_MAX || cf->max_age != 0)
		return sreplay_care(cf, log);
	return cf->compact ? sreplay_compact(cf, log) : sreplay_play(cf, log);
}

int
main(int argc, char *argv[])
{
	struct sreplay_conf cf = {
	    .cmd = &cmd, .segment_size = 64 << 20, .level = UINT64_MAX, .sync = "1s", .loop = 1, .limit = UINT64_MAX, .max_size = UINT64_MAX, .max_age = -1,
	    .checkpoint = weir_source_checkpoint};
	int n = weir_stage_options_parse(&cmd, argc, argv, &cf), status;

	if (n == 0 && argc == 1) {
		weir_opt_help(&cmd, STDERR_FILENO);
		return WEIR_EX_USAGE;
	}
	if (cf.max_age == 0)
		weir_opt_misuse(&cmd, "--max-age is above 0");
	cf.max_age = cf.max_age > 0 ? cf.max_age : 0;
	cf.levelled = cf.level != UINT64_MAX;
	cf.level = cf.levelled ? cf.level : 0;
	cf.key = keys_join(&cf.keys);
	weir_stage_options_names(&cmd, argv + 1, n);
	check_modes(&cf, argv + 1, n);
	cf.max_memory = cf.max_memory != 0 ? cf.max_memory : KEY_MEMORY;
	sreplay_check_key(&cf);
	read_sync(&cf);
	read_bound("--from", cf.from, &cf.begin);
	read_bound("--to", cf.to, &cf.end);
	if (cf.begin.given && cf.end.given && cf.begin.by_time == cf.end.by_time &&
	    (cf.begin.by_time ? cf.end.time < cf.begin.time : cf.end.offset < cf.begin.offset))
		weir_opt_misuse(&cmd, "--to %s lies before --from %s: there is nothing between", cf.to, cf.from);
	read_bound("--trim-before", cf.trim, &cf.before);
	cf.times = read_factor("-s", cf.speed);
	cf.per_second = read_factor("--rate", cf.rate);
	check_checkpoint(&cf);
	status = run(&cf, argv[1]);
	free(cf.keys.v);
	free(cf.key);
	return status;
}
