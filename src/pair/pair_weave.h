/*
 * pair_weave: two captures woven into one: each frame once, as it leaves, and
 * what became of it, in order of time by the client's clock.
 *
 * A frame that only one capture could show, since the other began later or
 * ended earlier, has no number and no fate: nobody knows it.
 */
#ifndef TCPLAB_PAIR_WEAVE_H
#define TCPLAB_PAIR_WEAVE_H

#include "pair_clock.h"
#include "pair_delay.h"
#include "pair_link.h"

/* What became of the frames that left one place. */
struct pair_direction {
    uint64_t sent;      // that may be known of: lost, or arrived
    uint64_t arrived;   // of them
    uint64_t lost;      // of them
    uint64_t doubled;   // copies that arrived beyond the first
    uint64_t overtaken; // arrived after one of their connection that left later
    uint64_t one_sided; // only one of the captures could show them
    uint64_t unseen;    // arrived, and the sender's capture does not show them
    uint64_t early;     // of the lost: decided early, for want of room
    int64_t early_ns;   // after so long at least
    uint64_t cut;       // large ones that left in pieces
    uint64_t joined;    // of the other capture: that hold several frames
    uint64_t backward;  // arrived before they left, by the clocks
    uint64_t twice;     // the sender's capture has them twice
    uint64_t behind;    // left after later numbers: a first copy is not shown
    struct delays delays;
};

struct weave_options {
    struct pair_capture *captures[PLACES]; // taken over
    const struct pair_links *links;
    struct clock_offset offset;
    const struct capture_extent *extents; // PLACES of them; NULL: not known
    int64_t patience_ns;                  // how wrong clocks may be
    int64_t late_ns;          // how much longer than the shortest the way takes
    int link_type;            // of all frames it gives
    struct pair_clock *clock; // to be given samples, and nothing is woven; or
                              // NULL
};

struct pair_weave;

/* NULL with errno; the captures are closed then, too. */
struct pair_weave *pair_weave_new(const struct weave_options *options);
void pair_weave_free(struct pair_weave *weave);

/* The next frame or entry, borrowed until the next call. False: there is no
 * more; *failed says whether memory ended it. */
bool pair_weave_next(struct pair_weave *weave, struct packet *packet,
                     bool *failed);

/* What was found so far. */
const struct pair_direction *
pair_weave_direction(const struct pair_weave *weave, enum place from);

/* Segments of each capture that belong to no connection of the pair. */
uint64_t pair_weave_others(const struct pair_weave *weave, enum place place);

#endif
