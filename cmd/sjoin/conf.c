/*
 * conf - what the command line says of a join, checked and told
 */
#include "base/say.h"
#include "base/units.h"
#include "log/log.h"
#include "sjoin.h"
#include "text/detect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[] = {"inner", "left", "right", "full", "semi", "anti"};

static bool
is_table(const struct sjoin_conf *cf)
{
	return cf->table != NULL || cf->table_dir != NULL;
}

/* Two of the things that bound what has to be kept, or more. */
_Noreturn static void
refuse_bounds(const struct sjoin_conf *cf, bool lopsided)
{
	const struct {
		bool is;
		const char *name;
	} given[] = {{cf->window >= 0, "-w"}, {lopsided, cf->before >= 0 ? "--before" : "--after"}, {cf->tumbling >= 0, "--tumbling"},
	    {cf->asof, "--asof"}, {cf->table != NULL, "--table"}, {cf->table_dir != NULL, "--table-dir"}};
	struct weir_buf b = {0};
	size_t i;

	for (i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		if (given[i].is)
			weir_buf_printf(&b, "%s%s", b.len > 0 ? " and " : "", given[i].name);
	weir_opt_misuse(cf->cmd, "%s: only one of -w (or --before and --after), --tumbling, --asof, --table and --table-dir", weir_buf_cstr(&b));
}

/* Exactly one of them. */
static void
choose_bound(struct sjoin_conf *cf)
{
	bool lopsided = cf->before >= 0 || cf->after >= 0;
	int given = (cf->window >= 0) + lopsided + (cf->tumbling >= 0) + cf->asof + (cf->table != NULL) + (cf->table_dir != NULL);

	if (given == 0)
		weir_opt_misuse(cf->cmd,
		    "nothing bounds what has to be kept: -w DUR pairs records at most DUR apart (or --before, --after, --tumbling), "
		    "--asof takes the newest right record, --table FILE a table");
	if (cf->window >= 0 && lopsided)
		weir_opt_misuse(cf->cmd, "-w is --before and --after in one: the one or the others");
	if (given > 1)
		refuse_bounds(cf, lopsided);
	if (cf->tumbling == 0)
		weir_opt_misuse(cf->cmd, "--tumbling: a window has to be longer than 0");
	cf->join.kind = cf->asof ? WEIR_JOIN_ASOF : cf->tumbling >= 0 ? WEIR_JOIN_TUMBLING : WEIR_JOIN_INTERVAL;
	cf->join.size = cf->tumbling;
	cf->join.before = cf->window >= 0 ? cf->window : cf->before >= 0 ? cf->before : 0;
	cf->join.after = cf->window >= 0 ? cf->window : cf->after >= 0 ? cf->after : 0;
	cf->join.tolerance = cf->tolerance >= 0 ? cf->tolerance : INT64_MAX;
}

static void
check_type(struct sjoin_conf *cf)
{
	cf->join.type = (enum weir_join_type)cf->type;
	if (cf->type != WEIR_JOIN_RIGHT && cf->type != WEIR_JOIN_FULL)
		return;
	if (is_table(cf))
		weir_opt_misuse(cf->cmd, "a table's rows come out with the records that they match: --type %s is for two streams", types[cf->type]);
	if (cf->asof)
		weir_opt_misuse(cf->cmd, "--asof asks for each left record: --type inner, left, semi or anti");
}

/* What goes with what. */
static void
check_rest(struct sjoin_conf *cf)
{
	if (cf->tolerance >= 0 && !cf->asof)
		weir_opt_misuse(cf->cmd, "--tolerance goes with --asof");
	if (is_table(cf) && cf->late != NULL)
		weir_opt_misuse(cf->cmd, "no record is late for a table");
	if (!is_table(cf) && (cf->reload || cf->input != NULL))
		weir_opt_misuse(cf->cmd, "%s goes with --table or --table-dir", cf->reload ? "--reload" : "-i");
	if (cf->late != NULL && cf->late[0] != '\0' && cf->late[strlen(cf->late) - 1] == '/')
		weir_opt_misuse(cf->cmd, "--late takes a file, not a directory");
	if (cf->prefix != NULL && cf->nest)
		weir_opt_misuse(cf->cmd, "--nest needs no --prefix");
	if (cf->prefix == NULL)
		cf->prefix = "right_";
	if (cf->prefix[0] == '\0')
		weir_opt_misuse(cf->cmd, "--prefix: an empty prefix tells no names apart");
	if (cf->key.n == 0)
		weir_opt_misuse(cf->cmd, "-k KEYS is missing: what records are matched by, .id or .left=.right");
}

static void
check_input(struct sjoin_conf *cf)
{
	struct weir_parser_misuse m;

	if (cf->input == NULL)
		cf->input = "auto";
	cf->format = weir_stage_options_format(cf->cmd, cf->input, &cf->pattern);
	if (cf->format == NULL || cf->format->check == NULL)
		return;
	if (cf->format->check(cf->pattern, &m) != 0)
		weir_opt_misuse(cf->cmd, "-i %s: byte %zu of the pattern: %s", cf->format->name, m.at + 1, m.what);
}

static void
check_operands(struct sjoin_conf *cf, char *const *operands, int n)
{
	int i;

	if (cf->table_dir != NULL && weir_log_is(cf->table_dir))
		weir_opt_misuse(cf->cmd, "--table-dir %s: a log, not a directory of segments: --table %s reads it", cf->table_dir, cf->table_dir);
	if (cf->table != NULL && cf->input != NULL && strcmp(cf->input, "auto") != 0 && strcmp(cf->input, "frames") != 0 &&
	    weir_log_is(cf->table))
		weir_opt_misuse(cf->cmd, "--table %s is a log: -i does not go with it", cf->table);
	if (cf->table != NULL && strcmp(cf->table, "-") == 0)
		weir_opt_misuse(cf->cmd, "--table -: standard input is the stream that is joined to the table: --table FILE, or --table <(...)");
	if (is_table(cf)) {
		if (n != 0)
			weir_stage_options_file(cf->cmd, operands[0]);
		if (n != 0)
			weir_opt_misuse(cf->cmd, "a stream from standard input is joined to a table: no operand \"%s\"", operands[0]);
		cf->names[WEIR_JOIN_L] = "standard input";
		cf->names[WEIR_JOIN_R] = cf->table != NULL ? cf->table : cf->table_dir;
		return;
	}
	if (n != 2)
		weir_opt_misuse(cf->cmd, "two inputs: LEFT RIGHT, weir streams; - is standard input, <(...) a pipeline");
	if (strcmp(operands[0], "-") == 0 && strcmp(operands[1], "-") == 0)
		weir_opt_misuse(cf->cmd, "standard input can't be both inputs");
	for (i = 0; i < 2; i++)
		cf->names[i] = strcmp(operands[i], "-") == 0 ? "standard input" : operands[i];
}

void
sjoin_conf_check(struct sjoin_conf *cf, char *const *operands, int n)
{
	weir_stage_options_names(cf->cmd, operands, n);
	choose_bound(cf);
	check_type(cf);
	check_rest(cf);
	check_input(cf);
	sjoin_keys_parse(cf);
	check_operands(cf, operands, n);
}

void
sjoin_conf_release(struct sjoin_conf *cf)
{
	sjoin_keys_release(cf);
	free(cf->key.v);
}

bool
sjoin_conf_filters(const struct sjoin_conf *cf)
{
	return !cf->nest && (!cf->computed || cf->type == WEIR_JOIN_SEMI || cf->type == WEIR_JOIN_ANTI);
}

static void
explain_bound(const struct sjoin_conf *cf)
{
	char a[WEIR_UNITS_TEXT], b[WEIR_UNITS_TEXT];

	printf("matches   ");
	if (is_table(cf)) {
		printf("the last row of the key in %s%s\n", cf->names[WEIR_JOIN_R], cf->reload ? ", read again when it is replaced" : "");
		return;
	}
	switch (cf->join.kind) {
	case WEIR_JOIN_TUMBLING: printf("right records in the same window of %s\n", weir_units_format_duration(cf->tumbling, a)); break;
	case WEIR_JOIN_ASOF:
		printf("the newest right record that is not later%s%s\n", cf->tolerance >= 0 ? ", nor older than " : "",
		    cf->tolerance >= 0 ? weir_units_format_duration(cf->tolerance, a) : "");
		break;
	default:
		printf("right records from %s before to %s after\n", weir_units_format_duration(cf->join.before, a),
		    weir_units_format_duration(cf->join.after, b));
	}
}

int
sjoin_conf_explain(const struct sjoin_conf *cf)
{
	char text[WEIR_UNITS_TEXT];
	unsigned i;

	printf("left      %s\nright     %s\n", cf->names[0], cf->names[1]);
	printf("type      %s\nkeys     ", types[cf->type]);
	for (i = 0; i < cf->nkeys; i++) {
		const char *l = cf->keys[WEIR_JOIN_L].v[i].text, *r = cf->keys[WEIR_JOIN_R].v[i].text;

		printf(" %s%s%s", l, strcmp(l, r) == 0 ? "" : "=", strcmp(l, r) == 0 ? "" : r);
	}
	printf("\n");
	explain_bound(cf);
	if (cf->nest)
		printf("result    {\"left\": ..., \"right\": ...}\n");
	else
		printf("result    left's fields, then right's, %s %s\n",
		    cf->type == WEIR_JOIN_RIGHT || cf->type == WEIR_JOIN_FULL ? "all with the prefix" : "those whose names are taken with the prefix",
		    cf->prefix);
	if (is_table(cf)) {
		bool limited = cf->max_memory > 0 || cf->spill != NULL;

		printf("memory    the table's rows; %s%s", limited ? "at most " : "no limit",
		    limited ? weir_units_format_size(sjoin_memory_most(cf), text) : "");
	} else {
		printf("late      %s\n", cf->late != NULL ? cf->late : "counted");
		printf("memory    %zu bytes and the record, for each that is kept, %zu and the key for each key; at most %s",
		    sizeof(struct weir_row), sizeof(struct weir_node) + 56, weir_units_format_size(sjoin_memory_most(cf), text));
	}
	printf("%s%s\n", cf->spill != NULL ? ", and more goes to " : "", cf->spill != NULL ? cf->spill : "");
	return weir_say_flushed();
}
