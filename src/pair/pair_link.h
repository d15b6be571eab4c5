/*
 * pair_link: which connection of one capture is which of the other, and at
 * which end of it each capture was made.
 *
 * Addresses and ports may be rewritten on the way (NAT), so a connection is
 * known by its numbers: a segment with the same sequence and acknowledgment
 * number, both chosen at random by its two ends, is the same segment. The first
 * few segments of each connection are looked for in the other capture.
 *
 * A segment leaves before it arrives: where the segments of one end come first
 * in a capture, and those of the other end later than in the other capture,
 * there that end is. The clocks may differ, for in the sum of both directions
 * their difference goes out.
 */
#ifndef TCPLAB_PAIR_LINK_H
#define TCPLAB_PAIR_LINK_H

#include "pair_capture.h"

struct pair_links;

/* Links among at most `connections` of each capture. NULL with errno. */
struct pair_links *pair_links_new(uint32_t connections);
void pair_links_free(struct pair_links *links);

/*
 * To be called for each segment of both captures: remember it, to be looked
 * for; look for it among those remembered of the other. Remember one whole
 * capture first. Returns 0, or -1 with errno.
 */
int pair_links_remember(struct pair_links *links, enum place place,
                        const struct sighting *sighting);
int pair_links_look_for(struct pair_links *links, enum place place,
                        const struct sighting *sighting);

/* Are there connections without a partner in both captures? Then those that
 * began in the middle may still be found the other way around. */
bool pair_links_are_open(const struct pair_links *links);

/* All has been looked at: decide at which end each capture was made. */
void pair_links_settle(struct pair_links *links);

/* What the links say together. */
struct link_counts {
    uint32_t linked;         // connections that both captures show
    uint32_t alone[PLACES];  // that only one shows, between the same hosts
    uint32_t others[PLACES]; // that only one shows, with other hosts
    uint64_t beyond;         // segments of connections beyond the limit
    bool swapped;            // the first capture was made at the server's end
    bool same_place;         // a segment is in both captures at the same time
    // The shortest that a segment took from one capture to the other by their
    // two clocks; valid where `timed`, by the place it left.
    bool timed[PLACES];
    int64_t shortest_ns[PLACES];
};

const struct link_counts *pair_links_counts(const struct pair_links *links);

/* A direction of a connection. */
struct lane {
    uint32_t number; // below pair_links_lanes()
    enum place from; // where its segments leave
};

uint32_t pair_links_lanes(const struct pair_links *links);

/* Which lane a segment is on. False: none of this pair's. */
bool pair_links_lane(const struct pair_links *links, enum place place,
                     const struct sighting *sighting, struct lane *lane);

/*
 * The endpoints of a segment as the client's capture names them. False: they
 * are not known there, or are those the segment has.
 */
bool pair_links_readdress(const struct pair_links *links, enum place place,
                          const struct sighting *sighting, struct endpoint *src,
                          struct endpoint *dst);

/* An end that has other names in the other capture. */
struct translation {
    enum role role;            // of the end
    struct endpoint own, seen; // in the capture made there; in the other
    uint32_t connections;      // how many go from `own` to `seen`, at least
};

/* The `i`-th translation (from 0) of addresses; false: there is none. Ports are
 * those of the first connection. */
bool pair_links_translation(const struct pair_links *links, uint32_t i,
                            struct translation *translation);

#endif
