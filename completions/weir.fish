# weir.fish - completions for scat, sfilter and swindow

for c in scat sfilter swindow
    complete -c $c -l on-error -x -a 'skip fail' -d 'A bad record: go on, or stop'
    complete -c $c -l rejects -r -d 'Keep bad records as JSON lines'
    complete -c $c -l max-errors -x -d 'Give up beyond this many bad records'
    complete -c $c -l stats -r -d 'A closing summary as one JSON line'
    complete -c $c -l explain -d 'Say what would be done, and end'
    complete -c $c -l color -x -a 'auto always never' -d 'Colour on a terminal'
    complete -c $c -s q -l quiet -d 'Errors only'
    complete -c $c -s v -l verbose -d 'Say more'
    complete -c $c -s h -l help -d 'Help'
    complete -c $c -s V -l version -d 'Versions of weir and its libraries'
end

complete -c scat -s i -l input-format -x -a 'json csv tsv logfmt combined common nginx: apache: regex: lines frames auto' -d 'What the sources are'
complete -c scat -s t -l time -x -d 'The field with the event time'
complete -c scat -l time-format -x -a 's ms us ns' -d 'How that time is written'
complete -c scat -s d -l delay -x -d 'How far out of order records may be'
complete -c scat -l tz -x -d 'Zone of times without an offset'
complete -c scat -s O -l output-format -x -a 'frames json csv tsv logfmt table raw' -d 'What to write'
complete -c scat -s o -l output -r -d 'A file; its name tells the format'
complete -c scat -s n -l limit -x -d 'Stop after so many records'
complete -c scat -s z -l zstd -x -d 'Compress inside the frames'
complete -c scat -l delimiter -x -d 'csv: between fields'
complete -c scat -l no-header -d 'csv, tsv: no header, read or written'
complete -c scat -l no-infer -d 'Numbers stay strings'
complete -c scat -l columns -x -d 'csv, tsv, table: write these fields'
complete -c scat -l in-order -d 'Sources one after the other'
complete -c scat -l max-record -x -d 'Longest record'

complete -c sfilter -f
complete -c sfilter -l invert -d 'Pass what the expression is not true for'
complete -c sfilter -s e -l exit-status -d 'Status 1 if nothing passed'
complete -c sfilter -l from-file -r -d 'Read the expression from a file'
complete -c sfilter -l arg -x -d 'NAME VALUE: a string for the expression'
complete -c sfilter -l argjson -x -d 'NAME JSON: a JSON value for the expression'
complete -c sfilter -l engine -x -a 'auto native jq' -d 'Who evaluates'

complete -c swindow -f -a 'count count: sum: avg: min: max: median: p50: p90: p95: p99: p99.9:'
complete -c swindow -s w -l window -x -d 'Length of the windows'
complete -c swindow -l offset -x -d 'Move their alignment'
complete -c swindow -s k -l key -x -d 'A result for each value of these'
complete -c swindow -l late -r -d 'Keep late records'
