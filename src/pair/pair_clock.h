/*
 * pair_clock: how far two clocks are apart, from segments that passed both.
 *
 * A segment takes the way's own time and, sometimes, a wait: so the shortest
 * times of each direction count. Half of what there and back differ is the
 * offset, if the way takes as long there as back. Whether it does, two captures
 * cannot tell; only that nothing arrives before it is sent, so that the offset
 * is wrong by half of the shortest round trip at most.
 */
#ifndef TCPLAB_PAIR_CLOCK_H
#define TCPLAB_PAIR_CLOCK_H

#include "pair_capture.h"

enum {
    CLOCK_SLICES = 64, // of the time that is looked at
    CLOCK_KEPT = 16,   // shortest times of a slice and direction
};

struct clock_sample {
    int64_t time_ns; // by the client's clock, when it was there
    int64_t took_ns; // by the two clocks
};

struct clock_slice {
    uint32_t count[PLACES];
    struct clock_sample shortest[PLACES][CLOCK_KEPT];
};

struct pair_clock {
    int64_t begin_ns, end_ns;
    uint64_t samples[PLACES]; // by the place they left
    struct clock_slice slices[CLOCK_SLICES];
};

/* What the server's clock shows more than the client's. */
struct clock_offset {
    uint64_t samples[PLACES];
    bool known;    // segments of both directions passed
    bool is_sure;  // uncertainty_ns is valid: more than one each way
    bool drifts;   // drift is not 0
    int64_t at_ns; // by the client's clock: when the offset was
    int64_t ns;    // this; not known: as if the shortest way took no time
    double drift;  // seconds a second
    double drift_uncertainty;
    int64_t uncertainty_ns; // as far as waits on the way tell
    int64_t most_wrong_ns;  // whatever the way does
};

/* Look at the time from `begin_ns` to `end_ns` by the client's clock. */
void pair_clock_begin(struct pair_clock *clock, int64_t begin_ns,
                      int64_t end_ns);

/* A segment left `from` at `left_ns`, and came to the other at `came_ns`, each
 * by the clock there. */
void pair_clock_sample(struct pair_clock *clock, enum place from,
                       int64_t left_ns, int64_t came_ns);

struct clock_offset pair_clock_offset(const struct pair_clock *clock);

/* The offset from two shortest times alone; either may be missing. */
struct clock_offset clock_offset_rough(const bool timed[PLACES],
                                       const int64_t shortest_ns[PLACES]);

/* A time by the clock at `place`, by the client's clock. */
int64_t clock_by_client(const struct clock_offset *offset, enum place place,
                        int64_t time_ns);

#endif
