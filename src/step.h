/*
 * step: the questions of --step, and the keys that answer them.
 *
 * A held call is told as what it asks of TCP, never as what will come of it; a
 * segment in mid-air as what it is, and where both ends stand. The questions go to standard error, so that the output stays a timeline.
 */
#ifndef TCPLAB_STEP_H
#define TCPLAB_STEP_H

#include "follow.h"
#include "saying.h"
#include "stage/stage.h"

struct step {
    const struct stage *stage;
    struct follow *follow;
    struct saying *saying; // what is said at questions; NULL: nothing
    bool on_wire;          // there are segments to wait for
    int keys;       // where keys are read from; -1: from nowhere any more
    bool is_asking; // a question waits for its key
    uint64_t frame; // it is about this segment; 0: about a call
};

/* Ask on standard error, read keys from `keys`, for what `follow` follows. */
void step_begin(struct step *step, const struct stage *stage, bool on_wire,
                int keys, struct follow *follow);

#endif
