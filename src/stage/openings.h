/*
 * openings: where the newest connections of a run are, and where the next one may
 * be.
 *
 * Nobody says which port the kernel chose for a connection. Asking for all
 * sockets finds it, and takes long where there are many; asking for one takes a
 * hundredth of that, if one knows which.
 */
#ifndef TCPLAB_OPENINGS_H
#define TCPLAB_OPENINGS_H

#include <stdbool.h>

#include "../../capture/endpoint.h"

enum {
    OPENINGS_HALVES = 64, // more wait to be accepted in few programs
};

/* The call by which a socket has just gained endpoints. */
enum gained {
    GAINED_NONE,
    GAINED_BY_LISTEN,
    GAINED_BY_CONNECT,
    GAINED_BY_ACCEPT,
};

struct opened {
    struct endpoint client, server;
    enum gained by; // the end that is known
    int misses;     // a later one was the right one
};

/* All zero: no connection was opened. */
struct openings {
    struct opened newest[GAINED_BY_ACCEPT + 1]; // by each call
    // Those whose other end is not known yet, the oldest first.
    struct opened halves[OPENINGS_HALVES];
    int half_count;
};

/* connect() or accept() gave a socket these endpoints. */
void openings_learn(struct openings *openings, enum gained by,
                    const struct endpoint *local,
                    const struct endpoint *remote);

/* Which endpoints may another one have, that was given some by the same call? Guess
 * 0, 1, ... are the best, the second best. False: there are no more. */
bool openings_guess(const struct openings *openings, enum gained by, int number,
                    struct endpoint *local, struct endpoint *remote);

#endif
