/*
 * pair - the loop of a stage with two inputs
 *
 * Always the input that is behind is read: the one with the lower watermark, the left one of two that are equal. So
 * records are handed on in the order of (their own input's watermark before them, left first, as they came), which
 * depends on the two streams alone, never on which pipe was faster. The faster one is held back.
 *
 * An input counts as behind until its watermark has come; so nothing closes before both have spoken. An input that has
 * ended for good, or whose source has declared itself idle, is never behind; one that is only paused (a run with
 * -C and without --final) still is. What wakes an idle input is its next entry, and when that comes is a matter of time.
 *
 * Two inputs from one run (a diamond made by tee, or two sources that share a checkpoint) would block each other
 * if one were held back for long: there the input that is ahead is read into a queue while the other has nothing, or
 * stands at its barrier. The queue is bounded (status 71 beyond, or, with a store, the rest goes there) and part of the state; it has
 * no part in the order.
 *
 * Barriers are aligned: the input whose barrier came first waits for the other's, then the state is saved once and
 * one barrier with the entries of both goes on. Inputs of different checkpoints, or of which only one has one, are
 * refused (78); one that breaks off without an end ends the run with 76, and nothing is closed.
 *
 * The callbacks are those of struct weir_stage, with these differences:
 *
 *   on_hello      once for each input's first hello, the left one's first, and again for one that follows an end
 *   on_record     weir_pair_side says whose it is. rec->watermark is its own input's. To be copied
 *                 (weir_out_copy), not passed: its shape has got an id that is unique here, its bytes have the input's.
 *                 rec->shape stays valid while its frame does, as always; take a reference to keep it
 *   on_watermark  the lower one of the two has moved; called once more after a restore, with the one that was in force. The
 *                 other input's may be read, but not be used for output: how far it is ahead depends on time
 *   on_save       the stage's own records only: the inputs' watermarks and queues are saved here
 *
 * WEIR_STAGE_PASSES sends the lower watermark on, as entries.
 */
#ifndef WEIR_STAGE_PAIR_H
#define WEIR_STAGE_PAIR_H

#include "stage/stage.h"
#include "state/spill.h"

#include <stdint.h>

#define WEIR_PAIR_LEFT 0
#define WEIR_PAIR_RIGHT 1

/* First bytes of keys in the store that are the queues'; the stage may use those below. */
#define WEIR_PAIR_SPILL 0xF0

struct weir_pair_input {
	const char *name;            /* as messages call it: the operand */
	int fd;
};

/* Opens two operands: files, FIFOs (without waiting for a writer, so their order doesn't matter), /dev/fd/N, "-" for standard
 * input. 0, or an exit status after saying why. */
int weir_pair_open(struct weir_pair_input in[2], char *const operands[2]);

/* Runs the stage on two inputs and standard output; returns the exit status. max_memory: of the queues, in
 * bytes, what --max-memory says; spill: where they go beyond it, or NULL; ordered by bytes, and open until the end. st->on_record and the
 * others as above. Closes the inputs. */
int weir_stage_run_pair(const struct weir_stage *st, const struct weir_common *common, void *self,
    const struct weir_pair_input in[2], uint64_t max_memory, struct weir_spill *spill);

/* In a callback: the input whose record or hello it is. */
unsigned weir_pair_side(const struct weir_out *out);

/* In a callback: the watermark of one input, INT64_MIN until it has spoken. */
int64_t weir_pair_watermark(const struct weir_out *out, unsigned side);

#endif
