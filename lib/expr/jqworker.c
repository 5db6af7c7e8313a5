/*
 * jqworker - see jqworker.h; the conversation is described in jqchild.h
 *
 * What libjq and glibc need was found with strace: memory, the clock, and what
 * abort() does. All other system calls fail with EPERM, which libjq takes for a file that
 * isn't there; so it is told nothing it could not survive.
 */
#define _GNU_SOURCE
#include "expr/jqworker.h"
#include "frame/record.h"

#include <errno.h>
#include <fcntl.h>
#include <jq.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MEMORY (UINT64_C(1) << 30)
#define REQUEST_MAX (64u * 1024 * 1024)

static void
close_all_but(int fd)
{
#ifdef SYS_close_range
	if ((fd == 0 || syscall(SYS_close_range, 0u, (unsigned)fd - 1, 0u) == 0) &&
	    syscall(SYS_close_range, (unsigned)fd + 1, ~0u, 0u) == 0)
		return;
#endif
	for (int i = (int)sysconf(_SC_OPEN_MAX) - 1; i >= 0; i--)
		if (i != fd)
			close(i);
}

/* Signals meant for the pipeline are the parent's business; deadly ones are deadly again. */
static void
reset_signals(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2};
	static const int deadly[] = {SIGFPE, SIGSEGV, SIGBUS, SIGILL, SIGABRT};
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	for (i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		signal(deadly[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Bytes of address space in use, which a sanitizer makes very many. */
static uint64_t
address_space(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long long pages = 0;

	if (f != NULL) {
		if (fscanf(f, "%llu", &pages) != 1)
			pages = 0;
		fclose(f);
	}
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
limit(int what, uint64_t most)
{
	struct rlimit l = {.rlim_cur = (rlim_t)most, .rlim_max = (rlim_t)most};

	setrlimit((__rlimit_resource_t)what, &l);
}

static void
allow(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition)
{
	seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, condition);
}

/* Only what computing needs. Where the kernel has no such filters, the limits alone must do. */
static void
drop_rights(int fd)
{
	static const int plain[] = {SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(brk),
	    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(sigaltstack), SCMP_SYS(getpid),
	    SCMP_SYS(gettid), SCMP_SYS(sched_yield), SCMP_SYS(restart_syscall)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	size_t i;

	if (filter == NULL)
		return;
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, plain[i], 0);
	allow(filter, SCMP_SYS(read), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd, 0));
	allow(filter, SCMP_SYS(write), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd, 0));
	allow(filter, SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	allow(filter, SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	allow(filter, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	seccomp_load(filter);
	seccomp_release(filter);
}

static void
enclose(int fd, pid_t parent, const struct weir_jqchild_conf *conf)
{
	uint64_t memory = conf->memory != 0 ? conf->memory : MEMORY;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	reset_signals();
	unsetenv("HOME");
	tzset();
	limit(RLIMIT_AS, address_space() + memory);
	limit(RLIMIT_CORE, 0);
	close_all_but(fd);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	drop_rights(fd);
}

/* What `debug` has to say: standard error is not the child's. */
static void
pass_over(void *unused, jv message)
{
	(void)unused;
	jv_free(message);
}

static void
out_of_memory(void *unused)
{
	(void)unused;
	_exit(WEIR_JQWORKER_NO_MEMORY);
}

/* All n bytes, or the end of the parent. */
static void
take(int fd, void *p, size_t n)
{
	unsigned char *q = p;

	while (n > 0) {
		ssize_t k = read(fd, q, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			_exit(0);
		q += k;
		n -= (size_t)k;
	}
}

static void
answer(int fd, uint32_t what, const struct weir_buf *text)
{
	unsigned char header[WEIR_JQWORKER_HEADER];
	struct {
		const unsigned char *p;
		size_t n;
	} parts[2] = {{header, sizeof(header)}, {text->p, text->len}};
	int i;

	weir_store32(header, (uint32_t)text->len);
	weir_store32(header + 4, what);
	for (i = 0; i < 2; i++)
		while (parts[i].n > 0) {
			ssize_t k = write(fd, parts[i].p, parts[i].n);

			if (k < 0 && errno == EINTR)
				continue;
			if (k <= 0)
				_exit(0);
			parts[i].p += k;
			parts[i].n -= (size_t)k;
		}
}

/* Appends a jv as text, consuming it: a string's bytes, or JSON. */
static void
put_jv(struct weir_buf *b, jv v, bool json)
{
	if (json || jv_get_kind(v) != JV_KIND_STRING)
		v = jv_dump_string(v, 0);
	weir_buf_put(b, jv_string_value(v), (size_t)jv_string_length_bytes(jv_copy(v)));
	jv_free(v);
}

static void
put_error(struct weir_buf *b, jv message)
{
	weir_buf_clear(b);
	if (jv_get_kind(message) != JV_KIND_STRING)
		weir_buf_puts(b, "(not a string): ");
	put_jv(b, message, false);
}

/* Runs the program on one text: an enum weir_jqchild_answer. */
static uint32_t
evaluate(jq_state *jq, const struct weir_buf *json, uint32_t question, struct weir_buf *text)
{
	jv v = jv_parse_sized((char *)json->p, (int)json->len);
	bool yes = false;

	weir_buf_clear(text);
	if (jv_is_valid(v)) {
		jq_start(jq, v, 0);
		while (jv_is_valid(v = jq_next(jq))) {
			yes |= jv_get_kind(v) != JV_KIND_NULL && jv_get_kind(v) != JV_KIND_FALSE;
			if (question == WEIR_JQCHILD_OUTPUTS) {
				put_jv(text, v, true);
				weir_buf_putc(text, '\n');
				continue;
			}
			jv_free(v);
			if (yes)
				return WEIR_JQCHILD_YES;
		}
	}
	if (jv_invalid_has_msg(jv_copy(v))) {
		put_error(text, jv_invalid_get_msg(v));
		return WEIR_JQCHILD_ERROR;
	}
	jv_free(v);
	if (jq_halted(jq)) {
		weir_buf_clear(text);
		weir_buf_puts(text, "the program halted");
		return WEIR_JQCHILD_ERROR;
	}
	return yes;
}

/* What libjq says about the program, one complaint a call: of the first, the words between
 * "jq: error: " and the guess or the place behind them. */
static void
complain(void *text, jv message)
{
	static const char before[] = "jq: error: ", *const behind[] = {" (Unix shell", " at <", "\n"};
	struct weir_buf *b = text;
	const char *s, *stop;
	size_t i;

	message = jq_format_error(message);
	s = jv_string_value(message);
	if (b->len == 0) {
		s += strncmp(s, before, strlen(before)) == 0 ? strlen(before) : 0;
		weir_buf_puts(b, s);
		for (i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
			if ((stop = strstr(s, behind[i])) != NULL && (size_t)(stop - s) < b->len)
				b->len = (size_t)(stop - s);
	}
	jv_free(message);
}

static jq_state *
compile(int fd, const struct weir_jqchild_conf *conf, struct weir_buf *text)
{
	jq_state *jq;

	jv_nomem_handler(out_of_memory, NULL);
	jq = jq_init();
	if (jq == NULL)
		out_of_memory(NULL);
	jq_set_nomem_handler(jq, out_of_memory, NULL);   /* jq_next puts it over the one above */
	jq_set_error_cb(jq, complain, text);
	jq_set_debug_cb(jq, pass_over, NULL);            /* jq_init leaves it as it finds it */
	if (!jq_compile_args(jq, conf->program, jv_parse(conf->args))) {
		answer(fd, WEIR_JQCHILD_ERROR, text);
		_exit(0);
	}
	weir_buf_clear(text);
	answer(fd, WEIR_JQCHILD_YES, text);
	return jq;
}

_Noreturn void
weir_jqworker_run(int fd, pid_t parent, const struct weir_jqchild_conf *conf)
{
	struct weir_buf json = {0}, text = {0};
	unsigned char header[WEIR_JQWORKER_HEADER];
	jq_state *jq;
	uint32_t what;

	enclose(fd, parent, conf);
	jq = compile(fd, conf, &text);
	for (;;) {
		take(fd, header, sizeof(header));
		json.len = 0;
		if (weir_load32(header) > REQUEST_MAX)
			_exit(1);
		weir_buf_need(&json, weir_load32(header));
		json.len = weir_load32(header);
		take(fd, json.p, json.len);
		what = evaluate(jq, &json, weir_load32(header + 4), &text);
		answer(fd, what, &text);
	}
}
