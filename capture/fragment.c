/*
 * fragment: reassembly.
 *
 * A datagram being put together has a buffer, and one bit for each 8 octets
 * that have come. It is whole when the last piece has come and every bit below
 * its end is set.
 */
#include "fragment.h"

#include <stdlib.h>

enum {
    UNIT = 8,
    BITS = (FRAGMENT_BYTES_MAX + UNIT) / UNIT
};

struct assembly {
    bool used;
    bool spoilt;           // a piece overlapped another
    struct datagram first; // addresses, protocol, identification
    int64_t time_ns;       // of its first piece
    uint32_t end;          // of the piece that reaches farthest
    uint32_t length;       // 0 until the last piece has come
    uint32_t units_come;
    uint8_t have[BITS / 8 + 1];
    uint8_t *octets; // FRAGMENT_BYTES_MAX + UNIT of them
};

struct fragments {
    struct assembly assemblies[FRAGMENT_DATAGRAMS];
    uint8_t *handed_out; // the buffer of the last whole datagram
};

struct fragments *
fragments_new(void)
{
    return calloc(1, sizeof(struct fragments));
}

static void
assembly_clear(struct assembly *a)
{
    free(a->octets);
    *a = (struct assembly){ 0 };
}

void
fragments_clear(struct fragments *fragments)
{
    for (int i = 0; i < FRAGMENT_DATAGRAMS; i++)
        assembly_clear(&fragments->assemblies[i]);
}

void
fragments_free(struct fragments *fragments)
{
    if (!fragments)
        return;
    fragments_clear(fragments);
    free(fragments->handed_out);
    free(fragments);
}

static bool
same_datagram(const struct datagram *a, const struct datagram *b)
{
    return a->identification == b->identification &&
           a->protocol == b->protocol && a->version == b->version &&
           address_equal(&a->src, &b->src) && address_equal(&a->dst, &b->dst);
}

/* The assembly `piece` belongs to, or a free one, or the oldest made free. */
static struct assembly *
assembly_for(struct fragments *fragments, const struct datagram *piece,
             int64_t time_ns)
{
    struct assembly *chosen = &fragments->assemblies[0];
    for (int i = 0; i < FRAGMENT_DATAGRAMS; i++) {
        struct assembly *a = &fragments->assemblies[i];
        int64_t age_ns = time_ns - a->time_ns;
        if (a->used && age_ns > FRAGMENT_LIFETIME_S * 1000000000LL)
            assembly_clear(a);
        if (a->used && same_datagram(&a->first, piece))
            return a;
        if (chosen->used && (!a->used || a->time_ns < chosen->time_ns))
            chosen = a;
    }
    assembly_clear(chosen);
    return chosen;
}

static bool
assembly_begin(struct assembly *a, const struct datagram *piece,
               int64_t time_ns)
{
    if (a->used)
        return true;
    a->octets = malloc(FRAGMENT_BYTES_MAX + UNIT);
    if (!a->octets)
        return false;
    a->used = true;
    a->first = *piece;
    a->time_ns = time_ns;
    return true;
}

static void
mark_units(struct assembly *a, uint32_t first, uint32_t units)
{
    for (uint32_t u = first; u < first + units; u++) {
        uint8_t bit = (uint8_t)(1u << (u % 8));
        if (a->have[u / 8] & bit)
            a->spoilt = true;
        a->have[u / 8] |= bit;
    }
    a->units_come += units;
}

/* The same octets at the same place have come before. */
static bool
is_copy(const struct assembly *a, const struct datagram *piece)
{
    uint32_t first = piece->fragment_offset / UNIT;
    for (uint32_t u = first; u < first + (piece->length + UNIT - 1) / UNIT; u++)
        if (!(a->have[u / 8] & 1u << (u % 8)))
            return false;
    return memcmp(a->octets + piece->fragment_offset, piece->payload,
                  piece->length) == 0;
}

static bool
is_whole(const struct assembly *a)
{
    return !a->spoilt && a->length != 0 &&
           a->units_come == (a->length + UNIT - 1) / UNIT;
}

/* The last piece says where the datagram ends; none may reach beyond. */
static void
note_ends(struct assembly *a, const struct datagram *piece, uint32_t end)
{
    if (end > a->end)
        a->end = end;
    if (!piece->more_fragments) {
        if (a->length != 0 && a->length != end)
            a->spoilt = true;
        a->length = end;
    }
    if (a->length != 0 && a->end > a->length)
        a->spoilt = true;
}

/* Give the datagram out and forget the assembly; its buffer is kept a while. */
static void
hand_out(struct fragments *fragments, struct assembly *a,
         struct datagram *whole)
{
    free(fragments->handed_out);
    fragments->handed_out = a->octets;
    *whole = a->first;
    whole->more_fragments = false;
    whole->fragment_offset = 0;
    whole->payload = a->octets;
    whole->captured = whole->length = a->length;
    a->octets = NULL;
    assembly_clear(a);
}

bool
fragments_add(struct fragments *fragments, int64_t time_ns,
              const struct datagram *piece, struct datagram *whole)
{
    uint32_t end = piece->fragment_offset + piece->length;
    bool cut = piece->captured < piece->length;
    bool uneven = piece->more_fragments && piece->length % UNIT != 0;
    if (cut || uneven || piece->length == 0 || end > FRAGMENT_BYTES_MAX)
        return false;
    struct assembly *a = assembly_for(fragments, piece, time_ns);
    if (!assembly_begin(a, piece, time_ns))
        return false;
    if (is_copy(a, piece))
        return false;
    note_ends(a, piece, end);
    memcpy(a->octets + piece->fragment_offset, piece->payload, piece->length);
    mark_units(a, piece->fragment_offset / UNIT,
               (piece->length + UNIT - 1) / UNIT);
    if (!is_whole(a))
        return false;
    hand_out(fragments, a, whole);
    return true;
}
