/*
 * checksum: the Internet checksum.
 *
 * The one's complement sum does not depend on the order of the octets in a
 * word but for a swap of the result (RFC 1071, 2 (B)), so the sum runs over
 * 64-bit words as they lie in memory and is put in network order once.
 */
#include "checksum.h"

#include "reader.h"

static uint16_t
fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* One's complement addition of 64-bit words: the carry comes back in. */
static uint64_t
add_carry(uint64_t sum, uint64_t word)
{
    sum += word;
    return sum + (sum < word);
}

static uint64_t
word_at(const uint8_t *octets)
{
    uint64_t word;
    memcpy(&word, octets, sizeof word);
    return word;
}

uint16_t
checksum_sum(const uint8_t *octets, size_t bytes)
{
    // Two sums, so that neither addition waits for the other.
    uint64_t even = 0, odd = 0, tail = 0;
    for (; bytes >= 16; octets += 16, bytes -= 16) {
        even = add_carry(even, word_at(octets));
        odd = add_carry(odd, word_at(octets + 8));
    }
    if (bytes >= 8) {
        even = add_carry(even, word_at(octets));
        octets += 8;
        bytes -= 8;
    }
    memcpy(&tail, octets, bytes);
    uint64_t sum = add_carry(add_carry(even, odd), tail);
    uint16_t folded = fold((sum >> 32) + (sum & 0xffffffff));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap16(folded);
#else
    return folded;
#endif
}

/*
 * The pseudo-header of RFC 9293, 3.1 (IPv4):
 *
 *                +--------+--------+--------+--------+
 *                |           Source Address          |
 *                +--------+--------+--------+--------+
 *                |         Destination Address       |
 *                +--------+--------+--------+--------+
 *                |  zero  |  PTCL  |    TCP Length   |
 *                +--------+--------+--------+--------+
 *
 * IPv6's has longer addresses and the same sum rule (RFC 8200, 8.1). The
 * length is left out here: see checksum_judge().
 */
static uint32_t
pseudo_header_sum(const struct address *src, const struct address *dst,
                  uint8_t protocol)
{
    size_t skipped = address_is_ipv4(src) ? 12 : 0;
    uint32_t sum = protocol;
    sum += checksum_sum(src->octets + skipped, 16 - skipped);
    sum += checksum_sum(dst->octets + skipped, 16 - skipped);
    return sum;
}

enum checksum_answer
checksum_judge(const struct address *src, const struct address *dst,
               uint8_t protocol, const uint8_t *segment, size_t segment_bytes,
               size_t at)
{
    if (segment_bytes < at + 2)
        return CHECKSUM_UNKNOWN;
    struct reader r = reader_over(segment + at, 2);
    uint16_t stored = reader_u16(&r);
    uint32_t pseudo = pseudo_header_sum(src, dst, protocol);
    uint32_t length = (uint32_t)segment_bytes;
    uint64_t whole = (uint64_t)pseudo + length;
    if (fold(whole + checksum_sum(segment, segment_bytes)) == 0xffff)
        return CHECKSUM_RIGHT;
    // A card that cuts the segment itself is given the sum without a length.
    if (stored == fold(whole) || stored == fold(pseudo))
        return CHECKSUM_PARTIAL;
    return CHECKSUM_WRONG;
}
