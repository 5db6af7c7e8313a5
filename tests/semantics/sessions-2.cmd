# Sessions, gap 10, with enough delay: 22 and 10 bridge what was apart
scat -i json -t .ts --time-format s -d 200 | swindow --session 10 count min:.ts max:.ts | scat -O json
