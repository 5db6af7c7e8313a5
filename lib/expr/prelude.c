/*
 * prelude - see prelude.h. The semantics are those of jq 1.7's manual.
 */
#include "expr/prelude.h"

#include <string.h>

static const struct weir_prelude definitions[] = {
	/* Control. */
	{"recurse", 0, "def recurse: def r: ., (.[]? | r); r;"},
	{"recurse", 1, "def recurse(f): def r: ., (f | r); r;"},
	{"recurse", 2, "def recurse(f; cond): def r: ., (f | select(cond) | r); r;"},
	{"recurse_down", 0, "def recurse_down: recurse;"},
	{"range", 2, "def range($from; $upto): _range($from; $upto; 1);"},
	{"range", 3, "def range($from; $upto; $by): _range($from; $upto; $by);"},
	{"while", 2, "def while(cond; update): def w: if cond then ., (update | w) else empty end; w;"},
	{"until", 2, "def until(cond; update): def u: if cond then . else (update | u) end; u;"},
	{"repeat", 1, "def repeat(f): def r: f, r; r;"},
	{"limit", 2, "def limit($n; f): if $n > 0 then _limit($n; f) elif $n == 0 then empty"
	    " else error(\"limit doesn't support negative count\") end;"},
	{"skip", 2, "def skip($n; f): if $n > 0 then _skip($n; f) elif $n == 0 then f"
	    " else error(\"skip doesn't support negative count\") end;"},
	{"first", 0, "def first: .[0];"},
	{"last", 0, "def last: .[-1];"},
	{"nth", 1, "def nth($n): .[$n];"},
	{"nth", 2, "def nth($n; f): if $n < 0 then error(\"nth doesn't support negative indices\")"
	    " else first(_skip($n; f)) end;"},
	{"isempty", 1, "def isempty(f): first((f | false), true);"},
	{"any", 0, "def any: any(.[]; .);"},
	{"any", 1, "def any(f): any(.[]; f);"},
	{"any", 2, "def any(f; cond): isempty(first(f | cond or empty)) | not;"},
	{"all", 0, "def all: all(.[]; .);"},
	{"all", 1, "def all(f): all(.[]; f);"},
	{"all", 2, "def all(f; cond): isempty(first(f | cond and empty));"},
	{"add", 1, "def add(f): reduce f as $x (null; . + $x);"},
	{"env", 0, "def env: $ENV;"},

	/* Types. */
	{"values", 0, "def values: select(. != null);"},
	{"nulls", 0, "def nulls: select(. == null);"},
	{"booleans", 0, "def booleans: select(type == \"boolean\");"},
	{"numbers", 0, "def numbers: select(type == \"number\");"},
	{"strings", 0, "def strings: select(type == \"string\");"},
	{"arrays", 0, "def arrays: select(type == \"array\");"},
	{"objects", 0, "def objects: select(type == \"object\");"},
	{"iterables", 0, "def iterables: select(type | . == \"array\" or . == \"object\");"},
	{"scalars", 0, "def scalars: select(type | . != \"array\" and . != \"object\");"},
	{"scalars_or_empty", 0, "def scalars_or_empty: scalars;"},
	{"finites", 0, "def finites: select(isinfinite or isnan | not);"},
	{"normals", 0, "def normals: select(isnormal);"},

	/* Arrays and objects. */
	{"map_values", 1, "def map_values(f): .[] |= f;"},
	{"sort_by", 1, "def sort_by(f): _sort_by(map([f]));"},
	{"group_by", 1, "def group_by(f): _group_by(map([f]));"},
	{"unique_by", 1, "def unique_by(f): _unique_by(map([f]));"},
	{"min_by", 1, "def min_by(f): _min_by(map([f]));"},
	{"max_by", 1, "def max_by(f): _max_by(map([f]));"},
	{"with_entries", 1, "def with_entries(f): to_entries | map(f) | from_entries;"},
	{"in", 1, "def in(xs): . as $x | xs | has($x);"},
	{"inside", 1, "def inside(xs): . as $x | xs | contains($x);"},
	{"combinations", 0, "def combinations: if length == 0 then [] else"
	    " .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;"},
	{"combinations", 1, "def combinations($n): . as $dot | [range($n)] | map($dot) | combinations;"},
	{"walk", 1, "def walk(f): def w: if type == \"object\" then map_values(w)"
	    " elif type == \"array\" then map(w) else . end | f; w;"},
	{"INDEX", 1, "def INDEX(f): INDEX(.[]; f);"},
	{"INDEX", 2, "def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] |= $row);"},
	{"IN", 1, "def IN(s): any(s == .; .);"},
	{"IN", 2, "def IN(src; s): any(src == s; .);"},
	{"JOIN", 2, "def JOIN($index; f): [.[] | [., $index[f]]];"},
	{"JOIN", 3, "def JOIN($index; stream; f): stream | [., $index[f]];"},
	{"JOIN", 4, "def JOIN($index; stream; f; join): stream | [., $index[f]] | join;"},
	{"ascii", 0, "def ascii: [.] | implode;"},

	/* Paths. */
	{"paths", 0, "def paths: path(..) | select(. != []);"},
	{"paths", 1, "def paths(f): path(.. | select(f)) | select(. != []);"},
	{"leaf_paths", 0, "def leaf_paths: paths(scalars);"},
	{"del", 1, "def del(f): delpaths([path(f)]);"},
	{"pick", 1, "def pick(f): . as $top | reduce path(f) as $p"
	    " (null; setpath($p; $top | getpath($p)));"},
	{"tostream", 0, "def tostream: path(def r: (.[]? | r), .; r) as $p | getpath($p)"
	    " | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);"},
	{"fromstream", 1, "def fromstream(f): {x: null, e: false} as $init"
	    " | foreach f as $i ($init; if .e then $init else . end"
	    " | if $i | length == 2 then setpath([\"e\"]; $i[0] | length == 0)"
	    " | setpath([\"x\"] + $i[0]; $i[1])"
	    " else setpath([\"e\"]; $i[0] | length == 1) end;"
	    " if .e then .x else empty end);"},
	{"truncate_stream", 1, "def truncate_stream(stream): . as $n | null | stream"
	    " | if (.[0] | length) > $n then setpath([0]; .[0][$n:]) else empty end;"},

	/* Strings. */
	{"match", 1, "def match($re): if $re | type == \"array\" then match($re[0]; $re[1])"
	    " else _match($re; null; false)[] end;"},
	{"match", 2, "def match($re; $flags): _match($re; $flags; false)[];"},
	{"_captured", 0, "def _captured: reduce (.captures[] | select(.name != null)) as $c"
	    " ({}; .[$c.name] = $c.string);"},
	{"capture", 1, "def capture(re): match(re) | _captured;"},
	{"capture", 2, "def capture(re; flags): match(re; flags) | _captured;"},
	{"scan", 1, "def scan($re): if $re | type == \"array\" then scan($re[0]; $re[1])"
	    " else scan($re; null) end;"},
	{"scan", 2, "def scan($re; $flags): match($re; \"g\" + $flags)"
	    " | if .captures == [] then .string else [.captures[].string] end;"},
	{"split", 2, "def split($re; $flags): . as $s"
	    " | [foreach (match($re; $flags + \"g\"), null) as $m ([0, null];"
	    " if $m == null then [0, $s[.[0]:]]"
	    " else [$m.offset + $m.length, $s[.[0]:$m.offset]] end; .[1])];"},
	{"splits", 1, "def splits($re): split($re; null)[];"},
	{"splits", 2, "def splits($re; $flags): split($re; $flags)[];"},
	{"sub", 2, "def sub($re; str): sub($re; str; \"\");"},
	{"sub", 3, "def sub($re; str; $flags): . as $in"
	    " | reduce match($re; $flags) as $m ({from: 0, done: []};"
	    " $in[.from:$m.offset] as $gap | [$m | _captured | str] as $new"
	    " | reduce range($new | length) as $i (.; .done[$i] += $gap + $new[$i])"
	    " | .from = $m.offset + $m.length)"
	    " | (.done[] + $in[.from:]) // $in;"},
	{"gsub", 2, "def gsub($re; str): sub($re; str; \"g\");"},
	{"gsub", 3, "def gsub($re; str; $flags): sub($re; str; $flags + \"g\");"},

	/* Times. */
	{"todate", 0, "def todate: strftime(\"%Y-%m-%dT%H:%M:%SZ\");"},
	{"fromdate", 0, "def fromdate: fromdateiso8601;"},
	{"date", 0, "def date: todate;"},
	{"todateiso8601", 0, "def todateiso8601: todate;"},
	{"fromdateiso8601", 0, "def fromdateiso8601: strptime(\"%Y-%m-%dT%H:%M:%SZ\") | mktime;"},
	{"dateadd", 2, "def dateadd(u; $n): . + $n;"},
	{"datesub", 2, "def datesub(u; $n): . - $n;"},
};

const struct weir_prelude *
weir_prelude_find(const char *name, size_t len, unsigned nargs)
{
	size_t i;

	for (i = 0; i < sizeof(definitions) / sizeof(definitions[0]); i++)
		if (definitions[i].nargs == nargs && strlen(definitions[i].name) == len &&
		    memcmp(definitions[i].name, name, len) == 0)
			return &definitions[i];
	return NULL;
}
