/*
 * checksum: the Internet checksum.
 *
 * The one's complement sum does not depend on the order of the octets in a
 * word but for a swap of the result (RFC 1071, 2 (B)), so the sum runs over
 * 32-bit words as they lie in memory and is put in network order once.
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

uint16_t
checksum_sum(const uint8_t *octets, size_t bytes)
{
    uint64_t sum = 0;
    size_t words = bytes / 4;
    for (size_t i = 0; i < words; i++) {
        uint32_t word;
        memcpy(&word, octets + 4 * i, 4);
        sum += word;
    }
    uint32_t tail = 0;
    memcpy(&tail, octets + 4 * words, bytes % 4);
    sum += tail;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap16(fold(sum));
#else
    return fold(sum);
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
