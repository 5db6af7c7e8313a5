/*
 * spill - see spill.h
 *
 * WEIR_SPILL is the name of the library (librocksdb.so.7.8), if weir is built with its header; without it a store
 * can't be opened, and that is all that is different.
 */
#include "state/spill.h"
#include "base/mem.h"
#include "base/status.h"
#include "state/scratch.h"

#include <stdlib.h>
#include <string.h>

#ifdef WEIR_SPILL

#include <dlfcn.h>
#include <rocksdb/c.h>
#include <signal.h>

#define BATCH (256 * 1024)                  /* bytes that are written at once */
#define WRITE_BUFFER ((size_t)8 << 20)      /* one that is filled, one that goes to disk */
#define CACHE ((size_t)8 << 20)
#define FILE_SIZE (UINT64_C(16) << 20)
#define FILTER_BITS 10
#define FEW 1000                            /* keys */

#define FUNCTIONS(X)                                                                                                    \
	X(block_based_options_create) X(block_based_options_destroy) X(block_based_options_set_block_cache)             \
	X(block_based_options_set_cache_index_and_filter_blocks) X(block_based_options_set_filter_policy)               \
	X(block_based_options_set_index_type) X(block_based_options_set_partition_filters)                              \
	X(cache_create_lru) X(cache_destroy) X(close) X(comparator_create) X(comparator_destroy)                        \
	X(create_iterator) X(delete_file_in_range) X(filterpolicy_create_bloom) X(free) X(get_pinned)                   \
	X(iter_destroy) X(iter_get_error) X(iter_key) X(iter_next) X(iter_seek) X(iter_valid) X(iter_value)             \
	X(open) X(options_create) X(options_destroy) X(options_set_block_based_table_factory)                           \
	X(options_set_comparator) X(options_set_compression) X(options_set_create_if_missing)                           \
	X(options_set_info_log_level) X(options_set_keep_log_file_num) X(options_set_max_background_jobs)               \
	X(options_set_max_open_files) X(options_set_max_write_buffer_number) X(options_set_stats_dump_period_sec)       \
	X(options_set_stats_persist_period_sec) X(options_set_target_file_size_base)                                    \
	X(options_set_write_buffer_size) X(pinnableslice_destroy) X(pinnableslice_value) X(readoptions_create)          \
	X(readoptions_destroy) X(readoptions_set_fill_cache) X(write) X(writebatch_clear) X(writebatch_create)          \
	X(writebatch_delete) X(writebatch_delete_range) X(writebatch_destroy) X(writebatch_put) X(writeoptions_create)  \
	X(writeoptions_destroy) X(writeoptions_disable_WAL)

#define MEMBER(name) __typeof__(&rocksdb_##name) name;
#define LOAD(name) load_one("rocksdb_" #name, &rocks.name) &&

static struct {
	void *library;
	FUNCTIONS(MEMBER)
} rocks;

struct weir_spill_store {
	struct weir_scratch scratch;
	weir_spill_compare compare;
	rocksdb_t *db;
	rocksdb_options_t *options;
	rocksdb_block_based_table_options_t *table;
	rocksdb_cache_t *cache;
	rocksdb_comparator_t *comparator;
	rocksdb_writeoptions_t *write;
	rocksdb_readoptions_t *read, *walk;
	rocksdb_writebatch_t *batch;
	size_t batched;
};

/* dlsym gives functions as pointers to objects, which POSIX allows and C doesn't know. */
static bool
load_one(const char *name, void *into)
{
	void *f = dlsym(rocks.library, name);

	memcpy(into, &f, sizeof(f));
	return f != NULL;
}

static int
load(struct weir_buf *why)
{
	if (rocks.library != NULL)
		return 0;
	rocks.library = dlopen(WEIR_SPILL, RTLD_NOW | RTLD_LOCAL);
	if (rocks.library != NULL && FUNCTIONS(LOAD) true)
		return 0;
	weir_buf_printf(why, "RocksDB can't be loaded (%s): apt install librocksdb-dev", dlerror());
	if (rocks.library != NULL)
		dlclose(rocks.library);
	rocks.library = NULL;
	return -1;
}

static int
fail(struct weir_spill *s, char *error)
{
	if (error == NULL)
		return 0;
	if (!s->failed) {
		weir_buf_clear(&s->why);
		weir_buf_printf(&s->why, "%s: %s", weir_buf_cstr(&s->store->scratch.path), error);
	}
	s->failed = true;
	rocks.free(error);
	return -1;
}

static int
compare(void *self, const char *a, size_t alen, const char *b, size_t blen)
{
	const struct weir_spill_store *t = self;

	return t->compare((const unsigned char *)a, alen, (const unsigned char *)b, blen);
}

static const char *
name_of_order(void *self)
{
	(void)self;
	return "weir";
}

static void
nothing(void *self)
{
	(void)self;
}

static void
set_options(struct weir_spill_store *t)
{
	rocksdb_options_t *o = t->options = rocks.options_create();

	t->table = rocks.block_based_options_create();
	t->cache = rocks.cache_create_lru(CACHE);
	rocks.block_based_options_set_block_cache(t->table, t->cache);
	/* Filters and indexes count as memory, so they are in the cache; as a whole they would hardly have room there, and each get
	 * would read one from the disk: in parts they do. */
	rocks.block_based_options_set_cache_index_and_filter_blocks(t->table, 1);
	rocks.block_based_options_set_index_type(t->table, rocksdb_block_based_table_index_type_two_level_index_search);
	rocks.block_based_options_set_partition_filters(t->table, 1);
	rocks.block_based_options_set_filter_policy(t->table, rocks.filterpolicy_create_bloom(FILTER_BITS));
	rocks.options_set_block_based_table_factory(o, t->table);
	rocks.options_set_create_if_missing(o, 1);
	rocks.options_set_write_buffer_size(o, WRITE_BUFFER);
	rocks.options_set_max_write_buffer_number(o, 2);
	rocks.options_set_target_file_size_base(o, FILE_SIZE);
	rocks.options_set_max_background_jobs(o, 2);
	rocks.options_set_max_open_files(o, 128);
	rocks.options_set_keep_log_file_num(o, 1);
	rocks.options_set_info_log_level(o, 4);
	rocks.options_set_stats_dump_period_sec(o, 0);
	rocks.options_set_stats_persist_period_sec(o, 0);
	if (t->compare != NULL) {
		t->comparator = rocks.comparator_create(t, nothing, compare, name_of_order);
		rocks.options_set_comparator(o, t->comparator);
	}
	t->write = rocks.writeoptions_create();
	rocks.writeoptions_disable_WAL(t->write, 1);
	t->read = rocks.readoptions_create();
	t->walk = rocks.readoptions_create();
	rocks.readoptions_set_fill_cache(t->walk, 0);
	t->batch = rocks.writebatch_create();
}

int
weir_spill_open(struct weir_spill *s, const char *dir, weir_spill_compare order)
{
	struct weir_spill_store *t;
	char *error = NULL, *again = NULL;

	*s = (struct weir_spill){0};
	if (load(&s->why) != 0)
		return WEIR_EX_USAGE;
	t = weir_mem_zalloc(1, sizeof(*t));
	t->compare = order;
	if (weir_scratch_open(&t->scratch, dir, &s->why) != 0) {
		free(t);
		return WEIR_EX_CANTCREAT;
	}
	s->store = t;
	/* A file beyond a limit of size is an error that can be told, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	set_options(t);
	rocks.options_set_compression(t->options, rocksdb_lz4_compression);
	t->db = rocks.open(t->options, weir_buf_cstr(&t->scratch.path), &error);
	if (error != NULL) {
		/* It may have been built without. */
		rocks.options_set_compression(t->options, rocksdb_no_compression);
		t->db = rocks.open(t->options, weir_buf_cstr(&t->scratch.path), &again);
		if (again != NULL)
			rocks.free(again);
		if (t->db == NULL && fail(s, error) != 0)
			return WEIR_EX_IOERR;
		rocks.free(error);
	}
	return 0;
}

void
weir_spill_close(struct weir_spill *s)
{
	struct weir_spill_store *t = s->store;

	weir_buf_release(&s->why);
	*s = (struct weir_spill){0};
	if (t == NULL)
		return;
	if (t->db != NULL)
		rocks.close(t->db);
	rocks.writebatch_destroy(t->batch);
	rocks.writeoptions_destroy(t->write);
	rocks.readoptions_destroy(t->read);
	rocks.readoptions_destroy(t->walk);
	rocks.options_destroy(t->options);
	rocks.block_based_options_destroy(t->table);
	rocks.cache_destroy(t->cache);
	if (t->comparator != NULL)
		rocks.comparator_destroy(t->comparator);
	weir_scratch_close(&t->scratch);
	free(t);
}

static int
write_batch(struct weir_spill *s)
{
	struct weir_spill_store *t = s->store;
	char *error = NULL;

	if (s->failed)
		return -1;
	if (t->batched == 0)
		return 0;
	rocks.write(t->db, t->write, t->batch, &error);
	rocks.writebatch_clear(t->batch);
	t->batched = 0;
	return fail(s, error);
}

int
weir_spill_put(struct weir_spill *s, const void *key, size_t len, const void *value, size_t vlen)
{
	struct weir_spill_store *t = s->store;

	rocks.writebatch_put(t->batch, key, len, value, vlen);
	t->batched += len + vlen + 1;
	s->puts++;
	return t->batched >= BATCH ? write_batch(s) : 0;
}

int
weir_spill_get(struct weir_spill *s, const void *key, size_t len, struct weir_buf *v)
{
	struct weir_spill_store *t = s->store;
	rocksdb_pinnableslice_t *slice;
	char *error = NULL;
	const char *p;
	size_t n;

	weir_buf_clear(v);
	if (write_batch(s) != 0)
		return -1;
	s->gets++;
	slice = rocks.get_pinned(t->db, t->read, key, len, &error);
	if (fail(s, error) != 0)
		return -1;
	if (slice == NULL)
		return 0;
	p = rocks.pinnableslice_value(slice, &n);
	weir_buf_put(v, p, n);
	rocks.pinnableslice_destroy(slice);
	return 1;
}

int
weir_spill_remove(struct weir_spill *s, const void *key, size_t len)
{
	struct weir_spill_store *t = s->store;

	rocks.writebatch_delete(t->batch, key, len);
	t->batched += len + 1;
	return t->batched >= BATCH ? write_batch(s) : 0;
}

/* A range that is told to be gone makes each get and walk slower until it is written to a file, however little was in it; so few keys go one by
 * one. Whether they were few. */
static bool
drop_few(struct weir_spill *s, const void *from, size_t flen, const void *to, size_t tlen)
{
	struct weir_spill_store *t = s->store;
	const unsigned char *key, *value;
	struct weir_spill_each e;
	size_t len, vlen, n = 0;
	int more;

	weir_spill_each_init(&e, s, from, flen, to, tlen);
	while ((more = weir_spill_each_next(&e, &key, &len, &value, &vlen)) > 0 && n++ < FEW) {
		rocks.writebatch_delete(t->batch, (const char *)key, len);
		t->batched += len + 1;
	}
	weir_spill_each_release(&e);
	return more == 0;
}

int
weir_spill_drop(struct weir_spill *s, const void *from, size_t flen, const void *to, size_t tlen)
{
	struct weir_spill_store *t = s->store;

	if (write_batch(s) != 0)
		return -1;
	if (drop_few(s, from, flen, to, tlen))
		return write_batch(s);
	/* Whole files go at once; what shares one with other keys is told to be gone. */
	rocks.delete_file_in_range(t->db, from, flen, to, tlen, &(char *){NULL});
	rocks.writebatch_delete_range(t->batch, from, flen, to, tlen);
	t->batched++;
	return write_batch(s);
}

void
weir_spill_each_init(struct weir_spill_each *e, struct weir_spill *s, const void *from, size_t flen, const void *to,
    size_t tlen)
{
	*e = (struct weir_spill_each){.of = s};
	weir_buf_put(&e->to, to, tlen);
	if (write_batch(s) != 0)
		return;
	e->walk = rocks.create_iterator(s->store->db, s->store->walk);
	rocks.iter_seek(e->walk, from, flen);
}

void
weir_spill_each_release(struct weir_spill_each *e)
{
	if (e->walk != NULL)
		rocks.iter_destroy(e->walk);
	weir_buf_release(&e->to);
	*e = (struct weir_spill_each){0};
}

static bool
behind(const struct weir_spill_each *e, const char *key, size_t len)
{
	const struct weir_spill_store *t = e->of->store;
	size_t n = len < e->to.len ? len : e->to.len;
	int c;

	if (t->compare != NULL)
		return t->compare((const unsigned char *)key, len, e->to.p, e->to.len) >= 0;
	c = n > 0 ? memcmp(key, e->to.p, n) : 0;
	return c > 0 || (c == 0 && len >= e->to.len);
}

int
weir_spill_each_next(struct weir_spill_each *e, const unsigned char **key, size_t *len, const unsigned char **value,
    size_t *vlen)
{
	char *error = NULL;
	const char *p;

	if (e->of->failed)
		return -1;
	if (e->moved)
		rocks.iter_next(e->walk);
	e->moved = true;
	if (!rocks.iter_valid(e->walk)) {
		rocks.iter_get_error(e->walk, &error);
		e->moved = false;
		return fail(e->of, error);
	}
	p = rocks.iter_key(e->walk, len);
	if (behind(e, p, *len)) {
		e->moved = false;
		return 0;
	}
	*key = (const unsigned char *)p;
	*value = (const unsigned char *)rocks.iter_value(e->walk, vlen);
	return 1;
}

#else

/* Nothing is ever opened, so nothing else is ever called with a store. */

int
weir_spill_open(struct weir_spill *s, const char *dir, weir_spill_compare order)
{
	(void)dir;
	(void)order;
	*s = (struct weir_spill){0};
	weir_buf_puts(&s->why, "this weir was built without RocksDB: apt install librocksdb-dev, and build it again");
	return WEIR_EX_USAGE;
}

void
weir_spill_close(struct weir_spill *s)
{
	weir_buf_release(&s->why);
}

int
weir_spill_put(struct weir_spill *s, const void *key, size_t len, const void *value, size_t vlen)
{
	(void)s, (void)key, (void)len, (void)value, (void)vlen;
	return -1;
}

int
weir_spill_get(struct weir_spill *s, const void *key, size_t len, struct weir_buf *v)
{
	(void)s, (void)key, (void)len, (void)v;
	return -1;
}

int
weir_spill_remove(struct weir_spill *s, const void *key, size_t len)
{
	(void)s, (void)key, (void)len;
	return -1;
}

int
weir_spill_drop(struct weir_spill *s, const void *from, size_t flen, const void *to, size_t tlen)
{
	(void)s, (void)from, (void)flen, (void)to, (void)tlen;
	return -1;
}

void
weir_spill_each_init(struct weir_spill_each *e, struct weir_spill *s, const void *from, size_t flen, const void *to,
    size_t tlen)
{
	(void)from, (void)flen, (void)to, (void)tlen;
	*e = (struct weir_spill_each){.of = s};
}

void
weir_spill_each_release(struct weir_spill_each *e)
{
	*e = (struct weir_spill_each){0};
}

int
weir_spill_each_next(struct weir_spill_each *e, const unsigned char **key, size_t *len, const unsigned char **value,
    size_t *vlen)
{
	(void)e, (void)key, (void)len, (void)value, (void)vlen;
	return -1;
}

#endif
