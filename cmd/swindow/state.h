/*
 * state - the records of swindow's state, and what is put into it from where
 *
 * Private to swindow's state*.c. state.c says what the records are.
 */
#ifndef SWINDOW_STATE_H
#define SWINDOW_STATE_H

#include "swindow.h"

enum swindow_item_what { SWINDOW_ITEM_ABOUT, SWINDOW_ITEM_SLICE, SWINDOW_ITEM_WINDOW, SWINDOW_ITEM_SESSION, SWINDOW_ITEM_PART, SWINDOW_ITEM_SKIP };

/* One record of the state. */
struct swindow_item {
	enum swindow_item_what what;
	int64_t start, end;
	const unsigned char *key;    /* or NULL */
	void *cell;                  /* or NULL */
	const struct weir_value *states;   /* of the aggregates, where there is no cell; or NULL */
	uint64_t rev;
	int64_t n;
	bool changed;
};

/* Puts one; put_said: what was said of a key in the window that ends there. 0, or -1. */
int swindow_state_put(struct swindow *s, const struct swindow_item *it, struct weir_out *state);
int swindow_state_put_said(struct swindow *s, int64_t end, const unsigned char *key, const struct weir_window_said *said,
    struct weir_out *state);

/* state_cold.c: puts what --spill has taken to disk. Of books, what no table has by now. 0, or -1. */
int swindow_state_cold_slices(struct swindow *s, struct weir_out *state);
int swindow_state_cold_books(struct swindow *s, struct weir_out *state);
int swindow_state_cold_sessions(struct swindow *s, struct weir_out *state);
int swindow_state_cold_counts(struct swindow *s, struct weir_out *state);

#endif
