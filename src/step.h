/*
 * step: the questions of --step, and the keys that answer them.
 *
 * A held call is told as what it asks of TCP, never as what will come of it. The
 * questions go to standard error, so that the output stays a timeline.
 */
#ifndef TCPLAB_STEP_H
#define TCPLAB_STEP_H

#include "follow.h"
#include "stage.h"

struct step {
    const struct stage *stage;
    struct follow *follow;
    int keys;       // where keys are read from; -1: from nowhere any more
    bool is_asking; // a question waits for its key
    bool is_over;   // 'c' or 'q' was pressed
};

/* Ask on standard error, read keys from `keys`, for what `follow` follows. */
void step_begin(struct step *step, const struct stage *stage, int keys,
                struct follow *follow);

#endif
