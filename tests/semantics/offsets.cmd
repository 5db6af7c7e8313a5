# Offsets of windows of 10 minutes, negative ones too
cat >in.json
for offset in -16m -6m -4m 0m 4m 6m 16m; do
	scat -i json in.json | swindow -w 10m --offset $offset count | scat -O json
done
