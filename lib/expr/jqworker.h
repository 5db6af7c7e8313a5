/*
 * jqworker - the inside of libjq's child process
 */
#ifndef WEIR_EXPR_JQWORKER_H
#define WEIR_EXPR_JQWORKER_H

#include "expr/jqchild.h"

#include <sys/types.h>

/* With this status it ran out of memory. */
#define WEIR_JQWORKER_NO_MEMORY 71

#define WEIR_JQWORKER_HEADER 8

/* In a process just forked by `parent`: gives up its rights, then answers on the socket until
 * that ends. */
_Noreturn void weir_jqworker_run(int fd, pid_t parent, const struct weir_jqchild_conf *conf);

#endif
