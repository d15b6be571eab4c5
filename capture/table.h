/*
 * table: the records of connections, and how they are found by endpoints.
 *
 * Records lie in one array, reserved for the limit and touched only as far as
 * it is used; they are named by index. A hash table of 4-byte slots (8 bits of
 * the hash, 24 of index + 1) finds them.
 */
#ifndef TCPLAB_TABLE_H
#define TCPLAB_TABLE_H

#include "connection.h"

enum {
    TABLE_NONE = UINT32_MAX
};

struct table {
    struct connection *records; // `limit` of them
    uint32_t limit;
    uint32_t used;   // records ever taken: a high-water mark
    uint32_t count;  // in the table now
    uint32_t free;   // the first of the free records; TABLE_NONE: none
    uint32_t *slots; // 0: empty
    uint32_t slot_mask;
};

/* An empty table for up to `limit` connections. False: no memory. */
bool table_init(struct table *table, uint32_t limit);

/* Free everything, the connections' own memory too. */
void table_clear(struct table *table);

/* The connection between two endpoints, whose endpoint_pair_hash() is `hash`;
 * NULL when there is none. */
struct connection *table_find(const struct table *table,
                              const struct endpoint *a,
                              const struct endpoint *b, uint64_t hash);

/* A free record, with number 0 and all else undefined; NULL when the table is
 * full. It is found after table_insert(), which needs its endpoints. */
struct connection *table_take(struct table *table);
void table_insert(struct table *table, struct connection *connection);

/* Forget a connection; its record is free, and its number 0. */
void table_remove(struct table *table, struct connection *connection);

/* Fetch from memory what table_find() will need for `hash`: the slot first, and
 * some time later the record. */
void table_fetch_slot(const struct table *table, uint64_t hash);
void table_fetch_record(const struct table *table, uint64_t hash);

static inline uint32_t
table_index(const struct table *table, const struct connection *connection)
{
    return (uint32_t)(connection - table->records);
}

#endif
