/*
 * packet: what a capture gave, before anything is known of it.
 *
 * "Packet" is only this. What is inside is a frame (link), a datagram (IP), a
 * segment (TCP).
 */
#ifndef TCPLAB_PACKET_H
#define TCPLAB_PACKET_H

#include <stdint.h>

/* In place of a link type: no packet, but a journal entry (entry.h); the same
 * for whoever reads along, and never to be saved. */
enum {
    LINK_ENTRY = -2,
    LINK_PROMPT = -3,
};

struct packet {
    int64_t time_ns;    // since 1970, UTC
    uint64_t frame;     // the record's number in its capture, from 1
    int link_type;      // a LINKTYPE_ number of the pcap formats, or LINK_...
    uint32_t interface; // the interface's number in its capture, from 0
    uint64_t id;        // what fates name it by (epb_packetid); 0: nothing
    uint32_t captured;  // octets present
    uint32_t original;  // octets the frame had on the link
    const uint8_t *octets; // borrowed, until the source's next packet
};

#endif
