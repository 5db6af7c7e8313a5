/*
 * generate - a made-up web log as JSON lines, the same for the same arguments
 *
 * usage: generate RECORDS [csv|tsv|logfmt|combined|nginx|many[HOSTS]|ids]    ("many": JSON with a million hosts; nginx:
 * combined and the time it took; "ids": a time and an id only, half of them new, half of them one of the last ten million
 * new ones)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t state = 88172645463325252u;

/* xorshift64 (Marsaglia 2003). */
static uint64_t
next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

int
main(int argc, char *argv[])
{
	static const char *const methods[] = {"GET", "GET", "GET", "POST", "PUT", "DELETE"};
	static const int codes[] = {200, 200, 200, 200, 200, 200, 200, 304, 404, 500};
	long n = argc > 1 ? atol(argv[1]) : 1000, i;
	const char *form = argc > 2 ? argv[2] : "json";
	unsigned hosts = strncmp(form, "many", 4) != 0 ? 1000 : form[4] != '\0' ? (unsigned)atol(form + 4) : 1000000;
	time_t start = 1767225600;

	if (strcmp(form, "csv") == 0)
		puts("ts,host,method,path,status,bytes,latency,user");
	if (strcmp(form, "tsv") == 0)
		puts("ts\thost\tmethod\tpath\tstatus\tbytes\tlatency\tuser");
	for (i = 0; i < n; i++) {
		uint64_t r = next();
		/* 1,000 records a second, up to half a second out of order. */
		int64_t ms = i - (int64_t)(r % 500);
		time_t sec = start + (time_t)(ms < 0 ? 0 : ms / 1000);
		int frac = (int)(ms < 0 ? 0 : ms % 1000);
		struct tm tm;
		char when[32];
		unsigned host = (unsigned)(r >> 9) % hosts, item = (unsigned)(r >> 19) % 5000;
		unsigned user = (unsigned)(r >> 33) % 20000, bytes = (unsigned)(r >> 37) % 60000;
		unsigned late = (unsigned)(r >> 41) % 30000;
		const char *method = methods[(r >> 3) % 6];
		int code = codes[(r >> 7) % 10];

		gmtime_r(&sec, &tm);
		if (strcmp(form, "ids") == 0) {
			uint64_t fresh = (uint64_t)i / 2, back = fresh < 10000000 ? fresh : 10000000;
			uint64_t id = r >> 62 < 2 || back == 0 ? fresh : fresh - (r >> 9) % back;

			strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
			printf("{\"ts\":\"%s.%03dZ\",\"id\":\"%016llx\"}\n", when, frac,
			    (unsigned long long)(id * UINT64_C(0x9e3779b97f4a7c15)));
			continue;
		}
		if (strcmp(form, "combined") == 0 || strcmp(form, "nginx") == 0) {
			strftime(when, sizeof(when), "%d/%b/%Y:%H:%M:%S +0000", &tm);
			printf("10.0.%u.%u - u%u [%s] \"%s /api/v1/items/%u HTTP/1.1\" %d %u \"-\" \"bench/1.0\"",
			    host / 250, host % 250, user, when, method, item, code, bytes);
			if (*form == 'n')
				printf(" %u.%03u", late / 1000, late % 1000);
			putchar('\n');
			continue;
		}
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
		printf(strcmp(form, "csv") == 0
		        ? "%s.%03dZ,web-%03u,%s,/api/v1/items/%u,%d,%u,%u.%02u,u%u\n"
		        : strcmp(form, "tsv") == 0
		        ? "%s.%03dZ\tweb-%03u\t%s\t/api/v1/items/%u\t%d\t%u\t%u.%02u\tu%u\n"
		        : strcmp(form, "logfmt") == 0
		        ? "ts=%s.%03dZ host=web-%03u method=%s path=/api/v1/items/%u status=%d bytes=%u latency=%u.%02u user=u%u\n"
		        : "{\"ts\":\"%s.%03dZ\",\"host\":\"web-%03u\",\"method\":\"%s\",\"path\":\"/api/v1/items/%u\","
		          "\"status\":%d,\"bytes\":%u,\"latency\":%u.%02u,\"user\":\"u%u\"}\n",
		    when, frac, host, method, item, code, bytes, late / 100, late % 100, user);
	}
	return fflush(stdout) != 0;
}
