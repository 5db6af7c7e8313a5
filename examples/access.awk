# access.awk - makes access.log: awk -f access.awk >access.log
#
# Three hours of a small web shop on 2 March 2026, in the combined format. The
# addresses are those that RFC 5737 keeps for documentation. Between 10:20 and
# 10:50 the checkout fails; all the while somebody looks for holes. Chance comes from
# a generator of its own, so that every awk makes the same bytes.

function chance(n)
{
	seed = (seed * 16807) % 2147483647
	return int(seed / 2147483647 * n)
}

function pick(list,    words, n)
{
	n = split(list, words, " ")
	return words[chance(n) + 1]
}

function line(t, addr, method, path, status, bytes, referer, agent)
{
	printf "%s - - [02/Mar/2026:%02d:%02d:%02d +0000] \"%s %s HTTP/1.1\" %d %d \"%s\" \"%s\"\n",
	    addr, int(t / 3600), int(t / 60) % 60, t % 60, method, path, status, bytes, referer, agent
}

function failing(t)
{
	return t >= 37200 && t < 39000
}

function scanner(t)
{
	line(t, "203.0.113.66", "GET", pick("/wp-login.php /.env /admin /phpmyadmin/ /.git/config"),
	    404, 153, "-", "zgrab/0.x")
}

function visitor(t,    addr, path, status, bytes, method)
{
	addr = pick("192.0.2 198.51.100") "." (10 + chance(30))
	path = pick("/ / / /shop /shop /shop/kettle /shop/teapot /shop/cup /style.css /cart /checkout /checkout")
	if (failing(t) && chance(2) == 0)
		path = "/checkout"
	method = path == "/checkout" ? "POST" : "GET"
	status = 200
	bytes = 400 + chance(9000)
	if (path == "/checkout" && failing(t)) {
		status = pick("500 502 502 504")
		bytes = status == 500 ? 1200 + chance(400) : 157
	} else if (path == "/style.css" && chance(2) == 0) {
		status = 304
		bytes = 0
	} else if (path == "/shop/cup" && chance(3) == 0) {
		status = 404
		bytes = 153
	}
	line(t, addr, method, path, status, bytes, pick("- - https://shop.example/ https://search.example/"),
	    pick("Mozilla/5.0 Mozilla/5.0 curl/7.88.1"))
}

BEGIN {
	seed = 20260302
	for (t = 9 * 3600 + 7; t < 12 * 3600; t += 5 + chance(98))
		if (chance(9) == 0)
			scanner(t)
		else
			visitor(t)
}
