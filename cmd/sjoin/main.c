/*
 * sjoin - records of two streams, or of a stream and a table, put together by key
 */
#include "sjoin.h"

#define AT(field) offsetof(struct sjoin_conf, field)

static const char *const types[] = {"inner", "left", "right", "full", "semi", "anti", NULL};

static const struct weir_opt options[] = {
    {'k', "key", "KEYS", WEIR_OPT_LIST, AT(key), NULL, "match by these paths, .left=.right pairs, or NAME=EXPR"},
    {'w', "window", "DUR", WEIR_OPT_DURATION, AT(window), NULL, "records at most DUR apart"},
    {0, "before", "DUR", WEIR_OPT_DURATION, AT(before), NULL, "right records up to DUR before the left one"},
    {0, "after", "DUR", WEIR_OPT_DURATION, AT(after), NULL, "and up to DUR after it"},
    {0, "tumbling", "DUR", WEIR_OPT_DURATION, AT(tumbling), NULL, "records of the same window of DUR"},
    {0, "asof", NULL, WEIR_OPT_FLAG, AT(asof), NULL, "the newest right record that is not later"},
    {0, "tolerance", "DUR", WEIR_OPT_DURATION, AT(tolerance), NULL, "nor older than DUR"},
    {0, "table", "FILE", WEIR_OPT_TEXT, AT(table), NULL, "the rows of a file or a log, the last one of each key"},
    {0, "table-dir", "DIR", WEIR_OPT_TEXT, AT(table_dir), NULL, "the rows of its files, in the order of their names"},
    {0, "reload", NULL, WEIR_OPT_FLAG, AT(reload), NULL, "read the table again when it is replaced"},
    {'i', "input-format", "F", WEIR_OPT_TEXT, AT(input), NULL, "of the table, as scat -i takes it"},
    {0, "type", "TYPE", WEIR_OPT_CHOICE, AT(type), types, "what comes out: inner, left, right, full, semi, anti"},
    {0, "prefix", "P", WEIR_OPT_TEXT, AT(prefix), NULL, "of right names that are taken: right_"},
    {0, "nest", NULL, WEIR_OPT_FLAG, AT(nest), NULL, "{\"left\": ..., \"right\": ...}"},
    {0, "late", "FILE", WEIR_OPT_TEXT, AT(late), NULL, "keep late records there, as a weir stream"},
    {0, "max-memory", "SIZE", WEIR_OPT_SIZE, AT(max_memory), NULL, "end with status 71 beyond this: 1GiB, for a table none"},
    {0, "spill", "DIR", WEIR_OPT_TEXT, AT(spill), NULL, "what is kept goes there beyond --max-memory"},
    {.type = WEIR_OPT_END},
};

static const struct weir_cmd cmd = {
    .name = "sjoin",
    .synopsis = "sjoin -k KEYS {-w DUR | --before DUR --after DUR | --tumbling DUR} [--type TYPE] [--prefix P | --nest] [--late FILE] [--max-memory SIZE] [--spill DIR] LEFT RIGHT\n"
                "sjoin -k KEYS --asof [--tolerance DUR] [--type TYPE] [--prefix P | --nest] [--late FILE] [--max-memory SIZE] [--spill DIR] LEFT RIGHT\n"
                "sjoin -k KEYS {--table FILE | --table-dir DIR} [--reload] [-i F] [--type TYPE] [--prefix P | --nest] [--max-memory SIZE] [--spill DIR]",
    .about = "records of two streams, or of a stream and a table, put together by key",
    .examples = "  sjoin -k .id -w 5m <(scat orders.jsonl) <(scat payments.jsonl)   at most 5 minutes apart\n"
                "  sjoin -k .id -w 5m --type anti <(...) <(...)                      orders without a payment\n"
                "  ... | sjoin -k .host --table hosts.csv                            with the columns of a file\n"
                "  sjoin -k .symbol --asof <(scat trades.csv) <(scat quotes.csv)     the quote in force",
    .opts = options,
    .common = weir_stage_options,
    .elsewhere = weir_stage_elsewhere,
    .version = weir_stage_version,
};

/* What the state depends on, for a checkpoint. */
static const char *
describe(const struct sjoin_conf *cf)
{
	static const char *const names[] = {"key", "window", "before", "after", "tumbling", "asof", "tolerance", "table",
	    "table-dir", "type", "prefix", "nest", "late", NULL};
	static struct weir_buf b;

	weir_opt_describe(options, cf, names, &b);
	return weir_buf_cstr(&b);
}

int
main(int argc, char *argv[])
{
	struct sjoin_conf cf = {.cmd = &cmd, .window = -1, .before = -1, .after = -1, .tumbling = -1, .tolerance = -1};
	int n, status;

	n = weir_stage_options_parse(&cmd, argc, argv, &cf);
	sjoin_conf_check(&cf, argv + 1, n);
	if (cf.common.explain)
		return sjoin_conf_explain(&cf);
	if (cf.table != NULL || cf.table_dir != NULL)
		status = sjoin_table_run(&cf, describe(&cf));
	else
		status = sjoin_streams_run(&cf, argv + 1, describe(&cf));
	sjoin_conf_release(&cf);
	return status;
}
