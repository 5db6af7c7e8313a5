/*
 * place - see place.h
 */
#include "text/place.h"
#include "base/civil.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
weir_place_release(struct weir_place *p)
{
	free(p->source);
	free(p->path);
	free(p->format);
	free(p->packed);
	free(p->mode);
	free(p->time);
	free(p->kind);
	free(p->unit);
	weir_buf_release(&p->at.header);
	memset(p, 0, sizeof(*p));
}

void
weir_place_move(struct weir_place *to, struct weir_place *from)
{
	*to = *from;
	memset(from, 0, sizeof(*from));
}

enum field { SOURCE, PATH, OFFSET, LINE, DONE, DEVICE, INODE, SIZE, MODIFIED, HEAD, HEAD_SIZE, TAIL, TAIL_SIZE,
	PACKED, FORMAT, MODE, LISTED, REST, HEADER, TIME, KIND, UNIT, GREATEST, SURE, COPY, FIELDS };

static const char *const names[FIELDS] = {"source", "path", "offset", "line", "done", "device", "inode", "size",
    "modified", "head", "head_size", "tail", "tail_size", "packed", "format", "mode", "listed", "rest", "header",
    "time", "time_kind", "time_unit", "greatest", "sure", "copy"};

struct weir_shape *
weir_place_shape(void)
{
	struct weir_name n[FIELDS];
	size_t i;

	for (i = 0; i < FIELDS; i++)
		n[i] = (struct weir_name){(const unsigned char *)names[i], (uint32_t)strlen(names[i])};
	return weir_shape_new(WEIR_FORMAT_VALUES, 0, n, FIELDS);
}

static struct weir_value
text(const char *s)
{
	if (s == NULL)
		return (struct weir_value){.type = WEIR_NULL};
	return (struct weir_value){.p = (const unsigned char *)s, .len = (uint32_t)strlen(s), .type = WEIR_STRING};
}

static struct weir_value
truth(bool b)
{
	return (struct weir_value){.type = b ? WEIR_TRUE : WEIR_FALSE};
}

/* Numbers and hashes as text, in room that lasts until the record is put. */
struct texts {
	char room[12][2 * WEIR_HASH_WIDE + 1];
	unsigned n;
};

static struct weir_value
number(struct texts *t, uint64_t v)
{
	char *s = t->room[t->n++];
	struct weir_value value;

	snprintf(s, sizeof(t->room[0]), "%" PRIu64, v);
	value = text(s);
	value.type = WEIR_NUMBER;
	return value;
}

static struct weir_value
hash(struct texts *t, const unsigned char *h)
{
	char *s = t->room[t->n++];
	size_t i;

	for (i = 0; i < WEIR_HASH_WIDE; i++)
		snprintf(s + 2 * i, 3, "%02x", h[i]);
	return text(s);
}

int
weir_place_put(const struct weir_place *p, struct weir_shape *shape, struct weir_out *out)
{
	struct texts t = {.n = 0};
	struct weir_value v[FIELDS] = {
	    [SOURCE] = text(p->source), [PATH] = text(p->path),
	    [OFFSET] = number(&t, p->at.offset), [LINE] = number(&t, p->at.line), [DONE] = truth(p->done),
	    [DEVICE] = number(&t, p->now.device), [INODE] = number(&t, p->now.inode),
	    [SIZE] = number(&t, p->now.size), [MODIFIED] = number(&t, (uint64_t)p->now.modified),
	    [HEAD] = hash(&t, p->head), [HEAD_SIZE] = number(&t, p->nhead),
	    [TAIL] = hash(&t, p->tail), [TAIL_SIZE] = number(&t, p->ntail),
	    [PACKED] = text(p->packed), [FORMAT] = text(p->format), [MODE] = text(p->at.mode),
	    [LISTED] = number(&t, p->at.listed), [REST] = truth(p->at.rest),
	    [HEADER] = {.type = WEIR_NULL},
	    [TIME] = text(p->time), [KIND] = text(p->kind), [UNIT] = text(p->unit),
	    [GREATEST] = {.type = WEIR_NULL}, [SURE] = number(&t, p->sure), [COPY] = truth(p->copy),
	};

	if (p->at.header.len > 0)
		v[HEADER] = (struct weir_value){
		    .p = p->at.header.p, .len = (uint32_t)p->at.header.len, .type = WEIR_STRING};
	if (p->greatest != WEIR_TIME_NONE)
		v[GREATEST] = (struct weir_value){.time = p->greatest, .len = 8, .type = WEIR_TIME};
	return weir_out_values(out, shape, WEIR_TIME_NONE, v) == 0 ? 0 : -1;
}

/* Field f of a state's record; absent where its shape has no such field. */
static struct weir_value
field(const struct weir_record *rec, enum field f)
{
	struct weir_value v = {.type = WEIR_ABSENT};
	int i = weir_shape_find(rec->shape, names[f], strlen(names[f]));

	if (i >= 0)
		weir_record_get(rec, (uint32_t)i, &v);
	return v;
}

static char *
get_text(const struct weir_record *rec, enum field f)
{
	struct weir_value v = field(rec, f);

	return v.type == WEIR_STRING ? weir_mem_dup(v.p, v.len) : NULL;
}

static int
get_number(const struct weir_record *rec, enum field f, uint64_t *n)
{
	struct weir_value v = field(rec, f);
	uint32_t i;

	*n = 0;
	for (i = 0; v.type == WEIR_NUMBER && i < v.len && v.p[i] >= '0' && v.p[i] <= '9'; i++)
		*n = *n * 10 + (uint64_t)(v.p[i] - '0');
	return i > 0 && i == v.len ? 0 : -1;
}

static int
nibble(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
get_hash(const struct weir_record *rec, enum field f, unsigned char *h)
{
	struct weir_value v = field(rec, f);
	size_t i;

	if (v.type != WEIR_STRING || v.len != 2 * WEIR_HASH_WIDE)
		return -1;
	for (i = 0; i < WEIR_HASH_WIDE; i++) {
		int high = nibble(v.p[2 * i]), low = nibble(v.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		h[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

int
weir_place_get(struct weir_place *p, const struct weir_record *rec)
{
	struct weir_value header = field(rec, HEADER), greatest = field(rec, GREATEST);
	uint64_t modified = 0;
	bool ok;

	memset(p, 0, sizeof(*p));
	p->source = get_text(rec, SOURCE);
	p->path = get_text(rec, PATH);
	p->packed = get_text(rec, PACKED);
	p->format = get_text(rec, FORMAT);
	p->mode = get_text(rec, MODE);
	p->time = get_text(rec, TIME);
	p->kind = get_text(rec, KIND);
	p->unit = get_text(rec, UNIT);
	p->at.mode = p->mode;
	p->done = field(rec, DONE).type == WEIR_TRUE;
	p->copy = field(rec, COPY).type == WEIR_TRUE;
	p->at.rest = field(rec, REST).type == WEIR_TRUE;
	p->greatest = greatest.type == WEIR_TIME ? greatest.time : WEIR_TIME_NONE;
	if (header.type == WEIR_STRING)
		weir_buf_put(&p->at.header, header.p, header.len);
	ok = get_number(rec, OFFSET, &p->at.offset) == 0 && get_number(rec, LINE, &p->at.line) == 0 &&
	    get_number(rec, DEVICE, &p->now.device) == 0 && get_number(rec, INODE, &p->now.inode) == 0 &&
	    get_number(rec, SIZE, &p->now.size) == 0 && get_number(rec, MODIFIED, &modified) == 0 &&
	    get_number(rec, HEAD_SIZE, &p->nhead) == 0 && get_number(rec, TAIL_SIZE, &p->ntail) == 0 &&
	    get_number(rec, LISTED, &p->at.listed) == 0 && get_hash(rec, HEAD, p->head) == 0 &&
	    get_hash(rec, TAIL, p->tail) == 0 && p->source != NULL && p->path != NULL &&
	    p->nhead <= WEIR_INPUT_FIRST && p->ntail <= WEIR_INPUT_PAST && p->ntail <= p->at.offset;
	/* Places of before --max-ahead lack it. */
	if (field(rec, SURE).type != WEIR_ABSENT && get_number(rec, SURE, &p->sure) != 0)
		ok = false;
	p->now.modified = (int64_t)modified;
	if (ok)
		return 0;
	weir_place_release(p);
	return -1;
}
