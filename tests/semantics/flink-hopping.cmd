# Flink SQL, WindowAggregateITCase: windows of 10 s each 5 s, delay 1 s; what is late for one counts in the next
scat -i json -d 1s | swindow -w 10s --slide 5s -k .name count sum:.bigdec | scat -O json
