# A late record that is still within the lateness bridges two sessions, one of which has given its result: that is taken back
scat -i json -t .ts --time-format s | swindow --session 10 --lateness 1m count | scat -O json
