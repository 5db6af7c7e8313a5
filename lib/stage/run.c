/*
 * run - see run.h
 */
#include "stage/run.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/sys.h"
#include "base/units.h"
#include "text/value.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t asked, stops;
static int wake[2] = {-1, -1};   /* a byte for each signal, so that none is missed before a wait */
static volatile int64_t first_stop;

static void
on_signal(int sig)
{
	int64_t now;
	int saved = errno;

	(void)!write(wake[1], "", 1);
	errno = saved;
	if (sig == SIGUSR1)
		asked = 1;
	if (sig == SIGUSR1 || sig == SIGCHLD)
		return;
	now = weir_sys_monotonic();
	if (stops == 0) {
		first_stop = now;
		stops = 1;
	} else if (now - first_stop >= WEIR_SECOND) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
}

static void
catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	if (wake[0] < 0 && weir_sys_pipe(wake) != 0)
		weir_say_die(WEIR_EX_OSERR, "pipe: %s", strerror(errno));
	sigemptyset(&sa.sa_mask);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGCHLD, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

int
weir_run_wait(int fd, int out, int64_t until)
{
	int64_t ns = until == 0 ? -1 : until - weir_sys_monotonic();

	return weir_sys_wait(fd, out, wake[0], until != 0 && ns < 0 ? 0 : ns);
}

unsigned
weir_run_wait_any(struct weir_run *run, const int fds[2], int64_t ns)
{
	int rc = weir_sys_wait_any(fds, run->writes && run->table == NULL ? run->out.fd : -1, wake[0], ns);

	if (rc == -2)
		weir_sys_die_of_pipe();
	weir_run_answer(run);
	return rc > 0 ? (unsigned)rc : 0;
}

void
weir_run_pause(struct weir_run *run, int64_t ns)
{
	if (weir_sys_pause(run->writes && run->table == NULL ? run->out.fd : -1, wake[0], ns) == 0)
		weir_sys_die_of_pipe();
	weir_run_answer(run);
}

bool
weir_run_stopped(void)
{
	return stops != 0;
}

void
weir_run_init(struct weir_run *run, const char *name, const struct weir_common *common)
{
	const char *why;

	memset(run, 0, sizeof(*run));
	weir_epoch_init(&run->epoch, &(struct weir_epoch_who){.command = name, .options = ""});
	run->name = name;
	run->common = common;
	run->watermark = INT64_MIN;
	run->began = weir_sys_monotonic();
	run->reject.path = common->rejects;
	run->reject.fail = common->on_error == 1;
	/* weir_stage_options_parse has looked at it, so it can't fail here. */
	if (common->max_errors != NULL && weir_reject_limit(&run->reject, common->max_errors, &why) != 0)
		weir_say_die(WEIR_EX_USAGE, "--max-errors: %s", why);
	catch_signals();
}

const char *
weir_run_name(const struct weir_run *run)
{
	return run->common->id != NULL ? run->common->id : run->name;
}

const char *
weir_run_options(struct weir_run *run, const char *own)
{
	static const char *const names[] = {"rejects", NULL};

	weir_buf_clear(&run->options);
	weir_buf_puts(&run->options, own != NULL ? own : "");
	weir_opt_describe(weir_stage_options, run->common, names, &run->options);
	return weir_buf_cstr(&run->options);
}

void
weir_run_output(struct weir_run *run, bool frames)
{
	run->writes = true;
	if (!frames && isatty(STDOUT_FILENO)) {
		struct weir_emit_conf conf = weir_sink_terminal(STDOUT_FILENO);

		run->table = &run->table_room;
		weir_sink_init(run->table, &conf, NULL);
		weir_out_init_tap(&run->out, weir_sink_tap, run->table);
	} else {
		weir_out_init(&run->out, STDOUT_FILENO);
	}
}

int
weir_run_fail(struct weir_run *run, int status, const char *reason)
{
	if (run->status == 0) {
		run->status = status;
		weir_buf_puts(&run->reason, reason);
	}
	return -1;
}

int
weir_run_vdie(struct weir_run *run, int status, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	weir_say(WEIR_SAY_ERROR, "%s", text);
	return weir_run_fail(run, status, text);
}

int
weir_run_die(struct weir_run *run, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	weir_run_vdie(run, status, fmt, ap);
	va_end(ap);
	return -1;
}

int
weir_run_write_failed(struct weir_run *run, int errnum, const char *dest)
{
	if (errnum == EPIPE)
		weir_sys_die_of_pipe();
	return weir_run_die(run, WEIR_EX_IOERR, "%s: %s", dest, strerror(errnum));
}

int
weir_run_sink_failed(struct weir_run *run)
{
	const struct weir_output *o = &run->table->output;

	if (o->errnum == EPIPE)
		weir_sys_die_of_pipe();
	return weir_run_die(run, o->status, "%s", weir_buf_cstr((struct weir_buf *)(uintptr_t)&o->why));
}

int
weir_run_epoch_failed(struct weir_run *run, int status)
{
	return weir_run_die(run, status, "%s", weir_buf_cstr(&run->epoch.dir.why));
}

int
weir_run_pass_failure(struct weir_run *run, const struct weir_end *end)
{
	weir_say(WEIR_SAY_INFO, "%s failed with status %d: %s", end->stage != NULL ? end->stage : "a stage",
	    end->status, end->reason != NULL ? end->reason : "no reason given");
	free(run->origin);
	run->origin = end->stage != NULL ? weir_mem_strdup(end->stage) : NULL;
	return weir_run_fail(run, end->status, end->reason != NULL ? end->reason : "");
}

int
weir_run_broken(struct weir_run *run, const struct weir_reader *r, const char *name)
{
	switch (r->error) {
	case WEIR_READER_IO:
		return weir_run_die(run, WEIR_EX_IOERR, "%s: %s", name, strerror(r->errnum));
	case WEIR_READER_FOREIGN:
		return weir_run_die(run, WEIR_EX_PROTOCOL,
		    "%s: not a weir stream; pipe it through scat first", name);
	case WEIR_READER_EMPTY:
		return weir_run_die(run, WEIR_EX_PROTOCOL,
		    "%s: empty: the command before it wrote nothing, not even a stream's beginning; if it failed, it says why itself", name);
	case WEIR_READER_TRUNCATED:
		return weir_run_die(run, WEIR_EX_PROTOCOL,
		    "%s: the stream breaks off at offset %" PRIu64 " without an end: its producer died", name, r->offset);
	default:
		return weir_run_die(run, WEIR_EX_PROTOCOL, "%s: damaged stream: frame at offset %" PRIu64 ": %s",
		    name, r->offset, r->why);
	}
}

void
weir_run_greet_late(struct weir_run *run)
{
	struct weir_hello h = {0};

	if (!run->writes || run->out.fd < 0)
		return;
	if (run->id == NULL)
		run->id = weir_mem_strdup(weir_hello_add_stage(&h, weir_run_name(run)));
	weir_run_check(run, weir_out_hello(&run->out, &h));
	weir_hello_release(&h);
}

int
weir_run_check(struct weir_run *run, int rc)
{
	if (rc == 0)
		return 0;
	if (run->status != 0 || run->quit)
		return -1;
	if (run->out.errnum != 0 && run->table != NULL && run->table->output.status != 0)
		return weir_run_sink_failed(run);
	if (run->out.errnum != 0)
		return weir_run_write_failed(run, run->out.errnum,
		    run->dest != NULL ? run->dest : "standard output");
	return weir_run_die(run, WEIR_EX_SOFTWARE, "a callback failed without a reason");
}

static void
put_time(struct weir_buf *b, const char *name, int64_t t)
{
	char text[WEIR_CIVIL_TEXT];

	if (t == WEIR_TIME_NONE)
		return;
	weir_civil_format(t, text);
	weir_buf_printf(b, ",\"%s\":\"%s\"", name, text);
}

static void
put_epoch(struct weir_run *run, struct weir_buf *b)
{
	struct weir_epoch *e = &run->epoch;

	if (!e->on)
		return;
	weir_epoch_committed(e);
	weir_buf_printf(b, ",\"epoch\":%" PRId64 ",\"committed\":%" PRId64 ",\"state_bytes\":%" PRIu64
	                   ",\"state_ms\":%.3f,\"state_write_ms\":%.3f,\"state_cpu_ms\":%.3f,\"committed_age\":%.3f",
	    e->current, e->done, e->bytes, (double)e->took / 1e6, (double)e->slow / 1e6, (double)e->cpu / 1e6,
	    (double)weir_epoch_age(e) / 1e9);
}

static void
write_stats(struct weir_run *run, void (*on_stats)(void *, struct weir_buf *), void *self)
{
	const char *path = run->common->stats;
	struct weir_buf b = {0};
	int fd;

	if (path == NULL)
		return;
	weir_buf_printf(&b, "{\"stage\":\"%s\",\"status\":%d", run->id != NULL ? run->id : run->name,
	    run->status);
	weir_buf_printf(&b, ",\"records_in\":%" PRIu64 ",\"records_out\":%" PRIu64, run->records,
	    run->out.records);
	weir_buf_printf(&b, ",\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64, run->bytes,
	    run->out.bytes);
	weir_buf_printf(&b, ",\"bad\":%" PRIu64, run->reject.count);
	put_time(&b, "watermark", run->watermark);
	weir_buf_printf(&b, ",\"seconds\":%.6f,\"peak_memory\":%" PRIu64,
	    (double)(weir_sys_monotonic() - run->began) / 1e9, weir_sys_peak_memory());
	put_epoch(run, &b);
	if (on_stats != NULL)
		on_stats(self, &b);
	weir_buf_puts(&b, "}\n");
	fd = strcmp(path, "-") == 0 ? STDERR_FILENO
	                            : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || weir_sys_write(fd, b.p, b.len) != 0) {
		weir_say(WEIR_SAY_ERROR, "--stats %s: %s", path, strerror(errno));
		if (run->status == 0)
			run->status = fd < 0 ? WEIR_EX_CANTCREAT : WEIR_EX_IOERR;
	}
	if (fd > STDERR_FILENO)
		close(fd);
	weir_buf_release(&b);
}

void
weir_run_answer(struct weir_run *run)
{
	struct weir_epoch *e = &run->epoch;
	char mark[WEIR_CIVIL_TEXT] = "none";

	if (!asked)
		return;
	asked = 0;
	if (run->watermark != WEIR_TIME_NONE)
		weir_civil_format(run->watermark, mark);
	weir_say(WEIR_SAY_ERROR,
	    "%" PRIu64 " records in, %" PRIu64 " out, %" PRIu64 " bad, watermark %s, %.1f s", run->records,
	    run->out.records, run->reject.count, mark,
	    (double)(weir_sys_monotonic() - run->began) / 1e9);
	if (run->answer != NULL)
		run->answer(run);
	if (!e->on)
		return;
	weir_epoch_committed(e);
	weir_say(WEIR_SAY_ERROR, "epoch %" PRId64 ", committed %" PRId64 " %.1f s ago, state of %" PRIu64 " bytes in %.1f ms",
	    e->current, e->done, (double)weir_epoch_age(e) / 1e9, e->bytes, (double)e->took / 1e6);
}

static void
write_end(struct weir_run *run, enum weir_end_how how)
{
	struct weir_end end = {.how = how};

	if (run->status != 0) {
		end.how = WEIR_END_FAILED;
		end.status = run->status;
		end.reason = weir_buf_cstr(&run->reason);
		end.stage = run->origin != NULL ? run->origin : run->id;
	}
	if (run->out.errnum == 0 && weir_out_end(&run->out, &end) != 0 && run->status == 0)
		weir_run_check(run, -1);
}

int
weir_run_finish(struct weir_run *run, enum weir_end_how how,
    void (*on_stats)(void *, struct weir_buf *), void *self)
{
	int status = weir_reject_close(&run->reject, run->records - run->reject.count);

	if (status != 0)
		weir_run_fail(run, status, "too many bad records");
	if (run->writes && (run->out.fd >= 0 || run->table != NULL))
		write_end(run, how);
	if (run->table != NULL && weir_sink_close(run->table) != 0 && run->status == 0)
		weir_run_sink_failed(run);
	if (run->writes && run->out.fd >= 0 && close(run->out.fd) != 0 && run->status == 0)
		weir_run_write_failed(run, errno, run->dest != NULL ? run->dest : "standard output");
	if (run->epoch.on && run->status == 0 && (status = weir_dir_leave(&run->epoch.dir)) != 0)
		weir_run_epoch_failed(run, status);
	write_stats(run, on_stats, self);
	if (run->writes)
		weir_out_release(&run->out);
	if (run->json != NULL)
		weir_emit_free(run->json);
	weir_epoch_release(&run->epoch);
	weir_buf_release(&run->options);
	weir_buf_release(&run->reason);
	free(run->id);
	free(run->origin);
	return run->status;
}
