/* table: open addressing with linear probing (Knuth, volume 3, 6.4). */
#include "table.h"

#include <stdlib.h>
#include <sys/mman.h>

enum {
    SLOTS_MIN = 1024
};

bool
table_init(struct table *t, uint32_t limit)
{
    *t = (struct table){ .limit = limit,
                         .free = TABLE_NONE,
                         .slot_mask = SLOTS_MIN - 1 };
    void *records =
        mmap(NULL, (size_t)limit * sizeof *t->records, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    t->records = records == MAP_FAILED ? NULL : records;
    t->slots = calloc(SLOTS_MIN, sizeof *t->slots);
    if (t->records && t->slots)
        return true;
    table_clear(t);
    return false;
}

void
table_clear(struct table *t)
{
    for (uint32_t i = 0; t->records && i < t->used; i++)
        connection_clear(&t->records[i]);
    if (t->records)
        munmap(t->records, (size_t)t->limit * sizeof *t->records);
    free(t->slots);
    *t = (struct table){ 0 };
}

/* ---- Slots -------------------------------------------------------------- */

static uint32_t
slot_value(uint64_t hash, uint32_t index)
{
    return (uint32_t)(hash >> 56) << 24 | (index + 1);
}

static uint32_t
slot_index(uint32_t slot)
{
    return (slot & 0xffffff) - 1;
}

static bool
is_between(const struct connection *c, const struct endpoint *a,
           const struct endpoint *b)
{
    return (endpoint_equal(&c->endpoints[0], a) &&
            endpoint_equal(&c->endpoints[1], b)) ||
           (endpoint_equal(&c->endpoints[0], b) &&
            endpoint_equal(&c->endpoints[1], a));
}

struct connection *
table_find(const struct table *t, const struct endpoint *a,
           const struct endpoint *b, uint64_t hash)
{
    for (uint32_t i = (uint32_t)hash;; i++) {
        uint32_t slot = t->slots[i & t->slot_mask];
        if (slot == 0)
            return NULL;
        if (slot >> 24 != hash >> 56)
            continue;
        struct connection *c = &t->records[slot_index(slot)];
        if (is_between(c, a, b))
            return c;
    }
}

static uint64_t
hash_of(const struct connection *c)
{
    return endpoint_pair_hash(&c->endpoints[0], &c->endpoints[1]);
}

static void
slot_insert(struct table *t, uint32_t index)
{
    uint64_t hash = hash_of(&t->records[index]);
    uint32_t i = (uint32_t)hash & t->slot_mask;
    while (t->slots[i] != 0)
        i = (i + 1) & t->slot_mask;
    t->slots[i] = slot_value(hash, index);
}

static uint32_t
slot_of(const struct table *t, uint32_t index)
{
    uint32_t i = (uint32_t)hash_of(&t->records[index]) & t->slot_mask;
    while (slot_index(t->slots[i]) != index)
        i = (i + 1) & t->slot_mask;
    return i;
}

/* Empty a slot, and move up what stands behind it for its sake. */
static void
slot_remove(struct table *t, uint32_t hole)
{
    for (uint32_t i = (hole + 1) & t->slot_mask; t->slots[i] != 0;
         i = (i + 1) & t->slot_mask) {
        const struct connection *c = &t->records[slot_index(t->slots[i])];
        uint32_t home = (uint32_t)hash_of(c) & t->slot_mask;
        if (((i - home) & t->slot_mask) < ((i - hole) & t->slot_mask))
            continue;
        t->slots[hole] = t->slots[i];
        hole = i;
    }
    t->slots[hole] = 0;
}

/* Twice the slots. Without memory the old ones do, and are slower. */
static void
slots_grow(struct table *t)
{
    uint32_t mask = t->slot_mask * 2 + 1;
    uint32_t *slots = calloc((size_t)mask + 1, sizeof *slots);
    if (!slots)
        return;
    free(t->slots);
    t->slots = slots;
    t->slot_mask = mask;
    for (uint32_t i = 0; i < t->used; i++)
        if (t->records[i].number != 0)
            slot_insert(t, i);
}

/* ---- Records ------------------------------------------------------------ */

struct connection *
table_take(struct table *t)
{
    struct connection *c;
    if ((uint64_t)t->count * 3 >= (uint64_t)t->slot_mask * 2)
        slots_grow(t);
    if (t->count == t->limit || t->count >= t->slot_mask)
        return NULL;
    if (t->free == TABLE_NONE) {
        c = &t->records[t->used++];
    } else {
        c = &t->records[t->free];
        t->free = c->next;
    }
    c->number = 0;
    return c;
}

void
table_insert(struct table *t, struct connection *c)
{
    slot_insert(t, table_index(t, c));
    t->count++;
}

void
table_remove(struct table *t, struct connection *c)
{
    uint32_t index = table_index(t, c);
    slot_remove(t, slot_of(t, index));
    connection_clear(c);
    c->number = 0;
    c->next = t->free;
    t->free = index;
    t->count--;
}

void
table_fetch_slot(const struct table *t, uint64_t hash)
{
    __builtin_prefetch(&t->slots[hash & t->slot_mask]);
}

/* The first slot is nearly always the right one, or empty. */
void
table_fetch_record(const struct table *t, uint64_t hash)
{
    uint32_t slot = t->slots[hash & t->slot_mask];
    const char *record = (const char *)&t->records[slot_index(slot)];
    for (size_t at = 0; slot != 0 && at < sizeof(struct connection); at += 64)
        __builtin_prefetch(record + at);
}
