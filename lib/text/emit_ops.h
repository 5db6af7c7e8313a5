/*
 * emit_ops - what a text format has to offer to be written; emit's alone
 */
#ifndef WEIR_TEXT_EMIT_OPS_H
#define WEIR_TEXT_EMIT_OPS_H

#include "text/emit.h"

/* Each but record may be NULL. The struct of a format begins with its struct weir_emit. */
struct weir_emit_ops {
	size_t size;                          /* of the format's struct, which begins zeroed */
	void (*open)(struct weir_emit *e);    /* conf is set */
	int (*record)(struct weir_emit *e, const struct weir_record *r, struct weir_buf *b,
	    const char **why);
	void (*flush)(struct weir_emit *e, struct weir_buf *b);
	const struct weir_shape *(*columns)(const struct weir_emit *e);
	void (*resume)(struct weir_emit *e, const struct weir_name *names, uint32_t n);
	void (*restart)(struct weir_emit *e);
	void (*release)(struct weir_emit *e); /* all but the struct itself */
};

extern const struct weir_emit_ops weir_emit_json_ops;
extern const struct weir_emit_ops weir_emit_csv_ops;
extern const struct weir_emit_ops weir_emit_tsv_ops;
extern const struct weir_emit_ops weir_emit_logfmt_ops;
extern const struct weir_emit_ops weir_emit_table_ops;

#endif
