/*
 * end_inside: what the two halves of `end` share, and nobody else needs.
 */
#ifndef TCPLAB_END_INSIDE_H
#define TCPLAB_END_INSIDE_H

#include "end.h"

static inline bool
has(const struct segment *segment, uint16_t flag)
{
    return segment->flags & flag;
}

/* The end's gaps, made when first needed; NULL when there is no memory: then
 * what fills a gap is called a retransmission. */
struct end_gaps *end_gaps(struct end *end);

/* Give them back when none is left. */
void end_gaps_release(struct end *end);

/* The window of a segment this end sent, scaled if both ends agreed to. */
uint32_t end_scaled_window(const struct end *end,
                           const struct segment *segment);

/* A RST ended this end. */
void end_reset(struct end *end);

/* The peer's FIN came before what precedes it: is its turn now? */
void end_check_early_fin(struct end *end);

#endif
