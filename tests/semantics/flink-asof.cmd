# Flink, TemporalJoinITCase: each order with the rate in force
in=$(cat)
side() { grep "\"$1\"" <<<"$in" | scat -i json -t .t -d "$2"; }
sjoin -k .currency --asof <(side order 24h) <(side rate 0) | scat -O json | jq -c '[.order, .rate]'
