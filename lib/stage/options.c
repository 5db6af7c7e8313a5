/*
 * options - what all commands share on their command lines; see stage.h
 */
#include "base/say.h"
#include "frame/header.h"
#include "stage/reject.h"
#include "stage/stage.h"
#include "text/detect.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fcntl.h>
#include <pcre2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

static const char *const whens[] = {"auto", "always", "never", NULL};
static const char *const skip_or_fail[] = {"skip", "fail", NULL};

#define AT(field) offsetof(struct weir_common, field)

const struct weir_opt weir_stage_options[] = {
    {0, "on-error", "skip|fail", WEIR_OPT_CHOICE, AT(on_error), skip_or_fail,
        "a bad record: skip and count (default), or stop"},
    {0, "rejects", "FILE", WEIR_OPT_TEXT, AT(rejects), NULL, "keep bad records as JSON lines"},
    {0, "max-errors", "N|P%", WEIR_OPT_TEXT, AT(max_errors), NULL,
        "give up beyond this many bad records, status 65"},
    {0, "id", "NAME", WEIR_OPT_TEXT, AT(id), NULL, "this stage's name in checkpoints"},
    {0, "stats", "FILE", WEIR_OPT_TEXT, AT(stats), NULL,
        "a closing summary as one JSON line (-: stderr)"},
    {0, "explain", NULL, WEIR_OPT_FLAG, AT(explain), NULL, "say what would be done, and end"},
    {0, "color", "WHEN", WEIR_OPT_CHOICE, AT(color), whens, "auto, always, never"},
    {'q', "quiet", NULL, WEIR_OPT_FLAG, AT(quiet), NULL, "errors only"},
    {'v', "verbose", NULL, WEIR_OPT_FLAG, AT(verbose), NULL, "say more"},
    {'h', "help", NULL, WEIR_OPT_HELP, 0, NULL, "this help"},
    {'V', "version", NULL, WEIR_OPT_VERSION, 0, NULL, "versions of weir and its libraries"},
    {.type = WEIR_OPT_END},
};

#define TIME "the event time is told at the source: scat -t PATH"
#define DELAY "how late records may be is told at the source: scat -d DUR"
#define READ "text is read at the source: scat -i FORMAT"
#define WRITE "the end of the line writes: ... | scat -o DEST -O FORMAT"
#define CHECKPOINT "the source begins the checkpoint, the stream tells the others: scat -C DIR"
#define FOLLOW "the source follows: scat -f FILE, sreplay -f LOG"
#define KEYS "the key is told by -k KEYS"

const struct weir_opt_elsewhere weir_stage_elsewhere[] = {
    {"scat", "-w", "windows are swindow's: scat FILE | swindow -w 1m count"},
    {"scat", "-k", "keys are for sfilter, swindow, sjoin, sdedup and sreplay, behind scat"},
    {"swindow", "--tumbling", "-w SIZE makes tumbling windows"},
    {"swindow", "--hop", "--slide DUR makes windows that overlap"},
    {"swindow", "-s", "--session GAP, --slide DUR, --step DUR"},
    {"swindow", "--within", "-w SIZE says how long a window is, --lateness DUR how long results are corrected"},
    {"swindow", "--by", KEYS},
    {"swindow", "--group-by", KEYS},
    {"sjoin", "--within", "-w DUR pairs records at most DUR apart"},
    {"sjoin", "--on", KEYS},
    {"sjoin", "--left", "--type left"},
    {"sjoin", "--outer", "--type full, left or right"},
    {"sjoin", "-t", "--type TYPE says what comes out; " TIME},
    {"sdedup", "-w", "--within DUR says how far apart duplicates may be"},
    {"sdedup", "--window", "--within DUR says how far apart duplicates may be"},
    {"sdedup", "--by", KEYS},
    {"sdedup", "--last", "--which last"},
    {"sdedup", "--first", "--which first, which is what it does"},
    {"sfilter", "--select", "--keep PATHS says which fields stay; which records do, EXPR"},
    {NULL, "-t", TIME},
    {NULL, "--time", TIME},
    {NULL, "--time-format", TIME " --time-format F"},
    {NULL, "-d", DELAY},
    {NULL, "--delay", DELAY},
    {NULL, "-i", READ},
    {NULL, "--input-format", READ},
    {NULL, "-o", WRITE},
    {NULL, "--output", WRITE},
    {NULL, "-O", WRITE},
    {NULL, "--output-format", WRITE},
    {NULL, "-C", CHECKPOINT},
    {NULL, "--checkpoint", CHECKPOINT},
    {NULL, "--final", "the source says so: scat -C DIR --final"},
    {NULL, "-f", FOLLOW},
    {NULL, "--follow", FOLLOW},
    {NULL, "-n", "the end of the line stops: ... | scat -n N"},
    {NULL, "--limit", "the end of the line stops: ... | scat -n N"},
    {NULL, NULL, NULL},
};

void
weir_stage_version(void)
{
	char pcre2[64] = "?";

	pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
	printf("weir %s (libjq %s, PCRE2 %s, zstd %s)\n", WEIR_VERSION, WEIR_JQ_VERSION, pcre2,
	    ZSTD_versionString());
}

int
weir_stage_options_parse(const struct weir_cmd *cmd, int argc, char *argv[], void *conf)
{
	const struct weir_common *common = conf;
	struct weir_reject limit = {0};
	const char *why;
	int n;

	weir_say_init(cmd->name);
	n = weir_opt_parse(cmd, argc, argv, conf);
	weir_say_set(common->quiet, common->verbose, (enum weir_when)common->color);
	if (common->max_errors != NULL && weir_reject_limit(&limit, common->max_errors, &why) != 0)
		weir_opt_misuse(cmd, "--max-errors: \"%s\": %s", common->max_errors, why);
	if (common->id != NULL &&
	    (strspn(common->id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(common->id) ||
	        common->id[0] == '\0' || strlen(common->id) > 64))
		weir_opt_misuse(cmd, "--id \"%s\": letters, digits, _ and -, at most 64", common->id);
	return n;
}

void
weir_stage_options_names(const struct weir_cmd *cmd, char *const *operands, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (operands[i][0] == '\0')
			weir_opt_misuse(cmd, "operand %d: the name is empty", i + 1);
}

/* Whether the file begins as a weir stream does. */
static bool
is_stream(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char first = 0;
	bool is = fd >= 0 && read(fd, &first, 1) == 1 && first == WEIR_FRAME_MAGIC;

	if (fd >= 0)
		close(fd);
	return is;
}

void
weir_stage_options_file(const struct weir_cmd *cmd, const char *operand)
{
	struct stat st;

	if (operand[0] == '-' || stat(operand, &st) != 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return;
	if (S_ISDIR(st.st_mode))
		weir_opt_misuse(cmd, "\"%s\" is a directory: %s reads a stream from standard input: sreplay %s | %s ... if it is a log",
		    operand, cmd->name, operand, cmd->name);
	if (is_stream(operand))
		weir_opt_misuse(cmd, "\"%s\" is a file: %s reads a stream from standard input: %s ... <%s", operand, cmd->name,
		    cmd->name, operand);
	weir_opt_misuse(cmd, "\"%s\" is a file: %s reads a stream from standard input: scat %s | %s ...", operand, cmd->name,
	    operand, cmd->name);
}

/* The nearest of the formats, or all. */
_Noreturn static void
refuse_format(const struct weir_cmd *cmd, const char *input)
{
	const char *names[16] = {"auto", "frames"}, *near;
	size_t len = strcspn(input, ":"), n = 2, i;
	struct weir_buf list = {0};

	for (i = 0; weir_detect_formats[i] != NULL; i++)
		names[n++] = weir_detect_formats[i]->name;
	for (i = 0; i < n; i++)
		weir_buf_printf(&list, " %s", names[i]);
	near = weir_opt_near(input, len, names, n);
	if (near[0] != '\0')
		weir_opt_misuse(cmd, "-i: no format \"%.*s\"%s", (int)len, input, near);
	weir_opt_misuse(cmd, "-i: no format \"%.*s\"; it takes one of:%s", (int)len, input, weir_buf_cstr(&list));
}

const struct weir_parser_ops *
weir_stage_options_format(const struct weir_cmd *cmd, const char *input, const char **pattern)
{
	const struct weir_parser_ops *format = weir_detect_named(input, pattern);

	if (format == NULL && strcmp(input, "auto") != 0 && strcmp(input, "frames") != 0)
		refuse_format(cmd, input);
	if (format != NULL && format->check != NULL && *pattern == NULL)
		weir_opt_misuse(cmd, "-i %s takes a pattern: -i %s:'...'", input, input);
	return format;
}
