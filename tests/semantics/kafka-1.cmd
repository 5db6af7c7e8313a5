# Kafka Streams, SuppressScenarioTest: grace 1, windows of 2; bare numbers are seconds
scat -i json -t .ts --time-format s -d 1 | swindow -w 2 count | scat -O json
