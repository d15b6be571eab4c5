/*
 * end: the RFC 9293 machine for one end of a connection, seen from outside.
 *
 * Two halves: what sending shows (end_sent.c), and what arriving does
 * (end_received.c, a function for each numbered step of RFC 9293, 3.10.7).
 * Here is what they share.
 */
#include "end.h"

#include <assert.h>
#include <stdlib.h>

#include "end_inside.h"

const char *const segment_is_names[SEGMENT_IS_NAMES] = {
    "syn",          "syn-ack",      "handshake-ack", "data",
    "ack",          "fin",          "rst",           "retransmission",
    "out-of-order", "gap",          "duplicate-ack", "keep-alive",
    "zero-window",  "window-probe", "window-update", "data-on-syn",
    "port-reused",  "late",         "ignored",       "challenge",
    "duplicate",
};

static_assert(IS_DUPLICATE == 1 << (SEGMENT_IS_NAMES - 1), "a name a bit");

void
end_clear(struct end *end)
{
    free(end->gaps);
    end->gaps = NULL;
}

struct end_gaps *
end_gaps(struct end *end)
{
    if (!end->gaps) {
        end->gaps = calloc(1, sizeof *end->gaps);
        if (end->gaps)
            end->gaps->received_top = end->rcv.nxt;
    }
    return end->gaps;
}

void
end_gaps_release(struct end *end)
{
    if (end->gaps && end->gaps->sent.count == 0 &&
        end->gaps->received.count == 0)
        end_clear(end);
}

uint32_t
end_scaled_window(const struct end *end, const struct segment *segment)
{
    bool scaled = !has(segment, SEG_SYN) && end_knows(end, END_SHIFT_SENT) &&
                  end_knows(end, END_SHIFT_HEARD);
    return scaled ? (uint32_t)segment->wnd << end->shift : segment->wnd;
}

uint32_t
end_window(const struct end *end, const struct segment *segment, bool *known)
{
    *known =
        has(segment, SEG_SYN) || has(segment, SEG_RST) ||
        (end_knows(end, END_SYN_READ) && end_knows(end, END_PEER_SYN_READ));
    return end_scaled_window(end, segment);
}

void
end_reset(struct end *end)
{
    end->state = STATE_CLOSED;
    end->flags |= END_RESET;
}
