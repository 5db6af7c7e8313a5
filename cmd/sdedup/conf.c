/*
 * conf - the options of sdedup: what goes with what, and what they come to
 */
#include "base/mem.h"
#include "base/num.h"
#include "base/say.h"
#include "base/units.h"
#include "sdedup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EXACT_MEMORY (UINT64_C(1) << 30)
#define APPROX_MEMORY (UINT64_C(64) << 20)
#define LONGEST (INT64_C(1) << 60)
#define LEAST_RATE 1e-8

/* "0.01", "1e-6" or "1%". */
static double
parse_rate(const struct sdedup_conf *cf)
{
	const char *s = cf->approx;
	size_t len = strlen(s);
	bool percent = len > 0 && s[len - 1] == '%';
	struct weir_num n;
	double rate;

	if (weir_num_parse(&n, s, len - percent) != 0)
		weir_opt_misuse(cf->cmd, "--approx \"%s\": no number; write 0.001 or 0.1%%", s);
	rate = weir_num_double(&n) / (percent ? 100 : 1);
	if (!(rate >= LEAST_RATE && rate < 1))
		weir_opt_misuse(cf->cmd, "--approx \"%s\": a part of all that may be taken for duplicates, from 1e-8 to less than 1", s);
	return rate;
}

static void
check_times(struct sdedup_conf *cf)
{
	if (cf->within < 0 && cf->lateness >= 0)
		weir_opt_misuse(cf->cmd, "--lateness goes with --within: without it nothing is late");
	if (cf->within < 0 && cf->late != NULL)
		weir_opt_misuse(cf->cmd, "--late goes with --within: without it nothing is late");
	if (cf->within > LONGEST || cf->lateness > LONGEST)
		weir_opt_misuse(cf->cmd, "%s is longer than 36 years", cf->within > LONGEST ? "--within" : "--lateness");
	if (cf->within >= 0 && cf->lateness < 0)
		cf->lateness = cf->within;
	if (cf->late != NULL && (cf->late[0] == '\0' || cf->late[strlen(cf->late) - 1] == '/'))
		weir_opt_misuse(cf->cmd, "--late takes a file, not a directory");
}

void
sdedup_conf_check(struct sdedup_conf *cf, char *const *operands, int n)
{
	unsigned i;

	if (n > 0) {
		weir_stage_options_file(cf->cmd, operands[0]);
		weir_opt_misuse(cf->cmd, "no operand \"%s\": sdedup reads standard input, and -k names its keys", operands[0]);
	}
	for (i = 0; i < cf->keys.n; i++)
		if (weir_keys_parse(&cf->key, cf->keys.v[i]) != 0)
			weir_opt_misuse(cf->cmd, "-k \"%s\": %s", cf->keys.v[i], weir_buf_cstr(&cf->key.why));
	check_times(cf);
	if (cf->dups && cf->which != SDEDUP_LAST)
		weir_opt_misuse(cf->cmd, "--dups goes with --which last: the first has gone on before the others come");
	if (cf->approx != NULL && cf->which == SDEDUP_LAST)
		weir_opt_misuse(cf->cmd, "--approx goes with --which first: the last is kept as it is, with its key");
	if (cf->spill != NULL && cf->approx != NULL)
		weir_opt_misuse(cf->cmd, "--spill goes without --approx, whose memory is fixed");
	if (cf->approx != NULL)
		cf->rate = parse_rate(cf);
	if (cf->max_memory == 0)
		cf->max_memory = cf->approx != NULL ? APPROX_MEMORY : EXACT_MEMORY;
}

int
sdedup_conf_explain(const struct sdedup *s)
{
	const struct sdedup_conf *cf = s->cf;
	char a[WEIR_UNITS_TEXT], b[WEIR_UNITS_TEXT];
	unsigned i;

	printf("key      ");
	for (i = 0; i < cf->key.n; i++)
		printf(" %s", cf->key.v[i].text);
	printf("%s\nkept      %s\n", cf->key.n == 0 ? " the whole record, by value" : "",
	    cf->which == SDEDUP_LAST ? "the last, when no other can come" : "the first, at once");
	if (cf->within >= 0)
		printf("horizon   %s, and records up to %s behind the watermark; later ones are %s\n",
		    weir_units_format_duration(cf->within, a), weir_units_format_duration(cf->lateness, b),
		    cf->late != NULL ? cf->late : "counted");
	else
		printf("horizon   the whole stream\n");
	weir_units_format_size(cf->max_memory, a);
	if (cf->approx != NULL)
		printf("memory    %s, fixed; keys by %u bits, at most %s of new ones taken for duplicates\n",
		    weir_units_format_size(s->approx.prints.memory, a), s->approx.prints.width - s->approx.prints.time_bits,
		    cf->approx);
	else
		printf("memory    up to %s: %" PRIu64 " bytes a key%s%s%s\n", a, WEIR_DIGESTS_COST(s->exact.words),
		    cf->which == SDEDUP_LAST ? ", and the record kept" : "",
		    cf->spill != NULL ? "; more go to " : "",
		    cf->spill != NULL ? cf->spill : "");
	return weir_say_flushed();
}
