/*
 * reader: octets become integers here, and nowhere else.
 *
 * A cursor over octets that may end anywhere. A read past the end gives 0 and
 * sets `short_read`, which stays set: a parser reads a header from top to
 * bottom, as the RFC draws it, and looks at `short_read` once, at the end.
 * Integers come out in host order.
 */
#ifndef TCPLAB_READER_H
#define TCPLAB_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a parser says of the octets it was given. */
enum parse_result {
    PARSE_OK,
    PARSE_SHORT,     // the capture ended first; fields read so far are valid
    PARSE_MALFORMED, // octets present and contradictory; `why` is set
    PARSE_OTHER,     // well-formed, and not ours; `why` names what it is
};

struct reader {
    const uint8_t *next; // the octet to be read next
    const uint8_t *end;  // one past the last octet
    bool short_read;     // a read went past the end; it never clears
};

static inline struct reader
reader_over(const uint8_t *octets, size_t bytes)
{
    return (struct reader){ octets, octets + bytes, false };
}

/* How many octets are left to read. */
static inline size_t
reader_left(const struct reader *r)
{
    return (size_t)(r->end - r->next);
}

/* The next `bytes` octets, borrowed; NULL and a short read if they end first.
 */
static inline const uint8_t *
reader_take(struct reader *r, size_t bytes)
{
    const uint8_t *taken = r->next;
    if (reader_left(r) < bytes) {
        r->short_read = true;
        r->next = r->end;
        return NULL;
    }
    r->next += bytes;
    return taken;
}

static inline void
reader_skip(struct reader *r, size_t bytes)
{
    (void)reader_take(r, bytes);
}

static inline uint8_t
reader_u8(struct reader *r)
{
    const uint8_t *p = reader_take(r, 1);
    return p ? p[0] : 0;
}

/* Network order: the high octet first. */
static inline uint16_t
reader_u16(struct reader *r)
{
    const uint8_t *p = reader_take(r, 2);
    return (uint16_t)(p ? p[0] << 8 | p[1] : 0);
}

static inline uint32_t
reader_u32(struct reader *r)
{
    const uint8_t *p = reader_take(r, 4);
    return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
                   (uint32_t)p[2] << 8 | p[3]
             : 0;
}

/* The low octet first, as files written on most machines have it. */
static inline uint16_t
reader_u16_little(struct reader *r)
{
    return __builtin_bswap16(reader_u16(r));
}

static inline uint32_t
reader_u32_little(struct reader *r)
{
    return __builtin_bswap32(reader_u32(r));
}

#endif
