/* pair_mark: a hash table of segments by their numbers. */
#include "pair_mark.h"

#include <stdlib.h>
#include <sys/random.h>

enum {
    SLOTS_FIRST = 1 << 10
};

int
marks_init(struct marks *marks)
{
    *marks = (struct marks){ .slots = SLOTS_FIRST };
    marks->table = calloc(marks->slots, sizeof *marks->table);
    if (getrandom(&marks->secret, sizeof marks->secret, 0) < 0)
        marks->secret = (uintptr_t)marks->table;
    return marks->table ? 0 : -1;
}

void
marks_clear(struct marks *marks)
{
    free(marks->table);
    *marks = (struct marks){ 0 };
}

/*
 * What a segment is known by, wherever it is seen: what an end sends first, and
 * what it answers. A SYN answers nothing, so its timestamp stands in. The
 * length is left out: a card may cut a segment after it was captured.
 */
static uint64_t
key_of(const struct sighting *s, bool with_endpoints)
{
    const struct segment *segment = s->segment;
    uint32_t second =
        segment->flags & SEG_ACK ? segment->ack : s->value ^ segment->wnd << 8;
    uint64_t key = (uint64_t)segment->seq << 32 | second;
    if (with_endpoints)
        key = (key ^ segment->pair_hash) * 0x9e3779b97f4a7c15;
    return key ? key : 1;
}

static uint32_t
slot_of(const struct marks *marks, uint64_t key)
{
    uint64_t x = key ^ marks->secret;
    x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
    return (uint32_t)(x ^ x >> 33) & (marks->slots - 1);
}

/* The place of `key`, or the free one where it would stand. */
static struct mark *
place_of(const struct marks *marks, uint64_t key)
{
    uint32_t slot = slot_of(marks, key);
    while (marks->table[slot].key && marks->table[slot].key != key)
        slot = (slot + 1) & (marks->slots - 1);
    return &marks->table[slot];
}

static bool
grow(struct marks *marks)
{
    struct marks larger = { .slots = marks->slots * 2,
                            .count = marks->count,
                            .secret = marks->secret };
    larger.table = calloc(larger.slots, sizeof *larger.table);
    if (!larger.table)
        return false;
    for (uint32_t i = 0; i < marks->slots; i++)
        if (marks->table[i].key)
            *place_of(&larger, marks->table[i].key) = marks->table[i];
    free(marks->table);
    *marks = larger;
    return true;
}

static bool
keep(struct marks *marks, const struct sighting *s, uint64_t key)
{
    if (marks->count == MARKS_MAX ||
        (marks->count >= marks->slots / 4 * 3 && !grow(marks)))
        return false;
    struct mark *mark = place_of(marks, key);
    if (mark->key)
        return true;
    *mark = (struct mark){ .key = key,
                           .time_ns = s->time_ns,
                           .connection = s->connection,
                           .from = (uint8_t)s->from };
    marks->count++;
    return true;
}

bool
marks_keep(struct marks *marks, const struct sighting *s)
{
    return keep(marks, s, key_of(s, true)) && keep(marks, s, key_of(s, false));
}

struct mark *
marks_find(struct marks *marks, const struct sighting *s)
{
    struct mark *mark = place_of(marks, key_of(s, true));
    if (!mark->key)
        mark = place_of(marks, key_of(s, false));
    return mark->key ? mark : NULL;
}
