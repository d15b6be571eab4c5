/*
 * decode: from a packet to what it is, through all layers.
 */
#ifndef TCPLAB_DECODE_H
#define TCPLAB_DECODE_H

#include "frame.h"
#include "message.h"
#include "packet.h"
#include "segment.h"

enum decoded_kind {
    DECODED_SEGMENT,
    DECODED_DATAGRAM, // UDP
    DECODED_ICMP,
    DECODED_ARP,
    DECODED_FRAGMENT,  // a piece of a datagram, to be put together
    DECODED_OTHER,     // named, not looked into
    DECODED_ENTRY,     // of a run's journal: see entry_read()
    DECODED_MALFORMED, // `what` says which rule is broken, or what is cut
};

struct decoded {
    enum decoded_kind kind;
    // OTHER and MALFORMED: what it is, or what is wrong. A static string, or
    // `number` completes it when that is not negative ("EtherType 34525").
    const char *what;
    int number;

    union {
        struct segment segment; // also MALFORMED when has_ports
        struct udp udp;
        struct icmp icmp;
        struct arp arp;
        struct datagram fragment;
    };

    enum checksum_answer checksum; // SEGMENT
    bool has_ports; // MALFORMED: segment.src and segment.dst are valid
};

/*
 * Decode `packet`. What is borrowed in `decoded` lasts as long as the packet's
 * octets. Nothing is remembered between packets.
 */
void decode_packet(const struct packet *packet, struct decoded *decoded);

/* Decode a datagram that was put together; as long as its payload lasts. */
void decode_datagram(const struct datagram *datagram, struct decoded *decoded);

#endif
