/*
 * datagram: IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200).
 * From a frame's payload to the transport protocol inside it.
 */
#ifndef TCPLAB_DATAGRAM_H
#define TCPLAB_DATAGRAM_H

#include "endpoint.h"
#include "reader.h"

/* Protocol numbers this kit looks into. */
enum {
    IP_PROTOCOL_ICMP = 1,
    IP_PROTOCOL_TCP = 6,
    IP_PROTOCOL_UDP = 17,
    IP_PROTOCOL_FRAGMENT = 44,
    IP_PROTOCOL_ICMPV6 = 58,
};

struct datagram {
    struct address src, dst;
    uint8_t version;  // 4 or 6
    uint8_t protocol; // of the payload, after all extension headers
    uint8_t hops;     // TTL, or hop limit
    // A fragment's place in its datagram; all 0 when it is whole.
    bool more_fragments;      // MF: this is not the last one
    uint16_t fragment_offset; // octets before this payload
    uint32_t identification;
    // The payload.
    const uint8_t *payload; // borrowed
    uint32_t captured;      // octets of it present, without link padding
    uint32_t length;        // octets of it as the header says
};

/*
 * Read an IP header, of the version given by `ethertype`, from `captured`
 * octets of a frame that carried `original` after its link header. A total
 * length of 0 (a segment left to the network card to cut) means `original`.
 * PARSE_SHORT: the header is cut. Otherwise as in frame_parse().
 */
enum parse_result datagram_parse(uint16_t ethertype, const uint8_t *octets,
                                 uint32_t captured, uint32_t original,
                                 struct datagram *datagram, const char **why);

/* Is it a piece of a datagram (RFC 791, 2.3; RFC 8200, 4.5)? */
static inline bool
datagram_is_fragment(const struct datagram *datagram)
{
    return datagram->more_fragments || datagram->fragment_offset != 0;
}

/* The extension headers of an IPv6 datagram that was put together: the payload
 * begins behind them. False: they are longer than the datagram. */
bool datagram_walk_extensions(struct datagram *datagram);

/* The name of a protocol by its IP number: "GRE". NULL when not known. */
const char *ip_protocol_name(uint8_t protocol);

#endif
