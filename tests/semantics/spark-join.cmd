# Spark, a two-sided condition on time: right in [left - 5, left + 10]; delays of 20 and 30 s
in=$(cat)
side() { grep "\"$1\"" <<<"$in" | scat -i json -t .t --time-format s -d "$2"; }
sjoin -k one=1 --before 5s --after 10s <(side l 20s) <(side r 30s) | scat -O json | jq -c '[.t, .right_t]'
