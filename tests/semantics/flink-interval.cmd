# Flink, IntervalJoinITCase: T1 between T2 - 5 s and T2 + 6 s, T1 is left
in=$(cat)
side() { grep "\"$1\"" <<<"$in" | scat -i json -t .t --time-format s; }
sjoin -k .k --before 6s --after 5s <(side T1) <(side T2) | scat -O json | jq -c '[.k, .t, .right_t]'
