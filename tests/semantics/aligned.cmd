# Weeks begin on Monday; days and weeks before 1970; a record at a window's end belongs to the next
cat >in.json
for size in 1w 14d 1d; do
	scat -i json in.json | swindow -w $size count | scat -O json
done
