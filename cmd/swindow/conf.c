/*
 * conf - what the command line says of windows and results, checked and told
 */
#include "base/say.h"
#include "base/mem.h"
#include "base/units.h"
#include "swindow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of -w, --session, --count and --all that were given has to be one. */
static void
choose_kind(struct swindow_conf *cf)
{
	int given = (cf->size >= 0) + (cf->gap >= 0) + (cf->count != UINT64_MAX) + cf->all;

	if (given == 0)
		weir_opt_misuse(cf->cmd, "-w SIZE is missing: how long a window is, 1m or 24h; or --session, --count or --all");
	if (given > 1)
		weir_opt_misuse(cf->cmd, "one of -w, --session, --count and --all");
	if (cf->size == 0)
		weir_opt_misuse(cf->cmd, "-w: a window has to be longer than 0");
	if (cf->gap == 0)
		weir_opt_misuse(cf->cmd, "--session: a gap has to be longer than 0");
	if (cf->count == 0)
		weir_opt_misuse(cf->cmd, "--count: a window has to have a record");
	cf->kind = cf->size >= 0 ? SWINDOW_GRID
	    : cf->gap >= 0       ? SWINDOW_SESSION
	    : cf->all            ? SWINDOW_ALL
	                         : SWINDOW_COUNT;
	if (cf->kind != SWINDOW_GRID && (cf->step >= 0 || cf->offset != NULL || cf->tz != NULL))
		weir_opt_misuse(cf->cmd, "--step, --offset and --tz go with -w");
	if (cf->slide != NULL && cf->kind != SWINDOW_GRID && cf->kind != SWINDOW_COUNT)
		weir_opt_misuse(cf->cmd, "--slide goes with -w or --count");
	if (cf->kind >= SWINDOW_COUNT && (cf->late != NULL || cf->lateness >= 0))
		weir_opt_misuse(cf->cmd, "no record is late for --%s", cf->all ? "all" : "count");
}

static int64_t
parse_duration(const struct swindow_conf *cf, const char *option, const char *s)
{
	const char *why;
	int64_t ns;

	if (weir_units_duration(s, &ns, &why) != 0)
		weir_opt_misuse(cf->cmd, "%s: \"%s\" is no duration: %s", option, s, why);
	return ns;
}

static void
check_grid(struct swindow_conf *cf)
{
	struct weir_window_grid *g = &cf->grid;
	const char *s = cf->offset, *why;

	if (cf->slide != NULL && cf->step >= 0)
		weir_opt_misuse(cf->cmd, "--slide or --step, not both");
	g->size = g->slide = cf->size;
	g->cumulating = cf->step >= 0;
	if (cf->step >= 0)
		g->slide = cf->step;
	if (cf->slide != NULL)
		g->slide = parse_duration(cf, "--slide", cf->slide);
	if (g->slide == 0)
		weir_opt_misuse(cf->cmd, "%s has to be longer than 0", g->cumulating ? "--step" : "--slide");
	if (g->cumulating && g->slide > g->size)
		weir_opt_misuse(cf->cmd, "--step is longer than the window");
	if (s != NULL)
		g->offset = parse_duration(cf, "--offset", s + (s[0] == '-' || s[0] == '+')) * (s[0] == '-' ? -1 : 1);
	if (cf->tz != NULL && (cf->zone = weir_zone_open(cf->tz)) == NULL)
		weir_opt_misuse(cf->cmd, "--tz: no zone \"%s\" in the system's zone data; one is called Europe/Berlin, say", cf->tz);
	g->zone = cf->zone;
	if ((why = weir_window_grid_init(g)) != NULL)
		weir_opt_misuse(cf->cmd, "-w: %s", why);
}

static void
check_count(struct swindow_conf *cf)
{
	struct weir_window_counts counts;
	const char *why;
	char *end;

	cf->count_slide = cf->count;
	if (cf->slide != NULL) {
		errno = 0;
		cf->count_slide = strtoull(cf->slide, &end, 10);
		if (cf->slide[0] < '1' || cf->slide[0] > '9' || *end != '\0' || errno != 0)
			weir_opt_misuse(cf->cmd, "--slide: \"%s\" is no number of records", cf->slide);
	}
	if ((why = weir_window_counts_init(&counts, &cf->window, cf->count, cf->count_slide)) != NULL)
		weir_opt_misuse(cf->cmd, "--count: %s", why);
}

static void
check_emit(struct swindow_conf *cf)
{
	struct weir_window_conf *w = &cf->window;

	if (cf->lateness < 0)
		cf->lateness = 0;
	w->lateness = cf->lateness;
	if (cf->emit == NULL || strcmp(cf->emit, "final") == 0)
		return;
	if (strcmp(cf->emit, "update") == 0) {
		w->emit = WEIR_WINDOW_UPDATE;
		return;
	}
	w->emit = WEIR_WINDOW_PERIODIC;
	if (cf->emit[0] < '0' || cf->emit[0] > '9')
		weir_opt_misuse(cf->cmd, "--emit takes final, update or a duration, not \"%s\"", cf->emit);
	w->every = parse_duration(cf, "--emit", cf->emit);
	if (w->every == 0)
		weir_opt_misuse(cf->cmd, "--emit: a period has to be longer than 0; update is at every change");
	if (cf->kind == SWINDOW_COUNT)
		weir_opt_misuse(cf->cmd, "--emit %s: windows of --count know no time; update is at every record", cf->emit);
}

static void
check_aggregates(struct swindow_conf *cf, char *const *operands, int n)
{
	struct weir_buf text = {0};
	int i;

	if (n == 0)
		weir_opt_misuse(cf->cmd, "no aggregate; count, say, or sum:.bytes");
	cf->naggs = (unsigned)n;
	cf->aggs = weir_mem_zalloc(cf->naggs, sizeof(*cf->aggs));
	for (i = 0; i < n; i++)
		if (weir_agg_parse(&cf->aggs[i], operands[i], cf->exact, &text) != 0) {
			weir_stage_options_file(cf->cmd, operands[i]);
			weir_opt_misuse(cf->cmd, "%s", weir_buf_cstr(&text));
		}
	cf->window.aggs = cf->aggs;
	cf->window.naggs = cf->naggs;
	cf->window.cell = weir_agg_layout(cf->aggs, cf->naggs);
}

const char *
swindow_conf_field(const struct swindow_conf *cf, unsigned i, size_t *len)
{
	static const char *const bounds[] = {"start", "end"}, *const revs[] = {"rev", "final"};
	const char *name = NULL;

	if (i < 2) {
		name = bounds[i];
	} else if (i - 2 < cf->key.n) {
		*len = cf->key.v[i - 2].name.len;
		return (const char *)cf->key.v[i - 2].name.p;
	} else if ((i -= 2 + cf->key.n) < cf->naggs) {
		name = cf->aggs[i].name;
	} else if (i - cf->naggs < 2 && weir_window_revises(&cf->window)) {
		name = revs[i - cf->naggs];
	}
	*len = name != NULL ? strlen(name) : 0;
	return name;
}

static void
refuse_twins(const struct swindow_conf *cf)
{
	const char *x, *y;
	unsigned i, j;
	size_t a, b;

	for (i = 0; (x = swindow_conf_field(cf, i, &a)) != NULL; i++)
		for (j = i + 1; (y = swindow_conf_field(cf, j, &b)) != NULL; j++)
			if (a == b && memcmp(x, y, a) == 0)
				weir_opt_misuse(cf->cmd, "two fields of the result would be called \"%.*s\"; NAME=... names one",
				    (int)a, x);
}

static void
parse_keys(struct swindow_conf *cf)
{
	unsigned i;

	for (i = 0; i < cf->keys.n; i++)
		if (weir_keys_parse(&cf->key, cf->keys.v[i]) != 0)
			weir_opt_misuse(cf->cmd, "-k \"%s\": %s", cf->keys.v[i], weir_buf_cstr(&cf->key.why));
}

void
swindow_conf_check(struct swindow_conf *cf, char *const *operands, int n)
{
	choose_kind(cf);
	if (cf->late != NULL && cf->late[strlen(cf->late) - (cf->late[0] != '\0')] == '/')
		weir_opt_misuse(cf->cmd, "--late takes a file, not a directory");
	check_emit(cf);
	if (cf->kind == SWINDOW_GRID)
		check_grid(cf);
	else if (cf->kind == SWINDOW_COUNT)
		check_count(cf);
	else
		cf->count = 0;
	if (n == 0)
		weir_opt_misuse(cf->cmd, "no aggregate; count, say, or sum:.bytes");
	parse_keys(cf);
	check_aggregates(cf, operands, n);
	refuse_twins(cf);
	swindow_top_parse(cf);
}

void
swindow_conf_release(struct swindow_conf *cf)
{
	unsigned i;

	for (i = 0; i < cf->naggs; i++)
		weir_agg_release(&cf->aggs[i]);
	free(cf->aggs);
	weir_keys_release(&cf->key);
	free(cf->keys.v);
	weir_zone_free(cf->zone);
}

static void
explain_windows(const struct swindow_conf *cf)
{
	const struct weir_window_grid *g = &cf->grid;
	char size[WEIR_UNITS_TEXT], slide[WEIR_UNITS_TEXT], offset[WEIR_UNITS_TEXT];
	int64_t aligned = g->cumulating ? g->size : g->slide;

	printf("windows   ");
	switch (cf->kind) {
	case SWINDOW_SESSION:
		printf("sessions, ended by a gap of more than %s\n", weir_units_format_duration(cf->gap, size));
		return;
	case SWINDOW_COUNT:
		printf("of %llu records of a key, one each %llu\n", (unsigned long long)cf->count,
		    (unsigned long long)cf->count_slide);
		return;
	case SWINDOW_ALL: printf("one, of the whole stream\n"); return;
	default: break;
	}
	weir_units_format_duration(g->size, size);
	weir_units_format_duration(g->slide, slide);
	weir_units_format_duration(((g->origin % aligned) + aligned) % aligned, offset);
	if (g->slide == g->size)
		printf("tumbling, %s", size);
	else
		printf("%s, %s, %s %s", g->cumulating ? "cumulating" : "hopping", size, g->cumulating ? "in steps of" : "one each",
		    slide);
	printf(", aligned to 1970-01-01T00:00:00%s plus %s\n", cf->tz != NULL ? " there" : "Z", offset);
	if (cf->tz != NULL)
		printf("calendar  days of %s\n", cf->tz);
}

static size_t
state_of_key(const struct swindow_conf *cf)
{
	switch (cf->kind) {
	case SWINDOW_GRID: return cf->window.cell + sizeof(struct weir_table_entry) + 16;
	case SWINDOW_SESSION:
		return cf->window.cell + sizeof(struct weir_window_session) + sizeof(struct weir_window_turn) +
		    sizeof(struct weir_node) + 16 + (weir_window_revises(&cf->window) ? sizeof(struct weir_window_session_past) : 0);
	default:
		return cf->window.cell + sizeof(struct weir_window_part) + sizeof(struct weir_window_counter) +
		    sizeof(struct weir_node) + 8;
	}
}

int
swindow_conf_explain(const struct swindow_conf *cf)
{
	static const char *const what[] = {"slice", "session", "part", "window"};
	char text[WEIR_UNITS_TEXT];
	const char *name;
	unsigned i;
	size_t len;

	explain_windows(cf);
	printf("keys     ");
	for (i = 0; i < cf->key.n; i++)
		printf(" %s", cf->key.v[i].text);
	printf("%s\nresult   ", cf->key.n == 0 ? " none" : "");
	for (i = 0; (name = swindow_conf_field(cf, i, &len)) != NULL; i++)
		printf(" %.*s", (int)len, name);
	printf("\nemit      %s\n", cf->emit != NULL ? cf->emit : "final");
	if (cf->lateness > 0)
		printf("lateness  %s, with corrections\n", weir_units_format_duration(cf->lateness, text));
	if (cf->kind < SWINDOW_COUNT)
		printf("late      %s\n", cf->late != NULL ? cf->late : "counted");
	printf("memory    %zu bytes and the key's own, for each key of an open %s; ", state_of_key(cf), what[cf->kind]);
	if (cf->max_memory > 0)
		printf("at most %s in all", weir_units_format_size(cf->max_memory, text));
	else
		printf("no limit");
	printf("%s%s\n", cf->spill != NULL ? ", and more goes to " : "", cf->spill != NULL ? cf->spill : "");
	return weir_say_flushed();
}
