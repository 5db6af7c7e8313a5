/*
 * window_pieces - windows that are put together from disk, key by key, and given in pieces
 *
 * A window is read in one walk over each of its groups of slices (window_cold), key by key, however many slices and keys it
 * has, beside a walk over what was said of them (window_books). Cells of a key are merged in the order in which
 * they would be in memory. Between pieces nothing is kept in memory but the walks.
 */
#ifndef WEIR_TIME_WINDOW_PIECES_H
#define WEIR_TIME_WINDOW_PIECES_H

#include "time/window_books.h"

struct weir_window_slices;
struct weir_window_pieces_group;
struct weir_window_pieces_part;

/* Why a window is given: what it says, and how its slices are put together. */
enum weir_window_pieces_why {
	WEIR_WINDOW_PIECES_CLOSES,     /* what has not been said yet; as window_runs does */
	WEIR_WINDOW_PIECES_FORGETS,    /* all; slice by slice */
	WEIR_WINDOW_PIECES_CHANGES,    /* what has changed; slice by slice */
};

struct weir_window_pieces {
	/* private */
	struct weir_window_disk *disk;
	struct weir_window_pieces_job {
		struct weir_window_line line;
		enum weir_window_pieces_why why;
	} *jobs;                       /* windows that are still to be given */
	unsigned njobs, jobs_cap;
	/* The window that is being given: its groups, and what of the key's cells has been read. */
	struct weir_window_pieces_job job;
	struct weir_window_book *book; /* of it, or NULL */
	struct weir_window_books_each said;
	int more_said;                 /* as a group's more */
	int64_t middle;
	struct weir_window_pieces_group *groups;
	unsigned ngroups, groups_cap;
	struct weir_window_pieces_part *parts;
	size_t nparts, parts_cap;
	struct weir_buf keys;          /* of the lines that were given */
};

void weir_window_pieces_release(struct weir_window_pieces *p);

/* Whether the window [start, end) is to be given in pieces. */
bool weir_window_pieces_want(struct weir_window_slices *w, int64_t start, int64_t end);

/* It is, behind those that are queued already; their order is that of results. line: its start and end, and whether that is
 * final. From now on disk.giving is true. */
void weir_window_pieces_queue(struct weir_window_slices *w, const struct weir_window_line *line, enum weir_window_pieces_why why);

/* Appends the next lines, by window and key: their cells and keys hold until the next call. When there are no more,
 * disk.giving is false. */
void weir_window_pieces_give(struct weir_window_slices *w, struct weir_window_lines *lines);

#endif
