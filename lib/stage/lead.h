/*
 * lead - what a source does for a checkpoint: begins the run, the epochs, the last one
 *
 * Private to lib/stage. The calls return 0, or -1 when the run ends by it (run->status).
 */
#ifndef WEIR_STAGE_LEAD_H
#define WEIR_STAGE_LEAD_H

#include "stage/run.h"
#include "stage/source.h"

struct weir_lead {
	const struct weir_checkpoint *conf;
	struct weir_run *run;
	uint64_t since;          /* records of this epoch so far */
	uint64_t seen;           /* records of the run when it began */
	int64_t began;           /* when it began, monotonic */
	int64_t looked;          /* when it was last seen whether the one before is committed */
	int64_t next;            /* the number of the next epoch */
	bool final;              /* the input has ended for good: --final, and no signal */
	bool closed;             /* and that was said ahead of the last epoch */
	bool closing;            /* the epoch begun is the last */
	bool ended;              /* all sources have, this one last */
};

/* Takes the directory, goes back to what is committed, loads the source's state, fills h->checkpoint. id: the source's. */
int weir_lead_start(struct weir_lead *l, struct weir_run *run, const struct weir_source *src,
    void *self, struct weir_hello *h);

/* Behind the hello: epoch 0 of a new checkpoint, until it is committed. Restates the watermark of an old one. */
int weir_lead_greet(struct weir_lead *l);

/* Whether an epoch is to begin before the next record. */
bool weir_lead_due(struct weir_lead *l);

/* The same while there is no next record; sets run->wake_at for the wait before it is asked again. */
bool weir_lead_look(struct weir_lead *l);

/* Waits until the epoch before is committed, saves the source's state, sends the barrier. */
int weir_lead_epoch(struct weir_lead *l);

/* The end of the run: the last epoch, and with --final what closes everything. */
int weir_lead_finish(struct weir_lead *l);

#endif
