# A record a nanosecond before the end, and one at it
scat -i json -t .ts --time-format s | swindow -w 10s count | scat -O json
