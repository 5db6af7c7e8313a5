/*
 * twin - a file and what a packer makes of it, while both are there
 *
 * gzip(1), zstd(1), xz(1) and bzip2(1) write NAME.gz and so on beside NAME, and remove NAME at the end. Who looks meanwhile
 * finds the same bytes twice, the second time perhaps without an end.
 */
#ifndef WEIR_TEXT_TWIN_H
#define WEIR_TEXT_TWIN_H

#include "text/input.h"

/* What the file called path would have been made of: its name, to be freed, or NULL if it is not called as packers call files. */
char *weir_twin_original(const char *path);

/* Whether the packed file has, as far as it goes, what the original begins with: all of it is read. If so `in` is open
 * and stands behind what it has; in->why or in->err: it has no end yet. */
bool weir_twin_of(const char *path, const char *original, struct weir_input *in);

#endif
