# Kafka Streams, KStreamKStreamJoin: one key, 10 s, times in milliseconds
in=$(cat)
side() { grep "\"$1\"" <<<"$in" | scat -i json -t .t --time-format ms; }
sjoin -k one=1 -w 10s <(side L) <(side R) | scat -O json | jq -r '"\(.l)\(.r)@\([.t, .right_t] | max)"'
