# Kafka Streams, SuppressScenarioTest: grace 2, windows of 2
scat -i json -t .ts --time-format s -d 2 | swindow -w 2 count | scat -O json
