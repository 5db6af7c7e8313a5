# The same records: the last of each group by event time, in the order of their first ones
scat -i json -t .ts --time-format s -d 5s | sdedup -k .k --within 10s --which last --dups | scat -O json
