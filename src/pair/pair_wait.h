/* pair_wait: segments that came, and wait for their leaving to be read. */
#ifndef TCPLAB_PAIR_WAIT_H
#define TCPLAB_PAIR_WAIT_H

#include "pair_link.h"

enum {
    WAITS_MAX = 1 << 12,
    WAITS_OCTETS = 16 << 20,
};

/* A sighting that outlives its packet: of the segment its fields are valid, and
 * the packet has its octets, if they are kept. */
struct wait {
    enum place place; // where it came
    struct lane lane;
    int64_t came_ns; // by the client's clock
    struct sighting sighting;
    struct segment segment;
    struct packet packet;
    uint8_t *octets; // owned, or NULL
};

/* First in, first out. */
struct waits {
    struct wait *wait; // WAITS_MAX of them; owned; NULL: none yet
    uint64_t first, next;
    uint64_t octets;
};

/* There must be room. False: there is no memory. */
bool waits_add(struct waits *waits, enum place place,
               const struct sighting *sighting, struct lane lane,
               int64_t came_ns, bool keeps_octets);
bool waits_are_full(const struct waits *waits);

/* The oldest; NULL: none. */
struct wait *waits_first(const struct waits *waits);
void waits_drop(struct waits *waits);
void waits_clear(struct waits *waits);

#endif
