# --emit 5s: early results each 5 s of event time, where something changed
scat -i json -t .ts --time-format s | swindow -w 20s --emit 5s count | scat -O json
