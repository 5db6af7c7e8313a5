# The watermark before a record judges it: with -d 3s the record at 13 closes [0,10), not itself
scat -i json -t .ts --time-format s -d 3s | swindow -w 10s count | scat -O json
