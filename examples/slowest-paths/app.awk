# app.awk - makes app.jsonl: awk -f app.awk >app.jsonl
#
# Requests of a service, a JSON object each, times in milliseconds since 1970.

function chance(n)
{
	seed = (seed * 16807) % 2147483647
	return int(seed / 2147483647 * n)
}

BEGIN {
	seed = 7
	split("/api/cart /api/search /api/user", path, " ")
	split("20 180 35", usual, " ")
	for (ms = 0; ms < 300000; ms += 200 + chance(1800)) {
		i = chance(3) + 1
		took = usual[i] + chance(usual[i]) + chance(100) / 100
		if (chance(25) == 0)
			took *= 10
		printf "{\"ts\":%.0f,\"req\":{\"path\":\"%s\",\"user\":%d},\"took\":%.2f}\n",
		    1772458200000 + ms, path[i], 100 + chance(20), took
	}
}
