# Sessions, gap 10: a record exactly a gap later belongs to the session
scat -i json -t .ts --time-format s | swindow --session 10 count min:.ts max:.ts | scat -O json
