/*
 * keys - what a log is split or compacted by: what -k said, as one text that can be kept
 */
#ifndef SREPLAY_KEYS_H
#define SREPLAY_KEYS_H

#include "base/opt.h"
#include "expr/keys.h"

struct keys {
	struct weir_keys keys;
	char *text;          /* what they point into */
};

/* What several -k said, a line each, to be freed; NULL: there was none. */
char *keys_join(const struct weir_opt_list *given);

/* Of such a text. 0; -1: keys.why says what is wrong. To be released either way. */
int keys_open(struct keys *k, const char *text);
void keys_release(struct keys *k);

/* The key of a record in place of what b held: the values' canonical forms one behind the other. One whose expression fails is
 * null. Whether any of them is not. */
bool keys_make(struct keys *k, const struct weir_record *rec, struct weir_buf *b);

#endif
