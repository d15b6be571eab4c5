/* checksum: the Internet checksum (RFC 1071) and what it says of a segment. */
#ifndef TCPLAB_CHECKSUM_H
#define TCPLAB_CHECKSUM_H

#include "endpoint.h"

/*
 * Three answers, and one for "not known". A kernel that leaves the checksum to
 * the network card stores the sum of the pseudo-header alone: every capture on
 * a loopback interface shows that, and nothing is wrong with it.
 */
enum checksum_answer {
    CHECKSUM_UNKNOWN, // octets it covers were not captured
    CHECKSUM_RIGHT,
    CHECKSUM_WRONG,
    CHECKSUM_PARTIAL, // left to the network card
};

/*
 * The one's complement sum of `bytes` octets in 16-bit words, high octet
 * first, folded to 16 bits and not complemented. An odd last octet is padded
 * with 0. The checksum of a correct header or segment sums to 0xffff.
 */
uint16_t checksum_sum(const uint8_t *octets, size_t bytes);

/*
 * Judge a transport checksum: `segment_bytes` octets from `segment`, whose
 * checksum stands `at` octets in, sent from `src` to `dst` with the IP protocol
 * number `protocol` (RFC 9293, 3.1, the pseudo-header; RFC 8200, 8.1).
 */
enum checksum_answer checksum_judge(const struct address *src,
                                    const struct address *dst, uint8_t protocol,
                                    const uint8_t *segment,
                                    size_t segment_bytes, size_t at);

#endif
