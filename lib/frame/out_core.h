/*
 * out_core - what the files of out share; its alone
 */
#ifndef WEIR_FRAME_OUT_CORE_H
#define WEIR_FRAME_OUT_CORE_H

#include "frame/header.h"
#include "frame/out.h"

/* Sends one frame, compressed if the out is; nothing if it has a tap. room: the WEIR_FRAME_HEADER bytes that lie free
 * before the payload, or NULL. sum: the payload's checksum, or NULL to compute it. 0, or -1 (o->errnum). */
int weir_out_frame(struct weir_out *o, struct weir_header *h, unsigned char *room,
    const unsigned char *payload, size_t len, const uint32_t *sum);

/* Forgets the shapes that the stream knows: the next record of each sends it again. */
void weir_out_unbind(struct weir_out *o);

#endif
