/*
 * names - see names.h. The functions are those that jq 1.6's "builtins" lists, and behind them
 * those that came later.
 */
#include "expr/names.h"

#include <string.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))

static const char *const names[] = {
	"IN", "INDEX", "JOIN", "acos", "acosh", "add", "all", "any", "arrays", "ascii_downcase",
	"ascii_upcase", "asin", "asinh", "atan", "atan2", "atanh", "booleans", "bsearch",
	"builtins", "capture", "cbrt", "ceil", "combinations", "contains", "copysign", "cos",
	"cosh", "debug", "del", "delpaths", "drem", "empty", "endswith", "env", "erf", "erfc",
	"error", "exp", "exp10", "exp2", "explode", "expm1", "fabs", "fdim", "finites", "first",
	"flatten", "floor", "fma", "fmax", "fmin", "fmod", "format", "frexp", "from_entries",
	"fromdate", "fromdateiso8601", "fromjson", "fromstream", "gamma", "get_jq_origin",
	"get_prog_origin", "get_search_list", "getpath", "gmtime", "group_by", "gsub", "halt",
	"halt_error", "has", "hypot", "implode", "in", "index", "indices", "infinite", "input",
	"input_filename", "input_line_number", "inputs", "inside", "isempty", "isfinite",
	"isinfinite", "isnan", "isnormal", "iterables", "j0", "j1", "jn", "join", "keys",
	"keys_unsorted", "last", "ldexp", "leaf_paths", "length", "lgamma", "lgamma_r", "limit",
	"localtime", "log", "log10", "log1p", "log2", "logb", "ltrimstr", "map", "map_values",
	"match", "max", "max_by", "min", "min_by", "mktime", "modf", "modulemeta", "nan",
	"nearbyint", "nextafter", "nexttoward", "normals", "not", "now", "nth", "nulls",
	"numbers", "objects", "path", "paths", "pow", "pow10", "range", "recurse",
	"recurse_down", "remainder", "repeat", "reverse", "rindex", "rint", "round", "rtrimstr",
	"scalars", "scalars_or_empty", "scalb", "scalbln", "scan", "select", "setpath",
	"significand", "sin", "sinh", "sort", "sort_by", "split", "splits", "sqrt", "startswith",
	"stderr", "strflocaltime", "strftime", "strings", "strptime", "sub", "tan", "tanh",
	"test", "tgamma", "to_entries", "todate", "todateiso8601", "tojson", "tonumber",
	"tostream", "tostring", "transpose", "trunc", "truncate_stream", "type", "unique",
	"unique_by", "until", "utf8bytelength", "values", "walk", "while", "with_entries", "y0",
	"y1", "yn",
	"abs", "ascii", "date", "dateadd", "datesub", "have_decnum", "have_literal_numbers", "ltrim",
	"pick", "rtrim", "skip", "toarray", "toboolean", "trim", "trimstr",
};

/* Of the names above, one by one: bit n for n arguments. */
static const unsigned char arities[] = {
	0x06, 0x06, 0x1c, 0x01, 0x01, 0x01, 0x07, 0x07, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x04,
	0x01, 0x01, 0x02, 0x01, 0x06, 0x01, 0x01, 0x03, 0x02, 0x04, 0x01, 0x01, 0x01, 0x02, 0x02,
	0x04, 0x01, 0x02, 0x01, 0x01, 0x01, 0x03, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x04, 0x01,
	0x03, 0x03, 0x01, 0x08, 0x04, 0x04, 0x04, 0x02, 0x01, 0x01, 0x01, 0x01, 0x01, 0x02, 0x01,
	0x01, 0x01, 0x01, 0x02, 0x01, 0x02, 0x0c, 0x01, 0x03, 0x02, 0x04, 0x01, 0x02, 0x02, 0x02,
	0x01, 0x01, 0x01, 0x01, 0x01, 0x02, 0x02, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x04,
	0x02, 0x01, 0x01, 0x03, 0x04, 0x01, 0x01, 0x01, 0x01, 0x04, 0x01, 0x01, 0x01, 0x01, 0x01,
	0x01, 0x02, 0x02, 0x02, 0x06, 0x01, 0x02, 0x01, 0x02, 0x01, 0x01, 0x01, 0x01, 0x01, 0x04,
	0x04, 0x01, 0x01, 0x01, 0x06, 0x01, 0x01, 0x01, 0x02, 0x03, 0x04, 0x01, 0x0e, 0x07, 0x01,
	0x04, 0x02, 0x01, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x04, 0x04, 0x02, 0x02, 0x04, 0x01,
	0x01, 0x01, 0x01, 0x02, 0x06, 0x06, 0x01, 0x02, 0x01, 0x02, 0x02, 0x01, 0x02, 0x0c, 0x01,
	0x01, 0x06, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x02, 0x01, 0x01,
	0x02, 0x04, 0x01, 0x01, 0x02, 0x04, 0x02, 0x01, 0x01, 0x04,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

/* What later releases have besides. */
static const struct {
	const char *name;
	unsigned char arities;
} later[] = {{"abs", 0x01}, {"add", 0x02}, {"ascii", 0x01}, {"date", 0x01}, {"dateadd", 0x04},
	{"datesub", 0x04}, {"have_decnum", 0x01}, {"have_literal_numbers", 0x01}, {"ltrim", 0x01},
	{"pick", 0x02}, {"rtrim", 0x01}, {"scan", 0x04}, {"skip", 0x04}, {"toarray", 0x01},
	{"toboolean", 0x01}, {"trim", 0x01}, {"trimstr", 0x02}};

static const char *const formats[] = {"@base64", "@base64d", "@csv", "@html", "@json", "@sh",
	"@text", "@tsv", "@uri", "@urid"};

_Static_assert(N(names) == N(arities), "an arity a name");

static int
find(const char *const *table, size_t n, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(table[i]) == len && memcmp(table[i], name, len) == 0)
			return (int)i;
	return -1;
}

unsigned
weir_names_of_libjq(const char *name, size_t len)
{
	int i = find(names, N(names), name, len);

	return i < 0 ? 0 : arities[i];
}

unsigned
weir_names_arities(const char *name, size_t len)
{
	unsigned set = weir_names_of_libjq(name, len);
	size_t i;

	for (i = 0; i < N(later); i++)
		if (strlen(later[i].name) == len && memcmp(later[i].name, name, len) == 0)
			set |= later[i].arities;
	return set;
}

const char *const *
weir_names_all(size_t *n)
{
	*n = N(names);
	return names;
}

bool
weir_names_is_format(const char *name, size_t len)
{
	return find(formats, N(formats), name, len) >= 0;
}

const char *const *
weir_names_formats(size_t *n)
{
	*n = N(formats);
	return formats;
}
