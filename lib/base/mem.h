/*
 * mem - memory that is there, or the process ends
 *
 * Out of memory is the one error below the stage that ends the process: a line
 * on stderr, status 71 (WEIR_EX_OSERR). So no caller checks for NULL.
 */
#ifndef WEIR_BASE_MEM_H
#define WEIR_BASE_MEM_H

#include <stddef.h>

/* n bytes, uninitialised; n 0 gives a pointer that may be freed. */
void *weir_mem_alloc(size_t n) __attribute__((malloc, returns_nonnull));

/* n * size bytes of zeros; an overflowing product ends the process as well. */
void *weir_mem_zalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));

/* n bytes of zeros, many megabytes as a rule, for a table (weir_sys_map). Freed by weir_mem_unmap alone, with the same n; p NULL is
 * fine there. */
void *weir_mem_map(size_t n) __attribute__((returns_nonnull));
void weir_mem_unmap(void *p, size_t n);

/* p (or NULL) grown or shrunk to n * size bytes. */
void *weir_mem_realloc(void *p, size_t n, size_t size) __attribute__((returns_nonnull));

/* A copy of the n bytes at p with a NUL behind them. */
void *weir_mem_dup(const void *p, size_t n) __attribute__((malloc, returns_nonnull));

/* A copy of the string s. */
char *weir_mem_strdup(const char *s) __attribute__((malloc, returns_nonnull));

#endif
