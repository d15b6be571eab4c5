/*
 * frame: the link layer. From a packet to the network protocol inside it.
 *
 * Each link type is a row of a table and a small function: Ethernet (with any
 * number of VLAN tags), Linux cooked (SLL, SLL2), NULL, LOOP, and raw IP.
 */
#ifndef TCPLAB_FRAME_H
#define TCPLAB_FRAME_H

#include "packet.h"
#include "reader.h"

/* Link types, by their numbers in capture files. */
enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_SLL2 = 276,
};

/* EtherTypes this kit looks into. */
enum {
    ETHERTYPE_OF_IPV4 = 0x0800,
    ETHERTYPE_OF_ARP = 0x0806,
    ETHERTYPE_OF_IPV6 = 0x86dd,
};

struct frame {
    uint16_t ethertype;     // of the payload, after all VLAN tags
    uint16_t vlan_tags;     // how many there were
    uint16_t vlan;          // the innermost VLAN's number; 0 without a tag
    const uint8_t *payload; // borrowed from the packet
    uint32_t captured;      // octets of the payload present
    uint32_t original;      // octets of the payload on the link, padding too
};

/*
 * Take the link layer off `packet`. PARSE_OK: `frame` holds an EtherType and
 * its payload. PARSE_SHORT: the header itself is cut. PARSE_MALFORMED and
 * PARSE_OTHER: `*why` says what is wrong, or what it is (a static string).
 */
enum parse_result frame_parse(const struct packet *packet, struct frame *frame,
                              const char **why);

/* What `*why` is when the link type is not one of the above. */
extern const char frame_unknown_link[];

/*
 * The name of a protocol by its EtherType: "MPLS", "LLDP". NULL when it is not
 * one this kit knows by name.
 */
const char *ethertype_name(uint16_t ethertype);

#endif
