/*
 * place - where in a file reading is, told so that it is found again
 *
 * The file is known by device and inode and by a hash of its first bytes, the offset by a hash
 * of the bytes before it, all of them decompressed; so the file is found again when it was
 * renamed, copied or compressed meanwhile, and not mistaken when another one has its name.
 * What was decided at the source's first records is kept with it.
 *
 * Everything before the place was handed out or reported as bad.
 */
#ifndef WEIR_TEXT_PLACE_H
#define WEIR_TEXT_PLACE_H

#include "base/hash.h"
#include "frame/out.h"
#include "text/input.h"
#include "text/origin.h"
#include "text/parser.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_place {
	char *source;                /* as the command line has it */
	char *path;                  /* what the file was called */
	struct weir_origin_now now;  /* what it was like */
	unsigned char head[WEIR_HASH_WIDE], tail[WEIR_HASH_WIDE];
	uint64_t nhead, ntail;       /* bytes that were hashed */
	bool done;                   /* nothing was left behind the place */
	bool copy;                   /* the file is a copy of the one that was read: it has what that had left, and ends there */
	char *format;                /* or NULL: not decided */
	char *packed;                /* "gzip", ..., or NULL */
	char *mode;                  /* owns at.mode */
	struct weir_parser_place at;
	char *time, *kind, *unit;    /* weir_timing_load's, or NULL */
	int64_t greatest;            /* event time seen, or WEIR_TIME_NONE */
	uint64_t sure;               /* records from here whose time is in it, or may be: --max-ahead lets them pass */
};

void weir_place_release(struct weir_place *p);

/* Moves *from to *to. */
void weir_place_move(struct weir_place *to, struct weir_place *from);

/* A place as a record of named values, and back: 0, or -1 (get: it is no place; *p is released). */
struct weir_shape *weir_place_shape(void);
int weir_place_put(const struct weir_place *p, struct weir_shape *shape, struct weir_out *out);
int weir_place_get(struct weir_place *p, const struct weir_record *rec);

/* Notes what the input's file is, and the bytes before p->at.offset. 0, or -1 if it can't be asked. */
int weir_place_mark(struct weir_place *p, const struct weir_input *in);

/* Opens the file called path if it is the place's, and goes there. 1: it is; 0: it isn't, or can't be read. */
int weir_place_open(const struct weir_place *p, const char *path, struct weir_input *in);

/* Whether a rotated file may be called `name` that was called path: so, up to the first dot. */
bool weir_place_kin(const char *name, const char *path);

/* Looks for the place's file beside the file called path: it may have another name, be a copy, or compressed. Of several copies
 * one whose name begins as path's does (app.log.1, app-2026.log.gz), of these the one that changed first, because older ones are
 * left out; of a file that had been renamed and read to its end before, no others. A copy that ends where the place is has
 * nothing to be read. WEIR_PLACE_FILE, WEIR_PLACE_COPY: *found is its name
 * and `in` is there. taken says of a file whether it is known to be another one. */
enum weir_place_found { WEIR_PLACE_NONE, WEIR_PLACE_FILE, WEIR_PLACE_COPY, WEIR_PLACE_READ };
enum weir_place_found weir_place_find(const struct weir_place *p, const char *path,
    bool (*taken)(void *ctx, const struct weir_origin_now *now), void *ctx, char **found,
    struct weir_input *in);

#endif
