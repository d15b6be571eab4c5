/*
 * gaps: which sequence numbers below the highest one have not been seen.
 *
 * A hole in a stream was either lost before the place of capture, or its
 * segment is late. What fills a hole is seen for the first time; what lies
 * below the highest number and fills no hole has been seen before.
 */
#ifndef TCPLAB_GAPS_H
#define TCPLAB_GAPS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    GAPS_MAX = 64
};

struct gap {
    uint32_t left, right; // right is the number after the gap's last
};

struct gaps {
    uint32_t count;
    struct gap gap[GAPS_MAX]; // in order, none touching another
};

/* Note a gap above all others. The lowest is forgotten when there are too
 * many. */
void gaps_open(struct gaps *gaps, uint32_t left, uint32_t right);

/* Note that left to right (exclusive) was seen. True: it filled (part of) a
 * gap. */
bool gaps_fill(struct gaps *gaps, uint32_t left, uint32_t right);

#endif
