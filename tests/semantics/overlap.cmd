# Without lateness a session is forgotten when it closes: the record at 5 joins that of 12, which then overlaps the
# one that has gone out
scat -i json -t .ts --time-format s | swindow --session 10 count | scat -O json
