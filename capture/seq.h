/*
 * seq: sequence numbers, which live on a circle of 2^32 (RFC 9293, 3.4).
 *
 * "Before" and "after" hold for numbers less than 2^31 apart. Two sequence
 * numbers are compared with these words only: `<` between them is a mistake.
 */
#ifndef TCPLAB_SEQ_H
#define TCPLAB_SEQ_H

#include <stdbool.h>
#include <stdint.h>

static inline bool
seq_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static inline bool
seq_at_or_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) <= 0;
}

static inline bool
seq_after(uint32_t a, uint32_t b)
{
    return seq_before(b, a);
}

/* first <= x < first + length */
static inline bool
seq_within(uint32_t x, uint32_t first, uint32_t length)
{
    return x - first < length;
}

static inline uint32_t
seq_max(uint32_t a, uint32_t b)
{
    return seq_before(a, b) ? b : a;
}

#endif
