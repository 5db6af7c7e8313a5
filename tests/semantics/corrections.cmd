# --lateness: the result, its correction, and the last result when the window is forgotten
scat -i json -t .ts --time-format s | swindow -w 10s --lateness 5s count | scat -O json
