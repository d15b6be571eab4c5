/*
 * option: TCP options, one at a time (RFC 9293, 3.2, and the registry of TCP
 * option kinds).
 */
#ifndef TCPLAB_OPTION_H
#define TCPLAB_OPTION_H

#include "segment.h"

/* Kinds whose content is read; every assigned kind has a name. */
enum option_kind {
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_MSS = 2,
    OPTION_WINDOW_SCALE = 3,
    OPTION_SACK_PERMITTED = 4,
    OPTION_SACK = 5,
    OPTION_TIMESTAMPS = 8,
    OPTION_MD5 = 19,
    OPTION_USER_TIMEOUT = 28,
    OPTION_FAST_OPEN = 34,
};

enum {
    OPTION_SACK_BLOCKS = 4
};

struct sack_block {
    uint32_t left, right; // right is the number after the block's last
};

struct option {
    uint8_t kind;
    uint8_t length;         // with kind and length octets; 1 for END and NOP
    const uint8_t *content; // length - 2 octets; NULL for END and NOP
    // Read for the kinds above; else 0.
    uint16_t mss;
    uint8_t shift;        // window scale, as sent (0 to 255; 14 is the most)
    uint32_t value, echo; // timestamps: TSval, TSecr
    int sack_count;
    struct sack_block sack[OPTION_SACK_BLOCKS];
    uint32_t user_timeout_s; // RFC 5482, in seconds
};

/*
 * Read the next option from `options`, a reader over segment->options. True:
 * `*option` holds it. False: there is none, or the rest cannot be read;
 * `*why` is then NULL, or says what is wrong (a static string).
 */
bool option_next(struct reader *options, struct option *option,
                 const char **why);

/* A reader over the options of `segment`. */
static inline struct reader
segment_options(const struct segment *segment)
{
    return reader_over(segment->options, segment->options_bytes);
}

/* The name by its kind: "MSS". NULL for a number that is not assigned. */
const char *option_name(uint8_t kind);

/* The window shift of a SYN: 0 to 14 (RFC 7323, 2.3), or -1 without one. */
int segment_window_shift(const struct segment *segment);

#endif
