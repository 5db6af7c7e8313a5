# A day of 23 hours and one of 25, and weeks from Monday, in Berlin
cat >in.json
scat -i json in.json | swindow -w 1d --tz Europe/Berlin count | scat -O json
scat -i json in.json | swindow -w 1w --tz Europe/Berlin count | scat -O json
