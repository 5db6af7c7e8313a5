/*
 * header - the 40 bytes in front of every frame's payload
 *
 *   offset size, little-endian
 *      0     4   magic: 0x9E 'w' 'r' and the format version, 1
 *      4     1   kind: 'H' hello  'S' shape  'D' data  'B' barrier  'E' end
 *      5     1   flags: bit 0, the payload is zstd; bit 1 (data), columns (frame/transpose.h)
 *      6     2   zero
 *      8     4   payload bytes that follow
 *     12     4   payload bytes after decompression
 *     16     8   sequence number of the frame's first record (data), or epoch
 *                (barrier), else zero
 *     24     4   number of records (data), else zero
 *     28     4   checksum of the payload bytes that follow (XXH3, low 32 bits)
 *     32     4   checksum of bytes 0-31
 *     36     4   zero
 *
 * 0x9E begins neither ASCII nor UTF-8 text, so one byte tells frames from text. A
 * frame that is only renumbered need not be hashed again.
 */
#ifndef WEIR_FRAME_HEADER_H
#define WEIR_FRAME_HEADER_H

#include <stddef.h>
#include <stdint.h>

#define WEIR_FRAME_MAGIC 0x9e
#define WEIR_FRAME_VERSION 1
#define WEIR_FRAME_HEADER 40

/* Payload bytes that a writer gathers before it sends a data frame; a larger record
 * gets a frame of its own. $WEIR_FRAME_SIZE overrides, for tests. */
#define WEIR_FRAME_SIZE (64 * 1024)

/* A record's encoded form, and what a reader accepts as a payload. */
#define WEIR_RECORD_MAX (15u * 1024 * 1024)
#define WEIR_FRAME_MAX (WEIR_RECORD_MAX + 1024 * 1024)

/* The numbers are on the wire. */
enum weir_frame_kind {
	WEIR_FRAME_HELLO = 'H',
	WEIR_FRAME_SHAPE = 'S',
	WEIR_FRAME_DATA = 'D',
	WEIR_FRAME_BARRIER = 'B',
	WEIR_FRAME_END = 'E'
};

#define WEIR_FRAME_ZSTD 0x01
#define WEIR_FRAME_COLUMNS 0x02

struct weir_header {
	uint8_t kind, flags;
	uint32_t payload;    /* bytes that follow */
	uint32_t plain;      /* after decompression */
	uint64_t seq;
	uint32_t count;
	uint32_t sum;
};

void weir_header_encode(unsigned char p[WEIR_FRAME_HEADER], const struct weir_header *h);

/* 0, or -1 with *why: "not a weir stream", "damaged header", "version 7, this weir reads 1", ... The lengths are within
 * limits afterwards. */
int weir_header_decode(struct weir_header *h, const unsigned char p[WEIR_FRAME_HEADER],
    const char **why);

/* The payload's checksum. */
uint32_t weir_header_sum(const void *p, size_t len);

/* The sum of a stream, frame by frame: the XXH3 of each header, seeded with the sum of those before it, 0 at first. As every
 * header holds its payload's checksum it stands for all bytes, and no byte is hashed a second time for it. */
uint64_t weir_header_chain(uint64_t before, const unsigned char p[WEIR_FRAME_HEADER]);

#endif
