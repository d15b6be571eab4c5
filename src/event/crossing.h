/*
 * crossing: what a router between two wires rewrites, and which frames it has.
 *
 * A segment that crosses the router is two frames, with the same numbers and
 * other addresses. A connection has two names so, one on each wire; here both
 * are found by either. It is known by its SYN, which has the same initial
 * sequence number on both wires, and the answer's number confirms it.
 */
#ifndef TCPLAB_CROSSING_H
#define TCPLAB_CROSSING_H

#include "../../capture/connection.h"
#include "../../capture/decode.h"

enum {
    CROSSING_WIRES = 2,        // 0: the client's, 1: the server's
    CROSSING_NAMES = 1024,     // connections known at once; the oldest give way
    CROSSING_WAITING = 1 << 12 // frames at the router at once
};

/* A connection as each wire names it. `opener` sent the first segment that was
 * seen. */
struct crossing {
    struct endpoint opener[CROSSING_WIRES], other[CROSSING_WIRES];
    uint32_t from; // the opener's wire, whose names stand for the connection
    bool isn_known[ROLES];
    uint32_t isn[ROLES]; // the same on both wires; ROLE_CLIENT: the opener's
};

struct crossings;

/* NULL with errno. */
struct crossings *crossings_new(void);
void crossings_free(struct crossings *crossings);

/*
 * The connection of what goes from `src` to `dst` on `wire`; NULL: not known.
 * *opens: `src` is its opener. Lent until the next crossings_learn().
 */
const struct crossing *crossings_find(const struct crossings *crossings,
                                      uint32_t wire, const struct endpoint *src,
                                      const struct endpoint *dst, bool *opens);

/* Name `src` and `dst` of `wire` as the opener's wire does. False: they have no
 * other name there. */
bool crossings_rename(const struct crossings *crossings, uint32_t wire,
                      struct endpoint *src, struct endpoint *dst);

/* The same, backward: from the opener's names to those of `wire`. */
bool crossings_name_on(const struct crossings *crossings, uint32_t wire,
                       struct endpoint *src, struct endpoint *dst);

/*
 * What came as `before` on the wire `from` goes on as `after` on the other: know
 * its connection, and the initial number that it tells, if it is a SYN.
 * `renamed`: it was known before. NULL: it belongs to none. Lent until the next
 * call.
 */
const struct crossing *crossings_learn(struct crossings *crossings,
                                       uint32_t from,
                                       const struct decoded *before,
                                       const struct decoded *after,
                                       bool renamed);

/* What the router makes of a segment's names. */
struct rewriting {
    struct endpoint src, dst;         // as it came
    struct endpoint new_src, new_dst; // as it went on
};

/* Of what the opener sends, or the other end. */
struct rewriting crossing_rewriting(const struct crossing *crossing,
                                    bool opener_sends);

/* ---- Frames that the router has ------------------------------------------- */

struct waiting {
    uint64_t id;     // the frame's
    uint32_t wire;   // where it came from
    int64_t time_ns; // since when
};

/* A copy of a frame has come to the router. */
void crossings_wait(struct crossings *crossings, const struct waiting *waiting);

/* The `i`-th that waits (from 0), the longest first; NULL: there is none. */
const struct waiting *crossings_waiting(const struct crossings *crossings,
                                        uint32_t i);
void crossings_go_on(struct crossings *crossings, uint32_t i);

/* How long the router may take. It asks for its neighbours' addresses: longer. */
int64_t crossings_patience_ns(const struct crossings *crossings);
void crossings_has_arp(struct crossings *crossings);

/* Is the frame that left the router as `after` the one that came as `before`?
 * `renamed`: both have the opener's names. Else only what begins a connection
 * can be known again. */
bool crossing_is_one(const struct decoded *before, const struct decoded *after,
                     bool renamed);

#endif
