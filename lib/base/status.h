/*
 * status - the exit statuses of every weir command
 *
 * Above 2 they are those of sysexits.h, so that a unit file can say
 * RestartPreventExitStatus=DATAERR CONFIG.
 */
#ifndef WEIR_BASE_STATUS_H
#define WEIR_BASE_STATUS_H

enum weir_status {
	WEIR_EX_OK = 0,
	WEIR_EX_NONE = 1,         /* sfilter -e: nothing passed */
	WEIR_EX_USAGE = 2,        /* wrong usage or a bad expression; nothing was read */
	WEIR_EX_DATAERR = 65,     /* bad data beyond the limit */
	WEIR_EX_NOINPUT = 66,     /* an input can't be opened */
	WEIR_EX_SOFTWARE = 70,    /* a bug in weir */
	WEIR_EX_OSERR = 71,       /* out of memory, or --max-memory reached */
	WEIR_EX_CANTCREAT = 73,   /* output or checkpoint can't be created */
	WEIR_EX_IOERR = 74,       /* read, write or fsync failed */
	WEIR_EX_TEMPFAIL = 75,    /* the checkpoint is in use by another pipeline */
	WEIR_EX_PROTOCOL = 76,    /* the producer died, or frames are damaged */
	WEIR_EX_CONFIG = 78       /* the checkpoint doesn't fit this command line */
};

#endif
