/*
 * mem - see mem.h. The message is written with write(2): there may be no
 * memory left for stdio's buffer.
 */
#include "base/mem.h"
#include "base/status.h"
#include "base/sys.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void
out_of_memory(void)
{
	static const char msg[] = "weir: out of memory\n";

	if (write(STDERR_FILENO, msg, sizeof(msg) - 1) < 0)
		_exit(WEIR_EX_OSERR);
	_exit(WEIR_EX_OSERR);
}

void *
weir_mem_alloc(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *
weir_mem_zalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *
weir_mem_map(size_t n)
{
	void *p = weir_sys_map(n);

	if (p == NULL)
		out_of_memory();
	return p;
}

void
weir_mem_unmap(void *p, size_t n)
{
	if (p != NULL)
		weir_sys_unmap(p, n);
}

void *
weir_mem_realloc(void *p, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		out_of_memory();
	p = realloc(p, n != 0 && size != 0 ? n * size : 1);
	if (p == NULL)
		out_of_memory();
	return p;
}

void *
weir_mem_dup(const void *p, size_t n)
{
	unsigned char *copy = weir_mem_alloc(n + 1);

	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *
weir_mem_strdup(const char *s)
{
	return weir_mem_dup(s, strlen(s));
}
