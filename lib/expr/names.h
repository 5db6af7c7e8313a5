/*
 * names - the functions and formats that jq knows
 */
#ifndef WEIR_EXPR_NAMES_H
#define WEIR_EXPR_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Bit n is set if there is a function of that name with n arguments; 0 if there is none. */
unsigned weir_names_arities(const char *name, size_t len);

/* The same of jq 1.6 alone. */
unsigned weir_names_of_libjq(const char *name, size_t len);

/* The functions' names, for "did you mean". */
const char *const *weir_names_all(size_t *n);

/* The formats, with their "@". */
bool weir_names_is_format(const char *name, size_t len);
const char *const *weir_names_formats(size_t *n);

#endif
