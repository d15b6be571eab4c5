/*
 * credit: how often one thing may be done, and then time of a processor that may
 * be spent on it, a share of all time. What is cheap in a lab would take all the
 * time of a program with thousands of connections: there, it waits for its share.
 */
#ifndef TCPLAB_CREDIT_H
#define TCPLAB_CREDIT_H

#include <stdbool.h>
#include <stdint.h>

struct credit {
    int free; // so many times more, whatever it takes
    int64_t left_ns, most_ns;
    int64_t reckoned_ns; // CLOCK_MONOTONIC
    int64_t begun_ns;    // CLOCK_THREAD_CPUTIME_ID; 0: it is free
    int share;
};

/* `free` times, then one part in `share` of all time; `most_ns` at the start and at
 * most. */
struct credit credit_of(int free, int64_t most_ns, int share);

/* Begin to spend it. False: there is none now. */
bool credit_begin(struct credit *credit);

/* What was begun has ended. */
void credit_end(struct credit *credit);

#endif
