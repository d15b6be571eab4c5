/* packets: packets with names, for the parsers' tests. */
#ifndef TCPLAB_TESTS_PACKETS_H
#define TCPLAB_TESTS_PACKETS_H

#include "../capture/frame.h"
#include "../capture/packet.h"

enum packet_name {
    PACKET_SYN,
    PACKET_SYN_ACK,
    PACKET_ACK,
    PACKET_PADDED_ACK,
    PACKET_DATA,
    PACKET_ODD_CHECKSUM_WRONG,
    PACKET_FIN,
    PACKET_RST,
    PACKET_SACK,
    PACKET_FAST_OPEN,
    PACKET_SYN_ECN,
    PACKET_URGENT,
    PACKET_USER_TIMEOUT_MD5,
    PACKET_SYN_IPV6,
    PACKET_IPV6_EXTENSIONS,
    PACKET_IPV6_ATOMIC_FRAGMENT,
    PACKET_TWO_VLANS,
    PACKET_SNAP,
    PACKET_SPANNING_TREE,
    PACKET_MPLS,
    PACKET_ACK_SLL,
    PACKET_ACK_SLL2,
    PACKET_ACK_NULL,
    PACKET_SYN_NULL_IPV6,
    PACKET_ACK_LOOP,
    PACKET_ACK_RAW,
    PACKET_SYN_RAW_IPV6,
    PACKET_TSO,
    PACKET_FRAGMENT_FIRST,
    PACKET_FRAGMENT_LAST,
    PACKET_UDP,
    PACKET_PORT_UNREACHABLE,
    PACKET_UDP_UNREACHABLE,
    PACKET_ECHO_REQUEST,
    PACKET_ARP_REQUEST,
    PACKET_GRE,
    PACKET_DATA_OFFSET_4,
    PACKET_DATA_OFFSET_15,
    PACKET_OPTION_LENGTH_0,
    PACKET_OPTION_BEYOND_END,
    PACKET_TOTAL_LENGTH_SHORT,
    PACKET_IHL_4,
    PACKET_VERSION_5,
    PACKET_TCP_TOO_SHORT,
    PACKETS,
};

struct named_packet {
    const char *name;
    int link_type;
    const uint8_t *octets;
    size_t bytes;
};

extern const struct named_packet named_packets[PACKETS];

/* The packet as a capture would give it. */
struct packet packet_named(enum packet_name name);

#endif
