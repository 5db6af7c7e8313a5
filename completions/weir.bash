# weir.bash - completions for scat, sfilter, swindow, sjoin, sdedup and sreplay
#
# Bash splits words at "=" and ":", so --option=VALUE arrives as three words and an
# aggregate's path as one of its own.

_weir_common='--on-error --rejects --max-errors --id --stats --explain --color -q --quiet -v --verbose
	-h --help -V --version'
_weir_aggregates='count count: rate sum: avg: var: stddev: min: max: first: last: argmax: argmin: delta:
	ewma: corr: median: p50: p90: p95: p99: p99.9: distinct: top5: top10: list: set: hist:'

_weir_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
	if [[ ${COMPREPLY[0]-} == *: ]]; then
		compopt -o nospace
	fi
}

_weir_files()
{
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_weir_directories()
{
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -d -- "$1")
}

# The values of the option $1, for the word $2; fails if it takes none.
_weir_value()
{
	case $1 in
	-i|--input-format) _weir_words 'json csv tsv logfmt combined common nginx: apache: regex: lines frames auto' "$2" ;;
	-O|--output-format) _weir_words 'frames json csv tsv logfmt table raw' "$2" ;;
	--time-format) _weir_words 's ms us ns' "$2" ;;
	--missing) _weir_words 'fail skip' "$2" ;;
	--on-error) _weir_words 'skip fail' "$2" ;;
	--color) _weir_words 'auto always never' "$2" ;;
	--sync) _weir_words 'each epoch 1s' "$2" ;;
	--emit) _weir_words 'final update' "$2" ;;
	--engine) _weir_words 'auto native jq' "$2" ;;
	--which) _weir_words 'first last' "$2" ;;
	--type) _weir_words 'inner left right full semi anti' "$2" ;;
	-a|--append|--salvage|-C|--checkpoint|--savepoint|--list-checkpoint|--table-dir|--spill) _weir_directories "$2" ;;
	--epoch|--epoch-records|--sources|--sinks|--drop-state|--keep-epochs|--from-epoch|--id) COMPREPLY=() ;;
	-o|--output|--rejects|--stats|--late|--from-file|--map-file|--table) _weir_files "$2" ;;
	-t|--time|-d|--delay|--max-ahead|--idle|--tz|-n|--limit|-z|--zstd|--delimiter|--columns|--max-record) COMPREPLY=() ;;
	--max-errors|-w|--window|--slide|--step|--offset|--session|--count|-k|--key|--top|--lateness|--within|--approx|--max-memory) COMPREPLY=() ;;
	--before|--after|--tumbling|--tolerance|--prefix) COMPREPLY=() ;;
	--arg|--argjson|-m|--map|--set|--set-time|--keep|--drop|--sample|--seed) COMPREPLY=() ;;
	--segment-size|--segment-time|--partitions|--partition|--from|--to|-s|--speed|--max-gap|--rate|--loop) COMPREPLY=() ;;
	--shift-to|--number|--trim-before|--max-size|--max-age) COMPREPLY=() ;;
	*) return 1 ;;
	esac
}

# Completes the word at hand: $1 are the command's own options, $2 says what operands are: files, directories,
# aggregates or none.
_weir()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	if [[ $word == = ]]; then
		word=
	elif [[ $before == = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	_weir_value "$before" "$word" && return
	case $word in
	-*) _weir_words "$1 $_weir_common" "$word" ;;
	*)
		case $2 in
		files) _weir_files "$word" ;;
		directories) _weir_directories "$word" ;;
		aggregates) [[ $before != : ]] && _weir_words "$_weir_aggregates" "$word" ;;
		esac
		;;
	esac
}

_weir_scat()
{
	_weir '-i --input-format -t --time --time-format -d --delay --tz -O --output-format -o --output
		-f --follow -n --limit -z --zstd --delimiter --no-header --no-infer --columns --in-order --idle --max-ahead --max-record --missing
		-C --checkpoint --epoch --epoch-records --final --sources --sinks --accept-change --drop-state
		--keep-epochs --from-epoch --discard-output --savepoint --list-checkpoint --force --append' files
}

_weir_sfilter()
{
	_weir '--invert -e --exit-status -m --map --set --keep --drop --set-time -d --delay --sample -k --key --seed
		--from-file --map-file --arg --argjson --engine' none
}

_weir_swindow()
{
	_weir '-w --window --slide --step --offset --tz --session --count --all -k --key --lateness --late --emit
		--exact --top --max-memory --spill' aggregates
}

_weir_sdedup()
{
	_weir '-k --key --within --lateness --late --which --dups --approx --max-memory --spill' none
}

_weir_sjoin()
{
	_weir '-k --key -w --window --before --after --tumbling --asof --tolerance --table --table-dir --reload
		-i --input-format --type --prefix --nest --late --max-memory --spill' files
}

_weir_sreplay()
{
	_weir '-a --append -z --zstd --sync --segment-size --segment-time --partitions -k --key --from --to
		--partition -f --follow --committed -n --limit -s --speed --max-gap --rate --loop --shift-to --number -C
		--checkpoint --epoch --epoch-records --final --sources --sinks --accept-change --drop-state
		--keep-epochs --from-epoch --discard-output --list --verify --trim-before --max-size --max-age
		--compact --max-memory --salvage --force' directories
}

complete -F _weir_scat scat
complete -F _weir_sfilter sfilter
complete -F _weir_swindow swindow
complete -F _weir_sjoin sjoin
complete -F _weir_sdedup sdedup
complete -F _weir_sreplay sreplay
