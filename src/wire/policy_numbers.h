/*
 * policy_numbers: where the numbers of connections began, and how far their
 * senders have come.
 */
#ifndef TCPLAB_POLICY_NUMBERS_H
#define TCPLAB_POLICY_NUMBERS_H

#include "policy_rule.h"

enum {
    NUMBERS_CONNECTIONS = 4096 // that are remembered; newer ones displace
};

/* A connection, by who sends. */
struct numbers {
    struct endpoint ends[DIRECTIONS];
    bool known[DIRECTIONS];       // a SYN was seen:
    uint32_t initial[DIRECTIONS]; // its number
    bool sent[DIRECTIONS];        // anything was:
    uint32_t next[DIRECTIONS];    // the number after the last
};

/* All zero at the start. */
struct numbers_table {
    struct numbers at[NUMBERS_CONNECTIONS];
};

/* A segment leaves. Returns its connection's record, lent until the next. */
const struct numbers *numbers_take(struct numbers_table *table,
                                   enum direction from,
                                   const struct segment *segment);

/* Has all of a segment that takes numbers left before? */
bool numbers_sent(const struct numbers_table *table, enum direction from,
                  const struct segment *segment);

#endif
