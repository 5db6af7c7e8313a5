/*
 * reject - what becomes of bad records: counted, shown, kept, limited
 *
 * The first five are shown as they come, the rest only counted; the closing
 * summary has the totals by reason. --rejects FILE keeps them as JSON lines:
 * source, line, offset, reason, text (and base64 of the text if it is no UTF-8).
 */
#ifndef WEIR_STAGE_REJECT_H
#define WEIR_STAGE_REJECT_H

#include "base/buf.h"
#include "base/say.h"
#include "ckpt/output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_reject {
	const char *path;          /* --rejects, or NULL */
	bool fail;                 /* --on-error fail */
	bool limited, percent;     /* --max-errors: limit is a number, or in 1/1000 of a percent */
	uint64_t limit;
	uint64_t count;            /* bad records so far */
	/* private */
	bool over;                 /* the limit was passed, and that was said */
	struct weir_output output;
	struct weir_buf buf;
};

/* What is bad. line 0: not known; the number of a record is given as `record`, from 1, else 0; under a checkpoint it is not
 * kept, for it depends on where a run began. */
struct weir_reject_note {
	const char *source;
	uint64_t line, record;
	uint64_t offset;
	bool has_offset;
	const char *what, *hint;
	const unsigned char *text;
	size_t len, at, span;
};

/* Reads "N" or "P%". 0, or -1 with *why. */
int weir_reject_limit(struct weir_reject *r, const char *s, const char **why);

/* Counts, shows, keeps. 0: go on; else the status to end with (WEIR_EX_DATAERR; WEIR_EX_CANTCREAT or
 * WEIR_EX_IOERR if the file failed; then that has been said). good: records that were fine so far. */
int weir_reject_add(struct weir_reject *r, const struct weir_reject_note *note, uint64_t good);

/* Under a checkpoint: back to what the stage's entry lists, or NULL; and into it. Status as above. */
int weir_reject_restore(struct weir_reject *r, const struct weir_barrier_entry *was);
int weir_reject_prepare(struct weir_reject *r, struct weir_barrier_entry *mine);

/* The end: says the totals, checks a limit in percent, closes the file. Status as above. */
int weir_reject_close(struct weir_reject *r, uint64_t good);

#endif
