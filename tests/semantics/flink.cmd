# Flink SQL, WindowAggregateITCase: tumbling windows of 5 s, delay 1 s, with the distinct count
scat -i json -d 1s | swindow -w 5s -k .name count sum:.bigdec distinct:.string | scat -O json
