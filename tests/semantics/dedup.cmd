# A kept record folds those up to 10 s from it, on either side. With -d 5s the watermark is 106 behind the record at 111,
# so 90 is late; 125 behind the one at 130, so 110 and 109.999 are, and 119.999, too far from 130 by a millisecond, is kept
scat -i json -t .ts --time-format s -d 5s | sdedup -k .k --within 10s | scat -O json
