/* openings: the other end of what is known, then ports a little further on. */
#include "openings.h"

#include <string.h>

enum {
    // The kernel goes on by an even number of ports, up to this, from one
    // connection to the next one to the same place (ip-sysctl.rst,
    // ip_local_port_range; RFC 6056, 3.3.4).
    PORT_STEP = 2,
    PORT_STEPS = 8,
    HALVES_TRIED = 3,
    MISSES_MOST = 3, // then nobody waits for it
};

static bool
is_same(const struct opened *a, const struct opened *b)
{
    return endpoint_equal(&a->client, &b->client) &&
           endpoint_equal(&a->server, &b->server);
}

static void
forget_half(struct openings *o, int i)
{
    memmove(&o->halves[i], &o->halves[i + 1],
            (size_t)(--o->half_count - i) * sizeof o->halves[0]);
}

/* The other end of half `i` is known: those before it were missed once more. */
static void
complete_half(struct openings *o, int i)
{
    enum gained by = o->halves[i].by;
    forget_half(o, i);
    while (i-- > 0)
        if (o->halves[i].by == by && ++o->halves[i].misses == MISSES_MOST)
            forget_half(o, i);
}

/* Far more waited than there was room for: they have lost their other ends. */
static void
forget_other_halves(struct openings *o, enum gained by)
{
    for (int i = o->half_count; i-- > 0;)
        if (o->halves[i].by != by)
            forget_half(o, i);
}

void
openings_learn(struct openings *o, enum gained by, const struct endpoint *local,
               const struct endpoint *remote)
{
    bool connects = by == GAINED_BY_CONNECT;
    struct opened one = { .client = connects ? *local : *remote,
                          .server = connects ? *remote : *local,
                          .by = by };
    o->newest[by] = one;
    for (int i = 0; i < o->half_count; i++) {
        if (o->halves[i].by == by || !is_same(&o->halves[i], &one))
            continue;
        complete_half(o, i);
        return;
    }
    if (o->half_count == OPENINGS_HALVES)
        forget_other_halves(o, by);
    if (o->half_count < OPENINGS_HALVES)
        o->halves[o->half_count++] = one;
}

/* The half that guess *number is about; NULL: it is about none, but guess *number of
 * another kind. */
static const struct opened *
half_of(const struct openings *o, enum gained by, int *number)
{
    int tried = 0;
    for (int i = 0; i < o->half_count && tried < HALVES_TRIED; i++)
        if (o->halves[i].by != by && tried++ == *number)
            return &o->halves[i];
    *number -= tried;
    return NULL;
}

bool
openings_guess(const struct openings *o, enum gained by, int number,
               struct endpoint *local, struct endpoint *remote)
{
    const struct opened *half = half_of(o, by, &number);
    struct opened next = half ? *half : o->newest[by];
    if (!half && (number >= PORT_STEPS || next.by == GAINED_NONE))
        return false;
    if (!half)
        next.client.port =
            (uint16_t)(next.client.port + PORT_STEP * (number + 1));
    bool connects = by == GAINED_BY_CONNECT;
    *local = connects ? next.client : next.server;
    *remote = connects ? next.server : next.client;
    return true;
}
