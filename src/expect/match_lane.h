/*
 * match_lane: the lines and the facts of one lane.
 *
 * A lane is what one program calls, or what one end of a connection sends. Its
 * lines become slots in the order of the text: a call that enters and returns
 * has two, a repeated line a copy for each time.
 */
#ifndef TCPLAB_MATCH_LANE_H
#define TCPLAB_MATCH_LANE_H

#include "match.h"

struct slot {
    size_t line;
    bool returns;
    // The copy it belongs to: its first slot, and the one behind its last.
    uint32_t begin, end;
    bool optional, loops;
    bool open; // "..." stands before it
};

struct lane {
    struct match *match;
    bool of_calls;
    struct span who; // of_calls
    size_t line;     // else: a segment line whose lane it is

    struct slot *slots;
    uint32_t slot_count, slot_room;
    bool open_end; // "..." stands behind the last
    int *facts;    // indices
    uint32_t fact_count;
};

/* The lane that `line` belongs to. False: no memory. Clear it in any case. */
bool lane_make(struct lane *lane, struct match *match, size_t line);
void lane_clear(struct lane *lane);

/* Does `line` belong to the lane? */
bool lane_has_line(const struct lane *lane, size_t line);

/* Does "..." stand where `slots` slots are done? */
bool lane_is_open(const struct lane *lane, uint32_t slots);

static inline const struct fact *
lane_fact(const struct lane *lane, uint32_t index)
{
    return &lane->match->facts->items[lane->facts[index]];
}

/* ---- match_cost.c ------------------------------------------------------- */

/* What things cost. A fact that nearly shows a line is cheaper than a line
 * without a fact and a fact without a line. */
enum {
    COST_MISSING = 40,    // a line without a fact
    COST_NEVER = 1000000, // what cannot be paired
};

/* In how much the fact differs from the line of the slot. */
unsigned cost_difference(const struct lane *lane, uint32_t slot,
                         const struct fact *fact);

/* To pair the fact with the slot. */
uint32_t cost_of_pair(const struct lane *lane, uint32_t slot,
                      const struct fact *fact);

/* To leave the fact over where `slots` slots are done. */
uint32_t cost_of_extra(const struct lane *lane, uint32_t slots,
                       const struct fact *fact);

#endif
