/*
 * pair_match_inside: what the matcher's files share. pair_match keeps what left,
 * pair_coming finds what came among it.
 */
#ifndef TCPLAB_PAIR_MATCH_INSIDE_H
#define TCPLAB_PAIR_MATCH_INSIDE_H

#include "pair_match.h"

/* The newest passage of a lane, and how far its arrivals have come. */
struct lane_state {
    uint64_t newest;
    uint64_t latest_order;
    uint32_t latest_from;
};

struct pair_match {
    struct passage *ring; // `room` of them, by order; owned
    uint64_t room;
    uint64_t *starts; // newest orders, by hash; owned
    struct lane_state *lanes;
    uint64_t first, next; // orders: the oldest kept, and one past the newest
    uint64_t octets;      // kept with them
    // Do IP identifications come as they left? By the place they left.
    uint64_t ids_alike[PLACES], ids_apart[PLACES];
};

static inline struct passage *
passage_at(const struct pair_match *m, uint64_t order)
{
    return &m->ring[order % m->room];
}

/* The newest passage that may have the numbers of `segment`. */
uint64_t *match_start(const struct pair_match *match, uint32_t lane,
                      const struct segment *segment);

/* Is `sighting` the whole frame of `passage`, as far as its header tells? */
bool match_is_frame(const struct passage *passage, uint32_t lane,
                    const struct sighting *sighting);

#endif
