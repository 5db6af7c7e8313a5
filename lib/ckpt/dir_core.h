/*
 * dir_core - what the files of dir share
 *
 * Private to lib/ckpt. The calls return 0, or an exit status with `why` filled.
 */
#ifndef WEIR_CKPT_DIR_CORE_H
#define WEIR_CKPT_DIR_CORE_H

#include "ckpt/dir.h"

/* Returns the status, and fills why. */
int weir_dir_fail(struct weir_dir *d, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Opens the directory; sees that it is one's own; opens its files, which are made if need be. */
int weir_dir_open_dir(struct weir_dir *d, const char *path);
int weir_dir_check(struct weir_dir *d, bool force);
int weir_dir_open_files(struct weir_dir *d, bool make);

#endif
