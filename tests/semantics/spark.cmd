# Spark, EventTimeWatermarkSuite: windows of 5 s, delay 10 s
scat -i json -t .ts --time-format s -d 10s | swindow -w 5s count | scat -O json
