# Flink SQL, WindowAggregateITCase: windows of 15 s in steps of 5 s, delay 1 s
scat -i json -d 1s | swindow -w 15s --step 5s -k .name count sum:.bigdec | scat -O json
