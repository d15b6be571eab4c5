/* pair_delay: how long segments took: the least, the most, and the middle. */
#ifndef TCPLAB_PAIR_DELAY_H
#define TCPLAB_PAIR_DELAY_H

#include <stdint.h>

enum {
    DELAYS_KEPT = 1 << 14 // of more, a random choice stands for all
};

struct delays {
    uint64_t count;
    int64_t least_ns, most_ns; // valid when count is not 0
    int64_t *kept;             // owned; NULL: none
    uint64_t dice;
};

/* Without memory, least and most are still right. */
void delays_add(struct delays *delays, int64_t took_ns);

/* 0 when there are none. */
int64_t delays_median(const struct delays *delays);
void delays_clear(struct delays *delays);

#endif
