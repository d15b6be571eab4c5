/*
 * relay_router: the error of a router that cannot deliver a datagram.
 *
 *   ICMP, behind an IPv4 header (RFC 792), or ICMPv6 (RFC 4443, 3.1):
 *    0                   1                   2                   3
 *   |     Type      |     Code      |          Checksum             |
 *   |                             unused                            |
 *   |   the datagram's header, and as much of its data as fits      |
 */
#include <arpa/inet.h>
#include <string.h>

#include "../../capture/checksum.h"
#include "../../capture/clock.h"
#include "../host/topology.h"
#include "relay.h"

enum {
    LINK_OCTETS = 14,
    MAC_PAIR = 6,
    IPV4_OCTETS = 20,
    IPV6_OCTETS = 40,
    ICMP_OCTETS = 8,
    IPV4_MOST = 576,  // of the error, RFC 1812, 4.3.2.3
    IPV6_MOST = 1280, // RFC 4443, 2.4
    HOPS = 64,
};

static void
put_16(uint8_t *at, size_t number)
{
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

/* Type, code, and the datagram; the checksum is 0. Returns its octets. */
static size_t
put_message(uint8_t *at, uint8_t type, uint8_t code, const uint8_t *datagram,
            size_t bytes)
{
    memset(at, 0, ICMP_OCTETS);
    at[0] = type;
    at[1] = code;
    memcpy(at + ICMP_OCTETS, datagram, bytes);
    return ICMP_OCTETS + bytes;
}

/* Destination unreachable, host. */
static size_t
put_ipv4(uint8_t *at, const uint8_t *datagram, size_t bytes)
{
    if (bytes > IPV4_MOST - IPV4_OCTETS - ICMP_OCTETS)
        bytes = IPV4_MOST - IPV4_OCTETS - ICMP_OCTETS;
    uint8_t *message = at + IPV4_OCTETS;
    size_t length = put_message(message, 3, 1, datagram, bytes);
    put_16(message + 2, 0xffffu ^ checksum_sum(message, length));
    memset(at, 0, IPV4_OCTETS);
    at[0] = 4 << 4 | IPV4_OCTETS / 4;
    at[1] = 6 << 5; // internetwork control: RFC 1812, 4.3.2.5
    put_16(at + 2, IPV4_OCTETS + length);
    at[8] = HOPS;
    at[9] = IPPROTO_ICMP;
    inet_pton(AF_INET, topology_router_ipv4, at + 12);
    memcpy(at + 16, datagram + 12, 4); // to its source
    put_16(at + 10, 0xffffu ^ checksum_sum(at, IPV4_OCTETS));
    return IPV4_OCTETS + length;
}

/* Destination unreachable, address. The pseudo-header of RFC 8200, 8.1, is made
 * of the header before that has its last form: with the length where it counts. */
static size_t
put_ipv6(uint8_t *at, const uint8_t *datagram, size_t bytes)
{
    if (bytes > IPV6_MOST - IPV6_OCTETS - ICMP_OCTETS)
        bytes = IPV6_MOST - IPV6_OCTETS - ICMP_OCTETS;
    uint8_t *message = at + IPV6_OCTETS;
    size_t length = put_message(message, 1, 3, datagram, bytes);
    memset(at, 0, IPV6_OCTETS);
    inet_pton(AF_INET6, topology_router_ipv6, at + 8);
    memcpy(at + 24, datagram + 8, 16);
    put_16(at + 4, length);
    at[7] = IPPROTO_ICMPV6;
    put_16(message + 2, 0xffffu ^ checksum_sum(at, IPV6_OCTETS + length));
    at[0] = 6 << 4;
    at[6] = IPPROTO_ICMPV6;
    at[7] = HOPS;
    return IPV6_OCTETS + length;
}

/* The frame with the error; 0: there is no datagram to tell of. */
static size_t
put_frame(uint8_t *at, const struct packet *packet)
{
    const uint8_t *octets = packet->octets;
    const uint8_t *datagram = octets + LINK_OCTETS;
    if (packet->captured < LINK_OCTETS + IPV4_OCTETS)
        return 0;
    size_t bytes = packet->captured - LINK_OCTETS;
    bool is_ipv4 = octets[12] == 0x08 && octets[13] == 0x00;
    bool is_ipv6 = octets[12] == 0x86 && octets[13] == 0xdd;
    if (!is_ipv4 && (!is_ipv6 || bytes < IPV6_OCTETS))
        return 0;
    memcpy(at, octets + MAC_PAIR, MAC_PAIR); // back to its sender
    memcpy(at + MAC_PAIR, octets, MAC_PAIR);
    memcpy(at + 2 * MAC_PAIR, octets + 2 * MAC_PAIR, 2);
    return LINK_OCTETS +
           (is_ipv4 ? put_ipv4 : put_ipv6)(at + LINK_OCTETS, datagram, bytes);
}

void
relay_refuse(struct relay *r, enum direction from, const struct packet *packet,
             const struct decoded *decoded)
{
    uint8_t room[LINK_OCTETS + IPV6_MOST];
    size_t bytes = decoded->kind == DECODED_ICMP ? 0 : put_frame(room, packet);
    struct packet error = *packet;
    if (!bytes)
        return;
    error.time_ns = clock_ns(CLOCK_REALTIME);
    error.octets = room;
    error.captured = error.original = (uint32_t)bytes;
    relay_record(r, 1 - from, &error);
    relay_send_on(r, 1 - from, r->id, room, (uint32_t)bytes,
                  "of a router on the way");
}
