/*
 * window_books - what windows of a grid have said of each key, where they can have several results
 *
 * A window's book is a table of struct weir_window_said by key. With a store on disk what memory has no room for is there: as of
 * cells, what is in the table counts, and what is on disk of the same key is what that was made from.
 */
#ifndef WEIR_TIME_WINDOW_BOOKS_H
#define WEIR_TIME_WINDOW_BOOKS_H

#include "time/window_cell.h"
#include "time/window_disk.h"

struct weir_window_book {
	int64_t end;                   /* the window's */
	struct weir_table table;       /* of struct weir_window_said */
	uint64_t changed;              /* keys, also those on disk, of which that is so */
	uint64_t touched;              /* as a slice's */
	bool cold;                     /* more may be on disk */
};

struct weir_window_books {
	struct weir_window_book **v;   /* by end */
	unsigned n, cap;
	uint64_t changed;              /* of all */
	struct weir_window_disk *disk; /* or NULL */
};

void weir_window_books_release(struct weir_window_books *b);

/* Those of windows with ends up to here are forgotten. */
void weir_window_books_forget(struct weir_window_books *b, int64_t gone);

/* The book of a window, or NULL; or, with make, a new one. */
struct weir_window_book *weir_window_books_at(struct weir_window_books *b, int64_t end, bool make);

/* What was said of a key, made if need be; and to change whether it changed since. */
struct weir_window_said *weir_window_books_said(struct weir_window_books *b, struct weir_window_book *book,
    const void *key, size_t len);
void weir_window_books_change(struct weir_window_books *b, struct weir_window_book *book, struct weir_window_said *said,
    bool changed);

/* Moves a book to disk: all of it is there then. Whether there was any of it in memory. */
bool weir_window_books_move(struct weir_window_books *b, struct weir_window_book *book);

/* Writes what was said of a key of a book that is on disk. */
void weir_window_books_write(struct weir_window_books *b, const struct weir_window_book *book, const void *key, size_t len,
    const struct weir_window_said *said);

/* What is on disk, by end and key in jq's order: of one book, or, with NULL, of all. */
struct weir_window_books_each {
	struct weir_spill_each each;
	const unsigned char *entry;    /* the store's key, */
	size_t size;                   /* and its length */
	struct weir_window_cell_key at;
	struct weir_window_said said;
};

void weir_window_books_each_init(struct weir_window_books_each *e, struct weir_window_books *b,
    const struct weir_window_book *book);

/* 1: the next one, valid until the next call; 0, -1. */
int weir_window_books_each_next(struct weir_window_books_each *e);
void weir_window_books_each_release(struct weir_window_books_each *e);

#endif
